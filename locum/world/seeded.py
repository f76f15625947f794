"""Seeded random sources and identifiers: the same seed and name give the same values, in any order of requests."""

from __future__ import annotations

import hashlib
import string
import uuid
from random import Random

__all__ = ["BASE62", "CROCKFORD", "NewId", "chance"]


def chance(seed: int, *names: object) -> Random:
    """Return the random source for `names` in worlds of a seed."""
    text = "\x1f".join(map(str, (seed, *names)))
    # Not Random(text), which takes SHA-512 of more data, nor hash(), which differs from run to run.
    return Random(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest())  # noqa: S311


BASE62 = string.digits + string.ascii_letters
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The alphabet of a ULID."""


class NewId:
    """Generates identifiers in the format of an API: `new_id("api_key_", 27)`, of ASCII characters.

    The same seed gives the same identifiers in the same order.
    """

    __slots__ = ("_tables", "random")

    def __init__(self, seed: int | str) -> None:
        self.random = Random(seed)  # noqa: S311 (a mock's ids must be repeatable, not unguessable)
        self._tables: dict[str, bytes] = {}

    def __call__(self, prefix: str, length: int, alphabet: str = BASE62) -> str:
        """Return `prefix` and `length` characters of `alphabet`."""
        table = self._tables.get(alphabet)
        if table is None:
            # One random byte per character is five times as fast as one choice per character.
            table = self._tables[alphabet] = "".join(alphabet[byte % len(alphabet)] for byte in range(256)).encode()
        return prefix + self.random.randbytes(length).translate(table).decode()

    def uuid(self) -> str:
        """Return a version 4 UUID (RFC 9562, section 5.4)."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def ulid(self, seconds: float) -> str:
        """Return a ULID for a time in seconds since 1970: 10 characters of time, 16 random."""
        number = int(seconds * 1000) << 80 | self.random.getrandbits(80)
        return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))

    def fork(self) -> NewId:
        """Return an independent source with the same state."""
        twin = NewId(0)
        twin.random.setstate(self.random.getstate())
        return twin
