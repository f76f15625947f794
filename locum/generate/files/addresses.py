"""Addresses of this server in generated values, which do not know under which host a client reaches it.

A value holds `http://locum.invalid` (RFC 2606 keeps `.invalid` free) in the place of scheme and host. The server puts
its own in when it writes a response (locum/serving/origins.py), so the store is the same on every host and port.
"""

from __future__ import annotations

__all__ = ["FILES", "ORIGIN", "address_of"]

ORIGIN = "http://locum.invalid"
"""Stands for scheme, host and port of this server, and for the world that a path names, until a response is written."""

FILES = "/__locum/files/"
"""Where the server has files of any name: `/__locum/files/price-list.pdf`."""


def address_of(name: str) -> str:
    """Return the address of a file: its ending says of which kind it is, the rest what it shows."""
    return f"{ORIGIN}{FILES}{name}"
