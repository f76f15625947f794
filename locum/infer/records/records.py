"""Kept: responses that are given again under the same idempotency key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.openapi.wire.json_values import write_json
from locum.responses import Response
from locum.world.ledger import weigh

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ANSWERS", "Record", "is_kept"]


ANSWERS = "answers of"
"""What stands in the place of a path in the key of a table of responses."""


def is_kept(pair: Any) -> bool:
    """Whether something is what is kept under a key: the digest of the request, and its response."""
    return isinstance(pair, tuple) and len(pair) == len(("digest", "answer")) and isinstance(pair[1], Response)


@dataclass(eq=False, slots=True)
class Record:
    """One stored thing. It is a value: a change replaces it."""

    members: Mapping[str, Any]
    seeded: bool = False
    """Whether it was there at first: what is below it was then, too."""
    bodies: dict[Any, Any] = field(default_factory=dict)
    """How views have shown it, so that the same is not made twice."""
    _tag: str | None = None
    _bytes: int = 0

    def kept_bytes(self) -> int:
        """Return about how many bytes the members take, and the bodies, which have as many each."""
        if not self._bytes:
            self._bytes = weigh(self.members)
        return self._bytes * (1 + len(self.bodies))

    @property
    def tag(self) -> str:
        """The strong entity tag of the record (RFC 9110, section 8.8.3)."""
        if self._tag is None:
            self._tag = '"' + hashlib.blake2b(write_json(self.members), digest_size=12).hexdigest() + '"'
        return self._tag

    def form(self) -> dict[str, Any]:
        """Return what a snapshot keeps: not how it was shown, which is made again."""
        return {"members": dict(self.members), **({"seeded": True} if self.seeded else {})}

    @classmethod
    def from_form(cls, form: dict[str, Any]) -> Record:
        """Return the record of a snapshot. Raises KeyError, TypeError or ValueError for what is none."""
        if not isinstance(form["members"], dict) or form.keys() - {"members", "seeded"}:
            message = "it has `members`, which is an object, and may be `seeded`"
            raise ValueError(message)
        return cls(form["members"], seeded=form.get("seeded") is True)
