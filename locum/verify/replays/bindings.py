"""Bindings: find the values of later requests that earlier responses issued, such as identifiers and cursors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from locum.infer.resources.words import stem, words_of
from locum.openapi.pointers import join
from locum.verify.scenarios.replay import as_json, is_volatile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.verify.exchanges import Shown

__all__ = ["Bindings"]

_IDENTIFIERS = frozenset({"id", "uuid", "gid", "guid", "sid", "key", "slug", "number", "code", "name", "token", "tag"})
_CURSORS = frozenset({"cursor", "token", "marker", "after", "next", "continuation"})
_LEAST_TEXT = 6
"""Shorter strings that are no identifiers may be equal by chance."""
_MOST = 2000
LAST_SEGMENT = "([^/?#]+)/?$"
"""The identifier at the end of a Location."""


@dataclass(slots=True)
class _Source:
    step: str
    pointer: str
    name: str


@dataclass(slots=True)
class Bindings:
    """The values that the responses of steps issued, and the outputs that hold them."""

    _known: dict[str, _Source] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    """The runtime expressions of the outputs that are used, by step and name."""
    matches: dict[str, dict[str, str]] = field(default_factory=dict)
    """The patterns of outputs that are a part of a text, by step and name."""
    _sent: set[str] = field(default_factory=set)
    _locations: dict[str, str] = field(default_factory=dict)
    """The steps by the Location of their response."""

    def learn(self, step: str, shown: Shown) -> None:
        """Remember what a response issued: values that no request before it contained."""
        self._sent |= {str(value) for _, value in _scalars(as_json(shown.body or b""), "")}
        for count, (pointer, value) in enumerate(_scalars(as_json(shown.response_body), "")):
            if count > _MOST:
                break
            name = pointer.rpartition("/")[2]
            if str(value) in self._known or str(value) in self._sent or not _is_issued(name, value):
                continue
            self._known[str(value)] = _Source(step, f"$response.body#{pointer}", name)
        tag = shown.response_headers.get("etag")
        if tag is not None:
            self._known.setdefault(tag, _Source(step, "$response.header.etag", "etag"))
        self._locations.setdefault(shown.response_headers.get("location", ""), step)
        if "location" in shown.response_headers and not as_json(shown.response_body):
            last = unquote(urlsplit(shown.response_headers["location"]).path.rstrip("/").rpartition("/")[2])
            self._known.setdefault(last, _Source(step, "$response.header.location", "location"))

    def expression(self, value: Any) -> str | None:
        """Return the expression of a value that a response issued; None if none did."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            return None
        source = self._known.get(str(value))
        if source is None:
            return None
        outputs = self.outputs.setdefault(source.step, {})
        name = next((one for one, text in outputs.items() if text == source.pointer and one != "url"), None)
        if name is None:
            name = "".join(words_of(source.name)) or "value"
            name = name if name not in outputs else f"{name}{len(outputs) + 1}"
            outputs[name] = source.pointer
            if source.name == "location":
                self.matches.setdefault(source.step, {})[name] = LAST_SEGMENT
        return f"$steps.{source.step}.outputs.{name}"

    def location(self, url: str) -> str | None:
        """Return the expression of a URL that is the Location of an earlier response; None if it is not."""
        path = urlsplit(url).path
        step = next((step for one, step in self._locations.items() if one and urlsplit(one).path == path), None)
        if step is None:
            return None
        self.outputs.setdefault(step, {})["url"] = "$response.header.location"
        return f"$steps.{step}.outputs.url"

    def in_value(self, value: Any, name: str = "") -> Any:
        """Replace issued values in a JSON value by expressions; a small number only where it is an identifier."""
        if isinstance(value, dict):
            return {key: self.in_value(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.in_value(item, name) for item in value]
        is_reference = isinstance(value, str) or _is_identifier(name)
        return (self.expression(value) if is_reference else None) or value

    def in_text(self, text: str, name: str) -> Any:
        """Replace the value of a query parameter or header by its expression, if it is a cursor or an identifier."""
        if text.isdigit() and not _is_identifier(name) and stem(name) not in _CURSORS:
            return text
        return self.expression(text) or text


def _is_identifier(name: str) -> bool:
    words = words_of(name)
    return bool(words) and words[-1] in {"id", "ids", "uuid", "gid", "guid", "sid", "key", "keys"}


def _is_issued(name: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    words = words_of(name)
    last = words[-1] if words else ""
    if last in {"id", "uuid", "gid", "guid", "sid"} or (isinstance(value, str) and last in _IDENTIFIERS | _CURSORS):
        return True
    return isinstance(value, str) and len(value) >= _LEAST_TEXT and is_volatile(value)


def _scalars(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _scalars(inner, join(pointer, name))
    elif isinstance(value, list):
        for item in value[:1]:  # what else is in a list differs from server to server
            yield from _scalars(item, join(pointer, 0))
    elif value is not None:
        yield pointer, value
