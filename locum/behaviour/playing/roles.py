"""Roles: which part each operation of a contract plays, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from locum.behaviour.lists.envelopes import list_place
from locum.behaviour.playing.actions import Act, effect_of
from locum.behaviour.playing.answers import Answering
from locum.behaviour.playing.echoes import Echo
from locum.behaviour.playing.items import Read, Remove, Replace, Update
from locum.behaviour.playing.listing import Clear, Create, CreateMany, ListAll
from locum.behaviour.reading.resources import Resource, Resources, answer_of, expressions_of, item_expression
from locum.openapi.pointers import at
from locum.state.chance import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.answers import Answer
    from locum.behaviour.asked import Asked
    from locum.behaviour.playing.stage import Stage
    from locum.behaviour.reading.shapes import Shape
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.schemas import Schema
    from locum.state.worlds import World

__all__ = ["PARTS", "Role", "Roles"]

PARTS = ("list", "create", "read", "replace", "update", "delete", "clear", "action", "answer")
"""What `x-locum-part` of an operation can say."""

_OVERLAP = 0.7
_COMMON = 3


@dataclass(slots=True)
class Role:
    """The part that one operation plays."""

    part: str
    play: Callable[[Asked], Answer]
    resource: Resource | None = None
    why: list[str] = field(default_factory=list)


class Roles:
    """Casts the operations of a contract."""

    def __init__(self, contract: Contract, resources: Resources, stage: Stage) -> None:
        self._contract = contract
        self._resources = resources
        self._stage = stage

    def of(self, operation: Operation) -> Role:
        """Return the role of an operation: what the document says, else what its path and method mean."""
        said = at(self._contract.document.content, operation.pointer)
        resource, part = self._place(operation)
        named = said.get("x-locum-resource")
        if isinstance(named, str):
            resource = self._resources.at(named) or resource
        if said.get("x-locum-part") in PARTS:
            part = said["x-locum-part"]
        if part == "list" or (part == "answer" and operation.method == "GET"):
            found = self._listing(operation, resource)
            if found is not None:
                return found
        if resource is None or part == "answer":
            return self._acting(operation, said) or self._answering(operation)
        return self._cast(operation, part, resource)

    def path_values(self, operation: Operation, world: World) -> tuple[str, ...]:
        """Return values for the template expressions of a path: of records that exist, where it names records."""
        values: tuple[str, ...] = ()
        steps = operation.path.split("/")
        by_name = {parameter.name: parameter for parameter in operation.by_location["path"]}
        for end, step in enumerate(steps, 1):
            for expression in expressions_of(step):
                resource = self._resources.item("/".join(steps[:end]))
                known = self._stage.tables.all(resource, values, world) if resource is not None else {}
                parameter = by_name.get(expression)
                key = next(iter(known), None)
                if key is None and parameter is not None:
                    random = chance(world.seed, operation.path, expression)
                    key = str(self._stage.synthesiser.value(parameter.schema, random, world.began))
                values = (*values, key or "1")
        return values

    def _place(self, operation: Operation) -> tuple[Resource | None, str]:
        """Return the resource at an operation's path, and the part that its method plays there."""
        path, method = operation.path, operation.method.lower()
        resource = self._resources.item(path)
        if resource is not None:
            parts = {"get": "read", "put": "replace", "patch": "update", "post": "update", "delete": "delete"}
            return resource, parts.get(method, "answer")
        resource = self._resources.at(path)
        if resource is None:
            return None, "answer"
        if resource.singleton:
            parts = {"get": "read", "put": "replace", "patch": "update", "post": "update", "delete": "delete"}
            return resource, parts.get(method, "answer")
        parts = {"get": "list", "post": "create", "put": "replace", "patch": "update", "delete": "clear"}
        part = parts.get(method, "answer")
        if part in {"replace", "update"} and not self._names_record(operation, resource):
            part = "answer"
        return resource, part

    def _cast(self, operation: Operation, part: str, resource: Resource) -> Role:
        stage = self._stage
        why = [*resource.why]
        play: Callable[[Asked], Answer]
        if part == "create":
            place = self._many(operation, resource)
            if place is not None:
                why.append("its body is a list of records")
                return Role("create", CreateMany(operation, resource, stage, place), resource, why)
            play = Create(operation, resource, stage)
        elif part == "replace":
            makes = not self._has(resource, "post") or "201" in operation.responses
            play = Replace(operation, resource, stage, makes=makes)
        elif part == "read":
            play = Read(operation, resource, stage)
        elif part == "update":
            play = Update(operation, resource, stage)
        elif part == "delete":
            play = Remove(operation, resource, stage)
        elif part == "clear":
            play = Clear(operation, resource, stage)
        elif part == "action":
            return self._action(operation, resource, operation.path.rpartition("/")[2])
        else:
            return self._answering(operation)
        return Role(part, play, resource, why)

    def _listing(self, operation: Operation, resource: Resource | None) -> Role | None:
        """Cast a list: of the resource at its path, or of another whose records it shows."""
        answer = answer_of(operation)
        if answer is None:
            return None
        element = self._element(answer)
        other = self._shown_elsewhere(operation, element) if element is not None else None
        if other is not None and (resource is None or not self._has(resource, "post")) and other is not resource:
            if resource is not None and resource.item is not None:
                other = None
            else:
                play = ListAll(operation, other, self._stage, elsewhere=True)
                if play.fits:
                    return Role("list", play, other, [f"its elements are those of {other.path}", *play.explain])
        if resource is None or element is None or item_expression(operation.path) is not None:
            return None
        play = ListAll(operation, resource, self._stage)
        return Role("list", play, resource, [*resource.why, *play.explain]) if play.fits else None

    def _shown_elsewhere(self, operation: Operation, element: Shape) -> Resource | None:
        """Find the resource, stored at another path, whose records are the elements of a list."""
        for other in self._resources:
            if other.shape is None or other.path == operation.path or other.singleton or other.depth:
                continue
            if other.item is not None and other.shape.schema.pointer == element.schema.pointer:
                return other
        return None

    def _element(self, answer: Schema) -> Shape | None:
        shapes = self._stage.shapes
        place = list_place(shapes, answer)
        if place is None:
            return None
        shape = shapes.of(answer)
        for step in place:
            shape = shapes.of(shape.properties[step])
        return shapes.of(shape.items) if shape.items is not None else None

    def _acting(self, operation: Operation, said: Mapping[str, object]) -> Role | None:
        """Cast what acts on a record: a word after the path of an item, or after a colon."""
        if operation.method == "GET" or said.get("x-locum-part") == "answer":
            return None
        head, _, last = operation.path.rpartition("/")
        above, colon, verb = last.partition("}:")
        if colon:
            resource = self._resources.item(f"{head}/{above}}}")
            return self._action(operation, resource, verb) if resource is not None else None
        resource = self._resources.item(head)
        alone = self._resources.at(head) if resource is None else None
        if alone is not None and alone.singleton:
            resource = alone
        if resource is not None and "{" not in last:
            return self._action(operation, resource, last)
        many = self._resources.at(head)
        if many is not None and not many.singleton and operation.method == "POST" and "{" not in last:
            place = self._many(operation, many)
            if place is not None:
                return Role(
                    "create",
                    CreateMany(operation, many, self._stage, place),
                    many,
                    [f"its body is a list of {many.path}"],
                )
        return None

    def _action(self, operation: Operation, resource: Resource, verb: str) -> Role:
        effect = effect_of(verb, resource.shape, self._stage.shapes) if resource.shape is not None else None
        undo = operation.method == "DELETE"
        why = [f"{verb} is done to one of {resource.path}"]
        why.append(effect.sentence if effect is not None else "no member of the record plainly means it")
        return Role("action", Act(operation, resource, self._stage, effect, undo=undo), resource, why)

    def _answering(self, operation: Operation) -> Role:
        if operation.body is not None:
            why = ["made up from the contract, with what is sent where it fits"]
            return Role("answer", Echo(operation, self._stage), None, why)
        play = Answering(operation, self._stage.synthesiser, dynamic=self._stage.dynamic)
        return Role("answer", play, None, ["made up from the contract"])

    def _many(self, operation: Operation, resource: Resource) -> tuple[str, ...] | None:
        """Return where in a body several records of a resource are; None where there is one, or none."""
        media = next(iter(operation.body.media_types.values()), None) if operation.body is not None else None
        if media is None or media.schema is None:
            return None
        shapes = self._stage.shapes
        shape = shapes.of(media.schema)
        if shape.is_array:
            return ()
        place = list_place(shapes, media.schema)
        if place is None or len(shape.properties) > 2:  # noqa: PLR2004 (the list and a word about it)
            return None
        for step in place:
            shape = shapes.of(shape.properties[step])
        return place if shape.items is not None and self._alike(shapes.of(shape.items), resource) else None

    @staticmethod
    def _alike(shape: Shape, resource: Resource) -> bool:
        names = shape.properties.keys()
        known = set(resource.settable) | (set(resource.shape.properties) if resource.shape is not None else set())
        return bool(names) and len(names & known) >= _OVERLAP * len(names)

    def _names_record(self, operation: Operation, resource: Resource) -> bool:
        """Whether a body says which record it is about: `PUT /pet` with an id."""
        media = next(iter(operation.body.media_types.values()), None) if operation.body is not None else None
        if media is None or media.schema is None or resource.member is None:
            return False
        return resource.member in self._stage.shapes.of(media.schema).properties

    def _has(self, resource: Resource, method: str) -> bool:
        return (resource.path, method) in self._contract.operations
