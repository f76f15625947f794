"""Sorting, filters and search: the parameters of a list do what their names and descriptions say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.lists.properties import IDENTITIES, enum_of, moment, rank
from locum.infer.lists.selection import EQUALITY
from locum.verify.behaviour.bodies import choices_of, is_free_text, word
from locum.verify.behaviour.expectations import BehaviourExpectation, matcher
from locum.verify.behaviour.listing import Listing, key_path, walk
from locum.verify.behaviour.problems import BehaviourScenario, Problem, label, short
from locum.verify.behaviour.run_records import Blocked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from locum.infer.lists.properties import Property
    from locum.infer.lists.selection import ListFilter
    from locum.openapi.compile.parameters import Parameter
    from locum.openapi.schemas.schemas import Schema
    from locum.verify.behaviour.run_records import RunRecord
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject

__all__ = ["SCENARIOS"]

_HERD = 4
"""The number of records that differ, among which filters and orders select."""
_UNORDERED = (9, 10, 33, 2, 100, 250, 1000, 5, 4, 20)
_MOST_VALUES = 6
_MOST_FILTERS = 12
_LEAST_TEXT = 4
_DIRECTIONS = ("desc", "descending", "asc", "ascending", "DESC", "ASC", "-1", "1")
_BOUNDS = frozenset({"from", "after", "to", "before"})
_PARTS = frozenset({"contains", "starts", "ends"})


class _Herd:
    """Some records that differ in as many members as possible, as the list shows them."""

    def __init__(self, run: ScenarioRun, subject: BehaviourSubject) -> None:
        self.run = run
        self.subject = subject
        self.parents = run.parents_of(subject)
        maker = subject.maker
        schemas = subject.sends(maker) if maker is not None else {}
        chosen = {
            name: values for name, schema in schemas.items() if (values := choices_of(schema) or _numbers(schema))
        }
        self.records: list[RunRecord] = []
        for turn in range(_HERD):
            changes = {name: values[turn % len(values)] for name, values in chosen.items() if len(values) > 1}
            self.records.append(self._created(changes, run.optional_references(subject, turn % 2)))
        self.whole = walk(run, subject, self.parents)
        found = {str(record.key): self.whole.element(record.key) for record in self.records}
        self.elements: dict[str, dict[str, Any]] = {
            key: element for key, element in found.items() if isinstance(element, dict)
        }
        """The created records by identifier; those that the list does not show are left out."""
        if len(self.elements) < 2:  # noqa: PLR2004 (one record cannot be selected from others)
            raise Blocked(f"the list of {subject.resource.path} does not show new records")

    def _created(self, changes: dict[str, Any], references: dict[str, Any]) -> RunRecord:
        """Create a record with some values, with fewer of them if they do not go together. Raises Blocked."""
        for tried in ({**changes, **references}, changes) if references else (changes,):
            try:
                return self.run.create(self.subject, tried, parents=self.parents)
            except Blocked:
                continue
        return self.run.create(self.subject, parents=self.parents)

    def select(self, query: Mapping[str, Any]) -> Listing | None:
        """Return the list that a query selects; None if it is rejected."""
        try:
            return walk(self.run, self.subject, self.parents, query)
        except Blocked:
            return None

    def is_like(self, found: Property, element: Any) -> bool:
        """Return whether an element has a value of the same type as the created records; others have no order."""
        if not isinstance(element, dict):
            return False
        kinds = {_kind_of(value) for one in self.elements.values() for value in found.values(one)}
        return _kind_of(found.value(element)) in kinds

    def where(self, steps: list[int]) -> dict[str, Any]:
        """Return the arguments of an expectation about the list."""
        return {"steps": steps, "place": list(self.subject.list_place or ()), "identity": key_path(self.subject)}


def _numbers(schema: Schema) -> list[int]:
    """Return valid numbers whose order differs from that of their text; [] if a member is not a number."""
    raw = schema.resolve(schema.raw)
    kinds = raw.get("type") if isinstance(raw, dict) else None
    if kinds not in ("integer", "number"):
        return []
    found = [value for value in _UNORDERED if schema.is_valid(value)]
    return found if len(found) >= _HERD else []


def _kind_of(value: Any) -> str:
    """Return the JSON type of a value."""
    if isinstance(value, bool) or value is None:
        return str(type(value))
    return "number" if isinstance(value, int | float) else type(value).__name__


def _sorts(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    herd = _Herd(run, subject)
    for query, found, down in _orders(subject):
        wanted = _expected_order(herd, found, down=down)
        listing = herd.select(query) if wanted is not None else None
        if listing is None or wanted is None or not set(wanted) <= set(listing.keys):
            continue
        shown = [key for key in dict.fromkeys(listing.keys) if key in wanted]
        values_alike = all(herd.is_like(found, one) for one in listing.elements if found.value(one) is not None)
        if shown != wanted and values_alike:
            assert subject.list_all is not None  # noqa: S101 (`applies`)
            text = "&".join(f"{name}={value}" for name, value in query.items())
            values = ", ".join(short(found.value(herd.elements[key])) for key in shown)
            yield Problem(
                code="L145",
                operation=subject.list_all,
                message=f"{label(subject.list_all)}?{text} shows {found.name} in the order {values}.",
                expectation=BehaviourExpectation("ordered", {**herd.where(listing.steps), "keys": wanted}),
                why=f"{', '.join(query)} sorts by {found.name}{' in descending order' if down else ''}.",
                what=text,
            )


def _orders(subject: BehaviourSubject) -> Iterator[tuple[dict[str, Any], Property, bool]]:
    """Yield queries that sort, with the property and whether the order is descending."""
    selection = subject.listing.selection if subject.listing is not None else None
    if selection is None:
        return
    order, way = selection.order, next(iter(selection.order.ways), None)
    usual = str(way.default).lower() if way is not None and way.default is not None else ""
    for parameter in order.fields:
        for value in _values_of(parameter, subject)[:_MOST_VALUES]:
            found = order.sorts_by(value)
            if found is None or not parameter.schema.is_valid(_typed(parameter, value)):
                continue
            if usual:  # the direction where the parameter is left out
                found = order.sorts_by(f"{found[0].path[-1]}:{usual}") or found
            if way is None or usual:
                yield {parameter.name: _typed(parameter, value)}, *found
            for direction in _directions(way):
                down = order.sorts_by(f"{found[0].path[-1]}:{direction}")
                if down is not None and way is not None and value.isidentifier():
                    yield {parameter.name: _typed(parameter, value), way.name: direction}, found[0], down[1]


def _typed(parameter: Parameter, value: str) -> Any:
    return [value] if parameter.shape == "array" and not parameter.schema.is_valid(value) else value


def _values_of(parameter: Parameter, subject: BehaviourSubject) -> list[str]:
    """Return the values of a parameter that the document names: in an enum, examples, its default or description."""
    raw = parameter.schema.resolve(parameter.schema.raw)
    items = parameter.schema.resolve(raw.get("items")) if isinstance(raw, dict) else None
    named = [*(raw.get("enum") or ())] if isinstance(raw, dict) else []
    named += (items.get("enum") or ()) if isinstance(items, dict) else ()
    named = named or sorted(enum_of(parameter.schema))
    if not named:
        named = [*parameter.examples, parameter.default]
        shape = subject.resource.shape
        description = set(parameter.description.replace("`", " ").replace(",", " ").replace(".", " ").split())
        named += [name for name in (shape.properties if shape is not None else ()) if name in description]
    return list(dict.fromkeys(value for value in named if isinstance(value, str)))


def _directions(way: Parameter | None) -> list[str]:
    known = enum_of(way.schema) if way is not None else frozenset()
    return [one for one in _DIRECTIONS if one in known]


def _expected_order(herd: _Herd, found: Property, *, down: bool) -> list[str] | None:
    """Return the identifiers of the created records in order; None if their values are missing or equal."""
    ranked = [(rank(found.value(element), date=found.date), key) for key, element in herd.elements.items()]
    ranks = [one for one, _ in ranked if one is not None]
    if len(set(ranks)) != len(ranked) or len({one[0] for one in ranks}) != 1:
        return None
    return [key for _, key in sorted(ranked, key=lambda pair: pair[0] or (), reverse=down)]


def _filters(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    herd = _Herd(run, subject)
    selection = subject.listing.selection if subject.listing is not None else None
    for one in (selection.filters if selection is not None else ())[:_MOST_FILTERS]:
        yield from _filtered(herd, one)


def _filtered(herd: _Herd, one: ListFilter) -> Iterator[Problem]:
    subject = herd.subject
    assert subject.list_all is not None  # noqa: S101 (`applies`)
    parameter = next((each for each in subject.list_all.parameters if each.argument == one.argument), None)
    chosen = _value_for(herd, one, parameter) if parameter is not None else None
    if parameter is None or chosen is None:
        return
    value, matching = chosen
    given = {"member": list(one.target.path), "operator": one.operator, "value": value, "date": one.target.date}
    sent: Any = [value] if parameter.shape == "array" else value
    for name in reversed(one.members):
        sent = {name: value}
    listing = herd.select({parameter.name: sent})
    test = matcher(given)
    if listing is None or test is None:
        return
    name = f"{parameter.name}{''.join(f'[{member}]' for member in one.members)}"
    text = f"{label(subject.list_all)}?{name}={value}"
    why = f"{name} {one.explain}."
    wrong = [
        element
        for element in listing.elements
        if isinstance(element, dict) and herd.is_like(one.target, element) and not test(element)
    ]
    if wrong:
        found = short(one.target.value(wrong[0]))
        yield Problem(
            code="L146",
            operation=subject.list_all,
            message=f"{text} shows {len(wrong)} of {len(listing.elements)} records that do not match, one with "
            f"{one.target.name} {found}.",
            expectation=BehaviourExpectation("only", {**herd.where(listing.steps), **given}),
            why=why,
            what=name,
        )
    missing = [key for key in matching if key not in listing.keys]
    if missing and listing.is_complete and not listing.may_be_capped:
        yield Problem(
            code="L147",
            operation=subject.list_all,
            message=f"{text} does not show {short(missing[0])}, whose {one.target.name} is "
            f"{short(one.target.value(herd.elements[missing[0]]))}.",
            expectation=BehaviourExpectation("listed", {**herd.where(listing.steps), "key": missing[0], "times": 1}),
            why=why,
            what=name,
        )


def _value_for(herd: _Herd, one: ListFilter, parameter: Parameter) -> tuple[Any, list[str]] | None:
    """Return a value that selects some of the created records and not others, and which; None if there is none."""
    for value in _candidates(herd, one):
        if one.choices and str(value) not in one.choices:
            continue
        if not one.members and not _is_valid(parameter, value):
            continue
        test = matcher(
            {"member": list(one.target.path), "operator": one.operator, "value": value, "date": one.target.date}
        )
        if test is None:
            continue
        matching = [key for key, element in herd.elements.items() if test(element)]
        if matching and len(matching) < len(herd.elements):
            return value, matching
    return None


def _is_valid(parameter: Parameter, value: Any) -> bool:
    return bool(parameter.schema.is_valid([value] if parameter.shape == "array" else value))


def _candidates(herd: _Herd, one: ListFilter) -> Iterator[Any]:
    """Yield values for a filter, from those that the created records have."""
    if one.operator in {"present", "without", "range"}:
        return
    values: list[Any] = []
    for element in herd.elements.values():
        for value in one.target.values(element):
            values += value if isinstance(value, list) else [value]
    plain = [_identity(value) if isinstance(value, dict) else value for value in values]
    plain = [value for value in plain if isinstance(value, str | int | float) and value != ""]
    if one.operator in _PARTS:
        yield from (
            _part(value, one.operator) for value in plain if isinstance(value, str) and len(value) > _LEAST_TEXT
        )
    elif one.operator in _BOUNDS:
        ordered = sorted(plain, key=lambda value: (moment(value) or 0.0) if one.target.date else _number(value))
        yield from ordered[len(ordered) // 2 :]
        yield from ordered[: len(ordered) // 2]
    elif one.operator in {EQUALITY, "not"}:
        yield from (value for value in plain if not isinstance(value, str) or "," not in value)


def _identity(value: dict[str, Any]) -> Any:
    return next((value[name] for name in IDENTITIES if name in value), None)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _part(value: str, operator: str) -> str:
    length = max(_LEAST_TEXT, len(value) * 2 // 3)
    return value[-length:] if operator == "ends" else value[:length]


def _searches(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Search for a word that is in every text of one record and in no other."""
    selection = subject.listing.selection if subject.listing is not None else None
    maker = subject.maker
    assert maker is not None  # noqa: S101 (`applies`)
    assert subject.list_all is not None  # noqa: S101 (as above)
    schemas = subject.sends(maker)
    texts = [name for name, schema in schemas.items() if is_free_text(name, schema)]
    shape = subject.resource.shape
    texts = [name for name in texts if shape is not None and name in shape.properties]
    if not texts or selection is None:
        raise Blocked(f"records of {subject.resource.path} have no text to search for")
    parents = run.parents_of(subject)
    wanted = word("search", run.fresh(), run.client.requests.seed)
    record = run.create(subject, dict.fromkeys(texts, wanted), parents=parents)
    other = run.create(subject, parents=parents)
    for argument in selection.searches:
        parameter = next((one for one in subject.list_all.parameters if one.argument == argument), None)
        if parameter is None or not parameter.schema.is_valid(wanted):
            continue
        try:
            listing = walk(run, subject, parents, {parameter.name: wanted})
        except Blocked:
            continue
        where = {"steps": listing.steps, "place": list(subject.list_place or ()), "identity": key_path(subject)}
        text = f"{label(subject.list_all)}?{parameter.name}={wanted}"
        why = f"{parameter.name} searches, and the text of one record ({', '.join(texts)}) is {wanted}."
        if str(other.key) in listing.keys:
            yield Problem(
                code="L148",
                operation=subject.list_all,
                message=f"{text} shows {short(other.key)}, which does not contain the word.",
                expectation=BehaviourExpectation("listed", {**where, "key": other.key, "times": 0}),
                why=why,
                what=f"{parameter.name}: others",
            )
        if str(record.key) not in listing.keys and listing.is_complete:
            yield Problem(
                code="L148",
                operation=subject.list_all,
                message=f"{text} does not show {short(record.key)}, which contains the word.",
                expectation=BehaviourExpectation("listed", {**where, "key": record.key, "times": 1}),
                why=why,
                what=f"{parameter.name}: missing",
            )


def _lists(subject: BehaviourSubject) -> bool:
    return (
        subject.is_creatable
        and subject.list_all is not None
        and bool(subject.resource.identity)
        and subject.listing is not None
        and subject.listing.selection is not None
    )


def _has(subject: BehaviourSubject, what: str) -> bool:
    selection = subject.listing.selection if _lists(subject) and subject.listing is not None else None
    if selection is None:
        return False
    return bool({"sort": selection.order.fields, "filter": selection.filters, "search": selection.searches}[what])


SCENARIOS = (
    BehaviourScenario("filters", ("L146", "L147"), lambda subject: _has(subject, "filter"), _filters),
    BehaviourScenario("sort", ("L145",), lambda subject: _has(subject, "sort"), _sorts),
    BehaviourScenario("search", ("L148",), lambda subject: _has(subject, "search"), _searches),
)
