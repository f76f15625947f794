"""Values: ranges of numbers and counts, invalid examples and defaults, examples that a style cannot express."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.compile.bodies import is_written_example
from locum.openapi.grammar import GrammarNode, children, nodes
from locum.openapi.lint.diagnostics import LintFinding, Severity
from locum.openapi.pointers import home_of, join, resolve
from locum.openapi.repair.repairs import shortly
from locum.openapi.schemas.dialects import Direction
from locum.openapi.wire.styles import DEFAULT_STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum.openapi.compile.contracts import Contract

__all__ = [
    "NUMERIC",
    "UNFIT_EXAMPLE",
    "Range",
    "counts_of",
    "example_findings",
    "example_places",
    "gap_in",
    "range_of",
    "style_findings",
]


NUMERIC = frozenset({"integer", "number"})

_End = tuple[Fraction, bool, str, Any]
"""One end: the bound (negated for an upper one), whether it is exclusive, its keyword, and its written form."""


class Range(NamedTuple):
    """The numbers that a group of schemas allows: the ends, whether each is exclusive, and their keywords."""

    low: Fraction | None
    high: Fraction | None
    is_open: tuple[bool, bool]
    steps: tuple[Fraction, ...]
    keywords: tuple[str, ...]
    texts: tuple[str, ...]


def range_of(schemas: Iterable[dict[str, Any]]) -> Range:
    """Return the range that all of the schemas allow."""
    lows: list[_End] = []
    highs: list[_End] = []
    steps: list[Fraction] = []
    for schema in schemas:
        for plain, exclusive, ends, sign in (
            ("minimum", "exclusiveMinimum", lows, 1),
            ("maximum", "exclusiveMaximum", highs, -1),
        ):
            is_open = schema.get(exclusive)
            if plain in schema:
                ends.append((sign * _exact(schema[plain]), is_open is True, plain, schema[plain]))
            if is_open is not None and not isinstance(is_open, bool):
                ends.append((sign * _exact(is_open), True, exclusive, is_open))
        if "multipleOf" in schema:
            steps.append(_exact(schema["multipleOf"]))
    low, high = max(lows, default=None), max(highs, default=None)
    ends = [end for end in (low, high) if end is not None]
    return Range(
        None if low is None else low[0],
        None if high is None else -high[0],
        (low is not None and low[1], high is not None and high[1]),
        tuple(steps),
        tuple(end[2] for end in ends),
        tuple(f"{end[2]} {end[3]}" for end in ends),
    )


def _exact(number: float) -> Fraction:
    return Fraction(str(number))


def gap_in(found: Range, kinds: frozenset[str]) -> str:
    """Return why a range contains no number; empty if it contains one."""
    low, high = found.low, found.high
    if low is None or high is None:
        return ""
    ends = " and ".join(found.texts)
    if low > high or (low == high and any(found.is_open)):
        return f"{ends} leave no number."
    steps = [*((Fraction(1),) if kinds & NUMERIC == {"integer"} else ()), *found.steps]
    for step in steps:
        first = math.ceil(low / step) * step
        if found.is_open[0] and first == low:
            first += step
        if first > high or (found.is_open[1] and first == high):
            what = "whole number" if step == 1 else f"multiple of {float(step):g}"
            return f"{ends} leave no {what}."
    return ""


def counts_of(schemas: Iterable[dict[str, Any]], least: str, most: str) -> tuple[int, float]:
    """Return the largest lower and the smallest upper limit of a count."""
    schemas = list(schemas)
    low = max((schema[least] for schema in schemas if least in schema), default=0)
    return low, min((schema[most] for schema in schemas if most in schema), default=math.inf)


UNFIT_EXAMPLE = "unfit-example"

_SCHEMA_PARTS = ("items", "not", "additionalProperties", "if", "then", "else", "contains", "propertyNames")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMA_MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs")


def example_findings(contract: Contract) -> Iterator[LintFinding]:
    """Yield the examples and defaults that are not valid for their own schema; they are not used."""
    document = contract.document
    for pointer, schema_pointer, value, direction in example_places(document.content, document.fragments):
        schema = contract.schemas.schema(schema_pointer, direction)
        if not schema.is_valid(value) and not is_written_example(contract.schemas, schema_pointer, schema, value):
            first = next(iter(schema.violations(value, "example")), None)
            where = "" if first is None or not first.path else f" at {first.field}"
            message = f"{shortly(value)} breaks its own schema{where}"
            message += f": {first.message}." if first is not None else "."
            code = "unfit-default" if pointer.endswith("/default") else UNFIT_EXAMPLE
            yield LintFinding(pointer, code, Severity.WARNING, message, "It is not used.")


def example_places(
    document: dict[str, Any], fragments: Iterable[GrammarNode] = ()
) -> Iterator[tuple[str, str, Any, Direction]]:
    """Yield each example's pointer, its schema's pointer, its value and its direction.

    `fragments` are the objects of other files that the document refers to.
    """
    for root in (GrammarNode("", "document", document), *fragments):
        yield from _in_object(document, root, Direction.RESPONSE if root.kind == "schema" else Direction.REQUEST)


def _in_object(document: Any, node: GrammarNode, direction: Direction) -> Iterator[Any]:
    """Yield the examples in an object that is not a schema; data and extensions are skipped."""
    if node.kind in {"response", "header", "components"}:
        direction = Direction.RESPONSE
    elif node.kind in {"request body", "parameter"}:
        direction = Direction.REQUEST
    if node.kind == "schema":
        yield from _in_schema(node.value, node.pointer, direction)
        return
    if "$ref" in node.value and node.kind != "path item":
        return
    if node.kind in {"media type", "parameter", "header"} and "schema" in node.value:
        yield from _beside_schema(document, node.value, node.pointer, direction)
    for child in children(node):
        yield from _in_object(document, child, direction)


def _beside_schema(document: Any, value: dict[str, Any], pointer: str, direction: Direction) -> Iterator[Any]:
    schema_pointer = join(pointer, "schema")
    if "example" in value:
        yield join(pointer, "example"), schema_pointer, value["example"], direction
    for name in value.get("examples") or {}:
        example, home = resolve(document, join(pointer, "examples", name))
        if isinstance(example, dict) and "value" in example:
            yield join(home, "value"), schema_pointer, example["value"], direction


def _in_schema(schema: Any, pointer: str, direction: Direction) -> Iterator[Any]:
    if not isinstance(schema, dict) or "$ref" in schema:
        return
    for keyword in ("example", "default"):
        if keyword in schema:
            # A property that is only sent in one direction is validated in that direction.
            own = direction
            if schema.get("writeOnly"):
                own = Direction.REQUEST
            elif schema.get("readOnly"):
                own = Direction.RESPONSE
            yield join(pointer, keyword), pointer, schema[keyword], own
    if isinstance(schema.get("examples"), list):
        for index, example in enumerate(schema["examples"]):
            yield join(pointer, "examples", index), pointer, example, direction
    for keyword in _SCHEMA_PARTS:
        if keyword in schema:
            yield from _in_schema(schema[keyword], join(pointer, keyword), direction)
    for keyword in _SCHEMA_LISTS:
        for index, part in enumerate(schema.get(keyword) or ()):
            yield from _in_schema(part, join(pointer, keyword, index), direction)
    for keyword in _SCHEMA_MAPS:
        for name, part in (schema.get(keyword) or {}).items():
            yield from _in_schema(part, join(pointer, keyword, name), direction)


_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
"""Separators that an item cannot contain, encoded or not (OpenAPI 3.1.1, appendix E)."""


def style_findings(content: dict[str, Any], roots: Iterable[GrammarNode] = ()) -> Iterator[LintFinding]:
    """Yield the examples that the style of their parameter cannot express (OpenAPI 3.1.1, section 4.8.12.3)."""
    for root in (GrammarNode("", "document", content), *roots):
        for node in nodes(root):
            if node.kind in {"parameter", "header"} and "schema" in node.value:
                yield from _of_parameter(content, node)


def _of_parameter(content: dict[str, Any], node: GrammarNode) -> Iterator[LintFinding]:
    value = node.value
    location = "header" if node.kind == "header" else str(value.get("in"))
    style = str(value.get("style", DEFAULT_STYLES.get(location)))
    explode = value.get("explode", style in {"form", "deepObject"})
    for place, example in _examples(content, node):
        reason = _inexpressible(example, style, location, explode=bool(explode))
        if reason:
            message = f"{shortly(example)} cannot be written in style {style}: {reason}."
            yield LintFinding(place, "inexpressible-example", Severity.WARNING, message)


def _examples(content: dict[str, Any], node: GrammarNode) -> Iterator[tuple[str, Any]]:
    if "example" in node.value:
        yield join(node.pointer, "example"), node.value["example"]
    for name, example in (node.value.get("examples") or {}).items():
        target, home = home_of(content, example, join(node.pointer, "examples", name))
        if isinstance(target, dict) and "value" in target:
            yield join(home, "value"), target["value"]


def _inexpressible(value: Any, style: str, location: str, *, explode: bool) -> str:
    """Return why a style cannot express a value; empty if it can."""
    if style == "deepObject":
        return "" if isinstance(value, dict) else "it is for objects"
    if not isinstance(value, dict | list):
        return "it is for lists and objects" if style in _SEPARATORS else ""
    members = list(value.values()) if isinstance(value, dict) else value
    if any(isinstance(member, dict | list) for member in members):
        return "it has no form for a list or an object within another one"
    separator = "," if location == "header" else None if explode else _SEPARATORS.get(style)
    texts = [member for member in members if isinstance(member, str)]
    if separator and any(separator in text for text in texts):
        return f"an item holds {separator!r}, which separates the items"
    return ""
