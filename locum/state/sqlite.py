"""SQLite: the worlds of one server in one file (WAL mode), which survives a crash of the process at any moment."""

from __future__ import annotations

import sqlite3
import zlib
from typing import TYPE_CHECKING, TypeVar

from locum.files import PRIVATE_FILE, PRIVATE_FOLDER
from locum.state.engine import StateError, StoredWorld, WorldRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from locum.state.engine import Batch

__all__ = ["FILE", "SqliteEngine"]

FILE = "worlds.sqlite"
"""The name of the file in the folder of `--state`."""
_APPLICATION = 0x6C6F6375
"""`locu` in ASCII: the application_id of the file (SQLite file format, offset 68)."""
_VERSION = 1
_SCHEMA = """
CREATE TABLE snapshots (digest TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE worlds (
  name TEXT PRIMARY KEY, base TEXT NOT NULL, origin TEXT NOT NULL,
  used REAL NOT NULL, records INTEGER NOT NULL, last INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE effects (id INTEGER PRIMARY KEY, world TEXT NOT NULL, data BLOB NOT NULL);
CREATE INDEX effects_of_world ON effects (world, id);
CREATE TABLE entries (world TEXT NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (world, number))
  WITHOUT ROWID;
"""
_ROW = "name, base, origin, used, records, last"

R = TypeVar("R")


class SqliteEngine:
    """The file of a state folder. With `full`, a batch is on the disk when `commit` returns, even if power fails."""

    def __init__(self, folder: Path, *, full: bool = False) -> None:
        """Open the file, or create it. Raises StateError for a file that is not one of locum, or cannot be used."""
        self._place = folder / FILE
        try:
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            if self._place.is_symlink() or (self._place.exists() and not self._place.is_file()):
                raise StateError(f"{self._place}: this is not a regular file. Give another folder with --state.")
            self._place.touch(PRIVATE_FILE)
        except OSError as problem:
            raise StateError(f"{folder}: the state cannot be stored here: {problem.strerror}.") from None
        self._connection = sqlite3.connect(self._place, isolation_level=None, check_same_thread=False, timeout=5)
        try:
            self._guarded(lambda: self._open(full=full))
        except StateError:
            self._connection.close()
            raise

    def _open(self, *, full: bool) -> None:
        execute = self._connection.execute
        (application,) = execute("PRAGMA application_id").fetchone()
        (version,) = execute("PRAGMA user_version").fetchone()
        (tables,) = execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != _APPLICATION and (application or tables):
            message = f"{self._place}: this is a database of another program. Give another folder with --state."
            raise StateError(message)
        if version > _VERSION:
            message = f"{self._place}: version {version} of the format, and this locum reads {_VERSION}."
            raise StateError(f"{message} Update locum, or give another folder with --state.")
        execute("PRAGMA journal_mode = WAL")
        execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
        if not tables:
            self._connection.executescript(
                f"BEGIN; PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION}; {_SCHEMA} COMMIT;"
            )
        (verdict,) = execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)

    def _guarded(self, act: Callable[[], R]) -> R:
        try:
            return act()
        except sqlite3.DatabaseError as problem:
            code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
            advice = {
                sqlite3.SQLITE_FULL: "Free some space on the disk.",
                sqlite3.SQLITE_READONLY: "Make the folder writable, or give another one with --state.",
                sqlite3.SQLITE_BUSY: "Another program uses it. Close that one.",
            }.get(code, "It was not changed. Restore it from a copy, or give another folder with --state.")
            raise StateError(f"{self._place}: {str(problem).rstrip('.')}. {advice}") from None

    def worlds(self) -> list[WorldRow]:
        """Return all stored worlds, sorted by name. Raises StateError."""
        every = f"SELECT {_ROW} FROM worlds ORDER BY name"  # noqa: S608 (a constant)
        return self._guarded(lambda: [WorldRow(*row) for row in self._connection.execute(every)])

    def load(self, name: str) -> StoredWorld | None:
        """Return a stored world; None if there is none of this name. Raises StateError."""
        return self._guarded(lambda: self._load(name))

    def _load(self, name: str) -> StoredWorld | None:
        execute = self._connection.execute
        found = execute(f"SELECT {_ROW} FROM worlds WHERE name = ?", (name,)).fetchone()  # noqa: S608 (as above)
        if found is None:
            return None
        row = WorldRow(*found)
        return StoredWorld(
            row,
            self._snapshot(row.base),
            self._snapshot(row.origin) if row.origin else None,
            [data for (data,) in execute("SELECT data FROM effects WHERE world = ? ORDER BY id", (name,))],
            execute("SELECT number, data FROM entries WHERE world = ? ORDER BY number", (name,)).fetchall(),
        )

    def _snapshot(self, digest: str) -> bytes:
        found = self._connection.execute("SELECT data FROM snapshots WHERE digest = ?", (digest,)).fetchone()
        if found is None:
            raise StateError(f"{self._place}: the snapshot {digest} is missing. Restore the file from a copy.")
        try:
            return zlib.decompress(found[0])
        except zlib.error:
            raise StateError(
                f"{self._place}: the snapshot {digest} is damaged. Restore the file from a copy."
            ) from None

    def commit(self, batch: Batch) -> None:
        """Store a batch as a whole. Raises StateError; then nothing of it is stored."""
        self._guarded(lambda: self._commit(batch))

    def _commit(self, batch: Batch) -> None:
        execute, many = self._connection.execute, self._connection.executemany
        execute("BEGIN IMMEDIATE")
        try:
            former: set[str] = set()
            for name in [*batch.dropped, *(row.name for row in batch.begun)]:
                former.update(*execute("SELECT base, origin FROM worlds WHERE name = ?", (name,)).fetchall())
                execute("DELETE FROM effects WHERE world = ?", (name,))
            for name in batch.dropped:
                execute("DELETE FROM entries WHERE world = ?", (name,))
                execute("DELETE FROM worlds WHERE name = ?", (name,))
            for digest, data in batch.snapshots.items():
                if execute("SELECT 1 FROM snapshots WHERE digest = ?", (digest,)).fetchone() is None:
                    execute("INSERT INTO snapshots VALUES (?, ?)", (digest, zlib.compress(data, 1)))
            rows = [(row.name, row.base, row.origin, row.used, row.records, row.last) for row in batch.worlds]
            many("INSERT OR REPLACE INTO worlds VALUES (?, ?, ?, ?, ?, ?)", rows)
            many("INSERT INTO effects (world, data) VALUES (?, ?)", batch.effects)
            for name, entries in batch.entries:
                execute("DELETE FROM entries WHERE world = ?", (name,))
                many("INSERT INTO entries VALUES (?, ?, ?)", [(name, *entry) for entry in entries])
            used = "SELECT base FROM worlds UNION SELECT origin FROM worlds"
            many(f"DELETE FROM snapshots WHERE digest = ? AND digest NOT IN ({used})", [(one,) for one in former])  # noqa: S608 (as above)
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def sweep(self) -> int:
        """Remove the snapshots that no world refers to, and give free space back. Raises StateError."""
        return self._guarded(self._sweep)

    def _sweep(self) -> int:
        execute = self._connection.execute
        used = "SELECT base FROM worlds UNION SELECT origin FROM worlds"
        removed = execute(f"DELETE FROM snapshots WHERE digest NOT IN ({used})").rowcount  # noqa: S608 (a constant)
        execute("VACUUM")
        execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return removed

    def close(self) -> None:
        """Close the file; what was committed is in it."""
        self._connection.close()
