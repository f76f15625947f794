"""Response headers: the values of those that a response declares."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from locum.generate.generator import Unsatisfiable
from locum.openapi.compile.headers import lines_of
from locum.openapi.wire.http_dates import http_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from random import Random
    from typing import Any

    from locum.generate.generator import Generator
    from locum.openapi.compile.headers import Header, HeaderValue
    from locum.openapi.compile.operations import DeclaredResponse

__all__ = ["UNSENDABLE", "ResponseHeaders"]

_ATTEMPTS = 5
UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]|^\s|\s$")
"""What the value of a header cannot hold (RFC 9110, section 5.5)."""

_SAID_BY_SCHEMA = frozenset({"example", "examples", "default", "enum", "const"})
_USUAL = {
    "accept-ranges": "none",
    "access-control-allow-credentials": "true",
    "access-control-allow-headers": "*",
    "access-control-allow-methods": "*",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "*",
    "access-control-max-age": "600",
    "age": "0",
    "cache-control": "no-cache",
    "content-disposition": "inline",
    "content-language": "en",
    "content-location": "/",
    "link": '</>; rel="self"',
    "location": "/",
    "pragma": "no-cache",
    "retry-after": "30",
    "strict-transport-security": "max-age=0",
    "vary": "Accept",
    "www-authenticate": "Bearer",
}
"""Headers to which clients react, with values that are true here or do no harm."""
_DATES = {"date": timedelta(), "last-modified": timedelta(), "expires": timedelta(hours=1)}


class ResponseHeaders:
    """Gives the declared headers of one response values: of examples, of HTTP, or of their schemas."""

    def __init__(self, generator: Generator, random: Random, now: datetime, clock: datetime, *, dynamic: bool) -> None:
        """`now` is when the world began, which generated values are near to; `clock` is its time."""
        self._generator = generator
        self._random = random
        self._now = now
        self._clock = clock
        self._dynamic = dynamic

    def of(self, declared: DeclaredResponse) -> dict[str, HeaderValue]:
        """Return the headers of a response by name; those for which no value is found are left out."""
        made: dict[str, HeaderValue] = {}
        for header in declared.headers.values():
            value = next(self._values(header), None)
            if value is None and header.required and header.schema is None:
                value = "{}" if header.media is not None and header.media.json else ""
            if value is None:
                continue
            if header.name in made:  # declared twice, as `Set-Cookie` may be
                value = [*lines_of(made[header.name]), *lines_of(value)]
            made[header.name] = value
        return made

    def _values(self, header: Header) -> Iterator[HeaderValue]:
        """Yield values that a header can have, the best first."""
        for value in self._candidates(header):
            written = header.write(value)
            if not any(map(UNSENDABLE.search, lines_of(written))) and header.admits(written):
                yield written

    def _candidates(self, header: Header) -> Iterator[Any]:
        name, raw = header.name.lower(), header.schema.raw if header.schema is not None else None
        if name == "date":  # RFC 9110, section 6.6.1: when the message was made, whatever an example says
            yield from self._dates(name)
        if not self._dynamic:
            yield from header.examples
        if isinstance(raw, dict) and raw.keys() & _SAID_BY_SCHEMA:
            yield from self._generated(header, 1)
        if header.media is None:
            yield from self._usual(name, header)
        yield from self._generated(header, _ATTEMPTS)

    def _usual(self, name: str, header: Header) -> Iterator[Any]:
        """Yield what HTTP wants of a header that it defines."""
        if name in _DATES:
            yield from self._dates(name)
        elif name == "etag":
            yield f'"{self._random.getrandbits(64):016x}"'
        elif name == "set-cookie":
            cookie = f"session={self._random.getrandbits(64):016x}; Path=/; HttpOnly"
            yield [cookie] if header.shape == "array" else cookie
        elif name in _USUAL and (header.schema is not None or header.required):
            yield _USUAL[name]

    def _dates(self, name: str) -> Iterator[str]:
        """Yield a time as HTTP writes it, and as RFC 3339 does, which some contracts want."""
        moment = (self._now if name == "last-modified" else self._clock) + _DATES[name]
        yield http_date(moment)
        yield moment.isoformat().replace("+00:00", "Z")

    def _generated(self, header: Header, times: int) -> Iterator[Any]:
        if header.schema is None:
            return
        for _ in range(times):
            try:
                yield self._generator.value(header.schema, self._random, self._now, examples=not self._dynamic)
            except Unsatisfiable:
                return
