"""Constants: values of enums, constants of kind members, and copies of declared values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generation import SELDOM, Unsatisfiable
from locum.generate.generators.numbers import whole_numbers
from locum.generate.planning.keywords import canonical, kind_of
from locum.generate.vocabulary.hints import tokens
from locum.generate.vocabulary.names import words_of_kind
from locum.openapi.pointers import follow
from locum.openapi.wire.json_values import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from locum.generate.generation import Generation, Make
    from locum.generate.planning.keywords import Merged
    from locum.generate.vocabulary.hints import Hint
    from locum.generate.vocabulary.texts import Text
    from locum.openapi.schemas.schemas import Schemas

__all__ = [
    "constant_of",
    "copier",
    "copy_of",
    "counted",
    "declared",
    "is_unspecified",
    "other_than",
    "own_name",
    "says_kind",
]


def copier(value: Any) -> Callable[[], Any]:
    """Return a function that returns a new copy of a value each time, so that none is shared."""
    if not isinstance(value, dict | list):
        return lambda: value
    text = write_json(value)
    return lambda: read_json(text)


def copy_of(value: Any) -> Any:
    """Return a copy of a value that shares nothing with it."""
    return read_json(write_json(value)) if isinstance(value, dict | list) else value


_FEW = 1_000
"""Limit of the whole numbers that are listed one by one."""

_TRIES = 20
"""Attempts at a value that is not excluded."""


def counted(merged: Merged, validator: Callable[[Any], bool]) -> Sequence[Any]:
    """Return all values that the schemas accept, if they are few and known."""
    if merged.enum is not None:
        return [
            value
            for value in merged.enum
            if _is_of(value, merged.types)
            and canonical(value) not in merged.excluded
            and (not merged.limited or validator(value))
        ] or (merged.enum if merged.relaxed else [])
    kinds = {"integer" if kind == "number" else kind for kind in merged.types}
    if merged.choices or kinds - {"boolean", "integer", "null"}:
        return ()
    found: list[Any] = [False, True] if "boolean" in kinds else []
    found += [None] if "null" in kinds else []
    if "integer" in kinds:
        span = whole_numbers(merged)
        if span is None or span[1] - span[0] > _FEW:
            return ()
        found += range(span[0], span[1] + 1)
    return [value for value in found if canonical(value) not in merged.excluded]


def _is_of(value: Any, types: Sequence[str]) -> bool:
    kind = kind_of(value)
    if kind == "number" and "number" not in types:
        return "integer" in types and value.is_integer()
    return kind in types or (kind == "integer" and "number" in types)


def is_unspecified(value: Any) -> bool:
    """Return whether an enumerated value is the one for no value: `STATE_UNSPECIFIED` (Google's AIP-126)."""
    return isinstance(value, str) and value.lower().endswith("unspecified")


def declared(values: Sequence[Any], *, seldom_null: bool, text: Text | None = None) -> Make:
    """Return the generator of enumerated values. Null is rare; the value that suits the name (`text`) comes first."""
    if not values:
        raise Unsatisfiable
    usual = [value for value in values if value is not None and not is_unspecified(value)]
    usual = usual or [value for value in values if value is not None] or [None]
    seldom = SELDOM if len(usual) < len(values) and seldom_null else 0.0
    alone = copier(usual[0]) if len(values) == 1 else None

    def pick(run: Generation, depth: int) -> Any:
        if run.completes(depth):
            raise Unsatisfiable  # an enumerated value cannot be completed
        if alone is not None:
            return alone()
        if seldom and run.uniform() < seldom:
            return None
        if text is not None:
            named = text(run)
            for value in (named, named.lower(), named.upper()):
                if value in usual:
                    return value
        value = run.pick(usual)
        return copier(value)() if isinstance(value, dict | list) else value

    return pick


def other_than(excluded: set[Any], make: Make, values: Sequence[Any]) -> Make:
    """Return a generator without the excluded values."""
    if values:
        return declared(values, seldom_null=True)

    def other(run: Generation, depth: int) -> Any:
        for _ in range(_TRIES):
            value = make(run, depth)
            if canonical(value) not in excluded:
                return value
        raise Unsatisfiable

    return other


_NAMES = frozenset(
    {
        ("object",), ("type",), ("kind",), ("resource", "type"), ("object", "type"), ("record", "type"),
        ("entity", "type"), ("typename",), ("api", "version"), ("node", "type"), ("object", "name"),
    }
)  # fmt: skip
_GROUP = "x-kubernetes-group-version-kind"
_JSON_API = frozenset({"id", "type", "attributes", "relationships", "links", "meta"})
"""The members of a JSON:API record, whose `type` is a plural: `articles`."""


def says_kind(hint: Hint) -> bool:
    """Return whether a member names the kind of its record: `object`, `resource_type`, `apiVersion`."""
    return bool(hint.holder) and tuple(tokens(hint.name)) in _NAMES


def constant_of(merged: Merged, schemas: Schemas, validator: Callable[[Any], bool]) -> Any:
    """Return the only value that schemas give a kind member; None if there is none or several.

    That is the single value of an alternative (`anyOf: [string, {enum: [invoice]}]`), else the only example of the
    most specific schema that has one.
    """
    alternatives = {
        value
        for choice in merged.choices
        for alternative in choice.alternatives[: choice.likely]
        for part in alternative
        for value in _single(follow(schemas.document, part.schema))
    }
    if len(alternatives) == 1 and validator(value := next(iter(alternatives))):
        return value
    for schema in reversed([*merged.described, *merged.fragments]):
        examples = list(_examples(schema))
        fitting = [example for example in examples if isinstance(example, str) and validator(example)]
        if fitting:
            return fitting[0] if len(set(fitting)) == 1 else None
    return None


def _single(schema: Any) -> Iterator[str]:
    values = schema.get("enum") if isinstance(schema, dict) else None
    if isinstance(schema, dict) and isinstance(schema.get("const"), str):
        yield schema["const"]
    elif isinstance(values, list) and len(values) == 1 and isinstance(values[0], str):
        yield values[0]


def _examples(schema: dict[str, Any]) -> Iterator[Any]:
    if "example" in schema:
        yield schema["example"]
    yield from schema["examples"] if isinstance(schema.get("examples"), list) else ()


def own_name(hint: Hint, schemas: Schemas) -> str:
    """Return the value of a kind member without a declared one: the name of the record's schema.

    Its style follows the API: `Pod` beside an `apiVersion`, `articles` in JSON:API, else `tax_rate`.
    """
    components = (schemas.document.get("components") or {}).get("schemas") or {}
    holder = components.get(hint.holder)
    holder = holder if isinstance(holder, dict) else {}
    properties = holder.get("properties") or {}
    member = tuple(tokens(hint.name))
    groups = holder.get(_GROUP)
    group = groups[0] if isinstance(groups, list) and groups and isinstance(groups[0], dict) else None
    if member == ("api", "version"):
        return _version(group, hint.holder)
    if group is not None and isinstance(group.get("kind"), str):
        return str(group["kind"])
    words = words_of_kind(hint.holder) or ["object"]
    if member == ("typename",) or hint.name in {"@type", "resourceType"} or "apiVersion" in properties:
        last = hint.holder.rpartition(".")[2]
        return last if last.isalnum() and last[:1].isupper() else "".join(map(str.capitalize, words))
    if "attributes" in properties and properties.keys() <= _JSON_API:
        return "-".join([*words[:-1], _plural(words[-1])])
    return "_".join(words)


def _version(group: dict[str, Any] | None, holder: str) -> str:
    if group is not None:
        return "/".join(filter(None, (str(group.get("group") or ""), str(group.get("version") or "v1"))))
    steps = holder.split(".")  # io.k8s.api.apps.v1.Deployment
    if len(steps) > 3 and steps[-2][:1] == "v" and steps[-2][1:2].isdigit():  # noqa: PLR2004 (a group at least)
        return steps[-2] if steps[-3] in {"core", "meta"} else f"{steps[-3]}/{steps[-2]}"
    return "v1"


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
