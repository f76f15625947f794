"""Refusing: a refusal becomes an answer that the operation declares, in the API's own shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum import refusals
from locum.serving.rendering import BrokenAnswer, Rendered, problem, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.answers import Answer
    from locum.contract.operations import DeclaredResponse, Operation
    from locum.refusals import Refusal
    from locum.state.worlds import World

    Word = Callable[[Refusal, int, DeclaredResponse, World], Answer]

__all__ = ["Word", "broken", "declared_for", "preferred", "refuse"]


def declared_for(refusal: Refusal, operation: Operation) -> tuple[int, DeclaredResponse] | None:
    """Return the first candidate status that the operation declares, and its response; None for none."""
    for status in refusal.statuses:
        declared = operation.declares(status)
        if declared is not None:
            return status, declared
    return None


def refuse(refusal: Refusal, operation: Operation, word: Word, world: World) -> Rendered:
    """Word and write a refusal.

    Where the operation declares none of its statuses it goes out as problem details. Raises
    BrokenAnswer where the API's words break the declared error schema.
    """
    found = declared_for(refusal, operation)
    if found is None:
        return problem(refusal)
    status, declared = found
    if not declared.media_types:
        return render(status, declared, None, refusal.headers)
    answer = word(refusal, status, declared, world)
    return render(status, declared, answer.body, {**refusal.headers, **answer.headers})


def broken(problem_found: BrokenAnswer, operation: Operation) -> refusals.Faulty:
    """Return the refusal that says that this server broke its own contract."""
    message = f"{operation.operation_id} gave an answer that its contract does not declare: {problem_found}."
    return refusals.Faulty(message, code="contract_broken")


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


def preferred(status: int) -> Refusal:
    """Return the refusal that `Prefer: code=STATUS` asks for."""
    kind = _BY_STATUS.get(status, refusals.Faulty if status >= 500 else refusals.Refusal)  # noqa: PLR2004
    refusal = kind(f"This answer was asked for: Prefer: code={status}.")
    refusal.statuses = (status,)  # type: ignore[misc]  # this one instance stands for this one status
    refusal.headers["Preference-Applied"] = f"code={status}"
    return refusal
