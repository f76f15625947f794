"""Control a world: its clock, faults, preferences, journal, records and tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from locum.client.connection import segment

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.client.connection import Connection

__all__ = ["Clock", "Faults", "Journal", "Preferences", "State", "Validation", "World"]


class World:
    """One world of a server. Every call sends a request to the server."""

    def __init__(self, connection: Connection, name: str = "default") -> None:
        self.connection = connection
        self.name = name
        self.clock = Clock(self)
        self.faults = Faults(self)
        self.preferences = Preferences(self)
        self.validation = Validation(self)
        self.journal = Journal(self)
        self.state = State(self)

    @property
    def url(self) -> str:
        """The server's URL with the world in its path. Requests to it use this world."""
        return f"{self.connection.url}/~{self.name}"

    @property
    def headers(self) -> dict[str, str]:
        """The header that names the world."""
        return {self.connection.world_header: self.name}

    def describe(self) -> dict[str, Any]:
        """Return the state of the world. Raises Rejected if it does not exist yet."""
        return dict(self._at("GET"))

    def reset(self) -> None:
        """Reset the world to its initial state."""
        self._at("POST", "/reset")

    def fork(self, into: str) -> World:
        """Copy the world to a new world, and return it."""
        self._at("POST", "/fork", {"into": into})
        return World(self.connection, into)

    def snapshot(self) -> dict[str, Any]:
        """Return a snapshot of the world as JSON."""
        return dict(self._at("GET", "/snapshot"))

    def restore(self, snapshot: dict[str, Any] | str) -> None:
        """Restore a snapshot, or the fixture with a name. It becomes the state that `reset` returns to."""
        if isinstance(snapshot, str):
            self._at("POST", "/restore", {"fixture": snapshot})
        else:
            self._at("PUT", "/snapshot", snapshot)

    def save(self, fixture: str) -> None:
        """Save the world as the fixture with a name."""
        self.ask("PUT", f"/fixtures/{segment(fixture)}")

    def changes(self, since: str | None = None) -> list[dict[str, Any]]:
        """Return the records that differ from the initial state, or from another world."""
        return list(self._at("GET", "/changes", since=since))

    def drop(self) -> None:
        """Delete the world."""
        self._at("DELETE")

    def token(self, user: str | None = None, **wanted: Any) -> str:
        """Return a bearer token for a user, by default the first seeded one; `wanted` as in the control API."""
        body = wanted if user is None else {"user": user, **wanted}
        return str(self.ask("POST", "/tokens", body)["access_token"])

    def ask(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """Call an operation of the control API in this world."""
        return self.connection.ask(method, path, body, world=self.name, **query)

    def _at(self, method: str, path: str = "", body: Any = None, /, **query: Any) -> Any:
        return self.connection.ask(method, f"/worlds/{segment(self.name)}{path}", body, **query)


class _Part:
    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def _ask(self) -> Callable[..., Any]:
        return self._world.ask


class Clock(_Part):
    """The time of a world."""

    @property
    def now(self) -> datetime:
        """The current time, in UTC."""
        return datetime.fromisoformat(self.describe()["now"]).astimezone(UTC)

    def describe(self) -> dict[str, Any]:
        """Return the time and mode of the clock."""
        return dict(self._ask("GET", "/clock"))

    def freeze(self) -> None:
        """Freeze the clock."""
        self._ask("POST", "/clock/freeze")

    def advance(self, by: timedelta | float | str) -> datetime:
        """Advance the clock by `1d` or seconds. Scheduled events on the way run in order."""
        return self._moved("POST", "/clock/advance", {"by": by.total_seconds() if isinstance(by, timedelta) else by})

    def set(self, moment: datetime | str) -> datetime:
        """Set the clock to a moment."""
        return self._moved("PUT", "/clock", {"now": moment.isoformat() if isinstance(moment, datetime) else moment})

    def resume(self, *, step: float | str | None = None, rate: float | None = None) -> None:
        """Resume the clock: as before, with a step per request, or at a rate relative to real time."""
        pace = {name: value for name, value in (("step", step), ("rate", rate)) if value is not None}
        self._ask("POST", "/clock/resume", pace or None)

    def _moved(self, *asked: Any) -> datetime:
        return datetime.fromisoformat(self._ask(*asked)["now"]).astimezone(UTC)


class Faults(_Part):
    """The injected faults of a world."""

    def add(self, text: str = "", **members: Any) -> str:
        """Add a fault, as a text (`status=503, times=2`) or by members, and return its id."""
        return str(self._ask("POST", "/faults", {"text": text} if text else members)["id"])

    def all(self) -> list[dict[str, Any]]:
        """Return the faults, each with the number of requests that it was applied to."""
        return list(self._ask("GET", "/faults"))

    def remove(self, fault: str) -> None:
        """Remove a fault."""
        self._ask("DELETE", f"/faults/{segment(fault)}")

    def clear(self) -> None:
        """Remove all faults."""
        self._ask("DELETE", "/faults")


class Preferences(_Part):
    """The preferred declared responses of a world."""

    def all(self) -> dict[str, str]:
        """Return the preferences by operation."""
        return dict(self._ask("GET", "/preferences"))

    def set(self, operation: str, prefer: str) -> None:
        """Set the preference of an operation: `code=404`."""
        self._ask("PUT", f"/preferences/{segment(operation)}", {"prefer": prefer})

    def clear(self, operation: str | None = None) -> None:
        """Remove the preference of an operation, or all."""
        self._ask("DELETE", "/preferences" + ("" if operation is None else f"/{segment(operation)}"))


class Validation(_Part):
    """The handling of requests that break their contract, in a world."""

    @property
    def mode(self) -> str:
        """The mode: `enforce`, `report` or `off`."""
        return str(self._ask("GET", "/validation")["mode"])

    def set(self, mode: str) -> None:
        """Set the mode."""
        self._ask("PUT", "/validation", {"mode": mode})

    def clear(self) -> None:
        """Use the server's mode again."""
        self._ask("DELETE", "/validation")


class Journal(_Part):
    """The journal of a world."""

    def entries(self, **filters: Any) -> list[dict[str, Any]]:
        """Return the entries, oldest first. Filters as in the control API: `operation="deleteApiKey"`."""
        return list(self._ask("GET", "/journal", **filters))

    def verify(self, *expected: str | dict[str, Any], **rules: Any) -> None:
        """Raise AssertionError if the world did not receive the expected calls.

        Expectations are texts (`deleteApiKey once`) or members; rules as in the control API: `in_order=True`,
        `nothing_undeclared=True`.
        """
        verdict = self.check(*expected, **rules)
        if not verdict["ok"]:
            raise AssertionError("\n".join(failure["sentence"] for failure in verdict["failures"]))

    def check(self, *expected: str | dict[str, Any], **rules: Any) -> dict[str, Any]:
        """Return whether the world received the expected calls, and if not, why."""
        return dict(self._ask("POST", "/verifications", {"expect": list(expected), **rules}))

    def export(self, form: str = "har") -> Any:
        """Return the journal as `har`, `curl` commands, a `pytest` module, or an `arazzo` document."""
        return self._ask("GET", f"/journal/{form}")

    def clear(self) -> None:
        """Remove all entries."""
        self._ask("DELETE", "/journal")


class State(_Part):
    """The records of a world."""

    def types(self) -> dict[str, int]:
        """Return the number of records by type."""
        return {found["name"]: found["records"] for found in self._ask("GET", "/records")}

    def all(self, record_type: str) -> dict[str, Any]:
        """Return the first 1000 records of a type by key."""
        found = self._ask("GET", f"/records/{segment(record_type)}", limit=1000)
        return {record["key"]: record["value"] for record in found}

    def get(self, record_type: str, key: str) -> Any:
        """Return one record."""
        return self._ask("GET", self._path(record_type, key))["value"]

    def put(self, record_type: str, key: str, value: Any) -> None:
        """Replace or add a record."""
        self._ask("PUT", self._path(record_type, key), {"value": value})

    def delete(self, record_type: str, key: str) -> None:
        """Remove a record."""
        self._ask("DELETE", self._path(record_type, key))

    @staticmethod
    def _path(record_type: str, key: str) -> str:
        return f"/records/{segment(record_type)}/{segment(key)}"
