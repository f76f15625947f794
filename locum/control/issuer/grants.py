"""Grants: the codes and refresh tokens that a world has given out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locum.state.worlds import World

__all__ = ["Grant", "drop_grants", "give", "redeem"]

_MOST = 1000
_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody who logged in lets a client do.

    `name` is the same for the code and the refresh tokens that follow from it; a grant that was `used`
    is kept, so that whoever uses it again is noticed. Moments are in seconds since 1970, `expires_at`
    by the world's clock, `authenticated_at` by the machine's.
    """

    name: str
    kind: str
    subject: str
    client: str
    scope: str
    expires_at: float
    authenticated_at: float
    redirect_uri: str = ""
    challenge: str = ""
    nonce: str = ""
    used: bool = False


def give(world: World, grant: Grant) -> str:
    """Keep a grant, and return the text by which it is redeemed: it says in which world."""
    table = world.store[Grant]
    while len(table) >= _MOST:
        del table[next(iter(table))]
    text = f"{world.name}~{world.new_id('', _LENGTH)}"
    table[text] = grant if grant.name else replace(grant, name=text)
    return text


def redeem(world: World, text: str, kind: str) -> Grant | None:
    """Return a grant and mark it as used; None where there is none, or no longer.

    Using one twice takes away all that followed from it (RFC 6819, section 5.2.1.1).
    """
    table = world.store[Grant]
    grant = table.get(text)
    if grant is None or grant.kind != kind:
        return None
    if grant.used:
        drop_grants(world, grant.name)
        return None
    table[text] = replace(grant, used=True)
    return grant if grant.expires_at > world.clock.seconds else None


def drop_grants(world: World, name: str) -> None:
    """Take away the code of a grant, and all that followed from it."""
    table = world.store[Grant]
    for text in [text for text, grant in table.items() if grant.name == name]:
        del table[text]
