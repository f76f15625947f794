"""Count the cells that exchanges with valid responses fill."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locum.openapi.compile.bodies import Stream
from locum.openapi.compile.parameters import query_pairs
from locum.openapi.compile.router import Segment
from locum.openapi.paths import expressions_of, path_of
from locum.openapi.schemas.dialects import Direction
from locum.openapi.wire.content import read
from locum.openapi.wire.media_types import essence_of
from locum.openapi.wire.streams import is_stream
from locum.openapi.wire.styles import Unreadable, percent_decode
from locum.verify.checking.responses import check_response, declared_media_type
from locum.verify.coverage.cells import body_places, cells_of, taken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.verify.exchanges import Shown

__all__ = ["FORM", "KINDS", "Coverage", "Unmergeable", "filled"]


_REFUSED = 400
_CONSIDERED = frozenset({404, 409, 410, 412})
"""Client errors of a well-formed request: the resource is missing, or in another state."""


def filled(operation: Operation, shown: Shown) -> set[str]:
    """Return the cells that an exchange fills.

    Invalid parts of a request fill none, nor does a request that was rejected before it was read: of a 401 only the
    response counts.
    """
    found = set(_response(operation, shown))
    if shown.status >= _REFUSED and shown.status not in _CONSIDERED:
        return found
    url = urlsplit(shown.url)
    values = _path_values(operation, url.path)
    try:
        pairs = query_pairs(url.query.encode("ascii", "replace"))
    except ValueError:
        pairs = {}
    texts = {"path": values, "header": shown.headers}
    for parameter in operation.parameters:
        if parameter.location == "query":
            present = any(name == parameter.name or name.startswith(parameter.name + "[") for name in pairs)
            value, violations = parameter.read_pairs(pairs)
        elif parameter.location == "cookie":
            value, violations = parameter.read_cookies(shown.headers.get("cookie", ""))
            present = value is not None
        elif parameter.location == "querystring":
            value, violations = parameter.read_query(url.query.encode("ascii", "replace"))
            present = value is not None
        else:
            name = parameter.name.lower() if parameter.location == "header" else parameter.name
            text = texts[parameter.location].get(name)
            present = text is not None
            if text is not None and not _is_utf8(text):
                continue  # such as `%FF`: no value of any schema
            value, violations = parameter.read_text(text)
        found.update(_parameter(operation, parameter, value, present=present and not violations, right=not violations))
    found.update(_request(operation, shown))
    return found


def _is_utf8(text: str) -> bool:
    """Return whether the bytes of a text, once percent-decoded, are UTF-8."""
    try:
        percent_decode(text).encode()
    except UnicodeEncodeError:
        return False
    return True


def _response(operation: Operation, shown: Shown) -> Iterator[str]:
    declared = operation.declares(shown.status)
    if declared is None:
        return
    names = [media.declared for media in declared.media_types.values()]
    if not names:
        yield f"status {declared.status}"
        return
    name = declared_media_type(names, shown.response_headers.get("content-type", ""))
    if name is None:
        return
    yield f"status {declared.status} {name}"
    yield from _body(operation, declared.status, name, shown.response_body, shown.response_headers, Direction.RESPONSE)


def _request(operation: Operation, shown: Shown) -> Iterator[str]:
    if operation.body is None:
        return
    if not operation.body.required:
        yield "request:present" if shown.body else "request:absent"
    if shown.body:
        names = [name for name, _ in body_places(operation, "request")]
        header = shown.headers.get("content-type", "")
        name = declared_media_type([name.split(" ", 1)[1].strip() for name in names], header)
        if name is not None:
            yield from _body(operation, "request", name, shown.body, shown.headers, Direction.REQUEST)


def _body(  # noqa: PLR0913, PLR0917 (a body, and what it is)
    operation: Operation, status: str, name: str, data: bytes, headers: dict[str, str], direction: Direction
) -> Iterator[str]:
    place = next((found for found in body_places(operation, status) if found[0].split(" ", 1)[1].strip() == name), None)
    if place is None or not data:
        return
    schema = operation.schemas.schema(place[1], direction)
    header = headers.get("content-type", "")
    essence = essence_of(header)
    try:
        if direction is Direction.RESPONSE and is_stream(essence):
            stream = Stream(essence, schema)
            values = [stream.read(data)] if stream.of_item is None else stream.read(data)
        else:
            values = [read(data, essence, header.encode("latin-1", "replace"), schema, {})]
    except Unreadable:
        return
    for value in values:
        if not isinstance(value, bytes) and schema.is_valid(value):
            yield from (place[0] + branch for branch in taken(operation.schemas, place[1], direction, value))


def _parameter(operation: Operation, parameter: Parameter, value: Any, *, present: bool, right: bool) -> Iterator[str]:
    name = f"{parameter.location} {parameter.name}"
    if not parameter.required and right:
        yield f"{name}:{'present' if present else 'absent'}"
    if present:
        branches = taken(operation.schemas, parameter.schema.pointer, Direction.REQUEST, value)
        yield from (name + branch for branch in branches)


def _path_values(operation: Operation, path: str) -> dict[str, str]:
    """Return the path parameters as they were sent, below any base path."""
    expected = path_of(operation.path).split("/")[1:]
    values: dict[str, str] = {}
    for step, wanted in zip(path.rstrip("/").split("/")[-len(expected) :], expected, strict=False):
        names = expressions_of(wanted)
        caught = Segment.of(wanted).match(step) if names else ()
        if caught is None:
            return {}
        values.update(zip(names, caught, strict=True))
    return values


FORM = 2
"""The version of the file format."""
_FORMER = ("answer ", "status ")
"""The prefix of cells in version 1, and today's."""


