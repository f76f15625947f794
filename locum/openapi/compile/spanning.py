"""Path parameters whose values contain slashes, which clients do not encode: `library/nginx` in `/images/{name}/json`.

OpenAPI has no word for them (a value "MUST NOT contain any unescaped / ? #", 3.1, section 4.8.12.2), so a document
shows them by a name (`{path}`, `{ref}`), by an example, or by a value in its description.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from locum.openapi.paths import path_of
from locum.openapi.pointers import BrokenReference, follow

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Spanning", "literal_tail"]

_NAMED = re.compile(r"\{(?:\w*[pP]ath|ref)\}")
_QUOTED = re.compile(r"[`\"']([\w.~:@+-]+(?:/[\w.~:@+-]+)+)[`\"']")
_EXPRESSION = re.compile(r"\{[^{}]*\}")


class Spanning:
    """The path parameters of one document whose values contain slashes."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._prefixes = frozenset(_shown(content))

    def tail_of(self, template: str) -> tuple[str, ...] | None:
        """Return the literal segments after the last parameter of a path if its values contain slashes, else None.

        `/images/{name}/json` has `("json",)`, `/files/{path}` has `()`.
        """
        tail = literal_tail(template)
        if tail is None:
            return None
        steps = path_of(template).split("/")
        head = steps[: len(steps) - len(tail)]
        return tail if _NAMED.fullmatch(head[-1]) or "/".join(head) in self._prefixes else None


def literal_tail(template: str) -> tuple[str, ...] | None:
    """Return the segments after the last expression of a path if that is a segment of its own, else None."""
    if "{" not in template:
        return None
    steps = path_of(template).split("/")
    last = max((index for index, step in enumerate(steps) if "{" in step), default=0)
    return tuple(steps[last + 1 :]) if _EXPRESSION.fullmatch(steps[last]) else None


def _shown(content: dict[str, Any]) -> Iterator[str]:
    """Yield the paths up to each parameter for which the document shows a value with a slash: `/images/{name}`."""
    known: dict[str, str] = {}
    for path, declared in (content.get("paths") or {}).items():
        if "{" not in path:
            continue
        for parameter in _parameters(content, declared):
            reference = parameter.get("$ref") if isinstance(parameter, dict) else None
            name = known.get(reference) if isinstance(reference, str) else None
            if name is None:
                name = _name_if_slashed(content, parameter)
                if isinstance(reference, str):
                    known[reference] = name
            if name and (place := path_of(path).find(f"/{{{name}}}")) >= 0:
                yield path[: place + len(name) + 3]


def _parameters(content: dict[str, Any], declared: Any) -> Iterator[Any]:
    """Yield the parameters of a path item and of its operations."""
    with suppress(BrokenReference):
        item = follow(content, declared)
        for one in (item, *item.values()) if isinstance(item, dict) else ():
            found = one.get("parameters") if isinstance(one, dict) else None
            yield from found if isinstance(found, list) else ()


def _name_if_slashed(content: dict[str, Any], parameter: Any) -> str:
    """Return the name of a path parameter if a value with a slash is shown for it, else an empty text."""
    try:
        found = follow(content, parameter)
        schema = follow(content, found.get("schema") or {}) if isinstance(found, dict) else {}
    except BrokenReference:
        return ""
    if not isinstance(found, dict) or found.get("in") != "path" or not isinstance(schema, dict):
        return ""
    values = [schema.get("example"), schema.get("default"), found.get("example"), found.get("x-example")]
    values += [one.get("value") for one in (found.get("examples") or {}).values() if isinstance(one, dict)]
    values += schema["examples"] if isinstance(schema.get("examples"), list) else []
    texts = " ".join(text for text in (found.get("description"), schema.get("description")) if isinstance(text, str))
    is_shown = any(isinstance(one, str) and "/" in one.strip("/") for one in values) or _QUOTED.search(texts)
    return str(found.get("name", "")) if is_shown else ""
