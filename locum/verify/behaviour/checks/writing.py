"""Update and replace: what was sent is kept, everything else stays, and no other record changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import words_of
from locum.verify.behaviour.agreement import agrees, is_kept
from locum.verify.behaviour.bodies import is_free_text
from locum.verify.behaviour.expectations import BehaviourExpectation
from locum.verify.behaviour.listing import key_path, walk
from locum.verify.behaviour.problems import (
    BehaviourScenario,
    Problem,
    differences,
    is_volatile_member,
    label,
    same_expected,
    settable,
    short,
    unkept,
    value_expected,
)
from locum.verify.behaviour.run_records import Blocked, is_success
from locum.verify.behaviour.subjects import media_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.verify.behaviour.run_records import RunRecord
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject

__all__ = ["SCENARIOS"]

_MOST_MEMBERS = 8
_MOST_EMPTY = 4
_ACCEPTED = 202
_KEPT = "An update changes the members that it contains and no others (RFC 5789, RFC 7396)."


def _updates(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Update one member after another, and compare the record and its neighbour after each."""
    update, read = subject.update, subject.read
    assert update is not None  # noqa: S101 (`applies`)
    assert read is not None  # noqa: S101 (as above)
    run.create(subject)  # so that the record is neither the first nor the last one
    record = run.create_connected(subject)
    neighbour = run.twin(record)
    beside = run.shown_of(neighbour)
    beside_step = run.last
    before = run.shown_of(record)
    known, changed = subject.sends(update), False
    for name in _telling(subject, update)[:_MOST_MEMBERS]:
        value = run.client.bodies.other(name, known[name], before.get(name), run.fresh())
        if name not in before or agrees(value, before[name]):
            continue
        after = yield from _one_update(run, subject, record, before, {name: value})
        changed, before = changed or after is not before, after
    for name, value in _empty_values(subject, update, before):
        before = yield from _one_update(run, subject, record, before, {name: value}, empty=True)
    if not changed:
        raise Blocked(f"no update by {label(update)} succeeded")
    yield from _list_differs(run, subject, record, before)
    yield from _neighbour_changed(run, subject, update, neighbour, (beside, beside_step))


def _telling(subject: BehaviourSubject, operation: Operation) -> list[str]:
    """Return the members that an operation changes, those first whose values are plain."""
    schemas = subject.sends(operation)
    references = {relation.member for relation in subject.relations}
    names = [name for name in settable(subject, operation, subject.read) if name not in references]
    return sorted(names, key=lambda name: not is_free_text(name, schemas[name]))


def _one_update(  # noqa: PLR0913 (a record before and after)
    run: ScenarioRun,
    subject: BehaviourSubject,
    record: RunRecord,
    before: dict[str, Any],
    changes: dict[str, Any],
    *,
    empty: bool = False,
) -> Any:
    """Update a record with some members, yield what is wrong, and return its members after that."""
    update, read = subject.update, subject.read
    assert update is not None  # noqa: S101 (the caller)
    assert read is not None  # noqa: S101 (as above)
    step = run.last
    response = run.change(record, update, changes)
    if not is_success(response) or response.status == _ACCEPTED:
        return before
    changed_at = run.last
    record.sent |= changes
    after = run.shown_of(record)
    shown = run.steps[-1].shown
    place = run.place_of(subject, read, shown)
    sent = subject.shown_as(update, changes)
    broken = list(unkept(subject, read, sent, after))
    for name, value, found in broken:
        yield Problem(
            code="L120",
            operation=update,
            message=f"{label(update)} was sent {name} {short(value)} and responds {response.status}; then "
            f"{label(read)} shows {short(found)}.",
            expectation=value_expected(run.last, [*place, name], value),
            why=_KEPT,
            what=f"{name}, {'empty' if empty else 'another value'}",
        )
    for name in differences(before, after, _stable(subject, before)):
        if name not in sent:
            yield Problem(
                code="L121",
                operation=update,
                message=f"{label(update)} was sent {', '.join(sent)} only, and {name} changes from "
                f"{short(before[name])} to {short(after[name])}.",
                expectation=same_expected(run.last, step, [*place, name], [*place, name]),
                why=_KEPT,
                what=name,
            )
    if not broken:
        yield from _response_differs(run, subject, update, sent, changed_at)
    return after


def _response_differs(
    run: ScenarioRun, subject: BehaviourSubject, operation: Operation, sent: dict[str, Any], step: int
) -> Iterator[Problem]:
    """Yield the members that the response of a change shows with other values than were sent and then read."""
    response = run.steps[step].shown
    place = run.place_of(subject, operation, response)
    for name, value, found in unkept(subject, operation, sent, run.members(subject, operation, response)):
        yield Problem(
            code="L125",
            operation=operation,
            message=f"{label(operation)} was sent {name} {short(value)} and stores it, and its response shows "
            f"{short(found)}.",
            expectation=value_expected(step, [*place, name], value),
            why="The response of a change shows the record as it is then.",
            what=name,
        )


