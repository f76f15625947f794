"""A Python client of the control API, which the command line and the pytest plugin use, too."""

from locum.client.connection import Connection, Rejected, Unreachable
from locum.client.world import World

__all__ = ["Connection", "Rejected", "Unreachable", "World"]
