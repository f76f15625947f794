"""Inference: choose the action of each operation of a contract; the order of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.infer.inference.endings import Endings
from locum.infer.inference.lists import Lists
from locum.infer.inference.lookups import Lookups
from locum.infer.inference.records import ITEM_ACTIONS, Records
from locum.infer.inference.standard import StandardActions
from locum.infer.inference.verbs import Verbs
from locum.infer.resources.relations import named_in
from locum.infer.resources.resources import expressions_of
from locum.openapi.pointers import at
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.infer.actions.context import Context
    from locum.infer.inference.lookups import InferredOperation
    from locum.infer.resources.resources import Resource, Resources
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.world.worlds import World

__all__ = ["ACTIONS", "Inference"]


ACTIONS = ("list", "create", "read", "replace", "update", "delete", "clear", "custom", "generated")
"""The values of `x-locum-action`."""

_FORMER = {"action": "custom", "answer": "generated"}
"""Values that `x-locum-part` had, the name of `x-locum-action` in version 0.1."""


def _named_action(declared: Mapping[str, object]) -> str | None:
    """Return the action that an operation's `x-locum-action` names; None if it is absent or unknown."""
    value = declared.get("x-locum-action", declared.get("x-locum-part"))
    name = _FORMER.get(value, value) if isinstance(value, str) else None
    return name if name in ACTIONS else None


class Inference:
    """Infers the actions of a contract's operations."""

    def __init__(self, contract: Contract, resources: Resources, context: Context) -> None:
        self._contract = contract
        self._resources = resources
        self._context = context
        self._lookups = lookups = Lookups(resources, context)
        verbs = Verbs(lookups)
        self._standard = StandardActions(lookups, verbs)
        self._lists = Lists(lookups, self._standard)
        self._records = Records(lookups, self._standard, self._lists)
        self._endings = Endings(lookups, self._standard, verbs, self._lists)

    def infer(self, operation: Operation) -> InferredOperation:
        """Infer the action of an operation: the declared `x-locum-action`, else what its path and method imply."""
        declared = at(self._contract.document.content, operation.pointer)
        named = declared.get("x-locum-resource")
        wanted = _named_action(declared)
        if not isinstance(named, str) and wanted is None:
            records, lists = self._records, self._lists
            found = records.aliased(operation) or records.facet(operation) or records.copy(operation)
            found = found or records.member(operation) or lists.nested(operation) or lists.listed_by(operation)
            if found is not None:
                return found
        resource, action = self._place(operation)
        if isinstance(named, str):
            resource = self._resources.at(named) or resource
        if wanted is not None:
            action = wanted
        if action == "list" or (action == "generated" and operation.method == "GET"):
            found = self._lists.listing(operation, resource)
            if found is not None:
                return found
        if action == "replace" and resource is not None and resource.shape is None and resource.singleton:
            found = self._endings.marking(operation, resource)
            if found is not None:
                return found
        if resource is None or action == "generated":
            endings = self._endings
            acting = None if wanted == "generated" else endings.acting(operation) or endings.posting(operation)
            return acting or endings.content(operation) or self._standard.generate(operation)
        return self._standard.infer(operation, action, resource)

    def path_values(self, operation: Operation, world: World) -> tuple[str, ...]:
        """Return values for the template expressions of a path, taken from existing records where it names records."""
        values: tuple[str, ...] = ()
        steps = self._lookups.path_of(operation).split("/")
        names = iter(expressions_of(operation.path))
        for end, step in enumerate(steps, 1):
            for _ in expressions_of(step):
                expression = next(names, None)
                if expression is None:
                    return values
                known = self._key_at(steps[:end], expression, values, world)
                values = (*values, known or self._path_value(operation, expression, world))
        return values

    def _key_at(self, steps: Sequence[str], expression: str, values: tuple[str, ...], world: World) -> str | None:
        """Return the key of the first record that the last of these steps names: `/repos/{owner}` names a user."""
        for start in range(1, len(steps)):  # `/agents/repos/{owner}/{repo}` names a repository, too
            part = "/" + "/".join(steps[start:])
            resource, below, parents = self._resources.item(part), self._resources.at(part), values
            if resource is None and below is not None and below.depth:
                named = named_in(below, below.depth - 1, expression, self._resources, self._context.shapes)
                resource, parents = named, ()
            if resource is not None and resource.depth == len(parents):
                return next(iter(self._context.tables.all(resource, parents, world)), None)
        return None

    def _path_value(self, operation: Operation, expression: str, world: World) -> str:
        """Return a value of an expression that names no record: a declared example, else a generated one."""
        parameter = next((one for one in operation.by_location["path"] if one.name == expression), None)
        if parameter is None:
            return "1"
        for example in parameter.examples:
            if isinstance(example, str | int) and example != "" and parameter.schema.is_valid(example):
                return str(example)
        random = chance(world.seed, operation.path, expression)
        return str(self._context.generator.value(parameter.schema, random, world.began)) or "1"

    def _place(self, operation: Operation) -> tuple[Resource | None, str]:
        """Return the resource at an operation's path, and the action that the method has there."""
        path, method, _ = self._resources.slot(operation)
        resource = self._resources.item(path)
        if resource is not None:
            return resource, ITEM_ACTIONS.get(method, "generated")
        resource = self._resources.at(path)
        if resource is None:
            return None, "generated"
        if resource.singleton:
            return resource, ITEM_ACTIONS.get(method, "generated")
        actions = {"get": "list", "post": "create", "put": "replace", "patch": "update", "delete": "clear"}
        action = actions.get(method, "generated")
        if action in {"replace", "update"} and not self._lookups.names_record(operation, resource):
            action = action if self._lookups.many(operation, resource) is not None else "generated"
        return resource, action
