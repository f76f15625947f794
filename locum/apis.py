"""How a package of handlers tells the engine what its API is like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from locum.callers import USER

if TYPE_CHECKING:
    from locum.callers import Caller
    from locum.errors import ApiError
    from locum.responses import Page, Response
    from locum.world.clock import Clock
    from locum.world.events import Events
    from locum.world.identifiers import NewId
    from locum.world.store import Store

__all__ = ["Api", "Key", "is_stub", "permission_of", "requires", "stub"]

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Key:
    """A kind of credential that an API gives out and that is looked up in the store.

    `scheme` is the security scheme's type in which it is sent: `http` (as a bearer token) or
    `apiKey`; `prefix` is how its text begins; `owner` finds whom it stands for, or None.
    """

    scheme: str
    prefix: str
    owner: Callable[[Store, Clock, str], Caller | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What the engine must know of an API beside its contract and its handlers.

    - `word(refusal, status, new_id, clock)` says a refusal in the API's own error shape; None leaves
      it to the engine, which fills the declared error schema.
    - `accepts` names the kinds of callers whom its operations let in; None lets in whoever sends a
      credential that is not empty.
    - `seed(store, clock, new_id)` fills a new world with life.
    - `keys` are the credentials that it gives out; other APIs may accept them.
    - `pages` are HTML pages outside the contract, by name.
    - `events` is what happens by itself, while time goes by.
    """

    word: Callable[[ApiError, int, NewId, Clock], Response] | None = None
    accepts: frozenset[str] | None = frozenset({USER})
    seed: Callable[[Store, Clock, NewId], None] | None = None
    keys: tuple[Key, ...] = ()
    pages: Mapping[str, Callable[..., Page]] = field(default_factory=dict)
    events: Events | None = None


def requires(permission: str) -> Callable[[Handler], Handler]:
    """Mark a handler as open only to callers who hold this permission."""

    def mark(handler: Handler) -> Handler:
        handler.__locum_permission__ = permission  # type: ignore[attr-defined]
        return handler

    return mark


def stub(handler: Handler) -> Handler:
    """Mark a handler as not yet written: its operation is generated until then."""
    handler.__locum_stub__ = True  # type: ignore[attr-defined]
    return handler


def is_stub(handler: Callable[..., Any]) -> bool:
    """Whether a handler is not yet written."""
    return getattr(handler, "__locum_stub__", False) is True


def permission_of(handler: Callable[..., Any]) -> str | None:
    """Return the permission that a handler asks for, if any."""
    return getattr(handler, "__locum_permission__", None)
