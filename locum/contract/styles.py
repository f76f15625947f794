"""How arrays and objects are written in a path, a query, a header or a cookie.

The table is in the OpenAPI 3.0.3 specification, section 4.7.12.1 "Style Values".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_STYLES", "Unreadable", "from_pairs", "from_text"]

DEFAULT_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_DELIMITERS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


class Unreadable(ValueError):  # noqa: N818 (named for what it is, as every refusal is)
    """The text does not have the form that the style asks for."""


def from_text(text: str, name: str, style: str, shape: str, *, explode: bool) -> Any:
    """Read one value written in a path segment, a header or a cookie.

    `shape` is primitive, array or object. Raises Unreadable.
    """
    if style == "label":
        text, separator = _without(text, "."), "." if explode else ","
    elif style == "matrix":
        return _matrix(text, name, shape, explode=explode)
    else:
        separator = ","
    if shape == "primitive":
        return text
    parts = [part.strip() if style == "simple" else part for part in text.split(separator)] if text else []
    return parts if shape == "array" else _object(parts, explode=explode)


def from_pairs(pairs: Mapping[str, list[str]], name: str, style: str, shape: str, *, explode: bool) -> Any:
    """Read one value written as the pairs of a query (or of a form); None where it is absent.

    Raises Unreadable.
    """
    if style == "deepObject":
        found = _deep(pairs, name)
        if found is not None:
            return found
    if style == "form" and explode and shape == "object":
        # Each property is a pair of its own.
        return {key: _one_or_all(values) for key, values in pairs.items()} or None
    values = pairs.get(name)
    if values is None:
        return None
    if shape == "primitive" or style == "deepObject":
        return _one_or_all(values)
    if explode and shape == "array":
        return values
    if len(values) > 1:
        message = "must be written once, its items parted by " + repr(_DELIMITERS.get(style, ","))
        raise Unreadable(message)
    parts = values[0].split(_DELIMITERS.get(style, ",")) if values[0] else []
    return parts if shape == "array" else _object(parts, explode=False)


def _one_or_all(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else values


def _without(text: str, prefix: str) -> str:
    if not text.startswith(prefix):
        message = f"must begin with {prefix!r}"
        raise Unreadable(message)
    return text[len(prefix) :]


def _object(parts: list[str], *, explode: bool) -> dict[str, str]:
    """Read `R=100,G=200` (exploded) or `R,100,G,200`."""
    if explode:
        pairs = [part.partition("=") for part in parts]
        if any(not equals for _, equals, _ in pairs):
            message = "must be written as name=value pairs"
            raise Unreadable(message)
        return {key: value for key, _, value in pairs}
    if len(parts) % 2:
        message = "must be written as names and values in turn"
        raise Unreadable(message)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _matrix(text: str, name: str, shape: str, *, explode: bool) -> Any:
    """Read `;color=blue`, `;color=blue,black`, `;color=blue;color=black` or `;R=100;G=200`."""
    parts = _without(text, ";").split(";")
    if explode and shape == "object":
        return _object(parts, explode=True)
    values = [_without(part, f"{name}=") if part != name else "" for part in parts]
    if shape == "primitive":
        return values[0] if len(values) == 1 else values
    items = values if explode else values[0].split(",")
    return items if shape == "array" else _object(items, explode=False)


def _deep(pairs: Mapping[str, list[str]], name: str) -> dict[str, Any] | None:
    """Read `color[R]=100&color[G]=200`, and the nested form that most servers take."""
    found: dict[str, Any] = {}
    for key, values in pairs.items():
        if not key.startswith(name + "["):
            continue
        steps = _BRACKETS.findall(key[len(name) :])
        if "".join(f"[{step}]" for step in steps) != key[len(name) :]:
            message = "has unbalanced brackets"
            raise Unreadable(message)
        inner: Any = found
        for step in steps[:-1]:
            inner = inner.setdefault(step, {})
            if not isinstance(inner, dict):
                message = "is both a value and an object"
                raise Unreadable(message)
        if isinstance(inner.get(steps[-1]), dict):
            message = "is both a value and an object"
            raise Unreadable(message)
        inner[steps[-1]] = _one_or_all(values)
    return found or None
