"""Echoes: answers made from the contract, in which what was sent stands where it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.infer.actions.bodies import Sent

if TYPE_CHECKING:
    from locum.answers import Answer
    from locum.infer.actions.context import Context
    from locum.infer.request import Request
    from locum.openapi.compile.operations import Operation

__all__ = ["Echo"]


class Echo:
    """Plays an operation of which nothing can be inferred, and which is sent something."""

    def __init__(self, operation: Operation, context: Context) -> None:
        self._responder = context.responder(operation)
        self._sent = Sent(operation, context.shapes)

    def __call__(self, request: Request) -> Answer:
        """Answer with the members that were sent, and with others that are generated."""
        return self._responder.echo(self._sent.members(request), request)
