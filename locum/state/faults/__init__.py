"""What a world was told to do besides what its contract says: faults, and how often each has hit."""

from locum.state.faults.fault import Fault, Limit
from locum.state.faults.faults import Faults, Hit
from locum.state.faults.forms import fault_of, plain_of, text_of

__all__ = ["Fault", "Faults", "Hit", "Limit", "fault_of", "plain_of", "text_of"]
