"""Relations: which members of a record refer to or hold records of other resources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.infer.lists.properties import equal
from locum.infer.resources.resources import expressions_of, find_success_schema
from locum.infer.resources.words import plain_name, same, singular, words_of
from locum.openapi.paths import expressions_of as names_in
from locum.openapi.pointers import pointer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.infer.resources.resources import Resource, Resources
    from locum.infer.resources.shapes import Shape, Shapes

__all__ = [
    "Owner",
    "Placement",
    "Referring",
    "Relation",
    "RelationSource",
    "parent_members",
    "placed",
    "references_of",
    "relations_of",
    "role_of",
    "same_member",
]

_PREFIX = re.compile(r"[a-zA-Z0-9]{2,}[:_]")
"""What identifiers of one kind begin with: `sha256:`, `cus_`."""


_NAMING = ("id", "uuid", "gid", "guid", "sid", "key", "ids", "uuids", "gids", "guids", "sids", "keys")
_WORDS = (("name",), ("title",), ("label",), ("tag",))
"""The last words of identifiers that clients choose freely."""
_ELSEWHERE = frozenset({
    "provider", "external", "remote", "foreign", "third", "party", "vendor", "processor", "gateway", "legacy",
    "upstream", "stripe", "paypal", "github", "gitlab", "google", "facebook", "aws", "azure", "salesforce",
})  # fmt: skip
"""Words before an identifier of another system: `provider_customer_id` does not refer to a customer here."""
_ALIKE = 0.6
"""The least share of an object's members that the record must have."""
_FEW = 3
"""Limit of the members of an object that only names a record: `account: {id, network}`."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A member that refers to records of another resource: by id or by holding them, one or many."""

    member: str
    target: Resource
    holds: bool
    many: bool
    expands: bool = False
    """Whether it may hold the record instead of its id."""
    named_by: str | None = None
    """The target's member whose value it holds, if not the key: `lago_id` for `lago_customer_id`."""
    role: str = ""
    """The role of the target, if it is not the name without its id: `customer` for `lago_customer_id`."""

    @property
    def is_certain(self) -> bool:
        """Whether its name or schema determines its target without doubt."""
        words = words_of(self.member)
        if self.holds and words_of(self.target.identity[-1])[-1:] in _WORDS:
            return False  # `labels: ["bug"]` may create a label
        if self.holds and not self.target.is_read:
            return False  # `/user/starred` lists repositories but does not store them
        return self.holds or self.expands or (len(words) > 1 and words[-1] in _NAMING)

    @property
    def inferred(self) -> str:
        """The role of the target: `owner` for `ownerId`. Members with the same role refer to one record."""
        return self.role or role_of(self.member)


@dataclass(frozen=True, slots=True)
class Referring:
    """An object with references: a record of a resource, or an object in it."""

    within: str | None
    """The member of the record that is the object; None for the record itself."""
    shape: Shape
    relations: list[Relation]


def role_of(member: str) -> str:
    """Return a member's name without its id word: `owner` for `ownerId` and for `owner`."""
    words = words_of(member)
    return "_".join(words[:-1] if len(words) > 1 and words[-1] in _NAMING else words)


def relations_of(resource: Resource, others: Resources, shapes: Shapes) -> list[Relation]:
    """Infer the relations of a resource to resources with the same parents or none."""
    if resource.shape is None:
        return []
    found = others.relations.get(resource)
    if found is None:
        reachable, skipped = _reachable(resource, others), _skipped(resource, shapes)
        found = others.relations[resource] = _relations_in(resource.shape, skipped, reachable, shapes, resource)
    return found


