"""`locum token`: sign bearer tokens, also for other commands."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from locum.cli.help import OptionsByTopic
from locum.cli.loading import stop
from locum.cli.options import options
from locum.errors import ApiError
from locum.oidc.keys import SigningKeys
from locum.oidc.tokens import Wish, for_access, mint
from locum.server.handlers import StartError, known_callers
from locum.server.tokens import Tokens
from locum.world.clock import Clock, RealClock
from locum.world.worlds import Worlds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.callers import Caller
    from locum.settings import Settings

__all__ = ["Wish", "token", "token_of"]


def token_of(settings: Settings, wish: Wish, known: Sequence[Caller]) -> str:
    """Return a token with these claims, by default for the first user; on an error, print it and exit."""
    now = (RealClock() if settings.real_clock else Clock()).seconds
    try:
        return mint(wish, known, now, Tokens(settings.jwt_secret).seal)
    except ApiError as error:
        stop([error.message])


_DURATIONS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command(cls=OptionsByTopic)
@options("specs", "handlers", "log_level", "jwt_secret", "signing_key", "real_clock")
@click.option("--org", help="The organization (claim org_id). Default: the first seeded one.")
@click.option("--user", help="The subject (claim sub), or the e-mail address of a seeded user.")
@click.option("--role", help="The role. Default: the user's.")
@click.option("--permissions", help="Permissions, separated by commas; an empty value for none. Default: the user's.")
@click.option("--permission", multiple=True, help="One permission; may be repeated.")
@click.option("--scope", help="Scopes, separated by spaces. Default: no scope claim; the permissions apply.")
@click.option(
    "--expires-in",
    "--lifetime",
    default="365d",
    show_default=True,
    help="The lifetime: 90s, 15m, 12h, 30d or never.",
)
@click.option("--world", help="The world of requests with this token that name no world.")
@click.option("--service-account", is_flag=True, help="Issue the token to a service account instead of a user.")
@click.option(
    "--issuer", metavar="URL", help="Sign with the key of the identity provider (RS256), with this issuer (claim iss)."
)
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
    """Print a bearer token, by default for the administrator of the first seeded organization.

    Times are times of the world: unless --real-clock is set, a world starts on 2026-01-01 at 09:00 UTC, and
    --expires-in counts from then.
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
    tokens, keys = Tokens(settings.jwt_secret), SigningKeys(settings.signing_key)
    seal = tokens.seal if issuer is None else (lambda claims: keys.seal(for_access(claims)))
    try:
        if world is not None:
            Worlds({}).named(world)  # raises ApiError for an invalid world name
        click.echo(mint(wish, known_callers(settings.specs, settings.handlers), now, seal))
    except StartError as unfit:
        stop(unfit.sentences)
    except ApiError as error:
        stop([error.message])


def _duration(text: str) -> timedelta | None:
    if text == "never":
        return None
    number, unit = text[:-1], text[-1:]
    if unit not in _DURATIONS or not number.lstrip("-").isdigit():
        message = f"Invalid duration {text!r}. Use 90s, 15m, 12h, 30d or never."
        raise click.BadParameter(message, param_hint="--expires-in")
    try:
        return timedelta(seconds=int(number) * _DURATIONS[unit])
    except (OverflowError, ValueError):
        message = f"{text!r} is too long. For a token that never expires, use never."
        raise click.BadParameter(message, param_hint="--expires-in") from None
