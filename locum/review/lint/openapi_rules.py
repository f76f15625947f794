"""The rules of `spectral:oas`: the same names and verdicts, written for documents as locum reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from locum.openapi.lint.diagnostics import Severity
from locum.openapi.lint.structure import formal_findings
from locum.openapi.lint.values import example_findings
from locum.openapi.pointers import BrokenReference, follow, join, split
from locum.openapi.repair.repairs import shortly
from locum.review.lint.functions import FUNCTIONS
from locum.review.schemas.views import canonical

if TYPE_CHECKING:
    from locum.openapi.compile.contracts import Contract

__all__ = ["RULES", "BuiltIn", "Subject"]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
Found: TypeAlias = Iterator[tuple[str, str]]
"""Pointers with messages; an empty message stands for the description of the rule."""


class Subject:
    """A document as the rules see it: as written, with all its objects listed once."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        document = contract.as_read
        self.content: dict[str, Any] = document.content if document.swagger is None else document.swagger
        self.version = "2" if document.swagger is not None else str(self.content.get("openapi", ""))[:3]
        self._objects: list[tuple[str, dict[str, Any]]] | None = None

    @property
    def objects(self) -> list[tuple[str, dict[str, Any]]]:
        """Every object of the document with its pointer."""
        if self._objects is None:
            self._objects = []
            pending: list[tuple[str, Any]] = [("", self.content)]
            while pending:
                pointer, value = pending.pop()
                if isinstance(value, dict):
                    self._objects.append((pointer, value))
                    pending += [(join(pointer, key), inner) for key, inner in value.items()]
                elif isinstance(value, list):
                    pending += [(join(pointer, index), inner) for index, inner in enumerate(value)]
            self._objects.reverse()
        return self._objects

    @property
    def items(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Every path item: its path, its pointer and itself."""
        paths = self.content.get("paths")
        for path, item in paths.items() if isinstance(paths, dict) else ():
            resolved = self.resolved(item)
            if isinstance(resolved, dict):
                yield path, join("/paths", path), resolved

    @property
    def operations(self) -> Iterator[tuple[str, dict[str, Any], str]]:
        """Every operation: its pointer, itself and its path."""
        for path, pointer, item in self.items:
            for method in _METHODS:
                if isinstance(item.get(method), dict):
                    yield join(pointer, method), item[method], path

    def resolved(self, value: Any) -> Any:
        """Return a value, or the target of its reference."""
        try:
            return follow(self.content, value)
        except BrokenReference:
            return value


class BuiltIn(NamedTuple):
    """A built-in rule."""

    description: str
    check: Callable[[Subject], Found]
    severity: Severity = _WARNING
    recommended: bool = True
    formats: tuple[str, ...] = ()


def _at(content: Any, *steps: str) -> Any:
    for step in steps:
        if not isinstance(content, dict):
            return None
        content = content.get(step)
    return content


def _needs(*steps: str) -> Callable[[Subject], Found]:
    """Return a check that a member of the document is there and not empty."""

    def check(subject: Subject) -> Found:
        if not _at(subject.content, *steps) and not isinstance(_at(subject.content, *steps), dict | list):
            yield join("", *steps), ""

    return check


def _operation_needs(name: str) -> Callable[[Subject], Found]:
    def check(subject: Subject) -> Found:
        for pointer, operation, _ in subject.operations:
            if not operation.get(name):
                yield join(pointer, name), ""

    return check


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_filled(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _success_response(subject: Subject) -> Found:
    for pointer, operation, _ in subject.operations:
        responses = operation.get("responses")
        if isinstance(responses, dict) and not any(
            str(status)[:1] in "23" or status == "default" for status in responses
        ):
            yield join(pointer, "responses"), ""


def _form_data_consumes(subject: Subject) -> Found:
    for pointer, operation, _ in subject.operations:
        parameters = [subject.resolved(one) for one in _list(operation.get("parameters"))]
        if any(isinstance(one, dict) and one.get("in") == "formData" for one in parameters):
            consumes = _list(operation.get("consumes", subject.content.get("consumes")))
            if not any(
                str(one).startswith(("application/x-www-form-urlencoded", "multipart/form-data")) for one in consumes
            ):
                yield pointer, ""


def _unique_operation_ids(subject: Subject) -> Found:
    known = set()
    for pointer, operation, _ in subject.operations:
        name = operation.get("operationId")
        if isinstance(name, str):
            if name in known:
                yield join(pointer, "operationId"), ""
            known.add(name)


def _unique_parameters(subject: Subject) -> Found:
    for pointer, operation, _ in subject.operations:
        known, bodies, forms = set(), 0, 0
        declared = operation.get("parameters")
        for index, value in enumerate(declared if isinstance(declared, list) else ()):
            one = subject.resolved(value)
            if not isinstance(one, dict):
                continue
            key = str(one.get("in")), str(one.get("name"))
            if key in known:
                text = 'A parameter in this operation already exposes the same combination of "name" and "in" values.'
                yield join(pointer, "parameters", index), text
            known.add(key)
            bodies += key[0] == "body"
            forms += key[0] == "formData"
            if key[0] == "body" and bodies > 1:
                text = 'Operation must not have more than a single instance of the "in:body" parameter.'
                yield join(pointer, "parameters", index), text
        if bodies and forms:
            yield join(pointer, "parameters"), 'Operation must not have both "in:body" and "in:formData" parameters.'


def _defined_tags(subject: Subject) -> Found:
    declared = subject.content.get("tags")
    listed = declared if isinstance(declared, list) else []
    known = [tag.get("name") for tag in listed if isinstance(tag, dict)]
    for pointer, operation, _ in subject.operations:
        tags = operation.get("tags")
        for index, tag in enumerate(tags if isinstance(tags, list) else ()):
            if tag not in known:
                yield join(pointer, "tags", index), ""


_EXPRESSION = re.compile(r"\{([^{}?]*)\}")


def _path_parameters(subject: Subject) -> Found:
    shapes: dict[str, str] = {}
    for path, pointer, item in subject.items:
        shape = _EXPRESSION.sub("%", path)
        if shape in shapes and set(_methods(item)):
            yield pointer, f'Paths "{shapes[shape]}" and "{path}" must not be equivalent.'
        shapes.setdefault(shape, path)
        names = _EXPRESSION.findall(path)
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                yield pointer, f'Path "{path}" must not use parameter "{{{name}}}" multiple times.'
        shared = dict(_in_path(subject, item.get("parameters"), join(pointer, "parameters")))
        for method in _methods(item):
            operation = item[method]
            place = join(pointer, method)
            own = dict(_in_path(subject, operation.get("parameters"), join(place, "parameters")))
            for name in names:
                if name not in own and name not in shared:
                    text = f'Operation must define parameter "{{{name}}}" as expected by path "{path}".'
                    yield place, text
            for name, at in own.items():
                if name not in names:
                    yield at, f'Parameter "{name}" must be used in path "{path}".'
        for name, at in shared.items():
            if name not in names:
                yield at, f'Parameter "{name}" must be used in path "{path}".'
    for pointer, value in subject.objects:
        if (
            value.get("in") == "path"
            and "name" in value
            and value.get("required") is not True
            and _is_parameter(pointer)
        ):
            text = f'Path parameter "{value["name"]}" must have "required" property that is set to "true".'
            yield pointer, text


def _methods(item: dict[str, Any]) -> list[str]:
    return [method for method in _METHODS if isinstance(item.get(method), dict)]


def _is_parameter(pointer: str) -> bool:
    steps = split(pointer)
    return len(steps) > 1 and steps[-2] == "parameters" and steps[0] in {"paths", "components", "parameters"}


def _in_path(subject: Subject, declared: Any, pointer: str) -> Iterator[tuple[str, str]]:
    for index, value in enumerate(declared if isinstance(declared, list) else ()):
        one = subject.resolved(value)
        if isinstance(one, dict) and one.get("in") == "path" and isinstance(one.get("name"), str):
            yield one["name"], join(pointer, index)


def _contact(subject: Subject) -> Found:
    contact = _at(subject.content, "info", "contact")
    if isinstance(contact, dict):
        yield from ((join("/info/contact", name), "") for name in ("name", "url", "email") if not contact.get(name))


def _distinct_enum(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        choices = value.get("enum")
        if isinstance(choices, list) and split(pointer)[-1:] != ["properties"]:
            texts = list(map(canonical, choices))
            if len(set(texts)) < len(texts):
                yield join(pointer, "enum"), '"enum" property must not have duplicate items (items are identical).'


def _no_text(expression: str) -> Callable[[Subject], Found]:
    pattern = re.compile(expression)

    def check(subject: Subject) -> Found:
        for pointer, value in subject.objects:
            for name in ("description", "title"):
                if isinstance(value.get(name), str) and pattern.search(value[name]):
                    yield join(pointer, name), ""

    return check


def _alphabetical_tags(subject: Subject) -> Found:
    tags = subject.content.get("tags")
    for text, steps in FUNCTIONS["alphabetical"][0](tags, {"keyedBy": "name"}) if isinstance(tags, list) else ():
        yield join("/tags", *steps), text


def _unique_tags(subject: Subject) -> Found:
    tags, known = subject.content.get("tags"), set()
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        name = str(tag.get("name")) if isinstance(tag, dict) else ""
        if name in known:
            yield join("/tags", index, "name"), f'"tags" object contains duplicate tag name "{name}".'
        known.add(name)


def _list_of_tags(subject: Subject) -> Found:
    if not _is_filled(subject.content.get("tags")):
        yield "/tags", ""


def _tags_of_operations(subject: Subject) -> Found:
    yield from (
        (join(pointer, "tags"), "") for pointer, one, _ in subject.operations if not _is_filled(one.get("tags"))
    )


def _single_tag(subject: Subject) -> Found:
    for pointer, operation, _ in subject.operations:
        if isinstance(operation.get("tags"), list) and len(operation["tags"]) > 1:
            yield join(pointer, "tags"), ""


_IN_URL = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]*")


def _operation_id_in_url(subject: Subject) -> Found:
    for pointer, operation, _ in subject.operations:
        name = operation.get("operationId")
        if isinstance(name, str) and _IN_URL.fullmatch(name) is None:
            yield join(pointer, "operationId"), ""


def _paths_without(expression: str) -> Callable[[Subject], Found]:
    pattern = re.compile(expression)

    def check(subject: Subject) -> Found:
        paths = subject.content.get("paths")
        for path in paths if isinstance(paths, dict) else ():
            if pattern.search(path):
                yield join("/paths", path), ""

    return check


def _described_tags(subject: Subject) -> Found:
    tags = subject.content.get("tags")
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        if isinstance(tag, dict) and not tag.get("description"):
            yield join("/tags", index, "description"), ""


def _reference_siblings(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        if isinstance(value.get("$ref"), str) and len(value) > 1 and split(pointer)[-1:] != ["properties"]:
            for name in value:
                if name != "$ref":
                    yield join(pointer, name), "$ref must not be placed next to any other properties."


def _array_items(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        kind = value.get("type")
        listed = subject.version in {"3.1", "3.2"} and isinstance(kind, list) and "array" in kind
        if (kind == "array" or listed) and not value.get("items") and not isinstance(value.get("items"), dict):
            yield join(pointer, "items"), ""


def _typed_enum(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        if value.get("enum") and value.get("type"):
            for text, steps in FUNCTIONS["typedEnum"][0](value, {}):
                yield join(pointer, *steps), text


def _schemes(subject: Subject) -> Found:
    if not _is_filled(subject.content.get("schemes")):
        yield "/schemes", ""


def _discriminators(subject: Subject) -> Found:
    definitions = subject.content.get("definitions")
    for name, schema in definitions.items() if isinstance(definitions, dict) else ():
        chosen = schema.get("discriminator") if isinstance(schema, dict) else None
        if not isinstance(chosen, str):
            continue
        pointer = join("/definitions", name)
        if chosen not in _dict(schema.get("properties")):
            yield join(pointer, "properties"), "The discriminator property must be defined in this schema."
        if chosen not in _list(schema.get("required")):
            yield join(pointer, "required"), "The discriminator property must be in the required property list."


def _host(expression: str) -> Callable[[Subject], Found]:
    pattern = re.compile(expression)

    def check(subject: Subject) -> Found:
        host = subject.content.get("host")
        if isinstance(host, str) and pattern.search(host):
            yield "/host", ""

    return check


def _described_parameters(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        if "in" in value and _is_parameter(pointer) and not value.get("description"):
            yield join(pointer, "description"), ""


def _defined_security(subject: Subject) -> Found:
    places = ("securityDefinitions",) if subject.version == "2" else ("components", "securitySchemes")
    schemes = _at(subject.content, *places)
    schemes = schemes if isinstance(schemes, dict) else {}
    declaring = [("", subject.content), *((pointer, operation) for pointer, operation, _ in subject.operations)]
    for pointer, holder in declaring:
        requirements = holder.get("security")
        for index, one in enumerate(requirements if isinstance(requirements, list) else ()):
            for name, scopes in one.items() if isinstance(one, dict) else ():
                place = join(pointer, "security", index, name)
                if name not in schemes:
                    where = "securityDefinitions" if subject.version == "2" else "components.securitySchemes"
                    kind = "API" if not pointer else "Operation"
                    yield place, f'{kind} "security" values must match a scheme defined in the "{where}" object.'
                    continue
                known = _scopes(subject.resolved(schemes[name]))
                for number, scope in enumerate(scopes if isinstance(scopes, list) and known is not None else ()):
                    if known is not None and str(scope) not in known:
                        yield join(place, number), f'"{scope}" must be listed among scopes.'


def _scopes(scheme: Any) -> set[str] | None:
    if not isinstance(scheme, dict) or scheme.get("type") != "oauth2":
        return None
    flows = [scheme] if "scopes" in scheme else [*_dict(scheme.get("flows")).values()]
    return {str(name) for flow in flows if isinstance(flow, dict) for name in _dict(flow.get("scopes"))}


def _keyword(name: str) -> Callable[[Subject], Found]:
    def check(subject: Subject) -> Found:
        yield from ((join(pointer, name), "") for pointer, value in subject.objects if name in value)

    return check


def _structure(subject: Subject) -> Found:
    yield from ((one.pointer, one.message) for one in formal_findings(subject.contract.as_read))


def _references(subject: Subject) -> set[str]:
    return {value["$ref"] for _, value in subject.objects if isinstance(value.get("$ref"), str)}


def _unused_definitions(subject: Subject) -> Found:
    used = _references(subject)
    definitions = subject.content.get("definitions")
    for name in definitions if isinstance(definitions, dict) else ():
        if not _is_used(join("#/definitions", name), used):
            yield join("/definitions", name), ""


_REUSABLE = ("schemas", "responses", "parameters", "examples", "requestBodies", "headers", "links", "callbacks")


def _unused_components(subject: Subject) -> Found:
    used = _references(subject)
    for _, value in subject.objects:
        mapping = value.get("mapping")
        if isinstance(mapping, dict):
            used |= {
                one if "#" in one else f"#/components/schemas/{one}" for one in mapping.values() if isinstance(one, str)
            }
    components = subject.content.get("components")
    for section in _REUSABLE:
        named = _at(components, section)
        for name in named if isinstance(named, dict) else ():
            if not _is_used(join(f"#/components/{section}", name), used):
                yield join("/components", section, name), ""


def _is_used(place: str, used: set[str]) -> bool:
    return place in used or any(one.startswith(place + "/") for one in used)


def _servers(subject: Subject) -> Found:
    if not _is_filled(subject.content.get("servers")):
        yield "/servers", ""


def _example_values(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        steps = split(pointer)
        if len(steps) < 3 or steps[-2] != "examples" or steps[0] not in {"paths", "components"}:  # noqa: PLR2004 (a named example)
            continue
        if _is_of_schema(steps) or ("value" in value) != ("externalValue" in value) or "$ref" in value:
            continue
        yield pointer, ""


def _is_of_schema(steps: list[str]) -> bool:
    return any(step in {"schema", "schemas", "properties"} for step in steps[:-2])


def _server_urls(expression: str) -> Callable[[Subject], Found]:
    pattern = re.compile(expression)

    def check(subject: Subject) -> Found:
        servers = subject.content.get("servers")
        for index, server in enumerate(servers if isinstance(servers, list) else ()):
            url = server.get("url") if isinstance(server, dict) else None
            if isinstance(url, str) and pattern.search(url):
                yield join("/servers", index, "url"), ""

    return check


def _examples(*, of_media: bool) -> Callable[[Subject], Found]:
    def check(subject: Subject) -> Found:
        original = subject.contract.as_read.original
        for one in example_findings(subject.contract):
            pointer = original(one.pointer)
            within_schema = _is_of_schema(split(pointer))
            if within_schema != of_media:
                yield pointer, one.message

    return check


_RUNTIME = re.compile(
    r"\$(?:url|method|statusCode|(?:request|response)\.(?:header\.\S+|query\.\S+|path\.\S+|body(?:#/?\S*)?))"
)


def _link_parameters(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        steps = split(pointer)
        if len(steps) > 1 and steps[-2] == "links" and isinstance(value.get("parameters"), dict):
            for name, expression in value["parameters"].items():
                if isinstance(expression, str) and expression.startswith("$") and not _RUNTIME.fullmatch(expression):
                    yield join(pointer, "parameters", name), f"{shortly(expression)} is not a valid runtime expression."


_VARIABLE = re.compile(r"\{([^{}]+)\}")


def _server_variables(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        steps = split(pointer)
        is_server = (len(steps) > 1 and steps[-2] == "servers") or steps[-1:] == ["server"]
        if not is_server or not isinstance(value.get("url"), str):
            continue
        used = _VARIABLE.findall(value["url"])
        declared = value.get("variables")
        variables: dict[str, Any] = declared if isinstance(declared, dict) else {}
        missing = [name for name in used if name not in variables]
        if missing:
            text = 'Not all server\'s variables are described with "variables" object. Missed: '
            yield join(pointer, "variables"), f"{text}{', '.join(missing)}."
        for name, one in variables.items():
            place = join(pointer, "variables", name)
            if name not in used:
                yield place, f'Server\'s "variables" object has unused defined "{name}" url variable.'
            if isinstance(one, dict) and "default" not in one:
                yield place, f'Server Variable "{name}" has a missing default.'
            elif isinstance(one, dict) and isinstance(one.get("enum"), list) and one["default"] not in one["enum"]:
                yield join(place, "default"), f'Server Variable "{name}" has a default not listed in the enum.'


def _nested_callbacks(subject: Subject) -> Found:
    for pointer, operation, _ in subject.operations:
        for name, callback in _dict(operation.get("callbacks")).items():
            for expression, item in callback.items() if isinstance(callback, dict) else ():
                for method, inner in item.items() if isinstance(item, dict) else ():
                    if isinstance(inner, dict) and "callbacks" in inner:
                        yield join(pointer, "callbacks", name, expression, method, "callbacks"), ""


def _in_webhooks(keyword: str) -> Callable[[Subject], Found]:
    def check(subject: Subject) -> Found:
        webhooks = subject.content.get("webhooks")
        for name, item in webhooks.items() if isinstance(webhooks, dict) else ():
            for method, operation in item.items() if isinstance(item, dict) else ():
                if isinstance(operation, dict) and keyword in operation:
                    yield join("/webhooks", name, method, keyword), ""

    return check


def _xml_attribute(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        if _at(value, "xml", "attribute") is True:
            yield join(pointer, "xml"), ""


_B = BuiltIn
_OFF = False
RULES: dict[str, BuiltIn] = {
    "operation-success-response": _B('Operation must have at least one "2xx" or "3xx" response.', _success_response),
    "oas2-operation-formData-consume-check": _B(
        'Operations with "in: formData" parameter must include "application/x-www-form-urlencoded" or '
        '"multipart/form-data" in their "consumes" property.', _form_data_consumes, formats=("2",)),
    "operation-operationId-unique": _B(
        'Every operation must have unique "operationId".', _unique_operation_ids, _ERROR),
    "operation-parameters": _B("Operation parameters are unique and non-repeating.", _unique_parameters),
    "operation-tag-defined": _B("Operation tags must be defined in global tags.", _defined_tags),
    "path-params": _B("Path parameters must be defined and valid.", _path_parameters, _ERROR),
    "contact-properties": _B('Contact object must have "name", "url" and "email".', _contact, recommended=_OFF),
    "duplicated-entry-in-enum": _B("Enum values must not have duplicate entry.", _distinct_enum),
    "info-contact": _B('Info object must have "contact" object.', _needs("info", "contact")),
    "info-description": _B('Info "description" must be present and non-empty string.', _needs("info", "description")),
    "info-license": _B('Info object must have "license" object.', _needs("info", "license"), recommended=_OFF),
    "license-url": _B('License object must include "url".', _needs("info", "license", "url"), recommended=_OFF),
    "no-eval-in-markdown": _B('Markdown descriptions must not have "eval(".', _no_text(r"eval\(")),
    "no-script-tags-in-markdown": _B('Markdown descriptions must not have "<script>" tags.', _no_text("<script")),
    "openapi-tags-alphabetical": _B(
        'OpenAPI object must have alphabetical "tags".', _alphabetical_tags, recommended=_OFF),
    "openapi-tags-uniqueness": _B("Each tag must have a unique name.", _unique_tags, _ERROR),
    "openapi-tags": _B('OpenAPI object must have non-empty "tags" array.', _list_of_tags, recommended=_OFF),
    "operation-description": _B(
        'Operation "description" must be present and non-empty string.', _operation_needs("description")),
    "operation-operationId": _B('Operation must have "operationId".', _operation_needs("operationId")),
    "operation-operationId-valid-in-url": _B(
        "operationId must not contain characters that are invalid when used in URL.", _operation_id_in_url),
    "operation-singular-tag": _B("Operation must not have more than a single tag.", _single_tag, recommended=_OFF),
    "operation-tags": _B('Operation must have non-empty "tags" array.', _tags_of_operations),
    "path-declarations-must-exist": _B(
        'Path parameter declarations must not be empty, ex."/given/{}" is invalid.', _paths_without(r"\{\}")),
    "path-keys-no-trailing-slash": _B("Path must not end with slash.", _paths_without(r".+/$")),
    "path-not-include-query": _B("Path must not include query string.", _paths_without(r"\?")),
    "tag-description": _B('Tag object must have "description".', _described_tags, recommended=_OFF),
    "no-$ref-siblings": _B(
        "Property must not be placed among $ref", _reference_siblings, _ERROR, formats=("2", "3.0")),
    "array-items": _B('Schemas with "type: array", require a sibling "items" field', _array_items, _ERROR),
    "typed-enum": _B("Enum values must respect the specified type.", _typed_enum),
    "oas2-api-host": _B('OpenAPI "host" must be present and non-empty string.', _needs("host"), formats=("2",)),
    "oas2-api-schemes": _B('OpenAPI host "schemes" must be present and non-empty array.', _schemes, formats=("2",)),
    "oas2-discriminator": _B(
        "discriminator property must be defined and required", _discriminators, _ERROR, formats=("2",)),
    "oas2-host-not-example": _B(
        "Host URL must not point at example.com.", _host(r"example\.com"), recommended=_OFF, formats=("2",)),
    "oas2-host-trailing-slash": _B("Server URL must not have trailing slash.", _host("/$"), formats=("2",)),
    "oas2-parameter-description": _B(
        'Parameter objects must have "description".', _described_parameters, recommended=_OFF, formats=("2",)),
    "oas2-operation-security-defined": _B(
        'Operation "security" values must match a scheme defined in the "securityDefinitions" object.',
        _defined_security, formats=("2",)),
    "oas2-valid-schema-example": _B(
        "Examples must be valid against their defined schema.", _examples(of_media=False), _ERROR, formats=("2",)),
    "oas2-valid-media-example": _B(
        "Examples must be valid against their defined schema.", _examples(of_media=True), _ERROR, formats=("2",)),
    "oas2-anyOf": _B('"anyOf" keyword must not be used in OpenAPI v2 document.', _keyword("anyOf"), formats=("2",)),
    "oas2-oneOf": _B('"oneOf" keyword must not be used in OpenAPI v2 document.', _keyword("oneOf"), formats=("2",)),
    "oas2-schema": _B("Validate structure of OpenAPI v2 specification.", _structure, _ERROR, formats=("2",)),
    "oas2-unused-definition": _B(
        "Potentially unused definition has been detected.", _unused_definitions, formats=("2",)),
    "oas3-api-servers": _B('OpenAPI "servers" must be present and non-empty array.', _servers, formats=("3",)),
    "oas3-examples-value-or-externalValue": _B(
        'Examples must have either "value" or "externalValue" field.', _example_values, formats=("3",)),
    "oas3-operation-security-defined": _B(
        'Operation "security" values must match a scheme defined in the "components.securitySchemes" object.',
        _defined_security, formats=("3",)),
    "oas3-parameter-description": _B(
        'Parameter objects must have "description".', _described_parameters, recommended=_OFF, formats=("3",)),
    "oas3-server-not-example.com": _B(
        "Server URL must not point at example.com.", _server_urls(r"example\.com"), recommended=_OFF, formats=("3",)),
    "oas3-server-trailing-slash": _B("Server URL must not have trailing slash.", _server_urls("./$"), formats=("3",)),
    "oas3-valid-media-example": _B(
        "Examples must be valid against their defined schema.", _examples(of_media=True), _ERROR, formats=("3",)),
    "oas3-valid-schema-example": _B(
        "Examples must be valid against their defined schema.", _examples(of_media=False), _ERROR, formats=("3",)),
    "oas3-schema": _B("Validate structure of OpenAPI v3 specification.", _structure, _ERROR, formats=("3",)),
    "oas3-unused-component": _B("Potentially unused component has been detected.", _unused_components, formats=("3",)),
    "oas3-links-parameters-expression": _B(
        "The links.parameters object's values should be valid runtime expressions.", _link_parameters, _ERROR,
        formats=("3",)),
    "oas3-server-variables": _B(
        "Server variables must be defined and valid and there must be no unused variables.", _server_variables, _ERROR,
        formats=("3",)),
    "oas3-callbacks-in-callbacks": _B(
        "Callbacks should not be defined within a callback", _nested_callbacks, formats=("3",)),
    "oas3_1-servers-in-webhook": _B(
        "Servers should not be defined in a webhook.", _in_webhooks("servers"), formats=("3.1", "3.2")),
    "oas3_1-callbacks-in-webhook": _B(
        "Callbacks should not be defined in a webhook.", _in_webhooks("callbacks"), formats=("3.1", "3.2")),
    "oas3_2-no-deprecated-xml-attribute": _B(
        '"xml.attribute" is deprecated in OAS 3.2; use "xml.nodeType: attribute" instead.', _xml_attribute,
        formats=("3.2",)),
}  # fmt: skip
"""The rules by name."""
