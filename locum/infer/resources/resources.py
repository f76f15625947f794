"""Resources: the collections and singletons of a contract, inferred from paths, methods, schemas and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.infer.lists.paging import paging_parts
from locum.infer.resources.identities import identity_of, list_place, record_place, request_place, response_place
from locum.infer.resources.paths import Slot, slots_of
from locum.infer.resources.words import plain_name, same, singular, stem, words_of
from locum.memo import memoized
from locum.openapi.paths import expressions_of
from locum.openapi.pointers import at, join, pointer_of
from locum.openapi.wire.styles import property_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from locum.infer.resources.relations import Relation
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.openapi.schemas.schemas import Schema

__all__ = [
    "Methods",
    "Resource",
    "Resources",
    "alternatives_of",
    "expressions_of",
    "find_success_schema",
    "item_expression",
    "success_of",
]

_EXPRESSION = re.compile(r"\{([^{}]+)\}")
_VERSION = re.compile(r"v\d+\w*")
_MODEL = ("get", "put", "patch", "post")
"""The methods of an item whose response shows the record, most informative first."""
_ALTERNATES = frozenset({"uid", "slug", "externalid", "externalref", "handle", "lookupkey", "uniquename"})
"""Stems of members that identify a record in addition to the one in the path."""
_IDENTIFIERS = frozenset({"id", "identifier", "uuid", "gid"})
_NAMES = frozenset({"id", "uuid", "name", "email", "alias", "slug", "username", "login", "handle", "code", "key"})
"""Members that a path parameter may hold instead of the identifier, if its name or description mentions them."""
_OF_ITEMS = frozenset({"get", "put", "patch", "delete"})
_CALLERS = frozenset({"me", "self", "current", "@me", "~", "@self", "primary"})
"""Path values that name the caller's own record, or the first one."""
_CALLER = re.compile(r"[\"'`](me|self|current|@me|~|primary)[\"'`]")
_ALWAYS = re.compile(r"\balways\b[^.`]*\b(?:id|identifier)\b[^.`]*`([^`\s{}]+)`", re.IGNORECASE)
"""A description of an identifier that always exists: "the root folder is always represented by the ID `0`"."""

Methods = dict[str, "Operation"]
"""The operations of one path by method, in lower case."""


