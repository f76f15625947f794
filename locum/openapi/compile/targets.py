"""Targets: write the values of parameters as a client sends them, in path, query, headers and cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from locum.openapi.paths import path_of
from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.styles import to_pairs, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter

__all__ = ["Target", "write_target"]

_UNRESERVED = "-._~"
_OF_A_STYLE = {"path": ",;=.", "query": ",|[]", "cookie": ","}
"""By location: characters of a serialized value (`style`) that are not percent-encoded."""


class Target(NamedTuple):
    """Where a request goes, below the base path of its operation, and the headers that parameters set."""

    path: str
    """With the query."""
    headers: dict[str, str]
    """By name in lower case, without cookies."""
    cookies: list[str]
    """Each as `name=value`."""


def write_target(operation: Operation, values: Iterable[tuple[tuple[str, str], Any]]) -> Target:
    """Return the target of a request with values by location and name; an undeclared name has the default style."""
    declared = {(parameter.location, parameter.name): parameter for parameter in operation.parameters}
    path = path_of(operation.path)
    query = [pair for pair in operation.path[len(path) + 1 :].split("&") if pair and "{" not in pair]
    path = quote(path, safe="/%{}:@!$&'()*+,;=~")
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for (location, name), value in values:
        parameter = declared.get((location, name.lower() if location == "header" else name))
        if location == "path":
            path = path.replace("{" + name + "}", _encoded(_text(parameter, name, value, "simple"), "path"))
        elif location == "query":
            pairs = _pairs(parameter, name, value)
            query += [f"{_encoded(key, 'query')}={_encoded(text, 'query')}" for key, text in pairs]
        elif location == "cookie":
            cookies.append(f"{name}={_encoded(_text(parameter, name, value, 'form'), 'cookie')}")
        else:
            headers[name.lower()] = _text(parameter, name, value, "simple")
    return Target(path + ("?" + "&".join(query) if query else ""), headers, cookies)


def _text(parameter: Parameter | None, name: str, value: Any, style: str) -> str:
    if parameter is None:
        return to_text(value, name, style, explode=False)
    if parameter.json:
        return write_json(value).decode()
    return to_text(value, name, parameter.style, explode=parameter.explode)


def _pairs(parameter: Parameter | None, name: str, value: Any) -> list[tuple[str, str]]:
    if parameter is None:
        return to_pairs(value, name, "form", explode=True)
    if parameter.json:
        return [(name, write_json(value).decode())]
    return to_pairs(value, parameter.name, parameter.style, explode=parameter.explode)


def _encoded(text: str, location: str) -> str:
    return quote(text, safe=_UNRESERVED + _OF_A_STYLE[location])
