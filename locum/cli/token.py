"""Minting: a token of locum's own for another command than `locum token`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from locum.cli.loading import stop
from locum.cli.options import options
from locum.errors import ApiError
from locum.oidc.keys import Keys
from locum.oidc.tokens import Wish, for_access, mint
from locum.server.handlers import Unfit, known_callers
from locum.server.tokens import Tokens
from locum.world.clock import Clock, RealClock
from locum.world.worlds import Worlds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.callers import Caller
    from locum.settings import Settings

__all__ = ["Wish", "token", "token_of"]


def token_of(settings: Settings, wish: Wish, known: Sequence[Caller]) -> str:
    """Return the token that is wished for, by default that of the first of the people, or stop with what is wrong."""
    now = (RealClock() if settings.real_clock else Clock()).seconds
    try:
        return mint(wish, known, now, Tokens(settings.jwt_secret).seal)
    except ApiError as refusal:
        stop([refusal.message])


_DURATIONS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command()
@options("specs", "handlers", "log_level", "jwt_secret", "signing_key", "real_clock")
@click.option("--org", help="The organization (claim org_id). Default: the first seeded one.")
@click.option("--user", help="The subject (claim sub), or the e-mail address of a seeded user.")
@click.option("--role", help="The role. Default: the user's.")
@click.option("--permissions", help="Permissions, parted by commas; an empty text for none. Default: the user's.")
@click.option("--permission", multiple=True, help="One permission; may be repeated.")
@click.option("--scope", help="The scopes, parted by spaces. Default: the token names none, and its permissions count.")
@click.option(
    "--expires-in",
    "--lifetime",
    default="365d",
    show_default=True,
    help="How long it holds: 90s, 15m, 12h, 30d, never.",
)
@click.option("--world", help="The world in which its requests stand that name none.")
@click.option("--service-account", is_flag=True, help="Stand for a service account instead of a user.")
@click.option("--issuer", metavar="URL", help="Sign with the issuer's key (RS256), as this issuer (claim iss).")
def token(  # noqa: PLR0913 (one argument per option)
    settings: Settings,
    *,
    org: str | None,
    user: str | None,
    role: str | None,
    permissions: str | None,
    permission: tuple[str, ...],
    scope: str | None,
    expires_in: str,
    world: str | None,
    service_account: bool,
    issuer: str | None,
) -> None:
    """Print a bearer token, by default of the first seeded organization's administrator.

    Time is the world's: unless --real-clock is set, a world begins on 2026-01-01 at 09:00 UTC, and
    --expires-in counts from there.
    """
    from locum.oidc.tokens import Wish, mint  # noqa: PLC0415 (only this command needs it)

    named = [*permission, *filter(None, map(str.strip, (permissions or "").split(",")))]
    wish = Wish(
        user=user,
        organization=org,
        role=role,
        permissions=named if permission or permissions is not None else None,
        kind="service_account" if service_account else None,
        scope=scope,
        lifetime=_duration(expires_in),
        world=world,
        issuer=issuer,
        audience=issuer and issuer.removesuffix("/__locum/oidc"),
    )
    now = (RealClock() if settings.real_clock else Clock()).seconds
    tokens, keys = Tokens(settings.jwt_secret), Keys(settings.signing_key)
    seal = tokens.seal if issuer is None else (lambda claims: keys.seal(for_access(claims)))
    try:
        if world is not None:
            Worlds({}).named(world)  # refuses what no world can be called
        click.echo(mint(wish, known_callers(settings.specs, settings.handlers), now, seal))
    except Unfit as unfit:
        stop(unfit.sentences)
    except ApiError as refusal:
        stop([refusal.message])


def _duration(text: str) -> timedelta | None:
    if text == "never":
        return None
    number, unit = text[:-1], text[-1:]
    if unit not in _DURATIONS or not number.lstrip("-").isdigit():
        message = f"{text!r} is no duration: write 90s, 15m, 12h, 30d or never."
        raise click.BadParameter(message, param_hint="--expires-in")
    try:
        return timedelta(seconds=int(number) * _DURATIONS[unit])
    except (OverflowError, ValueError):
        message = f"{text!r} is too long. For a token that holds for ever, write never."
        raise click.BadParameter(message, param_hint="--expires-in") from None
