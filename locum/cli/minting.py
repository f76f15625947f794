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

__all__ = ["Wish", "token_of"]


def token_of(settings: Settings, wish: Wish, known: Sequence[Caller]) -> str:
    """Return the token that is wished for, by default that of the first of the people, or stop with what is wrong."""
    now = (RealClock() if settings.real_clock else Clock()).seconds
    try:
        return mint(wish, known, now, Tokens(settings.jwt_secret).seal)
    except Refusal as refusal:
        stop([refusal.message])
