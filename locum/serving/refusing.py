"""Refusing: a refusal becomes an answer that the operation declares, in the API's own shape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from locum import refusals
from locum.generate.generator import Unsatisfiable
from locum.infer.errors.meanings import plain
from locum.infer.resources.words import words_of
from locum.serving.negotiation import best
from locum.serving.prism import shown
from locum.serving.rendering import BrokenAnswer, Rendered, problem, render
from locum.serving.tokens import challenge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.answers import Answer
    from locum.openapi.compile.headers import HeaderValue
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.compile.schemas import Schema
    from locum.refusals import Refusal
    from locum.state.worlds import World

    Word = Callable[[Refusal, int, DeclaredResponse, World], Answer]

_DEEPEST = 3
"""Levels of an error's schema that are looked at for the kinds that it lists."""

__all__ = ["Word", "bearer_challenge", "broken", "declared_for", "failed", "preferred", "refuse"]


def declared_for(
    refusal: Refusal, operation: Operation, *, generated: bool = False, prism: bool = False
) -> tuple[int, DeclaredResponse] | None:
    """Return the first candidate status that the operation declares, and its response; None for none.

    For a generated operation a status that is declared as such goes before a range, and that
    before `default`. Where only `default` is declared an invalid request is 400, which the vendors' SDKs
    expect; with `prism` it is 422.
    """
    if not generated:
        for status in refusal.statuses:
            declared = operation.declares(status)
            if declared is not None:
                return status, declared
        return None
    candidates = _candidates(refusal, prism=prism)
    for key in (str, lambda status: f"{status // 100}XX"):
        for status in candidates:
            declared = operation.responses.get(key(status))
            if declared is not None:
                return status, declared
    declared = operation.responses.get("default")
    if declared is None:
        return None
    is_invalid = _is_invalid(refusal) or (isinstance(refusal, refusals.Conflict) and _names_no_conflict(declared))
    return (400 if is_invalid and not prism else candidates[0]), declared


def _names_no_conflict(declared: DeclaredResponse) -> bool:
    """Whether the kinds of errors that a response lists have an invalid request among them, and no conflict."""
    words = [words_of(kind) for media in declared.media_types.values() if media.schema for kind in _kinds(media.schema)]
    has_invalid = any("invalid" in kind and "request" in kind for kind in words)
    return has_invalid and not any({"conflict", "exists", "duplicate"} & set(kind) for kind in words)


def _kinds(schema: Schema) -> list[str]:
    """Return the types of errors, as far as the schema of one lists them."""
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


def _borrowed(refusal: Refusal, operation: Operation) -> tuple[int, DeclaredResponse] | None:
    """Return the first status of an error that is not declared, in the form of another error that is.

    A client that reads the errors of this API then reads this one as well.
    """
    others = sorted(status for status in operation.responses if status[:1] in {"4", "5"})
    for status in others:
        declared = operation.responses[status]
        if any(media.json and media.schema is not None for media in declared.media_types.values()):
            return _candidates(refusal, prism=False)[0], replace(declared, headers={})
    return None


def _is_invalid(refusal: Refusal) -> bool:
    """Whether a request is rejected for what it says, with no status that was chosen for it."""
    return isinstance(refusal, refusals.Malformed | refusals.Invalid) and "statuses" not in vars(refusal)


def _candidates(refusal: Refusal, *, prism: bool) -> tuple[int, ...]:
    """Return the statuses of an error of a generated operation: an invalid request is 422, else 400.

    A path that is wrong may be 404 as well, but not with `prism`.
    """
    if not _is_invalid(refusal):
        is_conflict = isinstance(refusal, refusals.Conflict) and "statuses" not in vars(refusal)
        return (409, 422, 400) if is_conflict else refusal.statuses
    if prism:
        return 422, 400
    in_path = any(violation.location == "path" for violation in refusal.violations)
    return (422, 400, 404) if in_path else (422, 400)