def references_of(resource: Resource, others: Resources, shapes: Shapes) -> list[Referring]:
    """Infer all references in the records of a resource.

    Besides its relations, these are names with a role (`input_dataset_id`) and members of objects (`discount.coupon`).
    """
    shape = resource.shape
    if shape is None:
        return []
    reachable, skipped = _reachable(resource, others), _skipped(resource, shapes)
    own = _relations_in(shape, skipped, reachable, shapes, resource)
    roles = _of_roles(shape, own, skipped, reachable, shapes)
    own += [one for one in roles if one.target is not resource or not one.role]
    found = [Referring(None, shape, sorted(own, key=lambda relation: relation.holds))]
    held = {relation.member for relation in own}
    for name, schema in shape.properties.items():
        inner = shapes.of(schema)
        if name in held or inner.is_array or not inner.is_object or inner.schema is shape.schema:
            continue
        relations = [one for one in _relations_in(inner, frozenset(), reachable, shapes) if one.is_certain]
        relations += _of_roles(inner, relations, frozenset(), reachable, shapes)
        relations = [one for one in relations if not (one.holds and one.target is resource)]
        if relations:
            found.append(Referring(name, inner, relations))
    return found


def _skipped(resource: Resource, shapes: Shapes) -> frozenset[str]:
    """Return the members that hold the record's own identifier and those of its parents."""
    return frozenset({*resource.identity[:1], *parent_members(resource, expressions_of(resource.path), shapes)})


def _reachable(resource: Resource, others: Resources) -> list[Resource]:
    reachable = [
        other
        for other in others.up_to(resource.depth)
        if other.shape is not None
        and not other.singleton
        and other.identity
        and (other.depth == 0 or resource.path.startswith(other.path.rpartition("/")[0] + "/"))
    ]
    # Resources with readable items come before lists that only show the records, such as a search.
    return sorted(reachable, key=lambda other: (not other.is_read, other.item is None))


def _relations_in(
    shape: Shape, skipped: frozenset[str], reachable: list[Resource], shapes: Shapes, own: Resource | None = None
) -> list[Relation]:
    found = []
    for name, schema in shape.properties.items():
        if name in skipped:
            continue
        inner = shapes.of(schema)
        many = inner.is_array
        if many:
            if inner.items is None:
                continue
            inner = shapes.of(inner.items)
        relation = None
        if "string" in inner.kinds and inner.is_object:
            relation = _expandable(name, inner, reachable, shapes, many=many)
        relation = (
            relation
            or _held(name, inner, reachable, shapes, many=many)
            or _named(name, inner, reachable, shapes, many=many)
        )
        if relation is not None and (relation.target is not own or relation.holds or relation.expands):
            found.append(relation)
    # `ownerId` beside `owner`, which holds a person, refers to that person.
    named = {relation.member for relation in found}
    for held in [relation for relation in found if relation.holds and not relation.many]:
        for name, schema in shape.properties.items():
            plain = shapes.of(schema).kinds & {"string", "integer"} and not shapes.of(schema).is_array
            if plain and name not in named | skipped and role_of(name) == held.inferred:
                found.append(Relation(name, held.target, holds=False, many=False))
    # Ids come first, so that a member that holds a record can hold the one that they name.
    return sorted(found, key=lambda relation: relation.holds)


def _of_roles(
    shape: Shape, known: list[Relation], skipped: frozenset[str], reachable: list[Resource], shapes: Shapes
) -> list[Relation]:
    """Return further relations, from names with a role, for the members without a known relation."""
    skipped |= {relation.member for relation in known}
    names = [name for name in shape.properties if name not in skipped]
    found = [_of_role(name, shapes.of(shape.properties[name]), reachable, shapes) for name in names]
    return [relation for relation in found if relation is not None]


def _of_role(name: str, shape: Shape, reachable: list[Resource], shapes: Shapes) -> Relation | None:
    """Return the relation of a name with a role, or with the name of another member of the target.

    `input_dataset_id` is a dataset; `lago_customer_id` is the `lago_id` of a customer whose path has another key.
    """
    words = words_of(name)
    if len(words) < 2 or words[-1] not in _NAMING or not shape.kinds & {"string", "integer"}:  # noqa: PLR2004 (a noun and `id`)
        return None
    for start in range(len(words) - 1):
        role, noun = words[:start], "_".join(words[start:-1])
        for other in reachable:
            assert other.shape is not None  # noqa: S101 (reachable ones have one)
            if not same(noun, other.name) and not same(noun, singular(other.name)):
                continue
            wanted = "_".join((*role, words[-1]))
            member = next((one for one in other.shape.properties if same(one, wanted)), None)
            if member is None and (not role or _ELSEWHERE & {*role}):
                return None
            place = other.shape.properties.get(member or other.identity[0])
            if place is None or (member is None and len(other.identity) > 1):
                return None
            if shapes.of(place).kinds & shape.kinds - {"null"}:
                named_by = None if member in (None, other.identity[0]) else member
                return Relation(name, other, holds=False, many=False, named_by=named_by, role=noun if member else "")
            return None
    return None


