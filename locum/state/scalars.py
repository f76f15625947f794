"""Scalars: single values that JSON does not know, as JSON; and how to say that something cannot be written or read."""

from __future__ import annotations

import base64
import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SCALARS", "Scalar", "Unwritable", "damaged", "is_plain", "kind_of", "step"]

_MICROSECOND = timedelta(microseconds=1)


class Unwritable(Exception):  # noqa: N818 (named for what happened)
    """Something is in a world that no snapshot can hold."""

    def __init__(self, place: str, value: object) -> None:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        super().__init__(
            f"{place} holds a {kind}, which no snapshot can hold. Use a frozen dataclass of a module, an enum, "
            "or what JSON knows; or give the type a form of its own (`form` and `from_form`)."
        )


def damaged(place: str, problem: str) -> Invalid:
    """Return the refusal of a snapshot that cannot be read."""
    return Invalid(f"The snapshot cannot be restored: {place or 'it'} {problem}.", code="snapshot_damaged")


def step(place: str, name: object) -> str:
    """Return the JSON pointer of a member of what is at a place (RFC 6901)."""
    return f"{place}/{str(name).replace('~', '~0').replace('/', '~1')}"


class Scalar(NamedTuple):
    """How values of one type are written; `read` raises TypeError or ValueError, `words` say what it reads."""

    tag: str
    words: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def is_plain(value: object) -> bool:
    """Whether a single value is one that JSON knows."""
    return value is None or type(value) in {bool, int, str} or (type(value) is float and math.isfinite(value))


def kind_of(form: object) -> str:
    """Say in words what a JSON value is."""
    words = {bool: "a boolean", int: "an integer", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return words.get(type(form), "null")


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _text(form: Any) -> str:
    if type(form) is not str:
        raise TypeError
    return form


def _span(form: Any) -> timedelta:
    if type(form) is not int:
        raise TypeError
    return form * _MICROSECOND


SCALARS: dict[type, Scalar] = {
    datetime: Scalar("$datetime", "a moment in RFC 3339", _moment, lambda form: datetime.fromisoformat(_text(form))),
    date: Scalar("$date", "a day in RFC 3339", date.isoformat, lambda form: date.fromisoformat(_text(form))),
    timedelta: Scalar("$microseconds", "a number of microseconds", lambda span: span // _MICROSECOND, _span),
    bytes: Scalar(
        "$base64",
        "bytes in Base64 (RFC 4648)",
        lambda data: base64.b64encode(data).decode(),
        lambda form: base64.b64decode(_text(form), validate=True),
    ),
    float: Scalar("$float", "nan, inf or -inf", str, lambda form: float(_text(form))),
}
"""The scalars by type. Only a float that is no number is one of them."""
