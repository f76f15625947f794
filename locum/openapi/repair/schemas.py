"""Find repairs of schema objects: a keyword that no validator can apply is removed, or read as it was meant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from locum.openapi.near_names import meant
from locum.openapi.patterns import is_pattern
from locum.openapi.pointers import as_fragment, join
from locum.openapi.repair.expansion import MOST_SCHEMAS, Expansion
from locum.openapi.repair.repairs import shortly
from locum.openapi.repair.scalars import as_number, canonical, hashable, is_number

if TYPE_CHECKING:
    from locum.openapi.repair.references import References
    from locum.openapi.repair.repairs import Collector

__all__ = ["SchemaRepairs"]

_TYPE_NAMES = ("array", "boolean", "integer", "null", "number", "object", "string")
_SCHEMA = frozenset(
    {"items", "not", "if", "then", "else", "contains", "propertyNames", "contentSchema"}
    | {"additionalProperties", "additionalItems", "unevaluatedItems", "unevaluatedProperties"}
)
_MAY_BE_BOOLEAN = frozenset({"additionalProperties", "additionalItems", "unevaluatedItems", "unevaluatedProperties"})
_SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SCHEMA_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
_NUMBERS = frozenset({"minimum", "maximum"})
_COUNTS = frozenset(
    {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"}
)
_BOOLEANS = frozenset({"uniqueItems", "nullable", "readOnly", "writeOnly", "deprecated"})
_TEXTS = frozenset(
    {"title", "description", "format", "$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$schema"}
    | {"$comment", "contentEncoding", "contentMediaType"}
)
_APPLIED = frozenset({"allOf", "anyOf", "oneOf", "dependentSchemas", "dependencies", "patternProperties"})
"""The keywords whose schemas apply to one value, or to its members by trial."""
_MOST_NAMES = 20_000
"""The maximum number of names of a discriminator: each of its alternatives lists those that are mapped to it."""
_OPEN = "It admits any value."
_IGNORED = "The keyword is ignored."


class SchemaRepairs:
    """Finds the repairs of the schemas in one document."""

    def __init__(self, found: Collector, references: References, content: dict[str, Any], *, legacy: bool) -> None:
        self._found = found
        self._references = references
        self._expansion = Expansion(content)
        self._legacy = legacy
        self._checks = {
            **dict.fromkeys(_NUMBERS, self._number),
            **dict.fromkeys(_COUNTS, self._count),
            **dict.fromkeys(_BOOLEANS, self._boolean),
            **dict.fromkeys(_TEXTS, self._text),
            **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), self._exclusive),
            "type": self._type,
            "multipleOf": self._multiple,
            "pattern": self._pattern,
            "required": self._required,
            "enum": self._enum,
            "discriminator": self._discriminator,
            "xml": self._xml,
            "dependentRequired": self._names_by_name,
            "dependencies": self._dependencies,
            "examples": self._examples,
            "$recursiveAnchor": self._recursive_anchor,
            "$recursiveRef": self._recursive_reference,
        }

    def schema(self, value: Any, pointer: str) -> None:
        """Find the repairs of a schema and of all schemas within it."""
        if not isinstance(value, dict):
            self._no_object(value, pointer)
            return
        if "$ref" in value and self._reference(value, pointer):
            return
        for keyword, part in value.items():
            if keyword in _SCHEMA_MAPS:
                self._map(keyword, part, join(pointer, keyword))
            elif keyword in _SCHEMA:
                self._part(keyword, part, join(pointer, keyword))
            elif keyword in _SCHEMA_LISTS:
                self._list(part, join(pointer, keyword))
            elif (check := self._checks.get(keyword)) is not None:
                check(value, keyword, join(pointer, keyword))

    def _no_object(self, value: Any, pointer: str) -> None:
        if isinstance(value, bool):
            if self._legacy:  # OpenAPI 3.0 has no boolean schemas; 3.1 and many documents of 3.0 do
                self._found.set(
                    pointer,
                    {} if value else {"not": {}},
                    "wrong-type",
                    f"a schema is an object, not {shortly(value)}.",
                    "It is read as JSON Schema has it: any value, or none.",
                    is_harmless=True,
                )
            return
        self._found.set(pointer, {}, "wrong-type", f"a schema is an object, not {shortly(value)}.", _OPEN)

    def _reference(self, value: dict[str, Any], pointer: str) -> bool:
        """Check a `$ref`; return whether it is the only effective keyword of the schema."""
        reference, place = value["$ref"], join(pointer, "$ref")
        alone = self._legacy or len(value) == 1
        if not isinstance(reference, str):
            self._found.remove(place, "wrong-type", f"must be text, not {shortly(reference)}.", _OPEN)
            return False
        problem = self._references.problem(reference, "schema")
        if problem is None and not alone and self._references.leads_back(reference, pointer):
            problem = f"{reference} leads nowhere: {pointer} refers to itself."
        code = "unresolved-reference"
        if problem is None and self._expansion.exceeds(reference):
            problem = f"{reference} applies more than {MOST_SCHEMAS} schemas to a value, with all that it refers to."
            code = "oversized-schema"
        if problem is None:
            return alone
        if alone:
            self._found.set(pointer, {}, code, problem, _OPEN, reported_at=place)
        else:
            self._found.remove(place, code, problem, "Only the members beside it count.")
        return alone

    def _is_oversized(self, parts: dict[str, Any] | list[Any], pointer: str) -> bool:
        """Remove a keyword with too many schemas that all apply to one value; return whether it was one."""
        if len(parts) <= MOST_SCHEMAS or pointer.rpartition("/")[2] not in _APPLIED:
            return False
        reason = f"has {len(parts):,} schemas, which all apply to one value. At most {MOST_SCHEMAS} can."
        self._found.remove(pointer, "oversized-schema", reason, _IGNORED)
        return True

    def _map(self, keyword: str, parts: Any, pointer: str) -> None:
        if not isinstance(parts, dict):
            self._found.remove(pointer, "wrong-type", f"must be an object, not {shortly(parts)}.", _IGNORED)
            return
        if self._is_oversized(parts, pointer):
            return
        for name, part in parts.items():
            if keyword == "patternProperties" and not is_pattern(name):
                reason = f"{shortly(name)} is not a regular expression of ECMA 262."
                self._found.remove(join(pointer, name), "invalid-pattern", reason, reported_at=pointer)
            elif isinstance(part, dict) or not (isinstance(part, bool) and not self._legacy):
                self.schema(part, join(pointer, name))

    def _part(self, keyword: str, part: Any, pointer: str) -> None:
        if isinstance(part, dict):
            self.schema(part, pointer)
        elif isinstance(part, bool) and (keyword in _MAY_BE_BOOLEAN or not self._legacy):
            return
        elif isinstance(part, list) and keyword == "items":
            reason = f"must be one schema, not {shortly(part)}."
            if self._legacy and part and all(isinstance(item, dict) for item in part):
                fallback = "Each is for the item in its place, as in JSON Schema Draft 4."
                self._found.keep(pointer, "wrong-type", reason, fallback, is_harmless=True)
                for index, item in enumerate(part):
                    self.schema(item, join(pointer, index))
            elif len(part) == 1 and isinstance(part[0], dict):
                self._found.set(pointer, part[0], "wrong-type", reason, "Its one item is taken.", is_harmless=True)
                self.schema(part[0], pointer)
            else:
                self._found.remove(pointer, "wrong-type", reason, "Items may be anything.")
        else:
            self.schema(part, pointer)

    def _list(self, parts: Any, pointer: str) -> None:
        if isinstance(parts, dict) and parts:
            reason = f"must be a list, not {shortly(parts)}."
            self._found.set(pointer, [parts], "wrong-type", reason, "It is read as a list of one.", is_harmless=True)
            self.schema(parts, join(pointer, 0))
        elif not isinstance(parts, list):
            self._found.remove(pointer, "wrong-type", f"must be a list, not {shortly(parts)}.", _IGNORED)
        elif not parts:
            reason = "is empty, and needs at least one item."
            self._found.remove(pointer, "empty-list", reason, _IGNORED, is_harmless=True)
        elif not self._is_oversized(parts, pointer):
            for index, part in enumerate(parts):
                self.schema(part, join(pointer, index))

    def _type(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        names = value if isinstance(value, list) else [value]
        known = [name for name in dict.fromkeys(map(hashable, names)) if name in _TYPE_NAMES]
        if known == names and known:
            return
        wrong = next((name for name in names if name not in _TYPE_NAMES), None)
        if wrong is None:
            reason = "contains the same item twice." if names else "is empty, and needs at least one item."
            fallback, is_harmless = ("Each counts once.", True) if names else (_OPEN, False)
        else:
            offered = [name for name in _TYPE_NAMES if name != "null" or not self._legacy]
            hint = meant(wrong, offered) if isinstance(wrong, str) else ""
            hint = hint if hint.startswith(" Did") else ""
            reason = f"{shortly(wrong)} is not one of {', '.join(offered)}.{hint}"
            fallback, is_harmless = ("The other types count." if known else "Any type is admitted."), False
        if known:
            self._found.set(pointer, known, "unknown-type", reason, fallback, is_harmless=is_harmless)
        else:
            self._found.remove(pointer, "unknown-type", reason, fallback)

    def _number(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        if is_number(value):
            return
        read = as_number(value)
        reason = f"must be a number, not {shortly(value)}."
        if read is not None:
            self._found.set(pointer, read, "wrong-type", reason, "The text is read as one.", is_harmless=True)
        else:
            self._found.remove(pointer, "wrong-type", reason, _IGNORED)

    def _multiple(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        if not is_number(value):
            self._number(schema, keyword, pointer)
        elif value <= 0:
            self._found.remove(pointer, "wrong-type", f"must be above 0, not {shortly(value)}.", _IGNORED)

    def _count(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return
        read = as_number(value) if isinstance(value, str | float) else None
        reason = f"must be a whole number that is not negative, not {shortly(value)}."
        if read is not None and read >= 0 and read == int(read):
            whole = int(read)
            self._found.set(pointer, whole, "wrong-type", reason, f"It is read as {whole}.", is_harmless=True)
        else:
            self._found.remove(pointer, "wrong-type", reason, _IGNORED)

    def _exclusive(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        """Read an exclusive bound in the form of the other version (OpenAPI 3.0: a flag; 3.1: a number)."""
        value = schema[keyword]
        plain = "minimum" if keyword == "exclusiveMinimum" else "maximum"
        if isinstance(value, bool):
            bound = schema.get(plain)
            if self._legacy:
                if not is_number(bound):
                    reason = f"qualifies `{plain}`, which is missing."
                    self._found.remove(pointer, "wrong-type", reason, _IGNORED, is_harmless=True)
                return
            reason = f"must be a number, not {shortly(value)}: that is how OpenAPI 3.0 writes it."
            if value and is_number(bound):
                self._found.set(pointer, bound, "other-version", reason, f"It is read as {bound}.", is_harmless=True)
                self._found.remove(
                    pointer.rpartition("/")[0] + "/" + plain,
                    "other-version",
                    reason,
                    f"It is read as {bound}.",
                    is_harmless=True,
                    reported_at=pointer,
                )
            else:
                self._found.remove(pointer, "other-version", reason, _IGNORED, is_harmless=True)
        elif not is_number(value):
            self._number(schema, keyword, pointer)

    def _boolean(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        if not isinstance(schema[keyword], bool):
            reason = f"must be true or false, not {shortly(schema[keyword])}."
            self._found.remove(pointer, "wrong-type", reason, _IGNORED)

    def _text(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        if not isinstance(schema[keyword], str):
            reason = f"must be text, not {shortly(schema[keyword])}."
            harmless = keyword in {"title", "description"}
            self._found.remove(pointer, "wrong-type", reason, _IGNORED, is_harmless=harmless)

    def _pattern(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        if not isinstance(value, str):
            self._found.remove(pointer, "wrong-type", f"must be text, not {shortly(value)}.", _IGNORED)
        elif not is_pattern(value):
            reason = "is not a regular expression of ECMA 262."
            self._found.remove(pointer, "invalid-pattern", reason, "The pattern is ignored.")

    def _required(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        if not isinstance(value, list):
            reason = f"must be a list, not {shortly(value)}."
            hint = " In OpenAPI the object that has the property lists its name." if isinstance(value, bool) else ""
            self._found.remove(pointer, "wrong-type", reason + hint, _IGNORED)
            return
        names = list(dict.fromkeys(name for name in value if isinstance(name, str)))
        wrong = [name for name in value if not isinstance(name, str)]
        if wrong:
            reason = f"must list names, which are text, and not {shortly(wrong[0])}."
            if names:
                self._found.set(pointer, names, "wrong-type", reason, "The names count.")
            else:
                self._found.remove(pointer, "wrong-type", reason, _IGNORED)
        else:
            self._distinct(value, pointer)
        if not names and self._legacy and not wrong:
            reason = "is empty, and needs at least one item."
            self._found.remove(pointer, "empty-list", reason, _IGNORED, is_harmless=True)

    def _distinct(self, names: list[str], pointer: str) -> None:
        distinct = list(dict.fromkeys(names))
        if len(distinct) < len(names):
            reason = "contains the same item twice."
            self._found.set(pointer, distinct, "repeated-item", reason, "Each counts once.", is_harmless=True)

    def _enum(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        if not isinstance(value, list):
            self._found.remove(pointer, "wrong-type", f"must be a list, not {shortly(value)}.", _IGNORED)
        elif not value and not self._legacy:
            return  # allowed, though JSON Schema 2020-12, section 6.1.2, advises against it: no value is valid
        elif not value:
            self._found.remove(pointer, "empty-list", "is empty, and needs at least one item.", _IGNORED)
        else:
            distinct = {canonical(item): item for item in reversed(value)}
            if len(distinct) < len(value):
                kept = list(reversed(distinct.values()))
                reason = "contains the same item twice."
                self._found.set(pointer, kept, "repeated-item", reason, "Each counts once.", is_harmless=True)

    def _discriminator(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        if isinstance(value, str):
            reason = f"must be an object, not {shortly(value)}."
            replacement = {"propertyName": value}
            fallback = f"`{value}` is taken as its propertyName."
            self._found.set(pointer, replacement, "wrong-type", reason, fallback, is_harmless=True)
        elif not isinstance(value, dict):
            self._found.remove(pointer, "wrong-type", f"must be an object, not {shortly(value)}.", _IGNORED)
        elif not isinstance(value.get("propertyName"), str):
            reason = (
                "'propertyName' is missing."
                if "propertyName" not in value
                else f"`propertyName` must be text, not {shortly(value['propertyName'])}."
            )
            self._found.remove(pointer, "missing-field", reason, _IGNORED)
        elif "mapping" in value:
            alternatives = max(
                (len(schema[key]) for key in ("oneOf", "anyOf") if isinstance(schema.get(key), list)), default=0
            )
            self._mapping(value["mapping"], alternatives, join(pointer, "mapping"))

    def _mapping(self, mapping: Any, alternatives: int, pointer: str) -> None:
        """Check the mapping of a discriminator beside so many alternatives."""
        if not isinstance(mapping, dict):
            self._found.remove(pointer, "wrong-type", f"must be an object, not {shortly(mapping)}.", _IGNORED)
            return
        most = max(Counter(map(str, mapping.values())).values(), default=0)
        if len(mapping) > MOST_SCHEMAS or most * alternatives > _MOST_NAMES:
            reason = f"has {len(mapping):,} names, up to {most:,} of them for each of {alternatives:,} alternatives."
            self._found.remove(pointer, "oversized-schema", reason, _IGNORED)
            return
        for name, target in mapping.items():
            if not isinstance(target, str):
                reason = f"must be text, not {shortly(target)}."
                self._found.remove(join(pointer, name), "wrong-type", reason, "The value is not mapped.")
            elif "#" in target and (problem := self._references.problem(target, "schema")) is not None:
                place = join(pointer, name)
                self._found.remove(place, "unresolved-reference", problem, "The value is not mapped.")

    def _xml(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        if not isinstance(value, dict):
            self._found.remove(pointer, "wrong-type", f"must be an object, not {shortly(value)}.", _IGNORED)
            return
        for name in ("name", "namespace", "prefix", "nodeType"):
            self._found.field(value, pointer, name, str)
        for name in ("attribute", "wrapped"):
            self._found.field(value, pointer, name, bool)

    def _names_by_name(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        lists = isinstance(value, dict) and all(
            isinstance(names, list) and all(isinstance(name, str) for name in names) for names in value.values()
        )
        if not lists:
            reason = f"must be an object with a list of names for each property, not {shortly(value)}."
            self._found.remove(pointer, "wrong-type", reason, _IGNORED)
            return
        for name, names in value.items():
            self._distinct(names, join(pointer, name))

    def _dependencies(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        value = schema[keyword]
        if not isinstance(value, dict):
            self._found.remove(pointer, "wrong-type", f"must be an object, not {shortly(value)}.", _IGNORED)
            return
        for name, part in value.items():
            if not isinstance(part, list):
                self.schema(part, join(pointer, name))
            elif not part or not all(isinstance(item, str) for item in part):
                self._found.remove(join(pointer, name), "wrong-type", "must list names.", _IGNORED)
            else:
                self._distinct(part, join(pointer, name))

    def _examples(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        if not isinstance(schema[keyword], list):
            reason = f"must be a list, not {shortly(schema[keyword])}."
            self._found.remove(pointer, "wrong-type", reason, "They are not used.", is_harmless=True)

    def _recursive_anchor(self, _schema: dict[str, Any], _keyword: str, pointer: str) -> None:
        reason = "belongs to JSON Schema 2019-09, which no version of OpenAPI uses."
        self._found.remove(pointer, "other-version", reason, _IGNORED, is_harmless=True)

    def _recursive_reference(self, schema: dict[str, Any], keyword: str, pointer: str) -> None:
        """Read `$recursiveRef: "#"` as a reference to the shared schema around it (JSON Schema 2019-09, 8.2.4.2)."""
        reason = "belongs to JSON Schema 2019-09, which no version of OpenAPI uses."
        around = pointer.split("/")[:4]
        is_shared = around[:3] == ["", "components", "schemas"]
        is_alone = "$ref" not in schema and (not self._legacy or len(schema) == 1)
        if schema[keyword] == "#" and is_shared and is_alone:
            reference = "#" + as_fragment("/".join(around))
            place = pointer.rpartition("/")[0] + "/$ref"
            fallback = f"It is read as `$ref: {reference}`."
            self._found.set(place, reference, "other-version", reason, fallback, is_harmless=True, reported_at=pointer)
            self._found.remove(pointer, "other-version", reason, fallback, is_harmless=True)
        else:
            self._found.remove(pointer, "other-version", reason, _IGNORED)
