"""Behaviour: what plays each operation of a contract for which nobody wrote a handler."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from locum.behaviour.playing.idempotency import Once, key_parameter
from locum.behaviour.playing.roles import Role, Roles
from locum.behaviour.playing.stage import Stage
from locum.behaviour.reading.resources import Resources
from locum.behaviour.reading.shapes import Shapes
from locum.behaviour.refusing.wording import word
from locum.behaviour.storing.connections import Connections
from locum.behaviour.storing.examples import Examples
from locum.behaviour.storing.keys import Keys
from locum.behaviour.storing.seeds import Seeds
from locum.behaviour.storing.tables import Tables
from locum.synthesis.values import Synthesiser

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.answers import Answer
    from locum.behaviour.asked import Asked
    from locum.behaviour.reading.resources import Resource
    from locum.behaviour.storing.keys import Parents
    from locum.behaviour.storing.records import Record
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.refusals import Refusal
    from locum.state.store import Store
    from locum.state.worlds import World

__all__ = ["Behaviour"]


class Behaviour:
    """The inferred behaviour of one contract; nothing is inferred before the first request needs it."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.synthesiser = Synthesiser(contract.schemas)
        self.dynamic = False
        """Whether declared examples are passed over; to be set before the first request."""
        self._cast: dict[tuple[str, str], Role] = {}

    @cached_property
    def shapes(self) -> Shapes:
        """What schemas mean for records."""
        return Shapes(self.contract.schemas)

    @cached_property
    def resources(self) -> Resources:
        """The collections and singletons of the contract."""
        return Resources(self.contract, self.shapes)

    @cached_property
    def _tables(self) -> Tables:
        examples = None if self.dynamic else Examples(self.contract, self.shapes, self.synthesiser)
        name, resources, keys = self.contract.name, self.resources, Keys(self.shapes, self.synthesiser)
        seeds = Seeds(name, keys, self.synthesiser, examples)
        return Tables(name, resources, keys, seeds, Connections(name, resources, self.shapes, self.synthesiser, seeds))

    @cached_property
    def _roles(self) -> Roles:
        stage = Stage(self.shapes, self.synthesiser, self._tables, dynamic=self.dynamic)
        return Roles(self.contract, self.resources, stage)

    def role(self, operation: Operation) -> Role:
        """Return the role of an operation, inferred when it is first asked for."""
        role = self._cast.get((operation.path, operation.method))
        if role is None:
            role = self._cast[operation.path, operation.method] = self._roles.of(operation)
            argument = key_parameter(operation)
            if argument is not None:
                role.play = Once(role.play, operation, argument, self.contract.name)
                role.why.append(f"{argument} lets it be carried out once")
        return role

    def player(self, operation: Operation) -> Callable[[Asked], Answer]:
        """Return what plays an operation."""
        return lambda asked: self.role(operation).play(asked)

    def path_values(self, operation: Operation, world: World) -> tuple[str, ...]:
        """Return values for the template expressions of a path: of records that exist, where it names records."""
        return self._roles.path_values(operation, world)

    def keys(self, resource: Resource, world: World) -> list[str]:
        """Return the keys of the records of a resource that is below no other."""
        return list(self._tables.all(resource, (), world))

    def look(self, world: World) -> None:
        """Let the records come into being that are below no other, as somebody's first look does."""
        for resource in self.resources:
            if resource.depth == 0:
                self._tables.all(resource, (), world)

    def keep(self, path: str, parents: Parents, key: str, record: Record, world: World) -> None:
        """Store a record of the resource at a path, or replace it."""
        self._tables.put(self._known(path), parents, key, record, world)

    def forget(self, path: str, parents: Parents, key: str, world: World) -> None:
        """Remove a record of the resource at a path, and all that is below it."""
        self._tables.remove(self._known(path), parents, key, world)

    def _known(self, path: str) -> Resource:
        resource = self.resources.at(path)
        assert resource is not None  # noqa: S101 (its records are in the store)
        return resource

    def is_changed(self, operation: Operation, world: World) -> bool:
        """Whether a client has made, changed or removed a record of the resource that an operation is about."""
        resource = self.role(operation).resource
        return resource is not None and self._tables.is_changed(resource, world)

    def take_over(self, former: Store, world: World) -> int:
        """Take over what clients have made and removed, of resources that still exist; return how many."""
        return self._tables.take_over(former, world)

    def word(self, refusal: Refusal, status: int, declared: DeclaredResponse, world: World) -> Answer:
        """Say a refusal in the declared error schema."""
        return word(refusal, status, declared, world, self.shapes, self.synthesiser)
