"""The operations on worlds and fixtures."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from locum.control.operations.clock import described
from locum.errors import Conflict, Invalid, NotFound
from locum.openapi.wire.json_values import write_json
from locum.responses import Response
from locum.world.clock import timestamp
from locum.world.differences import ADDED, REMOVED, difference
from locum.world.snapshots import Unwritable, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.control.records import Records
    from locum.world.fixtures import Fixtures
    from locum.world.worlds import World, Worlds

__all__ = ["FixtureOperations", "WorldOperations"]


class WorldOperations:
    """Lists, makes, forks, resets, writes down, restores, compares and drops worlds."""

    def __init__(self, worlds: Worlds, fixtures: Fixtures, records: Records) -> None:
        self._worlds = worlds
        self._fixtures = fixtures
        self._records = records

    def list_worlds(self) -> list[dict[str, Any]]:
        """Return the worlds, in the order in which they were made."""
        return [self._described(world) for world in self._worlds.all()]

    def create_world(self, body: dict[str, Any]) -> Response:
        """Make a world, of a seed or of a fixture."""
        name = body["name"]
        if "fixture" not in body:
            return self._made(self._worlds.make(name, body.get("seed")))
        content = self._named_in_body(body["fixture"])
        with as_conflict():
            return self._made(self._worlds.make_from(name, content))

    def get_world(self, name: str) -> dict[str, Any]:
        """Return one world."""
        return self._described(self._worlds.existing(name))

    def delete_world(self, name: str) -> None:
        """Drop a world."""
        self._worlds.existing(name)
        self._worlds.drop(name)

    def reset_world(self, name: str) -> dict[str, Any]:
        """Put a world back to how it began."""
        return self._described(self._worlds.reset(name))

    def fork_world(self, name: str, body: dict[str, Any]) -> Response:
        """Make a world that goes on as another one."""
        return self._made(self._worlds.fork(name, body["into"]))

    def get_snapshot(self, name: str) -> dict[str, Any]:
        """Write a world down."""
        return written(self._worlds.existing(name))

    def restore_snapshot(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make a world what a snapshot says."""
        return self._described(self._worlds.restore(name, body))

    def restore_fixture(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make a world what a fixture says."""
        content = self._named_in_body(body["fixture"])
        with as_conflict():
            return self._described(self._worlds.restore(name, content))

    def list_changes(self, name: str, since: str | None = None) -> list[dict[str, Any]]:
        """Say what is different from how a world began, or from another world."""
        world = self._worlds.existing(name)
        before = self._worlds.existing(since) if since is not None else self._worlds.origin(name)
        shown = []
        for change in difference(*map(written, self._records.leveled(before, world))):
            key = change.key if isinstance(change.key, str) else write_json(change.key).decode()
            told = {"kind": change.kind, "type": change.table, "key": key, "pointer": change.path}
            before_it, after_it = self._records.shown_change(change)
            if change.kind != ADDED:
                told["before"] = before_it
            if change.kind != REMOVED:
                told["after"] = after_it
            shown.append(told)
        return shown

    def _named_in_body(self, fixture: str) -> Any:
        """Return a fixture that is not what the request is about: that it is missing is no 404."""
        try:
            return self._fixtures.get(fixture)
        except NotFound as refusal:
            raise Conflict(refusal.message, code=refusal.code) from None

    def _made(self, world: World) -> Response:
        return Response(self._described(world), headers={"Location": f"/__locum/worlds/{world.name}"})

    def _described(self, world: World) -> dict[str, Any]:
        return {
            "name": world.name,
            "seed": world.seed,
            "bare": world.bare,
            "began": timestamp(world.began, "microseconds"),
            "clock": described(world.clock),
            "requests": world.journal.last,
            "records": self._records.count(world),
            "faults": len(world.faults.active),
            "preferences": len(world.preferences),
        }


class FixtureOperations:
    """Lists, shows, saves and deletes fixtures."""

    def __init__(self, worlds: Worlds, fixtures: Fixtures, records: Records) -> None:
        self._worlds = worlds
        self._fixtures = fixtures
        self._records = records

    def list_fixtures(self) -> list[dict[str, Any]]:
        """Return what there is, by name; a fixture that does not fit what is served here is left out."""
        shown = []
        for name in self._fixtures.names():
            try:
                shown.append(self._described(name, self._fixtures.get(name)))
            except (Conflict, Invalid, NotFound):
                continue
        return shown

    def get_fixture(self, fixture: str) -> Any:
        """Return the snapshot that a fixture is."""
        content = self._fixtures.get(fixture)
        self._described(fixture, content)
        return content

    def save_fixture(self, fixture: str, world: str) -> dict[str, Any]:
        """Write a world down under a name."""
        content = written(self._worlds.existing(world))
        self._fixtures.keep(fixture, content)
        return self._described(fixture, content)

    def delete_fixture(self, fixture: str) -> None:
        """Forget a fixture."""
        self._fixtures.drop(fixture)

    def _described(self, name: str, content: Any) -> dict[str, Any]:
        with as_conflict():
            world = self._worlds.revive(content)
        count = self._records.count(world)
        now = timestamp(world.clock.now, "microseconds")
        return {"name": name, "seed": world.seed, "now": now, "records": count}


def written(world: World) -> dict[str, Any]:
    """Write a world down. Raises Conflict where it holds what no snapshot can."""
    try:
        return snapshot(world)
    except Unwritable as problem:
        raise Conflict(str(problem), code="snapshot_impossible") from None


@contextmanager
def as_conflict() -> Iterator[None]:
    """Reject a request that is valid itself and names a fixture that is not: that is 409."""
    try:
        yield
    except Invalid as refusal:
        raise Conflict(refusal.message, code=refusal.code, violations=refusal.violations) from None
