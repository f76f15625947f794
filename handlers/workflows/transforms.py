"""Convert values: mappings, lists, dates and durations; compare values."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import orjson

from handlers.workflows.sandbox import parse_moment
from handlers.workflows.schedules import parse_duration
from handlers.workflows.templates import NodeFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = [
    "compare_values",
    "data_mapper",
    "date_transform",
    "json_object",
    "json_parser",
    "read_list",
    "read_milliseconds",
]

_YEAR = 366 * 86_400


def json_parser(source: Any) -> dict[str, Any]:
    """Parse JSON text; a value that is not an object is returned as `result`."""
    if isinstance(source, str):
        try:
            source = orjson.loads(source)
        except ValueError as error:
            raise NodeFailed("The input cannot be parsed as JSON.") from error
    return source if isinstance(source, dict) else {"result": source}


def json_object(text: str) -> dict[str, Any]:
    """Return the JSON object in a text; any other text as `result`."""
    try:
        value = orjson.loads(text)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"result": text}


def data_mapper(mapping: Any) -> dict[str, Any]:
    """Return a mapping as an object; it is one already, or a list of names and values."""
    if isinstance(mapping, dict):
        return mapping
    mapped = {}
    for entry in mapping if isinstance(mapping, list) else [mapping]:
        name = entry.get("name", entry.get("key", entry.get("target"))) if isinstance(entry, dict) else None
        if not isinstance(name, str):
            raise NodeFailed("The mapping must be an object, or a list of entries with 'name' and 'value'.")
        mapped[name] = entry.get("value", entry.get("source"))
    return mapped


def read_list(source: Any, most: int) -> list[Any]:
    """Return a list, or parse its JSON text; fail if it is too long."""
    if isinstance(source, str):
        try:
            source = orjson.loads(source)
        except ValueError:
            source = None
    if not isinstance(source, list):
        raise NodeFailed("The items are not a list.")
    if len(source) > most:
        raise NodeFailed(f"The list has {len(source):,} items; {most:,} are allowed.")
    return source


def read_milliseconds(value: Any) -> int:
    """Return a delay in milliseconds, from seconds or a text such as "5 minutes"."""
    seconds = _number(value)
    if seconds is None and isinstance(value, str) and (length := parse_duration(value)) is not None:
        seconds = length.total_seconds()
    if seconds is None or not 0 < seconds <= _YEAR:
        raise NodeFailed("The delay is not a time such as '5 minutes' of at most a year.")
    return max(1, round(seconds * 1_000))


def date_transform(source: str, form: str, add: str) -> dict[str, Any]:
    """Add a duration such as "2 days" or "-1 hour" to a date, and format it with strftime."""
    moment = parse_moment(source) or parse_moment(_number(source))
    if moment is None:
        raise NodeFailed("The input is not a date: write it as in '2026-01-31T09:00:00Z'.")
    if add.strip():
        moment = _shift(moment, add.strip())
    try:
        text = moment.strftime(form[:100]) if form else moment.isoformat().replace("+00:00", "Z")
    except ValueError as error:
        raise NodeFailed("The format of the date cannot be used.") from error
    return {"date": text}


def compare_values(left: Any, sign: str, right: Any) -> bool:
    """Compare two values as numbers if both are numbers, else as texts."""
    compare = _COMPARISONS.get(sign.lower().replace(" ", "_"))
    if compare is None:
        raise NodeFailed("The operator of the condition is not known.")
    if compare in _TEXTUAL:
        if isinstance(left, list | dict) and compare is _contains:
            return right in left if isinstance(left, list) else str(right) in left
        return compare(_plain(left), _plain(right))
    numbers = _number(left), _number(right)
    return compare(_plain(left), _plain(right)) if None in numbers else compare(*numbers)


def _shift(moment: datetime, add: str) -> datetime:
    """Add a duration to a date, or subtract it."""
    length = parse_duration(add.lstrip("+-"))
    try:
        if length is not None:
            return moment - length if add.startswith("-") else moment + length
    except OverflowError:
        pass
    raise NodeFailed("The time to add to the date is not one such as '2 days'.")


def _number(value: Any) -> float | None:
    """Return a number, or the number in a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _plain(value: Any) -> str:
    """Return a value as text for a comparison."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _contains(left: Any, right: Any) -> bool:
    return right in left


_TEXTUAL: tuple[Callable[[Any, Any], bool], ...] = (_contains, str.startswith, str.endswith)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    name: compare
    for compare, names in (
        (operator.eq, ("==", "=", "equals", "eq", "is")),
        (operator.ne, ("!=", "<>", "not_equals", "ne", "is_not")),
        (operator.gt, (">", "greater_than", "gt")),
        (operator.ge, (">=", "greater_than_or_equal", "gte")),
        (operator.lt, ("<", "less_than", "lt")),
        (operator.le, ("<=", "less_than_or_equal", "lte")),
        (_contains, ("contains",)),
        (str.startswith, ("starts_with",)),
        (str.endswith, ("ends_with",)),
    )
    for name in names
}
