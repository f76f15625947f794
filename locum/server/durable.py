"""Durable: an application whose worlds are stored, on every response or some fifteen times a second."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, cast

from locum.errors import ApiError, Unavailable
from locum.options import Durability
from locum.server.asgi import send_response
from locum.server.handlers import StartError
from locum.server.protocol import BoundedProtocol
from locum.server.responses import problem
from locum.state.engine import StateError
from locum.state.worlds import StoredWorlds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

    from locum.server.application import Application
    from locum.server.direct_protocol import Respond
    from locum.server.http import HttpResponse
    from locum.settings import Settings
    from locum.state.sqlite import SqliteEngine

__all__ = ["Durable", "open_engine", "with_state"]

logger = logging.getLogger("locum")

_SECONDS = 0.07
"""The time between two writes. With `--durability fast` a crash may lose that, and how late a busy server is with
the next one: together less than a tenth of a second."""


def open_engine(settings: Settings) -> SqliteEngine | None:
    """Open the engine of the state folder; None if no worlds are kept. Raises StartError."""
    if settings.state is None or not settings.keeps_worlds or is_fixtures_file(settings.state):
        return None
    from locum.state.sqlite import SqliteEngine  # noqa: PLC0415 (most servers store nothing)

    try:
        return SqliteEngine(settings.state, full=settings.durability is Durability.FULL)
    except StateError as problem_:
        raise StartError([str(problem_)]) from None


def is_fixtures_file(state: Path) -> bool:
    """Whether `--state` names a file of fixtures, which keeps no worlds."""
    return state.suffix == ".json"


def with_state(served: Any, current: Callable[[], Application], settings: Settings) -> Any:
    """Return an ASGI application that also stores its worlds, if they are stored. Raises StartError.

    `current` returns the application, which may be replaced.
    """
    worlds = current().worlds
    if not isinstance(worlds, StoredWorlds):
        return served
    try:
        worlds.load_default()
    except ApiError as error:
        raise StartError([f"{settings.state}: {error.message}"]) from None
    except StateError as problem_:
        raise StartError([str(problem_)]) from None
    return Durable(served, current, is_full=settings.durability is Durability.FULL)


class Durable:
    """An application whose worlds are stored. With `is_full`, a response leaves when its effects are stored."""

    def __init__(self, served: Any, current: Callable[[], Application], *, is_full: bool) -> None:
        self._served = served
        self._current = current
        self._is_full = is_full
        self._failure = ""
        self.protocol = getattr(served, "protocol", BoundedProtocol)
        respond: Respond | None = getattr(served, "respond_at_once", None)
        self.respond_at_once = self._respond_at_once if is_full and respond is not None else respond

    @property
    def _worlds(self) -> StoredWorlds:
        return cast("StoredWorlds", self._current().worlds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; store the worlds while the server runs, and when it stops."""
        if scope["type"] == "lifespan":
            storing = asyncio.create_task(self._store_regularly())
            try:
                await self._served(scope, receive, send)
            finally:
                storing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await storing
                self._close()
        elif self._is_full and scope["type"] == "http":
            await self._served(scope, receive, self._storing(scope, receive, send))
        else:
            await self._served(scope, receive, send)

    def _respond_at_once(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> HttpResponse | None:
        response: HttpResponse | None = self._served.respond_at_once(scope, headers, body)
        failure = "" if response is None else self.store()
        return _unavailable(failure) if failure else response

    def _storing(self, scope: Scope, receive: Receive, send: Send) -> Send:
        """Return a `send` that stores the worlds before a response begins, or replaces it by a 503."""
        is_replaced = False

        async def store_first(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and (failure := self.store()):
                is_replaced = True
                await send_response(_unavailable(failure), scope, receive, send)
            if not is_replaced:
                await send(message)

        return store_first

    def store(self) -> str:
        """Store what has changed; return why that failed, an empty text if it did not. What failed is tried again."""
        try:
            unwritable = self._worlds.store()
        except StateError as problem_:
            if str(problem_) != self._failure:
                logger.error("The state cannot be stored, and is tried again: %s", problem_)  # noqa: TRY400 (complete)
            self._failure = str(problem_)
            return self._failure
        if self._failure:
            logger.warning("The state is stored again.")
            self._failure = ""
        return unwritable

    async def _store_regularly(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS)
            self.store()

    def _close(self) -> None:
        try:
            self._worlds.close()
        except StateError as problem_:
            logger.error("The latest changes could not be stored: %s", problem_)  # noqa: TRY400 (as above)


def _unavailable(failure: str) -> HttpResponse:
    message = f"The request was executed, but its effects cannot be stored: {failure}"
    return problem(Unavailable(message, code="state_unavailable"))