@dataclass(eq=False, slots=True)
class Resource:
    """A stored resource: a collection of records, or a singleton (one record at its own path).

    `path` is that of the collection or singleton. `identity` is the path to the record's member that the last
    template expression of an item names: `("id",)`, `("metadata", "name")`; () if no member holds it.
    """

    path: str
    item: str | None = None
    """The path of one record; None for a singleton, or a collection whose records have no path."""
    address: str | None = None
    """The path of one record as written in the document."""
    singleton: bool = False
    parent: Resource | None = None
    identity: tuple[str, ...] = ()
    key: Schema | None = None
    """The schema of the path parameter that holds the identifier."""
    shape: Shape | None = None
    """The shape of the stored record, as responses show it; None if only its existence is known (a mark)."""
    settable: frozenset[str] = frozenset()
    """The members that clients may send."""
    nested: dict[str, frozenset[str]] = field(default_factory=dict)
    """The members that clients may send within objects, and within the objects of lists, by their name."""
    grown: frozenset[str] = frozenset()
    """The lists that operations below a record add to. They are empty in a new record."""
    is_read: bool = False
    """Whether a GET reads one record, so that records are not only listed or marked."""
    found: bool = True
    """Whether clients can know its records, because they can list or create them."""
    name_form: str = ""
    """The form of the member `name` if it is the record's path: `shelves/{shelf}/books/{book}` (Google's AIP-122)."""
    envelope: tuple[str | int, ...] = ()
    """The place of the record in responses: `("order",)` in `{"order": {...}}`."""
    examples: tuple[str, ...] = ()
    """The identifiers in the path parameter's examples; records with these exist."""
    forms: tuple[str, ...] = ()
    """The identifiers in examples of responses with one record; new identifiers have their form."""
    callers: frozenset[str] = frozenset()
    """Path values that name the caller's own record instead of an identifier: `me`."""
    alternates: tuple[str, ...] = ()
    """Other members that identify a record: `slug`, `external_id`."""
    seed: Any = None
    """The value of `x-locum-seed`: the number of seed records, or a list of them."""
    given: Mapping[tuple[str, ...], Mapping[str, dict[str, Any]]] | None = None
    """All seed records, as a fixture has them: by the path values above them, then by key. None without a fixture."""
    why: list[str] = field(default_factory=list)
    depth: int = field(init=False)
    """The number of template expressions above the record's own."""

    def __post_init__(self) -> None:
        """Count the template expressions."""
        self.depth = len(expressions_of(self.path))

    @property
    def expression(self) -> str | None:
        """The name of the template expression for one record."""
        return None if self.item is None else item_expression(self.item)

    @property
    def member(self) -> str | None:
        """The top-level member that identifies a record; None if there is none or it is nested."""
        return self.identity[0] if len(self.identity) == 1 else None

    def key_of(self, members: Any) -> Any:
        """Return the identifier in a record's members, or None."""
        if not self.identity:
            return None
        for step in self.identity:
            if not isinstance(members, Mapping):
                return None
            members = members.get(step)
        return members

    def with_key(self, members: Mapping[str, Any], key: Any) -> dict[str, Any]:
        """Return a record's members with its identifier set."""
        return _with(members, self.identity, key) if self.identity else dict(members)

    @property
    def name(self) -> str:
        """The plural noun for its records: `toys` for `/pets/{petId}/toys`, `repos` for `/repos/{owner}`."""
        return _name_in(self.path)

    @property
    def noun(self) -> str:
        """The singular noun for one record: `toy`."""
        return " ".join(
            singular(word) if word is words[-1] else word for words in [words_of(self.name)] for word in words
        )


def _with(members: Mapping[str, Any], steps: tuple[str, ...], value: Any) -> dict[str, Any]:
    step, rest = steps[0], steps[1:]
    if not rest:
        return {**members, step: value}
    inner = members.get(step)
    return {**members, step: _with(inner if isinstance(inner, Mapping) else {}, rest, value)}


@memoized(10_000)
def _name_in(path: str) -> str:
    steps = [step for step in path.split("/") if step and "{" not in step]
    return steps[-1] if steps else "items"


def item_expression(path: str) -> str | None:
    """Return the name of the template expression that is the whole last segment, if it is one."""
    found = _EXPRESSION.fullmatch(path.rpartition("/")[2])
    return found[1] if found else None


def success_of(operation: Operation) -> DeclaredResponse | None:
    """Return the first declared success with a body, else the first success."""
    declared = [
        response
        for status, response in operation.responses.items()
        if status[:1] == "2" or (status == "default" and not any(other[:1] == "2" for other in operation.responses))
    ]
    return next((response for response in declared if response.media_types), declared[0] if declared else None)


def find_success_schema(operation: Operation | None) -> Schema | None:
    """Return the schema of an operation's success body, JSON if possible. Streams are ignored: they hold no record."""
    declared = success_of(operation) if operation is not None else None
    if declared is None:
        return None
    media = [one for one in declared.media_types.values() if one.stream is None]
    return next((one.schema for one in [*(each for each in media if each.json), *media] if one.schema), None)


