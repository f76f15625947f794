"""The command line: serve, check, routes, token."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from locum import __version__
from locum.callers import Caller
from locum.contract.cache import default_cache
from locum.contract.documents import BadDocument
from locum.contract.examples import broken_examples
from locum.serving.gate import faults
from locum.serving.services import Unfit, known_callers, load_services
from locum.serving.tokens import Tokens
from locum.settings import TABLE, Settings, from_project
from locum.state.clock import Clock, RealClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.serving.services import Service

__all__ = ["main"]

_ALWAYS = ("specs", "handlers", "base_path", "log_level")
_EXIT_FINDINGS = 2
_DURATIONS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _options(*names: str) -> Callable[[Any], Any]:
    """Give a command the options of these settings; it is called with `settings`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        def with_settings(**given: Any) -> Any:
            documents = given.pop("documents", ())
            values = {name: given.pop(name) for name in names}
            if documents:
                values["specs"] = documents
            return command(settings=Settings(**values), **given)

        with_settings.__name__ = command.__name__
        with_settings.__doc__ = command.__doc__
        with_settings.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
        decorated: Callable[..., Any] = with_settings
        for name in reversed(names):
            decorated = _option(name)(decorated)
        if "specs" in names:
            decorated = click.argument("documents", nargs=-1, type=click.Path(path_type=Path))(decorated)
        return decorated

    return decorate


def _option(name: str) -> Callable[[Any], Any]:
    setting = TABLE[name]
    default = setting.default
    flag = "--" + name.replace("_", "-")
    more: dict[str, Any] = {"default": default, "show_default": True, "help": setting.metadata["help"]}
    if isinstance(default, bool):
        flag += "/--no-" + name.replace("_", "-")
        more["is_flag"] = True
    elif isinstance(default, Enum):
        more |= {"type": click.Choice(type(default)), "default": default}
    elif isinstance(default, tuple):
        more |= {"multiple": True, "show_default": False}
    elif name in {"jwt_secret", "world_header"}:
        more |= {"show_default": name == "world_header"}
    if "Path" in str(setting.type):
        more |= {"type": click.Path(path_type=Path), "show_default": False}
    if name == "log_level":
        more["type"] = click.Choice(["debug", "info", "warning", "error"])
    if name == "port":
        more["type"] = click.IntRange(0, 65535)
    return click.option(flag, name, envvar="LOCUM_" + name.upper(), show_envvar=True, **more)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="locum")
@click.pass_context
def main(context: click.Context) -> None:
    """Stand in for an API: a mock server that keeps its contract.

    Settings come from the option, then from the environment (LOCUM_PORT), then from [tool.locum]
    in pyproject.toml.
    """
    try:
        project = from_project(Path.cwd())
    except ValueError as problem:
        _stop([str(problem)])
    context.default_map = dict.fromkeys(main.commands, project)


@main.command()
@_options(*TABLE)
@click.option("--reload", is_flag=True, help="Start anew when a document or a handler changes.")
def serve(settings: Settings, *, reload: bool) -> None:
    """Serve the APIs of OpenAPI documents, and of folders of them (also: locum mock).

    Without any: the three bundled APIs, on http://127.0.0.1:4010.
    """
    gc.disable()  # what a start makes stays; the server turns it on again
    from locum.serving.server import Busy, run, run_reloading  # noqa: PLC0415 (only serving needs the server)

    try:
        if reload:
            run_reloading(settings, [argument for argument in sys.argv[1:] if argument != "--reload"])
        else:
            run(settings)
    except (BadDocument, Busy) as problem:
        _stop([str(problem)])
    except Unfit as unfit:
        _stop(unfit.sentences)


main.add_command(serve, "mock")


@main.command()
@_options(*_ALWAYS, "cache")
def check(settings: Settings) -> None:
    """Check documents and handlers, as the start does.

    Exit code 0: all is well. 2: what must be mended is said, sentence by sentence. Examples that
    break their own schema are told, and do not stop a start.
    """
    services = _load(settings)
    found = faults(services, default_cache() if settings.cache else None)
    if found:
        _stop(found)
    for service in services:
        document = service.contract.document
        click.echo(f"{document.path}: {len(service.contract.operations)} operations, all played by {service.name}.")
        for example in broken_examples(service.contract):
            click.echo(f"  note: the example {example.pointer} breaks its own schema: {example.reason}.")


