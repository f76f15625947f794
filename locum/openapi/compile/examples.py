"""Examples beside a schema, and schemas that are inferred from examples."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from locum.openapi.load.references import BYTES
from locum.openapi.pointers import home_of, join
from locum.openapi.schemas.schemas import INFERRED, kinds_of_inferred
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.styles import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.schemas.dialects import Direction
    from locum.openapi.schemas.schemas import Schema, Schemas

__all__ = [
    "described",
    "examples_of",
    "is_inferred",
    "parsed_example",
    "schema_of_values",
]


_MOST_VALUES = 200
"""The maximum number of values from which one schema is inferred."""
_DEEPEST = 32
_EMPTY = frozenset({"type", "items", "additionalProperties"})
_ANNOTATIONS = frozenset({"title", "description", "example", "examples", "nullable", "deprecated", "externalDocs"})
_FORMATS = {
    "date-time": re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII),
    "date": re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII),
    "uuid": re.compile(r"[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\Z"),
}
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def examples_of(document: dict[str, Any], home: str, declared: dict[str, Any]) -> dict[str, Any]:
    """Return the examples beside a schema by name; that of `example` is named `default`.

    A serialized one (`serializedValue`, a binary file) is returned as bytes.
    """
    found = {"default": declared["example"]} if "example" in declared else {}
    for name, value in (declared.get("examples") or {}).items():
        example, _ = home_of(document, value, join(home, "examples", name))
        for keyword in ("value", "dataValue"):
            if keyword in example:
                found.setdefault(name, example[keyword])
        if isinstance(example.get("serializedValue"), str):
            found.setdefault(name, example["serializedValue"].encode("utf-8", "replace"))
        if BYTES in example:
            found.setdefault(name, base64.b64decode(example[BYTES]))
    return found


def described(
    schemas: Schemas, place: str, direction: Direction, media: dict[str, Any], schema: Schema | None
) -> tuple[Schema | None, dict[str, Any]]:
    """Return the schema and the examples of a JSON media type.

    If the declared schema does not constrain its values, the schema is inferred from the examples. An example of
    such a schema counts as one of the media type, if that has none.
    """
    raw = {} if schema is None else schema.raw
    is_open = _is_unconstrained(raw, schemas)
    given = examples_of(schemas.document, place, media)
    examples = {name: parsed_example(value, None if is_open else schema) for name, value in given.items()}
    if not is_open:
        return schema, examples
    if not examples and isinstance(raw, dict):
        shown = [raw["example"]] if "example" in raw else raw.get("examples")
        if isinstance(shown, list) and shown:
            examples = {"default": shown[0]}
    fitting = [example for example in examples.values() if schema is None or schema.is_valid(example)]
    inferred = schema_of_values(fitting, nullable=schemas.legacy)
    if "object" not in (*kinds_of_inferred(inferred), *kinds_of_inferred(inferred.get("items", {}))):
        return schema, examples  # an inferred schema is only used to find records
    media[INFERRED] = inferred
    return schemas.schema(join(place, INFERRED), direction, inferred), examples


def parsed_example(example: Any, schema: Schema | None) -> Any:
    """Parse an example that is the JSON text of an object or array, as many documents write it.

    A text that the schema allows, or that is not JSON, is returned as it is.
    """
    data = example.encode("utf-8", "replace") if isinstance(example, str) else example
    if not isinstance(data, bytes) or (isinstance(example, str) and data.lstrip()[:1] not in (b"{", b"[")):
        return example
    if isinstance(example, str) and schema is not None and schema.is_valid(example):
        return example
    try:
        return read_json(data)
    except Unreadable:
        return data.decode("utf-8", "replace")


def is_inferred(schema: Schema) -> bool:
    """Whether a schema is inferred from examples, not declared."""
    return f"/{INFERRED}" in schema.pointer


def _is_unconstrained(raw: Any, schemas: Schemas, depth: int = 0) -> bool:
    """Whether a schema requires at most that its values are objects, or arrays of such schemas."""
    raw = schemas.resolve(raw)
    if not isinstance(raw, dict):
        return raw is True
    declared = raw.get("type", [])
    kinds = set(declared) if isinstance(declared, list) else {declared}
    if not raw.keys() - _ANNOTATIONS <= _EMPTY or not kinds <= {"object", "array", "null"}:
        return False
    if raw.get("additionalProperties", True) not in (True, {}) or depth > _DEEPEST:
        return False
    return "items" not in raw or _is_unconstrained(raw["items"], schemas, depth + 1)


def schema_of_values(values: Sequence[Any], *, nullable: bool, depth: int = 0) -> dict[str, Any]:
    """Infer a schema from values. `nullable` selects the keyword of OpenAPI 3.0 for null instead of a type."""
    values = values[:_MOST_VALUES]
    known = [value for value in values if value is not None]
    kinds = {_KINDS.get(type(value), "") for value in known}
    kind = "number" if kinds == {"integer", "number"} else kinds.pop() if len(kinds) == 1 else ""
    if not kind or depth > _DEEPEST:
        return {}
    schema: dict[str, Any] = {"type": kind}
    if kind == "object":
        names = dict.fromkeys(name for value in known for name in value)
        schema["properties"] = {
            name: schema_of_values(
                [value[name] for value in known if name in value], nullable=nullable, depth=depth + 1
            )
            for name in names
        }
        required = [name for name in names if all(name in value for value in known)]
        if required:
            schema["required"] = required
    elif kind == "array":
        items = [item for value in known for item in value]
        schema["items"] = schema_of_values(items, nullable=nullable, depth=depth + 1)
    else:
        form = next((name for name, form in _FORMATS.items() if kind == "string" and all(map(form.match, known))), None)
        schema |= {"example": known[0]} if form is None else {"format": form, "example": known[0]}
    if len(known) < len(values):
        schema |= {"nullable": True} if nullable else {"type": [kind, "null"]}
    return schema
