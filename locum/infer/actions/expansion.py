"""Expansion: which members a client wants to see, and where it wants a record instead of its identifier.

`expand[]=customer` (Stripe), `include=owner`, `opt_fields=name,notes` (Asana), `fields=id,name`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.infer.actions.context import Context
    from locum.infer.records.keys import Parents
    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.schemas import Schema

__all__ = ["Expansion"]

_EXPANDS = frozenset({"expand", "include", "populate", "embed", "expansion"})
_PICKS = frozenset({"field", "optfield", "select", "returnfield", "attribute"})
_DEEPEST = 4


class Expansion:
    """Shows the records of one operation as a request asks for them."""

    def __init__(self, operation: Operation, resource: Resource, context: Context) -> None:
        query = operation.by_location["query"]
        self._expands = [one.argument for one in query if stem(one.name) in _EXPANDS]
        self._picks = [one.argument for one in query if stem(one.name) in _PICKS]
        self._in_body = operation.method != "GET"
        self._resource = resource
        self._context = context

    def is_asked(self, request: Request) -> bool:
        """Whether a request asks for anything of this kind."""
        if any(request.arguments.get(argument) is not None for argument in (*self._expands, *self._picks)):
            return True
        return self._in_body and isinstance(request.body, dict) and not _EXPANDS.isdisjoint(request.body)

    def shown(self, members: Any, schema: Schema, parents: Parents, request: Request) -> Any:
        """Return a record with what is asked for; as it is where nothing is, or where its schema does not admit it."""
        if not isinstance(members, dict):
            return members
        shown = members
        paths = [*self._paths(self._expands, request), *self._paths_in_body(request)]
        for path in paths:
            shown = self._expanded(self._resource, shown, path, parents, request, 0)
        picked = {path[0] for path in self._paths(self._picks, request)}
        if picked and not picked.isdisjoint(shown):
            shape = self._context.shapes.of(schema)
            kept = picked | shape.required | set(self._resource.identity[:1]) | {path[0] for path in paths}
            shown = {name: value for name, value in shown.items() if name in kept}
        return shown if shown is members or schema.is_valid(shown) else members

    @staticmethod
    def _paths(arguments: Iterable[str], request: Request) -> list[list[str]]:
        return [path for argument in arguments for path in _split(request.arguments.get(argument))]

    def _paths_in_body(self, request: Request) -> list[list[str]]:
        body = request.body
        if not self._in_body or not isinstance(body, dict):
            return []
        return [path for name in _EXPANDS if name in body for path in _split(body[name])]

    def _expanded(  # noqa: PLR0913, PLR0917 (a record, and how far)
        self,
        resource: Resource,
        members: dict[str, Any],
        path: list[str],
        parents: Parents,
        request: Request,
        depth: int,
    ) -> dict[str, Any]:
        """Return a record with the records that a path names in the place of their identifiers."""
        name = path[0]
        relations = self._context.tables.relations_of(resource)
        relation = next((one for one in relations if one.member == name), None)
        if relation is None or name not in members or depth > _DEEPEST:
            return members

        def found(value: Any) -> Any:
            target = relation.target
            if isinstance(value, dict):
                inner = value
            else:
                record = self._context.tables.find(target, parents[: target.depth], str(value), request.world)
                if record is None or value is None:
                    return value
                inner = dict(record.members)
            return self._expanded(target, inner, path[1:], parents, request, depth + 1) if path[1:] else inner

        value = members[name]
        return {**members, name: [found(one) for one in value] if isinstance(value, list) else found(value)}


def _split(value: Any) -> list[list[str]]:
    """Read `a,b.c`, a list of such, or a list within an object; `data.` names the elements of a list."""
    if isinstance(value, dict):
        value = list(value.values())
    parts = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
    texts = [text for one in parts for text in one.split(",")]
    return [
        [step for step in text.strip().removeprefix("data.").replace("[]", "").split(".") if step]
        for text in texts
        if text.strip(" .")
    ]
