"""Behaviour: the inferred actions of one contract's operations without handlers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from locum.errors import Invalid
from locum.generate.generator import Generator
from locum.infer.actions.context import Context
from locum.infer.actions.idempotency import Idempotent
from locum.infer.errors.rendering import render_error
from locum.infer.inference.inference import Inference
from locum.infer.records.completion import Completion
from locum.infer.records.connections import Connections
from locum.infer.records.identifiers import ALONE, RecordKeys
from locum.infer.records.seeds import Examples, Seeds
from locum.infer.records.tables import Tables
from locum.infer.resources.paths import Addresses
from locum.infer.resources.resources import Resources
from locum.infer.resources.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.errors import ApiError
    from locum.infer.inference.lookups import InferredOperation
    from locum.infer.recognition import Recognition
    from locum.infer.records.identifiers import Parents
    from locum.infer.records.records import Record
    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.responses import Response
    from locum.world.store import Store
    from locum.world.worlds import World

__all__ = ["Behaviour", "BehaviourOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourOptions:
    """What the user may choose about inferred behaviour."""

    dynamic: bool = False
    """Whether declared examples are ignored."""
    rejects_read_only: bool = False
    """`--read-only reject`: a request with a `readOnly` member is rejected even if the member's value is unchanged."""
    rewrites_urls: bool = True
    """Whether URLs below the document's servers are rewritten to this server."""
    unknown_is_missing: bool = False
    """`--unknown-ids 404`: an unknown identifier is always 404, even if clients cannot list or create the records."""
    locale: str = "en"
    """The language of generated words: a value of `Locale`."""


_DEFAULT = BehaviourOptions()