def _expandable(name: str, shape: Shape, reachable: list[Resource], shapes: Shapes, *, many: bool) -> Relation | None:
    """Return the relation of a member that is an id, or the record itself if a client expands it (Stripe)."""
    raw = shape.schema.raw if isinstance(shape.schema.raw, dict) else {}
    branches = [part for keyword in ("anyOf", "oneOf") for part in raw.get(keyword) or () if isinstance(part, dict)]
    pointers = {pointer_of(part["$ref"]) for part in branches if isinstance(part.get("$ref"), str)}
    found = [
        other
        for other in reachable
        if other.shape is not None
        and (other.shape.schema.pointer in pointers or shapes.identity(other.shape.schema) in pointers)
    ]
    if not found:
        return None
    named = [other for other in found if same(role_of(name).rpartition("_")[2], other.noun.rpartition(" ")[2])]
    return Relation(name, (named or found)[0], holds=False, many=many, expands=True)


def _held(name: str, shape: Shape, reachable: list[Resource], shapes: Shapes, *, many: bool) -> Relation | None:
    if not shape.is_object:
        return None
    schema = plain_name(shape, shapes)
    found: tuple[int, Resource] | None = None
    exact = [
        other
        for other in reachable
        if other.shape is not None and shapes.identity(shape.schema) == shapes.identity(other.shape.schema)
    ]
    if exact and (exact[0].is_read or not any(other.is_read and schema == words_of(other.noun) for other in reachable)):
        return Relation(name, exact[0], holds=True, many=many)
    for other in reachable:
        assert other.shape is not None  # noqa: S101 (as above)
        alike = shape.properties.keys() & other.shape.properties.keys()
        named = same(name, other.name) or same(name, other.noun.replace(" ", "_"))
        is_note = named and len(shape.properties) <= _FEW
        if other.identity[0] not in alike or (len(alike) < _ALIKE * len(shape.properties) and not is_note):
            continue
        called = schema is not None and schema == plain_name(other.shape, shapes)
        of_kind = called and schema == words_of(other.noun)  # a ProjectCompact is a project rather than a ProjectBrief
        rank = 2 * named + 2 * of_kind + called
        if rank and (found is None or rank > found[0]):
            found = rank, other
    if found is not None and (found[1].is_read or not exact):
        return Relation(name, found[1], holds=True, many=many)
    return Relation(name, exact[0], holds=True, many=many) if exact else None


def _named(name: str, shape: Shape, reachable: list[Resource], shapes: Shapes, *, many: bool) -> Relation | None:
    words = words_of(name)
    if not words or shape.is_object or not shape.kinds & {"string", "integer"}:
        return None
    for other in reachable:
        assert other.shape is not None  # noqa: S101 (reachable ones have one)
        base = words[:-1] if words[-1] in _NAMING or same(words[-1], other.identity[-1]) else words
        if not base:
            continue
        if not same("_".join(base), other.name) and not same("_".join(base), singular(other.name)):
            continue
        place = other.shape.properties.get(other.identity[0])
        for step in other.identity[1:]:
            place = shapes.of(place).properties.get(step) if place is not None else None
        key = shapes.of(place) if place is not None else None
        # `status: string` beside `/status` is not a reference; a name with an id word, or a plain key, is.
        raw = shape.schema.raw if isinstance(shape.schema.raw, dict) else {}
        says_more = bool(raw.keys() & {"format", "pattern", "example", "enum", "default"})  # `email` beside `/emails`
        says_more = says_more and not (key is not None and _share_a_prefix(raw, key.schema.raw))
        if (
            key is not None
            and key.kinds & shape.kinds - {"null"}
            and (len(base) < len(words) or (key.kinds - {"null"} == shape.kinds - {"null"} and not says_more))
        ):
            return Relation(name, other, holds=False, many=many)
    return None


