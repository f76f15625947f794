"""Git: read documents at a revision of the repository, with the files that they refer to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from locum.files import MOST_BYTES
from locum.openapi.load.files import BadDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PREFIX", "Checkout", "checked_out", "is_in_revision"]

PREFIX = "git:"
_SECONDS = 60
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_MOST_FILES = 20_000


class Checkout(NamedTuple):
    """The documents of a folder at a revision, in a temporary folder."""

    place: Path
    """The wanted file or folder."""
    root: Path
    """The temporary folder."""
    name: str
    """What the temporary folder stands for, in messages: `git:main:api`."""

    def named(self, text: str) -> str:
        """Return a text with the paths of the temporary folder replaced."""
        return text.replace(f"{self.root}{os.sep}", f"{self.name}/").replace(str(self.root), self.name)


@contextmanager
def checked_out(text: str) -> Iterator[Checkout]:
    """Write the documents of `git:REV:PATH` to a temporary folder; PATH is relative to the current folder.

    Raises BadDocument if there is no such revision or path.
    """
    revision, colon, path = text.removeprefix(PREFIX).partition(":")
    if not colon or not revision or not path:
        raise BadDocument(f"{text}: write git:REVISION:PATH, as in git:origin/main:openapi.yaml.")
    commit = _commit(text, revision)
    inside = _inside(text, path)
    kind = _git(text, "cat-file", "-t", f"{commit}:{inside}", reason=f"there is no {path!r} at {revision}").strip()
    folder = inside if kind == "tree" else str(PurePosixPath(inside).parent)
    folder = "" if folder == "." else folder
    root = Path(tempfile.mkdtemp(prefix="locum-")).resolve()
    try:
        for name, blob in _files(text, commit, folder):
            target = root / PurePosixPath(name).relative_to(folder or ".")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_bytes(text, blob))
        shown = PREFIX + revision + ":" + (path if kind == "tree" else str(PurePosixPath(path).parent)).rstrip("/")
        shown = shown.removesuffix("/.").removesuffix(":.") + (":" if shown.endswith(":.") else "")
        place = root if kind == "tree" else root / PurePosixPath(inside).name
        yield Checkout(place, root, shown)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def is_in_revision(revision: str, path: str) -> bool:
    """Return whether a path exists at a revision. Raises BadDocument if there is no such revision."""
    text = f"{PREFIX}{revision}:{path}"
    commit, inside = _commit(text, revision), _inside(text, path)
    return bool(_git(text, "ls-tree", "--full-tree", "--name-only", commit, "--", inside, reason="it cannot be listed"))


def _commit(text: str, revision: str) -> str:
    if revision.startswith("-"):
        raise BadDocument(f"{text}: {revision!r} is not a revision.")
    reason = f"there is no revision {revision!r} in this repository; fetch it, or check its name"
    return _git(text, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}", reason=reason).strip()


def _inside(text: str, path: str) -> str:
    """Return a path relative to the root of the repository."""
    prefix = _git(text, "rev-parse", "--show-prefix", reason="this is not in a repository of git").strip()
    steps: list[str] = []
    for step in (PurePosixPath(prefix) / PurePosixPath(path.replace(os.sep, "/"))).parts:
        if step == "..":
            if not steps:
                raise BadDocument(f"{text}: {path} is outside the repository.")
            steps.pop()
        elif step not in {".", "/"}:
            steps.append(step)
    return "/".join(steps)


def _files(text: str, commit: str, folder: str) -> Iterator[tuple[str, str]]:
    """Yield the YAML and JSON files below a folder, with the names of their blobs."""
    arguments = ["ls-tree", "-r", "-z", "--full-tree", commit]
    listed = _git(text, *arguments, *(["--", f"{folder}/"] if folder else []), reason="its files cannot be listed")
    entries = [entry for entry in listed.split("\0") if entry]
    count = 0
    for entry in entries:
        attributes, _, name = entry.partition("\t")
        mode, kind, blob = attributes.split(" ", 2)
        if kind != "blob" or mode == "120000" or PurePosixPath(name).suffix not in _SUFFIXES:
            continue
        count += 1
        if count > _MOST_FILES:
            raise BadDocument(
                f"{text}: more than {_MOST_FILES} files lie beside it; move the document to a folder of its own."
            )
        yield name, blob


def _bytes(text: str, blob: str) -> bytes:
    size = int(_git(text, "cat-file", "-s", blob, reason="a file cannot be read"))
    if size > MOST_BYTES:
        raise BadDocument(f"{text}: larger than {MOST_BYTES // 1024 // 1024} MiB, which is more than locum reads.")
    return _run(text, "cat-file", "blob", blob, reason="a file cannot be read")


def _git(text: str, *arguments: str, reason: str) -> str:
    return _run(text, *arguments, reason=reason).decode("utf-8", "replace")


def _run(text: str, *arguments: str, reason: str) -> bytes:
    # No pager, prompt or lock; plumbing commands run no hooks, filters or aliases of the repository.
    environment = {
        **os.environ,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(  # noqa: S603 (fixed commands, and no shell)
            ["git", "--no-pager", *arguments],  # noqa: S607 (the user's own git)
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env=environment,
        )
    except FileNotFoundError:
        raise BadDocument(f"{text}: git is not installed, and is needed for revisions.") from None
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise BadDocument(f"{text}: git failed ({problem}).") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        detail = "" if not said or "fatal: Needed a single revision" in said[0] else f" (git: {said[0][:200]})"
        raise BadDocument(f"{text}: {reason}{detail}.")
    return done.stdout
