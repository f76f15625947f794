"""Verify which calls a world received: how often, with which values, in which order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.errors import Conflict
from locum.journal.filters import has_status
from locum.openapi.patterns import is_pattern, trial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from locum.world.journal import Entry

__all__ = ["Expectation", "Failure", "Rules", "expectation_of", "verify"]


_TEXT = re.compile(
    r"(?P<operation>\S+)"
    r"(?:\s+(?P<count>once|twice|never|(?:at least |at most )?\d{1,9}(?: times?)?))?"
    r"(?:\s+with\s+(?P<values>[^\s=]+=\S*(?:\s+[^\s=]+=\S*)*?))?"
    r"(?:\s+(?:status|answered)\s+(?P<status>[1-5](?:XX|\d\d(?:-\d{3})?)))?\s*\Z",
    re.IGNORECASE,
)
_WORDS = {"once": (1, 1), "twice": (2, 2), "never": (0, 0)}
_PLACES = ("path", "query", "headers", "body")
_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A number of calls to an operation, from `least` to `most`, with certain values.

    `values` are by place (path, query, headers, body). Of an object only the named members are compared, anything
    else must be equal. `{"$matches": "^a"}` is a pattern, `{"$absent": true}` no value, `{"$present": true}` any
    value. `anywhere` has parameters of the path or the query.
    """

    operation: str
    least: int = 1
    most: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    anywhere: dict[str, str] = field(default_factory=dict)
    status: str | None = None

    def reasons(self, entry: Entry) -> list[str]:
        """Return why an entry does not match; empty if it matches."""
        if entry.operation != self.operation:
            return [f"it is {entry.operation or 'no operation'}"]
        found: list[str] = []
        shown = {
            "path": entry.parameters.get("path", {}),
            "query": {name: _single(values) for name, values in entry.parameters.get("query", {}).items()},
            "headers": entry.request.headers,
            "body": entry.request.body,
        }
        for place, wanted in self.values.items():
            wanted_here = {name.lower(): value for name, value in wanted.items()} if place == "headers" else wanted
            found += _differences(place, wanted_here, shown[place], loose=place != "body")
        both = {**shown["query"], **shown["path"]}
        for name, wanted in self.anywhere.items():
            found += _differences(name, wanted, both.get(name, _MISSING), loose=True)
        if self.status is not None and not has_status(entry.status, self.status):
            found.append(f"status is {entry.status}, expected {self.status}")
        return found

    @property
    def count(self) -> str:
        """The expected number of calls, in words: `1 call`, `at least 2 calls`."""
        if self.most == self.least:
            return _calls(self.least)
        if self.most is None:
            return f"at least {_calls(self.least)}"
        return f"at most {_calls(self.most)}" if self.least == 0 else f"{self.least} to {self.most} calls"


def expectation_of(source: str | dict[str, Any]) -> Expectation:
    """Read an expectation from a text or its members. Raises Conflict if it is invalid or cannot be met."""
    members = _read(source) if isinstance(source, str) else dict(source)
    times = members.pop("times", None)
    if times is not None:
        members |= {"at_least": times, "at_most": times}
    least, most = members.get("at_least"), members.get("at_most")
    least = (0 if most is not None else 1) if least is None else least
    if most is not None and least > most:
        raise Conflict(f"{members['operation']}: at least {least} and at most {most} calls is impossible.", code=_UNFIT)
    values = {place: members[place] for place in _PLACES if place in members}
    for pattern in _patterns(values):
        if not is_pattern(pattern):
            raise Conflict(f"Invalid pattern {pattern[:60]!r} (ECMA-262).", code=_UNFIT)
    status = members.get("status")
    return Expectation(
        operation=members["operation"],
        least=least,
        most=most,
        values=values,
        anywhere=members.get("with", {}),
        status=None if status is None else str(status),
    )


_UNFIT = "expectation_unfit"


def _read(text: str) -> dict[str, Any]:
    found = _TEXT.match(text.strip())
    if found is None:
        message = (
            f"Invalid expectation {text[:100]!r}. Use OPERATION [once|twice|never|3 times|at least 2|at most 2] "
            "[with NAME=VALUE ...] [status STATUS]."
        )
        raise Conflict(message, code=_UNFIT)
    members: dict[str, Any] = {"operation": found["operation"]}
    count = (found["count"] or "").lower()
    if count in _WORDS:
        members["at_least"], members["at_most"] = _WORDS[count]
    elif count:
        number = int(re.sub(r"\D", "", count))
        members |= (
            {"at_least": number} if "least" in count else {"at_most": number} if "most" in count else {"times": number}
        )
    if found["values"]:
        members["with"] = dict(pair.split("=", 1) for pair in found["values"].split())
    if found["status"]:
        members["status"] = found["status"]
    return members


def _calls(count: int) -> str:
    return {0: "no calls", 1: "1 call"}.get(count, f"{count} calls")


def _single(values: Any) -> Any:
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def _differences(place: str, wanted: Any, found: Any, *, loose: bool) -> Iterator[str]:
    """Yield where a value differs. If `loose`, a string equals its value: "5" and 5."""
    if isinstance(wanted, dict):
        rule = next((name for name in wanted if name.startswith("$")), None)
        if rule is not None:
            yield from _ruled(place, rule, wanted[rule], found)
            return
        if not isinstance(found, dict):
            yield f"{place} is {_clipped(found)}, expected an object"
            return
        for name, value in wanted.items():
            yield from _differences(f"{place} {name}", value, found.get(name, _MISSING), loose=loose)
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, value in enumerate(wanted):
            yield from _differences(f"{place} {index}", value, found[index], loose=loose)
    elif not _same(wanted, found, loose=loose):
        yield f"{place} is {_clipped(found)}, expected {_clipped(wanted)}"


