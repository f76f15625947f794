"""Completion: the members of a new record that the client did not send."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from locum.generate.generator import Unsatisfiable
from locum.infer.records.states import Lifecycle, stamp
from locum.infer.resources.words import stem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from locum.generate.generator import Generator
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.world.worlds import World

__all__ = ["Completion", "is_of_server"]

_OF_SERVERS = frozenset({"uid", "resourceversion", "generation", "etag", "version"})
"""Stems of the members that a server writes beside an identifier."""


def is_of_server(name: str) -> bool:
    """Return whether a server writes a member of the object that holds the identifier: `metadata.uid`."""
    return stem(name) in _OF_SERVERS


class Completion:
    """Completes the new records of one contract."""

    def __init__(self, shapes: Shapes, generator: Generator, *, dynamic: bool = False) -> None:
        """Set up the completion; with `dynamic` the form of declared examples is ignored."""
        self._shapes = shapes
        self._generator = generator
        self._dynamic = dynamic
        self._lifecycles: dict[Resource, Lifecycle | None] = {}

    def lifecycle(self, resource: Resource) -> Lifecycle | None:
        """Return the members of a resource's records that the server writes; None if it has no schema."""
        if resource not in self._lifecycles:
            settable = resource.settable | resource.grown
            self._lifecycles[resource] = (
                None if resource.shape is None else Lifecycle(resource.shape, self._shapes, settable)
            )
        return self._lifecycles[resource]

    def complete(self, resource: Resource, given: dict[str, Any], world: World) -> dict[str, Any]:
        """Return the members of a new record: those given, and generated values for the others in its schema."""
        shape, lifecycle = resource.shape, self.lifecycle(resource)
        if shape is None or lifecycle is None:
            return given
        properties = shape.properties
        fitting = {
            name: self.complete_within(resource, name, value, self._shapes.inner(properties[name]), world)
            if isinstance(value, dict | list)
            else value
            for name, value in given.items()
            if name in properties
        }
        whole = lifecycle.beginning(given) | fitting
        if len(resource.identity) > 1:
            holder = resource.identity[0]
            whole[holder] = self._with_server_members(shape, holder, fitting.get(holder), world)
        for attempt in self._attempts(resource, shape, whole, fitting):
            try:
                made = self._generator.value(
                    shape.schema,
                    world.new_id.random,
                    world.clock.now,
                    examples=False,
                    optional=1.0,
                    given=attempt,
                    alike=not self._dynamic,
                    fresh=True,
                )
            except Unsatisfiable:
                continue
            made = lifecycle.begin_within(made, given)
            early = {*lifecycle.absent, *lifecycle.unreached(made)} - given.keys() - shape.required
            # Members that the client sent beyond the schema are kept.
            made |= {name: value for name, value in given.items() if name not in made and name not in properties}
            for name in early & made.keys():
                if properties[name].is_valid(None):
                    made[name] = None
                else:
                    del made[name]
            return made
        return given

    @staticmethod
    def _attempts(
        resource: Resource, shape: Shape, whole: dict[str, Any], fitting: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Yield the members around which a record is generated: initial values and those that were sent, then fewer."""
        yield whole
        first = {name: value for name, value in whole.items() if name not in fitting and name not in resource.identity}
        valid = {name: value for name, value in fitting.items() if shape.properties[name].is_valid(value)}
        # A partly sent object is invalid by itself; the generator completes it.
        yield {**first, **{n: value for n, value in fitting.items() if n in valid or isinstance(value, dict)}}
        yield {**first, **valid}
        yield valid
        yield {name: value for name, value in valid.items() if name in resource.identity[:1]}

    def complete_within(self, resource: Resource, name: str, value: Any, inner: Shape, world: World) -> Any:
        """Complete an object, or the objects of a list, in a member with the members that clients cannot send.

        The line items of a new order get identifiers. `inner` is the shape of the object, or of each of the list.
        """
        sent = resource.nested.get(name)
        own = inner.properties.keys() - (sent or ())
        objects = value if isinstance(value, list) else [value]
        if not sent or not own or not all(isinstance(one, dict) and one.keys() <= sent for one in objects):
            return value
        completed = [self._around(inner, one, own, world) for one in objects]
        return completed if isinstance(value, list) else completed[0]

    def _around(self, shape: Shape, given: dict[str, Any], wanted: Collection[str], world: World) -> dict[str, Any]:
        """Return an object with generated values for the wanted members; as given if none fits."""
        with suppress(Unsatisfiable):
            made: dict[str, Any] = self._generator.value(
                shape.schema,
                world.new_id.random,
                world.clock.now,
                examples=False,
                given=given,
                wanted=wanted,
                alike=not self._dynamic,
                fresh=True,
            )
            return made
        return given

    def _with_server_members(self, shape: Shape, holder: str, sent: Any, world: World) -> Any:
        """Return the object that holds the identifier, with its server-written members: creation time, uid, version.

        In Kubernetes this is `metadata`.
        """
        inner = self._shapes.of(shape.properties[holder])
        own = {name for name in inner.properties if is_of_server(name)}
        now = world.clock.now
        made: dict[str, Any] = {
            name: stamp(moment, now) for name, moment in Lifecycle(inner, self._shapes).created.items()
        }
        with suppress(Unsatisfiable):
            value: Mapping[str, Any] = self._generator.value(
                inner.schema, world.new_id.random, now, examples=False, optional=0.0, given={}, wanted=own
            )
            made |= {name: value[name] for name in own if name in value}
        for name in own:
            if stem(name) == "uid" and inner.properties[name].is_valid(unique := world.new_id.uuid()):
                made[name] = unique
        return {**made, **sent} if isinstance(sent, dict) else made
