"""Comparing: one scenario on two servers, answer by answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from locum.control.redaction import Redaction, Secrets
from locum.control.redaction.names import is_secret
from locum.proof.drift.differing import Difference, differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum.control.redaction import Known
    from locum.proof.findings import Shown

__all__ = ["Compared", "Parting", "compared"]


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two answers part: the step, counted from 1, what was asked of the stand-in, and how they differ."""

    step: int
    method: str
    url: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Compared:
    """A scenario, how many of its requests both servers were asked, and where their answers part."""

    name: str
    requests: int
    partings: tuple[Parting, ...]


def compared(name: str, ours: Iterable[Shown], theirs: Iterable[Shown], known: Known | None = None) -> Compared:
    """Ask one step of the stand-in and of the server in turn, and compare the answers, without secrets."""
    found: list[Parting] = []
    requests = 0
    for step, (mine, other) in enumerate(zip_longest(ours, theirs), 1):
        found += (_hidden(Parting(step, shown.method, shown.url, one), known) for shown, one in _partings(mine, other))
        requests += mine is not None and other is not None
    return Compared(name, requests, tuple(found))


def _hidden(parting: Parting, known: Known | None) -> Parting:
    """Return a difference without the values of members that are named for secrets, and without known ones."""
    secrets, place = Secrets(Redaction()), parting.difference.place
    path, mark, query = parting.url.partition("?")
    url, sentence = secrets.text(path) + mark + secrets.query(query, {}), secrets.text(parting.difference.sentence)
    if any(is_secret(step) for step in place.split("/")) and sentence.startswith("it is "):
        sentence = "its values, which are secrets, differ"
    if known is not None:
        url, sentence = known.text(url), known.text(sentence)
    return replace(parting, url=url, difference=replace(parting.difference, sentence=sentence))


def _partings(mine: Shown | None, other: Shown | None) -> Iterator[tuple[Shown, Difference]]:
    if mine is not None and other is not None:
        yield from ((mine, difference) for difference in differences(mine, other))
    elif mine is not None:
        yield mine, Difference("step", "only the stand-in got so far")
    elif other is not None:
        yield other, Difference("step", "only the server got so far")
