"""Errors: turn an `ApiError` into a declared response, in the error format of the API."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from locum import errors
from locum.generate.generator import Unsatisfiable
from locum.infer.errors.meanings import plain
from locum.infer.resources.words import words_of
from locum.server.negotiation import best
from locum.server.prism import shown
from locum.server.responses import BrokenResponse, problem, render
from locum.server.tokens import challenge
from locum.world.journal import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.errors import ApiError
    from locum.openapi.compile.headers import HeaderValue
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.responses import Response
    from locum.server.http import HttpResponse
    from locum.world.worlds import World

    ErrorRenderer = Callable[[ApiError, int, DeclaredResponse, World], Response]

_DEEPEST = 3
"""How many levels of an error schema are searched for a list of error types."""

__all__ = ["ErrorRenderer", "bearer_challenge", "broken", "declared_for", "failed", "preferred", "render_error"]


def declared_for(
    error: ApiError, operation: Operation, *, generated: bool = False, prism: bool = False
) -> tuple[int, DeclaredResponse] | None:
    """Return the first candidate status that the operation declares, with its response, or None.

    For an operation without a handler, an exact status precedes a range (`4XX`), and a range precedes `default`.
    If only `default` is declared, an invalid request is 400, as the vendors' SDKs expect, or 422 with `prism`.
    """
    if not generated:
        for status in error.statuses:
            declared = operation.declares(status)
            if declared is not None:
                return status, declared
        return None
    candidates = _candidates(error, prism=prism)
    for key in (str, lambda status: f"{status // 100}XX"):
        for status in candidates:
            declared = operation.responses.get(key(status))
            if declared is not None:
                return status, declared
    declared = operation.responses.get("default")
    if declared is None:
        return None
    is_invalid = _is_invalid(error) or (isinstance(error, errors.Conflict) and _names_no_conflict(declared))
    return (400 if is_invalid and not prism else candidates[0]), declared


def _names_no_conflict(declared: DeclaredResponse) -> bool:
    """Whether the error types that a response lists include an invalid request, but no conflict."""
    words = [words_of(kind) for media in declared.media_types.values() if media.schema for kind in _kinds(media.schema)]
    has_invalid = any("invalid" in kind and "request" in kind for kind in words)
    return has_invalid and not any({"conflict", "exists", "duplicate"} & set(kind) for kind in words)


def _kinds(schema: Schema) -> list[str]:
    """Return the error types that the schema of an error lists in an enum."""
    found: list[str] = []
    parts = [(schema.raw, 0)]
    while parts:
        part, depth = parts.pop()
        part = schema.resolve(part)
        if not isinstance(part, dict) or depth > _DEEPEST:
            continue
        for name, inner in (part.get("properties") or {}).items():
            listed = schema.resolve(inner)
            if plain(name) in {"type", "kind", "errortype"} and isinstance(listed, dict):
                found += [one for one in listed.get("enum") or () if isinstance(one, str)]
            parts.append((inner, depth + 1))
    return found


def _borrowed(error: ApiError, operation: Operation) -> tuple[int, DeclaredResponse] | None:
    """Return the first candidate status of an undeclared error, with the schema of another declared error.

    A client that parses the errors of this API can then parse this one.
    """
    others = sorted(status for status in operation.responses if status[:1] in {"4", "5"})
    for status in others:
        declared = operation.responses[status]
        if any(media.json and media.schema is not None for media in declared.media_types.values()):
            return _candidates(error, prism=False)[0], replace(declared, headers={})
    return None


def _is_invalid(error: ApiError) -> bool:
    """Whether the error is about an invalid request, and its instance has no status of its own."""
    return isinstance(error, errors.Malformed | errors.Invalid) and "statuses" not in vars(error)


def _candidates(error: ApiError, *, prism: bool) -> tuple[int, ...]:
    """Return the candidate statuses of an error of an operation without a handler, best first.

    An invalid request is 422, else 400. An invalid path parameter may also be 404, except with `prism`.
    """
    if not _is_invalid(error):
        is_conflict = isinstance(error, errors.Conflict) and "statuses" not in vars(error)
        return (409, 422, 400) if is_conflict else error.statuses
    if prism:
        return 422, 400
    in_path = any(violation.location == "path" for violation in error.violations)
    return (422, 400, 404) if in_path else (422, 400)


def render_error(  # noqa: PLR0913 (an error, and what decides its format)
    error: ApiError,
    operation: Operation,
    renderer: ErrorRenderer,
    world: World,
    *,
    generated: bool = False,
    prism: bool = False,
    example: str | None = None,
    accept: bytes | None = None,
) -> HttpResponse:
    """Render an error as a response.

    If the operation declares none of the error's statuses, the response has the schema of another declared error, or
    is problem details. With `prism` a declared example of the response is preferred, first the one named `example`.

    Raises BrokenResponse if the API's error format (`Api.render_error`) breaks the declared schema. For an operation
    without a handler, problem details are sent instead.
    """
    found = declared_for(error, operation, generated=generated, prism=prism)
    if found is None and generated and not prism:
        found = _borrowed(error, operation)
    if found is None:
        return problem(error, _candidates(error, prism=prism)[0] if generated else None, prism=prism)
    status, declared = found
    if not declared.media_types and not (generated and declared.headers):
        return render(status, declared, None, error.headers)
    if declared.is_negotiable:
        declared = _in_one_form(declared, accept, generated=generated)
    try:
        response = renderer(error, status, declared, world)
        headers = _merged(error.headers, response.headers)
        if prism and generated:
            for media in declared.media_types.values():
                for body in shown(media, example):
                    return render(status, declared, body, headers, media, fits=True)
        return render(status, declared, response.body, headers)
    except Unsatisfiable:
        return problem(error, status, prism=prism)
    except BrokenResponse:
        if generated:
            return problem(error, status, prism=prism)
        raise


def _merged(given: Mapping[str, HeaderValue], own: Mapping[str, HeaderValue]) -> Mapping[str, HeaderValue]:
    """Add headers to those of a response, which win; names are compared without case."""
    if not given or given == own:
        return own
    names = {name.lower() for name in own}
    return {**{name: text for name, text in given.items() if name.lower() not in names}, **own}


def _in_one_form(declared: DeclaredResponse, accept: bytes | None, *, generated: bool) -> DeclaredResponse:
    """Return a response with one media type: the one that `Accept` prefers, or the first if it accepts none."""
    offered = declared.offered if generated else tuple(declared.media_types.values())
    media = best(accept, offered) or offered[0]
    return replace(declared, media_types={media.name: media})


def broken(cause: BrokenResponse, operation: Operation) -> errors.Faulty:
    """Return the error for a response that breaks the contract of this server."""
    message = f"The response of {operation.operation_id} breaks its contract: {cause}."
    return errors.Faulty(message, code="contract_broken")


def failed(step: Step, operation: Operation) -> errors.Faulty:
    """Return the error for an unexpected exception; its message names the step of the pipeline that raised it."""
    what, code = _FAILURES.get(step, (f"The step '{step.value}' of {{}}", "server_failed"))
    message = f"{what.format(operation.operation_id)} failed; the server's log has the traceback."
    return errors.Faulty(message, code=code)


_FAILURES = {
    Step.BODY: ("Reading the request body of {}", "server_failed"),
    Step.PARAMETERS: ("Reading the parameters of {}", "server_failed"),
    Step.HANDLER: ("The handler of {}", "handler_failed"),
    Step.ACTION: ("Generating the response of {}", "generation_failed"),
    Step.PREFERENCE: ("Generating the preferred response of {}", "generation_failed"),
    Step.FAULT: ("Injecting a fault into {}", "server_failed"),
}


_BY_STATUS: dict[int, type[ApiError]] = {
    400: errors.Malformed,
    401: errors.Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    406: errors.NotAcceptable,
    409: errors.Conflict,
    413: errors.TooLarge,
    415: errors.UnsupportedMediaType,
    422: errors.Invalid,
    429: errors.TooMany,
    500: errors.Faulty,
}


def bearer_challenge() -> dict[str, str]:
    """Return the WWW-Authenticate header of a 401 that a preference or fault requests, if no scheme is declared."""
    return challenge("invalid_token", "This response was requested.")


def preferred(status: int, headers: Mapping[str, HeaderValue]) -> ApiError:
    """Return the error that `Prefer: code=STATUS` requests, with these headers."""
    kind = _BY_STATUS.get(status, errors.Faulty if status >= 500 else errors.ApiError)  # noqa: PLR2004
    error = kind(f"This response was requested: Prefer: code={status}.")
    error.statuses = (status,)  # type: ignore[misc]  # the statuses of this instance only
    if kind is errors.Unauthenticated and "www-authenticate" not in map(str.lower, headers):
        error.headers |= bearer_challenge()
    error.headers |= headers
    return error