def _ruled(place: str, rule: str, argument: Any, found: Any) -> Iterator[str]:
    if rule == "$absent" and found is not _MISSING:
        yield f"{place} is {_clipped(found)}, expected to be absent"
    elif rule == "$present" and found is _MISSING:
        yield f"{place} is absent"
    elif rule == "$matches" and not (isinstance(found, str) and (match := trial(str(argument))(found))):
        costly = " (which takes too many steps)" if isinstance(found, str) and match is None else ""
        yield f"{place} is {_clipped(found)}, expected to match {argument}{costly}"


def _same(wanted: Any, found: Any, *, loose: bool) -> bool:
    if loose and isinstance(found, str) and not isinstance(wanted, str):
        return found == (str(wanted).lower() if isinstance(wanted, bool) else str(wanted))
    return (type(wanted) is type(found) and bool(wanted == found)) or (
        isinstance(wanted, int | float)
        and isinstance(found, int | float)
        and bool(wanted == found)
        and isinstance(wanted, bool) == isinstance(found, bool)
    )


def _patterns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$matches":
                yield str(inner)
            else:
                yield from _patterns(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _patterns(item)


def _clipped(value: Any) -> str:
    text = "absent" if value is _MISSING else repr(value)
    return text if len(text) <= 100 else text[:97] + "..."  # noqa: PLR2004 (a sentence, not a dump)


_MOST_NEAREST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Rules for all entries of the journal.

    `in_order`: the expectations were met in this order. `nothing_undeclared`: every request matched an operation.
    `nothing_rejected`: no request was rejected. `nothing_else`: there were no other calls.
    """

    in_order: bool = False
    nothing_undeclared: bool = False
    nothing_rejected: bool = False
    nothing_else: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """An unmet expectation: a sentence, and the closest entries with the reasons why they do not match."""

    sentence: str
    nearest: tuple[tuple[int, tuple[str, ...]], ...] = field(default=())

    def plain(self) -> dict[str, Any]:
        """Return it as JSON."""
        nearest = [{"number": number, "reasons": list(reasons)} for number, reasons in self.nearest]
        return {"sentence": self.sentence, "nearest": nearest}


def verify(entries: Sequence[Entry], expected: Sequence[Expectation], rules: Rules) -> list[Failure]:
    """Return the unmet expectations and broken rules."""
    failures: list[Failure] = []
    met: set[int] = set()
    last = 0
    for expectation in expected:
        found = [entry for entry in entries if not expectation.reasons(entry)]
        met.update(entry.number for entry in found)
        late = [entry for entry in found if entry.number > last] if rules.in_order else found
        if len(found) < expectation.least or (expectation.most is not None and len(found) > expectation.most):
            failures.append(_miscounted(expectation, found, entries))
        elif len(late) < expectation.least:
            first = found[0]
            failures.append(
                Failure(f"{expectation.operation} was called too early: {_label(first)} came before #{last}.")
            )
        elif rules.in_order and expectation.least:
            last = late[expectation.least - 1].number
    failures += _against(entries, rules, met)
    return failures


def _against(entries: Sequence[Entry], rules: Rules, met: set[int]) -> list[Failure]:
    failures = []
    for entry in entries:
        if rules.nothing_undeclared and not entry.operation:
            why = f" {entry.near_misses[0]}" if entry.near_misses else ""
            failures.append(Failure(f"{_label(entry)} matches no operation.{why}"))
        elif rules.nothing_rejected and entry.operation and entry.branch.startswith("rejected"):
            rule = next(
                (f": {found['location']}{found['pointer']} {found['message']}" for found in entry.violations), ""
            )
            failures.append(Failure(f"{_label(entry)} was {entry.branch} ({entry.verdict}){rule}."))
        elif rules.nothing_else and entry.operation and entry.number not in met:
            failures.append(Failure(f"{_label(entry)} ({entry.operation}) was not expected."))
    return failures


def _miscounted(expectation: Expectation, found: Sequence[Entry], entries: Sequence[Entry]) -> Failure:
    values = " ".join(f"{name}={value}" for name, value in expectation.anywhere.items())
    called = expectation.operation + (f" with {values}" if values else "")
    sentence = f"Expected {expectation.count} to {called}; found {len(found)}."
    if len(found) >= expectation.least:
        return Failure(sentence + " Found: " + ", ".join(_label(entry) for entry in found[:_MOST_NEAREST]) + ".")
    near = [(entry, expectation.reasons(entry)) for entry in entries if entry.operation == expectation.operation]
    near = sorted(((entry, reasons) for entry, reasons in near if reasons), key=lambda pair: len(pair[1]))
    if near:
        entry, reasons = near[0]
        sentence += f" Closest: {_label(entry)}: {'; '.join(reasons)}."
    elif not found:
        others = sorted({entry.operation for entry in entries if entry.operation})
        sentence += f" Other operations: {', '.join(others)}." if others else " No operation was called."
    return Failure(sentence, tuple((entry.number, tuple(reasons)) for entry, reasons in near[:_MOST_NEAREST]))


def _label(entry: Entry) -> str:
    return f"#{entry.number} {entry.method} {entry.path}"
