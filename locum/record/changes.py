"""Changes: what is different on a real server since it was recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from locum.openapi.paths import expressions_of
from locum.openapi.pointers import join
from locum.record.archives import exchange_of, home_of
from locum.record.fixture import Fixture
from locum.record.recorder import Recorder, RecordingOptions
from locum.redaction import REDACTED
from locum.verify.drift import Compared, Difference, StepDifference
from locum.verify.exchanges import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.infer.records.identifiers import Parents
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation
    from locum.server.recorded import Asked, RecordedExamples
    from locum.server.services import Service

    Send = Callable[[Shown], Shown]

__all__ = ["changes_since"]

_MOST_REQUESTS = 1000
"""The maximum number of requests for the records of one resource."""
_GONE = (404, 410)
_ABSENT: Any = object()


def changes_since(fixture: Fixture, service: Service, send: Send, root: str) -> Iterator[Compared]:
    """Read from a server what a fixture has of an API, and yield the differences by resource and operation.

    `root` is the URL of the API on the server, below which its paths are. Only GET requests are sent.
    """
    behaviour = service.behaviour
    options = RecordingOptions(origins={root: home_of(service)})
    live = Recorder(Fixture(fixture.folder, fixture.services, redacted=fixture.redacted), options)
    for resource in behaviour.resources:
        if resource in fixture.tables:
            yield _Check(resource, service, live, send, root).compared(fixture.tables[resource])
    for operation in service.contract.operations.values():
        examples = fixture.examples.get((service.name, operation.operation_id))
        if examples is not None and operation.method == "GET":
            yield _examples(operation, [*examples.by_request.values()], live, send, root)


@dataclass
class _Check:
    """Reads the records of one resource again, and compares them."""

    resource: Resource
    service: Service
    live: Recorder
    send: Send
    root: str
    requests: int = 0
    found: list[StepDifference] = field(default_factory=list)
    url: str = ""

    def compared(self, tables: dict[Parents, dict[str, dict[str, Any]]]) -> Compared:
        """Compare all records of the resource."""
        for parents, table in tables.items():
            self._compare(parents, table)
        return Compared(self.resource.path, self.requests, tuple(self.found))

    def _compare(self, parents: Parents, table: dict[str, dict[str, Any]]) -> None:
        resource, resources = self.resource, self.service.behaviour.resources
        listing = None if resource.singleton else resources.operation(resource.path, "get")
        reading = resources.operation(resource.path if resource.singleton else resource.item or "", "get")
        listed = self._ask(listing, parents) if listing is not None else None
        now = self.live.fixture.known(resource, parents)
        for key, members in table.items():
            is_gone = False
            if key not in now and reading is not None:
                status = self._ask(reading, parents if resource.singleton else (*parents, key))
                now = self.live.fixture.known(resource, parents)
                is_gone = status in _GONE
            elif key not in now:
                is_gone = listed is not None and listed < 300 and not _is_paged(listing)  # noqa: PLR2004 (a success)
            if is_gone:
                self._report(key, Difference("/", "it is gone"))
            elif key in now:
                is_whole = self.live.store.is_whole(resource, parents, key)
                for difference in _changes(members, now[key], "", is_whole=is_whole):
                    self._report(key, difference)
        for key in [key for key in now if key not in table]:
            self._report(key, Difference("/", "it is new"))

    def _ask(self, operation: Operation | None, values: tuple[str, ...]) -> int | None:
        """Send a GET, and record its response; return its status, or None if it cannot be sent."""
        target = None if operation is None else _target(operation, values)
        if operation is None or target is None or self.requests >= _MOST_REQUESTS:
            return None
        self.requests += 1
        encoded = tuple(quote(value, safe="") for value in values)
        shown = self.send(Shown(method="GET", url=self.root + target))
        self.url = target
        self.live.observe(exchange_of(operation, encoded, shown))
        if shown.status >= 300 and shown.status not in _GONE:  # noqa: PLR2004 (no success)
            self._report("", Difference("status", f"the server responds {shown.status}"))
        return shown.status

    def _report(self, key: str, difference: Difference) -> None:
        place = f"{key}{difference.place}" if key and difference.place != "status" else difference.place
        self.found.append(StepDifference(self.requests, "GET", self.url, Difference(place, difference.sentence)))


def _examples(
    operation: Operation,
    entries: list[tuple[Asked, list[RecordedExamples | None]]],
    live: Recorder,
    send: Send,
    root: str,
) -> Compared:
    """Send recorded GET requests again, and compare the responses with the last recorded ones."""
    found, requests = [], 0
    for asked, responses in entries:
        recorded, target = responses[-1], _target(operation, asked.path, asked.query)
        if recorded is None or target is None or REDACTED in target:
            continue
        requests += 1
        shown = send(Shown(method="GET", url=root + target))
        live.observe(exchange_of(operation, tuple(quote(value, safe="") for value in asked.path), shown))
        now = live.kept(operation, asked)
        if now is None:
            differences = [Difference("status", f"was {recorded.status}, is {shown.status} now")]
        elif now.status != recorded.status:
            differences = [Difference("status", f"was {recorded.status}, is {now.status} now")]
        else:
            differences = list(_changes(recorded.body, now.body, "", is_whole=True))
        found += [StepDifference(requests, "GET", target, one) for one in differences]
    return Compared(operation.operation_id, requests, tuple(found))


def _changes(before: Any, now: Any, pointer: str, *, is_whole: bool) -> Iterator[Difference]:
    """Yield the places where two values differ. If not `is_whole`, a member that is absent now is not gone."""
    place = pointer or "/"
    if isinstance(before, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*before, *now]):
            if name in before and name not in now and not is_whole:
                continue
            yield from _changes(
                before.get(name, _ABSENT), now.get(name, _ABSENT), join(pointer, name), is_whole=is_whole
            )
    elif isinstance(before, list) and isinstance(now, list):
        if len(before) != len(now):
            yield Difference(place, f"had {len(before)} items, has {len(now)} now")
        for index, (one, other) in enumerate(zip(before, now, strict=False)):
            yield from _changes(one, other, join(pointer, index), is_whole=is_whole)
    elif before is _ABSENT:
        yield Difference(place, f"is new: {_clipped(now)}")
    elif now is _ABSENT:
        yield Difference(place, "is gone")
    elif before not in (now, REDACTED):
        yield Difference(place, f"was {_clipped(before)}, is {_clipped(now)} now")


def _clipped(value: Any) -> str:
    text = f"[{len(value)} bytes]" if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 (a sentence, not a dump)


def _target(operation: Operation, values: tuple[str, ...], query: dict[str, list[str]] | None = None) -> str | None:
    """Return the target of a request; None if it lacks a required parameter."""
    names = expressions_of(operation.path)
    given = query or {}
    required = [one for one in operation.parameters if one.required and one.location != "path"]
    if len(names) != len(values) or any(one.location != "query" or one.name not in given for one in required):
        return None
    path = operation.path
    for name, value in zip(names, values, strict=True):
        path = path.replace("{" + name + "}", quote(value, safe=""), 1)
    return path + ("?" + urlencode(given, doseq=True) if given else "")


def _is_paged(operation: Operation | None) -> bool:
    return operation is not None and bool(operation.by_location["query"])
