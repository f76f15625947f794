"""Summary: what a recording has changed in a fixture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locum.infer.records.identifiers import Parents
    from locum.infer.resources.resources import Resource
    from locum.record.fixture import Fixture

__all__ = ["Summary", "records_in", "summed_up"]


@dataclass(kw_only=True)
class Summary:
    """What a recording has changed in a fixture. Records are counted by the path of their resource."""

    added: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    examples: int = 0
    """The number of requests whose responses are kept as they are."""
    ignored: Counter[str] = field(default_factory=Counter)
    """The number of exchanges that were not recorded, by the reason."""
    notes: list[str] = field(default_factory=list)
    """What was left out of records."""


Records = dict[tuple["Resource", "Parents", str], dict[str, Any]]


def records_in(fixture: Fixture) -> Records:
    """Return all records of a fixture by their places."""
    return {
        (resource, parents, key): members
        for resource, tables in fixture.tables.items()
        for parents, table in tables.items()
        for key, members in table.items()
    }


def summed_up(before: Records, fixture: Fixture) -> Summary:
    """Compare the records of a fixture with those it had before."""
    summary, now = Summary(), records_in(fixture)
    for name, members in now.items():
        former = before.get(name)
        counter = summary.added if former is None else summary.kept if former == members else summary.changed
        counter[name[0].path] += 1
    summary.removed.update(name[0].path for name in before.keys() - now.keys())
    summary.examples = sum(len(found.by_request) for found in fixture.examples.values())
    return summary
