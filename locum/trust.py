"""Trust: the folders whose Python code and settings the user has allowed to be used.

`locum trust FOLDER` keeps the resolved path of a folder, and the digest of every Python file and of the settings below
it, in the user's state folder. What was changed since then is not used before the user trusts it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.files import is_private, private_folder, read_file, read_private, replace_file, state_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "Untrusted",
    "allow_in_this_process",
    "changes_of",
    "forget_folder",
    "is_passed_over",
    "reason_against",
    "settings_table",
    "trust_folder",
    "trusted_folders",
    "trusted_root",
]

_STORE = "trust.json"
_MOST_FILES = 5000
_MOST_BYTES = 16 * 1024 * 1024
_MOST_TOML = 4 * 1024 * 1024
_MOST_NAMED = 3
_PASSED_OVER = frozenset({"node_modules", "__pycache__", "site-packages"})
_SETTINGS = "pyproject.toml"
_VERIFICATION = "schemathesis.toml"

_allowed: set[Path] = set()
"""Folders that this process may use whatever becomes of them: pytest's own project, and what `--watch` began with."""


class Untrusted(ValueError):
    """A folder cannot be trusted; says why."""


def trust_folder(folder: Path) -> list[str]:
    """Trust a folder as it is now, and return the files that count. Raises Untrusted, and OSError."""
    root = _real(folder)
    if not root.is_dir():
        raise Untrusted(f"{folder}: there is no such folder.")
    found = _digests(root)
    _keep({**_read_store(), str(root): found})
    return sorted(found)


def forget_folder(folder: Path) -> bool:
    """Trust a folder no longer; return whether it was trusted. Raises OSError."""
    store = _read_store()
    known = store.pop(str(_real(folder)), None)
    if known is not None:
        _keep(store)
    return known is not None


def trusted_folders() -> list[Path]:
    """Return the trusted folders, also those that have changed since."""
    return sorted(map(Path, _read_store()))


def changes_of(root: Path) -> list[str]:
    """Return which files below a trusted folder were added, changed or removed since it was trusted."""
    known = _read_store().get(str(root), {})
    try:
        found = _digests(root)
    except (Untrusted, OSError) as problem:
        return [str(problem)]
    return sorted(name for name in known.keys() | found.keys() if known.get(name) != found.get(name))


def trusted_root(folder: Path) -> Path | None:
    """Return the trusted, unchanged folder in which a folder lies; None where there is none."""
    return next((root for root in _roots_of(folder) if root in _allowed or not changes_of(root)), None)


def reason_against(folder: Path) -> str:
    """Return why a folder is not trusted, and what to do; an empty text if it is trusted."""
    roots = list(_roots_of(folder))
    for root in roots:
        if root in _allowed:
            return ""
        changed = changes_of(root)
        if not changed:
            return ""
        if root == roots[-1]:
            more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
            named = ", ".join(changed[:_MOST_NAMED]) + more
            return f"changed since {root} was trusted: {named}. Review that, then run `locum trust {_shell(root)}`"
    return f"this folder is not trusted. Review it, then run `locum trust {_shell(folder)}`"


def allow_in_this_process(folders: Iterable[Path]) -> None:
    """Let this process use folders, whatever changes in them while it runs."""
    _allowed.update(map(_real, folders))


def is_passed_over(folder: Path) -> bool:
    """Whether a folder is none of the project's own code: hidden, installed packages, or a virtual environment.

    What is in it does not count for trust, and is never imported as a handler.
    """
    name = folder.name.lower()
    return name.startswith(".") or name in _PASSED_OVER or (folder / "pyvenv.cfg").exists()


def settings_table(text: str) -> dict[str, Any]:
    """Return `[tool.locum]` of a pyproject.toml. Raises ValueError for what is no TOML."""
    try:
        tool = tomllib.loads(text).get("tool", {})
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    table = tool.get("locum", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ValueError("[tool.locum] is no table")  # noqa: TRY004 (what a file says is a value)
    return table


def _roots_of(folder: Path) -> Iterator[Path]:
    """Yield the folders in which a folder lies and that are trusted or allowed, whether or not they have changed."""
    folder = _real(folder)
    known = {*map(Path, _read_store()), *_allowed}
    for root in (folder, *folder.parents):
        if root in known:
            yield root
        if is_passed_over(root):
            return


def _digests(root: Path) -> dict[str, str]:
    """Return the digest of each file below a folder that decides what runs, by its relative path."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for place, folders, files in os.walk(root, followlinks=True):
        here = Path(place)
        if (real := os.path.realpath(place)) in seen:  # a link to a folder above
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not is_passed_over(here / name))
        for name in sorted(files):
            digest = _digest(here / name)
            if digest:
                found[(here / name).relative_to(root).as_posix()] = digest
        if len(found) > _MOST_FILES or len(seen) > _MOST_FILES:
            raise Untrusted(
                f"{root}: has more than {_MOST_FILES:,} files or folders. Trust the folder of the handlers instead."
            )
    return found


def _digest(file: Path) -> str:
    """Return the digest of a file that counts; an empty text for any other."""
    try:
        if file.suffix.lower() == ".py" or file.name == _VERIFICATION:
            return hashlib.sha256(read_file(file, _MOST_BYTES)).hexdigest()
        if file.name == _SETTINGS:
            return _digest_of_settings(read_file(file, _MOST_TOML))
    except OSError as problem:
        return f"unreadable: {problem.strerror}"
    return ""


def _digest_of_settings(source: bytes) -> str:
    """Return the digest of `[tool.locum]`; what else a pyproject.toml says is none of locum's."""
    try:
        table = settings_table(source.decode("utf-8"))
    except ValueError:
        return hashlib.sha256(source).hexdigest()
    plain = json.dumps(table, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest() if table else ""


def _read_store() -> dict[str, dict[str, str]]:
    folder = state_folder()
    if not is_private(folder):
        return {}
    try:
        content = json.loads(read_private(folder / _STORE))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {root: known for root, known in content.items() if isinstance(known, dict)}


def _keep(store: dict[str, dict[str, str]]) -> None:
    folder = state_folder()
    private_folder(folder)
    replace_file(folder / _STORE, json.dumps(store, indent=1, sort_keys=True) + "\n", private=True)


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))  # Path.resolve raises where links lead in a circle


def _shell(folder: Path) -> str:
    import shlex  # noqa: PLC0415 (only a hint needs it)

    return shlex.quote(str(folder))
