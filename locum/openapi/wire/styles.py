"""How arrays and objects are written in a path, a query, a header or a cookie, and read again.

The table is in the OpenAPI 3.0.4 specification, section 4.7.12 "Style Examples"; it is RFC 6570 for
the styles that RFC 6570 has.

In a URL a value is split at its delimiters before its parts are percent-decoded (RFC 6570, section 1.5):
`a,b%2Cc` has two items. So these functions take the text as it was sent, and a function that decodes one
part; a header and a cookie have no percent-encoding, and need none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DEFAULT_STYLES", "Unreadable", "from_pairs", "from_text", "has_delimiter", "to_pairs", "to_text"]

DEFAULT_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form", "querystring": "form"}
_DELIMITERS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_ENCODED = {"spaceDelimited": re.compile(r"%20|\+"), "pipeDelimited": re.compile("%7C", re.IGNORECASE)}
"""Delimiters that a URL cannot hold as they are, so that they are sent percent-encoded."""
_DEEPEST = 64
"""Levels of an object in a query."""
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


class Unreadable(ValueError):  # noqa: N818 (named for what it is, as every refusal is)
    """The text does not have the form that the style asks for."""


def _as_it_is(text: str) -> str:
    return text


def from_text(  # noqa: PLR0913 (a parameter, as it is declared)
    text: str, name: str, style: str, shape: str, *, explode: bool, decode: Callable[[str], str] = _as_it_is
) -> Any:
    """Read one value written in a path segment, a header or a cookie.

    `shape` is primitive, array or object; `decode` decodes one part of the text. Raises Unreadable.
    """
    if style == "matrix":
        return _matrix(text, name, shape, explode=explode, decode=decode)
    separator = ","
    if style == "label":
        text, separator = _without(text, "."), "." if explode else ","
    if shape == "primitive":
        return decode(text)
    parts = [part.strip() if style == "simple" else part for part in text.split(separator)] if text else []
    return [decode(part) for part in parts] if shape == "array" else _object(parts, explode=explode, decode=decode)


def from_pairs(  # noqa: PLR0913 (a parameter, as it is declared)
    pairs: Mapping[str, list[str]],
    name: str,
    style: str,
    shape: str,
    *,
    explode: bool,
    decode: Callable[[str], str] = _as_it_is,
) -> Any:
    """Read one value written as the pairs of a query (or of a form); None where it is absent.

    `decode` decodes one part of a value; names are decoded already. Raises Unreadable.
    """
    if style == "deepObject":
        found = _deep(pairs, name, decode)
        if found is not None:
            return found
    if style == "form" and explode and shape == "object":
        # Each property is a pair of its own.
        return {key: _one_or_all([decode(value) for value in values]) for key, values in pairs.items()} or None
    values = pairs.get(name)
    if values is None:
        return None
    if shape == "primitive" or style == "deepObject":
        return _one_or_all([decode(value) for value in values])
    if explode and shape == "array":
        return [decode(value) for value in values]
    if len(values) > 1:
        message = "must be written once, its items parted by " + repr(_DELIMITERS.get(style, ","))
        raise Unreadable(message)
    parts = _split(values[0], style, decode) if values[0] else []
    return [decode(part) for part in parts] if shape == "array" else _object(parts, explode=False, decode=decode)


def has_delimiter(text: str, style: str, *, explode: bool) -> bool:
    """Whether a text as it was sent has a delimiter of its style, so that it is more than a single value."""
    if style == "label":
        return ("." if explode else ",") in text[1:]
    if style == "matrix":
        return (";" if explode else ",") in text[1:]
    encoded = _ENCODED.get(style)
    return _DELIMITERS.get(style, ",") in text or (encoded is not None and encoded.search(text) is not None)


def _split(text: str, style: str, decode: Callable[[str], str]) -> list[str]:
    delimiter = _DELIMITERS.get(style, ",")
    if delimiter not in text and decode is not _as_it_is and style in _ENCODED:
        return _ENCODED[style].split(text)
    return text.split(delimiter)


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


def _object(parts: list[str], *, explode: bool, decode: Callable[[str], str]) -> dict[str, str]:
    """Read `R=100,G=200` (exploded) or `R,100,G,200`."""
    if explode:
        pairs = [part.partition("=") for part in parts]
        if any(not equals for _, equals, _ in pairs):
            message = "must be written as name=value pairs"
            raise Unreadable(message)
        return {decode(key): decode(value) for key, _, value in pairs}
    if len(parts) % 2:
        message = "must be written as names and values in turn"
        raise Unreadable(message)
    return dict(zip(map(decode, parts[::2]), map(decode, parts[1::2]), strict=True))


def _matrix(text: str, name: str, shape: str, *, explode: bool, decode: Callable[[str], str]) -> Any:
    """Read `;color=blue`, `;color=blue,black`, `;color=blue;color=black` or `;R=100;G=200`."""
    parts = _without(text, ";").split(";")
    if explode and shape == "object":
        return _object(parts, explode=True, decode=decode)
    values = []
    for part in parts:
        key, equals, value = part.partition("=")
        if decode(key) != name:
            message = f"must begin with {name + '='!r}"
            raise Unreadable(message)
        values.append(value if equals else "")
    if shape == "primitive":
        return _one_or_all([decode(value) for value in values])
    items = values if explode else values[0].split(",") if values[0] else []
    return [decode(item) for item in items] if shape == "array" else _object(items, explode=False, decode=decode)


def _deep(pairs: Mapping[str, list[str]], name: str, decode: Callable[[str], str]) -> dict[str, Any] | None:
    """Read `color[R]=100&color[G]=200`, and the nested form that most servers take."""
    found: dict[str, Any] = {}
    for key, values in pairs.items():
        if not key.startswith(name + "["):
            continue
        steps = _BRACKETS.findall(key[len(name) :])
        if "".join(f"[{step}]" for step in steps) != key[len(name) :]:
            message = "has unbalanced brackets"
            raise Unreadable(message)
        if len(steps) > _DEEPEST:
            message = f"is nested more than {_DEEPEST} levels deep"
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
        inner[steps[-1]] = _one_or_all([decode(value) for value in values])
    return found or None
