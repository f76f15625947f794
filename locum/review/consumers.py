"""Consumers: whose recorded traffic a change meets.

Each recorded request is checked against the new contract, and each recorded response against what its
consumer could rely on.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from locum.openapi.load.files import BadDocument, read_bytes
from locum.openapi.load.parsing import parse
from locum.openapi.pointers import split
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.media_types import essence_of
from locum.openapi.wire.styles import Unreadable
from locum.redaction.texts import REDACTED
from locum.review.changes import Level
from locum.review.checking import Rejection, RequestChecker, describe
from locum.verify.coverage.coverage import Coverage, Unmergeable
from locum.verify.observed.har_files import NoArchive, archived, is_archive
from locum.verify.observed.observer import Routes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from locum.errors import Violation
    from locum.openapi.compile.operations import Operation
    from locum.review.changes import Change, Site
    from locum.review.review import Reviewed
    from locum.verify.exchanges import Shown

__all__ = ["Consumer", "read_consumers", "with_consumers"]

_SUFFIXES = frozenset({".har", ".json"})
_MISSING: Any = object()


@dataclass(slots=True)
class Consumer:
    """A client of the API, and its recorded traffic."""

    name: str
    exchanges: list[Shown] = field(default_factory=list)
    coverages: list[Coverage] = field(default_factory=list)
    """What its tests covered; it has no requests, but says what was used."""


def read_consumers(folder: Path) -> list[Consumer]:
    """Read recorded traffic: a file or a subfolder for each consumer. Raises BadDocument."""
    if not folder.is_dir():
        raise BadDocument(f"{folder}: there is no such folder. Name one with a file or a subfolder for each consumer.")
    found: dict[str, Consumer] = {}
    for path in sorted(folder.iterdir()):
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.suffix in _SUFFIXES and file.is_file():
                name = path.name if path.is_dir() else path.stem
                _read(found.setdefault(name, Consumer(name)), file)
    if not found:
        raise BadDocument(f"{folder}: no HTTP Archive (.har), exported journal or coverage file (.json) is in it.")
    return list(found.values())


def _read(consumer: Consumer, file: Path) -> None:
    content = parse(str(file), read_bytes(str(file)))
    listed = content if isinstance(content, list) else [content]
    for one in listed:
        try:
            if is_archive(one):
                consumer.exchanges += archived(one)
            else:
                consumer.coverages.append(Coverage.from_plain(one))
        except (NoArchive, Unmergeable):
            wrong = "neither an HTTP Archive, as `locum journal export har` writes it, nor a coverage file"
            raise BadDocument(f"{file}: {wrong}.") from None


def with_consumers(reviewed: Reviewed, consumers: Sequence[Consumer]) -> list[str]:
    """Add to each change the consumers that meet it; return what the recorded traffic shows, in sentences."""
    if reviewed.base is None or reviewed.head is None:
        return []
    traffic = [_Traffic(consumer, reviewed) for consumer in consumers]
    reviewed.changes = [
        replace(change, consumers=tuple(filter(None, (one.meets(change) for one in traffic))))
        if change.level >= Level.DANGEROUS
        else change
        for change in reviewed.changes
    ]
    notes = [sentence for one in traffic for sentence in one.rejected()]
    breaking = [change for change in reviewed.changes if change.level is Level.BREAKING]
    unmet = [change for change in breaking if not change.consumers]
    if breaking:
        counts = f"{len(unmet)} of {len(breaking)}"
        notes.append(f"{reviewed.title}: {counts} breaking changes meet no recorded consumer.")
    notes += [note for one in traffic for note in one.notes()]
    return notes


@dataclass(slots=True)
class _Checked:
    """A recorded exchange with its operations, and why the new contract rejects its request."""

    shown: Shown
    base: Operation
    head: Operation | None
    violations: tuple[Violation, ...] = ()
    message: str = ""

    @property
    def name(self) -> str:
        """The operation as changes name it."""
        return f"{self.base.method} {self.base.path}"


class _Traffic:
    """The traffic of one consumer, checked against both contracts."""

    def __init__(self, consumer: Consumer, reviewed: Reviewed) -> None:
        assert reviewed.base is not None  # noqa: S101 (for the type checker: the caller checked)
        assert reviewed.head is not None  # noqa: S101 (as above)
        self._consumer = consumer
        self.invalid = 0
        """Requests that the old contract rejects, too."""
        self._checked: list[_Checked] = []
        base_path = reviewed.base.document.base_path
        routes, checkers = Routes(reviewed.base, base_path), (RequestChecker(), RequestChecker())
        head = {_key(path, method): one for (path, method), one in reviewed.head.operations.items()}
        for shown in consumer.exchanges:
            operation = routes.operation(shown)
            if operation is None:
                continue
            other = head.get(_key(operation.path, operation.method.lower()))
            checked = _Checked(shown, operation, other)
            try:
                checkers[0].check(operation, shown, base_path)
            except Rejection:
                self.invalid += 1
                continue
            if other is not None:
                try:
                    checkers[1].check(other, shown, base_path)
                except Rejection as rejection:
                    checked.violations, checked.message = rejection.violations, rejection.error.message
            self._checked.append(checked)

    def rejected(self) -> Iterator[str]:
        """Yield a sentence for each reason for which recorded requests are rejected now."""
        counted: Counter[tuple[str, str]] = Counter()
        for one in self._checked:
            name = one.base.operation_id
            if one.head is None:
                counted[name, "are for an operation that is gone"] += 1
                continue
            reasons = {
                describe(violation) for violation in one.violations if not _is_redacted(one.shown, violation)
            } or ({one.message} if one.message and not one.violations else set())
            counted.update((name, f"are rejected now: {reason.rstrip('.')}") for reason in reasons)
        for (name, what), count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
            yield f"{self._consumer.name}: {count} request{'s' * (count != 1)} of {name} {what}."

    def notes(self) -> Iterator[str]:
        """Yield what else is to be said of the traffic."""
        if self.invalid:
            yield (
                f"{self._consumer.name}: {self.invalid} recorded requests break the old contract already, and were not "
                "counted."
            )

    def meets(self, change: Change) -> str:
        """Return the consumer with the number of exchanges that meet a change; empty if none does."""
        count = sum(self._is_met(change, one) for one in self._checked)
        if count:
            return f"{self._consumer.name}: {count} recorded exchange{'s' * (count != 1)}"
        if any(_is_covered(change, coverage) for coverage in self._consumer.coverages):
            return f"{self._consumer.name}: its tests use it"
        return ""

    @staticmethod
    def _is_met(change: Change, one: _Checked) -> bool:
        sites = [site for site in change.places or (change.site,) if site.operation == one.name]
        return any(_meets(change, site, one) for site in sites)


def _key(path: str, method: str) -> tuple[str, str]:
    return "/".join("{}" if "{" in step else step for step in path.split("/")), method


def _meets(change: Change, site: Site, one: _Checked) -> bool:
    part = site.part
    if not part or part == "security":
        return True
    if part[:1].isdigit() or part.startswith("default"):
        return _meets_response(change, site, one.shown)
    if part.startswith("request body"):
        return _meets_body(change, site, one)
    location, _, name = part.partition(" ")
    if any(violation.location == location and violation.path[:1] == (name,) for violation in one.violations):
        return True
    return change.kind.endswith(("-removed", "-changed")) and _sends(one.shown, location, name)


def _meets_body(change: Change, site: Site, one: _Checked) -> bool:
    path = [*split(site.path), change.subject] if _is_about_property(change) else split(site.path)
    for violation in one.violations:
        if violation.location == "body" and not _is_redacted(one.shown, violation):
            own = list(map(str, violation.path))
            if all(step in {"*", other} for step, other in zip(path, own, strict=False)):
                return True
    if change.kind in {"property-removed", "required-property-removed", "default-changed"}:
        value = _json(one.shown.body)
        return any(found is not _MISSING for found in _within(value, path))
    return bool(one.message) and not one.violations  # another media type, or no body


def _meets_response(change: Change, site: Site, shown: Shown) -> bool:
    status, _, rest = site.part.partition(" ")
    if status != "default" and status.replace("X", "") != str(shown.status)[: len(status.replace("X", ""))]:
        return False
    if rest.startswith("header "):
        return rest.removeprefix("header ").lower() in shown.response_headers
    if rest and rest.partition(" ")[0] != "link":
        sent = essence_of(shown.response_headers.get("content-type", ""))
        if sent and essence_of(rest.removesuffix(" item")) != sent:
            return False
    if not site.path and not change.subject:
        return True
    path = [*split(site.path), change.subject] if _is_about_property(change) else split(site.path)
    return any(found is not _MISSING for found in _within(_json(shown.response_body), path))


def _is_about_property(change: Change) -> bool:
    return "propert" in change.kind and "additional" not in change.kind and bool(change.subject)


def _json(data: bytes | None) -> Any:
    try:
        return read_json(data or b"")
    except Unreadable:
        return _MISSING


def _within(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Yield the values at a path, in which `*` is any item or member."""
    if not path or value is _MISSING:
        yield value
        return
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        for item in value if step == "*" else value[int(step) : int(step) + 1] if step.isdecimal() else ():
            yield from _within(item, rest)
    elif isinstance(value, dict):
        for name in value if step == "*" else [step]:
            yield from _within(value.get(name, _MISSING), rest) if name in value else [_MISSING]