def refuse(  # noqa: PLR0913 (a refusal, and what decides its form)
    refusal: Refusal,
    operation: Operation,
    word: Word,
    world: World,
    *,
    generated: bool = False,
    prism: bool = False,
    example: str | None = None,
    accept: bytes | None = None,
) -> Rendered:
    """Render an error.

    Where the operation declares none of its statuses it has the form of another declared error, or is problem
    details. Raises
    BrokenAnswer where the API's own format breaks the declared error schema; that of a generated
    operation, which is the engine's, then gives way to problem details. With `prism` the declared
    example of the response goes before both, the one of the given name if there is one.
    """
    found = declared_for(refusal, operation, generated=generated, prism=prism)
    if found is None and generated and not prism:
        found = _borrowed(refusal, operation)
    if found is None:
        return problem(refusal, _candidates(refusal, prism=prism)[0] if generated else None, prism=prism)
    status, declared = found
    if not declared.media_types and not (generated and declared.headers):
        return render(status, declared, None, refusal.headers)
    if declared.is_negotiable:
        declared = _in_one_form(declared, accept, generated=generated)
    try:
        answer = word(refusal, status, declared, world)
        headers = _merged(refusal.headers, answer.headers)
        if prism and generated:
            for media in declared.media_types.values():
                for body in shown(media, example):
                    return render(status, declared, body, headers, media, fits=True)
        return render(status, declared, answer.body, headers)
    except Unsatisfiable:
        return problem(refusal, status, prism=prism)
    except BrokenAnswer:
        if generated:
            return problem(refusal, status, prism=prism)
        raise


def _merged(given: Mapping[str, HeaderValue], own: Mapping[str, HeaderValue]) -> Mapping[str, HeaderValue]:
    """Add headers to those of an answer, whose own ones count, in whatever case they are written."""
    if not given or given == own:
        return own
    said = {name.lower() for name in own}
    return {**{name: text for name, text in given.items() if name.lower() not in said}, **own}


def _in_one_form(declared: DeclaredResponse, accept: bytes | None, *, generated: bool) -> DeclaredResponse:
    """Return a response with the one of its media types that Accept prefers, the first if it admits none."""
    offered = declared.offered if generated else tuple(declared.media_types.values())
    media = best(accept, offered) or offered[0]
    return replace(declared, media_types={media.name: media})


def broken(problem_found: BrokenAnswer, operation: Operation) -> refusals.Faulty:
    """Return the refusal that says that this server broke its own contract."""
    message = f"{operation.operation_id} gave an answer that its contract does not declare: {problem_found}."
    return refusals.Faulty(message, code="contract_broken")


def failed(stage: str, operation: Operation) -> refusals.Faulty:
    """Return the error for an unexpected exception, which names the step that failed by the journal's stage.

    It never speaks of a handler where there is none.
    """
    step, code = _STEPS.get(stage, ("Reading the request to {}", "server_failed"))
    message = f"{step.format(operation.operation_id)} failed; the server's log has the trace."
    return refusals.Faulty(message, code=code)


_STEPS = {
    "handler": ("The handler of {}", "handler_failed"),
    "part": ("Generating the response of {}", "generation_failed"),
    "preferred": ("Generating the preferred response of {}", "generation_failed"),
    "fault": ("Injecting a fault into {}", "server_failed"),
}


_BY_STATUS: dict[int, type[Refusal]] = {
    400: refusals.Malformed,
    401: refusals.Unauthenticated,
    403: refusals.Forbidden,
    404: refusals.NotFound,
    406: refusals.NotAcceptable,
    409: refusals.Conflict,
    413: refusals.TooLarge,
    415: refusals.UnsupportedMediaType,
    422: refusals.Invalid,
    429: refusals.TooMany,
    500: refusals.Faulty,
}


def bearer_challenge() -> dict[str, str]:
    """Return the WWW-Authenticate header of a 401 that was asked for, where no scheme is declared."""
    return challenge("invalid_token", "This answer was asked for.")


def preferred(status: int, headers: Mapping[str, HeaderValue]) -> Refusal:
    """Return the refusal that `Prefer: code=STATUS` asks for, which carries these headers."""
    kind = _BY_STATUS.get(status, refusals.Faulty if status >= 500 else refusals.Refusal)  # noqa: PLR2004
    refusal = kind(f"This answer was asked for: Prefer: code={status}.")
    refusal.statuses = (status,)  # type: ignore[misc]  # this one instance stands for this one status
    if kind is refusals.Unauthenticated and "www-authenticate" not in map(str.lower, headers):
        refusal.headers |= bearer_challenge()
    refusal.headers |= headers
    return refusal
