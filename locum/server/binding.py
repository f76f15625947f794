"""Binding: connect operations to their functions, and check that signatures and contracts agree."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum import errors
from locum.apis import permission_of
from locum.errors import ApiError, Violation
from locum.responses import Response
from locum.server.errors import declared_for, render_error
from locum.server.responses import BrokenResponse
from locum.server.tokens import challenge
from locum.world.clock import Clock
from locum.world.record_types import full_name
from locum.world.seeded import NewId
from locum.world.store import Store
from locum.world.worlds import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.infer.request import Request
    from locum.openapi.compile.operations import Operation
    from locum.server.services import Service

__all__ = ["FROM_WORLD", "Binding", "bind_action", "bind_handler", "disagreements", "disagreements_of"]


FROM_WORLD = ("store", "clock", "new_id")
"""Handler arguments that are attributes of the world with the same name."""
_FROM_ENGINE = frozenset({*FROM_WORLD, "caller", "page_url"})


@dataclass(frozen=True, slots=True)
class Binding:
    """The implementation of an operation: a handler or an inferred action, called in the same way."""

    respond: Callable[[Request], Response]
    arguments: frozenset[str]
    """The parameters that it takes by their Python names, and `body`."""
    permission: str | None = None
    is_generated: bool = False
    """Whether it is an inferred action."""


def bind_action(operation: Operation, action: Callable[[Request], Response]) -> Binding:
    """Bind the inferred action of an operation without a handler: it receives the whole request."""
    arguments = {parameter.argument for parameter in operation.parameters}
    if operation.body is not None:
        arguments.add("body")
    return Binding(action, frozenset(arguments), is_generated=True)


def bind_handler(handler: Callable[..., Any], api_name: str) -> Binding:
    """Bind a handler to the arguments that its signature names."""
    names = frozenset(inspect.signature(handler).parameters)
    from_world = tuple(name for name in FROM_WORLD if name in names)
    takes_caller, takes_page_url = "caller" in names, "page_url" in names

    def respond(request: Request) -> Response:
        arguments, world = request.arguments, request.world
        for name in from_world:
            arguments[name] = getattr(world, name)
        if takes_caller:
            arguments["caller"] = request.caller
        if takes_page_url:
            arguments["page_url"] = _page_url(request, api_name)
        result = handler(**arguments)
        return result if isinstance(result, Response) else Response(result)

    return Binding(respond, names, permission_of(handler))


def _page_url(request: Request, api_name: str) -> Callable[[str, str], str]:
    """Return the function that gives a handler the URL of one of its pages."""
    host = request.headers.get(b"host", b"127.0.0.1").decode("latin-1")
    root = f"{request.scope.get('scheme', 'http')}://{host}/__locum/pages/{request.world.name}/{api_name}"
    return lambda page, token: f"{root}/{page}/{token}"


def disagreements(operation: Operation, handler: Callable[..., Any]) -> list[str]:
    """Return a sentence for each mismatch between a handler's signature and the operation."""
    offered = {parameter.argument for parameter in operation.parameters}
    if operation.body is not None:
        offered.add("body")
    name = f"the handler {full_name(handler)}"
    found = []
    for parameter in inspect.signature(handler).parameters.values():
        if parameter.kind in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY}:
            found.append(f"{name} has the parameter {parameter}. Name each argument instead")
        elif parameter.name not in offered | _FROM_ENGINE:
            known = ", ".join(sorted(offered | _FROM_ENGINE))
            found.append(f"{name} has the unknown parameter {parameter.name!r}. Available: {known}")
    taken = inspect.signature(handler).parameters
    found.extend(
        f"{name} lacks the path parameter {parameter.argument!r}"
        for parameter in operation.by_location["path"]
        if parameter.argument not in taken
    )
    clash = _FROM_ENGINE & offered
    found.extend(f"the parameter {argument!r} has a name that is reserved by locum" for argument in sorted(clash))
    return found


_KINDS: tuple[type[ApiError], ...] = (
    errors.Malformed,
    errors.Invalid,
    errors.Unauthenticated,
    errors.Forbidden,
    errors.NotFound,
    errors.UnsupportedMediaType,
    errors.TooLarge,
    errors.Limited,
    errors.Conflict,
    errors.Faulty,
)


def disagreements_of(services: list[Service]) -> list[str]:
    """Return a sentence for each mismatch of handlers and error formats with the contracts."""
    return [
        sentence
        for service in services
        if service.handlers or service.api.render_error is not None
        for sentence in _mismatches(service)
    ]


def _mismatches(service: Service) -> list[str]:
    found = []
    for operation in service.contract.operations.values():
        place = f"{service.contract.document.path}: {operation.pointer} ({operation.operation_id})"
        handler = service.handlers.get(operation.operation_id)
        if handler is not None:
            found += [f"{place}: {fault}." for fault in disagreements(operation, handler)]
        if service.api.render_error is not None:
            found += [f"{place}: {fault}." for fault in _unfit_errors(service, operation)]
    return found


def _unfit_errors(service: Service, operation: Operation) -> list[str]:
    """Render every kind of error in the API's error format, and validate it against the declared schemas."""
    world = World("gate", Store(), Clock(), NewId(0))
    found = []
    for kind in _KINDS:
        for error in (kind("A sample."), _detailed(kind)):
            if declared_for(error, operation) is None:
                continue
            try:
                render_error(error, operation, service.render_error, world)
            except BrokenResponse as cause:
                found.append(
                    f"the API's error format (`render_error`) breaks the declared schema for {kind.__name__}: {cause}"
                )
                break
            except Exception as problem:  # noqa: BLE001 (any exception of the API's function is reported)
                found.append(
                    f"the API's error format (`render_error`) fails for {kind.__name__}: "
                    f"{type(problem).__name__}: {problem}"
                )
                break
    return found


def _detailed(kind: type[ApiError]) -> ApiError:
    violations = [
        Violation("body", ("items", 0, "name"), "required", "name", "is required"),
        Violation("body", (), "json", None, "is not valid JSON"),
        Violation("path", ("id",), "pattern", "^a$", "must match the pattern ^a$"),
        Violation("query", ("page",), "type", ["integer", "null"], "must be of type integer, null"),
    ]
    headers = challenge("invalid_token", "A sample.") if kind is errors.Unauthenticated else None
    return kind("A sample.", violations=violations, headers=headers)
