"""Values of new records: choices are kept, defaults apply, unusual text is stored, and unique members conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.resources.uniqueness import unique_members
from locum.verify.behaviour.agreement import is_kept
from locum.verify.behaviour.bodies import choices_of, is_free_text, may_be_unique
from locum.verify.behaviour.expectations import BehaviourExpectation
from locum.verify.behaviour.problems import BehaviourScenario, Problem, label, short, status_expected, value_expected
from locum.verify.behaviour.run_records import Blocked, is_success

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.schemas.schemas import Schema
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject

__all__ = ["SCENARIOS"]

_MOST_CHOICES = 6
_MOST_MEMBERS = 4
_LONGEST = 4000
_UNUSUAL = "Zoë Ünïcode 漢字"
_CONFLICT = "409"


def _choices(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Create a record with every value of the members that have few."""
    maker, read = subject.maker, subject.read
    assert maker is not None  # noqa: S101 (`applies`)
    assert read is not None  # noqa: S101 (as above)
    known = subject.keeps(read)
    chosen = {
        name: values
        for name, schema in subject.sends(maker).items()
        if name in known and len(values := choices_of(schema)) > 1
    }
    for name, values in list(chosen.items())[:_MOST_MEMBERS]:
        for value in values[:_MOST_CHOICES]:
            yield from _one(run, subject, (name, value), "L105", f"{name} has the values that the document lists.")


def _one(
    run: ScenarioRun, subject: BehaviourSubject, member: tuple[str, Any], code: str, why: str
) -> Iterator[Problem]:
    """Create a record with one member of its own, and yield a problem if it shows another value."""
    name, value = member
    maker, read = subject.maker, subject.read
    assert maker is not None  # noqa: S101 (`applies`)
    assert read is not None  # noqa: S101 (as above)
    try:
        record = run.create(subject, {name: value})
    except Blocked:
        return  # that it is rejected is not a question of behaviour
    if record.sent.get(name) != value:
        return
    shown = run.read(record)
    members = run.members(subject, read, shown)
    shown_name = next(iter(subject.shown_as(maker, {name: value})), name)
    declared = subject.shows(read).get(shown_name)
    if declared is not None and not declared.is_valid(value):
        return  # the document allows it in requests only
    if is_success(shown) and shown_name in members and not is_kept(value, members[shown_name]):
        place = [*run.place_of(subject, read, shown), shown_name]
        yield Problem(
            code=code,
            operation=maker,
            message=f"{label(maker)} was sent {name} {short(value)}; {label(read)} shows {short(members[shown_name])}.",
            expectation=value_expected(run.last, place, value),
            why=why,
            what=name,
        )


