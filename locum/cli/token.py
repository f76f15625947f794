"""`locum token`: a credential for the seeded people, or for anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from locum.callers import Caller
from locum.cli.loading import stop
from locum.cli.options import options
from locum.serving.handlers import Unfit, known_callers
from locum.serving.tokens import Tokens
from locum.state.clock import Clock, RealClock

if TYPE_CHECKING:
    from locum.settings import Settings

__all__ = ["token"]

_DURATIONS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command()
@options("specs", "handlers", "log_level", "jwt_secret", "real_clock")
@click.option("--org", help="The organization (claim org_id). Default: the first seeded one.")
@click.option("--user", help="The subject (claim sub), or the e-mail address of a seeded user.")
@click.option("--role", help="The role. Default: the user's.")
@click.option("--permissions", help="Permissions, parted by commas; an empty text for none. Default: the user's.")
@click.option("--expires-in", default="365d", show_default=True, help="How long it holds: 90s, 15m, 12h, 30d, never.")
@click.option("--scope", help="Scopes, parted by spaces: operations that declare another one refuse it with 403.")
@click.option("--world", default="", help="The world that requests with the token are in.")
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
    scope: str | None,
    world: str,
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
    if scope is not None:
        caller = replace(caller, scopes=frozenset(scope.split()))
    now = (RealClock() if settings.real_clock else Clock()).seconds
    lifetime = _duration(expires_in)
    expires_at = None if lifetime is None else now + lifetime.total_seconds()
    click.echo(Tokens(settings.jwt_secret).sign(replace(caller, expires_at=expires_at), now, world))


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
        stop(unfit.sentences)
    return known or (Caller(subject="user", organization="organization", role="admin"),)
