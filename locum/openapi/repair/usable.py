"""What a parameter or a security scheme needs so that it can be used at all, wherever it is referred to."""

from __future__ import annotations

import re
from typing import Any

from locum.openapi.near_names import meant
from locum.openapi.repair.values import shortly

__all__ = ["TOKEN", "unusable"]

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, section 5.6.2: what the name of a header is made of."""

_LOCATIONS = ("path", "query", "header", "cookie")
_SCHEME_FIELDS = {"apiKey": ("name", "in"), "http": ("scheme",)}
_SCHEME_TYPES = ("apiKey", "http", "mutualTLS", "oauth2", "openIdConnect")
_KEY_LOCATIONS = ("query", "header", "cookie")


def unusable(kind: str, value: dict[str, Any], version: str) -> tuple[str, str] | None:
    """Return the member that is at fault (empty for the object itself) and why; None for what can be used."""
    if kind == "parameter":
        return _parameter(value, version)
    return _scheme(value) if kind == "security scheme" else None


def _parameter(value: dict[str, Any], version: str) -> tuple[str, str] | None:
    name, location = value.get("name"), value.get("in")
    locations = (*_LOCATIONS, "querystring") if version == "3.2" else _LOCATIONS
    if not isinstance(name, str):
        return "", "a parameter needs a `name`, which is text."
    if "in" not in value:
        return "", f"a parameter needs `in`: {', '.join(locations)}."
    if location not in locations:
        hint = meant(str(location), locations)
        hint = hint if hint.startswith(" Did") else ""
        if location in ("body", "formData"):
            hint = " OpenAPI 3 has `requestBody` for it."
        return "in", f"{shortly(location)} is not one of {', '.join(locations)}.{hint}"
    if location == "header" and not TOKEN.fullmatch(name):
        return "name", f"{shortly(name)} is not a valid header name."
    return None


def _scheme(value: dict[str, Any]) -> tuple[str, str] | None:
    kind = value.get("type")
    if "type" not in value:
        return "", "'type' is missing."
    if kind not in _SCHEME_TYPES:
        hint = meant(str(kind), _SCHEME_TYPES)
        hint = hint if hint.startswith(" Did") else ""
        return "type", f"{shortly(kind)} is not one of {', '.join(_SCHEME_TYPES)}.{hint}"
    for name in _SCHEME_FIELDS.get(str(kind), ()):
        if not isinstance(value.get(name), str):
            return "", f"{name!r} is missing."
    if kind == "apiKey" and value["in"] not in _KEY_LOCATIONS:
        return "in", f"{shortly(value['in'])} is not one of {', '.join(_KEY_LOCATIONS)}."
    if kind == "apiKey" and value["in"] == "header" and not TOKEN.fullmatch(value["name"]):
        return "name", f"{shortly(value['name'])} is not a valid header name."
    return None
