"""Injected faults of a world: their definition, and how often each was applied."""

from locum.world.faults.fault import Fault, Limit
from locum.world.faults.faults import Faults, Hit
from locum.world.faults.forms import fault_of, plain_of, text_of

__all__ = ["Fault", "Faults", "Hit", "Limit", "fault_of", "plain_of", "text_of"]