KINDS = ("statuses", "parameters", "requests", "responses")
"""Cells of statuses with their media types, of parameters, of request bodies and of response bodies."""


class Unmergeable(Exception):
    """Two coverages are of different contracts, or a file is not coverage."""


@dataclass(slots=True)
class Coverage:
    """The cells of every operation, and the number of times that each was seen.

    Only an exchange counts whose response keeps the contract; those that do not are counted apart. The order
    in which exchanges are counted, and figures merged, does not matter.
    """

    api: str
    digest: str
    """The digest of the document. Only coverages with the same digest are merged."""
    cells: dict[str, dict[str, int]]
    """Counts by operation (`GET /things`) and name of the cell."""
    wrong: int = 0
    came: dict[str, dict[str, int]] = field(default_factory=dict)
    """How often the declared response of a cell came and broke the contract, by operation and cell."""

    @classmethod
    def of(cls, contract: Contract) -> Coverage:
        """Return the empty coverage of a contract."""
        cells = {_label(operation): dict.fromkeys(cells_of(operation), 0) for operation in contract.operations.values()}
        return cls(contract.name, contract.document.digest, cells)

    def count(self, operation: Operation, shown: Shown, *, kept: bool | None = None) -> None:
        """Count an exchange. `kept`: whether its response is valid, if known."""
        if kept is None:
            kept = shown.status > 0 and not check_response(operation, shown)
        if not kept:
            self.wrong += 1
            self._count_wrong(operation, shown)
            return
        cells = self.cells[_label(operation)]
        for cell in filled(operation, shown):
            if cell in cells:
                cells[cell] += 1

    def _count_wrong(self, operation: Operation, shown: Shown) -> None:
        declared = operation.declares(shown.status) if shown.status else None
        if declared is None:
            return
        names = [media.declared for media in declared.media_types.values()]
        name = declared_media_type(names, shown.response_headers.get("content-type", "")) if names else ""
        label = _label(operation)
        status = f"status {declared.status}"
        wanted = {f"{status} {name}".strip()} if name is not None else {f"{status} {one}" for one in names}
        came = self.came.setdefault(label, {})
        for cell in wanted & self.cells[label].keys():
            came[cell] = came.get(cell, 0) + 1

    def merge(self, other: Coverage) -> None:
        """Add the counts of another run of the same contract. Raises Unmergeable."""
        if (self.api, self.digest) != (other.api, other.digest):
            raise Unmergeable(
                f"{other.api} is not {self.api}, or has another version. Measure both with the same document."
            )
        for label, cells in other.cells.items():
            mine = self.cells.setdefault(label, {})
            for cell, seen in cells.items():
                mine[cell] = mine.get(cell, 0) + seen
        self.wrong += other.wrong
        for label, cells in other.came.items():
            came = self.came.setdefault(label, {})
            for cell, count in cells.items():
                came[cell] = came.get(cell, 0) + count

    @property
    def total(self) -> int:
        """The number of cells."""
        return sum(map(len, self.cells.values()))

    @property
    def seen(self) -> int:
        """The number of cells that were seen."""
        return sum(1 for cells in self.cells.values() for seen in cells.values() if seen)

    def percent(self, kind: str = "all") -> float:
        """Return the percentage of cells that were seen, of all or of one kind."""
        seen, there = (self.seen, self.total) if kind == "all" else self.kinds().get(kind, (0, 0))
        return 100 * seen / there if there else 100.0

    def missing(self) -> Iterator[tuple[str, str]]:
        """Yield the operation and the name of every cell that was not seen, and whose response never came."""
        for label, cells in self.cells.items():
            came = self.came.get(label, {})
            yield from ((label, cell) for cell, seen in cells.items() if not seen and not came.get(cell))

    def only_wrong(self) -> Iterator[tuple[str, str, int]]:
        """Yield the operation, the cell and the count of responses that came, but always broke the contract."""
        for label, came in self.came.items():
            seen = self.cells.get(label, {})
            yield from ((label, cell, count) for cell, count in came.items() if count and not seen.get(cell))

    def kinds(self) -> dict[str, tuple[int, int]]:
        """Return the numbers of seen and of all cells by kind."""
        seen: Counter[str] = Counter()
        there: Counter[str] = Counter()
        for cells in self.cells.values():
            for cell, count in cells.items():
                kind = _kind(cell)
                there[kind] += 1
                seen[kind] += count > 0
        return {kind: (seen[kind], there[kind]) for kind in KINDS if there[kind]}

    def plain(self) -> dict[str, Any]:
        """Return the counts as JSON, in a stable order."""
        cells = {label: dict(sorted(cells.items())) for label, cells in sorted(self.cells.items())}
        came = {label: dict(sorted(found.items())) for label, found in sorted(self.came.items()) if found}
        plain = {"form": FORM, "api": self.api, "digest": self.digest, "wrong": self.wrong, "cells": cells}
        return {**plain, "came": came} if came else plain

    @classmethod
    def from_plain(cls, written: Any) -> Coverage:
        """Return the coverage from its JSON. Raises Unmergeable."""
        if (
            not isinstance(written, dict)
            or written.get("form") not in {1, FORM}
            or not isinstance(written.get("cells"), dict)
        ):
            raise Unmergeable("Not a coverage file, or one of another version of locum.")
        try:
            cells = {
                str(label): {_current(str(cell)): int(seen) for cell, seen in cells.items()}
                for label, cells in written["cells"].items()
            }
            came = {
                str(label): {_current(str(cell)): int(count) for cell, count in found.items()}
                for label, found in written.get("came", {}).items()
            }
            return cls(str(written["api"]), str(written["digest"]), cells, int(written["wrong"]), came)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unmergeable("The coverage file is damaged.") from None


def _current(cell: str) -> str:
    former, current = _FORMER
    return current + cell.removeprefix(former) if cell.startswith(former) else cell


def _label(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _kind(cell: str) -> str:
    first = cell.partition(" ")[0].partition(":")[0]
    if first == "status":
        return "statuses"
    if first == "request":
        return "requests"
    return "parameters" if first in {"path", "query", "header", "cookie"} else "responses"
