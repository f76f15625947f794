"""Find repairs of objects that may be references: parameters, bodies, responses, headers, media types, links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import version_of
from locum.openapi.pointers import join
from locum.openapi.repair.references import TOKEN, References, article, unusable
from locum.openapi.repair.repairs import Collector, shortly
from locum.openapi.repair.schemas import SchemaRepairs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ObjectRepairs"]

_STYLES = {
    "path": {"simple", "label", "matrix"},
    "query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
    "header": {"simple"},
    "cookie": {"form", "cookie"},
    "querystring": {"form"},
}
"""OpenAPI 3.2.0, section 4.12.6: the styles that a parameter may have in each location."""
_MEDIA_TYPE = re.compile(r"[\x20-\x7e]+")
_SWAGGER_KEYWORDS = frozenset(
    {"type", "format", "items", "enum", "default", "minimum", "maximum", "minLength", "maxLength", "pattern"}
    | {"minItems", "maxItems", "uniqueItems", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"}
)
"""The keywords of a parameter of Swagger 2.0 that OpenAPI 3 has in its schema."""
_ANY_BODY: dict[str, Any] = {"content": {"*/*": {}}}


class ObjectRepairs:
    """Finds the repairs of objects in one document, with a method for each kind."""

    def __init__(self, content: dict[str, Any], lost: Mapping[str, str]) -> None:
        self._content = content
        self._version = version_of(content)
        self._found = Collector()
        self._references = References(content, lost)
        self._schemas = SchemaRepairs(self._found, self._references, content, legacy=self._version == "3.0")
        self._kinds: dict[str, Callable[[dict[str, Any], str], None]] = {
            "parameter": self._parameter,
            "request body": self._body,
            "response": self._response,
            "header": self._header,
            "media type": self._media_type,
            "example": self._example,
            "encoding": self._encoding,
            "security scheme": self._scheme,
            "link": self._link,
        }

    def _object(self, value: Any, pointer: str, kind: str) -> dict[str, Any] | None:
        """Check an object that may be a reference; return it if it is an object of the kind itself, else None."""
        if not isinstance(value, dict):
            self._replace(pointer, kind, "wrong-type", f"{article(kind)} is an object, not {shortly(value)}.")
            return None
        if "$ref" in value and kind != "path item" and not isinstance(value["$ref"], str) and len(value) > 1:
            reason = f"must be text, not {shortly(value['$ref'])}."
            self._found.remove(join(pointer, "$ref"), "wrong-type", reason, "Only the members beside it count.")
        elif "$ref" in value and kind != "path item":
            problem = self._problem(value["$ref"], kind)
            if problem is not None:
                self._replace(pointer, kind, "unresolved-reference", problem, reported_at=join(pointer, "$ref"))
            return None
        self._kinds[kind](value, pointer)
        return value

    def _problem(self, reference: Any, kind: str) -> str | None:
        if not isinstance(reference, str):
            return f"must be text, not {shortly(reference)}."
        return self._references.problem(reference, kind)

    def _replace(self, pointer: str, kind: str, code: str, reason: str, **more: Any) -> None:
        replacement = _REPLACEMENTS.get(kind)
        if replacement is None:
            self._found.remove(pointer, code, reason, **more)
        else:
            self._found.set(pointer, replacement[0], code, reason, replacement[1], **more)

    def _map(self, holder: dict[str, Any], pointer: str, field: str, kind: str) -> dict[str, Any]:
        """Check a map of objects by name."""
        parts = self._found.field(holder, pointer, field, dict) or {}
        for name, part in parts.items():
            if not name.startswith("x-") or kind == "header":
                self._object(part, join(pointer, field, name), kind)
        return parts

    def _harmless_map(self, holder: dict[str, Any], pointer: str, field: str, kind: str) -> None:
        """Check a map of objects that no operation needs."""
        was, self._found.is_harmless = self._found.is_harmless, True
        self._map(holder, pointer, field, kind)
        self._found.is_harmless = was

    def _parameter(self, value: dict[str, Any], pointer: str) -> None:
        if self._is_unusable("parameter", value, pointer, "The parameter is ignored."):
            return
        name, location = value["name"], value["in"]
        self._found.fields(
            value, pointer, bool, "required", "explode", "allowReserved", "allowEmptyValue", "deprecated"
        )
        if location == "path" and value.get("required") is not True:
            reason = f"the path parameter {name!r} needs `required: true`."
            place = join(pointer, "required")
            yes = True
            self._found.set(place, yes, "missing-field", reason, "It is.", is_harmless=True, reported_at=pointer)
        style = value.get("style")
        if "style" in value and (not isinstance(style, str) or style not in _STYLES[str(location)]):
            hint = f"a {location} parameter has {' or '.join(sorted(_STYLES[str(location)]))}"
            reason = f"{shortly(style)} is not a style for it: {hint}."
            self._found.remove(join(pointer, "style"), "unknown-style", reason, "The default style is used.")
        self._form(value, pointer, f"the parameter {name!r}")
        self._examples(value, pointer)

    def _form(self, value: dict[str, Any], pointer: str, what: str) -> None:
        """Check `schema` and `content`, one of which a parameter or header must have."""
        content = value.get("content")
        if "content" in value and (not isinstance(content, dict) or not content):
            reason = f"must be an object with one media type, not {shortly(content)}."
            self._found.remove(join(pointer, "content"), "wrong-type", reason)
            content = None
        if "schema" in value:
            self._schemas.schema(value["schema"], join(pointer, "schema"))
        elif content is None:
            keywords = {keyword: value[keyword] for keyword in _SWAGGER_KEYWORDS if keyword in value}
            reason = f"{what} needs a `schema`, or `content`."
            fallback = "Its keywords of Swagger 2.0 are used as its schema." if keywords else "Its value is text."
            self._found.set(
                join(pointer, "schema"),
                keywords or {},
                "missing-schema",
                reason,
                fallback,
                is_harmless=True,
                reported_at=pointer,
            )
            self._schemas.schema(keywords, join(pointer, "schema"))
        if content:
            self._content_of(value, pointer)

    def _header(self, value: dict[str, Any], pointer: str) -> None:
        self._found.fields(value, pointer, bool, "required", "explode", "deprecated")
        if "style" in value and value["style"] != "simple":
            reason = f"{shortly(value['style'])} is not a style for it: a header has simple."
            self._found.remove(join(pointer, "style"), "unknown-style", reason, "The default style is used.")
        self._form(value, pointer, "the header")
        self._examples(value, pointer)

    def _body(self, value: dict[str, Any], pointer: str) -> None:
        self._found.fields(value, pointer, bool, "required")
        content = value.get("content")
        if "content" not in value:
            reason = "a request body needs `content`: its media types, such as application/json, and their schemas."
            self._found.set(
                join(pointer, "content"),
                {"*/*": {}},
                "missing-field",
                reason,
                "Any body is accepted.",
                reported_at=pointer,
            )
        elif not isinstance(content, dict):
            reason = f"must be an object, not {shortly(content)}."
            self._found.set(join(pointer, "content"), {"*/*": {}}, "wrong-type", reason, "Any body is accepted.")
        elif not content:
            reason = "is empty, and needs at least one member."
            self._found.set(
                join(pointer, "content"), {"*/*": {}}, "empty-object", reason, "Any body is accepted.", is_harmless=True
            )
        else:
            self._content_of(value, pointer)

    def _response(self, value: dict[str, Any], pointer: str) -> None:
        self._found.fields(value, pointer, str, "description", "summary")
        headers = self._found.field(value, pointer, "headers", dict)
        for name, header in (headers or {}).items():
            place = join(pointer, "headers", name)
            if not TOKEN.fullmatch(name.lstrip("\0")):  # "\0Set-Cookie" is a second line of that name
                reason = f"{shortly(name)} is not a valid header name."
                self._found.remove(place, "unusable-header", reason)
            else:
                self._object(header, place, "header")
        self._content_of(value, pointer)
        if "links" in value:
            self._harmless_map(value, pointer, "links", "link")

    def _link(self, value: dict[str, Any], pointer: str) -> None:
        self._found.fields(value, pointer, str, "operationId", "operationRef", "description")
        self._found.fields(value, pointer, dict, "parameters", "server")

    def _content_of(self, holder: dict[str, Any], pointer: str) -> None:
        content = self._found.field(holder, pointer, "content", dict)
        for name, media in (content or {}).items():
            place = join(pointer, "content", name)
            if not _MEDIA_TYPE.fullmatch(name):
                self._found.remove(place, "unusable-media-type", f"{shortly(name)} is not a valid media type.")
            else:
                self._object(media, place, "media type")

    def _media_type(self, value: dict[str, Any], pointer: str) -> None:
        for field in ("schema", "itemSchema"):
            if field in value:
                self._schemas.schema(value[field], join(pointer, field))
        self._examples(value, pointer)
        self._map(value, pointer, "encoding", "encoding")

    def _encoding(self, value: dict[str, Any], pointer: str) -> None:
        self._found.fields(value, pointer, str, "contentType", "style")
        self._found.fields(value, pointer, bool, "explode", "allowReserved")
        self._map(value, pointer, "headers", "header")

    def _examples(self, value: dict[str, Any], pointer: str) -> None:
        examples, place = value.get("examples"), join(pointer, "examples")
        if isinstance(examples, list):
            named = {
                str(number): item if isinstance(item, dict) and "value" in item else {"value": item}
                for number, item in enumerate(examples, 1)
            }
            reason = f"must be an object of examples by name, not {shortly(examples)}."
            self._found.set(place, named, "wrong-type", reason, "Each item is an example.", is_harmless=True)
        else:
            examples = self._found.field(value, pointer, "examples", dict, is_harmless=True)
            for name, example in (examples or {}).items():
                self._object(example, join(place, name), "example")

    def _example(self, value: dict[str, Any], pointer: str) -> None:
        self._found.fields(value, pointer, str, "externalValue", "summary", "description")

    def _scheme(self, value: dict[str, Any], pointer: str) -> None:
        if not self._is_unusable("security scheme", value, pointer, "Any credential is accepted."):
            self._found.fields(value, pointer, dict, "flows")

    def _is_unusable(self, kind: str, value: dict[str, Any], pointer: str, fallback: str) -> bool:
        found = unusable(kind, value, self._version)
        if found is not None:
            place = join(pointer, found[0]) if found[0] else pointer
            code = "unusable-parameter" if kind == "parameter" else "unusable-security-scheme"
            self._found.remove(pointer, code, found[1], fallback, reported_at=place)
        return found is not None


_REPLACEMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "response": ({"description": ""}, "It has no content."),
    "request body": (_ANY_BODY, "Any body is accepted."),
    "header": ({"schema": {}}, "Its value may be anything."),
    "media type": ({}, "Its content may be anything."),
    "path item": ({}, "It has no operations."),
}
"""The replacement of an unusable object of each kind, and the fallback sentence; other kinds are removed."""
