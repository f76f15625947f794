"""Validators of schemas with patterns that are not cheap: the matches of one value share an allowance of steps."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from locum.openapi.patterns import TOO_COSTLY, allowance, names_are_too_costly

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["BoundedValidator"]


class BoundedValidator:
    """A validator of jsonschema_rs, with the methods of it that are used."""

    def __init__(self, validator: Any, names: Collection[str]) -> None:
        """`names` are the patterns of `patternProperties`, which the validator matches by itself."""
        self._validator = validator
        self._names = names

    def is_valid(self, value: Any) -> bool:
        """Return whether a value fits."""
        with allowance():
            return bool(self._of(value).is_valid(value))

    def validate(self, value: Any) -> None:
        """Raise the first error of a value."""
        with allowance():
            self._of(value).validate(value)

    def iter_errors(self, value: Any) -> Iterator[Any]:
        """Return all errors of a value."""
        with allowance():
            return iter(list(self._of(value).iter_errors(value)))

    def _of(self, value: Any) -> Any:
        return _refusal() if self._names and names_are_too_costly(value, self._names) else self._validator


class _TooCostly:
    """A keyword whose error says that the names of a value are not matched."""

    def __init__(self, *_: Any) -> None:
        pass

    def validate(self, _value: Any) -> None:
        raise ValueError(TOO_COSTLY)


@cache
def _refusal() -> Any:
    return jsonschema_rs.Draft202012Validator({"patternProperties": {}}, keywords={"patternProperties": _TooCostly})
