"""Minting: a token of locum's own for another command than `locum token`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.cli.loading import stop
from locum.control.issuer.minting import Wish, mint
from locum.refusals import Refusal
from locum.serving.tokens import Tokens
from locum.state.clock import Clock, RealClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.callers import Caller
    from locum.settings import Settings

__all__ = ["token_of"]


def token_of(settings: Settings, user: str | None, known: Sequence[Caller]) -> str:
    """Return a token of one of the people, by default of the first one, or stop with what is wrong."""
    now = (RealClock() if settings.real_clock else Clock()).seconds
    try:
        return mint(Wish(user=user), known, now, Tokens(settings.jwt_secret).seal)
    except Refusal as refusal:
        stop([refusal.message])
