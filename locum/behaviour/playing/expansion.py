"""Expansion: which members a client wants to see, and where it wants a record instead of its identifier.

`expand[]=customer` (Stripe), `include=owner`, `opt_fields=name,notes` (Asana), `fields=id,name`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.behaviour.reading.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.behaviour.asked import Asked
    from locum.behaviour.playing.stage import Stage
    from locum.behaviour.reading.resources import Resource
    from locum.behaviour.storing.keys import Parents
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.schemas import Schema

__all__ = ["Expansion"]

_EXPANDS = frozenset({"expand", "include", "populate", "embed", "expansion"})
_PICKS = frozenset({"field", "optfield", "select", "returnfield", "attribute"})
_DEEPEST = 4


class Expansion:
    """Shows the records of one operation as a request asks for them."""

    def __init__(self, operation: Operation, resource: Resource, stage: Stage) -> None:
        query = operation.by_location["query"]
        self._expands = [one.argument for one in query if stem(one.name) in _EXPANDS]
        self._picks = [one.argument for one in query if stem(one.name) in _PICKS]
        self._in_body = operation.method != "GET"
        self._resource = resource
        self._stage = stage

    def is_asked(self, asked: Asked) -> bool:
        """Whether a request asks for anything of this kind."""
        if any(asked.arguments.get(argument) is not None for argument in (*self._expands, *self._picks)):
            return True
        return self._in_body and isinstance(asked.body, dict) and not _EXPANDS.isdisjoint(asked.body)

    def shown(self, members: Any, schema: Schema, parents: Parents, asked: Asked) -> Any:
        """Return a record with what is asked for; as it is where nothing is, or where its schema does not admit it."""
        if not isinstance(members, dict):
            return members
        shown = members
        paths = [*self._paths(self._expands, asked), *self._paths_in_body(asked)]
        for path in paths:
            shown = self._expanded(self._resource, shown, path, parents, asked, 0)
        picked = {path[0] for path in self._paths(self._picks, asked)}
        if picked and not picked.isdisjoint(shown):
            shape = self._stage.shapes.of(schema)
            kept = picked | shape.required | set(self._resource.identity[:1]) | {path[0] for path in paths}
            shown = {name: value for name, value in shown.items() if name in kept}
        return shown if shown is members or schema.is_valid(shown) else members

    @staticmethod
    def _paths(arguments: Iterable[str], asked: Asked) -> list[list[str]]:
        return [path for argument in arguments for path in _split(asked.arguments.get(argument))]

    def _paths_in_body(self, asked: Asked) -> list[list[str]]:
        body = asked.body
        if not self._in_body or not isinstance(body, dict):
            return []
        return [path for name in _EXPANDS if name in body for path in _split(body[name])]

    def _expanded(  # noqa: PLR0913, PLR0917 (a record, and how far)
        self, resource: Resource, members: dict[str, Any], path: list[str], parents: Parents, asked: Asked, depth: int
    ) -> dict[str, Any]:
        """Return a record with the records that a path names in the place of their identifiers."""
        name = path[0]
        relations = self._stage.tables.relations_of(resource)
        relation = next((one for one in relations if one.member == name), None)
        if relation is None or name not in members or depth > _DEEPEST:
            return members

        def found(value: Any) -> Any:
            target = relation.target
            if isinstance(value, dict):
                inner = value
            else:
                record = self._stage.tables.find(target, parents[: target.depth], str(value), asked.world)
                if record is None or value is None:
                    return value
                inner = dict(record.members)
            return self._expanded(target, inner, path[1:], parents, asked, depth + 1) if path[1:] else inner

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
