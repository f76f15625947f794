"""Keywords: the differences between two views in types, values, limits, texts and marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.repair.repairs import shortly
from locum.review.changes import Effect
from locum.review.schemas.pairs import SchemaChange
from locum.review.schemas.views import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from locum.review.schemas.views import View

__all__ = ["compare_keywords", "shown"]

_COUNTS = tuple(f"{end}{what}" for what in ("Length", "Items", "Properties", "Contains") for end in ("min", "max"))
_WIDER = frozenset({("float", "double"), ("int32", "int64")})
_MOST_SHOWN = 5
_MOST_VALUES = 50
"""More values of one enum than these are reported as one change."""


def shown(values: Sequence[Any]) -> str:
    """Return a list of values for a sentence."""
    texts = [shortly(value) for value in values[:_MOST_SHOWN]]
    more = len(values) - len(texts)
    return ", ".join(texts) + (f" and {more} more" if more > 0 else "")


def compare_keywords(base: View, head: View) -> Iterator[SchemaChange]:
    """Yield the differences between two views, without those of their parts."""
    yield from _kinds(base, head)
    yield from _choices(base, head)
    yield from _bounds(base, head)
    yield from _counts(base, head)
    yield from _texts(base, head)
    yield from _multiples(base, head)
    yield from _dependencies(base, head)
    yield from _marks(base, head)


def _kinds(base: View, head: View) -> Iterator[SchemaChange]:
    mine, theirs = base.kinds, head.kinds
    if bool(base.alternatives) != bool(head.alternatives):  # what all alternatives are is comparable with a type
        mine = base.kinds_of_alternatives if mine is None else mine
        theirs = head.kinds_of_alternatives if theirs is None else theirs
    if mine != theirs and not (_covers_choices(base, head) or _covers_choices(head, base)):
        if theirs is not None and (mine is None or _within(theirs, mine)):
            effect, kind = Effect.NARROWS, "type-narrowed"
        elif mine is not None and (theirs is None or _within(mine, theirs)):
            effect, kind = Effect.WIDENS, "type-widened"
        else:
            effect, kind = Effect.UNKNOWN, "type-changed"
        sentence = f"the type is {_named(theirs)} now (was {_named(mine)})"
        yield SchemaChange(kind, effect, sentence, "", base.kinds_at, head.kinds_at, mine, theirs)
    if base.nullable != head.nullable and (mine is None) == (theirs is None):
        if head.nullable:
            yield SchemaChange(
                "became-nullable", Effect.WIDENS, "null is allowed now", "", base.kinds_at, head.kinds_at
            )
        else:
            yield SchemaChange(
                "became-not-nullable", Effect.NARROWS, "null is no longer allowed", "", base.kinds_at, head.kinds_at
            )


def _covers_choices(one: View, other: View) -> bool:
    """Return whether the types of a list of values are all allowed by the other view, which lists none or more."""
    return one.choices is not None and one.kinds is not None and all(map(other.allows, one.kinds))


def _within(some: frozenset[str], others: frozenset[str]) -> bool:
    return all(kind in others or (kind == "integer" and "number" in others) for kind in some)


def _named(kinds: frozenset[str] | None) -> str:
    if kinds is None:
        return "any"
    return " or ".join(sorted(kinds)) or "null"


def _choices(base: View, head: View) -> Iterator[SchemaChange]:
    places = base.choices_at, head.choices_at
    if base.choices is None and head.choices is not None:
        sentence = f"only {shown(head.choices)} {'is' if len(head.choices) == 1 else 'are'} allowed now"
        yield SchemaChange("enum-added", Effect.NARROWS, sentence, "", *places, None, head.choices)
    elif base.choices is not None and head.choices is None:
        sentence = f"other values than {shown(base.choices)} are allowed now"
        yield SchemaChange("enum-removed", Effect.WIDENS, sentence, "", *places, base.choices, None)
    elif base.choices is not None and head.choices is not None:
        mine = {canonical(value): value for value in base.choices}
        theirs = {canonical(value): value for value in head.choices}
        gone = [(key, value) for key, value in mine.items() if key not in theirs and value is not None]
        new = [(key, value) for key, value in theirs.items() if key not in mine and value is not None]
        for key, value, text in _few(gone):
            sentence = f"{text} removed"
            yield SchemaChange("enum-value-removed", Effect.NARROWS, sentence, key, *places, value)
        for key, value, text in _few(new):
            sentence = f"{text} added"
            yield SchemaChange("enum-value-added", Effect.WIDENS, sentence, key, *places, None, value)


def _few(values: list[tuple[bytes, Any]]) -> Iterator[tuple[str, Any, str]]:
    """Yield each value with its key and its words; many values are one change."""
    if len(values) > _MOST_VALUES:
        listed = shown([value for _, value in values])
        yield str(len(values)), values[0][1], f"{len(values)} values ({listed}) were"
        return
    yield from ((key.decode(), value, f"the value {shortly(value)} was") for key, value in values)


def _bounds(base: View, head: View) -> Iterator[SchemaChange]:
    for keyword, exclusive, sign in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        mine, theirs = _bound(base, keyword, exclusive), _bound(head, keyword, exclusive)
        if (mine and mine[:2]) == (theirs and theirs[:2]):
            continue
        if mine and theirs and mine[1] == theirs[1] and _is_same_number(mine[0], theirs[0]):
            continue
        if all(side is None or side[2].endswith("/format") for side in (mine, theirs)):
            continue  # compared as a format
        if mine is None or theirs is None:
            narrows = mine is None
        else:
            narrows = (theirs[0] * sign, theirs[1]) > (mine[0] * sign, mine[1])
        word = "at least" if sign > 0 else "at most"
        yield _limit(keyword, word, mine, theirs, narrows=narrows)


def _is_same_number(one: float, other: float) -> bool:
    """Return whether two numbers are equal, a whole one and its form with an exponent (1.8e+19) included."""
    if isinstance(one, float) == isinstance(other, float):
        return one == other
    try:
        return float(one) == float(other)
    except OverflowError:  # an integer beyond all floats
        return False


def _bound(view: View, keyword: str, exclusive: str) -> tuple[Any, bool, str] | None:
    for name, is_exclusive in ((exclusive, True), (keyword, False)):
        if name in view.rules:
            value, pointer = view.rules[name]
            return value, is_exclusive, pointer
    return None


def _limit(
    keyword: str, word: str, mine: tuple[Any, bool, str] | None, theirs: tuple[Any, bool, str] | None, *, narrows: bool
) -> SchemaChange:
    kind, effect = ("limit-tightened", Effect.NARROWS) if narrows else ("limit-loosened", Effect.WIDENS)

    def text(bound: tuple[Any, bool, str] | None) -> str:
        if bound is None:
            return "not limited"
        comparison = ("more than" if word == "at least" else "less than") if bound[1] else word
        return f"{comparison} {bound[0]}"

    sentence = f"{keyword}: {text(theirs)} (was {text(mine)})"
    at = mine[2] if mine else "", theirs[2] if theirs else ""
    return SchemaChange(kind, effect, sentence, keyword, *at, mine and mine[0], theirs and theirs[0])


def _counts(base: View, head: View) -> Iterator[SchemaChange]:
    for keyword in _COUNTS:
        mine, theirs = base.rules.get(keyword), head.rules.get(keyword)
        if (mine and mine[0]) == (theirs and theirs[0]):
            continue
        lower = keyword.startswith("min")
        if mine is None or theirs is None:
            narrows = mine is None
        else:
            narrows = (theirs[0] > mine[0]) if lower else (theirs[0] < mine[0])
        kind, effect = ("limit-tightened", Effect.NARROWS) if narrows else ("limit-loosened", Effect.WIDENS)
        now, was = (str(side[0]) if side else "not limited" for side in (theirs, mine))
        at = mine[1] if mine else "", theirs[1] if theirs else ""
        sentence = f"{keyword} is {now} now (was {was})" if theirs else f"{keyword} was removed (was {was})"
        yield SchemaChange(kind, effect, sentence, keyword, *at, mine and mine[0], theirs and theirs[0])
    for keyword, title in (
        ("uniqueItems", "items must be distinct"),
        ("contentEncoding", ""),
        ("contentMediaType", ""),
    ):
        mine, theirs = base.rules.get(keyword), head.rules.get(keyword)
        if (mine and mine[0]) == (theirs and theirs[0]):
            continue
        at = mine[1] if mine else "", theirs[1] if theirs else ""
        values = mine and mine[0], theirs and theirs[0]
        if title:
            kind, effect = ("limit-tightened", Effect.NARROWS) if theirs else ("limit-loosened", Effect.WIDENS)
            yield SchemaChange(kind, effect, f"{title} now" if theirs else f"{title} no longer", keyword, *at, *values)
        else:
            sentence = f"{keyword} is {values[1] or 'not declared'} now (was {values[0] or 'not declared'})"
            yield SchemaChange("content-changed", Effect.UNKNOWN, sentence, keyword, *at, *values)


def _texts(base: View, head: View) -> Iterator[SchemaChange]:
    for keyword, mine, theirs in (("pattern", base.patterns, head.patterns), ("format", base.formats, head.formats)):
        gone = [value for value in mine if value not in theirs]
        new = [value for value in theirs if value not in mine]
        if not gone and not new:
            continue
        at = mine[gone[0]] if gone else "", theirs[new[0]] if new else ""
        values = gone[0] if gone else None, new[0] if new else None
        if not new:
            effect, word, sentence = Effect.WIDENS, "removed", f"the {keyword} {gone[0]} was removed"
        elif not gone:
            effect, word, sentence = Effect.NARROWS, "added", f"the {keyword} {new[0]} was added"
        else:
            effect, word = Effect.UNKNOWN, "changed"
            if keyword == "format" and values in _WIDER:
                effect = Effect.WIDENS
            elif keyword == "format" and values[::-1] in _WIDER:
                effect = Effect.NARROWS
            sentence = f"the {keyword} is {new[0]} now (was {gone[0]})"
        kind = f"{keyword}-{word}"
        if keyword == "format" and {*gone, *new} == {"int64"}:
            kind = "integer-width-changed"
        yield SchemaChange(kind, effect, sentence, "", *at, *values)


def _multiples(base: View, head: View) -> Iterator[SchemaChange]:
    gone = [value for value in base.multiples if value not in head.multiples]
    new = [value for value in head.multiples if value not in base.multiples]
    if not gone and not new:
        return
    at = base.multiples[gone[0]] if gone else "", head.multiples[new[0]] if new else ""
    values = gone[0] if gone else None, new[0] if new else None
    now, was = (str(value) if value is not None else "not limited" for value in reversed(values))
    if not new or (gone and _is_multiple(gone[0], new[0])):
        kind, effect = "limit-loosened", Effect.WIDENS
    elif not gone or _is_multiple(new[0], gone[0]):
        kind, effect = "limit-tightened", Effect.NARROWS
    else:
        kind, effect = "limit-changed", Effect.UNKNOWN
    yield SchemaChange(kind, effect, f"multipleOf is {now} now (was {was})", "multipleOf", *at, *values)


def _is_multiple(value: float, step: float) -> bool:
    ratio = value / step
    return abs(ratio - round(ratio)) < 1e-9  # noqa: PLR2004 (the error of a division)


def _dependencies(base: View, head: View) -> Iterator[SchemaChange]:
    for name in dict.fromkeys((*base.dependent, *head.dependent)):
        mine, at = base.dependent.get(name, (frozenset[str](), ""))
        theirs, there = head.dependent.get(name, (frozenset[str](), ""))
        for other in sorted(theirs - mine):
            sentence = f"{name!r} needs {other!r} now"
            yield SchemaChange("rule-added", Effect.NARROWS, sentence, f"dependentRequired {name} {other}", at, there)
        for other in sorted(mine - theirs):
            sentence = f"{name!r} no longer needs {other!r}"
            yield SchemaChange("rule-removed", Effect.WIDENS, sentence, f"dependentRequired {name} {other}", at, there)


def _marks(base: View, head: View) -> Iterator[SchemaChange]:
    for keyword in dict.fromkeys((*base.marks, *head.marks)):
        mine, theirs = base.marks.get(keyword), head.marks.get(keyword)
        if (mine and canonical(mine[0])) == (theirs and canonical(theirs[0])):
            continue
        if keyword in {"readOnly", "writeOnly"}:
            continue  # compared where the property is declared
        at = mine[1] if mine else "", theirs[1] if theirs else ""
        values = mine and mine[0], theirs and theirs[0]
        if keyword == "deprecated":
            kind, sentence = (
                ("deprecated", "is deprecated now") if theirs else ("undeprecated", "is no longer deprecated")
            )
        elif keyword == "x-extensible-enum":
            gone = [value for value in values[0] or () if value not in (values[1] or ())]
            kind = "extensible-value-removed" if gone and theirs else "extensible-values-changed"
            sentence = (
                f"the extensible values no longer have {shown(gone)}" if gone else "the extensible values changed"
            )
        else:
            kind = f"{keyword.removeprefix('x-')}-changed"
            now, was = (shortly(side[0]) if side else "not declared" for side in (theirs, mine))
            sentence = f"{keyword} is {now} now (was {was})"
        yield SchemaChange(kind, Effect.NONE, sentence, keyword, *at, *values)
