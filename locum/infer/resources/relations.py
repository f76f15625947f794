"""Relations: which members of a record name or hold records of other resources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locum.infer.resources.component_names import plain_name
from locum.infer.resources.resources import expressions_of
from locum.infer.resources.words import same, singular, words_of
from locum.openapi.pointers import pointer_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes

__all__ = ["Referring", "Relation", "parent_members", "references_of", "relations_of", "role_of", "same_member"]

_NAMING = ("id", "uuid", "gid", "guid", "sid", "key", "ids", "uuids", "gids", "guids", "sids", "keys")
_WORDS = (("name",), ("title",), ("label",), ("tag",))
"""The last words of identifiers that a client makes up as it likes."""
_ELSEWHERE = frozenset({
    "provider", "external", "remote", "foreign", "third", "party", "vendor", "processor", "gateway", "legacy",
    "upstream", "stripe", "paypal", "github", "gitlab", "google", "facebook", "aws", "azure", "salesforce",
})  # fmt: skip
"""Words before an identifier of another system: `provider_customer_id` is no customer of this one."""
_ALIKE = 0.6
"""The part of the members of an object that the record has which it shows."""
_FEW = 3
"""Members of an object that only names a record: `account: {id, network}`."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A member that refers to records of another resource: by id or by holding them, one or many."""

    member: str
    target: Resource
    holds: bool
    many: bool
    expands: bool = False
    """Whether it may hold the record where its id stands."""
    named_by: str | None = None
    """The member of the other that it has, where that is not its key: `lago_id` for `lago_customer_id`."""
    role: str = ""
    """What the other is to this one, where the name alone does not tell: `customer` for `lago_customer_id`."""

    @property
    def is_certain(self) -> bool:
        """Whether its name or its schema leaves no doubt of what it refers to."""
        words = words_of(self.member)
        if self.holds and words_of(self.target.identity[-1])[-1:] in _WORDS:
            return False  # `labels: ["bug"]` makes a label where there is none
        if self.holds and not self.target.is_read:
            return False  # `/user/starred` lists repositories, and is not where they are kept
        return self.holds or self.expands or (len(words) > 1 and words[-1] in _NAMING)

    @property
    def inferred(self) -> str:
        """What the other is to this one: `owner` for `ownerId`; members with the same word name one record."""
        return self.role or role_of(self.member)


@dataclass(frozen=True, slots=True)
class Referring:
    """An object whose members refer to records: a record of a resource, or an object in it."""

    within: str | None
    """The member of the record that is the object; None for the record itself."""
    shape: Shape
    relations: list[Relation]


def role_of(member: str) -> str:
    """Return what a member's name says without its id: `owner` for `ownerId` and for `owner`."""
    words = words_of(member)
    return "_".join(words[:-1] if len(words) > 1 and words[-1] in _NAMING else words)


def relations_of(resource: Resource, others: Iterable[Resource], shapes: Shapes) -> list[Relation]:
    """Infer the relations of a resource to those that it can reach: the same parents, or none."""
    if resource.shape is None:
        return []
    return _relations_in(resource.shape, _skipped(resource, shapes), _reachable(resource, others), shapes, resource)


def references_of(resource: Resource, others: Iterable[Resource], shapes: Shapes) -> list[Referring]:
    """Infer all that the records of a resource refer to.

    Beside its relations these are what only a part of a name says (`input_dataset_id`), and what stands in an object:
    `discount.coupon`.
    """
    shape = resource.shape
    if shape is None:
        return []
    reachable, skipped = _reachable(resource, others), _skipped(resource, shapes)
    own = relations_of(resource, others, shapes)
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
    """Return the members that say which record it is, and below which ones."""
    return frozenset({*resource.identity[:1], *parent_members(resource, expressions_of(resource.path), shapes)})


def _reachable(resource: Resource, others: Iterable[Resource]) -> list[Resource]:
    reachable = [
        other
        for other in others
        if other.shape is not None
        and not other.singleton
        and other.identity
        and (other.depth == 0 or resource.path.startswith(other.path.rpartition("/")[0] + "/"))
        and other.depth <= resource.depth
    ]
    # Records that have a path of their own come before lists that only show them, such as a search.
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
    # `ownerId` beside `owner`, which holds a person: it names that person.
    named = {relation.member for relation in found}
    for held in [relation for relation in found if relation.holds and not relation.many]:
        for name, schema in shape.properties.items():
            plain = shapes.of(schema).kinds & {"string", "integer"} and not shapes.of(schema).is_array
            if plain and name not in named | skipped and role_of(name) == held.inferred:
                found.append(Relation(name, held.target, holds=False, many=False))
    # Ids first: what holds a record then holds the one that they name.
    return sorted(found, key=lambda relation: relation.holds)


def _of_roles(
    shape: Shape, known: list[Relation], skipped: frozenset[str], reachable: list[Resource], shapes: Shapes
) -> list[Relation]:
    """Return the relations of which a part of the name tells, beside those that are known."""
    skipped |= {relation.member for relation in known}
    names = [name for name in shape.properties if name not in skipped]
    found = [_of_role(name, shapes.of(shape.properties[name]), reachable, shapes) for name in names]
    return [relation for relation in found if relation is not None]


def _of_role(name: str, shape: Shape, reachable: list[Resource], shapes: Shapes) -> Relation | None:
    """Read a name that says what another is to the record, or by which of its members it is named.

    `input_dataset_id` is a dataset; `lago_customer_id` is the `lago_id` of a customer whose path has another key.
    """
    words = words_of(name)
    if len(words) < 2 or words[-1] not in _NAMING or not shape.kinds & {"string", "integer"}:  # noqa: PLR2004 (a noun and `id`)
        return None
    for start in range(len(words) - 1):
        role, noun = words[:start], "_".join(words[start:-1])
        for other in reachable:
            assert other.shape is not None  # noqa: S101 (only such are reachable)
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
    """Read a member that is an id, or the record itself where a client asks for that (Stripe)."""
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
        of_kind = called and schema == words_of(other.noun)  # a ProjectCompact is a project sooner than a ProjectBrief
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
        assert other.shape is not None  # noqa: S101 (only such are reachable)
        base = words[:-1] if words[-1] in _NAMING or same(words[-1], other.identity[-1]) else words
        if not base:
            continue
        if not same("_".join(base), other.name) and not same("_".join(base), singular(other.name)):
            continue
        place = other.shape.properties.get(other.identity[0])
        for step in other.identity[1:]:
            place = shapes.of(place).properties.get(step) if place is not None else None
        key = shapes.of(place) if place is not None else None
        # `status: string` beside `/status` is no reference; one that says so by its name, or is nothing else, is.
        raw = shape.schema.raw if isinstance(shape.schema.raw, dict) else {}
        says_more = bool(raw.keys() & {"format", "pattern", "example", "enum", "default"})  # `email` beside `/emails`
        if (
            key is not None
            and key.kinds & shape.kinds - {"null"}
            and (len(base) < len(words) or (key.kinds - {"null"} == shape.kinds - {"null"} and not says_more))
        ):
            return Relation(name, other, holds=False, many=many)
    return None


def parent_members(resource: Resource, expressions: list[str], shapes: Shapes) -> dict[str, int]:
    """Return the members that name the records above: `petId` of a toy, by the expression's index in the path."""
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
    """Return the member of a record that an expression of another resource's path names.

    `{userId}` of `/users/{userId}/orders` names `userId` of an order, or `user`; `{tag}` names `tag_name`.
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
