"""Safety: GET and HEAD change nothing, and neither does a request that is rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.paths import expressions_of
from locum.verify.behaviour.bodies import is_free_text, with_record, word
from locum.verify.behaviour.expectations import BehaviourExpectation
from locum.verify.behaviour.listing import Listing, key_path, walk
from locum.verify.behaviour.problems import (
    BehaviourScenario,
    Problem,
    differences,
    label,
    same_expected,
    settable,
    short,
)
from locum.verify.behaviour.run_records import Blocked, is_success

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.operations import Operation
    from locum.verify.behaviour.run_records import RunRecord
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject

__all__ = ["SCENARIOS"]

_REJECTED = range(400, 500)
_MOST_GETS = 6
_SAFE = "GET and HEAD are safe (RFC 9110, section 9.2.1)."
_NOTHING_DONE = "A request that is rejected has no effect."


class _State:
    """What a record and its list show at one time."""

    def __init__(self, run: ScenarioRun, subject: BehaviourSubject, record: RunRecord) -> None:
        self.members: dict[str, Any] = {}
        self.status = self.step = 0
        self.place: list[str | int] = []
        self.listing: Listing | None = None
        if subject.read is not None:
            shown = run.read(record)
            self.status, self.step = shown.status, run.last
            if is_success(shown):
                self.members = run.members(subject, subject.read, shown)
                self.place = list(run.place_of(subject, subject.read, shown))
        if subject.list_all is not None and subject.resource.identity:
            try:
                self.listing = walk(run, subject, record.parents)
            except Blocked:
                self.listing = None


def _changes_by(  # noqa: PLR0913, PLR0917 (two states and what was done between them)
    code: str, subject: BehaviourSubject, before: _State, after: _State, cause: tuple[Operation, str], why: str
) -> Iterator[Problem]:
    """Yield what differs between two states."""
    operation, done = cause
    if before.status != after.status:
        yield Problem(
            code=code,
            operation=operation,
            message=f"After {done}, {label(subject.read)} responds {after.status} instead of {before.status}.",
            expectation=BehaviourExpectation("same-status", {"step": after.step, "other": before.step}),
            why=why,
        )
        return
    for name in differences(before.members, after.members):
        yield Problem(
            code=code,
            operation=operation,
            message=f"{done} changes {name} from {short(before.members[name])} to {short(after.members[name])}.",
            expectation=same_expected(after.step, before.step, [*before.place, name], [*after.place, name]),
            why=why,
            what=name,
        )
        return
    one, other = before.listing, after.listing
    if one is None or other is None or not (one.is_complete and other.is_complete) or one.may_be_capped:
        return
    if set(one.keys) != set(other.keys):
        more = len(set(other.keys) - set(one.keys))
        fewer = len(set(one.keys) - set(other.keys))
        yield Problem(
            code=code,
            operation=operation,
            message=f"After {done}, {label(subject.list_all)} shows {more} more records and {fewer} fewer.",
            expectation=BehaviourExpectation(
                "same-keys",
                {
                    "steps": other.steps,
                    "whole": one.steps,
                    "place": list(subject.list_place or ()),
                    "identity": key_path(subject),
                },
            ),
            why=why,
            what="the list",
        )


def _reads(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Send every GET on the record and below it, one by one, and compare the record and its list after each."""
    record = run.create(subject)
    before = _State(run, subject, record)
    for operation in _gets(run, subject)[:_MOST_GETS]:
        path = record.path_values[: len(expressions_of(operation.path))]
        for method in ("", "HEAD") if operation in (subject.read, subject.list_all) else ("",):
            run.send(operation, path, method=method)
        after = _State(run, subject, record)
        yield from _changes_by("L170", subject, before, after, (operation, label(operation)), _SAFE)
        before = after


def _gets(run: ScenarioRun, subject: BehaviourSubject) -> list[Operation]:
    """Return the GETs whose path values a record has: those on it, on its list, and below it."""
    item = subject.read or next(iter(subject.of_items), None)
    count = subject.resource.depth + 1
    below = [
        operation
        for operation in run.client.chosen
        if item is not None
        and operation.method == "GET"
        and operation.path.startswith(item.path + "/")
        and len(expressions_of(operation.path)) == count
    ]
    return [one for one in (subject.read, subject.list_all, *below) if one is not None]


def _rejections(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Send requests that must be rejected, and compare the record and its list after each that is."""
    record = run.create(subject)
    before = _State(run, subject, record)
    for operation, what, path, body in _invalid(run, subject, record):
        shown = run.send(operation, path, body=body)
        if shown.status not in _REJECTED:
            before = _State(run, subject, record)  # it was accepted, so it may have changed something
            continue
        after = _State(run, subject, record)
        done = f"{label(operation)} {what}, which responds {shown.status},"
        yield from _changes_by("L171", subject, before, after, (operation, done), _NOTHING_DONE)
        before = after


def _invalid(
    run: ScenarioRun, subject: BehaviourSubject, record: RunRecord
) -> Iterator[tuple[Operation, str, tuple[str, ...], Any]]:
    """Yield requests that servers reject: an invalid body, a change that is half valid, an unknown identifier."""
    maker = subject.maker
    if maker is not None and not subject.puts:
        wrong = _wrong_member(subject, maker)
        if wrong:
            body = with_record(record.body, subject.place_in(maker), {**record.sent, **wrong})
            yield maker, f"with an invalid {next(iter(wrong))}", record.parents, body
        schema = subject.sent_schema(maker)
        required = subject.shapes.of(schema).required if schema is not None else ()
        missing = next((name for name in record.sent if name in required), None)
        if missing is not None:
            rest = {name: value for name, value in record.sent.items() if name != missing}
            yield maker, f"without {missing}", record.parents, with_record(record.body, subject.place_in(maker), rest)
    for operation in subject.changes:
        known = subject.sends(operation)
        names = [name for name in settable(subject, operation, subject.read) if is_free_text(name, known[name])]
        wrong = _wrong_member(subject, operation, names[:1])
        if names and wrong:
            good = {name: run.client.bodies.text(name, known[name], run.fresh()) for name in names[:1]}
            base = record.sent if operation is subject.replace else {}
            whole = {**{name: value for name, value in base.items() if name in known}, **good, **wrong}
            body = with_record({}, subject.place_in(operation), whole)
            yield operation, f"with an invalid {next(iter(wrong))}", record.path_values, body
    unknown = _unknown_key(record.key)
    for one in (subject.update, subject.delete):
        if one is not None:
            body = record.body if one.body is not None else None
            yield one, "of an unknown record", (*record.parents, unknown), body


def _wrong_member(subject: BehaviourSubject, operation: Operation, without: list[str] | None = None) -> dict[str, Any]:
    """Return a member with a value of another type."""
    for name, schema in reversed(list(subject.sends(operation).items())):
        if name in (without or ()) or name in subject.resource.identity[:1]:
            continue
        value = next((one for one in ({"not": "this"}, ["not", "this"], "not this") if not schema.is_valid(one)), None)
        if value is not None:
            return {name: value}
    return {}


def _unknown_key(key: Any) -> str:
    """Return an identifier of the same form that no record has."""
    text = str(key)
    if text.isdigit():
        return str(987_654_321)
    changed = "".join("0" if one.isdigit() else one for one in text)
    return changed if changed != text else word("unknown", text)


SCENARIOS = (
    BehaviourScenario("reads", ("L170",), lambda subject: subject.is_creatable and subject.read is not None, _reads),
    BehaviourScenario("rejections", ("L171",), lambda subject: subject.is_creatable, _rejections),
)
