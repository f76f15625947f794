"""The rules of `spectral:oas`: the same names and verdicts, written for documents as locum reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.openapi.lint.diagnostics import Severity
from locum.openapi.pointers import join, split
from locum.review.lint.operation_rules import OPERATION_RULES
from locum.review.lint.schema_rules import SCHEMA_RULES
from locum.review.lint.subject import (
    BuiltIn,
    Found,
    Subject,
    is_filled,
    member_at,
    needs,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RULES"]


def _contact(subject: Subject) -> Found:
    contact = member_at(subject.content, "info", "contact")
    if isinstance(contact, dict):
        yield from ((join("/info/contact", name), "") for name in ("name", "url", "email") if not contact.get(name))


def _schemes(subject: Subject) -> Found:
    if not is_filled(subject.content.get("schemes")):
        yield "/schemes", ""


def _host(expression: str) -> Callable[[Subject], Found]:
    pattern = re.compile(expression)

    def check(subject: Subject) -> Found:
        host = subject.content.get("host")
        if isinstance(host, str) and pattern.search(host):
            yield "/host", ""

    return check


def _servers(subject: Subject) -> Found:
    if not is_filled(subject.content.get("servers")):
        yield "/servers", ""


def _server_urls(expression: str) -> Callable[[Subject], Found]:
    pattern = re.compile(expression)

    def check(subject: Subject) -> Found:
        servers = subject.content.get("servers")
        for index, server in enumerate(servers if isinstance(servers, list) else ()):
            url = server.get("url") if isinstance(server, dict) else None
            if isinstance(url, str) and pattern.search(url):
                yield join("/servers", index, "url"), ""

    return check


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


_B, _ERROR = BuiltIn, Severity.ERROR
_DOCUMENT_RULES: dict[str, BuiltIn] = {
    "contact-properties": _B('Contact object must have "name", "url" and "email".', _contact, recommended=False),
    "info-contact": _B('Info object must have "contact" object.', needs("info", "contact")),
    "info-description": _B('Info "description" must be present and non-empty string.', needs("info", "description")),
    "info-license": _B('Info object must have "license" object.', needs("info", "license"), recommended=False),
    "license-url": _B('License object must include "url".', needs("info", "license", "url"), recommended=False),
    "oas2-api-host": _B('OpenAPI "host" must be present and non-empty string.', needs("host"), formats=("2",)),
    "oas2-api-schemes": _B('OpenAPI host "schemes" must be present and non-empty array.', _schemes, formats=("2",)),
    "oas2-host-not-example": _B(
        "Host URL must not point at example.com.", _host(r"example\.com"), recommended=False, formats=("2",)),
    "oas2-host-trailing-slash": _B("Server URL must not have trailing slash.", _host("/$"), formats=("2",)),
    "oas3-api-servers": _B('OpenAPI "servers" must be present and non-empty array.', _servers, formats=("3",)),
    "oas3-server-not-example.com": _B(
        "Server URL must not point at example.com.", _server_urls(r"example\.com"), recommended=False, formats=("3",)),
    "oas3-server-trailing-slash": _B("Server URL must not have trailing slash.", _server_urls("./$"), formats=("3",)),
    "oas3-server-variables": _B(
        "Server variables must be defined and valid and there must be no unused variables.", _server_variables, _ERROR,
        formats=("3",)),
}  # fmt: skip
"""The rules about the document as a whole: its information and its servers."""

RULES = {**_DOCUMENT_RULES, **OPERATION_RULES, **SCHEMA_RULES}
"""The rules by name."""
