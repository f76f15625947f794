"""Grants: the codes, refresh tokens and sessions of a world, kept in its store as digests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from locum.control.issuer.signatures import encoded
from locum.state.chance import chance
from locum.state.ledger import weigh

if TYPE_CHECKING:
    from locum.state.world import World

__all__ = ["CODE", "ENDED", "REFRESH", "Grant", "Session", "end", "find", "keep", "proceed"]

CODE, REFRESH, ENDED = "code", "refresh", "ended"
"""What a grant waits for: its code, its refresh token, nothing any more."""

_MOST = 1000
"""How many grants, and how many sessions, a world remembers; the oldest are forgotten first."""

_MOST_SPENT = 10
"""How many former texts of a grant are known again."""

R = TypeVar("R", "Grant", "Session")


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody granted to a client. `expires` is by the world's clock, `auth_time` by the machine's.

    `digest` is that of the present text, `spent` are those of the last ones before it.
    """

    client: str
    subject: str
    scope: str | None
    audience: str
    redirect_uri: str
    challenge: str
    nonce: str
    auth_time: int
    expires: int
    stage: str = CODE
    uses: int = 0
    digest: str = ""
    spent: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in with a browser, and since when by the machine's clock."""

    subject: str
    auth_time: int
    stage: str = "session"
    uses: int = 0
    digest: str = ""
    spent: str = ""


def keep(world: World, record: R) -> str:
    """Remember a new grant or session; return the secret text that stands for it."""
    world.grow()
    world.keep(weigh(record))
    table = world.store[type(record)]
    number = str(int(next(reversed(table), "0")) + 1)
    while len(table) >= _MOST:
        del table[next(iter(table))]
    return _put(world, number, record)


def find(world: World, kind: type[R], text: str) -> tuple[str, R, bool] | None:
    """Find what a text stands for, or stood for: its number, the record, and whether the text still stands for it."""
    number = text.partition(".")[0]
    table = world.store[kind]
    if number not in table:
        return None
    known: R = table[number]
    digest = _digest(text)
    return (number, known, known.digest == digest) if digest in {known.digest, *known.spent.split()} else None


def proceed(world: World, number: str, record: R) -> str:
    """Replace a record by what it has become; return the new secret text that stands for it."""
    return _put(world, number, replace(record, uses=record.uses + 1))


def end(world: World, number: str, record: R) -> None:
    """End a grant or a session: it is remembered, so that no other one takes its number."""
    world.store[type(record)][number] = replace(record, stage=ENDED, digest="", spent=_spent(record))


def _put(world: World, number: str, record: R) -> str:
    # The record decides: a server that was started anew does not take the texts of the one before. Only not the
    # machine's time in it: the same logins give the same texts.
    said = [getattr(record, name) for name in type(record).__slots__ if name != "auth_time"]
    random = chance(world.seed, type(record).__name__, world.name, number, *said)
    text = f"{number}.{encoded(random.randbytes(24))}"
    world.store[type(record)][number] = replace(record, digest=_digest(text), spent=_spent(record))
    return text


def _spent(record: Grant | Session) -> str:
    return " ".join([*record.spent.split(), record.digest][-_MOST_SPENT:]).strip()


def _digest(text: str) -> str:
    return encoded(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
