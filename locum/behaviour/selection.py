"""Selection: which records of a list are asked for, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.behaviour.paging import Paging
from locum.behaviour.words import stem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.behaviour.shapes import Shape, Shapes
    from locum.contract.parameters import Parameter

__all__ = ["Selection"]


class Selection:
    """The filters, the order and the search of one list operation, as its query parameters name them."""

    def __init__(self, parameters: Sequence[Parameter], element: Shape, shapes: Shapes) -> None:
        self._shapes = shapes
        self.explain: list[str] = []
        """What each parameter was taken for, in words."""
        self._equal: list[tuple[str, str]] = []
        paging = Paging(parameters).names
        names = {stem(name): name for name in element.properties}
        for parameter in parameters:
            name = names.get(stem(parameter.name))
            if parameter.location == "query" and name is not None and parameter.name not in paging:
                self._equal.append((parameter.argument, name))
                self.explain.append(f"{parameter.name} filters by the property {name}")

    def apply(self, records: list[dict[str, Any]], arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the records that are asked for, in the order that is asked for."""
        for argument, name in self._equal:
            value = arguments.get(argument)
            if value is not None:
                records = [record for record in records if record.get(name) == value]
        return records
