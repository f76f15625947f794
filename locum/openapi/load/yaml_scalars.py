"""Scalars of YAML, by the JSON schema of YAML 1.2 (section 10.2): dates, `no`, `012` and `12:30` are text."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple, NoReturn

import orjson

__all__ = ["TAG", "NotParsed", "Repeated", "key_text", "refuse", "resolved"]

_LONGEST_INTEGER = 400
"""Digits: a float has 309 of them at most, and Python refuses to read 4,300."""

_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
TAG = "tag:yaml.org,2002:"
"""How the tags that YAML itself defines begin."""


class NotParsed(ValueError):  # noqa: N818 (named for what it is, as every refusal is)
    """A text that is not YAML or not JSON; `line` and `column` count from 1."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


class Repeated(NamedTuple):
    """A key that an object has twice: its pointer in the file, and where it stands again (both from 1)."""

    pointer: str
    line: int
    column: int


def resolved(event: Any) -> Any:
    """Return the value of a scalar. Raises NotParsed for a tag that is not of JSON, and for a number too large."""
    text = event.value
    if event.tag == "!" or (event.implicit[1] and not event.implicit[0]):
        return text
    value = _plain(event, text)
    if event.implicit[0]:
        return value
    kind = event.tag.removeprefix(TAG)
    if kind == "str":
        return text
    kinds: dict[str, Any] = {"int": int, "float": (int, float), "bool": bool, "null": type(None)}
    if event.tag == kind or kind not in kinds:
        refuse(event, f"could not determine a constructor for the tag '{event.tag}'")
    if not isinstance(value, kinds[kind]) or (kind in {"int", "float"} and isinstance(value, bool)):
        refuse(event, f"{text!r} is not of the tag !!{kind}")
    return float(value) if kind == "float" else value


def _plain(event: Any, text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-0123456789":
        return text
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    if match[1] is None and match[2] is None:
        if len(text) > _LONGEST_INTEGER:
            refuse(event, f"an integer of more than {_LONGEST_INTEGER} digits")
        return int(text)
    number = float(text)
    if math.isinf(number):
        refuse(event, f"{text} is too large for a number")
    return number


def key_text(event: Any, value: Any) -> str:
    """Return a key as text, as JSON would write it: YAML reads the status `200:` as a number."""
    if isinstance(value, dict | list):
        refuse(event, "found unhashable key: a key must be text")
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer beyond 64 bits
        return str(value)


def refuse(event: Any, reason: str) -> NoReturn:
    """Raise NotParsed at an event."""
    raise NotParsed(reason, event.start_mark.line + 1, event.start_mark.column + 1)