def _share_a_prefix(one: Any, other: Any) -> bool:
    """Return whether the examples of two schemas begin alike: `sha256:`, `cus_`."""
    texts = [raw.get("example") if isinstance(raw, dict) else None for raw in (one, other)]
    prefixes = {found[0] for text in texts if isinstance(text, str) and (found := _PREFIX.match(text))}
    return len(prefixes) == 1 and all(isinstance(text, str) and _PREFIX.match(text) for text in texts)


def parent_members(resource: Resource, expressions: list[str], shapes: Shapes) -> dict[str, int]:
    """Return the members that hold the parents' identifiers (`petId` of a toy), with the index of their expression."""
    if resource.shape is None:
        return {}
    found = {}
    for index, expression in enumerate(expressions):
        for name, schema in resource.shape.properties.items():
            if (
                name != resource.member
                and shapes.of(schema).kinds & {"string", "integer"}
                and _names(name, expression, resource, index)
            ):
                found[name] = index
    return found


def _names(member: str, expression: str, resource: Resource, index: int) -> bool:
    if words_of(expression)[-1:] == words_of(expression) and words_of(expression)[0] in _NAMING:
        above = resource.parent
        return above is not None and index == above.depth and same(member, f"{above.noun}_id")
    return same(member, expression)


def same_member(expression: str, path: str, index: int, resource: Resource) -> str | None:
    """Return the member of a record that an expression in another resource's path refers to.

    `{userId}` of `/users/{userId}/orders` is `userId` or `user` of an order; `{tag}` is `tag_name`.
    """
    if resource.shape is None:
        return None
    steps = path.split("/")
    # A segment may have several expressions: `/points/{latitude},{longitude}`.
    at = [position for position, step in enumerate(steps) for _ in expressions_of(step)][index]
    above = singular(steps[at - 1]) if at and "{" not in steps[at - 1] else ""
    wanted = [expression, *([f"{above}_{expression}", f"{above}_id", above] if above else [])]
    for name in wanted:
        for member in resource.shape.properties:
            if member != resource.member and same(member, name):
                return member
    words = words_of(expression)
    for member in resource.shape.properties:
        if member != resource.member and words and words_of(member)[: len(words)] == words:
            return member
    return None


class RelationSource(NamedTuple):
    """The source of the value of a parent expression."""

    at: int | None = None
    """The index of the expression in the operation's own path."""
    name: str = ""
    """The name of that expression."""
    of: Resource | None = None
    """Otherwise the resource whose identifiers are the values."""
    member: str | None = None
    """Otherwise the member of the request body that holds the value."""
    is_callers: bool = False
    """Whether only the caller's identifier is meant: `/user/repos`, where `/user` is the caller's user."""
    is_any: bool = False
    """Whether any value counts: nothing lists the namespaces of `/namespaces/{namespace}/configmaps`."""


class Owner(NamedTuple):
    """A member of a record that must match an expression of the operation's path."""

    at: int
    member: str
    many: bool
    name: str = ""
    """The name of the expression."""
    identity: tuple[str, ...] = ()
    """The path to the identifier if the member holds an object."""

    def key_of(self, value: Any) -> Any:
        """Return the identifier in an item of the member."""
        inner = value
        for step in self.identity if isinstance(value, dict) else ():
            inner = inner.get(step) if isinstance(inner, dict) else None
        return inner if inner is not None else value

    def has(self, members: Mapping[str, Any], wanted: str) -> bool:
        """Return whether a record's member matches a value of the path."""
        value = members.get(self.member)
        return any(equal(self.key_of(one), wanted) for one in (value if isinstance(value, list) else [value]))


