"""Functions: the core functions of Spectral. Each yields what is wrong with a value, and where within it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import jsonschema_rs
import orjson

from locum.openapi.patterns import allowance, is_pattern, matcher
from locum.openapi.repair.repairs import shortly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FUNCTIONS", "MISSING", "Problem", "WrongOptions", "expression_of", "plain"]

MISSING: Any = object()
"""The value of a field that is not there (`undefined`)."""

Problem: TypeAlias = "tuple[str, tuple[str | int, ...]]"
"""A message, and the steps from the value to the place."""


class WrongOptions(ValueError):
    """Options that a function does not take; the message says which."""


def plain(value: Any) -> Any:
    """Return a value without views of references."""
    return getattr(value, "plain", value)


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def is_true(value: Any) -> bool:
    """Return whether JavaScript takes a value for true."""
    return value is not MISSING and (_is_object(value) or _is_list(value) or bool(value))


def _truthy(value: Any, _: dict[str, Any]) -> Iterator[Problem]:
    if not is_true(value):
        yield "must be truthy", ()


def _falsy(value: Any, _: dict[str, Any]) -> Iterator[Problem]:
    if is_true(value):
        yield "must be falsy", ()


def _defined(value: Any, _: dict[str, Any]) -> Iterator[Problem]:
    if value is MISSING:
        yield "must be defined", ()


def _undefined(value: Any, _: dict[str, Any]) -> Iterator[Problem]:
    if value is not MISSING:
        yield "must not be defined", ()


def _pattern(value: Any, options: dict[str, Any]) -> Iterator[Problem]:
    if not isinstance(value, str):
        return
    with allowance():
        if "match" in options and not expression_of(options["match"])(value):
            yield f"{shortly(value)} must match the pattern {options['match']!r}", ()
        if "notMatch" in options and expression_of(options["notMatch"])(value):
            yield f"{shortly(value)} must not match the pattern {options['notMatch']!r}", ()


def _check_pattern(options: dict[str, Any]) -> None:
    if not {"match", "notMatch"} & options.keys():
        raise WrongOptions("pattern needs `match` or `notMatch`")
    for name in ("match", "notMatch"):
        if name in options:
            expression_of(options[name])


@cache
def expression_of(text: Any) -> Callable[[str], bool]:
    """Compile a pattern, written as in JavaScript or between slashes with flags. Raises WrongOptions."""
    if not isinstance(text, str):
        raise WrongOptions(f"a pattern must be text, not {shortly(text)}")
    slashed = re.fullmatch(r"/(.+)/([a-z]*)", text, re.DOTALL)
    body, flags = (slashed[1], slashed[2]) if slashed is not None else (text, "")
    if "i" in flags:
        body = _either_case(body)
    if not is_pattern(body):
        raise WrongOptions(f"{text!r} is not a regular expression of ECMA 262")
    return matcher(body)


def _either_case(pattern: str) -> str:
    """Return a pattern that matches letters of either case."""
    pieces, index, within = [], 0, False
    while index < len(pattern):
        letter = pattern[index]
        if letter == "\\":
            pieces.append(pattern[index : index + 2])
            index += 2
            continue
        if letter == "[" and not within:
            within = True
        elif letter == "]":
            within = False
        if (
            within
            and pattern[index + 1 : index + 2] == "-"
            and letter.isalpha()
            and pattern[index + 2 : index + 3].isalpha()
        ):
            last = pattern[index + 2]
            pieces.append(f"{letter.lower()}-{last.lower()}{letter.upper()}-{last.upper()}")
            index += 3
            continue
        if letter.isalpha():
            both = letter.lower() + letter.upper()
            pieces.append(both if within else f"[{both}]")
        else:
            pieces.append(letter)
        index += 1
    return "".join(pieces)


def _length(value: Any, options: dict[str, Any]) -> Iterator[Problem]:
    if isinstance(value, bool) or value is None or value is MISSING:
        return
    size = value if isinstance(value, int | float) else len(value)
    if "min" in options and size < options["min"]:
        yield f"must be longer than {options['min']}", ()
    if "max" in options and size > options["max"]:
        yield f"must be shorter than {options['max']}", ()


def _check_length(options: dict[str, Any]) -> None:
    if not options or any(not isinstance(options.get(name, 0), int | float) for name in ("min", "max")):
        raise WrongOptions("length needs `min` or `max`, as numbers")


def _enumeration(value: Any, options: dict[str, Any]) -> Iterator[Problem]:
    if value is MISSING or _is_object(value) or _is_list(value):
        return
    if not any(value == known and isinstance(value, bool) == isinstance(known, bool) for known in options["values"]):
        yield (
            f"{shortly(value)} must be equal to one of the allowed values: {', '.join(map(str, options['values']))}",
            (),
        )


def _check_enumeration(options: dict[str, Any]) -> None:
    if not isinstance(options.get("values"), list):
        raise WrongOptions("enumeration needs a list `values`")


def _alphabetical(value: Any, options: dict[str, Any]) -> Iterator[Problem]:
    if not (_is_list(value) or _is_object(value)):
        return
    key = options.get("keyedBy")
    if _is_object(value):
        listed: list[Any] = list(value)
    else:
        listed = [item.get(key) if key is not None and _is_object(item) else plain(item) for item in value]
    for index in range(len(listed) - 1):
        one, other = listed[index], listed[index + 1]
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        if (one > other) if numbers else (str(one).lower() > str(other).lower()):
            place = (listed[index],) if _is_object(value) else (index,)
            yield f"{shortly(one)} must be placed after {shortly(other)}", place
            return


_CASES = {
    "flat": "[a-z][a-z{d}]*",
    "camel": "[a-z][a-z{d}]*(?:[A-Z{d}](?:[a-z{d}]+|$))*",
    "pascal": "[A-Z][a-z{d}]*(?:[A-Z{d}](?:[a-z{d}]+|$))*",
    "kebab": "[a-z][a-z{d}]*(?:-[a-z{d}]+)*",
    "cobol": "[A-Z][A-Z{d}]*(?:-[A-Z{d}]+)*",
    "snake": "[a-z][a-z{d}]*(?:_[a-z{d}]+)*",
    "macro": "[A-Z][A-Z{d}]*(?:_[A-Z{d}]+)*",
}


def _casing(value: Any, options: dict[str, Any]) -> Iterator[Problem]:
    if not isinstance(value, str) or not value:
        return
    if not _case(options["type"], bool(options.get("disallowDigits")), *_separator(options)).fullmatch(value[:1000]):
        yield f"must be {options['type']} case", ()


def _separator(options: dict[str, Any]) -> tuple[str, bool]:
    separator = options.get("separator") or {}
    return str(separator.get("char", "")), bool(separator.get("allowLeading"))


@cache
def _case(kind: str, without_digits: bool, separator: str, leading: bool) -> re.Pattern[str]:  # noqa: FBT001 (a key)
    base = _CASES[kind].replace("{d}", "" if without_digits else "0-9")
    if not separator:
        return re.compile(base)
    mark = re.escape(separator)
    return re.compile(f"{f'(?:{mark})?' if leading else ''}(?:{base})(?:{mark}(?:{base}))*")


def _check_casing(options: dict[str, Any]) -> None:
    if options.get("type") not in _CASES:
        raise WrongOptions(f"casing needs a `type`: {', '.join(_CASES)}")


def _schema(value: Any, options: dict[str, Any]) -> Iterator[Problem]:
    if value is MISSING:
        return
    errors = list(_validator(orjson.dumps(options["schema"]), options.get("dialect", "auto")).iter_errors(_deep(value)))
    for error in errors if options.get("allErrors") else errors[:1]:
        yield str(error.message).splitlines()[0][:200], tuple(error.instance_path)


@cache
def _validator(schema: bytes, dialect: str) -> Any:
    kinds: dict[str, Any] = {
        "draft4": jsonschema_rs.Draft4Validator,
        "draft6": jsonschema_rs.Draft6Validator,
        "draft7": jsonschema_rs.Draft7Validator,
        "draft2019-09": jsonschema_rs.Draft201909Validator,
        "draft2020-12": jsonschema_rs.Draft202012Validator,
    }
    content = orjson.loads(schema)
    if dialect == "auto" and isinstance(content, dict) and "$schema" in content:
        return jsonschema_rs.validator_for(content)
    return kinds.get(dialect, jsonschema_rs.Draft7Validator)(content, validate_formats=True)


def _check_schema(options: dict[str, Any]) -> None:
    if not isinstance(options.get("schema"), dict | bool):
        raise WrongOptions("schema needs a `schema`")
    try:
        _validator(orjson.dumps(options["schema"]), options.get("dialect", "auto"))
    except (ValueError, jsonschema_rs.ValidationError) as problem:
        raise WrongOptions(f"its `schema` is not valid: {str(problem).splitlines()[0]}") from None


def _deep(value: Any) -> Any:
    """Return a value with its views of references replaced by plain values, circles cut off."""
    if _is_object(value):
        return {key: _deep(member) for key, member in value.items()} if not isinstance(value, dict) else value
    return [_deep(item) for item in value] if _is_list(value) and not isinstance(value, list) else value


def _xor(value: Any, options: dict[str, Any]) -> Iterator[Problem]:
    present = [name for name in options["properties"] if _is_object(value) and name in value]
    if _is_object(value) and len(present) != 1:
        listed = " and ".join(map(repr, options["properties"]))
        yield f"{listed} must not be both defined or both undefined", ()


def _or(value: Any, options: dict[str, Any]) -> Iterator[Problem]:
    if _is_object(value) and not any(name in value for name in options["properties"]):
        yield f"at least one of {', '.join(map(repr, options['properties']))} must be defined", ()


def _check_properties(options: dict[str, Any]) -> None:
    if not isinstance(options.get("properties"), list) or not options["properties"]:
        raise WrongOptions("it needs a list `properties`")


def _typed_enum(value: Any, _: dict[str, Any]) -> Iterator[Problem]:
    if not _is_object(value) or not _is_list(value.get("enum")) or not value.get("type"):
        return
    kinds = value["type"]
    kinds = list(kinds) if _is_list(kinds) else [kinds]
    if value.get("nullable") is True or value.get("x-nullable") is True:
        kinds.append("null")
    for index, item in enumerate(value["enum"]):
        if not any(_is_of_type(plain(item), kind) for kind in kinds):
            yield f"Enum value {shortly(plain(item))} must be {shortly(' or '.join(map(str, kinds)))}.", ("enum", index)


def _is_of_type(value: Any, kind: Any) -> bool:
    if isinstance(value, bool) or value is None:
        return bool(kind == ("boolean" if isinstance(value, bool) else "null"))
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    types: dict[Any, Any] = {"number": (int, float), "string": str, "array": list, "object": dict}
    return isinstance(kind, str) and kind in types and bool(isinstance(value, types[kind]))


def _nothing(_: dict[str, Any]) -> None:
    return None


FUNCTIONS: dict[str, tuple[Callable[[Any, dict[str, Any]], Iterator[Problem]], Callable[[dict[str, Any]], None]]] = {
    "truthy": (_truthy, _nothing),
    "falsy": (_falsy, _nothing),
    "defined": (_defined, _nothing),
    "undefined": (_undefined, _nothing),
    "pattern": (_pattern, _check_pattern),
    "length": (_length, _check_length),
    "enumeration": (_enumeration, _check_enumeration),
    "alphabetical": (_alphabetical, _nothing),
    "casing": (_casing, _check_casing),
    "schema": (_schema, _check_schema),
    "xor": (_xor, _check_properties),
    "or": (_or, _check_properties),
    "typedEnum": (_typed_enum, _nothing),
}
"""Each function, and the check of its options."""
