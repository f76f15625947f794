"""The stand-in as what is proved: locum's own application, in this process, in worlds that are made for it."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from locum.serving.application import create
from locum.serving.cross_site import CrossSite

if TYPE_CHECKING:
    from locum.serving.application import Application
    from locum.settings import Settings

__all__ = ["Standin"]

_KEPT = 64
"""Worlds that may still be asked: more than any number of workers has at once."""


class Standin:
    """An application, and a new world in it whenever one is wanted."""

    def __init__(self, settings: Settings) -> None:
        # No browser reaches it, and requests are generated with any Host and Origin.
        settings = replace(settings, together=True, allowed_host=("*",), cross_site=CrossSite.ALL)
        self.application: Application = create(settings)
        self._numbers = count(1)
        self._open: deque[str] = deque()

    def world(self) -> str:
        """Return the name of a new world; those that were made long before are dropped."""
        name = f"verify-{next(self._numbers)}"
        self._open.append(name)
        if len(self._open) > _KEPT:
            self.application.worlds.drop(self._open.popleft())
        return name
