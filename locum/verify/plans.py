"""Plans: what is to be proved, and with how much of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.verify.printing import basic, is_credential

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from locum.verify.engine.preparation import Renewal
    from locum.verify.scenarios.arazzo import Recipe
    from locum.verify.scenarios.replay import Recorded

__all__ = ["DIRECTED", "PHASES", "Choice", "Directions", "Plan"]


DIRECTED = "directed"
PHASES = ("examples", "coverage", "fuzzing", "stateful", DIRECTED)
"""The engine's, and then ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The operations that are tried: all, or those that are included, without those that are excluded."""

    operations: tuple[str, ...] = ()
    """By operationId."""
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    without_operations: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    without_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Directions:
    """What leads to answers that chance does not reach."""

    recipes: tuple[Recipe | Recorded, ...] = ()
    inputs: dict[str, str] = field(default_factory=dict)
    """What recipes are given from outside, by name."""
    tokens: frozenset[str] = frozenset()
    """The names of the inputs that are tokens."""
    powerless: str = ""
    """A token of somebody who may do nothing."""
    prefers: bool = False
    """Whether the server gives a declared answer that is asked for with Prefer (RFC 7240), as the stand-in does."""
    handled: frozenset[str] = frozenset()
    """The operationIds for which somebody wrote a handler: their answers come of what it does, but for failures."""

    @property
    def secrets(self) -> dict[str, str]:
        """What must not be shown, by name."""
        hidden = {name: text for name, text in self.inputs.items() if name in self.tokens or is_credential(name)}
        return {**hidden, "powerless": self.powerless} if self.powerless else hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one contract is proved. What is None is as `schemathesis.toml` has it, else as Schemathesis does."""

    base_url: str
    """Where the operations are: `http://127.0.0.1:8000/v1`."""
    application: Any = None
    """An ASGI application that is asked in this process; then nothing goes to `base_url`."""
    world: Callable[[], str] | None = None
    """Gives the name of a new world of the stand-in: every case of its own has one, and every scenario."""
    any_credential: bool = False
    """Whether any credential is good, so that nothing can be said of those that nobody gave out."""
    token: str = ""
    """What every operation with security is asked with."""
    renewal: Renewal | None = None
    """Where another token comes from when that one has run out."""
    headers: dict[str, str] = field(default_factory=dict)
    choice: Choice = field(default_factory=Choice)
    phases: tuple[str, ...] = ()
    directions: Directions = field(default_factory=Directions)
    checks: tuple[str, ...] = ()
    """Names of Schemathesis' checks; none are all."""
    seed: int | None = None
    workers: int | None = None
    max_examples: int | None = None
    seconds: int | None = None
    request_timeout: float | None = None
    """Seconds for one answer."""
    configuration: Path | None = None
    """A `schemathesis.toml`; None is the one that Schemathesis finds in the current folder and above it."""

    @property
    def tokens(self) -> list[str]:
        """Every token that was sent so far."""
        return self.renewal.tokens if self.renewal is not None else [self.token] if self.token else []

    @property
    def secrets(self) -> dict[str, str]:
        """What must not be shown, by name, besides tokens."""
        encoded = {"basic": basic(self.token)} if self.token else {}
        return {**self.directions.secrets, **encoded}
