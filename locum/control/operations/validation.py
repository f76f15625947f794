"""The operations on the validation mode of a world."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locum.state.worlds import Worlds

__all__ = ["ValidationOperations"]


class ValidationOperations:
    """Shows, sets and clears the validation mode; `usual` is that of the server."""

    def __init__(self, worlds: Worlds, usual: str) -> None:
        self._worlds = worlds
        self._usual = usual

    def get_validation(self, world: str) -> dict[str, str]:
        """Return the mode that counts in a world."""
        return {"mode": self._worlds.existing(world).validation or self._usual}

    def set_validation(self, world: str, body: dict[str, str]) -> dict[str, str]:
        """Set the mode of a world."""
        self._worlds.named(world).validation = body["mode"]
        return body

    def clear_validation(self, world: str) -> None:
        """Let the mode of the server count again."""
        self._worlds.existing(world).validation = ""
