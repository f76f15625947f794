"""locum stands in for an API: a mock server that keeps its contract.

The names here are all that handlers need; everything else is the engine's own.
"""

from locum.apis import Api, Key, requires, stub
from locum.callers import USER, Caller
from locum.errors import (
    ApiError,
    Conflict,
    Faulty,
    Forbidden,
    Invalid,
    Limited,
    Malformed,
    NotAcceptable,
    NotAllowed,
    NotFound,
    Precondition,
    TooLarge,
    TooMany,
    Unauthenticated,
    UnsupportedMediaType,
    Violation,
)
from locum.responses import Page, Response
from locum.world.clock import Clock, timestamp
from locum.world.events import Events
from locum.world.seeded import BASE62, CROCKFORD, NewId
from locum.world.store import Store

Answer, Refusal = Response, ApiError
"""Former names of `Response` and `ApiError`."""

__version__ = "0.1.0"

__all__ = [
    "BASE62",
    "CROCKFORD",
    "USER",
    "Answer",
    "Api",
    "ApiError",
    "Caller",
    "Clock",
    "Conflict",
    "Events",
    "Faulty",
    "Forbidden",
    "Invalid",
    "Key",
    "Limited",
    "Malformed",
    "NewId",
    "NotAcceptable",
    "NotAllowed",
    "NotFound",
    "Page",
    "Precondition",
    "Refusal",
    "Response",
    "Store",
    "TooLarge",
    "TooMany",
    "Unauthenticated",
    "UnsupportedMediaType",
    "Violation",
    "requires",
    "stub",
    "timestamp",
]
