"""Running uvicorn: `locum serve`, and servers in the background of a program, mainly of tests."""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import secrets
import socket
import sys
from dataclasses import replace
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

import click
import uvicorn

from locum.files import Locked, PlaceLock
from locum.options import Limits
from locum.redaction.texts import Texts
from locum.server.application import Application, create
from locum.server.direct_protocol import DirectProtocol
from locum.server.durable import with_state
from locum.server.greeting import address_of, greeting, greeting_as_json, is_loopback_address
from locum.server.limits import allow_descriptors, limits_of
from locum.server.protocol import BoundedProtocol, Bounds
from locum.server.reloading import Watched
from locum.server.request_log import LineWriter, Output, RequestLog
from locum.server.tls import find_certificate
from locum.server.tracing import Tracing, start_tracing

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.server.tls import Certificate
    from locum.settings import Settings

__all__ = ["Background", "Busy", "configuration", "run"]


class Background:
    """Serves in a thread, on loopback and a free port, until it is stopped.

    Raises BadDocument or StartError, with sentences about what cannot be served.
    """

    def __init__(self, settings: Settings, make: Callable[[Settings], Application] = create) -> None:
        """Start; `make` creates the application."""
        self.application, certificate = make(settings), find_certificate(settings)
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = address_of(replace(settings, host="127.0.0.1"), listener.getsockname()[1])
        served = with_state(self.application.app, lambda: self.application, settings)
        config = configuration(served, limits_of(settings), certificate)
        self._server = uvicorn.Server(config)
        # Clients that connect before the loop runs wait in the listener's queue.
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]}, name="locum", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Complete running requests, and stop."""
        self._server.should_exit = True
        self._thread.join()


_COLLECTOR = (50_000, 20, 50)
"""Thresholds of the garbage collector. Requests leave no reference cycles, so there is seldom anything to collect."""


class RedactingFormatter(logging.Formatter):
    """Formats log records, with their tracebacks, and redacts what looks like a secret."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as redacted text."""
        return Texts().without(super().format(record))


class Busy(OSError):
    """The address is not available, or another server uses the state folder."""


def run(
    settings: Settings,
    *,
    watch: bool = False,
    output: Output | None = None,
    make: Callable[[Settings], Application] = create,
) -> None:
    """Serve until interrupted; with `watch`, changed files are served at once. `output` is what is printed.

    `make` creates the application. Raises BadDocument, StartError or Busy before anything is served.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
    for noisy in ("connexion", "asyncio", "watchfiles"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    settings = _with_control_token(settings)
    with contextlib.ExitStack() as held:
        if settings.state is not None:
            try:
                held.enter_context(PlaceLock(settings.state))
                settings = replace(settings, keeps_worlds=True)
            except Locked as taken:
                raise Busy(str(taken)) from None
        _run(settings, watch=watch, output=output or Output(), make=make)


class _Server(uvicorn.Server):
    """Polls the request log ten times a second, while uvicorn looks whether it should exit."""

    def __init__(self, config: uvicorn.Config, log: RequestLog) -> None:
        super().__init__(config)
        self._log = log

    async def on_tick(self, counter: int) -> bool:
        """Write the requests since the last tick."""
        self._log.poll()
        return await super().on_tick(counter)


def _run(settings: Settings, *, watch: bool, output: Output, make: Callable[[Settings], Application]) -> None:
    application, certificate = make(settings), find_certificate(settings)
    allow_descriptors(settings.max_connections)
    listener = _listen(settings.host, settings.port)
    # Nearly all objects created so far live as long as the server, so the garbage collector need not examine them.
    gc.freeze()
    gc.set_threshold(*_COLLECTOR)
    gc.enable()
    port = listener.getsockname()[1]
    _greet(application, settings, port, output)
    # `app` instead of the application itself saves one call per request.
    watched = Watched(settings, application, make) if watch else None

    def current() -> Application:
        return application if watched is None else watched.application

    served = with_state(application.app if watched is None else watched, current, settings)
    tracing = start_tracing()
    if isinstance(tracing, str):
        click.echo(f"note: {tracing}", err=True)
    elif tracing is not None:
        tracing.attach(application.worlds)
    writer = LineWriter()
    log = RequestLog(lambda: current().worlds, writer, output)
    with contextlib.suppress(KeyboardInterrupt):
        _Server(configuration(served, limits_of(settings), certificate), log).run(sockets=[listener])
    log.poll()
    writer.close()
    if isinstance(tracing, Tracing):
        tracing.stop()


def _greet(application: Application, settings: Settings, port: int, output: Output) -> None:
    """Print the start panel; its address only if the output is quiet."""
    if output.as_json:
        click.echo(greeting_as_json(application, settings, port))
    elif output.quiet:
        click.echo(address_of(settings, port))
    else:
        click.echo(greeting(application, settings, port), color=output.colour)


def _with_control_token(settings: Settings) -> Settings:
    """Set a control token if the server is reachable from other machines and has none."""
    if settings.control_token or is_loopback_address(settings.host):
        return settings
    return replace(settings, control_token=secrets.token_urlsafe(18))


def configuration(
    application: Any, limits: Limits | None = None, certificate: Certificate | None = None
) -> uvicorn.Config:
    """Return uvicorn's configuration for an ASGI application."""
    bounds, respond = Bounds(limits or Limits()), getattr(application, "respond_at_once", None)
    protocol: Any = partial(getattr(application, "protocol", BoundedProtocol), bounds=bounds)
    if respond is not None:
        protocol = partial(DirectProtocol, bounds=bounds, respond=respond)
    return uvicorn.Config(
        application,
        loop="uvloop",
        http=protocol,
        ssl_certfile=None if certificate is None else certificate.certificate,
        ssl_keyfile=None if certificate is None else str(certificate.key),
        ws="none",
        proxy_headers=False,
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,  # time is that of the world, and equal requests have equal responses
        timeout_graceful_shutdown=2,  # seconds; the protocol needs a fraction of it
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Clients can connect from here on; they may have to wait.
        listener.listen(2048)
    except OSError as problem:
        listener.close()
        advice = "Choose another port with --port, or 0 for a free one."
        if isinstance(problem, socket.gaierror) or problem.errno == errno.EADDRNOTAVAIL:
            advice = "Set --host to an address of this machine."
        message = f"Cannot listen on {host}:{port}: {problem.strerror}. {advice}"
        raise Busy(message) from None
    return listener
