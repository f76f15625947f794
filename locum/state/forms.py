"""Forms: values as JSON, in which a type is named only where nothing else tells it.

A member of a record is written plainly where its annotation says what it is: a `datetime` as a text.
What no annotation tells is tagged, as `{"$tuple": [1, 2]}` or `{"$type": "locum.answers.Answer",
...}`; a plain object therefore has no member whose name begins with `$`. A value that breaks its
annotation is written as `{"$value": ...}`.
"""

from __future__ import annotations

import types
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin

from locum.openapi.wire.json_values import write_json
from locum.state.leaves import BY_TAG, Form, leaf_of
from locum.state.record_types import OwnForm, find_type, is_record_type, members_of, name_of
from locum.state.scalars import SCALARS, Unwritable, damaged, is_plain, kind_of, step

__all__ = ["form_of", "read_form", "tagged_place", "write_form"]

_VALUE, _TYPE, _ENUM, _DICT = "$value", "$type", "$enum", "$dict"
_LISTS: dict[type, str] = {list: "$list", tuple: "$tuple", set: "$set", frozenset: "$frozenset"}
_LISTS_BY_TAG = {tag: kind for kind, tag in _LISTS.items()}


def write_form(form: Form, value: Any, place: str) -> Any:
    """Return a value as JSON. Raises Unwritable; a place is a JSON pointer, for sentences about what is there."""
    return form.plain(value, place) if form.fits(value) else {_VALUE: _tagged(value, place)}


def read_form(form: Form, written: Any, place: str) -> Any:
    """Return the value that was written so. Raises Invalid where it was not."""
    if type(written) is dict and written.keys() == {_VALUE}:
        return _untagged(written[_VALUE], place)
    return form.value(written, place)


def tagged_place(written: Any, place: str = "") -> str | None:
    """Return where a written value names a type that no annotation tells, as a JSON pointer; None for nowhere."""
    if type(written) is dict:
        if any(name.startswith("$") for name in written):
            return place
        found = (tagged_place(item, step(place, name)) for name, item in written.items())
    elif type(written) is list:
        found = (tagged_place(item, step(place, index)) for index, item in enumerate(written))
    else:
        return None
    return next((one for one in found if one is not None), None)


class _Anything(Form):
    """What no annotation tells."""

    def fits(self, value: Any) -> bool:  # noqa: ARG002 (anything does)
        return True

    def plain(self, value: Any, place: str) -> Any:
        return _tagged(value, place)

    def value(self, form: Any, place: str) -> Any:
        return _untagged(form, place)


class _Optional(Form):
    """Something or nothing."""

    def __init__(self, form: Form) -> None:
        self._form = form

    def fits(self, value: Any) -> bool:
        return value is None or self._form.fits(value)

    def plain(self, value: Any, place: str) -> Any:
        return None if value is None else self._form.plain(value, place)

    def value(self, form: Any, place: str) -> Any:
        return None if form is None else self._form.value(form, place)


class _List(Form):
    """Items in order, those of a set in the order of their texts; `each` are the forms of a tuple of fixed length."""

    def __init__(self, kind: type, items: Form, each: tuple[Form, ...] = ()) -> None:
        self._kind: Any = kind
        self._items, self._each = items, each

    def fits(self, value: Any) -> bool:
        return type(value) is self._kind and len(self._forms(value)) == len(value)

    def plain(self, value: Any, place: str) -> Any:
        pairs = zip(self._forms(value), value, strict=True)
        written = [write_form(form, item, step(place, index)) for index, (form, item) in enumerate(pairs)]
        return sorted(written, key=write_json) if issubclass(self._kind, set | frozenset) else written

    def value(self, form: Any, place: str) -> Any:
        if type(form) is not list:
            raise damaged(place, f"is {kind_of(form)}, and should be a list")
        if len(self._forms(form)) != len(form):
            raise damaged(place, f"should have {len(self._each)} items")
        pairs = zip(self._forms(form), form, strict=True)
        items = [read_form(each, item, step(place, index)) for index, (each, item) in enumerate(pairs)]
        try:
            return self._kind(items)
        except TypeError:
            raise damaged(place, "holds what no set can hold") from None

    def _forms(self, items: Collection[Any]) -> Sequence[Form]:
        return self._each or [self._items] * len(items)


class _Object(Form):
    """Values by names."""

    def __init__(self, items: Form) -> None:
        self._items = items

    def fits(self, value: Any) -> bool:
        return type(value) is dict and all(type(name) is str and not name.startswith("$") for name in value)

    def plain(self, value: Any, place: str) -> Any:
        return {name: write_form(self._items, item, step(place, name)) for name, item in value.items()}

    def value(self, form: Any, place: str) -> Any:
        if type(form) is not dict:
            raise damaged(place, f"is {kind_of(form)}, and should be an object")
        return {name: read_form(self._items, item, step(place, name)) for name, item in form.items()}


