"""Servers: the base path of the operations of a document (OpenAPI 3.0.3, sections 4.7.5 and 4.7.9)."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["base_path_of"]

_HOST = re.compile(r"(?:[^/?#]*:)?//[^/?#]*|\{[^{}/]*\}(?=/|$)")
"""The beginning of an absolute URL; a leading variable without a default is taken for the host."""


def base_path_of(servers: Any) -> str:
    """Return the path of the first server, percent-encoded as in the document; empty for the root.

    Variables have their default, else the first value of their `enum`. Relative URLs are resolved from the root, and
    `..` is removed (RFC 3986, section 5.2.4). An invalid list is treated as empty: the document may not be validated.
    """
    server = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
    url, variables = str(server.get("url", "")), server.get("variables")
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        url = url.replace("{" + name + "}", _value_of(variable))
    host = _HOST.match(url)
    path = re.split(r"[?#]", url[host.end() :] if host is not None else url, maxsplit=1)[0]
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in {"", "."}:
            steps.append(step)
    return "".join("/" + step for step in steps)


def _value_of(variable: Any) -> str:
    if not isinstance(variable, dict):
        return ""
    values = variable.get("enum")
    return str(variable.get("default", values[0] if isinstance(values, list) and values else ""))
