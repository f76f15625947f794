"""Leaves: how single values are written as JSON, by what their annotation says."""

from __future__ import annotations

from enum import Enum
from typing import Any

from locum.state.scalars import SCALARS, damaged, is_plain, kind_of

__all__ = ["BY_TAG", "Form", "leaf_of"]

_PLAIN = {str: "a text", int: "an integer", bool: "a boolean", float: "a number", type(None): "null"}
"""The types of single values that JSON knows, in words."""


class Form:
    """How the values of one annotation are written, and read back.

    Places are JSON pointers (RFC 6901), for sentences about what is there.
    """

    def fits(self, value: Any) -> bool:
        """Whether a value is what the annotation says."""
        raise NotImplementedError

    def plain(self, value: Any, place: str) -> Any:
        """Return a value that fits as JSON. Raises Unwritable."""
        raise NotImplementedError

    def value(self, form: Any, place: str) -> Any:
        """Return the value that was written so. Raises Invalid where it was not."""
        raise NotImplementedError


class _Plain(Form):
    """A value that JSON knows."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def fits(self, value: Any) -> bool:
        return type(value) is self._kind and is_plain(value)

    def plain(self, value: Any, place: str) -> Any:  # noqa: ARG002 (as every form)
        return value

    def value(self, form: Any, place: str) -> Any:
        if type(form) is int and self._kind is float:
            return float(form)  # what JavaScript makes of 1.0
        if type(form) is not self._kind:
            raise damaged(place, f"is {kind_of(form)}, and should be {_PLAIN[self._kind]}")
        return form


class _Scalar(Form):
    """A single value that JSON does not know, as a text or a number."""

    def __init__(self, kind: type) -> None:
        self._kind, self._scalar = kind, SCALARS[kind]

    def fits(self, value: Any) -> bool:
        return type(value) is self._kind

    def plain(self, value: Any, place: str) -> Any:  # noqa: ARG002 (as every form)
        return self._scalar.write(value)

    def value(self, form: Any, place: str) -> Any:
        try:
            return self._scalar.read(form)
        except (TypeError, ValueError, OverflowError):
            raise damaged(place, f"is not {self._scalar.words}") from None


class _Choice(Form):
    """One of the members of an enum, by its name."""

    def __init__(self, kind: type[Enum]) -> None:
        self._kind = kind

    def fits(self, value: Any) -> bool:
        return type(value) is self._kind and value.name in self._kind.__members__

    def plain(self, value: Any, place: str) -> Any:  # noqa: ARG002 (as every form)
        return value.name

    def value(self, form: Any, place: str) -> Any:
        if type(form) is not str or form not in self._kind.__members__:
            raise damaged(place, f"is none of {', '.join(self._kind.__members__)}")
        return self._kind[form]


def leaf_of(kind: Any) -> Form | None:
    """Return how the single values of a type are written; None for a type of others."""
    if kind in _PLAIN:
        return _Plain(kind)
    if kind in SCALARS:
        return _Scalar(kind)
    return _Choice(kind) if isinstance(kind, type) and issubclass(kind, Enum) else None


BY_TAG: dict[str, Form] = {scalar.tag: _Scalar(kind) for kind, scalar in SCALARS.items()}
"""How tagged single values are read."""
