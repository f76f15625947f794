"""Answers: what an operation says of which nothing but its contract is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.answers import Answer
from locum.behaviour.chance import chance
from locum.synthesis.values import Unsatisfiable

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from locum.behaviour.asked import Asked
    from locum.contract.bodies import MediaType
    from locum.contract.operations import DeclaredResponse, Operation
    from locum.synthesis.values import Synthesiser

__all__ = ["Answering"]


class Answering:
    """Plays an operation from its declared success: the example, or a value made from the schema.

    The same request always has the same answer, in worlds of one seed.
    """

    def __init__(self, operation: Operation, synthesiser: Synthesiser) -> None:
        self._operation = operation
        self._synthesiser = synthesiser

    def __call__(self, asked: Asked) -> Answer:
        """Answer a request."""
        operation, world = self._operation, asked.world
        random = chance(world.seed, operation.method, asked.url, sorted(asked.arguments.items(), key=str))
        declared = operation.declares(operation.success)
        if declared is None:
            return Answer()
        body = self.body(declared, random, world.began)
        return Answer(body, self.headers(declared, random, world.began))

    def body(self, declared: DeclaredResponse, random: Random, now: datetime) -> Any:
        """Make a body of a declared response: its example if that fits, else one from the schema."""
        media = next(iter(declared.media_types.values()), None)
        return None if media is None else self.value(media, random, now)

    def value(self, media: MediaType, random: Random, now: datetime) -> Any:
        """Make a value of a media type."""
        if media.example is not None and (media.schema is None or media.schema.is_valid(media.example)):
            return media.example
        return {} if media.schema is None else self._synthesiser.value(media.schema, random, now)

    def headers(self, declared: DeclaredResponse, random: Random, now: datetime) -> dict[str, str]:
        """Make the declared headers of a response."""
        made = {}
        for header in declared.headers.values():
            if header.schema is None:
                continue
            try:
                value = self._synthesiser.value(header.schema, random, now)
            except Unsatisfiable:
                continue
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                made[header.name] = str(value)
        return made
