"""Records: one stored record, and the responses stored under idempotency keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.openapi.wire.json_values import write_json
from locum.responses import Response
from locum.world.ledger import weigh

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RESPONSES", "Record", "StoredResponse"]


RESPONSES = "answers of"
"""Takes the place of the path in the store key of a table of responses under idempotency keys."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The response to a request with an idempotency key, and a digest of that request."""

    digest: str
    status: int | None
    headers: Mapping[str, Any]
    body: Any

    @property
    def response(self) -> Response:
        """The response to a repeated request."""
        return Response(self.body, self.headers, self.status)


@dataclass(eq=False, slots=True)
class Record:
    """One stored record. It is never modified: a change replaces it."""

    members: Mapping[str, Any]
    seeded: bool = False
    """Whether it existed at first. Records below it are then seeded as well."""
    bodies: dict[Any, Any] = field(default_factory=dict)
    """Rendered bodies by view, as a cache."""
    _tag: str | None = None
    _bytes: int = 0

    def kept_bytes(self) -> int:
        """Return the approximate size in bytes of the members and the cached bodies (each as large as the members)."""
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
        """Return the form for snapshots, without the cached bodies."""
        return {"members": dict(self.members), **({"seeded": True} if self.seeded else {})}

    @classmethod
    def from_form(cls, form: dict[str, Any]) -> Record:
        """Return the record of a snapshot. Raises KeyError, TypeError or ValueError for an invalid form."""
        if not isinstance(form["members"], dict) or form.keys() - {"members", "seeded"}:
            message = "a record has `members`, an object, and optionally `seeded`"
            raise ValueError(message)
        return cls(form["members"], seeded=form.get("seeded") is True)
