"""Examples: what a document declares, as far as it fits, then what `x-faker` and `x-locum-value` lay down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generators.copies import copier
from locum.generate.generators.rules import is_template, rule_generator
from locum.generate.vocabulary.fakers import faker_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.generate.generation import Generation, Make
    from locum.generate.planning.parts import Merged

__all__ = ["named"]

_FAKER_TRIES = 3


def named(merged: Merged, judge: Callable[[Any], bool], make: Make) -> Make:
    """Return a generator of declared examples first, then of what `x-faker` names, then of `x-locum-value`."""
    rule = None if merged.rule is None or is_template(merged.rule) else rule_generator(merged.rule)
    if rule is not None:
        make = _faked(rule, judge, make)
    faker = faker_for(merged.faker) if merged.faker else None
    if faker is not None:
        make = _faked(faker, judge, make)
    examples = _fitting_examples(merged, judge)
    if not examples:
        return make
    made = make

    def example(run: Generation, depth: int) -> Any:
        if run.examples and not run.completes(depth):
            return run.pick(examples)()
        return made(run, depth)

    return example


def _faked(faker: Callable[[Generation], Any], judge: Callable[[Any], bool], make: Make) -> Make:
    def fake(run: Generation, depth: int) -> Any:
        for _ in range(_FAKER_TRIES):
            value = faker(run)
            if judge(value):
                return value
            number = _number(value)  # commerce.price is digits, and often that of a number
            if number is not None and judge(number):
                return number
        return make(run, depth)

    return fake


def _number(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _fitting_examples(merged: Merged, judge: Callable[[Any], bool]) -> list[Callable[[], Any]]:
    """Return the declared examples that fit, else the defaults, each as a function that copies it."""
    for declared in (_examples(merged), _defaults(merged)):
        fitting = []
        for value in declared:
            if judge(value):
                fitting.append(copier(value))
            elif isinstance(value, dict) and not merged.foreign.isdisjoint(value):
                # An example of both directions, without what does not travel this way.
                rest = {name: item for name, item in value.items() if name not in merged.foreign}
                fitting += [copier(rest)] if judge(rest) else []
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
    """Yield the defaults. An empty one is a value like any other: null, "", 0, false, [], {}."""
    return (schema["default"] for schema in (*merged.described, *merged.fragments) if "default" in schema)
