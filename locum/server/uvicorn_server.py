"""Running uvicorn: `locum serve`, and servers in the background of a program, mainly of tests."""

from __future__ import annotations

import contextlib
import gc
import logging
import secrets
import shlex
import socket
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import takewhile
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click
import uvicorn

from locum.control.access import is_loopback
from locum.files import Locked, PlaceLock
from locum.openapi.compile.security import compile_scheme
from locum.options import DEVELOPMENT_SECRET, AuthMode, Limits
from locum.redaction.texts import Texts
from locum.server.application import Application, create
from locum.server.authentication import ANONYMOUS
from locum.server.direct_protocol import DirectProtocol
from locum.server.handlers import known_callers
from locum.server.limits import allow_descriptors, limits_of
from locum.server.protocol import BoundedProtocol, Bounds
from locum.server.reloading import Watched
from locum.server.tokens import Tokens

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.server.services import Service
    from locum.settings import Settings

__all__ = ["Background", "Busy", "configuration", "run"]


class Background:
    """Serves in a thread, on loopback and a free port, until it is stopped.

    Raises BadDocument or Unfit, with sentences about what cannot be served.
    """

    def __init__(self, settings: Settings) -> None:
        self.application = create(settings)
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://{}:{}".format(*listener.getsockname())
        self._server = uvicorn.Server(configuration(self.application.app, limits_of(settings)))
        # Clients that connect before the loop runs wait in the listener's queue.
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]}, name="locum", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Complete running requests, and stop."""
        self._server.should_exit = True
        self._thread.join()


_COLLECTOR = (50_000, 20, 50)
"""Thresholds of the garbage collector. Requests leave no reference cycles, so there is seldom anything to collect."""
_LIFETIME = timedelta(days=365)


class RedactingFormatter(logging.Formatter):
    """Formats log records, with their tracebacks, and redacts what looks like a secret."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as redacted text."""
        return Texts().without(super().format(record))


class Busy(OSError):
    """The address is not available, or another server uses the state folder."""


