"""Echoes: answers made from the contract, in which what was sent stands where it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.behaviour.playing.bodies import Sent

if TYPE_CHECKING:
    from locum.answers import Answer
    from locum.behaviour.asked import Asked
    from locum.behaviour.playing.stage import Stage
    from locum.openapi.compile.operations import Operation

__all__ = ["Echo"]


class Echo:
    """Plays an operation of which nothing can be inferred, and which is sent something."""

    def __init__(self, operation: Operation, stage: Stage) -> None:
        self._responder = stage.responder(operation)
        self._sent = Sent(operation, stage.shapes)

    def __call__(self, asked: Asked) -> Answer:
        """Answer with the members that were sent, and with others that are made up."""
        return self._responder.echo(self._sent.members(asked), asked)
