"""Forms: write Python values to snapshots as JSON, by their annotations, and read them back."""

from __future__ import annotations

import base64
import math
import types
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Union, get_args, get_origin

from locum.errors import Invalid
from locum.openapi.wire.json_values import write_json
from locum.world.record_types import OwnForm, find_type, is_record_type, members_of, name_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "BY_TAG",
    "SCALARS",
    "Form",
    "Scalar",
    "Unwritable",
    "damaged",
    "form_of",
    "is_plain",
    "kind_of",
    "leaf_of",
    "read_form",
    "step",
    "tagged_place",
    "write_form",
]


_MICROSECOND = timedelta(microseconds=1)


class Unwritable(Exception):
    """A value in a world that a snapshot cannot contain."""

    def __init__(self, place: str, value: object) -> None:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        super().__init__(
            f"{place} is a {kind}, which a snapshot cannot contain. Use a frozen dataclass of a module, an enum, or a "
            "JSON value; or add the methods `form` and `from_form` to the type."
        )


def damaged(place: str, problem: str) -> Invalid:
    """Return the error for a snapshot that cannot be read."""
    return Invalid(f"The snapshot cannot be restored: {place or 'it'} {problem}.", code="snapshot_damaged")


def step(place: str, name: object) -> str:
    """Return the JSON pointer of a member of the value at `place` (RFC 6901)."""
    return f"{place}/{str(name).replace('~', '~0').replace('/', '~1')}"


class Scalar(NamedTuple):
    """How values of one type are written. `read` raises TypeError or ValueError; `words` describe what it accepts."""

    tag: str
    words: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def is_plain(value: object) -> bool:
    """Whether a value is a JSON scalar."""
    return value is None or type(value) in {bool, int, str} or (type(value) is float and math.isfinite(value))


def kind_of(form: object) -> str:
    """Return the kind of a JSON value, in words: `an integer`."""
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
"""The scalars that JSON lacks, by type. Of floats, only nan and the infinities."""


_PLAIN = {str: "a text", int: "an integer", bool: "a boolean", float: "a number", type(None): "null"}
"""The types of JSON scalars, in words."""


class Form:
    """How the values of one annotation are written and read. Places are JSON pointers (RFC 6901), for errors."""

    def fits(self, value: Any) -> bool:
        """Whether a value has the type of the annotation."""
        raise NotImplementedError

    def plain(self, value: Any, place: str) -> Any:
        """Return a fitting value as JSON. Raises Unwritable."""
        raise NotImplementedError

    def value(self, form: Any, place: str) -> Any:
        """Read a value from its form. Raises Invalid."""
        raise NotImplementedError


