"""Chance that is none: the same world, the same name, the same choices, in whatever order they are made."""

from __future__ import annotations

import hashlib
from random import Random

__all__ = ["chance"]


def chance(seed: int, *names: object) -> Random:
    """Return the random source of something that is named, in worlds of a seed."""
    text = "\x1f".join(map(str, (seed, *names)))
    # Not Random(text): that takes SHA-512 of more, and not hash(): that differs from run to run.
    return Random(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest())  # noqa: S311
