"""Plans: what is to be proved, and with how much of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["PHASES", "Choice", "Plan"]

PHASES = ("examples", "coverage", "fuzzing", "stateful")


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
class Plan:
    """How one contract is proved. What is None is as `schemathesis.toml` has it, else as Schemathesis does."""

    base_url: str
    """Where the operations are: `http://127.0.0.1:8000/v1`."""
    application: Any = None
    """An ASGI application that is asked in this process; then nothing goes to `base_url`."""
    world: Callable[[], str] | None = None
    """Gives the name of a new world of the stand-in: every case of its own has one, and every scenario."""
    token: str = ""
    """What every operation with security is asked with."""
    headers: dict[str, str] = field(default_factory=dict)
    choice: Choice = field(default_factory=Choice)
    phases: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    """Names of Schemathesis' checks; none are all."""
    seed: int | None = None
    workers: int | None = None
    max_examples: int | None = None
    seconds: int | None = None
    configuration: Path | None = None
    """A `schemathesis.toml`; None is the one that Schemathesis finds in the current folder and above it."""
