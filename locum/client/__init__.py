"""A client of the control API: for the command line, for pytest, and for whoever writes Python."""

from locum.client.connection import Connection, Refused, Unreachable
from locum.client.world import World

__all__ = ["Connection", "Refused", "Unreachable", "World"]
