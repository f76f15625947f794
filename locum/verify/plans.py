"""The plan of a verification run: operations, phases, credentials and limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.verify.printing import basic, is_credential

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from locum.verify.engine.preparation import Renewal
    from locum.verify.scenarios.arazzo import Scenario
    from locum.verify.scenarios.replay import Recorded

__all__ = ["BEHAVIOUR", "DIRECTED", "OWN_PHASES", "PHASES", "Directions", "OperationChoice", "Plan"]


DIRECTED = "directed"
BEHAVIOUR = "behaviour"
OWN_PHASES = (DIRECTED, BEHAVIOUR)
"""The phases of locum, which run after those of Schemathesis."""
PHASES = ("examples", "coverage", "fuzzing", "stateful", *OWN_PHASES)
"""All phases, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationChoice:
    """The selected operations: all or the included ones, without the excluded ones."""

    operations: tuple[str, ...] = ()
    """By operationId."""
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    without_operations: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    without_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Directions:
    """The input of the directed phase, which reaches responses that generated requests miss."""

    scenarios: tuple[Scenario | Recorded, ...] = ()
    inputs: dict[str, str] = field(default_factory=dict)
    """The inputs of scenarios by name."""
    tokens: frozenset[str] = frozenset()
    """The names of the inputs that are tokens."""
    powerless: str = ""
    """A token of a user without permissions."""
    prefers: bool = False
    """Whether `Prefer` (RFC 7240) selects a declared response, as with the mock."""
    handled: frozenset[str] = frozenset()
    """The operationIds with a handler. `Prefer` selects only server errors of these."""

    @property
    def secrets(self) -> dict[str, str]:
        """Secrets that must not be shown, by name."""
        hidden = {name: text for name, text in self.inputs.items() if name in self.tokens or is_credential(name)}
        return {**hidden, "powerless": self.powerless} if self.powerless else hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to verify one contract. None means the value of `schemathesis.toml`, else the default of Schemathesis."""

    base_url: str
    """The base URL of the operations: `http://127.0.0.1:8000/v1`."""
    application: Any = None
    """An ASGI application to call in this process instead of sending requests to `base_url`."""
    world: Callable[[], str] | None = None
    """Returns the name of a new world of the mock. Every independent case and every scenario gets one."""
    any_credential: bool = False
    """Whether the server accepts any credential; invalid ones are then no finding."""
    token: str = ""
    """The credential for secured operations."""
    other_token: str = ""
    """The credential of a second user, who has no access to the records of the first."""
    replays: bool = True
    """Whether findings are sent again to find the shortest requests that show each."""
    shared: bool = False
    """Whether users share their records."""
    allow_writes: bool = False
    """Whether behaviour is checked on a server that is not on this machine."""
    behaviour_off: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The reasons for behaviour checks that are turned off, by operationId (`*` for all) and check."""
    renewal: Renewal | None = None
    """Renews the token when it has expired."""
    headers: dict[str, str] = field(default_factory=dict)
    choice: OperationChoice = field(default_factory=OperationChoice)
    phases: tuple[str, ...] = ()
    directions: Directions = field(default_factory=Directions)
    checks: tuple[str, ...] = ()
    """Names of Schemathesis checks; empty for all."""
    seed: int | None = None
    workers: int | None = None
    max_examples: int | None = None
    seconds: int | None = None
    request_timeout: float | None = None
    """The timeout of a response, in seconds."""
    configuration: Path | None = None
    """A `schemathesis.toml`. None: Schemathesis searches the current folder and its parents."""

    @property
    def tokens(self) -> list[str]:
        """All tokens that were sent so far."""
        return self.renewal.tokens if self.renewal is not None else [self.token] if self.token else []

    @property
    def secrets(self) -> dict[str, str]:
        """Secrets other than tokens that must not be shown, by name."""
        encoded = {"basic": basic(self.token)} if self.token else {}
        other = {"other_token": self.other_token, "other_basic": basic(self.other_token)} if self.other_token else {}
        return {**self.directions.secrets, **encoded, **other}
