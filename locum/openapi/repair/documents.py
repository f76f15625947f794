"""Find repairs of a whole document: paths, operations, lists of parameters, servers, security."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import methods_of
from locum.openapi.near_names import meant
from locum.openapi.paths import expressions_of, path_of, query_expressions_of
from locum.openapi.pointers import BrokenReference, at, home_of, join
from locum.openapi.repair.objects import ObjectRepairs
from locum.openapi.repair.repairs import shortly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.openapi.grammar import GrammarNode
    from locum.openapi.repair.repairs import Repair

__all__ = ["repairs_of"]

_STATUS = re.compile(r"[1-5](?:[0-9][0-9]|XX|xx)|default")
_TEMPLATE = re.compile(r"\{([^{}]*)\}")


def repairs_of(
    content: dict[str, Any], fragments: Iterable[GrammarNode] = (), lost: Mapping[str, str] | None = None
) -> list[Repair]:
    """Find all repairs of an OpenAPI 3 document, in its order.

    `fragments` are the objects of other files that it refers to, which are bundled under an extension; `lost` are
    references without a target, with the reason.
    """
    return _Repairs(content, lost or {}).run(fragments)


class _Repairs(ObjectRepairs):
    """Collects the repairs of one document."""

    def __init__(self, content: dict[str, Any], lost: Mapping[str, str]) -> None:
        super().__init__(content, lost)
        self._kinds |= {"path item": self._path_item, "callback": self._callback}
        self._ids: dict[str, str] = {}

    def run(self, fragments: Iterable[GrammarNode]) -> list[Repair]:
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
        while pending := self._references.elsewhere.keys() - seen:
            for pointer in sorted(pending):
                seen.add(pointer)
                self._fragment(at(content, pointer), pointer, self._references.elsewhere[pointer])
        return found.repairs

    def _fragment(self, value: dict[str, Any], pointer: str, kind: str) -> None:
        """Check an object that is only reached by references."""
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

    def _path(self, path: str, item: Any, pointer: str) -> None:
        if not path.startswith("/"):
            reason = f"a path begins with a slash: write /{path}."
            self._found.keep(pointer, "path-form", reason, "It is served there.")
        if path_of(path) != path:
            reason = "a path must not contain a query: declare its parameters with `in: query`."
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
            found.set(pointer, {}, "wrong-type", reason, "It returns 200 without content.")
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
        """Compare the expressions of a path with the declared path parameters."""
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
        """Check a list of parameters; return the name, the location and the pointer of each usable one."""
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

    def _callback(self, value: dict[str, Any], pointer: str) -> None:
        for expression, item in value.items():
            if not expression.startswith("x-"):
                self._object(item, join(pointer, expression), "path item")

    def _servers(self, holder: dict[str, Any], pointer: str) -> None:
        servers, place = self._found.field(holder, pointer, "servers", list), join(pointer, "servers")
        for index, server in enumerate(servers or ()):
            at_server = join(place, index)
            if not isinstance(server, dict) or not isinstance(server.get("url"), str):
                reason = (
                    "a server needs a `url`, which is text."
                    if isinstance(server, dict)
                    else f"a server is an object, not {shortly(server)}."
                )
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
                    fallback = "Any credential is accepted."
                    self._found.keep(at_name, "undeclared-security-scheme", reason, fallback)
                if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
                    texts = [scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []
                    reason = f"must be a list of scopes, not {shortly(scopes)}."
                    fallback, harmless = "Names that are text count.", scopes is None
                    fallback = "No scope is needed." if harmless else fallback
                    self._found.set(at_name, texts, "wrong-type", reason, fallback, is_harmless=harmless)


_Named = tuple[str, str, str]
"""The name of a parameter, its location, and its pointer."""

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
