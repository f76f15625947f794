"""Switches: which behaviour checks are turned off for which operations, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import at
from locum.verify.codes.codes import BEHAVIOUR_CHECKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation

__all__ = ["Switches"]

_KEY = "x-locum-behaviour"
_NO_REASON = f"{_KEY} in the document"


class Switches:
    """The behaviour checks that a document or an option turns off.

    `x-locum-behaviour` is at an operation, a path item or the document. It is `{delete-is-final: false}`, or has the
    reason instead of `false`; `reason` holds it for all checks that are named; `false` alone turns off every check.
    """

    def __init__(self, contract: Contract, given: Mapping[tuple[str, str], str]) -> None:
        """`given` has reasons by operationId (`*` for all) and check, from options."""
        self._document = contract.document.content
        self._given = given
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def reason_against(self, operation: Operation, check: str) -> str:
        """Return why a check is turned off for an operation; an empty text if it is on."""
        for name in (operation.operation_id, "*"):
            if (name, check) in self._given:
                return self._given[name, check]
        key = (operation.path, operation.method)
        if key not in self._known:
            places = ("", operation.pointer.rpartition("/")[0], operation.pointer)
            self._known[key] = {}
            for place in places:
                self._known[key] |= _off(at(self._document, place).get(_KEY))
        return self._known[key].get(check, "")


def _off(declared: Any) -> dict[str, str]:
    """Return the reasons by check; unknown checks and other values are ignored (`locum check` reports them)."""
    if declared is False:
        return dict.fromkeys(BEHAVIOUR_CHECKS, _NO_REASON)
    if not isinstance(declared, dict):
        return {}
    usual = declared.get("reason")
    usual = usual if isinstance(usual, str) and usual else _NO_REASON
    off = {name: value for name, value in declared.items() if name in BEHAVIOUR_CHECKS}
    return {
        name: value if isinstance(value, str) and value else usual
        for name, value in off.items()
        if value is False or isinstance(value, str)
    }
