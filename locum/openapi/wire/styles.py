"""How arrays and objects are written in a path, a query, a header or a cookie, and read again.

The table is in the OpenAPI 3.0.3 specification, section 4.7.12.1 "Style Values".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_STYLES", "Unreadable", "from_pairs", "from_text", "to_pairs", "to_text"]

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


def to_text(value: Any, name: str, style: str, *, explode: bool) -> str:
    """Write one value for a path segment, a header or a cookie, not yet percent-encoded: what `from_text` reads."""
    separator = "," if not explode or style in {"simple", "form"} else "." if style == "label" else ";"
    named = style == "matrix" and not (explode and isinstance(value, dict))
    if isinstance(value, list):
        items = [f"{name}={_scalar(item)}" if named and explode else _scalar(item) for item in value]
    elif isinstance(value, dict):
        items = [f"{key}={_scalar(item)}" if explode else f"{key},{_scalar(item)}" for key, item in value.items()]
    else:
        items = [_scalar(value)]
    text = separator.join(items)
    if named and not (explode and isinstance(value, list)):
        text = f"{name}={text}" if text else name
    return {"label": ".", "matrix": ";"}.get(style, "") + text


def to_pairs(value: Any, name: str, style: str, *, explode: bool) -> list[tuple[str, str]]:
    """Write one value as the pairs of a query, not yet percent-encoded: what `from_pairs` reads."""
    if style == "deepObject" and isinstance(value, dict):
        return [pair for key, item in value.items() for pair in to_pairs(item, f"{name}[{key}]", style, explode=True)]
    if isinstance(value, dict) and explode and style == "form":
        return [pair for key, item in value.items() for pair in to_pairs(item, key, style, explode=True)]
    if isinstance(value, list) and (explode or style == "deepObject"):
        return [(name, _scalar(item)) for item in value]
    if isinstance(value, list | dict):
        flat = value if isinstance(value, list) else [part for pair in value.items() for part in pair]
        return [(name, _DELIMITERS.get(style, ",").join(map(_scalar, flat)))]
    return [(name, _scalar(value))]


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


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