def run(settings: Settings, *, watch: bool = False) -> None:
    """Serve until interrupted; with `watch`, changed files are served at once.

    Raises BadDocument, Unfit or Busy before anything is served.
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
            except Locked as taken:
                raise Busy(str(taken)) from None
        _run(settings, watch=watch)


def _run(settings: Settings, *, watch: bool) -> None:
    application = create(settings)
    allow_descriptors(settings.max_connections)
    listener = _listen(settings.host, settings.port)
    # Nearly all objects created so far live as long as the server, so the garbage collector need not examine them.
    gc.freeze()
    gc.set_threshold(*_COLLECTOR)
    gc.enable()
    port = listener.getsockname()[1]
    click.echo(_greeting(application, settings, port))
    with contextlib.suppress(KeyboardInterrupt):
        # `app` instead of the application itself saves one call per request.
        served = Watched(settings, application) if watch else application.app
        uvicorn.Server(configuration(served, limits_of(settings))).run(sockets=[listener])


def _is_loopback(address: str) -> bool:
    """Whether only this machine can reach an address to which the server is bound."""
    return is_loopback(f"[{address}]" if ":" in address else address)


def _with_control_token(settings: Settings) -> Settings:
    """Set a control token if the server is reachable from other machines and has none."""
    if settings.control_token or _is_loopback(settings.host):
        return settings
    return replace(settings, control_token=secrets.token_urlsafe(18))


def configuration(application: Any, limits: Limits | None = None) -> uvicorn.Config:
    """Return uvicorn's configuration for an ASGI application."""
    bounds, respond = Bounds(limits or Limits()), getattr(application, "respond_at_once", None)
    protocol: Any = partial(BoundedProtocol, bounds=bounds)
    if respond is not None:
        protocol = partial(DirectProtocol, bounds=bounds, respond=respond)
    return uvicorn.Config(
        application,
        loop="uvloop",
        http=protocol,
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
        message = f"Cannot listen on {host}:{port}: {problem.strerror}. {advice}"
        raise Busy(message) from None
    return listener


def _greeting(application: Application, settings: Settings, port: int) -> str:
    """Return the start message: what is served where, and a curl command that can be pasted."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    root = f"http://{host}:{port}"
    apis = f"{len(application.services)} API" + ("s" if len(application.services) > 1 else "")
    lines = ["", click.style(f"  locum mocks {apis} at {root}", bold=True), ""]
    for service in application.services:
        count = len(service.contract.operations)
        title = "".join(one if one.isprintable() else " " for one in service.contract.document.title)
        noun = "operation" + "s" * (count != 1)
        lines.append(f"    {title:<36} {count:>3} {noun}  {root}{_home(service)}")
        lines += [f"      {note}" for note in service.notes]
    token = f"#token={settings.control_token}" if settings.control_token else ""
    lines += ["", f"  Inspector      {root}/__locum/{token}", f"  Documentation  {root}/__locum/docs/"]
    example = _example(application, settings, root)
    if example:
        lines += ["", "  Try it:", "", f"    {example}", ""]
    if settings.control_token:
        lines += [f"  Control token  {settings.control_token}", ""]
    if not _is_loopback(settings.host):
        lines += [f"  Warning: {settings.host} is not loopback: other machines can reach this server.", ""]
        if not settings.allowed_host:
            lines += ["  Requests may use IP addresses. To use a host name, allow it with --allowed-host.", ""]
        if settings.jwt_secret == DEVELOPMENT_SECRET and settings.auth is AuthMode.STRICT:
            lines += ["  Warning: tokens are signed with the documented development secret. Set --jwt-secret.", ""]
    return "\n".join(lines)


def _home(service: Service) -> str:
    """Return the common prefix of the paths of a service: `/api/keys`."""
    paths = [place.partition("{")[0].split("/") for _, _, place in service.places()]
    common = takewhile(lambda steps: len(set(steps)) == 1, zip(*paths, strict=False))
    return "/".join(steps[0] for steps in common) or "/"


def _example(application: Application, settings: Settings, root: str) -> str:
    """Return a curl command for the first operation that requires nothing but a credential."""
    for service in application.services:
        for (path, method), operation in service.contract.operations.items():
            if method == "get" and "{" not in path and not any(item.required for item in operation.parameters):
                query, options = _credential(application, settings, service, operation)
                return f"curl {options}{shlex.quote(root + service.base_path_of(path, method) + path + query)}"
    return ""


def _credential(
    application: Application, settings: Settings, service: Service, operation: Operation
) -> tuple[str, str]:
    """Return the query and the curl options that authenticate a request."""
    if not operation.security or {} in operation.security or settings.auth is AuthMode.OFF:
        return "", ""
    secret = "anything"  # noqa: S105 (without handlers, any credential is accepted)
    if service.api.accepts is not None:
        callers = known_callers(settings.specs, settings.handlers) or (ANONYMOUS,)
        seconds = application.worlds.default.clock.seconds
        caller = replace(callers[0], expires_at=seconds + _LIFETIME.total_seconds())
        secret = Tokens(settings.jwt_secret).sign(caller, seconds)
    query, options = "", ""
    for name in operation.security[0]:
        scheme = compile_scheme(service.contract.security_schemes.get(name))
        if scheme.auth_scheme in {"basic", "digest"}:
            options += f"{'--digest ' if scheme.auth_scheme == 'digest' else ''}-u {shlex.quote(f'{secret}:{secret}')} "
        elif scheme.kind != "mutualTLS":
            header, text = scheme.example(secret)
            if header.startswith("?"):
                query += f"{'&' if query else '?'}{quote(header[1:])}={text}"
            else:
                options += f"-H {shlex.quote(f'{header}: {text}')} "
    return query, options
