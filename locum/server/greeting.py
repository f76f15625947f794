"""The start panel of `locum serve`: what is served where, and a curl command that can be pasted. It fits 80 columns."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import textwrap
from dataclasses import replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from locum.control.access import is_loopback
from locum.openapi.compile.security import compile_scheme
from locum.options import DEVELOPMENT_SECRET, AuthMode, without_credentials
from locum.server.authentication import ANONYMOUS
from locum.server.handlers import known_callers
from locum.server.tls import authority_of
from locum.server.tokens import Tokens
from locum.settings import Settings

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.server.application import Application
    from locum.server.services import Service

__all__ = ["address_of", "greeting", "greeting_as_json", "is_loopback_address"]

_LIFETIME = timedelta(days=365)
_COLUMNS = 80
_MOST_APIS = 12
"""The maximum number of APIs that are listed; the inspector lists all."""
_OF_TOKENS = ("specs", "handlers", "jwt_secret", "signing_key", "real_clock")
"""The settings that `locum token` must know; with their defaults it needs no options."""


def greeting(application: Application, settings: Settings, port: int) -> str:
    """Return the start panel."""
    root = address_of(settings, port)
    services = application.services
    does = "proxies" if settings.upstream else "mocks"
    lines = ["", click.style(f"  locum {does} {_count(len(services), 'API')} at {root}", bold=True), ""]
    for service in services[:_MOST_APIS]:
        lines += _service_lines(service)
    if len(services) > _MOST_APIS:
        lines.append(f"    and {_count(len(services) - _MOST_APIS, 'more API')}: see the inspector")
    if settings.upstream:
        lines += ["", f"  Upstream       {without_credentials(settings.upstream)}"]
    lines += ["", f"  Inspector      {_inspector(settings, root)}", f"  Documentation  {root}/__locum/docs/"]
    example = _example(application, settings, root)
    if example:
        lines += ["", "  Try it:", "", *(f"    {line}" for line in example), ""]
    authority = authority_of(settings)
    if authority is not None:
        lines += ["  Clients must trust this authority (curl --cacert):", f"    {authority}", ""]
    if settings.control_token:
        lines += [f"  Control token  {settings.control_token}", ""]
    for warning in [*_warnings(settings), *(f"note: {note}" for note in application.notes)]:
        lines += [*_wrapped(warning, "  "), ""]
    return "\n".join(lines)


def greeting_as_json(application: Application, settings: Settings, port: int) -> str:
    """Return the start panel as one line of JSON."""
    root = address_of(settings, port)
    shown: dict[str, Any] = {
        "event": "started",
        "url": root,
        "inspector": _inspector(settings, root),
        "documentation": f"{root}/__locum/docs/",
        "apis": [
            {
                "name": service.name,
                "title": _printable(service.contract.document.title),
                "operations": len(service.contract.operations),
                "base_path": service.base_path,
                "errors": service.counts.errors,
                "warnings": service.counts.warnings,
            }
            for service in application.services
        ],
        "warnings": [*_warnings(settings), *application.notes],
    }
    authority = authority_of(settings)
    if authority is not None:
        shown["authority"] = str(authority)
    if settings.upstream:
        shown["upstream"] = without_credentials(settings.upstream)
    return json.dumps(shown, ensure_ascii=False)


def is_loopback_address(address: str) -> bool:
    """Whether only this machine can reach an address to which the server is bound."""
    return is_loopback(f"[{address}]" if ":" in address else address)


def address_of(settings: Settings, port: int) -> str:
    """Return the URL of the server."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    scheme = "https" if settings.tls or settings.tls_cert else "http"
    return f"{scheme}://{host}:{port}"


def _inspector(settings: Settings, root: str) -> str:
    return f"{root}/__locum/" + (f"#token={settings.control_token}" if settings.control_token else "")


