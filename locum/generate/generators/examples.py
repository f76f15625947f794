"""Examples and rules: declared examples, `x-faker`, and `x-locum-value` (a list, a template, or a faker's name)."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from locum.generate.generators.constants import copier
from locum.generate.vocabulary.fakers import faker_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from locum.generate.generation import Generation, Make
    from locum.generate.planning.keywords import Merged

__all__ = ["RULE", "fill_template", "is_template", "members_of_template", "named", "problem_of_rule", "rule_generator"]


RULE = "x-locum-value"
_MEMBER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def is_template(rule: Any) -> bool:
    """Return whether a rule is a template with other members: `{{first_name}} {{last_name}}`."""
    return isinstance(rule, str) and "{{" in rule


def members_of_template(rule: str) -> list[str]:
    """Return the members in a template, in order; `owner.name` is a nested member."""
    return _MEMBER.findall(rule)


def fill_template(rule: str, members: Mapping[str, Any]) -> Any:
    """Return a template with the values of members filled in; None if one of them is missing.

    A template that consists of one member returns that member's value, of any type.
    """
    values: dict[str, Any] = {}
    for name in members_of_template(rule):
        value: Any = members
        for step in name.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is None or isinstance(value, dict | list):
            return None
        values[name] = value
    alone = _MEMBER.fullmatch(rule.strip())
    if alone is not None:
        return values[alone[1]]
    return _MEMBER.sub(lambda match: _text(values[match[1]]), rule)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def rule_generator(rule: Any) -> Callable[[Generation], Any] | None:
    """Return a generator for a rule that is not a template; None if the rule is invalid."""
    if isinstance(rule, list):
        weighted = [_weighted(one) for one in rule]
        ends = list(accumulate(weight for _, weight in weighted))
        if not ends or ends[-1] <= 0:
            return None
        copies = [copier(value) for value, _ in weighted]

        def one_of(run: Generation) -> Any:
            at = run.uniform() * ends[-1]
            return copies[next(index for index, end in enumerate(ends) if at < end)]()

        return one_of
    return faker_for(rule)


def _weighted(one: Any) -> tuple[Any, float]:
    if isinstance(one, dict) and one.keys() == {"value", "weight"}:
        weight = one["weight"]
        return one["value"], float(weight) if isinstance(weight, int | float) and weight >= 0 else -1.0
    return one, 1.0


def problem_of_rule(rule: Any, fits: Callable[[Any], bool], siblings: Mapping[str, Any]) -> str | None:
    """Return why a rule cannot be used and what to write instead; None if it can be used."""
    if is_template(rule):
        unknown = [name for name in members_of_template(rule) if name.split(".")[0] not in siblings]
        if unknown:
            known = ", ".join(siblings) or "none"
            return f"the template names '{unknown[0]}', which is not a member beside it. Members: {known}."
        return None
    if isinstance(rule, list):
        if not rule:
            return "the list is empty. Write at least one value."
        weights = [weight for _, weight in map(_weighted, rule)]
        if min(weights) < 0 or not sum(weights):
            return "a weight is not a positive number. Write {value: ..., weight: 3}."
        unfit = [value for value, _ in map(_weighted, rule) if not fits(value)]
        return f"{unfit[0]!r} does not fit the schema. Write values that the schema admits." if unfit else None
    if faker_for(rule) is None:
        return (
            f"{rule!r} is neither a list of values, nor a template such as '{{{{first_name}}}} {{{{last_name}}}}', "
            "nor the name of a faker such as 'person.firstName'."
        )
    return None


_FAKER_TRIES = 3


def named(merged: Merged, validator: Callable[[Any], bool], make: Make) -> Make:
    """Return a generator that tries declared examples, then `x-faker`, then `x-locum-value`, then `make`."""
    rule = None if merged.rule is None or is_template(merged.rule) else rule_generator(merged.rule)
    if rule is not None:
        make = _faked(rule, validator, make)
    faker = faker_for(merged.faker) if merged.faker else None
    if faker is not None:
        make = _faked(faker, validator, make)
    examples = _fitting_examples(merged, validator)
    if not examples:
        return make
    made = make

    def example(run: Generation, depth: int) -> Any:
        if run.examples and not run.completes(depth):
            return run.pick(examples)()
        return made(run, depth)

    return example


def _faked(faker: Callable[[Generation], Any], validator: Callable[[Any], bool], make: Make) -> Make:
    def fake(run: Generation, depth: int) -> Any:
        for _ in range(_FAKER_TRIES):
            value = faker(run)
            if validator(value):
                return value
            number = _number(value)  # commerce.price is digits, and often that of a number
            if number is not None and validator(number):
                return number
        return make(run, depth)

    return fake


def _number(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _fitting_examples(merged: Merged, validator: Callable[[Any], bool]) -> list[Callable[[], Any]]:
    """Return the declared examples that fit, else the defaults, each as a function that copies it."""
    for declared in (_examples(merged), _defaults(merged)):
        fitting = []
        for value in declared:
            if validator(value):
                fitting.append(copier(value))
            elif isinstance(value, dict) and not merged.foreign.isdisjoint(value):
                # An example of both directions, without what does not travel this way.
                rest = {name: item for name, item in value.items() if name not in merged.foreign}
                fitting += [copier(rest)] if validator(rest) else []
        if fitting:
            return fitting
    return []


def _examples(merged: Merged) -> Iterator[Any]:
    for schema in merged.described:
        yield from _declared(schema)
    fragments = [_declared(schema)[:1] for schema in merged.fragments if schema.keys() - {"allOf", "$ref"}]
    firsts = [first for declared in fragments for first in declared]
    objects = [first for first in firsts if isinstance(first, dict)]
    if objects and len(objects) == len(fragments):
        yield {name: value for fragment in objects for name, value in fragment.items()}
    elif len(fragments) == 1:
        yield from firsts


def _declared(schema: dict[str, Any]) -> list[Any]:
    examples = schema.get("examples")
    found = [schema["example"]] if "example" in schema else []
    return found + (examples if isinstance(examples, list) else [])


def _defaults(merged: Merged) -> Iterator[Any]:
    """Yield the defaults. Empty ones count as well: null, "", 0, false, [], {}."""
    return (schema["default"] for schema in (*merged.described, *merged.fragments) if "default" in schema)
