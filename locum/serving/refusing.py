"""Refusing: a refusal becomes an answer that the operation declares, in the API's own shape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from locum import refusals
from locum.serving.negotiation import best
from locum.serving.rendering import BrokenAnswer, Rendered, problem, render
from locum.serving.tokens import challenge
from locum.synthesis.values import Unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.answers import Answer
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.refusals import Refusal
    from locum.state.worlds import World

    Word = Callable[[Refusal, int, DeclaredResponse, World], Answer]

__all__ = ["Word", "broken", "declared_for", "failed", "preferred", "refuse"]


def declared_for(
    refusal: Refusal, operation: Operation, *, generated: bool = False
) -> tuple[int, DeclaredResponse] | None:
    """Return the first candidate status that the operation declares, and its response; None for none.

    For a generated operation a status that is declared as such goes before a range, and that
    before `default`.
    """
    if not generated:
        for status in refusal.statuses:
            declared = operation.declares(status)
            if declared is not None:
                return status, declared
        return None
    candidates = _candidates(refusal)
    for key in (str, lambda status: f"{status // 100}XX", lambda _: "default"):
        for status in candidates:
            declared = operation.responses.get(key(status))
            if declared is not None:
                return status, declared
    return None


def _candidates(refusal: Refusal) -> tuple[int, ...]:
    """Return the statuses of a refusal by an operation that nobody wrote: whatever is invalid is 422, else 400."""
    if not isinstance(refusal, refusals.Malformed | refusals.Invalid) or "statuses" in vars(refusal):
        return refusal.statuses
    in_path = any(violation.location == "path" for violation in refusal.violations)
    return (422, 400, 404) if in_path else (422, 400)


def refuse(  # noqa: PLR0913 (a refusal, and what decides its form)
    refusal: Refusal,
    operation: Operation,
    word: Word,
    world: World,
    *,
    generated: bool = False,
    accept: bytes | None = None,
) -> Rendered:
    """Word and write a refusal.

    Where the operation declares none of its statuses it goes out as problem details. Raises
    BrokenAnswer where the API's words break the declared error schema; those of a generated
    operation, which are the engine's, then give way to problem details.
    """
    found = declared_for(refusal, operation, generated=generated)
    if found is None:
        return problem(refusal, _candidates(refusal)[0] if generated else None)
    status, declared = found
    if not declared.media_types and not (generated and declared.headers):
        return render(status, declared, None, refusal.headers)
    if len(declared.media_types) > 1:
        declared = _in_one_form(declared, accept, generated=generated)
    try:
        answer = word(refusal, status, declared, world)
        return render(status, declared, answer.body, _merged(refusal.headers, answer.headers))
    except Unsatisfiable:
        return problem(refusal, status)
    except BrokenAnswer:
        if generated:
            return problem(refusal, status)
        raise


def _merged(given: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """Add headers to those of an answer, whose own ones count, in whatever case they are written."""
    if not given or given == own:
        return own
    said = {name.lower() for name in own}
    return {name: text for name, text in given.items() if name.lower() not in said} | own


def _in_one_form(declared: DeclaredResponse, accept: bytes | None, *, generated: bool) -> DeclaredResponse:
    """Return a response with the one of its media types that a client likes best, the first if it likes none."""
    offered = declared.by_usage if generated else tuple(declared.media_types)
    name = best((accept or b"*/*").decode("latin-1"), offered) or offered[0]
    return replace(declared, media_types={name: declared.media_types[name]})


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


def preferred(status: int, headers: dict[str, str]) -> Refusal:
    """Return the refusal that `Prefer: code=STATUS` asks for, which carries these headers."""
    kind = _BY_STATUS.get(status, refusals.Faulty if status >= 500 else refusals.Refusal)  # noqa: PLR2004
    refusal = kind(f"This answer was asked for: Prefer: code={status}.")
    refusal.statuses = (status,)  # type: ignore[misc]  # this one instance stands for this one status
    if kind is refusals.Unauthenticated and "www-authenticate" not in map(str.lower, headers):
        refusal.headers |= challenge("invalid_token", refusal.message)
    refusal.headers |= headers
    return refusal
