"""Culprits: whether the server or its contract is the likelier to be wrong, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.openapi.pointers import BrokenReference, at

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.proof.exchanges import Exchange
    from locum.proof.judging.breaches import Breach

__all__ = ["culprit_of"]

_USUAL = {
    400: "a request that breaks the contract has to be refused somehow",
    401: "the server knows credentials that are not good, so it should be said",
    403: "the server knows people who may not, so it should be said",
    404: "an id that does not exist has to be answered somehow",
    405: "HTTP itself has this answer",
    406: "HTTP itself has this answer",
    413: "HTTP itself has this answer",
    415: "HTTP itself has this answer",
    422: "a request that breaks the contract has to be refused somehow",
    429: "whoever limits rates answers so",
}
_BODIES = range(20, 33)


def culprit_of(operation: Operation, exchange: Exchange, breach: Breach) -> tuple[str, str]:
    """Return `server` or `contract`, and the reason in a sentence."""
    status = exchange.shown.status
    if breach.code == "L001" and status in _USUAL and _is_expected(operation, exchange, status):
        return "contract", f"It does not declare {status}, and {_USUAL[status]}."
    if breach.code == "L055":
        return "contract", "It lets through what the server has a rule against, so the rule is not said in it."
    if breach.code == "L014" and status != 204:  # noqa: PLR2004 (no content)
        return "contract", "It says nothing of a body that is there."
    if int(breach.code[1:]) in _BODIES:
        if _breaks_its_own_example(operation, status):
            return "contract", "Its own example of this answer breaks the schema, too."
        return "server", "The contract is what was promised, and its examples keep it."
    if breach.code == "L012" and status >= 400:  # noqa: PLR2004 (errors begin there)
        return "server", "An error was answered by a framework or a proxy, and not by the API."
    if breach.code.startswith("L06"):
        return "server", "Declared security is a promise to whoever owns the data."
    return "server", "The contract is what was promised."


def _is_expected(operation: Operation, exchange: Exchange, status: int) -> bool:
    """Whether this status is what such a request is to be answered with."""
    if status == 404:  # noqa: PLR2004 (not found)
        return "{" in operation.path
    if status in {400, 422}:
        return exchange.positive is not True
    return True


def _breaks_its_own_example(operation: Operation, status: int) -> bool:
    declared = operation.declares(status)
    if declared is None:
        return False
    try:
        content = at(operation.schemas.document, declared.pointer).get("content") or {}
    except BrokenReference:
        return False
    medias = declared.media_types.values() if content else ()
    return any(media.examples and len(media.fitting) < len(media.examples) for media in medias)
