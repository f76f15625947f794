"""Problems: what a scenario shows to be wrong, and the conditions under which two are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import same, stem, words_of
from locum.openapi.paths import expressions_of
from locum.redaction.names import is_secret
from locum.verify.behaviour.agreement import agrees, is_kept
from locum.verify.behaviour.expectations import BehaviourExpectation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from locum.openapi.compile.operations import Operation
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject

__all__ = ["BehaviourScenario", "Problem", "differences", "is_stamp", "is_volatile_member", "short", "unkept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One expectation that a server did not meet."""

    code: str
    operation: Operation
    """The operation at fault."""
    message: str
    expectation: BehaviourExpectation
    why: str
    """Why the expectation is assumed, in one sentence."""
    what: str = ""
    """What it concerns besides the operation, such as a member; two problems with equal codes differ in it."""

    @property
    def member(self) -> str:
        """The member that it concerns, if it concerns one."""
        return self.what.partition(",")[0].partition(" of ")[0]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What two showings of one problem have in common."""
        return self.code, self.operation.path, self.operation.method, self.what


@dataclass(frozen=True, slots=True)
class BehaviourScenario:
    """A scenario: a name, the codes of what it finds, what it needs of a subject, and how it runs."""

    name: str
    codes: tuple[str, ...]
    applies: Callable[[BehaviourSubject], bool]
    run: Callable[[ScenarioRun, BehaviourSubject], Iterator[Problem]]


_VOLATILE = frozenset({
    "now", "timestamp", "requestid", "traceid", "servertime", "uptime", "age", "ttl", "expiresin", "views", "viewcount",
    "hits", "lastseen", "lastaccessed", "lastaccessedat", "lastread", "lastreadat", "accessedat", "accesscount", "etag",
    "readcount", "signature", "nonce", "elapsed", "took", "duration",
})  # fmt: skip
"""Stems of members that may differ from one read to the next."""
_OF_CHANGES = frozenset({"updated", "modified", "changed", "edited", "version", "revision", "generation", "etag"})
"""Words of members that a server changes with every update."""
_EVENTS = frozenset({"created", "creation", "create", "updated", "update", "modified", "modification", "inserted"})
_TIMES = frozenset({"at", "on", "date", "time", "timestamp", "datetime", "utc", "ts"})
_PASSING = frozenset({"views", "now", "delta", "elapsed", "remaining", "lateness", "uptime"})
"""Last words of members that change as time passes."""
_NOT_SHOWN = frozenset({"binary", "byte", "password"})
_LONGEST = 60


def is_volatile_member(name: str) -> bool:
    """Return whether a member may differ from one read to the next, by its name."""
    words = words_of(name)
    return stem(name) in _VOLATILE or bool(_OF_CHANGES & set(words)) or not _PASSING.isdisjoint(words[-1:])


def is_stamp(name: str) -> bool:
    """Return whether a member is the time of a create or a change, which servers set themselves, by its name."""
    words = set(words_of(name))
    return bool(words & _EVENTS) and (bool(words & _TIMES) or words <= _EVENTS)


def short(value: Any) -> str:
    """Return a value for a message."""
    text = repr(value) if not isinstance(value, str) else f"'{value}'"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def unkept(
    subject: BehaviourSubject,
    operation: Operation,
    sent: Mapping[str, Any],
    members: Mapping[str, Any],
    names: Collection[str] = (),
) -> Iterator[tuple[str, Any, Any]]:
    """Yield the members of a request that a record shows with other values: name, sent, shown.

    Members that the record does not show, secrets and files are no evidence.
    """
    shapes, shown = subject.shapes, subject.shows(operation)
    above = expressions_of(subject.resource.path)
    for name, value in sent.items():
        if name not in members or is_secret(name) or is_stamp(name) or (names and name not in names):
            continue
        if any(same(name, expression) for expression in above):
            continue  # the path names the parent
        schema = shown.get(name)
        raw = schema.resolve(schema.raw) if schema is not None else {}
        if isinstance(raw, dict) and (raw.get("format") in _NOT_SHOWN or raw.get("deprecated") is True):
            continue
        if schema is not None and not (_may_be(shapes.of(schema).kinds, value) and schema.is_valid(value)):
            continue  # the record has another member of this name
        if not is_kept(value, members[name]):
            yield name, value, members[name]


def _may_be(kinds: frozenset[str], value: Any) -> bool:
    kind = (
        "boolean" if isinstance(value, bool)
        else "number" if isinstance(value, int | float)
        else "string" if isinstance(value, str)
        else "array" if isinstance(value, list)
        else "object" if isinstance(value, dict)
        else "null"
    )  # fmt: skip
    return not kinds or kind in kinds or (kind == "number" and "integer" in kinds) or kind == "null"


def differences(one: Mapping[str, Any], other: Mapping[str, Any], names: Collection[str] | None = None) -> list[str]:
    """Return the members of two showings of a record that differ, without those that may change by themselves."""
    return [
        name
        for name in one  # in their order: that of a set differs from process to process
        if name in other
        and (names is None or name in names)
        and not is_volatile_member(name)
        and not agrees(one[name], other[name])
    ]


def settable(subject: BehaviourSubject, operation: Operation, shown: Operation | None) -> list[str]:
    """Return the members that a request may change and a record shows, without its identifier and secrets."""
    names = subject.sends(operation)
    known = subject.keeps(shown) if shown is not None else names
    return [
        name
        for name in names
        if name in known and name not in subject.resource.identity[:1] and not is_secret(name) and not is_stamp(name)
    ]


def value_expected(step: int, place: Sequence[str | int], value: Any) -> BehaviourExpectation:
    """Return the expectation that a response shows a value at a place."""
    return BehaviourExpectation("value", {"step": step, "place": list(place), "value": value})


def same_expected(
    step: int, other: int, place: Sequence[str | int], other_place: Sequence[str | int]
) -> BehaviourExpectation:
    """Return the expectation that two responses show the same value."""
    return BehaviourExpectation(
        "same", {"step": step, "other": other, "place": list(place), "other_place": list(other_place)}
    )


def status_expected(step: int, *among: str) -> BehaviourExpectation:
    """Return the expectation that a response has one of some statuses: `404`, `4XX`."""
    return BehaviourExpectation("status", {"step": step, "among": list(among)})


def label(operation: Operation | None) -> str:
    """Return the method and the path of an operation."""
    return "" if operation is None else f"{operation.method} {operation.path}"