class Behaviour:
    """The inferred behaviour of one contract. Everything in it is inferred at its first use."""

    def __init__(self, contract: Contract, base_path: str | None = None, options: BehaviourOptions = _DEFAULT) -> None:
        """Set up the behaviour; `base_path` is the common prefix of the paths (default: that of the first server)."""
        self.contract = contract
        self.options = options
        self._base_path = contract.document.base_path if base_path is None else base_path
        self.generator = Generator(contract.schemas, options.locale)
        self._by_operation: dict[tuple[str, str], InferredOperation] = {}

    @cached_property
    def shapes(self) -> Shapes:
        """The shapes of the contract's schemas."""
        return Shapes(self.contract.schemas)

    @cached_property
    def resources(self) -> Resources:
        """The collections and singletons of the contract."""
        return Resources(self.contract, self.shapes)

    @cached_property
    def _completion(self) -> Completion:
        return Completion(self.shapes, self.generator, dynamic=self.options.dynamic)

    @cached_property
    def _tables(self) -> Tables:
        examples = None if self.options.dynamic else Examples(self.resources, self.shapes, self.generator)
        name, resources, keys = self.contract.name, self.resources, RecordKeys(self.shapes, self.generator)
        seeds = Seeds(name, keys, self.shapes, self.generator, self._completion, examples)
        connections = Connections(name, resources, self.shapes, self.generator, seeds)
        return Tables(name, resources, keys, seeds, connections, self._addresses)

    @cached_property
    def _addresses(self) -> Addresses:
        servers = self.contract.document.content.get("servers")
        urls = [one["url"] for one in servers or () if isinstance(one, dict) and isinstance(one.get("url"), str)]
        return Addresses(urls if self.options.rewrites_urls else [], self._base_path, self.shapes)

    @cached_property
    def _context(self) -> Context:
        return Context(
            self.contract.name,
            self.shapes,
            self.generator,
            self._tables,
            self._completion,
            dynamic=self.options.dynamic,
            unknown_is_missing=self.options.unknown_is_missing,
        )

    @cached_property
    def _inference(self) -> Inference:
        return Inference(self.contract, self.resources, self._context)

    @cached_property
    def recognition(self) -> Recognition:
        """Finds records in the requests and responses of a real server."""
        from locum.infer.recognition import Recognition  # noqa: PLC0415 (only a recording needs it)

        return Recognition(self.resources, self._context)

    def inferred(self, operation: Operation) -> InferredOperation:
        """Return the inferred operation. It is inferred at its first use and cached."""
        inferred = self._by_operation.get((operation.path, operation.method))
        if inferred is None:
            inferred = self._by_operation[operation.path, operation.method] = self._inference.infer(operation)
            once = Idempotent.of(inferred.respond, operation, self.contract.name)
            if once is not None:
                inferred.respond = once
                inferred.why += once.explain
        return inferred

    def action_of(self, operation: Operation) -> Callable[[Request], Response]:
        """Return the action of an operation. It is inferred at the first request."""
        known, key = self._by_operation, (operation.path, operation.method)

        def respond(request: Request) -> Response:
            return (known.get(key) or self.inferred(operation)).respond(request)

        return respond

    def path_values(self, operation: Operation, world: World) -> tuple[str, ...]:
        """Return values for the template expressions of a path, taken from existing records where it names records."""
        return self._inference.path_values(operation, world)

    def keys(self, resource: Resource, world: World) -> list[str]:
        """Return the keys of the records of a top-level resource."""
        return list(self._tables.all(resource, (), world))

    def typed_key(self, resource: Resource, key: str) -> Any:
        """Return a key from a path, converted to the type of the record's identifier."""
        return self._tables.typed_key(resource, key)

    def moved(self, value: Any) -> Any:
        """Rewrite URLs below the document's servers to this server, in a JSON value."""
        return self._addresses.moved(value)

    def look(self, world: World) -> None:
        """Seed the records of all top-level resources, as the first request to such a resource would."""
        for resource in self.resources:
            if resource.depth == 0:
                self._tables.all(resource, (), world)

    def look_at(self, path: str, world: World) -> None:
        """Seed the records of one top-level resource."""
        self._tables.all(self._known(path), (), world)

    @property
    def top_level_paths(self) -> list[str]:
        """The paths of the top-level resources."""
        return [resource.path for resource in self.resources if resource.depth == 0]

    def schemas_of(self, path: str) -> list[Schema]:
        """Return the response and request schemas of the records of the resource at a path."""
        resource = self.resources.at(path)
        if resource is None:
            return []
        operations = self.contract.operations.values()
        bodies = [one.body for one in operations if one.body is not None and one.path in {resource.path, resource.item}]
        sent = [media.schema for body in bodies for media in body.media_types.values() if media.schema is not None]
        return [*([resource.shape.schema] if resource.shape is not None else []), *dict.fromkeys(sent)]

    def resource(self, path: str) -> Resource:
        """Return the resource at a path, which has records."""
        return self._known(path)

    def references(self, path: str) -> list[tuple[str, Resource, bool]]:
        """Return the references of the records at a path: the member, the target, and whether it names many."""
        relations = self._tables.relations_of(self._known(path))
        return [(relation.member, relation.target, relation.many) for relation in relations]

    def referring(self, operation: Operation, value: Any, world: World) -> Any:
        """Return a value for the body of an operation whose members name existing records."""
        resource = self.inferred(operation).resource
        if resource is None or not isinstance(value, dict):
            return value
        found = dict(value)
        for relation in self._tables.relations_of(resource):
            if relation.member not in found or relation.holds or relation.many or relation.target.depth:
                continue
            for record in self._tables.all(relation.target, (), world).values():
                key = relation.target.key_of(record.members)
                found[relation.member] = key if relation.named_by is None else record.members.get(relation.named_by)
                break
        return found

    def draft(self, path: str, parents: Parents, world: World) -> tuple[str, dict[str, Any]]:
        """Return the key and the members of a new record, which is not stored."""
        resource, apart = self._known(path), world.fork("")
        key = ALONE if resource.singleton else self._tables.new_key(resource, parents, apart, {})
        return str(key), dict(self._tables.made(resource, parents, key, apart).members)

    def check(self, path: str, members: dict[str, Any], former: Mapping[str, Any] | None) -> None:
        """Raise Invalid if members violate the schema of the resource's records in a way that `former` did not.

        Violations of `former` are accepted, because a document's example need not fit its own schema.
        """
        shape = self._known(path).shape
        if shape is None:
            return
        violations = shape.schema.violations(members, "body", ("value",))
        if violations and former is not None:
            known = {(one.path, one.keyword) for one in shape.schema.violations(dict(former), "body", ("value",))}
            violations = [one for one in violations if (one.path, one.keyword) not in known]
        if violations:
            count = "a rule" if len(violations) == 1 else f"{len(violations)} rules"
            message = (
                f"The record breaks {count} of its schema, the first at {violations[0].field}. Nothing was changed."
            )
            raise Invalid(message, code="record_unfit", violations=violations)

    def keep(self, path: str, parents: Parents, key: str, record: Record, world: World) -> None:
        """Store a record of the resource at a path, or replace it."""
        self._tables.put(self._known(path), parents, key, record, world)

    def forget(self, path: str, parents: Parents, key: str, world: World) -> None:
        """Remove a record of the resource at a path, and all records below it."""
        self._tables.remove(self._known(path), parents, key, world)

    def _known(self, path: str) -> Resource:
        resource = self.resources.at(path)
        assert resource is not None  # noqa: S101 (its records are in the store)
        return resource

    def is_changed(self, operation: Operation, world: World) -> bool:
        """Return whether a client has created, changed or removed a record of an operation's resource."""
        resource = self.inferred(operation).resource
        return resource is not None and self._tables.is_changed(resource, world)

    def unfit(self, key: tuple[Any, ...], table: Mapping[Any, Any]) -> tuple[Any, str] | None:
        """Return why a table of a snapshot cannot be restored, as (key of a record, or None for the table, reason)."""
        return self._tables.unfit(key, table)

    def level(self, world: World, other: World) -> None:
        """Generate in a world the records that another world has generated, so that the two can be compared."""
        self._tables.level(world, other)

    def take_over(self, former: Store, world: World) -> int:
        """Copy what clients created, changed and removed, for resources that still exist; return the record count."""
        return self._tables.take_over(former, world)

    def render_error(self, error: ApiError, status: int, declared: DeclaredResponse, world: World) -> Response:
        """Render an error in the declared error schema."""
        return render_error(error, status, declared, world, self.shapes, self.generator)
