"""Compare the responses of the mock and of a server to one scenario."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locum.files import read_text
from locum.openapi.pointers import join
from locum.openapi.wire.media_types import essence_of
from locum.redaction import Redaction, Secrets
from locum.redaction.names import is_secret
from locum.verify.observed.har_files import NoArchive, archived
from locum.verify.scenarios.replay import as_json, is_volatile, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from locum.redaction import Known
    from locum.verify.exchanges import Shown

__all__ = ["Compared", "Difference", "StepDifference", "UnreadableScenario", "compared", "differences", "read_scenario"]


@dataclass(frozen=True, slots=True)
class StepDifference:
    """A difference between two responses: the step, counted from 1, the request to the mock, and the difference."""

    step: int
    method: str
    url: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of one scenario: the number of requests that both servers received, and the differences."""

    name: str
    requests: int
    differences: tuple[StepDifference, ...]


def compared(name: str, ours: Iterable[Shown], theirs: Iterable[Shown], known: Known | None = None) -> Compared:
    """Send each step to the mock and then to the server, and compare the responses. The result has no secrets."""
    found: list[StepDifference] = []
    requests = 0
    for step, (mine, other) in enumerate(zip_longest(ours, theirs), 1):
        found += (
            _hidden(StepDifference(step, shown.method, shown.url, one), known)
            for shown, one in _step_differences(mine, other)
        )
        requests += mine is not None and other is not None
    return Compared(name, requests, tuple(found))


def _hidden(found: StepDifference, known: Known | None) -> StepDifference:
    """Return a difference without the values of members with names of secrets, and without `known` secrets."""
    secrets, place = Secrets(Redaction()), found.difference.place
    path, mark, query = found.url.partition("?")
    url, sentence = secrets.text(path) + mark + secrets.query(query, {}), secrets.text(found.difference.sentence)
    if any(is_secret(step) for step in place.split("/")) and sentence.startswith("the mock has "):
        sentence = "its values, which are secrets, differ"
    if known is not None:
        url, sentence = known.text(url), known.text(sentence)
    return replace(found, url=url, difference=replace(found.difference, sentence=sentence))


def _step_differences(mine: Shown | None, other: Shown | None) -> Iterator[tuple[Shown, Difference]]:
    if mine is not None and other is not None:
        yield from ((mine, difference) for difference in differences(mine, other))
    elif mine is not None:
        yield mine, Difference("step", "only the mock reached this step")
    elif other is not None:
        yield other, Difference("step", "only the server reached this step")


_EVERYWHERE = frozenset(
    {
        "date", "server", "content-length", "connection", "keep-alive", "transfer-encoding", "vary", "x-request-id",
        "content-type", "x-powered-by", "via", "alt-svc", "cache-control", "etag",
    }
)  # fmt: skip
"""Headers that do not depend on the API, or that are compared separately."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where responses differ: `status`, a header's name, or a JSON Pointer into the body."""

    place: str
    sentence: str


def differences(ours: Shown, theirs: Shown) -> Iterator[Difference]:
    """Yield the differences of two responses. Values that each server generates are compared by their kind."""
    if ours.status != theirs.status:
        yield Difference("status", f"the mock responds {ours.status}, the server {theirs.status}")
        return
    types = [essence_of(shown.response_headers.get("content-type", "")) for shown in (ours, theirs)]
    if types[0] != types[1]:
        yield Difference("content-type", f"the mock sends {types[0] or 'none'}, the server {types[1] or 'none'}")
    only = [
        (ours.response_headers.keys() - theirs.response_headers.keys() - _EVERYWHERE, "the mock"),
        (theirs.response_headers.keys() - ours.response_headers.keys() - _EVERYWHERE, "the server"),
    ]
    for names, whose in only:
        yield from (Difference(name, f"only {whose} sends this header") for name in sorted(names))
    yield from _body(as_json(ours.response_body), as_json(theirs.response_body), "")


def _body(ours: Any, theirs: Any, pointer: str) -> Iterator[Difference]:
    place = pointer or "/"
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in [*ours, *(name for name in theirs if name not in ours)]:
            if name not in theirs:
                yield Difference(join(pointer, name), f"only the mock has it ({kind_of(ours[name])})")
            elif name not in ours:
                yield Difference(join(pointer, name), f"only the server has it ({kind_of(theirs[name])})")
            else:
                yield from _body(ours[name], theirs[name], join(pointer, name))
    elif isinstance(ours, list) and isinstance(theirs, list):
        if bool(ours) != bool(theirs):
            yield Difference(place, f"the mock lists {len(ours)}, the server {len(theirs)}")
        elif ours:
            yield from _body(ours[0], theirs[0], join(pointer, 0))
    elif kind_of(ours) != kind_of(theirs):
        yield Difference(place, f"the mock has {kind_of(ours)}, the server {kind_of(theirs)}")
    elif ours != theirs and not (is_volatile(ours) and is_volatile(theirs)):
        yield Difference(place, f"the mock has {_clipped(ours)}, the server {_clipped(theirs)}")


def _clipped(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 (a sentence, not a dump)


_OF_THE_CONNECTION = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent"})
_CREDENTIALS = frozenset({"authorization", "cookie", "x-api-key", "x-locum-world"})


class UnreadableScenario(Exception):
    """A file is not an HTTP Archive. The message names the file."""


def read_scenario(file: Path) -> list[Shown]:
    """Return the exchanges of an HTTP Archive (HAR 1.2), without credentials. Raises Unreadable."""
    try:
        return [_replayable(shown) for shown in archived(json.loads(read_text(file)))]
    except OSError as problem:
        raise UnreadableScenario(f"{file}: cannot be read: {problem.strerror}.") from None
    except (ValueError, RecursionError, NoArchive):
        raise UnreadableScenario(f"{file}: not an HTTP Archive. `locum journal export har` writes one.") from None


def _replayable(shown: Shown) -> Shown:
    url = urlsplit(shown.url)
    headers = {name: text for name, text in shown.headers.items() if name not in _OF_THE_CONNECTION | _CREDENTIALS}
    return replace(shown, url=url.path + (f"?{url.query}" if url.query else ""), headers=headers)
