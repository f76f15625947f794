"""The two forms of a fault: a line of text, as in `X-Locum-Fault`, and a JSON object.

`operation=deleteApiKey, status=503, times=2` and `{"operation": "deleteApiKey", "status": 503, "times": 2}` are
equivalent. In the text, `reset`, `empty`, `truncated` and `malformed` have no value, the bandwidth is written as
`slow=1000B/s` and a limit as `limit=10/60s`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from locum.errors import Invalid
from locum.world.clock import read_duration, write_duration
from locum.world.faults.fault import OUTCOMES, Fault, Limit, read_latency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["METHODS", "fault_of", "plain_of", "text_of"]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
_LONGEST_TEXT = 1000
_LONGEST_NAME = 200
_LEAST_STATUS, _MOST_STATUS = 200, 599
_MOST = 1_000_000_000
_PARTS = re.compile(r",(?![^()]*\))")
"""Commas outside parentheses."""
_LIMIT = re.compile(r"([0-9]{1,10})\s*/\s*(.+)\Z")
_SLOW = re.compile(r"([0-9]{1,10})(?:B/s)?\Z")
_MEDIA_TYPE = re.compile(r"[!#$&^_.+\-a-zA-Z0-9]{1,80}/[!#$&^_.+\-a-zA-Z0-9]{1,80}(;[ -~]{0,80})?\Z")


def fault_of(form: str | Mapping[str, Any]) -> Fault:
    """Read a fault from a text or an object. Raises Invalid, which names the member and its valid values."""
    members = _members(form) if isinstance(form, str) else dict(form)
    read: dict[str, Any] = {}
    for name, value in members.items():
        if name not in _READERS:
            near = get_close_matches(name, [*_READERS, "slow", *OUTCOMES], n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Valid members: {', '.join(_READERS)}."
            raise Invalid(f"A fault has no member {name[:60]!r}. {hint}", code="fault_unfit")
        read[name] = _READERS[name](name, value)
    fault = Fault(**read)
    outcomes = [name for name in ("outcome", "content_type", "status", "limit") if read.get(name)]
    if len(outcomes) > 1:
        message = f"A fault can have only one outcome, not {' and '.join(outcomes)}. Add one fault for each."
        raise Invalid(message, code="fault_unfit")
    if not outcomes and fault.latency is None and fault.bytes_per_second is None:
        message = (
            "This fault has no effect. Add a status, latency, slow, limit, content-type, or one of "
            f"{', '.join(OUTCOMES)}, as in `status=503, times=2`."
        )
        raise Invalid(message, code="fault_unfit")
    return fault


def plain_of(fault: Fault) -> dict[str, Any]:
    """Return a fault as the members of an object, without those that have the default value."""
    shown: dict[str, Any] = {
        "operation": fault.operation,
        "method": fault.method,
        "api": fault.api,
        "probability": None if fault.probability == 1 else fault.probability,
        "times": fault.times,
        "skip": fault.skip or None,
        "latency": fault.latency and str(fault.latency),
        "bytes_per_second": fault.bytes_per_second,
        "outcome": fault.outcome,
        "content_type": fault.content_type,
        "status": fault.status,
        "limit": fault.limit and {"requests": fault.limit.requests, "seconds": fault.limit.seconds},
    }
    return {name: value for name, value in shown.items() if value is not None and value != ""}


def text_of(fault: Fault) -> str:
    """Format a fault as a line of text."""
    pieces = []
    for name, value in plain_of(fault).items():
        if name == "outcome":
            pieces.append(value)
        elif name == "limit":
            pieces.append(f"limit={value['requests']}/{write_duration(timedelta(seconds=value['seconds']))}")
        elif name == "bytes_per_second":
            pieces.append(f"slow={value}B/s")
        elif name == "probability":
            pieces.append(f"probability={value!r}")
        else:
            pieces.append(f"{name.replace('_', '-')}={value}")
    return ", ".join(pieces)


def _members(text: str) -> dict[str, Any]:
    """Parse a line of text into the members of an object."""
    if len(text) > _LONGEST_TEXT:
        raise Invalid(f"A fault is a text of at most {_LONGEST_TEXT} characters.", code="fault_unfit")
    members: dict[str, Any] = {}
    for piece in filter(None, map(str.strip, _PARTS.split(text))):
        name, equals, text = (part.strip() for part in piece.partition("="))
        name = name.lower().replace("-", "_")
        value: Any = text
        if not equals and name in OUTCOMES:
            name, value = "outcome", name
        elif not equals:
            near = get_close_matches(name, OUTCOMES, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Only {', '.join(OUTCOMES)} have no value."
            raise Invalid(f"{piece[:60]!r} has no value: write name=value. {hint}", code="fault_unfit")
        if name == "slow":
            name, value = "bytes_per_second", _slow(text)
        elif name == "limit":
            value = _limited(text)
        if name in members:
            raise Invalid(f"The fault has the member {name} twice. Keep one.", code="fault_unfit")
        members[name] = value
    return members


def _slow(text: str) -> str:
    found = _SLOW.match(text)
    if not found:
        raise _bad("slow", "bytes per second, as in slow=1000B/s")
    return found[1]


def _limited(text: str) -> dict[str, Any]:
    found = _LIMIT.match(text)
    if not found:
        raise _bad("limit", "requests per duration, as in limit=10/60s")
    return {"requests": found[1], "seconds": read_duration(found[2]).total_seconds()}


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME or not value.isprintable() or "," in value:
        raise _bad(name, f"a text of 1 to {_LONGEST_NAME} characters without a comma")
    return value


def _method(name: str, value: Any) -> str:
    if not isinstance(value, str) or value.upper() not in METHODS:
        raise _bad(name, f"one of {', '.join(METHODS)}")
    return value.upper()


def _outcome(name: str, value: Any) -> str:
    if value not in OUTCOMES:
        raise _bad(name, f"one of {', '.join(OUTCOMES)}")
    return str(value)


def _content_type(name: str, value: Any) -> str:
    if not isinstance(value, str) or not _MEDIA_TYPE.match(value) or "," in value:
        raise _bad(name, "a media type, as in text/html")
    return value


def _count(least: int, most: int) -> Callable[[str, Any], int]:
    def read(name: str, value: Any) -> int:
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if type(value) is not int or not least <= value <= most:
            raise _bad(name, f"a whole number from {least} to {most:,}")
        return value

    return read


def _probability(name: str, value: Any) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        number = -1.0
    if not 0 <= number <= 1:
        raise _bad(name, "a number from 0 to 1")
    return number


def _latency(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return read_latency(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return read_latency(write_duration(read_duration(value)))
    raise _bad(name, "a duration as 200ms, lognormal(120ms, 0.4), or p50:80ms p90:300ms p99:2s")


def _limit(name: str, value: Any) -> Limit:
    if not isinstance(value, dict) or value.keys() != {"requests", "seconds"}:
        raise _bad(name, "an object with requests and seconds")
    requests = _count(1, _MOST)("limit.requests", value["requests"])
    seconds = value["seconds"]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= _MOST:
        raise _bad("limit.seconds", f"a number above 0, up to {_MOST:,}")
    return Limit(requests, float(seconds))


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "operation": _text,
    "method": _method,
    "api": _text,
    "probability": _probability,
    "times": _count(1, _MOST),
    "skip": _count(0, _MOST),
    "latency": _latency,
    "bytes_per_second": _count(1, _MOST),
    "outcome": _outcome,
    "content_type": _content_type,
    "status": _count(_LEAST_STATUS, _MOST_STATUS),
    "limit": _limit,
}


def _bad(name: str, expected: str) -> Invalid:
    return Invalid(f"The {name.replace('_', '-')} of a fault must be {expected}.", code="fault_unfit")
