"""Changes between two contracts: their levels, their effects, and their examples."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.load.documents import Location

__all__ = ["Change", "Effect", "Level", "Site", "Witness", "fingerprint_of", "worst"]


class Level(IntEnum):
    """What a change means for the clients of an API."""

    DOCS = 0
    """Descriptions, summaries, titles and examples."""
    COMPATIBLE = 1
    """Everything that worked still works."""
    DANGEROUS = 2
    """Breaks clients that are strict or exhaustive, or narrows the contract where no example was found."""
    BREAKING = 3
    """An example shows that it breaks clients."""

    @property
    def label(self) -> str:
        """The level in lower case."""
        return self.name.lower()


class Effect(Enum):
    """What a change does to the set of values that a contract allows."""

    NARROWS = "narrows"
    WIDENS = "widens"
    UNKNOWN = "unknown"
    """Both, or it cannot be derived from the structure."""
    NONE = "none"


class Site(NamedTuple):
    """Where a change is, in words that survive an edit elsewhere in the document."""

    operation: str = ""
    """`POST /pets`; empty for the whole document."""
    part: str = ""
    """`request body application/json`, `200 application/json`, `query limit`, `200 header ETag`, `security`."""
    path: str = ""
    """The path of the value within that part: `/items/*/name`."""

    @property
    def text(self) -> str:
        """The site on one line."""
        return ", ".join(filter(None, (self.operation, self.part, self.path)))


@dataclass(frozen=True, slots=True)
class Witness:
    """A concrete example that shows a change: a request, a response, or something that is gone."""

    kind: str
    """`request`, `response`, `gone` or `promise`."""
    sentence: str
    """What the example shows, in one sentence."""
    curl: str = ""
    value: Any = None
    """The example itself: a body, or the value of a parameter or header."""
    has_value: bool = False
    status: str = ""
    """The status of a response."""

    def as_json(self) -> dict[str, Any]:
        """Return the example as a JSON object."""
        found: dict[str, Any] = {"kind": self.kind, "sentence": self.sentence}
        if self.status:
            found["status"] = self.status
        if self.has_value:
            found["value"] = self.value
        if self.curl:
            found["curl"] = self.curl
        return found


@dataclass(frozen=True, slots=True)
class Change:
    """One change between two contracts."""

    kind: str
    level: Level
    site: Site
    sentence: str
    """What changed, without the site."""
    base_pointer: str = ""
    head_pointer: str = ""
    """The pointers of the changed piece in both documents; empty where it is missing."""
    base: Location | None = None
    head: Location | None = None
    """Their places in the files."""
    witness: Witness | None = None
    note: str = ""
    """Why there is no example, or how the change was announced."""
    operations: tuple[str, ...] = ()
    """All operations that it concerns, if it is in a shared component."""
    document: str = ""
    """The title of the document."""
    subject: str = ""
    """What tells the change from another of its kind at the same site: a name, a value, a keyword."""
    accepted: str = ""
    """The reason for which it was accepted; empty if it was not."""
    consumers: tuple[str, ...] = ()
    """The recorded consumers that meet it, with the number of their exchanges."""
    places: tuple[Site, ...] = ()
    """Where it is in each operation, if it is in a shared component."""

    @property
    def fingerprint(self) -> str:
        """A name of the change that survives moved lines and edits elsewhere."""
        return fingerprint_of(self.document, self.kind, *self.site, self.subject)

    def located(self, base: Location | None, head: Location | None) -> Change:
        """Return the change with its places."""
        return replace(self, base=base, head=head)

    def as_json(self) -> dict[str, Any]:
        """Return the change as a JSON object."""
        found: dict[str, Any] = {
            "fingerprint": self.fingerprint,
            "kind": self.kind,
            "level": self.level.label,
            "document": self.document,
            "operation": self.site.operation,
            "part": self.site.part,
            "path": self.site.path,
            "sentence": self.sentence,
            "base": _place(self.base, self.base_pointer),
            "head": _place(self.head, self.head_pointer),
            "witness": self.witness.as_json() if self.witness is not None else None,
        }
        for name in ("note", "accepted"):
            if getattr(self, name):
                found[name] = getattr(self, name)
        if len(self.operations) > 1:
            found["operations"] = list(self.operations)
        if self.consumers:
            found["consumers"] = list(self.consumers)
        return found


def _place(place: Location | None, pointer: str) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "column": place.column, "pointer": place.pointer or pointer}


def fingerprint_of(*parts: str) -> str:
    """Return a short digest of the parts."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def worst(changes: Sequence[Change]) -> Level | None:
    """Return the highest level of the changes that were not accepted; None if there are none."""
    return max((change.level for change in changes if not change.accepted), default=None)
