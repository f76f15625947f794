"""Files: the one place that opens what a user, a document or an earlier run names.

- Only regular files are read, up to a bound: a FIFO never blocks, a device is never read.
- Writing never follows a link: the new content is a file of its own in the same folder, which then takes the name.
- Folders of ours are for their owner alone, and what is in them counts only while nobody else can have written it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = [
    "MOST_BYTES",
    "PRIVATE_FILE",
    "PRIVATE_FOLDER",
    "Locked",
    "NotReadable",
    "PlaceLock",
    "append_file",
    "default_cache",
    "is_private",
    "private_folder",
    "read_file",
    "read_private",
    "read_text",
    "replace_file",
    "state_folder",
    "user_folder",
]

MOST_BYTES = 64 * 1024 * 1024
"""The most bytes of one file: documents, archives, coverage, snapshots and whatever else is read."""
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_PREFIX, _SUFFIX = ".locum-", ".tmp"
_STALE_SECONDS = 60
"""After how long an unfinished file is one of a process that was killed."""
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a symbolic link",
}


class NotReadable(OSError):
    """A file is of the wrong kind, or too large; `strerror` is the reason, as for every OSError."""

    def __init__(self, reason: str) -> None:
        super().__init__(None, reason)
        self.strerror = reason


def read_file(path: Path | str, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a regular file. Raises OSError, whose `strerror` is the reason, for anything else."""
    return _read(path, most, follow=True)[0]


def read_text(path: Path | str, most: int = MOST_BYTES) -> str:
    """Return the text (UTF-8) of a regular file. Raises OSError as `read_file` does, and UnicodeDecodeError."""
    return read_file(path, most).decode("utf-8-sig")


