"""Patches: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902)."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from locum.errors import Conflict, Invalid, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_json_patch", "json_patch", "merge_patch"]

_MOST_COPIED = 200_000
"""How many values the copies and moves of a JSON Patch may have together: 40 copies of a record into itself would
otherwise make a million million."""

_LONGEST_POINTER = 100
"""How many characters of a JSON Pointer a message shows."""

_MEMBERS = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}
"""The operations of a JSON Patch, and the members that each needs."""

_DEEPEST = 200
"""How deep a merge patch, or what a JSON Patch adds, may be nested."""


def merge_patch(target: Any, patch: Any) -> Any:
    """Return the target with a merge patch applied (RFC 7396, section 2). Raises Invalid if it is nested too deep."""
    return _merged(target, patch, 0)


def _merged(target: Any, patch: Any, depth: int) -> Any:
    if not isinstance(patch, dict):
        return deepcopy(patch)
    if depth > _DEEPEST:
        raise Invalid(f"The merge patch is nested more than {_DEEPEST} objects deep.")
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
    for index, operation in enumerate(operations):
        _check_form(index, operation)

    from jsonpatch import JsonPatch, JsonPatchException, JsonPointerException  # noqa: PLC0415 (few requests are patches)

    patched, left = deepcopy(target), _MOST_COPIED
    for index, operation in enumerate(deepcopy(operations)):
        left = _check_size(index, operation, patched, left)
        try:
            patched = JsonPatch([operation]).apply(patched, in_place=True, atomic=True)
        except (JsonPatchException, JsonPointerException):
            member, message = _reason(operation, patched)
            violation = Violation("body", (index, member), "patch", None, message)
            raise Conflict(f"The JSON Patch does not apply. {message}", violations=[violation]) from None
    return patched


def _check_form(index: int, operation: Any) -> None:
    """Check the members of an operation (RFC 6902, section 4). Raises Invalid, with the place."""
    if not isinstance(operation, dict):
        raise _invalid((index,), "type", "object", "Each operation of a JSON Patch is an object.")
    op = operation.get("op")
    needed = _MEMBERS.get(op) if isinstance(op, str) else None
    if needed is None:
        raise _invalid((index, "op"), "enum", list(_MEMBERS), f"The operation must be one of {', '.join(_MEMBERS)}.")
    for member in needed:
        value = operation.get(member)
        if member not in operation or (value is None and member != "value"):
            raise _invalid((index, member), "required", member, f"The operation {op} needs a {member}.")
        if member != "value" and not (isinstance(value, str) and (not value or value.startswith("/"))):
            message = f"The {member} must be a JSON Pointer, which is empty or begins with a slash."
            raise _invalid((index, member), "format", "json-pointer", message)


def _check_size(index: int, operation: dict[str, Any], target: Any, left: int) -> int:
    """Return how many values may still be copied or moved after an operation. Raises Invalid if it makes too many."""
    from jsonpatch import JsonPointer  # noqa: PLC0415 (as above)

    op = operation["op"]
    if op not in {"add", "replace", "copy", "move"}:
        return left
    is_from = "from" in _MEMBERS[op]
    level = [JsonPointer(operation["from"]).resolve(target, None) if is_from else operation["value"]]
    depth = operation["path"].count("/")
    while level and left >= 0:
        left -= len(level) if is_from else 0
        depth += 1
        if depth > _DEEPEST:
            message = f"The operation would nest the record more than {_DEEPEST} levels deep."
            raise _invalid((index, "path"), "depth", _DEEPEST, message)
        level = [inner for one in level for inner in _contents(one)]
    if left < 0:
        message = f"The operations of this JSON Patch copy or move more than {_MOST_COPIED:,} values."
        raise _invalid((index, "from"), "size", _MOST_COPIED, message)
    return left


def _contents(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _reason(operation: dict[str, Any], target: Any) -> tuple[str, str]:
    """Return the member that makes an operation fail for a target, and a sentence about it."""
    from jsonpatch import JsonPointer, JsonPointerException  # noqa: PLC0415 (as above)

    def exists(member: str) -> bool:
        try:
            JsonPointer(operation[member]).resolve(target)
        except JsonPointerException:
            return False
        return True

    op, path = operation["op"], _shortened(operation["path"]) or "The record itself"
    if "from" in _MEMBERS[op] and not exists("from"):
        return "from", f"{_shortened(operation['from'])} does not exist in the record."
    if op == "move" and operation["path"].startswith(operation["from"] + "/"):
        return "path", "A value cannot be moved into itself."
    if op == "test" and exists("path"):
        return "path", f"The test failed: {path} has another value."
    if op == "remove" and not operation["path"]:
        return "path", "The record itself cannot be removed."
    return "path", f"{path} does not exist in the record."


def _shortened(pointer: str) -> str:
    return pointer if len(pointer) <= _LONGEST_POINTER else pointer[:_LONGEST_POINTER] + "..."


def _invalid(path: tuple[str | int, ...], keyword: str, expected: object, message: str) -> Invalid:
    return Invalid(message, violations=[Violation("body", path, keyword, expected, message)])
