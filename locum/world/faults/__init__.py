"""What a world was told to do besides what its contract says: faults, and how often each has hit."""

from locum.world.faults.fault import Fault, Limit
from locum.world.faults.faults import Faults, Hit
from locum.world.faults.forms import fault_of, plain_of, text_of

__all__ = ["Fault", "Faults", "Hit", "Limit", "fault_of", "plain_of", "text_of"]