@main.command()
@_options(*_ALWAYS)
def routes(settings: Settings) -> None:
    """List every operation: method, path, operationId, declared statuses, handler."""
    from rich.console import Console  # noqa: PLC0415 (slow to import, and only this needs it)
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for title in ("method", "path", "operationId", "statuses", "handler"):
        table.add_column(title, overflow="fold")
    for service in _load(settings):
        for operation in service.contract.operations.values():
            handler = service.handlers.get(operation.operation_id)
            table.add_row(
                operation.method,
                service.base_path + operation.path,
                operation.operation_id,
                " ".join(operation.responses),
                f"{handler.__module__}.{handler.__name__}" if handler else "(generated)",
            )
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@main.command()
@_options("specs", "handlers", "log_level", "jwt_secret", "real_clock")
@click.option("--org", help="The organization (claim org_id). Default: the first seeded one.")
@click.option("--user", help="The subject (claim sub), or the e-mail address of a seeded user.")
@click.option("--role", help="The role. Default: the user's.")
@click.option("--permissions", help="Permissions, parted by commas; an empty text for none. Default: the user's.")
@click.option("--expires-in", default="365d", show_default=True, help="How long it holds: 90s, 15m, 12h, 30d, never.")
@click.option("--service-account", is_flag=True, help="Stand for a service account instead of a user.")
def token(  # noqa: PLR0913 (one argument per option)
    settings: Settings,
    *,
    org: str | None,
    user: str | None,
    role: str | None,
    permissions: str | None,
    expires_in: str,
    service_account: bool,
) -> None:
    """Print a bearer token, by default of the first seeded organization's administrator.

    Time is the world's: unless --real-clock is set, a world begins on 2026-01-01 at 09:00 UTC, and
    --expires-in counts from there.
    """
    known = _callers(settings)
    caller = known[0]
    if user is not None:
        found = [other for other in known if user in {other.subject, other.email}]
        caller = found[0] if found else replace(caller, subject=user, name="", email="")
    if org is not None:
        caller = replace(caller, organization=org)
    if role is not None:
        caller = replace(caller, role=role)
    if permissions is not None:
        caller = replace(caller, permissions=frozenset(filter(None, map(str.strip, permissions.split(",")))))
    if service_account:
        caller = replace(caller, kind="service_account")
    now = (RealClock() if settings.real_clock else Clock()).seconds
    lifetime = _duration(expires_in)
    expires_at = None if lifetime is None else now + lifetime.total_seconds()
    click.echo(Tokens(settings.jwt_secret).sign(replace(caller, expires_at=expires_at), now))


def _duration(text: str) -> timedelta | None:
    if text == "never":
        return None
    number, unit = text[:-1], text[-1:]
    if unit not in _DURATIONS or not number.lstrip("-").isdigit():
        message = f"{text!r} is no duration: write 90s, 15m, 12h, 30d or never."
        raise click.BadParameter(message, param_hint="--expires-in")
    return timedelta(seconds=int(number) * _DURATIONS[unit])


def _callers(settings: Settings) -> tuple[Caller, ...]:
    try:
        known = known_callers(settings.specs, settings.handlers)
    except Unfit as unfit:
        _stop(unfit.sentences)
    return known or (Caller(subject="user", organization="organization", role="admin"),)


def _load(settings: Settings) -> list[Service]:
    try:
        return load_services(settings.specs, settings.handlers)
    except BadDocument as problem:
        _stop([str(problem)])
    except Unfit as unfit:
        _stop(unfit.sentences)


def _stop(sentences: list[str]) -> NoReturn:
    """Say what is wrong on standard error, and end with exit code 2."""
    for sentence in sentences:
        click.echo(sentence, err=True)
    sys.exit(_EXIT_FINDINGS)