def _texts(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Create records with text in other scripts and of the greatest length, and with numbers at their bounds."""
    maker, read = subject.maker, subject.read
    assert maker is not None  # noqa: S101 (`applies`)
    assert read is not None  # noqa: S101 (as above)
    known, unique = subject.keeps(read), may_be_unique(subject.sends(maker))
    members = {name: schema for name, schema in subject.sends(maker).items() if name in known and name not in unique}
    for name, schema in [pair for pair in members.items() if is_free_text(*pair)][:_MOST_MEMBERS]:
        if schema.is_valid(_UNUSUAL):
            yield from _one(run, subject, (name, _UNUSUAL), "L100", f"The schema of {name} allows any characters.")
        most = _raw(schema).get("maxLength")
        if isinstance(most, int) and len(_UNUSUAL) < most <= _LONGEST:
            text = (run.client.bodies.text(name, schema, run.fresh()) * most)[:most]
            yield from _one(run, subject, (name, text), "L100", f"The schema of {name} allows {most} characters.")
    for name, schema in [pair for pair in members.items() if _is_number(subject, pair[1])][:_MOST_MEMBERS]:
        for bound in ("minimum", "maximum"):
            value = _raw(schema).get(bound)
            if isinstance(value, int | float) and abs(value) < 2**53 and schema.is_valid(value):
                yield from _one(run, subject, (name, value), "L100", f"The schema of {name} allows {value}.")


def _raw(schema: Schema) -> dict[str, Any]:
    raw = schema.resolve(schema.raw)
    return raw if isinstance(raw, dict) else {}


def _is_number(subject: BehaviourSubject, schema: Schema) -> bool:
    return bool(subject.shapes.of(schema).kinds & {"integer", "number"})


def _defaults(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Create a record without the optional members that have a default."""
    maker, read = subject.maker, subject.read
    assert maker is not None  # noqa: S101 (`applies`)
    assert read is not None  # noqa: S101 (as above)
    schema = subject.sent_schema(maker)
    assert schema is not None  # noqa: S101 (`applies`)
    shape = subject.shapes.of(schema)
    defaults = _default_values(subject)
    record = run.create(subject, without=defaults.keys())
    shown = run.read(record)
    members = run.members(subject, read, shown)
    for name, value in defaults.items():
        member = next(iter(subject.shown_as(maker, {name: value})), name)
        if not is_success(shown) or member not in members or is_kept(value, members[member]):
            continue
        place = [*run.place_of(subject, read, shown), member]
        yield Problem(
            code="L104",
            operation=maker,
            message=f"{label(maker)} was sent no {name}; {label(read)} shows {short(members[member])} instead of the "
            f"default {short(value)}.",
            expectation=value_expected(run.last, place, value),
            why=f"The default of {name} is declared at {shape.properties[name].pointer}.",
            what=name,
        )


def _default_values(subject: BehaviourSubject) -> dict[str, Any]:
    """Return the defaults of the optional members of a create that a record shows."""
    maker, read = subject.maker, subject.read
    schema = subject.sent_schema(maker) if maker is not None else None
    if schema is None or read is None:
        return {}
    shape, known = subject.shapes.of(schema), subject.keeps(read)
    found = {}
    for name, member in shape.properties.items():
        default = _raw(member).get("default")
        if default is not None and name in known and name not in shape.required and member.is_valid(default):
            found[name] = default
    return found


def _duplicates(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Create a record with the unique members of another."""
    maker = subject.maker
    assert maker is not None  # noqa: S101 (`applies`)
    record = run.create(subject)
    names = [name for name in _unique_of(subject) if record.sent.get(name) not in (None, "")]
    if not names:
        raise Blocked(f"{label(maker)} has no unique member")
    for name in names[:2]:
        before = run.last
        try:
            run.create(subject, {name: record.sent[name]}, parents=record.parents)
        except Blocked:
            continue
        if run.last == before or not _shows(run, subject, name, record.sent[name]):
            continue
        yield Problem(
            code="L106",
            operation=maker,
            message=f"{label(maker)} creates a second record with the {name} {short(record.sent[name])}, and responds "
            f"{run.steps[-1].shown.status}.",
            expectation=status_expected(run.last, "4XX"),
            why=f"{label(maker)} declares 409, and {name} identifies a record or is said to be unique.",
            what=name,
        )


def _shows(run: ScenarioRun, subject: BehaviourSubject, name: str, value: Any) -> bool:
    """Return whether the last response shows a member with this value, so that the server did not choose another."""
    maker = subject.maker
    assert maker is not None  # noqa: S101 (the caller)
    shown = next(iter(subject.shown_as(maker, {name: value})), name)
    members = run.members(subject, maker, run.steps[-1].shown)
    return shown not in members or is_kept(value, members[shown])


def _unique_of(subject: BehaviourSubject) -> list[str]:
    """Return the members that two records must not share, if a conflict is declared."""
    maker = subject.create
    if maker is None or _CONFLICT not in maker.responses:
        return []
    sent = subject.sends(maker)
    own = [name for name in subject.resource.identity[:1] if name in sent]
    known = subject.resource.shape.properties if subject.resource.shape is not None else {}
    unique = unique_members(maker, subject.resource, sent)
    named = {name: subject.shown_as(maker, {name: None}) for name in unique}
    shown = [name for name in unique if any(one in known and value is None for one, value in named[name].items())]
    return list(dict.fromkeys([*own, *shown]))


def _same_key_twice(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Create twice with the same idempotency key."""
    maker = subject.create
    assert maker is not None  # noqa: S101 (`applies`)
    header = next(one.name for one in maker.by_location["header"] if one.argument == subject.key_argument)
    key = run.client.bodies.other(header, _header_schema(maker, header), None, run.fresh())
    record = run.create(subject, headers={header.lower(): str(key)}, changes={})
    once = run.last
    again = None
    # Another body shows it where the values of the first one must be unique.
    for body in (record.body, None):
        try:
            again = run.create(subject, body=body, parents=record.parents, headers={header.lower(): str(key)})
            break
        except Blocked:
            continue
    if again is None:
        return
    if str(again.key) == str(record.key):
        run.forget(again)
        return
    place = [*run.place_of(subject, maker, run.steps[-1].shown), *subject.resource.identity]
    yield Problem(
        code="L153",
        operation=maker,
        message=f"The same {label(maker)} with the same {header} creates {short(record.key)}, then {short(again.key)}.",
        expectation=BehaviourExpectation("keys", {"step": run.last, "other": once, "place": place, "differ": False}),
        why=f"{header} is an idempotency key.",
    )


def _header_schema(operation: Any, name: str) -> Schema:
    found: Schema = next(one.schema for one in operation.by_location["header"] if one.name == name)
    return found


def _reads(subject: BehaviourSubject) -> bool:
    return subject.is_creatable and subject.read is not None


def _has_choices(subject: BehaviourSubject) -> bool:
    if not _reads(subject) or subject.maker is None or subject.read is None:
        return False
    known = subject.keeps(subject.read)
    return any(name in known and len(choices_of(one)) > 1 for name, one in subject.sends(subject.maker).items())


SCENARIOS = (
    BehaviourScenario("defaults", ("L104",), lambda subject: bool(_default_values(subject)), _defaults),
    BehaviourScenario("choices", ("L105",), _has_choices, _choices),
    BehaviourScenario("texts", ("L100",), _reads, _texts),
    BehaviourScenario("unique", ("L106",), lambda subject: bool(_unique_of(subject)), _duplicates),
    BehaviourScenario("idempotency", ("L153",), lambda subject: subject.key_argument is not None, _same_key_twice),
)
