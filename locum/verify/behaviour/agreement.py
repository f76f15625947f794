"""Agreement: whether a value in a response is the one that was sent, or the one that another response showed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from locum.infer.lists.properties import IDENTITIES, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["agrees", "at_place", "is_kept"]

_SECOND = 1.0
"""Times of one second are the same: many servers store no fractions."""
_LEAST_TIME = 10
"""The length of a date. Shorter strings are not compared as times."""


def at_place(value: Any, place: Sequence[str | int]) -> Any:
    """Return what is at a path of member names and indexes; None if there is nothing."""
    for step in place:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and 0 <= step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def agrees(one: Any, other: Any) -> bool:
    """Return whether two values mean the same: numbers by value, times by instant, objects by their common members."""
    if one is None or other is None:
        return one in _NOTHING and other in _NOTHING
    if isinstance(one, bool) or isinstance(other, bool):
        return str(one).lower() == str(other).lower()
    if isinstance(one, list) and isinstance(other, list):
        return _lists_agree(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return all(agrees(one[name], other[name]) for name in one.keys() & other.keys())
    if isinstance(one, dict | list) or isinstance(other, dict | list):
        return _names(one, other) or _names(other, one)
    return _scalars_agree(one, other)


_NOTHING: tuple[Any, ...] = (None, "", [], {})
"""What servers show for a member without a value."""


def _lists_agree(one: list[Any], other: list[Any]) -> bool:
    if len(one) != len(other):
        return False
    if all(map(agrees, one, other)):
        return True
    left = list(other)  # a set has no order
    for item in one:
        found = next((index for index, candidate in enumerate(left) if agrees(item, candidate)), None)
        if found is None:
            return False
        del left[found]
    return True


def _names(whole: Any, part: Any) -> bool:
    """Return whether an object is the record that an identifier names: a reference that was expanded."""
    if not isinstance(whole, dict) or isinstance(part, dict | list):
        return False
    known = [whole[name] for name in IDENTITIES if name in whole]
    return not known or any(_scalars_agree(value, part) for value in known if not isinstance(value, dict | list))


def _scalars_agree(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return _texts_agree(one, other)
    try:
        return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-9)
    except (TypeError, ValueError, OverflowError):
        return str(one) == str(other)


def _texts_agree(one: str, other: str) -> bool:
    if one == other or one.strip().rstrip("/").casefold() == other.strip().rstrip("/").casefold():
        return True
    if len(one) < _LEAST_TIME or len(other) < _LEAST_TIME or not (one[:4].isdigit() and other[:4].isdigit()):
        return False
    first, second = moment(one), moment(other)
    return first is not None and second is not None and abs(first - second) <= _SECOND


def is_kept(sent: Any, shown: Any) -> bool:
    """Return whether a response shows a value that was sent.

    Text is compared exactly, except for surrounding space, and for case in addresses, which many servers normalize.
    """
    if isinstance(sent, str) and isinstance(shown, str) and "@" not in sent and "/" not in sent:
        return sent.strip() == shown.strip() or (sent[:1].isdigit() and _texts_agree(sent, shown))
    if isinstance(sent, list) and isinstance(shown, list) and len(sent) == len(shown):
        return all(map(is_kept, sent, shown)) or agrees(sent, shown)
    if isinstance(sent, dict) and isinstance(shown, dict):
        return all(_is_kept_within(sent[name], shown[name]) for name in sent.keys() & shown.keys())
    return agrees(sent, shown)


def _is_kept_within(sent: Any, shown: Any) -> bool:
    """Return whether an object shows a value that was sent; servers add to its lists, as they do to the object."""
    if isinstance(sent, list) and isinstance(shown, list):
        return all(any(is_kept(item, candidate) for candidate in shown) for item in sent)
    return is_kept(sent, shown)
