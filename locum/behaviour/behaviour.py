"""Behaviour: what plays each operation of a contract for which nobody wrote a handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.answers import Answer
from locum.behaviour.answers import Answering
from locum.behaviour.chance import chance
from locum.synthesis.values import Synthesiser

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.behaviour.asked import Asked
    from locum.contract.contracts import Contract
    from locum.contract.operations import DeclaredResponse, Operation
    from locum.refusals import Refusal
    from locum.state.worlds import World

__all__ = ["Behaviour"]


class Behaviour:
    """The inferred behaviour of one contract; nothing is inferred before the first request needs it."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.synthesiser = Synthesiser(contract.schemas)

    def player(self, operation: Operation) -> Callable[[Asked], Answer]:
        """Return what plays an operation."""
        return Answering(operation, self.synthesiser)

    def word(self, refusal: Refusal, status: int, declared: DeclaredResponse, world: World) -> Answer:
        """Say a refusal in the declared error schema."""
        answering = Answering(None, self.synthesiser)  # type: ignore[arg-type]
        random = chance(world.seed, refusal.code, status)
        return Answer(answering.body(declared, random, world.began))
