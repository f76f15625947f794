"""Reloading: serve changed documents and handlers at once, with the state that still fits (`--watch`)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.openapi.load.documents import BadDocument
from locum.openapi.pointers import at
from locum.options import bundled
from locum.server.application import create
from locum.server.handlers import StartError, forget_modules, home_of
from locum.server.protocol import BoundedProtocol
from locum.trust import allow_in_this_process, trusted_root

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from starlette.types import Receive, Scope, Send

    from locum.server.application import Application
    from locum.server.direct_protocol import Respond
    from locum.server.http import HttpResponse
    from locum.server.services import Service
    from locum.settings import Settings
    from locum.world.worlds import Worlds

__all__ = ["Watched"]

logger = logging.getLogger("locum")

_ENDINGS = (".yaml", ".yml", ".json", ".py")


class Watched:
    """The current application; it is replaced when files change.

    The replacement happens between two requests, so that no connection is dropped. If the changed files cannot be
    served, the reason is logged and the old application is kept.
    """

    def __init__(
        self, settings: Settings, application: Application, make: Callable[[Settings], Application] = create
    ) -> None:
        """Begin with an application; `make` creates its successors."""
        self._settings = settings
        self._make = make
        self.application = application
        # With --watch the user edits the handlers: folders that were trusted at the start stay trusted.
        homes = {home_of(place, settings.handlers) for place in settings.specs}
        allow_in_this_process(filter(None, map(trusted_root, homes)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the current application; watch files while the server runs."""
        if scope["type"] != "lifespan":
            await self.application.app(scope, receive, send)
            return
        watching = asyncio.create_task(self._watch())
        try:
            await self.application.app(scope, receive, send)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    @property
    def protocol(self) -> Any:
        """The protocol of the application; uvicorn's with limits if it has none of its own."""
        return getattr(self.application.app, "protocol", BoundedProtocol)

    @property
    def respond_at_once(self) -> Respond | None:
        """Responds to a plain request by the current application; None if that needs the event loop for all."""
        return None if self.application.app.respond_at_once is None else self._respond_at_once

    def _respond_at_once(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> HttpResponse | None:
        response: HttpResponse | None = self.application.app.respond_at_once(scope, headers, body)
        return response

    async def _watch(self) -> None:
        import watchfiles  # noqa: PLC0415 (needed for --watch only)

        async for changes in watchfiles.awatch(*self._places()):
            changed = {Path(name) for _, name in changes if name.endswith(_ENDINGS)}
            if changed:
                await self.renew(changed)

    def _places(self) -> list[Path]:
        """Return the folders to watch. Files alone do not work: editors replace a file when they save it."""
        places = [place for place in (*self._settings.specs, *self._settings.overlay) if isinstance(place, Path)]
        folders = {place if place.is_dir() else place.parent for place in places}
        handlers = self._settings.handlers
        if handlers is not None or bundled("specs") in folders:
            folders.add(handlers or bundled("handlers"))
        return sorted(folders)

    async def renew(self, changed: Iterable[Path]) -> None:
        """Create a new application from changed files, and replace the old one."""
        if any(path.suffix == ".py" for path in changed):
            self._forget_modules()
        try:
            application = await asyncio.to_thread(self._make, self._settings)
        except BadDocument as problem:
            logger.error("Reload failed: %s", problem)  # noqa: TRY400 (the message is complete)
            return
        except StartError as unfit:
            logger.error("Reload failed: %s", " ".join(unfit.sentences))  # noqa: TRY400 (as above)
            return
        former, self.application = self.application, application
        kept = _take_over(application, former)
        logger.warning("Reloaded: %s. %s kept.", _differences(former.services, application.services), _count(kept))

    def _forget_modules(self) -> None:
        forget_modules()
        for name in [name for name in sys.modules if name.partition(".")[0] == bundled("handlers").name]:
            place = getattr(sys.modules[name], "__file__", None)
            if place and Path(place).resolve().is_relative_to(bundled("handlers").resolve()):
                del sys.modules[name]


def _take_over(application: Application, former: Application) -> int:
    """Move the worlds of the old application to the new one; return how many changed records were kept."""
    before = {service.name: service for service in former.services}
    unchanged = {
        service.name
        for service in application.services
        if service.name in before and service.contract.document.digest == before[service.name].contract.document.digest
    }
    application.fixtures.continues(former.fixtures)
    worlds: Worlds = application.worlds
    worlds.continues(former.worlds)
    kept = 0
    for world in former.worlds.all():
        twin = worlds.named(world.name)
        twin.continues(world)
        twin.store.take(world.store, lambda key: _fits(key, unchanged))
        for service in application.services:
            if service.name not in unchanged:
                kept += service.behaviour.take_over(world.store, twin)
    return kept


def _fits(key: Hashable, unchanged: set[str]) -> bool:
    """Whether records can be kept: their type still exists, or their document is unchanged."""
    if isinstance(key, type):
        return getattr(sys.modules.get(key.__module__), key.__qualname__, None) is key
    return isinstance(key, tuple) and key[0] in unchanged


def _differences(former: list[Service], services: list[Service]) -> str:
    before = {service.name: service for service in former}
    parts = []
    for service in services:
        old = before.pop(service.name, None)
        if old is None:
            parts.append(f"{service.name} is new")
            continue
        now, then = _operations(service), _operations(old)
        added, removed = len(now.keys() - then.keys()), len(then.keys() - now.keys())
        changed = sum(1 for key in now.keys() & then.keys() if now[key] != then[key])
        changes = [
            f"{number} operation{'s' * (number != 1)} {what}"
            for number, what in ((added, "added"), (removed, "removed"), (changed, "changed"))
            if number
        ]
        if changes:
            parts.append(f"{service.name}: {', '.join(changes)}")
        elif service.contract.document.digest != old.contract.document.digest:
            parts.append(f"{service.name}: the same operations, with other descriptions or schemas")
    parts += [f"{name} is removed" for name in before]
    return "; ".join(parts) or "the handlers"


def _operations(service: Service) -> dict[Any, Any]:
    document = service.contract.document.content
    return {key: at(document, operation.pointer) for key, operation in service.contract.operations.items()}


def _count(kept: int) -> str:
    return f"{kept} changed record{'s are' if kept != 1 else ' is'}"
