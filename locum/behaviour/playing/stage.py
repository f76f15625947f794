"""The stage: what every part of one contract plays on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.behaviour.playing.responses import Responder
from locum.behaviour.storing.keys import ALONE
from locum.behaviour.storing.records import Record
from locum.behaviour.storing.stamps import Stamps
from locum.behaviour.storing.states import first_value, unreached
from locum.refusals import NotFound, Precondition
from locum.synthesis.values import Unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.behaviour.asked import Asked
    from locum.behaviour.reading.resources import Resource
    from locum.behaviour.reading.shapes import Shapes
    from locum.behaviour.storing.keys import Parents
    from locum.behaviour.storing.tables import Tables
    from locum.openapi.compile.operations import Operation
    from locum.state.worlds import World
    from locum.synthesis.values import Synthesiser

__all__ = ["Stage", "require"]


class Stage:
    """The records of a contract's resources, and what is common to the parts that act on them."""

    def __init__(self, shapes: Shapes, synthesiser: Synthesiser, tables: Tables, *, dynamic: bool = False) -> None:
        self.shapes = shapes
        self.synthesiser = synthesiser
        self.tables = tables
        self.dynamic = dynamic
        self._stamps: dict[Resource, Stamps] = {}

    def responder(self, operation: Operation, *preferred: int) -> Responder:
        """Return what gives the answers of an operation."""
        return Responder(operation, self.shapes, self.synthesiser, *preferred, dynamic=self.dynamic)

    def stamps(self, resource: Resource) -> Stamps | None:
        """Return which members of a resource's records tell the time."""
        if resource.shape is None:
            return None
        if resource not in self._stamps:
            self._stamps[resource] = Stamps(resource.shape, self.shapes)
        return self._stamps[resource]

    def parents(self, resource: Resource, operation: Operation, asked: Asked) -> Parents:
        """Return the values above a record's own; NotFound where what they name does not exist."""
        parents = asked.path[: resource.depth]
        above = resource.parent
        while above is not None:
            key = ALONE if above.singleton else parents[above.depth]
            before = parents[: above.depth]
            if self.tables.find(above, before, key, asked.world) is None:
                gone = self.tables.was_removed(above, before, key, asked.world)
                if gone or (_is_told(above) and operation.declares(404) is not None):
                    raise missing(above, key)
                self.tables.put(
                    above,
                    before,
                    key,
                    self.tables.made(above, before, self.tables.typed_key(above, key), asked.world),
                    asked.world,
                )
            above = above.parent
        return parents

    def record(self, resource: Resource, parents: Parents, key: str, operation: Operation, world: World) -> Record:
        """Return the record of a key.

        Raises NotFound where there is none. Where the operation declares no answer for that, or where
        no client can know what there is, whatever is asked for exists, until it is removed.
        """
        record = self.tables.find(resource, parents, key, world)
        if record is None:
            gone = self.tables.was_removed(resource, parents, key, world)
            declared = operation.declares(404) is not None or operation.declares(410) is not None
            if gone or (_is_told(resource) and declared):
                raise missing(resource, key)
            record = self.tables.made(resource, parents, self.tables.typed_key(resource, key), world)
            self.tables.put(resource, parents, key, record, world)
        return record

    def create(
        self, resource: Resource, parents: Parents, sent: Mapping[str, Any], asked: Asked, key: Any = None
    ) -> tuple[str, Record]:
        """Make a record of what a client has sent, fill in what a server makes, and store it."""
        world, tables = asked.world, self.tables
        given = {**sent, **tables.inherited(resource, parents)}
        if resource.singleton:
            name = ALONE
        else:
            made = tables.new_key(resource, parents, world, given) if key is None else key
            name = str(made)
            if resource.member is not None:
                given[resource.member] = made
        stamps = self.stamps(resource)
        if stamps is not None:
            given |= stamps.at_creation(world.clock.now)
        record = Record(tables.connected(resource, parents, self._completed(resource, given, sent, world), sent, world))
        tables.put(resource, parents, name, record, world)
        return name, record

    def _completed(
        self, resource: Resource, given: dict[str, Any], sent: Mapping[str, Any], world: World
    ) -> dict[str, Any]:
        """Add to the members that are known those that a server makes, and those that the schema requires."""
        if resource.shape is None:
            return given
        properties = resource.shape.properties
        wanted = properties.keys() - resource.settable - given.keys()
        known = {
            name: value for name, value in given.items() if name in properties and properties[name].is_valid(value)
        }
        open_ = (wanted | resource.shape.required) & properties.keys() - given.keys()
        first = {name: value for name in open_ if (value := first_value(name, properties[name])) is not None}
        alone = {name: value for name, value in known.items() if name == resource.member}
        for attempt in ({**first, **known}, known, alone):
            try:
                made = self.synthesiser.value(
                    resource.shape.schema,
                    world.new_id.random,
                    world.clock.now,
                    examples=False,
                    optional=0.0,
                    given=attempt,
                    wanted=sorted(wanted),
                    alike=not self.dynamic,
                    fresh=True,
                )
            except Unsatisfiable:
                continue
            early = unreached(resource.shape, {**made, **given})
            return {name: value for name, value in {**made, **given}.items() if name in given or name not in early}
        return {**given, **sent}

    def change(
        self, resource: Resource, parents: Parents, key: str, members: Mapping[str, Any], asked: Asked
    ) -> Record:
        """Replace a record's members; the time of the change is told where a member tells it."""
        stamps = self.stamps(resource)
        later = stamps.at_change(asked.world.clock.now) if stamps is not None else {}
        record = Record(self.tables.connected(resource, parents, {**members, **later}, (), asked.world))
        self.tables.put(resource, parents, key, record, asked.world)
        return record


def _is_told(resource: Resource) -> bool:
    """Whether clients can know which records there are: by a list, by making them, or as they are mere marks."""
    return resource.found or resource.shape is None


def missing(resource: Resource, key: str) -> NotFound:
    """Return the refusal that says that a record does not exist."""
    what = f"There is no {resource.noun}" if key == ALONE else f"There is no {resource.noun} {key!r}"
    return NotFound(what + ".")


def require(record: Record, asked: Asked) -> None:
    """Raise Precondition where If-Match names another state of the record (RFC 9110, section 13.1.1)."""
    wanted = asked.header("if-match")
    if wanted is not None and wanted != "*" and record.tag not in {tag.strip() for tag in wanted.split(",")}:
        message = "The record has changed: If-Match does not name its present state."
        raise Precondition(message)
