"""Fixtures: named snapshots, stored in memory, in the files of a folder, or in one file; and folders of records."""

from __future__ import annotations

import json
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson

from locum.errors import Conflict, NotFound, OutOfRoom, TooMany
from locum.files import PRIVATE_FOLDER, read_file, replace_file
from locum.world.ledger import weigh

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Fixtures"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_MOST = 1000


class Fixtures:
    """Named snapshots of a server.

    `place` is a folder with a file `NAME.json` for each, or a `.json` file with all of them by name. Files are read at
    each access, so that edits need no restart. Without a place, fixtures are lost when the server stops.
    """

    def __init__(self, place: Path | None = None, most_bytes: int = sys.maxsize) -> None:
        self._place = place
        self._most_bytes = most_bytes
        self._sizes: dict[str, int] = {}
        self._alone = place is not None and place.suffix == ".json"
        self._kept: dict[str, Any] = {}

    @property
    def bytes(self) -> int:
        """An estimate of the bytes that they take in memory."""
        return sum(self._sizes.values())

    def continues(self, other: Fixtures) -> None:
        """Take over the fixtures that another object has in memory."""
        self._kept, self._sizes = other._kept, other._sizes

    def names(self) -> list[str]:
        """Return all names, sorted. Raises Conflict for a file that cannot be read."""
        if self._place is None or self._alone:
            return sorted(self._all())
        with suppress(OSError):
            return sorted(file.stem for file in self._place.glob("*.json") if _NAME.match(file.stem))
        return []

    def get(self, name: str) -> Any:
        """Return a snapshot. Raises NotFound, or Conflict if it cannot be read."""
        if self._place is None or self._alone:
            found = self._all().get(name)
        else:
            found = _read(self._file(name)) if _NAME.match(name) else None
        if found is None:
            known = ", ".join(self.names()) or "none"
            message = f"There is no fixture {name[:64]!r}. Fixtures: {known}."
            raise NotFound(message, code="no_such_fixture")
        return found

    def folder(self, name: str) -> Path | None:
        """Return where the fixture of a name is as a folder of records; None if fixtures are in no folder."""
        is_below = self._place is not None and not self._alone and _NAME.match(name)
        return self._place / name if self._place is not None and is_below else None

    def keep(self, name: str, snapshot: Any) -> None:
        """Store a snapshot under a name, replacing any other. Raises Conflict, TooMany, OutOfRoom."""
        if name not in (names := self.names()) and len(names) >= _MOST:
            message = f"There are {_MOST} fixtures already, which is the limit. Delete one."
            raise TooMany(message, code="fixtures_full")
        if self._place is None:
            size = weigh(snapshot)
            if self.bytes + size > self._most_bytes:
                message = (
                    f"The fixtures take more than {self._most_bytes:,} bytes (max-bytes). Delete one, or use --state."
                )
                raise OutOfRoom(message, code="fixtures_full")
            self._kept[name] = snapshot
            self._sizes[name] = size
        elif self._alone:
            _write(self._place, {**self._all(), name: snapshot})
        else:
            _write(self._file(name), snapshot)

    def drop(self, name: str) -> None:
        """Delete a snapshot. Raises NotFound, Conflict."""
        self.get(name)
        if self._place is None:
            del self._kept[name]
            del self._sizes[name]
        elif self._alone:
            _write(self._place, {other: snapshot for other, snapshot in self._all().items() if other != name})
        else:
            try:
                self._file(name).unlink()
            except OSError as problem:
                raise _unwritable(self._file(name), problem) from None

    def _file(self, name: str) -> Path:
        assert self._place is not None  # noqa: S101 (only called for folders)
        return self._place / f"{name}.json"

    def _all(self) -> dict[str, Any]:
        if self._place is None:
            return self._kept
        found = _read(self._place) or {}
        if not isinstance(found, dict):
            message = f"{self._place.name} should be an object of snapshots by name."
            raise Conflict(message, code="fixture_unreadable")
        return found


def _read(file: Path) -> Any:
    """Return the content of a file; None if it does not exist. Raises Conflict."""
    try:
        return json.loads(read_file(file))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        message = f"The fixture file {file.name} cannot be read: {reason}."
        raise Conflict(message, code="fixture_unreadable") from None


def _write(file: Path, content: Any) -> None:
    """Replace a file atomically."""
    data = orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    try:
        file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        replace_file(file, data, private=True)
    except OSError as problem:
        raise _unwritable(file, problem) from None


def _unwritable(file: Path, problem: OSError) -> Conflict:
    return Conflict(f"The fixture file {file.name} cannot be written: {problem.strerror}.", code="fixture_unwritable")