def _stable(subject: BehaviourSubject, members: dict[str, Any]) -> set[str]:
    """Return the members that only a client changes: those it may send, and the identifier and birth of a record."""
    sent = {name for operation in (subject.create, *subject.changes) if operation for name in subject.sends(operation)}
    return sent | _birth(subject, members)


def _birth(subject: BehaviourSubject, members: dict[str, Any]) -> set[str]:
    """Return the members that a record has from its create on: its identifier, and when and by whom it was created."""
    return {*subject.resource.identity[:1], *(name for name in members if "created" in words_of(name))}


def _empty_values(subject: BehaviourSubject, operation: Operation, before: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return valid values that a careless test for truth ignores, for members that have others: 0, false, "", []."""
    found: list[tuple[str, Any]] = []
    schemas, media = subject.sends(operation), media_of(operation)
    is_json = media is not None and media.json
    for name in settable(subject, operation, subject.read):
        if not before.get(name) or len(found) >= _MOST_EMPTY or not isinstance(before[name], int | float | str | list):
            continue
        if isinstance(before[name], list) and not is_json:
            continue  # a form cannot have an empty list
        value = next((one for one in _empties(before[name]) if _takes(schemas[name], one)), None)
        if value is not None:
            found.append((name, value))
    return found


def _empties(value: Any) -> tuple[Any, ...]:
    if isinstance(value, bool):
        return (False,)
    if isinstance(value, int | float):
        return (0,)
    return ("",) if isinstance(value, str) else ([],)


def _takes(schema: Schema, value: Any) -> bool:
    """Return whether a schema allows an empty value on purpose: text needs a `minLength` to say so."""
    raw = schema.resolve(schema.raw)
    if value == "" and not (isinstance(raw, dict) and raw.get("minLength") == 0):
        return False
    return bool(schema.is_valid(value))


def _list_differs(
    run: ScenarioRun, subject: BehaviourSubject, record: RunRecord, members: dict[str, Any]
) -> Iterator[Problem]:
    """Yield the members that the list shows with other values than the item."""
    if subject.list_all is None or subject.read is None or not subject.resource.identity:
        return
    read_step = run.last
    place = run.place_of(subject, subject.read, run.steps[-1].shown)
    listing = walk(run, subject, record.parents)
    element = listing.element(record.key)
    if not isinstance(element, dict):
        return
    known = _stable(subject, members)
    for name in differences(members, element, known):
        yield Problem(
            code="L113",
            operation=subject.list_all,
            message=f"{name} is {short(members[name])} in {label(subject.read)}, and {short(element[name])} in the "
            "list.",
            expectation=_in_list(listing.steps, subject, record, name, members[name], read_step, [*place, name]),
            why="The list and the item show the same record.",
            what=name,
        )


def _in_list(  # noqa: PLR0913, PLR0917 (where both values are)
    steps: list[int],
    subject: BehaviourSubject,
    record: RunRecord,
    name: str,
    value: Any,
    step: int,
    place: list[str | int],
) -> BehaviourExpectation:
    return BehaviourExpectation(
        "in-list",
        {
            "steps": steps,
            "place": list(subject.list_place or ()),
            "identity": key_path(subject),
            "key": record.key,
            "member": name,
            "value": value,
            "step": step,
            "value_place": place,
        },
    )


def _neighbour_changed(
    run: ScenarioRun,
    subject: BehaviourSubject,
    operation: Operation,
    neighbour: RunRecord,
    former: tuple[dict[str, Any], int],
) -> Iterator[Problem]:
    read = subject.read
    assert read is not None  # noqa: S101 (the callers)
    before, step = former
    shown = run.read(neighbour)
    if not is_success(shown):
        yield Problem(
            code="L122",
            operation=operation,
            message=f"After {label(operation)} on one record, {label(read)} of another responds {shown.status}.",
            expectation=BehaviourExpectation("status", {"step": run.last, "among": ["200"]}),
            why=f"The path of {label(operation)} names one record.",
        )
        return
    place = run.place_of(subject, read, shown)
    after = run.members(subject, read, shown)
    for name in differences(before, after):
        if is_volatile_member(name):
            continue
        yield Problem(
            code="L122",
            operation=operation,
            message=f"{label(operation)} on one record changes {name} of another from {short(before[name])} to "
            f"{short(after[name])}.",
            expectation=same_expected(run.last, step, [*place, name], [*place, name]),
            why=f"The path of {label(operation)} names one record.",
            what=name,
        )


def _replaces(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Replace a record with another body, then with one without its optional members."""
    replace, read = subject.replace, subject.read
    assert replace is not None  # noqa: S101 (`applies`)
    assert read is not None  # noqa: S101 (as above)
    run.create(subject)  # so that the record is neither the first nor the last one
    record = run.create_connected(subject)
    neighbour = run.twin(record)
    beside = run.shown_of(neighbour)
    beside_step = run.last
    before = run.shown_of(record)
    before_step = run.last
    known = subject.sends(replace)
    changes = {
        name: run.client.bodies.other(name, known[name], before.get(name), run.fresh())
        for name in _telling(subject, replace)
        if name in before
    }
    response = run.change(record, replace, changes)
    if not is_success(response):  # perhaps one of the members cannot be changed
        changes = {name: value for name, value in changes.items() if is_free_text(name, known[name])}
        response = run.change(record, replace, changes) if changes else response
    if not is_success(response) or response.status == _ACCEPTED:
        raise Blocked(f"{label(replace)} responds {response.status}")
    changed_at = run.last
    after = run.shown_of(record)
    place = run.place_of(subject, read, run.steps[-1].shown)
    sent = subject.shown_as(replace, changes)
    broken = list(unkept(subject, read, sent, after))
    for name, value, found in broken:
        yield Problem(
            code="L123",
            operation=replace,
            message=f"{label(replace)} was sent {name} {short(value)} and responds {response.status}; then "
            f"{label(read)} shows {short(found)}.",
            expectation=value_expected(run.last, [*place, name], value),
            why="PUT replaces the record with what it contains (RFC 9110, section 9.3.4).",
            what=name,
        )
    for name in differences(before, after, _birth(subject, before) - sent.keys()):
        yield Problem(
            code="L121",
            operation=replace,
            message=f"{label(replace)} changes {name} from {short(before[name])} to {short(after[name])}.",
            expectation=same_expected(run.last, before_step, [*place, name], [*place, name]),
            why="The identifier and the time of the create are those of the record, which stays the same.",
            what=name,
        )
    if not broken:
        yield from _response_differs(run, subject, replace, sent, changed_at)
    yield from _list_differs(run, subject, record, after)
    yield from _neighbour_changed(run, subject, replace, neighbour, (beside, beside_step))
    if not broken and subject.update is not None:
        yield from _keeps_omitted(run, subject, record)
    if not broken:
        yield from _empty_replaced(run, subject)


def _empty_replaced(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Replace a new record with empty values where it has others."""
    replace, read = subject.replace, subject.read
    assert replace is not None  # noqa: S101 (the caller)
    assert read is not None  # noqa: S101 (as above)
    record = run.create(subject)
    empty = dict(_empty_values(subject, replace, run.shown_of(record)))
    response = run.change(record, replace, empty) if empty else None
    if response is None or not is_success(response) or response.status == _ACCEPTED:
        return
    after = run.shown_of(record)
    place = run.place_of(subject, read, run.steps[-1].shown)
    for name, value, found in unkept(subject, read, subject.shown_as(replace, empty), after):
        yield Problem(
            code="L123",
            operation=replace,
            message=f"{label(replace)} was sent {name} {short(value)} and responds {response.status}; then "
            f"{label(read)} shows {short(found)}.",
            expectation=value_expected(run.last, [*place, name], value),
            why="PUT replaces the record with what it contains (RFC 9110, section 9.3.4).",
            what=f"{name}, empty",
        )


def _keeps_omitted(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord) -> Iterator[Problem]:
    """Where there is a PATCH, a PUT without an optional member removes it or sets its default."""
    replace, read = subject.replace, subject.read
    assert replace is not None  # noqa: S101 (the caller)
    assert read is not None  # noqa: S101 (as above)
    schema = subject.sent_schema(replace)
    if schema is None:
        return
    shape = subject.shapes.of(schema)
    before = run.shown_of(record)
    step = run.last
    required = {name: record.sent[name] for name in shape.required if name in record.sent}
    optional = [
        name
        for name in settable(subject, replace, read)
        if name not in shape.required and before.get(name) not in (None, "", [], {}, False, 0)
    ]
    if not optional or not required:
        return
    record.sent = required
    response = run.change(record, replace, {})
    if not is_success(response) or response.status == _ACCEPTED:
        return
    after = run.shown_of(record)
    place = run.place_of(subject, read, run.steps[-1].shown)
    for name in optional:
        raw = shape.properties[name].resolve(shape.properties[name].raw)
        default = raw.get("default") if isinstance(raw, dict) else None
        if name in after and agrees(after[name], before[name]) and not is_kept(default, after[name]):
            yield Problem(
                code="L124",
                operation=replace,
                message=f"{label(replace)} was sent no {name}, and {label(read)} still shows {short(after[name])}.",
                expectation=_replaced(run.last, step, [*place, name]),
                why="PUT replaces the whole record (RFC 9110, section 9.3.4), and there is a PATCH for parts.",
                what=name,
            )


def _replaced(step: int, other: int, place: list[str | int]) -> BehaviourExpectation:
    return BehaviourExpectation("differs", {"step": step, "other": other, "place": place, "other_place": place})


SCENARIOS = (
    BehaviourScenario(
        "update",
        ("L113", "L120", "L121", "L122", "L125"),
        lambda subject: subject.is_creatable and subject.update is not None and subject.read is not None,
        _updates,
    ),
    BehaviourScenario(
        "replace",
        ("L113", "L121", "L122", "L123", "L124", "L125"),
        lambda subject: subject.is_creatable and subject.replace is not None and subject.read is not None,
        _replaces,
    ),
)