class Placement(NamedTuple):
    """The collection that an operation at another path concerns, and how its records are selected."""

    resource: Resource
    sources: tuple[RelationSource, ...]
    owners: tuple[Owner, ...]

    @property
    def is_linked(self) -> bool:
        """Whether the operation's path selects among the records."""
        used = {source.at for source in self.sources} | {owner.at for owner in self.owners}
        return bool(used - {None}) or not self.sources or any(source.is_callers for source in self.sources)


def placed(path: str, other: Resource, resources: Resources, shapes: Shapes) -> Placement | None:
    """Return how the records of a collection are selected by another path; None if they cannot be."""
    own = expressions_of(path)
    shared = _shared(path, other.path)
    sources = []
    for index, expression in enumerate(expressions_of(other.path)):
        if index < shared:
            sources.append(RelationSource(index, own[index]))
        elif expression in own:
            sources.append(RelationSource(own.index(expression), expression))
        else:
            source = _by_relation(index, expression, path, other, resources, shapes) or _by_parent(index, other)
            if source is None and not own and other.parent is None and path.rpartition("/")[2] == other.name:
                source = RelationSource(is_any=True)
            if source is None:
                return None
            sources.append(source)
    used = {source.at for source in sources}
    owners = [
        owner
        for index in range(len(own))
        if index not in used and (owner := _owner(index, path, other, resources, shapes)) is not None
    ]
    is_below = other.item is not None and path.startswith(other.item + "/")
    if is_below and not any(owner.at == other.depth for owner in owners):
        return None  # a repository's forks are not all repositories of its owner
    return Placement(other, tuple(sources), tuple(owners))


def _shared(path: str, other: str) -> int:
    """Return the number of expressions in the common prefix of two paths."""
    count = 0
    for one, two in zip(path.split("/"), other.split("/"), strict=False):
        if one != two:
            break
        count += len(names_in(one))
    return count


def _by_parent(index: int, other: Resource) -> RelationSource | None:
    above = other.parent
    while above is not None:
        if above.depth == index and not above.singleton:
            return RelationSource(of=above)
        above = above.parent
    return None


def named_in(other: Resource, index: int, expression: str, resources: Resources, shapes: Shapes) -> Resource | None:
    """Return the resource that an expression of a collection's path names: users in `/repos/{owner}`."""
    member = same_member(expression, other.path, index, other)
    return next((one.target for one in relations_of(other, resources, shapes) if one.member == member), None)


def _by_relation(  # noqa: PLR0913, PLR0917 (an expression and its place)
    index: int, expression: str, path: str, other: Resource, resources: Resources, shapes: Shapes
) -> RelationSource | None:
    """Find the source of `{owner}` of a repository, a user, in `/users/{username}/repos` and `/user/repos`."""
    target = named_in(other, index, expression, resources, shapes)
    if target is None:
        return None
    steps = path.split("/")
    for end, step in enumerate(steps, 1):
        above = resources.item("/".join(steps[:end])) if names_in(step) else None
        if above is not None and above.identity and above.identity[-1:] == target.identity[-1:]:
            return RelationSource(above.depth, names_in(step)[-1])
    head = path.rpartition("/")[0]
    shown = find_success_schema(resources.operation(head, "get")) if not names_in(head) else None
    return RelationSource(of=target, is_callers=shown is not None and target in resources.showing(shown))


def _owner(index: int, path: str, other: Resource, resources: Resources, shapes: Shapes) -> Owner | None:
    expression = expressions_of(path)[index]
    steps = path.split("/")
    ends = [end for end, step in enumerate(steps, 1) for _ in names_in(step)]
    above = resources.item("/".join(steps[: ends[index]]))
    member = same_member(expression, path, index, other)
    if member is None and above is not None:
        relations = relations_of(other, resources, shapes)
        # The `parent` of a subtask is the task above it.
        of_kind = [one for one in relations if one.target is above and (above is other) == (one.target is other)]
        single = [one for one in of_kind if not one.many] or of_kind
        member = single[0].member if len(single) == 1 else None
    if member is None or other.shape is None:
        return None
    many = shapes.of(other.shape.properties[member]).is_array
    return Owner(index, member, many, expression, above.identity if above is not None else ())
