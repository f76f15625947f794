"""The operations that are written already: `create_task` and the others are not."""

from __future__ import annotations


def get_version() -> dict[str, str]:
    """Return the version of this server."""
    return {"version": "0.1"}
