"""The scenarios, each in the module of what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.verify.behaviour.checks import (
    conditions,
    creating,
    deleting,
    listing,
    owners,
    reading,
    safety,
    selecting,
    writing,
)

if TYPE_CHECKING:
    from locum.verify.behaviour.problems import BehaviourScenario

__all__ = ["SCENARIOS"]

SCENARIOS: tuple[BehaviourScenario, ...] = (
    *reading.SCENARIOS,
    *writing.SCENARIOS,
    *deleting.SCENARIOS,
    *listing.SCENARIOS,
    *selecting.SCENARIOS,
    *creating.SCENARIOS,
    *conditions.SCENARIOS,
    *owners.SCENARIOS,
    *safety.SCENARIOS,
)
"""All scenarios, in the order in which they run."""