class _Plain(Form):
    """A JSON scalar."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def fits(self, value: Any) -> bool:
        return type(value) is self._kind and is_plain(value)

    def plain(self, value: Any, place: str) -> Any:  # noqa: ARG002 (as every form)
        return value

    def value(self, form: Any, place: str) -> Any:
        if type(form) is int and self._kind is float:
            return float(form)  # JavaScript writes 1.0 as 1
        if type(form) is not self._kind:
            raise damaged(place, f"is {kind_of(form)}, and should be {_PLAIN[self._kind]}")
        return form


class _Scalar(Form):
    """A scalar that JSON lacks, as a text or a number."""

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
    """A member of an enum, by its name."""

    def __init__(self, kind: type[Enum]) -> None:
        self._kind = kind

    def fits(self, value: Any) -> bool:
        return type(value) is self._kind and value.name in self._kind.__members__

    def plain(self, value: Any, place: str) -> Any:  # noqa: ARG002 (as every form)
        return value.name

    def value(self, form: Any, place: str) -> Any:
        if type(form) is not str or form not in self._kind.__members__:
            raise damaged(place, f"is not one of {', '.join(self._kind.__members__)}")
        return self._kind[form]


def leaf_of(kind: Any) -> Form | None:
    """Return the form of a scalar type; None for any other type."""
    if kind in _PLAIN:
        return _Plain(kind)
    if kind in SCALARS:
        return _Scalar(kind)
    return _Choice(kind) if isinstance(kind, type) and issubclass(kind, Enum) else None


BY_TAG: dict[str, Form] = {scalar.tag: _Scalar(kind) for kind, scalar in SCALARS.items()}
"""The forms of tagged scalars."""


_VALUE, _TYPE, _ENUM, _DICT = "$value", "$type", "$enum", "$dict"
_LISTS: dict[type, str] = {list: "$list", tuple: "$tuple", set: "$set", frozenset: "$frozenset"}
_LISTS_BY_TAG = {tag: kind for kind, tag in _LISTS.items()}


def write_form(form: Form, value: Any, place: str) -> Any:
    """Return a value as JSON; `place` is its JSON pointer, for errors. Raises Unwritable."""
    return form.plain(value, place) if form.fits(value) else {_VALUE: _tagged(value, place)}


def read_form(form: Form, written: Any, place: str) -> Any:
    """Read a value from JSON; `place` is its JSON pointer, for errors. Raises Invalid."""
    if type(written) is dict and written.keys() == {_VALUE}:
        return _untagged(written[_VALUE], place)
    return form.value(written, place)


def tagged_place(written: Any, place: str = "") -> str | None:
    """Return the JSON pointer of the first tagged value (`$...`), which no annotation describes; None without one."""
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
    """A value without a usable annotation; its type is written as a tag."""

    def fits(self, value: Any) -> bool:  # noqa: ARG002 (anything does)
        return True

    def plain(self, value: Any, place: str) -> Any:
        return _tagged(value, place)

    def value(self, form: Any, place: str) -> Any:
        return _untagged(form, place)


class _Optional(Form):
    """A value or None."""

    def __init__(self, form: Form) -> None:
        self._form = form

    def fits(self, value: Any) -> bool:
        return value is None or self._form.fits(value)

    def plain(self, value: Any, place: str) -> Any:
        return None if value is None else self._form.plain(value, place)

    def value(self, form: Any, place: str) -> Any:
        return None if form is None else self._form.value(form, place)


class _List(Form):
    """A sequence or a set, which is sorted by the text of its items; `each` has the forms of a fixed-length tuple."""

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
            raise damaged(place, "contains an item that cannot be in a set") from None

    def _forms(self, items: Collection[Any]) -> Sequence[Form]:
        return self._each or [self._items] * len(items)


class _Object(Form):
    """A mapping with names as keys."""

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
    """A record by its members, or in the own form of its type."""

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
            raise damaged(place, f"is not a valid {name}: {problem}") from None

    def _members(self, form: dict[str, Any], place: str) -> dict[str, Any]:
        members = members_of(self._kind)
        unknown = next((name for name in form if name not in members), None)
        if unknown is not None:
            raise damaged(step(place, unknown), f"is not a member of {self._kind.__qualname__}")
        missing = next((name for name, (_, needed) in members.items() if needed and name not in form), None)
        if missing is not None:
            raise damaged(step(place, missing), "is missing")
        return {name: read_form(form_of(members[name][0]), item, step(place, name)) for name, item in form.items()}


_ANYTHING = _Anything()
_OBJECT = _Object(_ANYTHING)


@cache
def form_of(annotation: Any) -> Form:
    """Return the form of an annotation."""
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
    """Write a value without an annotation."""
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
    """Read a value without an annotation."""
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
                raise damaged(place, "contains names that cannot be keys of a mapping") from None
    raise damaged(place, f"has a member {tag}, which has no meaning here")


def _named(name: Any, place: str) -> Form:
    """Return the form of the type with a name. Raises Invalid."""
    form = _form_of_type(find_type(name)) if type(name) is str else None
    if form is None:
        raise damaged(place, f"has an unknown type: {str(name)[:100]}")
    return form


def _form_of_type(kind: Any) -> Form | None:
    """Return the form of a type that snapshots refer to by name, an enum or a record type; else None."""
    is_named = is_record_type(kind) or (isinstance(kind, type) and issubclass(kind, Enum))
    return form_of(kind) if is_named else None
