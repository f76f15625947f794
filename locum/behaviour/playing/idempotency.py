"""Idempotency: the same request, sent again under the same key, is carried out once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from locum.behaviour.reading.words import words_of
from locum.behaviour.storing.kept import ANSWERS
from locum.openapi.wire.json_values import write_json
from locum.refusals import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.answers import Answer
    from locum.behaviour.asked import Asked
    from locum.openapi.compile.operations import Operation

__all__ = ["Once", "key_parameter"]

_NAMES = ({"idempotency", "key"}, {"idempotence", "key"}, {"idempotency", "id"})
_MOST_KEPT = 1000


def key_parameter(operation: Operation) -> str | None:
    """Return the argument that carries an idempotency key; None where the operation declares none."""
    if operation.method not in {"POST", "PUT", "PATCH", "DELETE"}:
        return None
    for parameter in operation.by_location["header"]:
        words = set(words_of(parameter.name)) - {"x"}
        if words in _NAMES:
            return parameter.argument
    return None


class Once:
    """Plays a part once for each key (draft-ietf-httpapi-idempotency-key-header)."""

    def __init__(self, play: Callable[[Asked], Answer], operation: Operation, argument: str, name: str) -> None:
        self._play = play
        self._argument = argument
        self._table = (name, ANSWERS, operation.operation_id)

    def __call__(self, asked: Asked) -> Answer:
        """Answer as before where the key was used before; Conflict where it was for something else."""
        key = asked.arguments.get(self._argument)
        if key is None:
            return self._play(asked)
        store = asked.world.store
        answers = store.table(self._table)
        if answers is None:
            answers = store.keep(self._table, {})
        digest = hashlib.blake2b(write_json([asked.path, _plain(asked.body)]), digest_size=16).hexdigest()
        known = answers.get(str(key))
        if known is not None:
            if known[0] != digest:
                message = "This idempotency key was used for another request."
                raise Conflict(message, code="idempotency_key_reused")
            before: Answer = known[1]
            return before
        answer = self._play(asked)
        if len(answers) >= _MOST_KEPT:
            del answers[next(iter(answers))]
        answers[str(key)] = (digest, answer)
        return answer


def _plain(body: object) -> object:
    return body.hex() if isinstance(body, bytes) else body
