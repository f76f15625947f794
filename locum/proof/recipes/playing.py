"""Playing recipes: each step is asked, and judged by its own criteria."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.openapi.wire.media_ranges import find_media_type
from locum.openapi.wire.media_types import essence_of, is_json
from locum.proof.recipes.expressions import Known, NoValue, value_of
from locum.proof.recipes.matching import matched_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from locum.proof.findings import Shown
    from locum.proof.recipes.recipe import Recipe, Step
    from locum.proof.requests import Requests

__all__ = ["Played", "played"]

_AUTHORIZATION = ("header", "authorization")


@dataclass(frozen=True, slots=True)
class Played:
    """A step that was asked, and what is wrong with its answer, by the recipe; empty where nothing is."""

    step: Step
    shown: Shown
    problem: str = ""


def played(
    recipe: Recipe, inputs: Mapping[str, Any], requests: Requests, send: Callable[[Shown], Shown]
) -> Iterator[Played]:
    """Ask the steps of a recipe one after another, and yield each; the first that fails is the last.

    Raises NoValue for an input that is not given, before anything is sent.
    """
    known = Known(inputs=_given(recipe, inputs))
    for step in recipe.steps:
        try:
            asked = _asked(step, known, requests)
        except NoValue as nothing:
            yield Played(step, requests.of(step.operation, {}), f"It cannot be asked: {nothing}.")
            return
        known.shown = shown = send(asked)
        problem = _problem(step, known)
        if not problem:
            try:
                known.steps[step.name] = {name: _output(step, name, known) for name in step.outputs}
            except NoValue as nothing:
                problem = f"{nothing}."
        yield Played(step, shown, problem)
        if problem:
            return


def _given(recipe: Recipe, inputs: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, described in recipe.inputs.items():
        if name not in inputs and described.default is None:
            raise NoValue(f"the input {name!r} is not given")
        found[name] = inputs.get(name, described.default)
    return found


def _asked(step: Step, known: Known, requests: Requests) -> Shown:
    values = {key: value_of(value, known) for key, value in step.parameters.items()}
    known.path = {name: str(value) for (location, name), value in values.items() if location == "path"}
    names = {(location, name.lower()) for location, name in values}
    body = None
    if step.has_body:
        payload = value_of(step.payload, known)
        body = _written(step, payload)
    # A recipe that says whom it asks as is taken at its word, an empty text is nobody.
    token = "" if _AUTHORIZATION in names else None
    return requests.of(step.operation, values, body, step.content_type if step.has_body else "", token)


def _written(step: Step, payload: Any) -> bytes:
    essence = essence_of(step.content_type)
    if isinstance(payload, str) and not is_json(essence):
        return payload.encode()
    medias = step.operation.body.media_types if step.operation.body is not None else {}
    media = find_media_type(medias, step.content_type)
    return media.write(payload) if media is not None else json.dumps(payload, ensure_ascii=False).encode()


def _output(step: Step, name: str, known: Known) -> Any:
    value = value_of(step.outputs[name], known)
    if name not in step.matches:
        return value
    found = matched_part(step.matches[name], str(value))
    if found is None:
        raise NoValue(f"the output {name!r} has nothing that matches {step.matches[name]}")
    return found


def _problem(step: Step, known: Known) -> str:
    for criterion in step.criteria:
        try:
            if not criterion.holds(known):
                return f"It wants {criterion}, and {criterion.seen(known)}."
        except NoValue as nothing:
            return f"It wants {criterion}, and {nothing}."
    return ""