def _service_lines(service: Service) -> list[str]:
    count = _count(len(service.contract.operations), "operation")
    title, home = _shortened(_printable(service.contract.document.title), 34), _home(service)
    line = f"    {title:<34} {count:>16}  {_shortened(home, _COLUMNS - 58)}"
    return [line.rstrip(), *(wrapped for note in service.notes for wrapped in _wrapped(note, "      "))]


def _warnings(settings: Settings) -> list[str]:
    found = []
    if not is_loopback_address(settings.host):
        found.append(f"Warning: {settings.host} is not loopback: other machines can reach this server.")
        if not settings.allowed_host:
            found.append("Requests may use IP addresses. To use a host name, allow it with --allowed-host.")
        if settings.jwt_secret == DEVELOPMENT_SECRET and settings.auth is AuthMode.STRICT:
            found.append("Warning: tokens are signed with the documented development secret. Set --jwt-secret.")
    return found


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        _COLUMNS,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _home(service: Service) -> str:
    """Return the common prefix of the paths of a service: `/api/keys`."""
    paths = [place.partition("{")[0].split("/") for _, _, place in service.places()]
    common = takewhile(lambda steps: len(set(steps)) == 1, zip(*paths, strict=False))
    return "/".join(steps[0] for steps in common) or "/"


def _example(application: Application, settings: Settings, root: str) -> list[str]:
    """Return a curl command for the first operation that requires nothing but a credential, in lines."""
    for service in application.services:
        for (path, method), operation in service.contract.operations.items():
            if method == "get" and "{" not in path and not any(item.required for item in operation.parameters):
                query, options = _credential(application, settings, service, operation)
                authority = authority_of(settings)
                if authority is not None:
                    options.append(f"--cacert {shlex.quote(str(authority))}")
                url = shlex.quote(root + service.base_path_of(path, method) + path + query)
                line = " ".join(["curl", *options, url])
                if len(line) + 4 <= _COLUMNS or not options:
                    return [line]
                return [f"curl {url} \\", *(f"  {option} \\" for option in options[:-1]), f"  {options[-1]}"]
    return []


def _credential(
    application: Application, settings: Settings, service: Service, operation: Operation
) -> tuple[str, list[str]]:
    """Return the query and the curl options that authenticate a request."""
    if not operation.security or {} in operation.security or settings.auth is AuthMode.OFF:
        return "", []
    secret = "anything"  # noqa: S105 (without handlers, any credential is accepted)
    schemes = [compile_scheme(service.contract.security_schemes.get(name)) for name in operation.security[0]]
    if service.api.accepts is not None:
        if len(schemes) == 1 and schemes[0].is_bearer and _is_usual(settings):
            return "", [f'-H "Authorization: Bearer $({_program()} token)"']
        callers = known_callers(settings.specs, settings.handlers) or (ANONYMOUS,)
        seconds = application.worlds.default.clock.seconds
        caller = replace(callers[0], expires_at=seconds + _LIFETIME.total_seconds())
        secret = Tokens(settings.jwt_secret).sign(caller, seconds)
    query, options = "", []
    for scheme in schemes:
        if scheme.auth_scheme in {"basic", "digest"}:
            options += ["--digest"] if scheme.auth_scheme == "digest" else []
            options.append(f"-u {shlex.quote(f'{secret}:{secret}')}")
        elif scheme.kind != "mutualTLS":
            header, text = scheme.example(secret)
            if header.startswith("?"):
                query += f"{'&' if query else '?'}{quote(header[1:])}={text}"
            else:
                options.append(f"-H {shlex.quote(f'{header}: {text}')}")
    return query, options


def _is_usual(settings: Settings) -> bool:
    """Whether `locum token` without options prints a token that this server accepts."""
    usual = Settings()
    return all(getattr(settings, name) == getattr(usual, name) for name in _OF_TOKENS)


def _program() -> str:
    """Return the command that runs locum in this shell."""
    if shutil.which("locum"):
        return "locum"
    started = sys.argv[0]
    return shlex.quote(started) if started.endswith("/locum") else f"{shlex.quote(sys.executable)} -m locum"
