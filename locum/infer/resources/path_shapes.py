"""Path shapes: what the paths of an API are about, in whatever style they are written.

Resources are inferred from paths such as `/volumes` and `/volumes/{name}`. Others are read as if they were written so:
`/Messages.json`, `POST /volumes/create`, `POST /projects.create`, `GET /containers/{id}/json`.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from locum.infer.resources.words import plural, singular, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Slot", "slots_of"]

_SUFFIX = re.compile(r"\.(json|xml|ya?ml|csv|php|do)\Z", re.IGNORECASE)
_EXPRESSION = re.compile(r"\{[^{}]*\}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")

_ON_COLLECTION = {
    **dict.fromkeys(("list", "all", "index", "json"), "get"),
    **dict.fromkeys(("create", "new", "add", "insert"), "post"),
}
"""Words behind a collection that name what is done with it."""
_ON_ITEM = {
    **dict.fromkeys(("info", "get", "show", "json", "details", "retrieve", "inspect", "read", "view"), "get"),
    **dict.fromkeys(("update", "edit", "modify", "patch"), "patch"),
    **dict.fromkeys(("delete", "remove", "destroy"), "delete"),
}
"""Words behind a record, or behind the name of a collection and a dot, that name what is done with one record."""
_WRITES = {"post": ("POST", "PUT"), "patch": ("POST", "PUT", "PATCH"), "delete": ("POST", "DELETE"), "get": ("GET",)}
"""The methods by which an operation of a slot may be asked."""
_READS = ("GET", "POST")
"""Those of an operation whose path names what it does after a dot."""
_RARE = 10
"""How many times as many paths have another name of an expression where this one is an exception."""


class Slot(NamedTuple):
    """The path and the method, in lower case, that an operation would have in the usual style."""

    path: str
    method: str
    key: str | None = None
    """The parameter or the member of the body that names the record, where the path of the operation does not."""


def slots_of(
    operations: Iterable[tuple[str, str]], argument_of: Callable[[tuple[str, str], list[str]], str | None]
) -> dict[tuple[str, str], Slot]:
    """Return the slot of each operation, by its path and method.

    What another operation is at already stays where it is. `argument_of` returns the first of some names by which an
    operation has a parameter or a member of its body.
    """
    keys = list(operations)
    found = {key: Slot(*key) for key in keys}
    taken = set(keys)
    suffixed = [key for key in keys if _SUFFIX.search(key[0].rpartition("/")[2])]
    for key in suffixed:
        slot = Slot(_SUFFIX.sub("", key[0]), key[1])
        if slot[:2] not in taken:
            found[key] = slot
            taken.add(slot[:2])
    paths = {slot.path for slot in found.values()}
    for key in keys:
        path, method, _ = found[key]
        usual = _behind_a_dot(path, method, partial(argument_of, key)) or _behind_a_slash(path, method, paths)
        if usual is not None and usual[:2] not in taken:
            found[key] = usual
            taken.add(usual[:2])
    spelling = _spelling(slot.path for slot in found.values())
    return {key: slot._replace(path=spelling(slot.path)) for key, slot in found.items()}


def _spelling(paths: Iterable[str]) -> Callable[[str], str]:
    """Return what writes equal paths alike: `/pets/{id}` and `/pets/{petId}/toys` are about the same pet.

    Of several names of an expression the longest is taken, which is the most telling one, but no rare exception:
    `/repos/{template_owner}/{template_repo}/generate` is one of many paths below `/repos/{owner}/{repo}`.
    """
    counts: dict[str, Counter[str]] = {}
    split = {path: path.split("/") for path in paths}
    anonymous = {path: [_EXPRESSION.sub("{}", step) for step in steps] for path, steps in split.items()}
    for path, steps in split.items():
        for end, step in enumerate(steps, 1):
            if "{" in step:
                counts.setdefault("/".join(anonymous[path][:end]), Counter())[step] += 1
    longest = {
        key: max((step for step, count in found.items() if count * _RARE >= max(found.values())), key=len)
        for key, found in counts.items()
    }

    def spelled(path: str) -> str:
        steps = list(split[path])
        for end, step in enumerate(steps, 1):
            if "{" in step:
                steps[end - 1] = longest["/".join(anonymous[path][:end])]
        return "/".join(steps)

    return spelled


def _behind_a_slash(path: str, method: str, paths: set[str]) -> Slot | None:
    """Read `POST /volumes/create` as `POST /volumes`, and `GET /containers/{id}/json` as `GET /containers/{id}`."""
    head, _, last = path.rpartition("/")
    before = head.rpartition("/")[2]
    if not before or "{" in last:
        return None
    if before.startswith("{") and before.endswith("}"):
        meant = _ON_ITEM.get(last.lower())
    else:
        meant = _ON_COLLECTION.get(last.lower())
        known = head in paths or any(other.startswith(f"{head}/{{") for other in paths)
        if not known and (meant is None or plural(words_of(before)[-1] if words_of(before) else "") != before.lower()):
            return None
    return Slot(head, meant) if meant is not None and method.upper() in _WRITES[meant] else None


def _behind_a_dot(path: str, method: str, argument: Callable[[list[str]], str | None]) -> Slot | None:
    """Read `POST /projects.create` as `POST /projects`, and `conversations.info?channel=` as one of the records."""
    head, _, last = path.rpartition("/")
    noun, dot, verb = last.rpartition(".")
    if not dot or method.upper() not in _READS or not all(map(_NAME.match, [*noun.split("."), verb])):
        return None
    collection = f"{head}/{noun}"
    on_all = _ON_COLLECTION.get(verb.lower())
    if on_all is not None and verb.lower() != "json":
        return Slot(collection, on_all)
    one = "_".join(singular(word) for word in words_of(noun.rpartition(".")[2]))
    key = argument(["id", f"{one}_id", one, "key", "uuid", "name"])
    if key is None:
        return None
    item = f"{collection}/{{{key}}}"
    meant = _ON_ITEM.get(verb.lower())
    if meant is not None:
        return Slot(item, meant, key)
    return Slot(f"{item}/{verb}", "get" if method.upper() == "GET" else "post", key)
