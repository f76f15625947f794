"""A server in the background of a program that goes on: of tests, above all."""

from __future__ import annotations

import socket
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn

from locum.serving.application import create
from locum.serving.limits import Limits
from locum.serving.server import configuration

if TYPE_CHECKING:
    from locum.settings import Settings

__all__ = ["Background"]


class Background:
    """Serves in a thread, on loopback and a free port, until it is stopped.

    Raises BadDocument or Unfit, whose sentences say what cannot be served.
    """

    def __init__(self, settings: Settings) -> None:
        self.application = create(settings)
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://{}:{}".format(*listener.getsockname())
        self._server = uvicorn.Server(configuration(self.application.app, Limits.of(settings)))
        # Whoever connects before the loop runs waits in the listener's queue.
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]}, name="locum", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer what was asked, and end."""
        self._server.should_exit = True
        self._thread.join()
