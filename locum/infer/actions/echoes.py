"""Echoes: answers made from the contract, in which what was sent stands where it fits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from locum.generate.generator import Unsatisfiable
from locum.infer.actions.bodies import Sent
from locum.state.chance import chance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.answers import Answer
    from locum.infer.actions.context import Context
    from locum.infer.request import Request
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.schemas import Schema

__all__ = ["Echo"]

_INPUTS = ("input", "inputs", "texts", "text", "sentences", "documents", "queries", "prompts", "instances")
"""Lists of which each element has a result of its own."""
_MOST = ("top_n", "top_k", "n")
"""How many results there are at most, or exactly where nothing else counts them."""
_RESULTS = ("data", "results", "choices", "embeddings", "translations", "predictions", "classifications", "matches")
_SCORES = ("relevance_score", "score", "similarity")
_MOST_RESULTS = 256


class Echo:
    """Plays an operation of which nothing can be inferred, and which is sent something."""

    def __init__(self, operation: Operation, context: Context) -> None:
        self._responder = context.responder(operation)
        self._sent = Sent(operation, context.shapes)
        self._context = context
        view = self._responder.view
        names = [name for name in _RESULTS if view is not None and not view.place and name in view.inner.properties]
        shapes = [context.shapes.of(view.inner.properties[name]) for name in names] if view is not None else []
        self._results = next(
            ((name, shape.items) for name, shape in zip(names, shapes, strict=True) if shape.is_array and shape.items),
            None,
        )
        """The list in the response that has a result for each element that is sent."""

    def __call__(self, request: Request) -> Answer:
        """Answer with the members that were sent, and with others that are generated."""
        sent = self._sent.members(request)
        answer = self._responder.echo(sent, request)
        count = _count(sent) if self._results is not None else None
        if self._results is None or count is None or not isinstance(answer.body, dict):
            return answer
        name, schema = self._results
        known = answer.body.get(name)
        results = self._counted(known if isinstance(known, list) else [], schema, count, request)
        body = {**answer.body, name: results}
        view = self._responder.view
        return replace(answer, body=body) if view is not None and view.schema.is_valid(body) else answer

    def _counted(self, known: list[Any], schema: Schema, count: int, request: Request) -> list[Any]:
        """Return as many results as are wanted: numbered from zero, the best first."""
        results = known[:count]
        while len(results) < count:
            random = chance(request.world.seed, self._responder.operation.operation_id, request.target, len(results))
            try:
                results.append(self._context.generator.value(schema, random, request.world.began))
            except Unsatisfiable:
                return known
        if all(isinstance(one, dict) and isinstance(one.get("index"), int) for one in results):
            results = [{**one, "index": index} for index, one in enumerate(results)]
            score = next((name for name in _SCORES if all(name in one for one in results)), None)
            if score is not None:
                scores = sorted((one[score] for one in results), reverse=True)
                results = [{**one, score: value} for one, value in zip(results, scores, strict=True)]
        return results


def _count(sent: Mapping[str, Any]) -> int | None:
    """Return how many results a request wants; None where it does not say so."""
    most = next((sent[name] for name in _MOST if isinstance(sent.get(name), int) and sent[name] > 0), None)
    given = next((sent[name] for name in _INPUTS if isinstance(sent.get(name), list)), None)
    many = [one for one in (most, len(given) if given else None) if one is not None]
    return min(*many, _MOST_RESULTS) if many else None
