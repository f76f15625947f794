"""What `locum verify` is told of answers that chance does not reach: recipes, what they are given, whose tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from locum.cli.loading import stop
from locum.openapi.load.documents import BadDocument
from locum.openapi.load.files import read_bytes
from locum.openapi.load.parsing import parse
from locum.proof.drift.scenarios import Unreadable, read_scenario
from locum.proof.plans import Directions
from locum.proof.recipes.reading import is_arazzo, read_recipes
from locum.proof.recipes.recorded import recorded
from locum.serving.handlers import home_of, known_callers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from locum.proof.recipes.recipe import Recipe
    from locum.proof.recipes.recorded import Recorded
    from locum.serving.services import Service
    from locum.settings import Settings

__all__ = ["directions_of", "inputs_of"]

_FOLDER = "recipes"
"""Beside the handlers: what they are asked in order to show all their answers."""


def inputs_of(texts: Iterable[str]) -> dict[str, str]:
    """Return what `--input NAME=VALUE` says. Raises click.BadParameter."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{text!r} is no input: write NAME=VALUE.", param_hint="--input")
        found[name] = value
    return found


def directions_of(  # noqa: PLR0913 (two of them say what the rest is for)
    settings: Settings,
    services: Sequence[Service],
    files: Sequence[Path],
    inputs: dict[str, str],
    *,
    ours: bool,
    beside: bool = True,
) -> dict[str, Directions]:
    """Return what leads each contract's run, by name, or stop with what is wrong.

    `ours` is whether the stand-in is proved: it has recipes of its own beside the handlers (unless not `beside`), gives
    tokens to anybody, and any answer to what nobody has written a handler for.
    """
    recipes: dict[str, list[Recipe | Recorded]] = {service.name: [] for service in services}
    try:
        for file in [*(_beside(settings, services) if ours and beside else ()), *files]:
            for name, found in _read(file, services).items():
                recipes[name] += found
    except (BadDocument, Unreadable) as problem:
        stop([str(problem)])
    wanted = {name: one for found in recipes.values() for recipe in found for name, one in _inputs(recipe).items()}
    strange = [name for name in inputs if name not in wanted]
    if strange:
        known = f" There are: {', '.join(wanted)}." if wanted else " No recipe wants any."
        raise click.BadParameter(f"No recipe has an input {strange[0]!r}.{known}", param_hint="--input")
    return {
        service.name: Directions(
            recipes=tuple(recipes[service.name]),
            inputs={**(_tokens(settings, wanted) if ours else {}), **inputs},
            tokens=frozenset(name for name, one in wanted.items() if one.token is not None),
            powerless=_token(settings, {"permissions": [], "scope": None}) if ours else "",
            prefers=ours,
            handled=frozenset(service.handlers),
        )
        for service in services
    }


def _beside(settings: Settings, services: Sequence[Service]) -> Iterable[Path]:
    homes = dict.fromkeys(home_of(place, settings.handlers) for place in settings.specs)
    for home in homes:
        for service in services:
            file = home / _FOLDER / f"{service.name}.yaml"
            if file.is_file():
                yield file


def _read(file: Path, services: Sequence[Service]) -> dict[str, list[Any]]:
    """Return the recipes of a file: an Arazzo document, or an HTTP Archive."""
    content = parse(str(file), read_bytes(str(file)))
    if is_arazzo(content):
        return dict(read_recipes(file, [service.contract for service in services]))
    if not (isinstance(content, dict) and "log" in content):
        raise Unreadable(f"{file}: holds no recipes. Write an Arazzo document, or an HTTP Archive.")
    scenario = read_scenario(file)
    found = {service.name: recorded(file.name, scenario, service.contract, service.base_path) for service in services}
    return {name: [one] for name, one in found.items() if one.exchanges}


def _inputs(recipe: Any) -> dict[str, Any]:
    return getattr(recipe, "inputs", {})


def _tokens(settings: Settings, wanted: dict[str, Any]) -> dict[str, str]:
    return {name: _token(settings, one.token) for name, one in wanted.items() if one.token is not None}


def _token(settings: Settings, claims: dict[str, Any]) -> str:
    from locum.cli.minting import Wish, token_of  # noqa: PLC0415 (only this command needs it)

    return token_of(settings, Wish(**claims), known_callers(settings.specs, settings.handlers))