class Resources:
    """The resources of a contract. Each is inferred at the first use of its path."""

    def __init__(self, contract: Contract, shapes: Shapes) -> None:
        self._contract = contract
        self._shapes = shapes
        self._wrapped: dict[str, list[str]] = {}
        self._slots = slots_of(contract.operations, self._argument)
        self._methods: dict[str, dict[str, tuple[str, str]]] = {}
        """The operations by normalised path (see paths.py) and method."""
        self._items: dict[str, list[str]] = {}
        """The possible item paths, by the path without their last segment."""
        self._written: dict[str, set[str]] = {}
        """The expressions of item paths as written, by normalised path."""
        for key, (path, method, _) in self._slots.items():
            self._written.setdefault(path, set()).add(item_expression(key[0]) or "")
            if path not in self._methods and item_expression(path) is not None and path.count("/") > 1:
                self._items.setdefault(path.rpartition("/")[0], []).append(path)
            self._methods.setdefault(path, {}).setdefault(method, key)
        self._found: dict[str, Resource | None] = {}
        self.relations: dict[Resource, list[Relation]] = {}
        """The relations of resources that were inferred so far: each compares a record with all other resources."""
        self._by_record: dict[Any, list[Resource]] | None = None
        self._below: dict[str, set[str]] | None = None
        """Stems of the lists that operations below an item add to, by the item's path."""

    def __iter__(self) -> Iterator[Resource]:
        """Yield all resources in document order, those whose records have paths first."""
        yield from self.up_to(None)

    def up_to(self, depth: int | None) -> Iterator[Resource]:
        """Yield the resources with at most so many template expressions above their records, in the same order."""
        for path in dict.fromkeys([*self._items, *self._methods]):
            resource = self.at(path) if depth is None or len(expressions_of(path)) <= depth else None
            if resource is not None:
                yield resource

    def below(self, resource: Resource, nouns: Container[str]) -> list[Resource]:
        """Return the collections directly below the records of a resource whose names end with one of the nouns."""
        found = []
        for path in dict.fromkeys([*self._items, *self._methods]):
            last = words_of(path.rpartition("/")[2])[-1:]
            if resource.item is not None and path.rpartition("/")[0] == resource.item and last and last[0] in nouns:
                other = self.at(path)
                found += [other] if other is not None and other.parent is resource and not other.singleton else []
        return found

    def slot(self, operation: Operation) -> Slot:
        """Return the normalised path and method of an operation."""
        return self._slots[operation.path, operation.method.lower()]

    def operation(self, path: str, method: str) -> Operation | None:
        """Return the operation at a normalised path."""
        key = self._methods.get(path, {}).get(method)
        return None if key is None else self._contract.operations[key]

    def at(self, path: str) -> Resource | None:
        """Return the resource at the path of a collection or of a singleton."""
        if path not in self._found:
            found = self._collection_of_items(path)
            if found is None and path in self._methods and not self._is_item(path):
                found = self._collection(path) or self._singleton(path)
            self._found[path] = found
            if found is not None:
                found.parent = self._parent_of(path)
        return self._found[path]

    def item(self, path: str) -> Resource | None:
        """Return the resource of an item path."""
        head = path.rpartition("/")[0]
        return self.at(head) if path in self._items.get(head, ()) and self._is_item(path) else None

    def showing(self, schema: Schema) -> list[Resource]:
        """Return the collections whose records a schema describes, fully or in part: `TaskCompact` is a task."""
        if self._by_record is None:
            self._by_record = {}
            for resource in self:
                if resource.shape is not None and not resource.singleton:
                    for name in self._names_of(resource.shape):
                        self._by_record.setdefault(name, []).append(resource)
        shape = self._shapes.of(schema)
        identity, *parts = self._names_of(shape)
        exact = self._by_record.get(identity, ())
        found = list(exact)
        for one in [one for name in parts for one in self._by_record.get(name, ())]:
            if one not in found and one.identity and one.identity[0] in shape.properties:
                found.append(one)
        # Collections with readable items come first; a ProjectCompact is a project rather than a ProjectBrief.
        return sorted(
            found,
            key=lambda one: (
                not one.is_read,
                one not in exact,
                words_of(one.noun) not in parts,
                one.is_read * one.depth,
            ),
        )

    def _names_of(self, shape: Shape) -> list[Any]:
        plain = plain_name(shape, self._shapes)
        return [self._shapes.identity(shape.schema), *([plain] if plain is not None else [])]

    def record_in(self, operation: Operation, resource: Resource | None = None) -> Shape | None:
        """Return the shape of the record in an operation's response; None if it is not an object."""
        schema = find_success_schema(operation)
        if schema is None:
            return None
        shape = self._shapes.of(schema)
        shape = self._shapes.at(shape, response_place(self._shapes, shape, resource))
        return shape if shape.is_object else None

    def _argument(self, key: tuple[str, str], names: list[str]) -> str | None:
        """Return the query parameter or body member of an operation that matches the first possible name."""
        operation = self._contract.operations[key]
        names = [*names[:-2], *self._wrappers(key[0].rpartition(".")[0]), *names[-2:]]
        known = [parameter.name for parameter in operation.by_location["query"]]
        for media in operation.body.media_types.values() if operation.body is not None else ():
            if media.schema is not None:
                known += self._shapes.of(media.schema).properties
        return next((one for name in names for one in known if same(one, name)), None)

    def _wrappers(self, noun: str) -> list[str]:
        """Return the members that wrap the record in responses of dotted paths: `channel` for `conversations.info`."""
        if noun not in self._wrapped:
            found = dict[str, None]()
            for key in ((f"{noun}.{verb}", method) for verb in ("info", "get", "create") for method in ("get", "post")):
                success = find_success_schema(self._contract.operations.get(key))
                properties = self._shapes.of(success).properties if success is not None else {}
                found |= {name: None for name, schema in properties.items() if self._shapes.of(schema).is_object}
            self._wrapped[noun] = list(found) if len(found) == 1 else []
        return self._wrapped[noun]

    def _at(self, path: str) -> Methods:
        return {method: self._contract.operations[key] for method, key in self._methods.get(path, {}).items()}

    def _is_item(self, path: str) -> bool:
        """Return whether a path that ends in an expression names one record, not a list."""
        methods = self._methods.get(path, {})
        if item_expression(path) is None or path.count("/") < 2 or not methods.keys() & _OF_ITEMS:  # noqa: PLR2004
            return False
        success = find_success_schema(self._contract.operations[methods["get"]]) if "get" in methods else None
        if success is None:
            return True
        shape = self._shapes.of(success)
        return not shape.is_array or (shape.is_object and "put" in methods)  # one schema for a file or a folder's files

    def _collection_of_items(self, head: str) -> Resource | None:
        """Infer the collection whose items are below a path; of `/users/{id}` and `/users/{name}`, the first counts."""
        path = next((path for path in self._items.get(head, ()) if self._is_item(path)), None)
        if path is None:
            return None
        methods, expression = self._at(path), str(item_expression(path))
        parameter = self._parameter(expression, methods)
        resource = Resource(head, item=path, key=None if parameter is None else parameter.schema)
        ways = [methods[method].path for method in ("get", *_MODEL) if method in methods]
        resource.address = next((one for one in ways if item_expression(one) == expression), next(iter(ways), None))
        resource.why.append(f"{path} names a record of {head}")
        collection = self._at(head)
        candidates = [methods[method] for method in _MODEL if method in methods]
        candidates += [collection[method] for method in ("post", "put") if method in collection]
        shown = find_success_schema(methods.get("get"))
        every = find_success_schema(collection.get("get"))
        resource.is_read = (
            shown is not None
            and self._shapes.of(shown).is_object
            and (every is None or list_place(self._shapes, every) is not None)  # `GET /user` shows only the caller
        )
        resource.found = bool(collection.keys() & {"get", "post"} or "put" in methods)
        self._model(resource, expression, candidates, collection.get("get"))
        others = self._written[path] - {expression, item_expression(resource.address or "")}
        if resource.shape is not None and others:  # `/Contacts/{ContactNumber}` beside `/Contacts/{ContactID}`
            named = [one for one in resource.shape.properties if any(same(one, other) for other in others)]
            named = [one for one in named if (one,) != resource.identity]
            resource.alternates = tuple(dict.fromkeys([*resource.alternates, *named]))
        self._name_by_path(resource)
        self._settable(resource, [*methods.values(), *collection.values()])
        resource.grown = self._grown(resource)
        resource.forms = self._forms(resource, methods.get("get"))
        self._shown_keys(resource, parameter)
        self._extensions(resource, [*methods.values(), *collection.values()])
        return resource

    def _collection(self, path: str) -> Resource | None:
        """Infer a collection without item paths, from a GET that returns a list or a POST that creates records."""
        if item_expression(path) is not None:
            return None
        methods = self._at(path)
        get = methods.get("get")
        resource = Resource(path)
        if get is None:
            if not self._makes(path, methods.get("post")):
                return None
            resource.why.append(f"POST {path} creates a record with an identifier")
        else:
            success = find_success_schema(get)
            place = list_place(self._shapes, success) if success is not None else None
            # An object with a list that PUT or PATCH writes is a singleton, unless its list is paged.
            if place is None or (place and methods.keys() & {"put", "patch"} and not _has_pages(get)):
                return None
            resource.why.append(f"GET {path} returns a list")
        self._model(resource, None, [methods[method] for method in ("post",) if method in methods], get)
        self._settable(resource, list(methods.values()))
        self._extensions(resource, list(methods.values()))
        return resource

    def _singleton(self, path: str) -> Resource | None:
        """Infer a singleton from a path that is read and written."""
        methods = self._at(path)
        success = find_success_schema(methods.get("get"))
        if "get" not in methods or not methods.keys() & {"put", "patch", "delete", "post"}:
            return None
        if success is None and not methods.keys() & {"put", "delete"}:
            return None
        resource = Resource(path, singleton=True, address=methods["get"].path if "get" in methods else None)
        resource.why.append(f"{path} is read and written as a single record")
        if success is not None:
            if not self._shapes.of(success).is_object:
                return None
            self._model(resource, None, [methods["get"]], None)
        self._settable(resource, list(methods.values()))
        self._extensions(resource, list(methods.values()))
        return resource

    def _makes(self, path: str, operation: Operation | None) -> bool:
        """Return whether an operation responds 201 with an object that has an identifier."""
        success = find_success_schema(operation)
        if operation is None or success is None or "201" not in operation.responses:
            return False
        shape = self._shapes.of(success)
        name = path.rpartition("/")[2]
        shape = self._shapes.at(shape, record_place(self._shapes, shape, name) or ())
        return shape.is_object and bool(identity_of(None, name, shape, self._shapes))

    def _parent_of(self, path: str) -> Resource | None:
        """Find the resource of the longest item or singleton path that is a prefix of a path."""
        steps = path.split("/")
        for end in range(len(steps) - 1, 1, -1):
            head = "/".join(steps[:end])
            found = self.item(head)
            if found is None and head in self._methods:
                found = self.at(head)
                found = found if found is not None and found.singleton else None
            if found is not None and found.path != path:
                return found
        return None

    def _model(
        self, resource: Resource, expression: str | None, operations: list[Operation], listing: Operation | None
    ) -> None:
        """Set the shape of the record and the member that identifies it."""
        best: tuple[Shape, tuple[str, ...], tuple[str | int, ...]] | None = None
        for shape, envelope in self._shown(resource, expression, operations, listing):
            identity = () if resource.singleton else self._identity(resource, expression, operations, shape)
            # A create may respond with a note instead of the record: `{snapshot_id}` beside a list of tracks.
            is_note = best is not None and best[0].properties.keys().isdisjoint(shape.properties)
            if best is None or (not best[1] and (identity or is_note)):
                best = (shape, identity, envelope)
            if resource.singleton or identity:
                break
        if best is not None:
            resource.shape, resource.identity, resource.envelope = best
            resource.alternates = tuple(
                name for name in best[0].properties if stem(name) in _ALTERNATES and (name,) != best[1]
            )
            if best[1]:
                named = f"{{{expression}}}" if expression else "a record"
                resource.why.append(f"{named} is its member {'.'.join(best[1])}")

    @staticmethod
    def _name_by_path(resource: Resource) -> None:
        """Set the form of the records' names, if an example or a description shows that they are the paths here.

        The last step of such a name is the key, so no member is the identifier by itself.
        """
        if resource.identity != ("name",) or resource.shape is None or resource.address is None:
            return
        raw = resource.shape.properties["name"].raw
        steps = [step for step in resource.address.split("/") if step and not _VERSION.fullmatch(step)]
        pattern = "/".join(r"[^/\s`]+" if "{" in step else re.escape(step) for step in steps)
        shown = [raw.get(keyword) for keyword in ("example", "description", "pattern")] if isinstance(raw, dict) else []
        if len(steps) > 1 and any(isinstance(text, str) and re.search(pattern, text) for text in shown):
            resource.name_form, resource.identity = "/".join(steps), ()
            resource.why.append(f"its name is {resource.name_form}")

    def _shown(
        self, resource: Resource, expression: str | None, operations: list[Operation], listing: Operation | None
    ) -> Iterator[tuple[Shape, tuple[str | int, ...]]]:
        """Yield the shapes of a record in responses with its place there, most informative first."""
        success = find_success_schema(listing)
        element = self.element(success) if success is not None else None
        for operation in operations:
            success = find_success_schema(operation)
            if success is not None:
                shape = self._shapes.of(success)
                place = record_place(self._shapes, shape, resource.name, expression, element) or ()
                shape = self._shapes.at(shape, place)
                if element is not None and self._shapes.identity(element.schema) in alternatives_of(shape):
                    shape = element  # the response is the record or a note that it was deleted
                if shape.is_object:
                    yield shape, place
        if element is not None:
            yield element, ()

    def element(self, success: Schema) -> Shape | None:
        """Return the element shape of the list in a response."""
        place = list_place(self._shapes, success)
        if place is None:
            return None
        shape = self._shapes.at(self._shapes.of(success), place)
        return self._shapes.of(shape.items) if shape.items is not None else None

    def _identity(
        self, resource: Resource, expression: str | None, operations: list[Operation], shape: Shape
    ) -> tuple[str, ...]:
        for operation in operations:
            linked = self._linked(operation, expression)
            if linked in shape.properties:
                return (linked,)
        # Paths below `/namespaces/{name}` write `{namespace}`; the item's own expression names the member.
        own = None if resource.address is None else item_expression(resource.address)
        if own is not None and own != expression:
            found = identity_of(own, resource.name, shape, self._shapes, resource.key)
            if found:
                return found
        return identity_of(expression, resource.name, shape, self._shapes, resource.key)

    def _linked(self, operation: Operation, expression: str | None) -> str | None:
        """Return the member that a link passes to an expression: `$response.body#/id`."""
        document = self._contract.document.content
        for response in operation.responses.values():
            for name, link in (at(document, response.pointer).get("links") or {}).items():
                if "$ref" in link:
                    link = self._contract.schemas.resolve(at(document, join(response.pointer, "links", name)))  # noqa: PLW2901
                source = (link.get("parameters") or {}).get(expression)
                if isinstance(source, str) and source.startswith("$response.body#/"):
                    return source.rpartition("/")[2]
        return None

    def _settable(self, resource: Resource, operations: list[Operation]) -> None:
        names: set[str] = set()
        known = {stem(name): name for name in resource.shape.properties} if resource.shape is not None else {}
        for operation in operations:
            for media in operation.body.media_types.values() if operation.body is not None else ():
                if media.schema is None:
                    continue
                shape = self._shapes.of(media.schema)
                shape = self._shapes.at(shape, request_place(self._shapes, shape, resource))
                if shape.is_array and shape.items is not None:
                    shape = self._shapes.of(shape.items)
                for name in _sendable(shape):
                    own = known.get(stem(name), name)
                    names |= {name, own}
                    sent = _sendable(self._shapes.inner(shape.properties[name]))
                    resource.nested[own] = resource.nested.get(own, frozenset()).union(sent)
        resource.settable = frozenset(names)

    def _forms(self, resource: Resource, operation: Operation | None) -> tuple[str, ...]:
        """Return the identifiers in the examples of a response with one record."""
        declared = success_of(operation) if operation is not None else None
        found = dict[str, None]()
        for media in declared.media_types.values() if declared is not None else ():
            for example in media.examples.values():
                value: Any = example
                for step in resource.envelope:
                    value = value.get(step) if isinstance(value, dict) else None
                key = resource.key_of(value)
                found |= {key: None} if isinstance(key, str) and key else {}
        return tuple(found)

    def _grown(self, resource: Resource) -> frozenset[str]:
        """Return the lists of a record that a path below adds to: `/cards/{id}/watchers`, `/cards/{id}/addTag`."""
        if self._below is None:
            self._below = {}
            for path, methods in self._methods.items():
                head, _, last = path.rpartition("/")
                if "{" not in last and methods.keys() & {"post", "put"}:
                    words = words_of(last)
                    self._below.setdefault(head, set()).add(stem("_".join(words[words[0] == "add" :])) if words else "")
        steps = self._below.get(resource.item or "", set())
        properties = resource.shape.properties if resource.shape is not None and steps else {}
        return frozenset(
            name for name, schema in properties.items() if stem(name) in steps and self._shapes.of(schema).is_array
        )

    def _shown_keys(self, resource: Resource, parameter: Parameter | None) -> None:
        """Set the example identifiers, the alternates and the caller values from a path parameter."""
        if parameter is None:
            return
        shown = _ALWAYS.findall(parameter.description)
        shown += [str(value) for value in parameter.examples if isinstance(value, str | int)]
        described = set(_CALLER.findall(parameter.description))
        words = {*words_of(parameter.description), *words_of(parameter.name)}
        if resource.shape is not None and "or" in words and words & _IDENTIFIERS:  # `ID or name of the job`
            named = [
                name
                for name in resource.shape.properties
                if name not in resource.identity and stem(name) in words & _NAMES
            ]
            if not named and "name" in words:  # `Image name or ID`: one of its `RepoTags`
                named = [
                    name
                    for name, schema in resource.shape.properties.items()
                    if self._shapes.of(schema).is_array and words_of(name)[-1:] in {("tags",), ("names",), ("aliases",)}
                ]
            resource.alternates = tuple(dict.fromkeys([*resource.alternates, *named]))
        resource.callers = frozenset(described | {value for value in shown if value in _CALLERS})
        resource.examples = tuple(dict.fromkeys(value for value in shown if value not in _CALLERS))

    def _extensions(self, resource: Resource, operations: Iterable[Operation]) -> None:
        """Apply `x-locum-id` and `x-locum-seed` of the path items."""
        document = self._contract.document.content
        for path in dict.fromkeys(operation.path for operation in operations):
            item = document.get("paths", {}).get(path) or {}
            if isinstance(item.get("x-locum-id"), str):
                resource.identity = tuple(item["x-locum-id"].split("."))
                resource.why.append(f"x-locum-id is {item['x-locum-id']}")
            if "x-locum-seed" in item:
                resource.seed = item["x-locum-seed"]

    @staticmethod
    def _parameter(expression: str, methods: Methods) -> Parameter | None:
        """Return the path parameter that names a record: the one with the name, else the last one of the path."""
        for operation in methods.values():
            declared = operation.by_location["path"]
            own = expressions_of(operation.path)[-1:]
            for parameter in declared:
                if parameter.name == expression or [parameter.name] == own:
                    return parameter
        return None


def _has_pages(operation: Operation) -> bool:
    """Return whether a query parameter selects a page of a list."""
    return any(part.kind.is_position for part in paging_parts(operation.by_location["query"]))


def alternatives_of(shape: Shape) -> set[str]:
    """Return the pointers of the schemas in `anyOf` and `oneOf`."""
    raw = shape.schema.raw if isinstance(shape.schema.raw, dict) else {}
    parts = [part for keyword in ("anyOf", "oneOf") for part in raw.get(keyword) or () if isinstance(part, dict)]
    return {pointer_of(part["$ref"]) for part in parts if isinstance(part.get("$ref"), str)}


def _sendable(shape: Shape) -> list[str]:
    """Return the properties that clients may send; a `readOnly` beside a `$ref` counts, as its author means it."""
    schema = shape.schema
    return [
        name
        for name, one in shape.properties.items()
        if not any(
            isinstance(raw, dict) and raw.get("readOnly") is True
            for raw in (one.raw, property_of(schema, schema.raw, name))
        )
    ]