def read_private(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a file of ours. Raises OSError for a link, and for what others own or may write."""
    data, found = _read(path, most, follow=False)
    if not _is_ours(found):
        raise NotReadable("it belongs to another user, or others may write to it")
    return data


def _read(path: Path | str, most: int, *, follow: bool) -> tuple[bytes, os.stat_result]:
    try:
        # Looked at before it is opened: opening a device may already do something.
        _require_regular(os.stat(path, follow_symlinks=follow))  # noqa: PTH116 (a text as often as a Path)
        handle = os.open(path, _FLAGS if follow else _FLAGS | _NO_FOLLOW)
    except ValueError:  # a zero byte, or half of a surrogate pair
        raise NotReadable("no file can have this name") from None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        _require_regular(found)
        data = file.read(most + 1) if found.st_size <= most else b""
    if len(data) > most or found.st_size > most:
        raise NotReadable(f"larger than {most // 1024 // 1024} MiB, which is more than locum reads")
    return data, found


def _require_regular(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "of another kind")
        raise NotReadable(f"it is {kind}, not a regular file")


def replace_file(path: Path | str, data: bytes | str, *, private: bool = False, new: bool = False) -> None:
    """Write a file, whole or not at all; with `private` for its owner alone, with `new` only where there is none.

    What has the name must be a regular file or nothing: links and devices are neither followed nor replaced.
    Raises OSError, FileExistsError among them. No unfinished file stays behind.
    """
    path = Path(path)
    there = _mode_of(path)
    name = path.with_name(f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(name, flags, PRIVATE_FILE if private else 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data.encode("utf-8") if isinstance(data, str) else data)
        if there is not None and not private:
            name.chmod(there)
        if new:
            path.hardlink_to(name)
        else:
            name.replace(path)
    finally:
        name.unlink(missing_ok=True)


def append_file(path: Path | str, text: str) -> None:
    """Append to a regular file, or begin one. Raises OSError for a link or a device."""
    _mode_of(Path(path))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags, 0o666), "a", encoding="utf-8") as file:
        _require_regular(os.fstat(file.fileno()))
        file.write(text)


def _mode_of(path: Path) -> int | None:
    """Return the permissions of a regular file, None where there is none. Raises NotReadable for anything else."""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(there.st_mode):
        kind = _KINDS.get(stat.S_IFMT(there.st_mode), "of another kind")
        raise NotReadable(f"it is {kind}, and locum writes regular files only")
    return stat.S_IMODE(there.st_mode)


def private_folder(folder: Path) -> None:
    """Make a folder of ours, for its owner alone. Raises OSError where it cannot be, or belongs to somebody else."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    found = folder.stat()
    if not _is_owned(found):
        raise NotReadable("it belongs to another user")
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(PRIVATE_FOLDER)


def is_private(folder: Path) -> bool:
    """Whether a folder is there, belongs to this user, and nobody else may write to it."""
    try:
        found = folder.stat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and _is_ours(found)


def _is_owned(found: os.stat_result) -> bool:
    return sys.platform == "win32" or found.st_uid == os.geteuid()


def _is_ours(found: os.stat_result) -> bool:
    return _is_owned(found) and (os.name != "posix" or not found.st_mode & _BY_OTHERS)


def user_folder(variable: str, usual: Path) -> Path:
    """Return a folder of the user's that an environment variable names.

    A relative one is ignored (XDG Base Directory Specification): it would be another folder in each working directory.
    """
    named = os.environ.get(variable, "")
    return Path(named) if named and Path(named).is_absolute() else usual


class Locked(OSError):
    """Another process keeps its state in this place."""


class PlaceLock:
    """Holds the place of a server's state, so that no second server writes there.

    The lock is of the operating system (flock), so it ends with the process, however that ends. On Windows, which has
    no flock, nothing is locked. Neither is a place that cannot be written to: nothing can be lost there.
    """

    def __init__(self, place: Path) -> None:
        is_file = place.suffix == ".json"
        self._folder = place.parent if is_file else place
        self._file = self._folder / (f".{place.name}.lock" if is_file else ".locum.lock")
        self._place = place
        self._handle: int | None = None

    def __enter__(self) -> Self:
        """Take the lock. Raises Locked where another process has it."""
        if sys.platform == "win32":
            return self
        try:
            if not self._folder.exists():
                self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            while self._handle is None:
                self._handle = self._taken()
        except Locked:
            raise
        except OSError:
            return self  # it cannot be written to; whoever tries reads the reason
        self._sweep()
        return self

    def _taken(self) -> int | None:
        """Return the handle of the locked file; None where its owner removed it meanwhile."""
        if sys.platform == "win32":
            return None
        import fcntl  # noqa: PLC0415 (there is none on Windows)

        handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | _NO_FOLLOW, PRIVATE_FILE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
            os.close(handle)
            process = f" (process {owner})" if owner.isdecimal() else ""
            raise Locked(
                f"{self._place}: another server{process} keeps its state here. Stop it, or name another place "
                "with --state."
            ) from None
        except OSError:
            os.close(handle)
            raise
        try:
            is_same = os.path.samestat(os.fstat(handle), os.stat(self._file))  # noqa: PTH116 (beside fstat)
        except FileNotFoundError:
            is_same = False
        if not is_same:
            os.close(handle)
            return None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        return handle

    def _sweep(self) -> None:
        """Remove what a killed process left unfinished."""
        with contextlib.suppress(OSError):
            for file in self._folder.glob(f"{_PREFIX}*{_SUFFIX}"):
                if time.time() - file.lstat().st_mtime > _STALE_SECONDS:
                    file.unlink()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back; its file goes while it is still held, so that nobody locks a file without a name."""
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._file.unlink()
            os.close(self._handle)
            self._handle = None


def state_folder() -> Path:
    """Return the user's state folder for locum (XDG Base Directory Specification, or as the platform has it)."""
    home = Path.home()
    usual = {
        "win32": user_folder("LOCALAPPDATA", home / "AppData" / "Local"),
        "darwin": home / "Library" / "Application Support",
    }
    return user_folder("XDG_STATE_HOME", usual.get(sys.platform, home / ".local" / "state")) / "locum"


def default_cache() -> Path:
    """Return the user's cache folder for locum (XDG Base Directory Specification)."""
    return user_folder("XDG_CACHE_HOME", Path.home() / ".cache") / "locum"
