"""Binding: which function plays an operation, and whether the two agree."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.apis import permission_of
from locum.state.record_types import full_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.openapi.compile.operations import Operation

__all__ = ["FROM_WORLD", "Binding", "bind", "bind_action", "disagreements"]

FROM_WORLD = ("store", "clock", "new_id")
"""What a handler may ask for that the world holds under the same name."""
_FROM_ENGINE = frozenset({*FROM_WORLD, "caller", "page_url"})


@dataclass(frozen=True, slots=True)
class Binding:
    """A handler and what it asks for."""

    handler: Callable[..., Any]
    from_world: tuple[str, ...]
    arguments: frozenset[str]
    permission: str | None
    generated: bool = False
    """Whether it is an inferred action: it takes a `Request`, and nothing by name."""


def bind_action(operation: Operation, action: Callable[..., Any]) -> Binding:
    """Bind the inferred action of an operation without a handler: it receives the whole request."""
    arguments = {parameter.argument for parameter in operation.parameters}
    if operation.body is not None:
        arguments.add("body")
    return Binding(action, (), frozenset(arguments), None, generated=True)


def bind(handler: Callable[..., Any]) -> Binding:
    """Read from a handler's signature what it asks for."""
    names = inspect.signature(handler).parameters
    return Binding(
        handler,
        tuple(name for name in FROM_WORLD if name in names),
        frozenset(names),
        permission_of(handler),
    )


def disagreements(operation: Operation, handler: Callable[..., Any]) -> list[str]:
    """Say in sentences where a handler's parameters and the operation's do not fit."""
    offered = {parameter.argument for parameter in operation.parameters}
    if operation.body is not None:
        offered.add("body")
    name = f"the handler {full_name(handler)}"
    found = []
    for parameter in inspect.signature(handler).parameters.values():
        if parameter.kind in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY}:
            found.append(f"{name} must name its arguments one by one: {parameter} says nothing")
        elif parameter.name not in offered | _FROM_ENGINE:
            known = ", ".join(sorted(offered | _FROM_ENGINE))
            found.append(f"{name} asks for {parameter.name!r}, which is none of {known}")
    taken = inspect.signature(handler).parameters
    found.extend(
        f"{name} does not take the path parameter {parameter.argument!r}"
        for parameter in operation.by_location["path"]
        if parameter.argument not in taken
    )
    clash = _FROM_ENGINE & offered
    found.extend(f"the parameter {argument!r} has a name that the engine uses itself" for argument in sorted(clash))
    return found
