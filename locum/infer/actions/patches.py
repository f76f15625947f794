"""Patches: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NoReturn

from locum.errors import Conflict, Invalid, Violation

__all__ = ["is_json_patch", "json_patch", "merge_patch"]

_OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")
_DEEPEST_PATCH = 200
"""How many objects deep a merge patch may be nested."""


def merge_patch(target: Any, patch: Any) -> Any:
    """Return the target with a merge patch applied (RFC 7396, section 2). Raises Invalid if it is nested too deep."""
    return _merged(target, patch, 0)


def _merged(target: Any, patch: Any, depth: int) -> Any:
    if not isinstance(patch, dict):
        return deepcopy(patch)
    if depth > _DEEPEST_PATCH:
        raise Invalid(f"The merge patch is nested more than {_DEEPEST_PATCH} objects deep.")
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value, depth + 1)
    return merged


def is_json_patch(body: Any, media_type: str) -> bool:
    """Return whether a body is a JSON Patch, by its media type or because it is a list with an item that has an `op`.

    Any other list holds records, as in Xero's `POST /Employees/{EmployeeID}`. An object never is one, whatever its
    media type: Kubernetes declares an object for all its patches.
    """
    if isinstance(body, dict):
        return False
    if media_type.partition(";")[0].strip().lower() == "application/json-patch+json":
        return True
    return isinstance(body, list) and any(isinstance(item, dict) and "op" in item for item in body)


def json_patch(target: Any, operations: Any) -> Any:
    """Return the target with all operations of a JSON Patch applied, or none (RFC 6902, section 5).

    Raises Invalid for a patch that is malformed, Conflict for one that does not fit the target.
    """
    if not isinstance(operations, list):
        raise _invalid((), "type", "array", "A JSON Patch is an array of operations.")
    patched = deepcopy(target)
    for index, operation in enumerate(operations):
        patched = _Operation(index, operation).apply(patched)
    return patched


class _Operation:
    """One operation of a JSON Patch."""

    def __init__(self, index: int, raw: Any) -> None:
        self.index = index
        if not isinstance(raw, dict):
            raise _invalid((index,), "type", "object", "Each operation of a JSON Patch is an object.")
        self.raw = raw
        self.op = raw.get("op")
        if self.op not in _OPERATIONS:
            known = ", ".join(_OPERATIONS)
            raise _invalid((index, "op"), "enum", list(_OPERATIONS), f"The operation must be one of {known}.")
        self.path = self._pointer("path")

    def apply(self, target: Any) -> Any:
        if self.op == "test":
            if not _equal(self._get(target, self.path, "path"), self._value()):
                self._conflict("path", f"The test failed: {self.raw['path'] or 'the record'} has another value.")
            return target
        if self.op == "add":
            return self._add(target, deepcopy(self._value()))
        if self.op == "remove":
            return self._removed(target, self.path, "path")
        if self.op == "replace":
            self._get(target, self.path, "path")
            value = deepcopy(self._value())
            return self._add(self._removed(target, self.path, "path"), value) if self.path else value
        source = self._pointer("from")
        value = self._get(target, source, "from")
        if self.op == "copy":
            return self._add(target, deepcopy(value))
        if self.path == source:
            return target
        if self.path[: len(source)] == source:
            self._conflict("path", "A value cannot be moved into itself.")
        return self._add(self._removed(target, source, "from"), value)

    def _value(self) -> Any:
        if "value" not in self.raw:
            raise _invalid((self.index, "value"), "required", "value", f"The operation {self.op} needs a value.")
        return self.raw["value"]

    def _pointer(self, member: str) -> list[str]:
        pointer = self.raw.get(member)
        if pointer is None:
            raise _invalid((self.index, member), "required", member, f"The operation {self.op} needs a {member}.")
        if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
            message = f"The {member} must be a JSON Pointer, which is empty or begins with a slash."
            raise _invalid((self.index, member), "format", "json-pointer", message)
        return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]

    def _get(self, target: Any, path: list[str], member: str) -> Any:
        for step in path:
            if isinstance(target, dict) and step in target:
                target = target[step]
            elif isinstance(target, list):
                target = target[self._index(step, len(target) - 1, member)]
            else:
                self._conflict(member, f"{self.raw[member]} does not exist: {step!r} was not found.")
        return target

    def _add(self, target: Any, value: Any) -> Any:
        if not self.path:
            return value
        parent = self._get(target, self.path[:-1], "path")
        last = self.path[-1]
        if isinstance(parent, dict):
            parent[last] = value
        elif isinstance(parent, list):
            parent.insert(len(parent) if last == "-" else self._index(last, len(parent), "path"), value)
        else:
            self._conflict("path", f"{self.raw['path']} does not exist: {last!r} was not found.")
        return target

    def _removed(self, target: Any, path: list[str], member: str) -> Any:
        if not path:
            return None
        self._get(target, path, member)
        parent = self._get(target, path[:-1], member)
        parent.pop(int(path[-1]) if isinstance(parent, list) else path[-1])
        return target

    def _index(self, step: str, last: int, member: str) -> int:
        plain = step.isascii() and step.isdigit() and (step == "0" or not step.startswith("0"))
        if not plain or len(step) > len(str(last)) or int(step) > last:
            self._conflict(member, f"{self.raw[member]} does not exist: {step!r} is not an index of the array.")
        return int(step)

    def _conflict(self, member: str, message: str) -> NoReturn:
        violation = Violation("body", (self.index, member), "patch", None, message)
        raise Conflict(f"The JSON Patch does not apply. {message}", violations=[violation])


def _equal(a: Any, b: Any) -> bool:
    """Return whether two JSON values are equal (RFC 6902, section 4.6): 1 equals 1.0, but not true."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(value, b[name]) for name, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _invalid(path: tuple[str | int, ...], keyword: str, expected: object, message: str) -> Invalid:
    return Invalid(message, violations=[Violation("body", path, keyword, expected, message)])
