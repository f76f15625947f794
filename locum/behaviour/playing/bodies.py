"""Bodies: the members that a request sends of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.behaviour.reading.identities import record_place

if TYPE_CHECKING:
    from locum.behaviour.asked import Asked
    from locum.behaviour.reading.shapes import Shapes
    from locum.openapi.compile.operations import Operation

__all__ = ["Sent", "first_record"]


class Sent:
    """Reads what a request says of a record, or of several."""

    def __init__(self, operation: Operation, shapes: Shapes) -> None:
        self._place: tuple[str, ...] = ()
        media = next(iter(operation.body.media_types.values()), None) if operation.body is not None else None
        if media is not None and media.schema is not None:
            self._place = record_place(shapes, shapes.of(media.schema)) or ()
        self._arguments = [(parameter.argument, parameter.name) for parameter in operation.by_location["query"]]

    def body(self, asked: Asked) -> Any:
        """Return the body without its envelope."""
        body = asked.body
        for step in self._place:
            if not isinstance(body, dict) or step not in body:
                break
            body = body[step]
        return body

    def members(self, asked: Asked) -> dict[str, Any]:
        """Return the members of the one record that is sent, the first of a list; none where none is."""
        return dict(first_record(self.body(asked)) or {})

    def named(self, asked: Asked, properties: Any) -> dict[str, Any]:
        """Return the query parameters that have the names of members: `?status=sold`."""
        found = {name: asked.arguments.get(argument) for argument, name in self._arguments if name in properties}
        return {name: value for name, value in found.items() if value is not None}


def first_record(body: Any) -> dict[str, Any] | None:
    """Return the record that a body is, or the first of a list; None where there is none."""
    items = body if isinstance(body, list) else [body]
    return next((item for item in items if isinstance(item, dict)), None)
