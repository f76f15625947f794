"""Walking: the exchanges of any recipe, whether it was written or recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.proof.recipes.playing import played
from locum.proof.recipes.recorded import Recorded, replayed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from locum.proof.findings import Shown
    from locum.proof.recipes.recipe import Recipe
    from locum.proof.requests import Requests

__all__ = ["walked"]


def walked(
    recipe: Recipe | Recorded, inputs: Mapping[str, str], requests: Requests, send: Callable[[Shown], Shown]
) -> Iterator[Shown]:
    """Ask the steps of a recipe, and yield each exchange; the first step that fails is the last.

    Raises NoValue for an input that is not given.
    """
    if isinstance(recipe, Recorded):
        yield from (shown for _, shown in replayed(recipe, requests, send))
    else:
        yield from (step.shown for step in played(recipe, inputs, requests, send))