def _sends(shown: Shown, location: str, name: str) -> bool:
    if location == "query":
        return name in parse_qs(urlsplit(shown.url).query, keep_blank_values=True)
    if location == "header":
        return name.lower() in shown.headers
    return location == "cookie" and f"{name}=" in shown.headers.get("cookie", "")


def _is_redacted(shown: Shown, violation: Violation) -> bool:
    """Return whether a journal has replaced the value that breaks a rule."""
    if violation.location != "body":
        return REDACTED in json.dumps([shown.url, shown.headers])
    return any(value == REDACTED for value in _within(_json(shown.body), list(map(str, violation.path))))


def _is_covered(change: Change, coverage: Coverage) -> bool:
    """Return whether the tests of a consumer have used what changed."""
    for site in change.places or (change.site,):
        seen = {cell for cell, count in coverage.cells.get(site.operation, {}).items() if count}
        if not seen:
            continue
        if not site.part or site.part in {"security", "request body"}:
            return True
        if site.part[:1].isdigit():
            status, _, media = site.part.partition(" ")
            if not site.path and any(cell.startswith(f"status {status}") for cell in seen):
                return True
            prefix = f"{status} {media} {site.path}"
        elif site.part.startswith("request body "):
            prefix = f"request {site.part.removeprefix('request body ')} {site.path}"
        else:
            prefix = site.part
        if any(cell.startswith(prefix) and not cell.endswith(":absent") for cell in seen):
            return True
    return False
