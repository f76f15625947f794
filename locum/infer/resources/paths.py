"""Paths: normalise the paths of an API to one style, and compute the addresses of records.

Resources are inferred from paths such as `/volumes` and `/volumes/{name}`. Other styles are converted to this one:
`/Messages.json`, `POST /volumes/create`, `POST /projects.create`, `GET /containers/{id}/json`.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from locum.generate.files.making import ORIGIN
from locum.infer.resources.words import plural, singular, stem, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes

__all__ = ["Addresses", "Slot", "slots_of"]


_SUFFIX = re.compile(r"\.(json|xml|ya?ml|csv|php|do)\Z", re.IGNORECASE)
_EXPRESSION_IN_PATH = re.compile(r"\{[^{}]*\}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_IN_PARENTHESES = re.compile(r"/([A-Za-z]\w*)\((?:\w+=)?'?(\{[^{}]*\})'?\)(?=/|\Z)")
"""A record of a collection in OData: `/Products({ID})`, `/People('{UserName}')`."""

_ON_COLLECTION = {
    **dict.fromkeys(("list", "all", "index", "json"), "get"),
    **dict.fromkeys(("create", "new", "add", "insert"), "post"),
}
"""The methods that words after a collection stand for."""
_ON_ITEM = {
    **dict.fromkeys(("info", "get", "show", "json", "details", "retrieve", "inspect", "read", "view"), "get"),
    **dict.fromkeys(("update", "edit", "modify", "patch"), "patch"),
    **dict.fromkeys(("delete", "remove", "destroy"), "delete"),
}
"""The methods that words after an item, or after a collection and a dot, stand for."""
_WRITES = {"post": ("POST", "PUT"), "patch": ("POST", "PUT", "PATCH"), "delete": ("POST", "DELETE"), "get": ("GET",)}
"""The actual methods of an operation with a normalised method."""
_READS = ("GET", "POST")
"""The actual methods of an operation with a verb after a dot."""
_RARE = 10
"""A name of an expression is an exception if another is this many times as frequent."""


class Slot(NamedTuple):
    """The normalised path and method (in lower case) of an operation."""

    path: str
    method: str
    key: str | None = None
    """The parameter or body member that names the record, if the actual path does not."""


def slots_of(
    operations: Iterable[tuple[str, str]], argument_of: Callable[[tuple[str, str], list[str]], str | None]
) -> dict[tuple[str, str], Slot]:
    """Return the slot of each operation, by its path and method.

    An operation whose slot is taken keeps its own path. `argument_of` returns the first of some names that an
    operation has as a parameter or body member.
    """
    keys = list(operations)
    found = {key: Slot(*key) for key in keys}
    taken = set(keys)
    for key in keys:
        bare = key[0].rstrip("/"), key[1]
        if key[0].endswith("/") and bare[0] and bare not in taken:  # `/tasks/` and `/tasks/{id}/` (Django)
            found[key] = Slot(*bare)
            taken.add(bare)
    for pattern, usual in ((_IN_PARENTHESES, r"/\1/\2"), (_SUFFIX, "")):
        for key in keys:
            slot = found[key]._replace(path=pattern.sub(usual, found[key].path))
            if slot[:2] not in taken:
                found[key] = slot
                taken.add(slot[:2])
    paths = {slot.path for slot in found.values()}
    for key in keys:
        path, method, _ = found[key]
        meant = _behind_a_dot(path, method, partial(argument_of, key)) or _behind_a_slash(path, method, paths)
        if meant is not None and meant[:2] not in taken:
            found[key] = meant
            taken.add(meant[:2])
    for key, slot in _before_nouns(found, argument_of).items():
        if slot[:2] not in taken:
            found[key] = slot
            taken.add(slot[:2])
    spelling = _spelling(slot.path for slot in found.values())
    return {key: slot._replace(path=spelling(slot.path)) for key, slot in found.items()}


def _chosen(steps: list[str]) -> str:
    """Return the longest of several steps with an expression; of `{ContactID}` and `{ContactNumber}`, the id."""
    words = [words_of(step) for step in steps]
    ids = [step for step, own in zip(steps, words, strict=True) if own[-1:] in _IDS]
    is_one_noun = len({own[:-1] for own in words}) == 1 and len(words[0]) > 1
    return max(ids if ids and is_one_noun else steps, key=len)


_IDS = (("id",), ("uuid",), ("gid",))

_BEFORE = {
    **dict.fromkeys(("create", "add", "new"), ("post", False)),
    **dict.fromkeys(("list", "search", "find"), ("get", False)),
    **dict.fromkeys(("get", "read", "fetch", "describe", "show"), ("get", True)),
    **dict.fromkeys(("update", "edit", "modify", "patch"), ("patch", True)),
    **dict.fromkeys(("delete", "remove", "destroy"), ("delete", True)),
}
"""The methods of verbs before a noun, and whether they are on one record: `/rpc/getTask`."""


def _before_nouns(
    found: Mapping[tuple[str, str], Slot], argument_of: Callable[[tuple[str, str], list[str]], str | None]
) -> dict[tuple[str, str], Slot]:
    """Return the slots of calls with a verb before a noun: `POST /rpc/createTask`, `/rpc/getTask`, `/rpc/listTasks`.

    There must be one that creates or lists, and one on a record.
    """
    calls: dict[tuple[str, str], list[tuple[tuple[str, str], str]]] = {}
    for key, slot in found.items():
        head, _, last = slot.path.rpartition("/")
        words = words_of(last)
        if len(words) > 1 and words[0] in _BEFORE and "{" not in slot.path and key[1].upper() in _READS:
            noun = "_".join((*words[1:-1], singular(words[-1])))
            calls.setdefault((head, noun), []).append((key, words[0]))
    slots: dict[tuple[str, str], Slot] = {}
    for (head, noun), several in calls.items():
        if len({_BEFORE[verb][1] for _, verb in several}) < 2:  # noqa: PLR2004 (records and their collection)
            continue
        collection = f"{head}/{'_'.join((*noun.split('_')[:-1], plural(noun.split('_')[-1])))}"
        for key, verb in several:
            method, is_on_record = _BEFORE[verb]
            one = argument_of(key, ["id", f"{noun}_id", noun, "key", "uuid", "name"]) if is_on_record else None
            if one is not None or not is_on_record:
                path = collection if one is None else f"{collection}/{{{one}}}"
                slots[key] = Slot(path, method, one)
    return slots


def _spelling(paths: Iterable[str]) -> Callable[[str], str]:
    """Return a function that gives equal expressions one name: `/pets/{id}` and `/pets/{petId}/toys` share the pet.

    The longest name is used, as the most informative one, unless it is a rare exception:
    `/repos/{template_owner}/{template_repo}/generate` is one of many paths below `/repos/{owner}/{repo}`.
    """
    counts: dict[str, Counter[str]] = {}
    split = {path: path.split("/") for path in paths}
    anonymous = {path: [_EXPRESSION_IN_PATH.sub("{}", step) for step in steps] for path, steps in split.items()}
    for path, steps in split.items():
        for end, step in enumerate(steps, 1):
            if "{" in step:
                counts.setdefault("/".join(anonymous[path][:end]), Counter())[step] += 1
    longest = {
        key: _chosen([step for step, count in found.items() if count * _RARE >= max(found.values())])
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
    """Normalise `POST /volumes/create` to `POST /volumes`, `GET /containers/{id}/json` to `GET /containers/{id}`."""
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
    """Normalise `POST /projects.create` to `POST /projects`, `conversations.info?channel=` to an item path."""
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


_OWN = frozenset({
    "url", "href", "self", "uri", "selfurl", "selflink", "selfhref", "selfuri", "apiurl", "resourceurl", "resourceuri",
    "apihref", "canonicalurl", "link",
})  # fmt: skip
_QUALIFIED = frozenset({"fullname", "qualifiedname", "namewithowner", "pathwithnamespace", "fullpath"})
_HOLDERS = frozenset({"link", "self"})
"""Objects that hold addresses: `_links: {self: {href}}`."""
_ELSEWHERE = re.compile(
    r"webhook|callback|redirect|website|homepage|external|web page|browser|image|avatar|endpoint"
    r"|source|target|download|upload|receiver|payload",
    re.IGNORECASE,
)
_EXPRESSION = re.compile(r"\{[^{}]*\}")
_DEEPEST = 2


class _Place(NamedTuple):
    """A member that holds an address: its path, and the suffix after the address of the record."""

    path: tuple[str, ...]
    behind: str
    is_relative: bool = False
    """Whether it is a path without a host."""


class Addresses:
    """The addresses of one contract's records on this server."""

    def __init__(self, servers: list[str], base_path: str, shapes: Shapes) -> None:
        """Set up the addresses; `servers` are the document's server URLs, `base_path` is the prefix of paths here."""
        self._servers = sorted({server.rstrip("/") for server in servers if "://" in server}, key=len, reverse=True)
        self._base = base_path.rstrip("/")
        self._shapes = shapes
        self._places: dict[Resource, list[_Place]] = {}
        self._paths: dict[Resource, list[str]] = {}

    def of(self, resource: Resource, parents: tuple[str, ...], key: str) -> str | None:
        """Return the address of a record with a placeholder host, which responses replace; None if it has none."""
        if resource.address is None:
            return None
        values = iter([*parents, *([] if resource.singleton else [key])])
        try:
            path = _EXPRESSION.sub(lambda _: quote(next(values), safe=""), resource.address)
        except StopIteration:
            return None
        return ORIGIN + self._base + path

    def located(
        self, resource: Resource, parents: tuple[str, ...], key: str, members: dict[str, Any], sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return a record's members with its own addresses set, and with URLs of the document's servers rewritten.

        Members in `sent` are kept.
        """
        places, paths = self.places_in(resource), self._paths_in(resource)
        own = self.of(resource, parents, key) if places or paths else None
        if own is not None:
            for place in places:
                if place.path[0] not in sent:
                    address = own.removeprefix(ORIGIN) if place.is_relative else own
                    members = _replaced(members, place.path, address + place.behind)
            for name in paths:
                if name in members and name not in sent:
                    members = {**members, name: "/".join([*parents, key])}
        if resource.name_form:
            values = iter([*parents, key])
            members = {**members, "name": _EXPRESSION.sub(lambda _: next(values, ""), resource.name_form)}
        if self._servers:
            members = {name: value if name in sent else self.moved(value) for name, value in members.items()}
        return members

    def moved(self, value: Any) -> Any:
        """Rewrite URLs below the document's servers to this server, in a JSON value."""
        if isinstance(value, str):
            for server in self._servers if "://" in value else ():
                if value.startswith(server) and value[len(server) :][:1] in {"", "/", "?", "#", "{"}:
                    return ORIGIN + self._base + value[len(server) :]
            return value
        if isinstance(value, dict):
            return {name: self.moved(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.moved(item) for item in value]
        return value

    def places_in(self, resource: Resource) -> list[_Place]:
        """Return the members of a resource's records that hold their own address, or one below it."""
        if resource not in self._places:
            found = [] if resource.shape is None else list(self._found(resource, resource.shape, (), ""))
            self._places[resource] = found
        return self._places[resource]

    def _paths_in(self, resource: Resource) -> list[str]:
        """Return the members that hold the parents' and the own identifier: `full_name`, as in `ada/atlas`."""
        if resource not in self._paths:
            texts = resource.shape.properties if resource.shape is not None and resource.depth else {}
            shown = {name: schema.raw.get("example") for name, schema in texts.items() if isinstance(schema.raw, dict)}
            own = shown.get(resource.member or "")
            ending, steps = f"/{own}", resource.depth
            self._paths[resource] = [
                name
                for name, example in shown.items()
                if isinstance(example, str)
                and example.count("/") == steps
                and (example.endswith(ending) if own else stem(name) in _QUALIFIED)
            ]
        return self._paths[resource]

    def _found(self, resource: Resource, shape: Shape, path: tuple[str, ...], around: str) -> Iterator[_Place]:
        for name, schema in shape.properties.items():
            inner, key = self._shapes.of(schema), stem(name)
            if inner.is_object and len(path) < _DEEPEST and key in _HOLDERS:
                yield from self._found(resource, inner, (*path, name), key)
                continue
            raw = schema.raw if isinstance(schema.raw, dict) else {}
            if "string" not in inner.kinds or inner.is_array or raw.keys() & {"enum", "const", "default"}:
                continue
            example = raw.get("example")
            is_relative = isinstance(example, str) and example.startswith("/") and key in _OWN
            behind = self._behind(resource, self._path_in(example, is_relative=is_relative))
            if behind is not None:
                yield _Place((*path, name), behind, is_relative)
            elif example is None and self._is_own(resource, key, path, around, name, raw):
                yield _Place((*path, name), "", "relative" in str(raw.get("description", "")).lower())

    @staticmethod
    def _is_own(  # noqa: PLR0913, PLR0917 (a member and its place)
        resource: Resource, key: str, path: tuple[str, ...], around: str, name: str, raw: Mapping[str, Any]
    ) -> bool:
        if path:
            return key == "self" or (around == "self" and key in _OWN)
        if key not in _OWN or name in resource.settable:
            return False
        text = str(raw.get("description", ""))
        return ("relative to" in text or _ELSEWHERE.search(text) is None) and (
            key != "link" or raw.get("format") in {"uri", "url"}
        )

    def _path_in(self, example: Any, *, is_relative: bool) -> str | None:
        """Return the path in an example of an address, without the base path; None if it is elsewhere."""
        if not isinstance(example, str):
            return None
        if is_relative:
            return example.removeprefix(self._base)
        server = next((one for one in self._servers if example.startswith(one)), None)
        return None if server is None else urlsplit(example[len(server) :]).geturl()

    @staticmethod
    def _behind(resource: Resource, path: str | None) -> str | None:
        """Return the suffix of a path after that of a record; None if it is another path."""
        if path is None or resource.address is None:
            return None
        pattern = "/".join("[^/?#{]+" if "{" in step else re.escape(step) for step in resource.address.split("/"))
        ends = r"(?=$|[/?#{])"
        found = re.match(pattern + ends, path)
        if found is None and "{" not in resource.address.split("/")[-2]:
            # Another path to the record: `/repositories/42/issues/1` for `/repos/{owner}/{repo}/issues/{number}`.
            tail = "/".join(pattern.split("/")[-2:])
            found = re.match(rf"[^?#{{]*/{tail}{ends}", path)
        return None if found is None else path[found.end() :]


def _replaced(members: dict[str, Any], path: tuple[str, ...], value: str) -> dict[str, Any]:
    """Return members with the value at a path replaced, if there is one."""
    name, rest = path[0], path[1:]
    if name not in members:
        return members
    if not rest:
        return {**members, name: value}
    inner = members[name]
    return {**members, name: _replaced(inner, rest, value)} if isinstance(inner, dict) else members
