"""Parameters: what differs between those of one operation in two contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.paths import expressions_of
from locum.openapi.pointers import at, home_of, join
from locum.openapi.schemas.dialects import Direction
from locum.openapi.wire.styles import to_pairs, to_text
from locum.review.changes import Change, Level, Witness
from locum.review.checking import Rejection, describe, status_for
from locum.review.parts import ParameterPart, read_back, request_with
from locum.review.promises import compare_sunset, removal_of
from locum.verify.printing import curl_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.review.operations import Couple
    from locum.review.schemas.pairs import Pair

__all__ = ["compare_parameters"]


class _Declared(NamedTuple):
    """A compiled parameter, its object in the document, and the pointer to that."""

    parameter: Parameter
    raw: dict[str, Any]
    pointer: str


def compare_parameters(couple: Couple) -> Iterator[Change]:
    """Yield the changes of the parameters of an operation; their schemas are added to the parts of the couple."""
    base = _declared(couple.contracts.base.content, couple.base, couple.items[0])
    head = _declared(couple.contracts.head.content, couple.head, couple.items[1])
    names = _renamed(couple)
    mine = {(one.parameter.location, names.get(name, name)): one for (_, name), one in base.items()}
    for key, before in mine.items():
        after = head.get(key)
        if after is None:
            yield from _removed(couple, before)
        else:
            yield from _compared(couple, before, after)
    for key, after in head.items():
        if key not in mine:
            yield from _added(couple, after, mine)


def _declared(
    content: dict[str, Any], operation: Operation, items: tuple[str, ...]
) -> dict[tuple[str, str], _Declared]:
    """Return the parameters of an operation by location and name, as the contract compiled them."""
    places: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}
    _, own = home_of(content, at(content, operation.pointer), operation.pointer)
    for pointer in (*items, own):
        declared = at(content, pointer).get("parameters")
        level: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}
        for index, value in enumerate(declared if isinstance(declared, list) else ()):
            raw, home = home_of(content, value, join(pointer, "parameters", index))
            name = str(raw.get("name"))
            level.setdefault((str(raw.get("in")), name.lower() if raw.get("in") == "header" else name), (raw, home))
        places |= level
    found = {}
    for parameter in operation.parameters:
        key = parameter.location, parameter.name
        raw, pointer = places.get(key) or places.get(("path", parameter.name)) or ({}, operation.pointer)
        found[key] = _Declared(parameter, raw, pointer)
    return found


def _renamed(couple: Couple) -> dict[str, str]:
    """Return the new names of path parameters, which are matched by position."""
    before, after = expressions_of(couple.base.path), expressions_of(couple.head.path)
    return dict(zip(before, after, strict=False)) if len(before) == len(after) else {}


def _label(parameter: Parameter) -> str:
    return f"{parameter.location} {parameter.name}"


def _removed(couple: Couple, before: _Declared) -> Iterator[Change]:
    parameter = before.parameter
    removal = removal_of(
        before.raw, f"The {parameter.location} parameter {parameter.name}", couple.today, Level.DANGEROUS
    )
    note = removal.note or "Requests with it are still accepted, and it has no effect."
    yield couple.change(
        "parameter-removed",
        removal.level,
        _label(parameter),
        "the parameter was removed",
        at=(before.pointer, ""),
        witness=removal.witness,
        note=note,
    )


def _added(couple: Couple, after: _Declared, known: dict[tuple[str, str], _Declared]) -> Iterator[Change]:
    parameter = after.parameter
    elsewhere = next((location for location, name in known if name.lower() == parameter.name.lower()), "")
    moved = f"; there is one of this name in the {elsewhere}" if elsewhere else ""
    if not parameter.required:
        yield couple.change(
            "parameter-added",
            Level.COMPATIBLE,
            _label(parameter),
            f"an optional parameter was added{moved}",
            at=("", after.pointer),
        )
        return
    witness = _without(couple, parameter)
    yield couple.change(
        "required-parameter-added",
        Level.BREAKING if witness else Level.DANGEROUS,
        _label(parameter),
        f"a required parameter was added{moved}",
        at=("", after.pointer),
        witness=witness,
        note="" if witness else "No request without it was found.",
    )


def _without(couple: Couple, parameter: Parameter) -> Witness | None:
    """Return a request of the base without a parameter that the head requires."""
    contracts = couple.contracts
    shown = contracts.base.documented(couple.base)
    if couple.is_client_side:
        return None
    base_path = contracts.base.contract.document.base_path
    if shown is not None:
        try:
            contracts.base.checker.check(couple.base, shown, base_path)
            contracts.head.checker.check(couple.head, shown, base_path)
        except Rejection as rejection:
            missing = [
                one
                for one in rejection.violations
                if one.keyword == "required" and one.location == parameter.location and one.path == (parameter.name,)
            ]
            if missing:
                status = status_for(couple.head, rejection.error)
                sentence = f"This request was accepted and is now rejected: {status}, {describe(missing[0])}."
                return Witness("request", sentence, curl_of(shown))
    optional = parameter.read_pairs({}) if parameter.location == "query" else parameter.read_text(None)
    if not optional[1]:
        return None
    where = f"{parameter.location} parameter {parameter.name}"
    return Witness("request", f"A request without the {where} was accepted, and is rejected now.")


def _compared(couple: Couple, before: _Declared, after: _Declared) -> Iterator[Change]:
    base, head = before.parameter, after.parameter
    pointers = before.pointer, after.pointer
    label = _label(head)
    if base.location == "path" and base.name != head.name:
        yield couple.change(
            "path-parameter-renamed",
            Level.COMPATIBLE,
            label,
            f"the path parameter is {head.name} now (was {base.name})",
            at=pointers,
        )
    if base.required != head.required:
        yield from _requiredness(couple, before, after)
    yield from _compare_style(couple, before, after)
    deprecated = [one.get("deprecated") is True for one in (before.raw, after.raw)]
    if deprecated[0] != deprecated[1]:
        kind, sentence = ("deprecated", "is deprecated now") if deprecated[1] else ("undeprecated", "is not any more")
        yield couple.change(kind, Level.COMPATIBLE, label, f"the parameter {sentence}", at=pointers)
    yield from compare_sunset(couple, label, before.raw, after.raw, pointers)
    for keyword in ("description", "example", "examples"):
        if before.raw.get(keyword) != after.raw.get(keyword):
            kind = "description-changed" if keyword == "description" else "example-changed"
            at = join(pointers[0], keyword), join(pointers[1], keyword)
            yield couple.change(kind, Level.DOCS, label, f"{keyword} has changed", at=at, subject=keyword)
    pair = _pair(couple, before, after)
    couple.parts.append(
        ParameterPart(
            couple.contracts,
            couple.name,
            label,
            pair,
            couple.base,
            couple.head,
            couple.is_client_side,
            couple.is_client_side,
            base,
            head,
        )
    )


def _pair(couple: Couple, before: _Declared, after: _Declared) -> Pair:
    comparison = couple.contracts.comparison(Direction.REQUEST)
    mine = comparison.base.node(before.parameter.schema.pointer)
    theirs = comparison.head.node(after.parameter.schema.pointer)
    return comparison.pair(mine, theirs)


def _requiredness(couple: Couple, before: _Declared, after: _Declared) -> Iterator[Change]:
    at = join(before.pointer, "required"), join(after.pointer, "required")
    head = after.parameter
    if not head.required:
        yield couple.change(
            "parameter-became-optional", Level.COMPATIBLE, _label(head), "the parameter is no longer required", at=at
        )
        return
    witness = _without(couple, head)
    yield couple.change(
        "parameter-became-required",
        Level.BREAKING if witness else Level.DANGEROUS,
        _label(head),
        "the parameter is required now",
        at=at,
        witness=witness,
        note="" if witness else "No request without it was found.",
    )


def _compare_style(couple: Couple, before: _Declared, after: _Declared) -> Iterator[Change]:
    """Compare how values are written: by a value that the head cannot read, or reads as another one."""
    base, head = before.parameter, after.parameter
    if (base.style, base.explode, base.json) == (head.style, head.explode, head.json):
        return
    old, new = (f"{one.style}{' exploded' * one.explode}{' as JSON' * one.json}" for one in (base, head))
    sentence = f"values are written in the style {new} now (was {old})"
    at = join(before.pointer, "style"), join(after.pointer, "style")
    maker = couple.contracts.base.maker(Direction.REQUEST)
    node = maker.side.node(base.schema.pointer)
    for value in maker.generated(node):
        if read_back(base, base, value):
            continue
        wrong = read_back(base, head, value)
        text = "" if wrong else _reading(base, head, value)
        if not wrong and not text:
            continue
        shown = request_with(couple.contracts, couple.base, base, value)
        reason = describe(wrong[0]) if wrong else text
        found = Witness(
            "request",
            f"This request was accepted, and is read differently now: {reason}.",
            curl_of(shown) if shown is not None and not couple.is_client_side else "",
            value,
            has_value=True,
        )
        yield couple.change("style-changed", Level.BREAKING, _label(head), sentence, at=at, witness=found)
        return
    yield couple.change(
        "style-changed", Level.COMPATIBLE, _label(head), sentence, at=at, note="Its values are written alike in both."
    )


def _reading(base: Parameter, head: Parameter, value: Any) -> str:
    """Return how the head reads a value that is written as the base declares it; empty if as the same value."""
    if base.location == "query":
        pairs: dict[str, list[str]] = {}
        for name, text in to_pairs(value, base.name, base.style, explode=base.explode):
            pairs.setdefault(name, []).append(text)
        seen = head.read_pairs(pairs)[0]
    else:
        text = to_text(value, base.name, base.style, explode=base.explode)
        seen = head.read_cookies(f"{head.name}={text}")[0] if base.location == "cookie" else head.read_text(text)[0]
    return "" if seen == value else f"`{head.name}` is {seen!r} and not {value!r}"
