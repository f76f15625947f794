"""Path templates: split the keys of `paths` into path, query and expressions."""

from __future__ import annotations

import re

__all__ = ["expressions_of", "path_of", "query_expressions_of"]

_EXPRESSION = re.compile(r"\{([^{}]*)\}")
_MARK = re.compile(r"\{[^{}]*\}|[?#]")


def path_of(template: str) -> str:
    """Return a path template without the query that some documents append: `/a?b=c`, `/a{?b}`.

    A question mark in a fragment (`/files#a?b`) belongs to the fragment.
    """
    if "?" in template:
        for found in _MARK.finditer(template):
            if found[0] == "#":
                break
            if "?" in found[0][:2]:
                return template[: found.start()]
    return template


def expressions_of(template: str) -> list[str]:
    """Return the names of the template expressions of a path, from left to right."""
    return _EXPRESSION.findall(path_of(template))


def query_expressions_of(template: str) -> set[str]:
    """Return the names of the template expressions that occur only in the query of a path key."""
    return set(_EXPRESSION.findall(template.removeprefix(path_of(template)))) - {*expressions_of(template)}
