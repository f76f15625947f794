"""Lists, items and creates of a document, derived only from the document.

The measuring tools use this and not what locum infers, so that a wrong inference shows in their figures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from locum.openapi.paths import expressions_of

__all__ = ["Collection", "Reading", "find_identifier", "norm", "singular", "step_into"]

ENVELOPES = {
    "data", "items", "results", "result", "entries", "values", "records", "objects", "list", "rows", "resources",
    "elements", "hits", "documents", "collection", "value", "content", "response",
}  # fmt: skip
"""Members that hold the elements of a list in the envelopes of many APIs."""
IDENTIFIERS = ("id", "gid", "sid", "uuid", "guid", "uid", "key", "name", "login", "slug", "number", "code", "token")
"""Members that identify a record, the likeliest first, if none has the name of the path parameter."""
_ALIASES = {"username": ("login",), "org": ("login",), "organization": ("login",), "owner": ("login",)}
"""Members that identify an account under another name in the path."""
_SUFFIXES = ("/json", "/list", ".json", ".list", ".xml", "/all")
_CREATES = ("", "/create", "/new", "/add", ".create")
_ALIKE = 0.7
"""Minimum share of the members of an element that its item must have."""
_EXTENTS = {
    "compact", "simple", "simplified", "minimal", "nullable", "public", "private", "base", "summary", "response", "full",
    "object", "resource", "normal", "detail", "short", "brief", "extended", "model", "dto",
}  # fmt: skip
"""Words in schema names that mark a view of a record."""
_PLACES = 2
"""Maximum depth at which a list or record is searched in a response."""


def norm(name: str) -> str:
    """Return a name without its style: `FriendlyName` and `friendly_name` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def words(name: str) -> list[str]:
    """Return the words of a name in lower case."""
    return [one.lower() for one in re.findall(r"[A-Z]+s?(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def singular(word: str) -> str:
    """Return the singular of an English plural, as far as resource names require."""
    for ending, other in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("ses", "se"), ("s", "")):
        if word.endswith(ending) and not word.endswith(("ss", "us", "is")) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + other
    return word


def is_key(value: Any) -> bool:
    """Whether a value can identify a record: a text or a number."""
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def step_into(value: Any, place) -> Any:
    """Return the member of a value at a path, or None."""
    for step in place or ():
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def find_identifier(record: Any, parameter: str) -> tuple[tuple[str, ...], Any]:
    """Return the path and the value of the identifier in a record; `((), None)` without one."""
    if is_key(record):
        return (), record
    if not isinstance(record, dict):
        return (), None
    known = {norm(name): name for name in record}
    spoken = words(parameter)
    within = [name for name in record if words(name)[-1:] == spoken[-1:] and set(words(name)) <= set(spoken)]
    first = [name for name in list(record)[:1] if words(name)[-1:] == ["id"]]
    plain = ["id"] if spoken[-1:] == ["id"] else []
    names = [parameter, *plain, *sorted(within, key=len, reverse=True), *(one for one in spoken if one in IDENTIFIERS)]
    names = [*map(norm, names), *_ALIASES.get(norm(parameter), ()), *IDENTIFIERS[:6], *map(norm, first)]
    for name in [*names, *IDENTIFIERS]:
        member = known.get(name)
        if member is not None and is_key(record[member]):
            return (member,), record[member]
    inner = record.get("metadata")
    if isinstance(inner, dict) and isinstance(inner.get("name"), str):
        return ("metadata", "name"), inner["name"]
    return (), None


@dataclass
class Collection:
    """One list, and the operations that read, create and update its records."""

    operation: Any
    """The GET of the list."""
    place: tuple[str, ...]
    """The path of the elements in its response."""
    element: Any
    """Their schema, as it is in the document."""
    item: Any = None
    """The GET of one record."""
    is_below: bool = False
    """Whether the item's path is that of the list and one parameter more."""
    create: Any = None
    changes: list = field(default_factory=list)
    """PATCH, PUT or POST to the path of the item."""

    @property
    def label(self) -> str:
        return f"{self.operation.method} {self.operation.path}"

    @property
    def name(self) -> str:
        """The singular of the last literal segment: `customer`."""
        literal = [one for one in _stripped(self.operation.path).split("/") if one and "{" not in one]
        return norm(singular(literal[-1].rpartition(".")[2] if literal else ""))

    has_id: bool = False
    """Whether its records have a member `id`."""

    @property
    def parameter(self) -> str:
        """The name of the path parameter of a record; `id` if it is only the name of the resource."""
        name = expressions_of(self.item.path)[-1] if self.item is not None else "id"
        return "id" if self.has_id and norm(name) == self.name else name


class Reading:
    """What a document declares, with references resolved."""

    def __init__(self, service) -> None:
        self.service = service
        self._resolve = service.contract.schemas.resolve
        self._members: dict[int, dict] = {}
        self.by_place: dict = {}
        for one in service.contract.operations.values():
            if not set(one.path) & set("#?"):
                self.by_place.setdefault((one.method, _anonymous(one.path)), one)

    def resolve(self, raw: Any) -> Any:
        """Return a schema with its reference resolved."""
        found = self._resolve(raw)
        return found if isinstance(found, dict) else {}

    def branches(self, raw: Any, depth: int = 0) -> list[dict]:
        """Return a schema and the schemas that it is composed of."""
        schema = self.resolve(raw)
        found = [schema]
        if depth < 6:
            for keyword in ("allOf", "anyOf", "oneOf"):
                for one in schema.get(keyword) or ():
                    found += self.branches(one, depth + 1)
        return found

    def members(self, raw: Any) -> dict[str, Any]:
        """Return the declared members of an object, those of all its branches together."""
        if id(raw) not in self._members:
            found: dict[str, Any] = {}
            for one in self.branches(raw):
                for name, schema in (one.get("properties") or {}).items():
                    found.setdefault(name, schema)
            self._members[id(raw)] = found
        return self._members[id(raw)]

    def members_of(self, raw: Any, record: Any, depth: int = 0) -> dict[str, Any]:
        """Return the members that are declared for a record, without alternatives of another kind.

        For example, members of a bank account are not members of a card.
        """
        found: dict[str, Any] = {}
        schema = self.resolve(raw)
        for name, one in (schema.get("properties") or {}).items():
            found.setdefault(name, one)
        for keyword in ("allOf", "anyOf", "oneOf"):
            for branch in (schema.get(keyword) or ()) if depth < 6 else ():
                inner = self.members_of(branch, record, depth + 1)
                if keyword == "allOf" or not isinstance(record, dict) or self._is_of(inner, record):
                    found = {**inner, **found}
        return found

    def _is_of(self, members: dict[str, Any], record: dict) -> bool:
        """Whether a record has no other value where members name one: `object: card`."""
        named = {name: self.values(schema) for name, schema in members.items() if name in record}
        return all(len(values) != 1 or record[name] in values for name, values in named.items() if values)

    def types(self, raw: Any) -> set[str]:
        """Return the JSON types of a schema; empty if it has none."""
        found: set[str] = set()
        for one in self.branches(raw):
            kind = one.get("type")
            found |= set(kind) if isinstance(kind, list) else {kind} if kind else set()
            found |= {"object"} if "properties" in one and not kind else set()
            found |= {"null"} if one.get("nullable") else set()
        return found

    def values(self, raw: Any) -> list | None:
        """Return the values of const or enum in a schema, or None."""
        found = []
        for one in self.branches(raw):
            found += [one["const"]] if "const" in one else list(one.get("enum") or ())
        return found or None

    def elements(self, raw: Any) -> Any:
        """Return the schema of the elements of an array; None for any other schema."""
        for one in self.branches(raw):
            if one.get("type") == "array" or (isinstance(one.get("type"), list) and "array" in one["type"]):
                return one.get("items") if isinstance(one.get("items"), dict) else {}
        return None

    def success(self, operation) -> Any:
        """Return the schema of the usual JSON success as in the document, or None."""
        declared = operation.declares(operation.success)
        media = declared.usual if declared is not None else None
        return media.schema.raw if media is not None and media.json and media.schema is not None else None

    def collections(self) -> list[Collection]:
        """Return the lists of the document, in its order."""
        found = []
        for operation in self.by_place.values():
            one = self._collection(operation)
            if one is not None:
                found.append(one)
        return found

    def _collection(self, operation) -> Collection | None:
        path = _stripped(operation.path)
        if operation.method != "GET" or path.endswith("}"):
            return None
        raw = self.success(operation)
        if raw is None:
            return None
        place = self._list_place(raw, path)
        if place is None:
            return None
        inner = raw
        for step in place:
            inner = self.members(inner)[step]
        one = Collection(operation, place, self.elements(inner))
        one.has_id = "id" in self.members(one.element)
        self._relate(one, path)
        return one

    def _list_place(self, raw: Any, path: str, depth: int = 0) -> tuple[str, ...] | None:
        """Return the path of a list: the response, a usual envelope member, or one named like the path."""
        if self.elements(raw) is not None:
            return ()
        if depth == _PLACES:
            return None
        segments = {norm(one) for one in re.split(r"[/.]", path) if one and "{" not in one}
        members = self.members(raw)
        arrays = [name for name, one in members.items() if self.elements(one) is not None]
        objects = [name for name in arrays if "object" in self.types(self.elements(members[name]))]
        arrays = objects or arrays
        wanted = [name for name in arrays if norm(name) in segments] or [one for one in arrays if one in ENVELOPES]
        if len(wanted) == 1:
            return (wanted[0],)
        for name in [one for one in members if one in ENVELOPES | {"_embedded"} and one not in arrays]:
            inner = self._list_place(members[name], path, depth + 1)
            if inner:
                return (name, *inner)
        return None

    def _relate(self, one: Collection, path: str) -> None:
        suffix = one.operation.path[len(path) :]
        if suffix == ".list":
            return  # remote procedures have no item path
        for ending in dict.fromkeys((suffix, "", "/json", ".json")):
            item = self.by_place.get(("GET", _anonymous(path) + "/{}" + ending))
            if item is not None and self._is_item(item):
                self._found(one, item, path, suffix, is_below=True)
                return
        last = path.rpartition("/")[2]
        others = [
            operation
            for (method, place), operation in self.by_place.items()
            if method == "GET" and place.endswith(f"/{last}/{{}}") and len(expressions_of(operation.path)) == 1
            if self._is_item(operation) and self._is_alike(one.element, operation)
        ]
        if len(others) == 1:
            one.item = others[0]

    def _is_alike(self, element: Any, item) -> bool:
        """Whether an item at another path is an element of a list, and not another resource of that name.

        It is if their schemas have one name except for words such as `Compact`, or if most members are equal and the
        schema names do not differ.
        """
        raw = self.success(item)
        inner = [self.elements(one) or one for one in (raw, *self.members(raw).values())]
        own, members = _called(element), self.members(element).keys()
        for one in inner:
            other = _called(one)
            if own and own == other:
                return True
            is_near = not own or not other or own <= other or other <= own
            if is_near and len(members & self.members(one).keys()) >= _ALIKE * len(members):
                return True
        return False

    def _is_item(self, operation) -> bool:
        """Whether a GET returns one record as JSON, and not a representation of the list."""
        return self.success(operation) is not None and not operation.path.endswith(("{type}", "{format}"))

    def _found(self, one: Collection, item, path: str, suffix: str, *, is_below: bool) -> None:
        one.item, one.is_below = item, is_below
        for ending in dict.fromkeys((suffix, *_CREATES)):
            one.create = one.create or self.by_place.get(("POST", _anonymous(path) + ending))
        at = _anonymous(item.path)
        changes = [self.by_place.get((method, at)) for method in ("PATCH", "PUT", "POST")]
        one.changes = [change for change in changes if change is not None]


def _called(schema: Any) -> set[str]:
    """Return the words of the resource in the name of a schema; empty if it has no name."""
    name = schema.get("$ref", "").rpartition("/")[2] if isinstance(schema, dict) else ""
    return {singular(one) for one in words(name)} - _EXTENTS


def _stripped(path: str) -> str:
    for suffix in _SUFFIXES:
        if path.endswith(suffix):
            return path[: -len(suffix)]
    return path


def _anonymous(path: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", path)