class _Record(Form):
    """A record by its members, or in the form that its type gives."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def fits(self, value: Any) -> bool:
        return type(value) is self._kind

    def plain(self, value: Any, place: str) -> Any:
        if isinstance(value, OwnForm):
            return _OBJECT.plain(value.form(), place)
        members = members_of(self._kind)
        return {
            name: write_form(form_of(kind), getattr(value, name), step(place, name))
            for name, (kind, _) in members.items()
        }

    def value(self, form: Any, place: str) -> Any:
        name = self._kind.__qualname__
        if type(form) is not dict:
            raise damaged(place, f"is {kind_of(form)}, and should be an object with the members of {name}")
        try:
            if issubclass(self._kind, OwnForm):
                return self._kind.from_form(_OBJECT.value(form, place))
            return self._kind(**self._members(form, place))
        except (KeyError, TypeError, ValueError) as problem:
            raise damaged(place, f"is no {name}: {problem}") from None

    def _members(self, form: dict[str, Any], place: str) -> dict[str, Any]:
        members = members_of(self._kind)
        unknown = next((name for name in form if name not in members), None)
        if unknown is not None:
            raise damaged(step(place, unknown), f"is no member of {self._kind.__qualname__}")
        missing = next((name for name, (_, needed) in members.items() if needed and name not in form), None)
        if missing is not None:
            raise damaged(step(place, missing), "is missing")
        return {name: read_form(form_of(members[name][0]), item, step(place, name)) for name, item in form.items()}


_ANYTHING = _Anything()
_OBJECT = _Object(_ANYTHING)


@cache
def form_of(annotation: Any) -> Form:
    """Return how values with this annotation are written."""
    origin, inner = get_origin(annotation) or annotation, get_args(annotation)
    if origin in {Union, types.UnionType}:
        some = [kind for kind in inner if kind is not type(None)]
        return _Optional(form_of(some[0])) if len(some) == 1 < len(inner) else _ANYTHING
    if origin is tuple and inner and inner[-1] is not Ellipsis:
        return _List(tuple, _ANYTHING, tuple(map(form_of, inner)))
    if origin in _LISTS:
        return _List(origin, form_of(inner[0]) if inner else _ANYTHING)
    if origin in {dict, Mapping}:
        return _Object(form_of(inner[1])) if inner and inner[0] is str else _ANYTHING
    return leaf_of(origin) or (_Record(origin) if is_record_type(origin) else _ANYTHING)


def _tagged(value: Any, place: str) -> Any:
    """Write what no annotation tells."""
    kind = type(value)
    if is_plain(value):
        return value
    if kind is list:
        return [_tagged(item, step(place, index)) for index, item in enumerate(value)]
    if _OBJECT.fits(value):
        return {name: _tagged(item, step(place, name)) for name, item in value.items()}
    if kind is dict:
        return {_DICT: [[_tagged(name, place), _tagged(item, step(place, name))] for name, item in value.items()]}
    if kind in SCALARS:
        return {SCALARS[kind].tag: SCALARS[kind].write(value)}
    if kind in _LISTS:
        return {_LISTS[kind]: _List(kind, _ANYTHING).plain(value, place)}
    name, form = name_of(kind), _form_of_type(kind)
    if name is None or form is None or not form.fits(value):
        raise Unwritable(place, value)
    if isinstance(value, Enum):
        return {_ENUM: [name, form.plain(value, place)]}
    return {_TYPE: name, **form.plain(value, place)}


def _untagged(form: Any, place: str) -> Any:
    """Read what no annotation tells."""
    if type(form) is list:
        return [_untagged(item, step(place, index)) for index, item in enumerate(form)]
    if type(form) is not dict:
        return form
    tag = next((name for name in form if name.startswith("$")), None)
    if tag is None:
        return {name: _untagged(item, step(place, name)) for name, item in form.items()}
    inner = form[tag]
    if tag == _TYPE:
        return _named(inner, place).value({name: form[name] for name in form if name != tag}, place)
    if len(form) == 1:
        if tag in BY_TAG:
            return BY_TAG[tag].value(inner, place)
        if tag in _LISTS_BY_TAG:
            return _List(_LISTS_BY_TAG[tag], _ANYTHING).value(inner, place)
        if tag == _ENUM and type(inner) is list and len(inner) == len(("type", "name")):
            return _named(inner[0], place).value(inner[1], place)
        if tag == _DICT:
            pairs = _List(list, _List(tuple, _ANYTHING, (_ANYTHING, _ANYTHING))).value(inner, place)
            try:
                return dict(pairs)
            except TypeError:
                raise damaged(place, "holds names that no mapping can have") from None
    raise damaged(place, f"has a member {tag}, which says nothing here")


def _named(name: Any, place: str) -> Form:
    """Return the form of a type that is named."""
    form = _form_of_type(find_type(name)) if type(name) is str else None
    if form is None:
        raise damaged(place, f"is of a type that is not here: {str(name)[:100]}")
    return form


def _form_of_type(kind: Any) -> Form | None:
    """Return the form of a type that is told by its name: an enum, or a type of records."""
    told = is_record_type(kind) or (isinstance(kind, type) and issubclass(kind, Enum))
    return form_of(kind) if told else None
