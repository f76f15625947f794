"""The operations on the faults and preferences of a world."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from locum.errors import Conflict, Invalid, NotFound
from locum.responses import Response
from locum.world.faults import fault_of, plain_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from locum.openapi.compile.operations import Operation
    from locum.world.faults import Faults
    from locum.world.worlds import Worlds

__all__ = ["FaultOperations", "PreferenceOperations", "unknown_operation"]


class FaultOperations:
    """Lists, adds and removes faults."""

    def __init__(self, worlds: Worlds, operations: Iterable[Operation]) -> None:
        self._worlds = worlds
        self._operations = {operation.operation_id for operation in operations}

    def list_faults(self, world: str) -> list[dict[str, Any]]:
        """Return the faults, and how often each was applied."""
        faults = self._worlds.existing(world).faults
        return [_described(faults, name) for name in faults.active]

    def add_fault(self, world: str, body: dict[str, Any]) -> Response:
        """Add a fault."""
        try:
            fault = fault_of(body.get("text", body))
        except Invalid as error:
            raise Conflict(error.message, code=error.code) from None
        if fault.operation and not any(fault.concerns(name, fault.method, fault.api) for name in self._operations):
            raise unknown_operation(Conflict, fault.operation, self._operations)
        faults = self._worlds.named(world).faults
        return Response(_described(faults, faults.add(fault)))

    def get_fault(self, world: str, fault: str) -> dict[str, Any]:
        """Return one fault."""
        faults = self._worlds.existing(world).faults
        return _described(faults, fault)

    def remove_fault(self, world: str, fault: str) -> None:
        """Remove one fault."""
        self._worlds.existing(world).faults.remove(fault)

    def clear_faults(self, world: str) -> None:
        """Remove all faults."""
        self._worlds.existing(world).faults.clear()


class PreferenceOperations:
    """Lists, sets and removes the preferred responses of operations; `unfit` returns why one is impossible."""

    def __init__(
        self, worlds: Worlds, operations: Iterable[Operation], unfit: Callable[[Operation, str], str | None]
    ) -> None:
        self._worlds = worlds
        self._operations: dict[str, list[Operation]] = {}
        for operation in operations:
            self._operations.setdefault(operation.operation_id, []).append(operation)
        self._unfit = unfit

    def list_preferences(self, world: str) -> dict[str, str]:
        """Return the preferences by operation."""
        return dict(self._worlds.existing(world).preferences)

    def set_preference(self, world: str, operation: str, body: dict[str, Any]) -> dict[str, str]:
        """Set the preferred response of an operation."""
        if operation not in self._operations:
            raise unknown_operation(NotFound, operation, self._operations)
        reasons = [self._unfit(one, body["prefer"]) for one in self._operations[operation]]
        if all(reasons):
            raise Conflict(str(reasons[0]), code="preference_unfit")
        found = self._worlds.named(world)
        found.preferences[operation] = body["prefer"]
        return dict(found.preferences)

    def delete_preference(self, world: str, operation: str) -> None:
        """Remove the preference of an operation."""
        if self._worlds.existing(world).preferences.pop(operation, None) is None:
            raise NotFound("This operation has no preference.", code="no_such_preference")

    def clear_preferences(self, world: str) -> None:
        """Remove all preferences."""
        self._worlds.existing(world).preferences.clear()


def _described(faults: Faults, name: str) -> dict[str, Any]:
    active = faults.one(name)
    counts = {"id": name, "text": text_of(active.fault), "seen": active.seen, "hits": active.hits}
    return {**counts, **plain_of(active.fault)}


def unknown_operation(kind: type[Conflict | NotFound], name: str, known: Iterable[str]) -> Conflict | NotFound:
    """Return the error for an operation that is not served."""
    near = get_close_matches(name, list(known), n=1)
    hint = f"Did you mean {near[0]}?" if near else "GET /__locum/operations lists all operations."
    return kind(f"Unknown operation '{name[:100]}'. {hint}", code="no_such_operation")
