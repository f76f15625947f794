"""What a package of handlers declares about its API."""

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
    from locum.world.seeded import NewId
    from locum.world.store import Store

__all__ = ["Api", "Key", "is_stub", "permission_of", "requires", "stub"]

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Key:
    """A kind of credential that an API issues and that is looked up in the store.

    `scheme` is the type of the security scheme by which it is sent: `http` (as a bearer token) or `apiKey`. `prefix` is
    the start of its text. `owner` returns its caller, or None.
    """

    scheme: str
    prefix: str
    owner: Callable[[Store, Clock, str], Caller | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What an API declares in addition to its contract and handlers.

    - `render_error(error, status, new_id, clock)` returns the response of an error in the API's own format. With None,
      locum fills the declared error schema.
    - `accepts` are the kinds of callers that its operations admit; None admits any credential that is not empty.
    - `seed(store, clock, new_id)` fills a new world with records.
    - `keys` are the kinds of credentials that it issues; other APIs may accept them.
    - `pages` are HTML pages outside the contract, by name.
    - `events` are changes that happen at scheduled times.
    """

    render_error: Callable[[ApiError, int, NewId, Clock], Response] | None = None
    accepts: frozenset[str] | None = frozenset({USER})
    seed: Callable[[Store, Clock, NewId], None] | None = None
    keys: tuple[Key, ...] = ()
    pages: Mapping[str, Callable[..., Page]] = field(default_factory=dict)
    events: Events | None = None


def requires(permission: str) -> Callable[[Handler], Handler]:
    """Allow a handler only for callers with this permission."""

    def mark(handler: Handler) -> Handler:
        handler.__locum_permission__ = permission  # type: ignore[attr-defined]
        return handler

    return mark


def stub(handler: Handler) -> Handler:
    """Mark a handler as not yet written: its operation has inferred behaviour until then."""
    handler.__locum_stub__ = True  # type: ignore[attr-defined]
    return handler


def is_stub(handler: Callable[..., Any]) -> bool:
    """Whether a handler is marked as a stub."""
    return getattr(handler, "__locum_stub__", False) is True


def permission_of(handler: Callable[..., Any]) -> str | None:
    """Return the permission that a handler requires, or None."""
    return getattr(handler, "__locum_permission__", None)
