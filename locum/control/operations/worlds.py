"""The operations on worlds and fixtures."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from locum.control.operations.clock import described, snapshot_of
from locum.control.operations.journal import root_of
from locum.errors import Conflict, Invalid, NotFound
from locum.generate.files.making import with_placeholder
from locum.responses import Response
from locum.world.clock import timestamp
from locum.world.differences import ADDED, REMOVED, difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.control.records import RecordOperationsView
    from locum.world.fixtures import Fixtures
    from locum.world.worlds import World, Worlds

__all__ = ["FixtureOperations", "WorldOperations"]


class WorldOperations:
    """Lists, creates, forks, resets, saves, restores, compares and drops worlds."""

    def __init__(self, worlds: Worlds, fixtures: Fixtures, records: RecordOperationsView) -> None:
        self._worlds = worlds
        self._fixtures = fixtures
        self._records = records

    def list_worlds(self) -> list[dict[str, Any]]:
        """Return the worlds in the order of their creation."""
        return [self._described(world) for world in self._worlds.listed()]

    def create_world(self, body: dict[str, Any]) -> Response:
        """Create a world, from a seed or a fixture."""
        name = body["name"]
        if "fixture" not in body:
            return self._created(self._worlds.make(name, body.get("seed")))
        content = self._named_in_body(body["fixture"])
        with as_conflict():
            return self._created(self._worlds.make_from(name, content))

    def get_world(self, name: str) -> dict[str, Any]:
        """Return one world."""
        return self._described(self._worlds.existing(name))

    def delete_world(self, name: str) -> None:
        """Drop a world."""
        self._worlds.remove(name)

    def reset_world(self, name: str) -> dict[str, Any]:
        """Reset a world to its initial state."""
        return self._described(self._worlds.reset(name))

    def fork_world(self, name: str, body: dict[str, Any]) -> Response:
        """Create a copy of a world."""
        return self._created(self._worlds.fork(name, body["into"]))

    def get_snapshot(self, name: str) -> dict[str, Any]:
        """Return a snapshot of a world."""
        return snapshot_of(self._worlds.existing(name))

    def restore_snapshot(self, name: str, body: dict[str, Any], page_url: Callable[[str, str], str]) -> dict[str, Any]:
        """Replace a world by a snapshot. Addresses of this server are stored as such."""
        return self._described(self._worlds.restore(name, with_placeholder(body, root_of(page_url))))

    def restore_fixture(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Replace a world by a fixture."""
        content = self._named_in_body(body["fixture"])
        with as_conflict():
            return self._described(self._worlds.restore(name, content))

    def list_changes(self, name: str, since: str | None = None, record_type: str | None = None) -> list[dict[str, Any]]:
        """Return the changes to a world since its start, or since another world; of one type if it is given."""
        world = self._worlds.existing(name)
        before = self._worlds.existing(since) if since is not None else self._worlds.origin(name)
        shown = []
        changes = difference(*map(snapshot_of, self._records.leveled(before, world, record_type)))
        for change, value_before, value_after in self._records.shown_changes(changes):
            entry = {
                "kind": change.kind,
                "type": change.table,
                "key": self._records.key_text(change.key),
                "pointer": change.path,
            }
            if change.kind != ADDED:
                entry["before"] = value_before
            if change.kind != REMOVED:
                entry["after"] = value_after
            shown.append(entry)
        return shown

    def _named_in_body(self, fixture: str) -> Any:
        """Return a fixture that the body names. If it is missing that is 409: 404 is for the world in the path."""
        try:
            return self._fixtures.get(fixture)
        except NotFound as error:
            raise Conflict(error.message, code=error.code) from None

    def _created(self, world: World) -> Response:
        return Response(self._described(world), headers={"Location": f"/__locum/worlds/{world.name}"})

    def _described(self, world: World) -> dict[str, Any]:
        return {
            "name": world.name,
            "seed": world.seed,
            "bare": world.bare,
            "began": timestamp(world.began, "microseconds"),
            "clock": described(world.clock),
            "requests": world.journal.last,
            "entries": len(world.journal),
            "most_entries": world.journal.most,
            "records": self._records.count(world),
            "faults": len(world.faults.active),
            "preferences": len(world.preferences),
        }


class FixtureOperations:
    """Lists, shows, saves and deletes fixtures."""

    def __init__(self, worlds: Worlds, fixtures: Fixtures, records: RecordOperationsView) -> None:
        self._worlds = worlds
        self._fixtures = fixtures
        self._records = records

    def list_fixtures(self) -> list[dict[str, Any]]:
        """Return the fixtures by name, without those that do not fit the served APIs."""
        shown = []
        for name in self._fixtures.names():
            try:
                shown.append(self._described(name, self._fixtures.get(name)))
            except (Conflict, Invalid, NotFound):
                continue
        return shown

    def get_fixture(self, fixture: str) -> Any:
        """Return the snapshot of a fixture."""
        content = self._fixtures.get(fixture)
        self._described(fixture, content)
        return content

    def save_fixture(self, fixture: str, world: str) -> dict[str, Any]:
        """Save a snapshot of a world under a name."""
        content = snapshot_of(self._worlds.existing(world))
        self._fixtures.keep(fixture, content)
        return self._described(fixture, content)

    def delete_fixture(self, fixture: str) -> None:
        """Delete a fixture."""
        self._fixtures.drop(fixture)

    def _described(self, name: str, content: Any) -> dict[str, Any]:
        with as_conflict():
            world = self._worlds.revive(content)
        count = self._records.count(world)
        now = timestamp(world.clock.now, "microseconds")
        return {"name": name, "seed": world.seed, "now": now, "records": count}


@contextmanager
def as_conflict() -> Iterator[None]:
    """Turn Invalid into Conflict: the request is valid, but the fixture that it names is not."""
    try:
        yield
    except Invalid as error:
        raise Conflict(error.message, code=error.code, violations=error.violations) from None
