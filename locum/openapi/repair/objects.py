"""Repairs of the objects around schemas: paths, operations, parameters, bodies, responses, security."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import methods_of, version_of
from locum.openapi.near_names import meant
from locum.openapi.paths import expressions_of, path_of, query_expressions_of
from locum.openapi.pointers import BrokenReference, at, home_of, join
from locum.openapi.repair.references import References, article
from locum.openapi.repair.schemas import SchemaRepairs
from locum.openapi.repair.usable import TOKEN, unusable
from locum.openapi.repair.values import Collector, shortly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from locum.openapi.grammar import Node
    from locum.openapi.repair.repairs import Repair

__all__ = ["repairs_of"]

_STYLES = {
    "path": {"simple", "label", "matrix"},
    "query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
    "header": {"simple"},
    "cookie": {"form", "cookie"},
    "querystring": {"form"},
}
"""OpenAPI 3.2.0, section 4.12.6: which style a parameter may have in each location."""
_STATUS = re.compile(r"[1-5](?:[0-9][0-9]|XX|xx)|default")
_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_MEDIA_TYPE = re.compile(r"[\x20-\x7e]+")
_SWAGGER_KEYWORDS = frozenset(
    {"type", "format", "items", "enum", "default", "minimum", "maximum", "minLength", "maxLength", "pattern"}
    | {"minItems", "maxItems", "uniqueItems", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"}
)
"""What a parameter of Swagger 2.0 says where OpenAPI 3 has a schema."""
_ANY_BODY: dict[str, Any] = {"content": {"*/*": {}}}


def repairs_of(
    content: dict[str, Any], fragments: Iterable[Node] = (), lost: Mapping[str, str] | None = None
) -> list[Repair]:
    """Find all repairs of an OpenAPI 3 document, in its order.

    `fragments` are the objects of other files that it refers to, which stand in it under an extension;
    `lost` are references that lead nowhere, and why.
    """
    return _Repairs(content, lost or {}).run(fragments)


class _Repairs:
    """Goes through one document. Each kind of object that may be referred to has a method of its own."""

    def __init__(self, content: dict[str, Any], lost: Mapping[str, str]) -> None:
        self._content = content
        self._version = version_of(content)
        self._found = Collector()
        self._references = References(content, lost)
        self._schemas = SchemaRepairs(self._found, self._references, legacy=self._version == "3.0")
        self._kinds: dict[str, Callable[[dict[str, Any], str], None]] = {
            "parameter": self._parameter,
            "request body": self._body,
            "response": self._response,
            "header": self._header,
            "media type": self._media_type,
            "example": self._example,
            "encoding": self._encoding,
            "path item": self._path_item,
            "callback": self._callback,
            "security scheme": self._scheme,
            "link": self._link,
        }
        self._ids: dict[str, str] = {}

    def run(self, fragments: Iterable[Node]) -> list[Repair]:
        content, found = self._content, self._found
        info = found.field(content, "", "info", dict, is_harmless=True)
        if info is not None:
            found.fields(info, "/info", str, "title", "version", "description")
        found.fields(content, "", list, "tags")
        self._servers(content, "")
        self._security(content, "")
        self._components()
        paths = found.field(content, "", "paths", dict)
        for path, item in (paths or {}).items():
            if not path.startswith("x-"):
                self._path(path, item, join("/paths", path))
        found.is_harmless = True
        webhooks = found.field(content, "", "webhooks", dict)
        for name, item in (webhooks or {}).items():
            self._object(item, join("/webhooks", name), "path item")
        found.is_harmless = False
        seen = set()
        for pointer, kind, value in fragments:
            seen.add(pointer)
            self._fragment(value, pointer, kind)
        while awaited := self._references.elsewhere.keys() - seen:
            for pointer in sorted(awaited):
                seen.add(pointer)
                self._fragment(at(content, pointer), pointer, self._references.elsewhere[pointer])
        return found.repairs

    def _fragment(self, value: dict[str, Any], pointer: str, kind: str) -> None:
        """Look at an object that only references lead to."""
        if kind == "operation":
            self._operation(value, pointer, ())
        elif kind == "schema":
            self._schemas.schema(value, pointer)
        elif "$ref" in value and kind != "path item":
            self._object(value, pointer, kind)
        else:
            self._kinds[kind](value, pointer)

    def _components(self) -> None:
        components = self._found.field(self._content, "", "components", dict)
        for section, kind in _SECTIONS.items():
            if components is None or section not in components:
                continue
            place = join("/components", section)
            parts = self._found.field(components, "/components", section, dict)
            self._found.is_harmless = kind in {"callback", "link"}
            for name, part in (parts or {}).items():
                if kind == "schema":
                    self._schemas.schema(part, join(place, name))
                else:
                    self._object(part, join(place, name), kind)
            self._found.is_harmless = False

    def _object(self, value: Any, pointer: str, kind: str) -> dict[str, Any] | None:
        """Look at an object that may be a reference; return it where it is one itself, else None."""
        if not isinstance(value, dict):
            self._replace(pointer, kind, "wrong-type", f"{article(kind)} is an object, not {shortly(value)}.")
            return None
        if "$ref" in value and kind != "path item":
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
        instead = _INSTEAD.get(kind)
        if instead is None:
            self._found.remove(pointer, code, reason, **more)
        else:
            self._found.set(pointer, instead[0], code, reason, instead[1], **more)

    def _map(self, holder: dict[str, Any], pointer: str, field: str, kind: str) -> dict[str, Any]:
        """Look at a map of objects by name."""
        parts = self._found.field(holder, pointer, field, dict) or {}
        for name, part in parts.items():
            if not name.startswith("x-") or kind == "header":
                self._object(part, join(pointer, field, name), kind)
        return parts

    def _harmless_map(self, holder: dict[str, Any], pointer: str, field: str, kind: str) -> None:
        """Look at a map of objects that no operation needs."""
        was, self._found.is_harmless = self._found.is_harmless, True
        self._map(holder, pointer, field, kind)
        self._found.is_harmless = was

    def _path(self, path: str, item: Any, pointer: str) -> None:
        if not path.startswith("/"):
            reason = f"a path begins with a slash: write /{path}."
            self._found.keep(pointer, "path-form", reason, "It is served there.")
        if path_of(path) != path:
            reason = "a path holds no query: declare its parameters with `in: query`."
            fallback = "It is served to requests with this query."
            self._found.keep(pointer, "path-form", reason, fallback, is_harmless=True)
        if path.count("{") != len(_TEMPLATE.findall(path)) or path.count("}") != path.count("{"):
            reason = "the braces of the path do not match: write each parameter as {name}."
            self._found.keep(pointer, "path-form", reason, "They are literal text.")
        if not isinstance(item, dict):
            self._replace(pointer, "path item", "wrong-type", f"a path item is an object, not {shortly(item)}.")
            return
        self._path_item(item, pointer, path)

    def _path_item(self, item: dict[str, Any], pointer: str, path: str | None = None) -> None:
        if "$ref" in item:
            problem = self._problem(item["$ref"], "path item")
            if problem is not None:
                self._found.remove(join(pointer, "$ref"), "unresolved-reference", problem)
        self._servers(item, pointer)
        self._found.fields(item, pointer, str, "summary", "description")
        shared = self._parameters(item, pointer)
        self._found.field(item, pointer, "additionalOperations", dict)
        for steps in methods_of(item).values():
            self._operation(at(item, join("", *steps)), join(pointer, *steps), shared, path)
        if path is not None and isinstance(item.get("$ref"), str):
            self._templates_of_reference(item, path, shared)

    def _templates_of_reference(self, item: dict[str, Any], path: str, shared: Iterable[_Named]) -> None:
        """Declare the path parameters of operations in a path item that is a reference."""
        try:
            target, home = home_of(self._content, {"$ref": item["$ref"]}, "")
        except BrokenReference:
            return
        if not isinstance(target, dict):
            return
        inherited = [*shared, *self._declared(target)]
        own = methods_of(item)
        for method, steps in methods_of(target).items():
            operation = at(target, join("", *steps))
            if isinstance(operation, dict) and method not in own:
                declared = [*inherited, *self._declared(operation)]
                self._templates(path, join(home, *steps), declared)

    def _operation(self, operation: Any, pointer: str, shared: Iterable[_Named] = (), path: str | None = None) -> None:
        found = self._found
        if not isinstance(operation, dict):
            reason = f"an operation is an object, not {shortly(operation)}."
            found.set(pointer, {}, "wrong-type", reason, "It answers 200 without content.")
            if path is not None:
                self._templates(path, pointer, shared)
            return
        reference = operation.get("$ref")
        if reference is not None:
            problem = self._problem(reference, "operation")
            if problem is None:
                target, home = home_of(self._content, operation, pointer)
                if path is not None:
                    self._templates(path, home, [*shared, *self._declared(target)])
                return
            found.remove(join(pointer, "$ref"), "unresolved-reference", problem)
        found.fields(operation, pointer, str, "summary", "description", "operationId")
        found.fields(operation, pointer, bool, "deprecated")
        found.fields(operation, pointer, list, "tags")
        self._identifier(operation, pointer)
        self._servers(operation, pointer)
        self._security(operation, pointer)
        own = self._parameters(operation, pointer)
        if path is not None:
            self._templates(path, pointer, [*shared, *own])
        if "requestBody" in operation:
            self._object(operation["requestBody"], join(pointer, "requestBody"), "request body")
        self._responses(operation, pointer)
        if "callbacks" in operation:
            self._harmless_map(operation, pointer, "callbacks", "callback")

    def _identifier(self, operation: dict[str, Any], pointer: str) -> None:
        identifier = operation.get("operationId")
        if not isinstance(identifier, str):
            return
        place = join(pointer, "operationId")
        other = self._ids.setdefault(identifier, pointer)
        if other != pointer and other.startswith("/paths/") and pointer.startswith("/paths/"):
            path, _, method = other.removeprefix("/paths/").rpartition("/")
            path = path.replace("~1", "/").replace("~0", "~")
            reason = f"{identifier!r} is the operationId of {method.upper()} {path} already. Give each its own."
            fallback = "This one is known by its method and path."
            self._found.remove(place, "repeated-operation-id", reason, fallback, is_harmless=True)

    def _templates(self, path: str, pointer: str, declared: Iterable[_Named]) -> None:
        """Hold the names in the path's braces against the parameters that are declared to be in the path."""
        names = list(dict.fromkeys(expressions_of(path)))
        places = {name: place for name, location, place in declared if location == "path"}
        for name in names:
            if name not in places:
                hint = meant(name, [other for other in places if other not in names])
                parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                reason = f"the path has {{{name}}}, and no parameter `name: {name}, in: path` is declared.{hint}"
                self._found.append(
                    join(pointer, "parameters"),
                    parameter,
                    "undeclared-path-parameter",
                    reason,
                    "It is text.",
                    reported_at=pointer,
                )
        for name, place in places.items():
            if name not in names and name not in query_expressions_of(path):
                reason = f"{name!r} is declared to be in the path, and {path} has no {{{name}}}.{meant(name, names)}"
                fallback = "The parameter is ignored."
                self._found.keep(join(place, "name"), "surplus-path-parameter", reason, fallback)

    def _parameters(self, holder: dict[str, Any], pointer: str) -> list[_Named]:
        """Look at a list of parameters; return the name, the location and the place of each that can be used."""
        place = join(pointer, "parameters")
        parameters = self._found.field(holder, pointer, "parameters", list)
        seen: set[tuple[str, str]] = set()
        for index, parameter in enumerate(parameters or ()):
            at_parameter = join(place, index)
            self._object(parameter, at_parameter, "parameter")
            target = self._target(parameter)
            if target is None:
                continue
            name, location = target.get("name"), target.get("in")
            if not isinstance(name, str) or not isinstance(location, str):
                continue
            if (name, location) in seen:
                reason = f"the {location} parameter {name!r} is declared twice here."
                self._found.keep(at_parameter, "repeated-parameter", reason, "The first counts.", is_harmless=True)
            seen.add((name, location))
        return list(self._declared(holder, place))

    def _declared(self, holder: dict[str, Any], place: str = "") -> Iterable[_Named]:
        parameters = holder.get("parameters")
        for index, parameter in enumerate(parameters if isinstance(parameters, list) else ()):
            target = self._target(parameter)
            if target is not None and isinstance(target.get("name"), str):
                home = self._home(parameter, join(place, index))
                yield target["name"], str(target.get("in")), home

    def _target(self, value: Any) -> dict[str, Any] | None:
        try:
            found = home_of(self._content, value, "")[0]
        except BrokenReference:
            return None
        return found if isinstance(found, dict) else None

    def _home(self, value: Any, pointer: str) -> str:
        return home_of(self._content, value, pointer)[1]

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
        """Look at `schema` and `content`, one of which a parameter or header must have."""
        content = value.get("content")
        if "content" in value and (not isinstance(content, dict) or not content):
            reason = f"must be an object with one media type, not {shortly(content)}."
            self._found.remove(join(pointer, "content"), "wrong-type", reason)
            content = None
        if "schema" in value:
            self._schemas.schema(value["schema"], join(pointer, "schema"))
        elif content is None:
            said = {keyword: value[keyword] for keyword in _SWAGGER_KEYWORDS if keyword in value}
            reason = f"{what} needs a `schema`, or `content`."
            fallback = "What it says of its value as in Swagger 2.0 is taken as one." if said else "Its value is text."
            self._found.set(
                join(pointer, "schema"),
                said or {},
                "missing-schema",
                reason,
                fallback,
                is_harmless=True,
                reported_at=pointer,
            )
            self._schemas.schema(said, join(pointer, "schema"))
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
                join(pointer, "content"), {"*/*": {}}, "missing-field", reason, "Any is taken.", reported_at=pointer
            )
        elif not isinstance(content, dict):
            reason = f"must be an object, not {shortly(content)}."
            self._found.set(join(pointer, "content"), {"*/*": {}}, "wrong-type", reason, "Any is taken.")
        elif not content:
            reason = "is empty, and needs at least one member."
            self._found.set(
                join(pointer, "content"), {"*/*": {}}, "empty-object", reason, "Any is taken.", is_harmless=True
            )
        else:
            self._content_of(value, pointer)

    def _responses(self, operation: dict[str, Any], pointer: str) -> None:
        responses = self._found.field(operation, pointer, "responses", dict)
        for status, response in (responses or {}).items():
            place = join(pointer, "responses", status)
            if status.startswith("x-"):
                continue
            if not _STATUS.fullmatch(status):
                reason = f"{status!r} is not a status: write one like '200', a range like '4XX', or `default`."
                self._found.remove(place, "unknown-status", reason, "The response is ignored.")
            else:
                self._object(response, place, "response")

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

    def _callback(self, value: dict[str, Any], pointer: str) -> None:
        for expression, item in value.items():
            if not expression.startswith("x-"):
                self._object(item, join(pointer, expression), "path item")

    def _servers(self, holder: dict[str, Any], pointer: str) -> None:
        servers, place = self._found.field(holder, pointer, "servers", list), join(pointer, "servers")
        for index, server in enumerate(servers or ()):
            at_server = join(place, index)
            if not isinstance(server, dict) or not isinstance(server.get("url"), str):
                said = "a server needs a `url`, which is text." if isinstance(server, dict) else None
                reason = said or f"a server is an object, not {shortly(server)}."
                self._found.remove(at_server, "unusable-server", reason)
                continue
            variables = self._found.field(server, at_server, "variables", dict) or {}
            for name, variable in variables.items():
                if not isinstance(variable, dict):
                    reason = f"a server variable is an object, not {shortly(variable)}."
                    self._found.remove(join(at_server, "variables", name), "wrong-type", reason)

    def _security(self, holder: dict[str, Any], pointer: str) -> None:
        requirements, place = self._found.field(holder, pointer, "security", list), join(pointer, "security")
        declared = self._content.get("components")
        schemes = declared.get("securitySchemes") if isinstance(declared, dict) else None
        schemes = schemes if isinstance(schemes, dict) else {}
        for index, requirement in enumerate(requirements or ()):
            at_requirement = join(place, index)
            if not isinstance(requirement, dict):
                reason = f"a security requirement is an object, not {shortly(requirement)}."
                self._found.remove(at_requirement, "wrong-type", reason)
                continue
            for name, scopes in requirement.items():
                at_name = join(at_requirement, name)
                if name not in schemes:
                    hint = meant(name, schemes)
                    reason = f"the security scheme {name!r} is not declared under /components/securitySchemes.{hint}"
                    fallback = "It admits any credential."
                    self._found.keep(at_name, "undeclared-security-scheme", reason, fallback)
                if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
                    texts = [scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []
                    reason = f"must be a list of scopes, not {shortly(scopes)}."
                    self._found.set(at_name, texts, "wrong-type", reason, "Names that are text count.")

    def _scheme(self, value: dict[str, Any], pointer: str) -> None:
        if not self._is_unusable("security scheme", value, pointer, "It admits any credential."):
            self._found.fields(value, pointer, dict, "flows")

    def _is_unusable(self, kind: str, value: dict[str, Any], pointer: str, fallback: str) -> bool:
        found = unusable(kind, value, self._version)
        if found is not None:
            place = join(pointer, found[0]) if found[0] else pointer
            code = "unusable-parameter" if kind == "parameter" else "unusable-security-scheme"
            self._found.remove(pointer, code, found[1], fallback, reported_at=place)
        return found is not None


_Named = tuple[str, str, str]
"""The name of a parameter, its location, and its place in the document."""

_SECTIONS = {
    "schemas": "schema",
    "responses": "response",
    "parameters": "parameter",
    "examples": "example",
    "requestBodies": "request body",
    "headers": "header",
    "securitySchemes": "security scheme",
    "links": "link",
    "callbacks": "callback",
    "pathItems": "path item",
    "mediaTypes": "media type",
}

_INSTEAD: dict[str, tuple[dict[str, Any], str]] = {
    "response": ({"description": ""}, "It has no content."),
    "request body": (_ANY_BODY, "Any body is taken."),
    "header": ({"schema": {}}, "Its value may be anything."),
    "media type": ({}, "Its content may be anything."),
    "path item": ({}, "It has no operations."),
}
"""What stands for an object of each kind that cannot be used; those of other kinds are left out."""
