"""Ignored diagnostics: a file of rules and pointers, and `x-locum-ignore` in the document itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.openapi.lint.diagnostics import Diagnostic, LintFinding, Severity
from locum.openapi.load.files import BadDocument, read_bytes
from locum.openapi.load.parsing import parse
from locum.openapi.load.writing import as_yaml
from locum.openapi.pointers import BrokenReference, at, join, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from locum.openapi.load.documents import Document

__all__ = ["FILE", "Ignores", "inline_ignores", "read_ignores", "written_ignores"]

FILE = Path(".locum.lint-ignore.yaml")
"""The usual file, in the current folder; Redocly's `.redocly.lint-ignore.yaml` has the same form."""
_HEADER = "# Diagnostics that locum check leaves out: file, rule, and the pointers of the places.\n"
EXTENSION = "x-locum-ignore"


class Ignores:
    """The ignored places by file and rule."""

    def __init__(self, place: Path, places: dict[tuple[str, str], set[str]]) -> None:
        self._place = place
        self._places = places
        self._used: set[tuple[str, str, str]] = set()

    def covers(self, one: Diagnostic) -> bool:
        """Return whether a diagnostic is ignored."""
        key = _relative(self._place, one.file), one.code
        if f"#{one.pointer or '/'}" in self._places.get(key, ()):
            self._used.add((*key, f"#{one.pointer or '/'}"))
            return True
        return False

    @property
    def unused(self) -> list[str]:
        """A sentence for each place at which nothing was found."""
        return [
            f"{self._place}: {rule} at {file}{pointer} is ignored, but was not found. Remove the entry."
            for (file, rule), pointers in self._places.items()
            for pointer in sorted(pointers)
            if (file, rule, pointer) not in self._used
        ]


def _relative(place: Path, file: str) -> str:
    """Return the name of a file relative to the folder of the file of ignored diagnostics."""
    try:
        return Path(file).resolve().relative_to(place.resolve().parent).as_posix()
    except (ValueError, OSError):
        return file


def read_ignores(place: Path, *, required: bool = False) -> Ignores:
    """Read a file of ignored diagnostics; without one, nothing is ignored. Raises BadDocument."""
    if not place.is_file() and not required:
        return Ignores(place, {})
    content = parse(str(place), read_bytes(str(place))) or {}
    found: dict[tuple[str, str], set[str]] = {}
    wrong = f"{place}: must be an object of files, each with rules, each with a list of pointers (#/paths/...)."
    if not isinstance(content, dict):
        raise BadDocument(wrong)
    for file, rules in content.items():
        for rule, pointers in rules.items() if isinstance(rules, dict) else [("", None)]:
            if not isinstance(pointers, list) or not all(isinstance(one, str) and one[:1] == "#" for one in pointers):
                raise BadDocument(wrong)
            found[file, rule] = set(pointers)
    return Ignores(place, found)


def written_ignores(place: Path, diagnostics: Iterable[Diagnostic]) -> str:
    """Return the text of a file that ignores these diagnostics."""
    content: dict[str, dict[str, list[str]]] = {}
    for one in diagnostics:
        rules = content.setdefault(_relative(place, one.file), {})
        pointers = rules.setdefault(one.code, [])
        if f"#{one.pointer or '/'}" not in pointers:
            pointers.append(f"#{one.pointer or '/'}")
    return _HEADER + as_yaml(content, sort_keys=True)


def inline_ignores(document: Document, diagnostics: Sequence[Diagnostic]) -> tuple[list[Diagnostic], list[LintFinding]]:
    """Return the diagnostics that no `x-locum-ignore` at or above their place names, and what is wrong with those."""
    whole = document.content if document.swagger is None else document.swagger
    prefixes = {part.place: part.pointer for part in document.parts}
    wrong: dict[str, LintFinding] = {}
    kept = []
    for one in diagnostics:
        steps = split(prefixes.get(one.file, "") + one.pointer)
        if not any(_names(whole, steps[:depth], one.code, wrong) for depth in range(len(steps), -1, -1)):
            kept.append(one)
    return kept, list(wrong.values())


def _names(whole: Any, steps: list[str], code: str, wrong: dict[str, LintFinding]) -> bool:
    """Return whether the object at some steps ignores a rule."""
    pointer = join("", *steps)
    try:
        holder = at(whole, pointer)
    except BrokenReference:
        return False
    listed = holder.get(EXTENSION) if isinstance(holder, dict) else None
    if listed is None:
        return False
    place = join(pointer, EXTENSION)
    if not isinstance(listed, list):
        listed = [listed]
    for one in listed:
        if (
            not isinstance(one, dict)
            or not isinstance(one.get("rule"), str)
            or not str(one.get("reason") or "").strip()
        ):
            message = "each entry needs a `rule` and a `reason`."
            wrong[place] = LintFinding(place, "wrong-ignore", Severity.WARNING, message, "It is not used.")
            continue
        if one["rule"] == code:
            return True
    return False
