"""Placement: where the records are kept that an operation at another path lists or makes.

`GET /projects/{project_gid}/tasks` lists records of `/tasks`, `GET /api/v1/pods` those of every namespace, and
`POST /user/repos` makes one of `/repos/{owner}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.infer.lists.comparisons import equal
from locum.infer.resources.relations import relations_of, same_member
from locum.infer.resources.resources import answer_of, expressions_of
from locum.openapi.paths import expressions_of as names_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.infer.resources.resources import Resource, Resources
    from locum.infer.resources.shapes import Shapes

__all__ = ["Owner", "Placement", "Source", "placed"]


class Source(NamedTuple):
    """Where the value of an expression above a record comes from."""

    at: int | None = None
    """The expression of the operation's own path."""
    of: Resource | None = None
    """Else the resource whose identifiers are meant."""
    is_callers: bool = False
    """Whether it is that of the caller alone: of `/user/repos`, where `/user` is one of the users."""


class Owner(NamedTuple):
    """A member of a record that names what the operation's path names."""

    at: int
    member: str
    many: bool
    identity: tuple[str, ...] = ()
    """The way to the identifier in an object that the member holds."""

    def has(self, members: Mapping[str, Any], wanted: str) -> bool:
        """Whether a record is one of what the path names."""
        value = members.get(self.member)
        for one in value if isinstance(value, list) else [value]:
            inner: Any = one
            for step in self.identity if isinstance(one, dict) else ():
                inner = inner.get(step) if isinstance(inner, dict) else None
            if equal(inner if inner is not None else one, wanted):
                return True
        return False


class Placement(NamedTuple):
    """The collection that an operation is about, and which of its records."""

    resource: Resource
    sources: tuple[Source, ...]
    owners: tuple[Owner, ...]

    @property
    def is_linked(self) -> bool:
        """Whether what the operation's path names is found in the records."""
        used = {source.at for source in self.sources} | {owner.at for owner in self.owners}
        return bool(used - {None}) or not self.sources or any(source.is_callers for source in self.sources)


def placed(path: str, other: Resource, resources: Resources, shapes: Shapes) -> Placement | None:
    """Return how the records of a collection are found from another path; None where they are not."""
    own = expressions_of(path)
    shared = _shared(path, other.path)
    sources = []
    for index, expression in enumerate(expressions_of(other.path)):
        if index < shared:
            sources.append(Source(index))
        elif expression in own:
            sources.append(Source(own.index(expression)))
        else:
            source = _by_relation(index, expression, path, other, resources, shapes) or _by_parent(index, other)
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
        return None  # the forks of a repository are not all repositories of its owner
    return Placement(other, tuple(sources), tuple(owners))


def _shared(path: str, other: str) -> int:
    """Count the expressions in the steps that two paths begin with alike."""
    count = 0
    for one, two in zip(path.split("/"), other.split("/"), strict=False):
        if one != two:
            break
        count += len(names_in(one))
    return count


def _by_parent(index: int, other: Resource) -> Source | None:
    above = other.parent
    while above is not None:
        if above.depth == index and not above.singleton:
            return Source(of=above)
        above = above.parent
    return None


def _by_relation(  # noqa: PLR0913, PLR0917 (an expression, and where it stands)
    index: int, expression: str, path: str, other: Resource, resources: Resources, shapes: Shapes
) -> Source | None:
    """Find `{owner}` of a repository, who is a user, in `/users/{username}/repos`, and for `/user/repos`."""
    member = same_member(expression, other.path, index, other)
    target = next((one.target for one in relations_of(other, resources, shapes) if one.member == member), None)
    if target is None:
        return None
    steps = path.split("/")
    for end, step in enumerate(steps, 1):
        above = resources.item("/".join(steps[:end])) if names_in(step) else None
        if above is not None and above.identity and above.identity[-1:] == target.identity[-1:]:
            return Source(above.depth)
    head = path.rpartition("/")[0]
    shown = answer_of(resources.operation(head, "get")) if not names_in(head) else None
    return Source(of=target, is_callers=shown is not None and target in resources.showing(shown))


def _owner(index: int, path: str, other: Resource, resources: Resources, shapes: Shapes) -> Owner | None:
    expression = expressions_of(path)[index]
    steps = path.split("/")
    ends = [end for end, step in enumerate(steps, 1) for _ in names_in(step)]
    above = resources.item("/".join(steps[: ends[index]]))
    member = same_member(expression, path, index, other)
    if member is None and above is not None:
        relations = relations_of(other, resources, shapes)
        # A subtask's `parent` is the task that it is below.
        of_kind = [one for one in relations if one.target is above and (above is other) == (one.target is other)]
        single = [one for one in of_kind if not one.many] or of_kind
        member = single[0].member if len(single) == 1 else None
    if member is None or other.shape is None:
        return None
    many = shapes.of(other.shape.properties[member]).is_array
    return Owner(index, member, many, above.identity if above is not None else ())
