"""The rules of `spectral:oas` about operations: paths, parameters, tags, security, links, callbacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.openapi.lint.diagnostics import Severity
from locum.openapi.pointers import join, split
from locum.openapi.repair.repairs import shortly
from locum.review.lint.functions import FUNCTIONS
from locum.review.lint.subject import (
    METHODS,
    BuiltIn,
    Found,
    Subject,
    as_dict,
    as_list,
    is_filled,
    is_parameter,
    member_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["OPERATION_RULES"]


def _operation_needs(name: str) -> Callable[[Subject], Found]:
    def check(subject: Subject) -> Found:
        for pointer, operation, _ in subject.operations:
            if not operation.get(name):
                yield join(pointer, name), ""

    return check


def _success_response(subject: Subject) -> Found:
    for pointer, operation, _ in subject.operations:
        responses = operation.get("responses")
        if isinstance(responses, dict) and not any(
            str(status)[:1] in "23" or status == "default" for status in responses
        ):
            yield join(pointer, "responses"), ""


def _form_data_consumes(subject: Subject) -> Found:
    for pointer, operation, _ in subject.operations:
        parameters = [subject.resolved(one) for one in as_list(operation.get("parameters"))]
        if any(isinstance(one, dict) and one.get("in") == "formData" for one in parameters):
            consumes = as_list(operation.get("consumes", subject.content.get("consumes")))
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
            and is_parameter(pointer)
        ):
            text = f'Path parameter "{value["name"]}" must have "required" property that is set to "true".'
            yield pointer, text


def _methods(item: dict[str, Any]) -> list[str]:
    return [method for method in METHODS if isinstance(item.get(method), dict)]


def _in_path(subject: Subject, declared: Any, pointer: str) -> Iterator[tuple[str, str]]:
    for index, value in enumerate(declared if isinstance(declared, list) else ()):
        one = subject.resolved(value)
        if isinstance(one, dict) and one.get("in") == "path" and isinstance(one.get("name"), str):
            yield one["name"], join(pointer, index)


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
    if not is_filled(subject.content.get("tags")):
        yield "/tags", ""


def _tags_of_operations(subject: Subject) -> Found:
    yield from ((join(pointer, "tags"), "") for pointer, one, _ in subject.operations if not is_filled(one.get("tags")))


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


def _described_parameters(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        if "in" in value and is_parameter(pointer) and not value.get("description"):
            yield join(pointer, "description"), ""


def _defined_security(subject: Subject) -> Found:
    places = ("securityDefinitions",) if subject.version == "2" else ("components", "securitySchemes")
    schemes = member_at(subject.content, *places)
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
    flows = [scheme] if "scopes" in scheme else [*as_dict(scheme.get("flows")).values()]
    return {str(name) for flow in flows if isinstance(flow, dict) for name in as_dict(flow.get("scopes"))}


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


def _nested_callbacks(subject: Subject) -> Found:
    for pointer, operation, _ in subject.operations:
        for name, callback in as_dict(operation.get("callbacks")).items():
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


_B, _ERROR = BuiltIn, Severity.ERROR
OPERATION_RULES: dict[str, BuiltIn] = {
    "operation-success-response": _B('Operation must have at least one "2xx" or "3xx" response.', _success_response),
    "oas2-operation-formData-consume-check": _B(
        'Operations with "in: formData" parameter must include "application/x-www-form-urlencoded" or '
        '"multipart/form-data" in their "consumes" property.', _form_data_consumes, formats=("2",)),
    "operation-operationId-unique": _B(
        'Every operation must have unique "operationId".', _unique_operation_ids, _ERROR),
    "operation-parameters": _B("Operation parameters are unique and non-repeating.", _unique_parameters),
    "operation-tag-defined": _B("Operation tags must be defined in global tags.", _defined_tags),
    "path-params": _B("Path parameters must be defined and valid.", _path_parameters, _ERROR),
    "openapi-tags-alphabetical": _B(
        'OpenAPI object must have alphabetical "tags".', _alphabetical_tags, recommended=False),
    "openapi-tags-uniqueness": _B("Each tag must have a unique name.", _unique_tags, _ERROR),
    "openapi-tags": _B('OpenAPI object must have non-empty "tags" array.', _list_of_tags, recommended=False),
    "operation-description": _B(
        'Operation "description" must be present and non-empty string.', _operation_needs("description")),
    "operation-operationId": _B('Operation must have "operationId".', _operation_needs("operationId")),
    "operation-operationId-valid-in-url": _B(
        "operationId must not contain characters that are invalid when used in URL.", _operation_id_in_url),
    "operation-singular-tag": _B("Operation must not have more than a single tag.", _single_tag, recommended=False),
    "operation-tags": _B('Operation must have non-empty "tags" array.', _tags_of_operations),
    "path-declarations-must-exist": _B(
        'Path parameter declarations must not be empty, ex."/given/{}" is invalid.', _paths_without(r"\{\}")),
    "path-keys-no-trailing-slash": _B("Path must not end with slash.", _paths_without(r".+/$")),
    "path-not-include-query": _B("Path must not include query string.", _paths_without(r"\?")),
    "tag-description": _B('Tag object must have "description".', _described_tags, recommended=False),
    "oas2-parameter-description": _B(
        'Parameter objects must have "description".', _described_parameters, recommended=False, formats=("2",)),
    "oas2-operation-security-defined": _B(
        'Operation "security" values must match a scheme defined in the "securityDefinitions" object.',
        _defined_security, formats=("2",)),
    "oas3-operation-security-defined": _B(
        'Operation "security" values must match a scheme defined in the "components.securitySchemes" object.',
        _defined_security, formats=("3",)),
    "oas3-parameter-description": _B(
        'Parameter objects must have "description".', _described_parameters, recommended=False, formats=("3",)),
    "oas3-links-parameters-expression": _B(
        "The links.parameters object's values should be valid runtime expressions.", _link_parameters, _ERROR,
        formats=("3",)),
    "oas3-callbacks-in-callbacks": _B(
        "Callbacks should not be defined within a callback", _nested_callbacks, formats=("3",)),
    "oas3_1-servers-in-webhook": _B(
        "Servers should not be defined in a webhook.", _in_webhooks("servers"), formats=("3.1", "3.2")),
    "oas3_1-callbacks-in-webhook": _B(
        "Callbacks should not be defined in a webhook.", _in_webhooks("callbacks"), formats=("3.1", "3.2")),
}  # fmt: skip
"""The rules by name."""
