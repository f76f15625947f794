"""A recipe: a workflow of an Arazzo document, its operations found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.proof.recipes.criteria import Criterion

__all__ = ["Input", "Recipe", "Step"]


@dataclass(frozen=True, slots=True)
class Input:
    """What a recipe is given from outside."""

    name: str
    default: Any = None
    """None where there is none."""
    token: dict[str, Any] | None = None
    """Of whom it is a token (`x-locum-token`), for the stand-in, which makes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of a recipe. Its values may hold runtime expressions."""

    name: str
    operation: Operation
    parameters: dict[tuple[str, str], Any] = field(default_factory=dict)
    """By location and name."""
    payload: Any = None
    has_body: bool = False
    content_type: str = ""
    criteria: tuple[Criterion, ...] = ()
    """What must be true of the answer; where nothing is said, any answer will do."""
    outputs: dict[str, str] = field(default_factory=dict)
    """Runtime expressions, by the name under which later steps know their values."""
    matches: dict[str, str] = field(default_factory=dict)
    """Regular expressions by output (`x-locum-match`): of its text only the part that matches counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A sequence of steps. The first one that is not answered as it must be ends it."""

    name: str
    summary: str = ""
    inputs: dict[str, Input] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
