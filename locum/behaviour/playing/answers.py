"""Answers: what an operation says of which nothing but its contract is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.answers import Answer
from locum.openapi.wire.styles import Unreadable
from locum.state.chance import chance
from locum.synthesis.values import Unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from random import Random

    from locum.behaviour.asked import Asked
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.operations import DeclaredResponse, Header, Operation
    from locum.state.worlds import World
    from locum.synthesis.values import Synthesiser

__all__ = ["Answering", "Made"]

_ATTEMPTS = 5
_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]|^\s|\s$")
"""What the value of a header cannot hold (RFC 9110, section 5.5)."""


@dataclass(frozen=True, slots=True)
class Made(Answer):
    """An answer made from nothing but the contract, so that one in another media type does as well."""

    passed_over: bool = False
    """Whether an example is declared, and breaks its own schema."""


class Answering:
    """Plays an operation from its declared success: the example, or a value made from the schema.

    The same request always has the same answer, in worlds of one seed. `dynamic` passes over the
    declared examples.
    """

    def __init__(self, operation: Operation, synthesiser: Synthesiser, *, dynamic: bool = False) -> None:
        self._operation = operation
        self._synthesiser = synthesiser
        self._dynamic = dynamic

    def __call__(self, asked: Asked) -> Answer:
        """Answer a request."""
        operation, world = self._operation, asked.world
        random = chance(world.seed, operation.method, asked.target, sorted(asked.arguments.items(), key=str))
        declared = operation.declares(operation.success)
        if declared is None:
            return Made()
        body = self.body(declared, random, world.began)
        media = declared.media_types[declared.by_usage[0]] if declared.by_usage else None
        passed_over = media is not None and not self._dynamic and bool(media.examples) and not media.fitting
        return Made(body, self.headers(declared, random, world.began), passed_over=passed_over)

    def without_body(self, asked: Asked) -> Made:
        """Return the headers of the declared success, for where no body was found that fits."""
        declared, world = self._operation.declares(self._operation.success), asked.world
        random = chance(world.seed, self._operation.method, asked.target)
        return Made(None, {} if declared is None else self.headers(declared, random, world.began))

    def body(self, declared: DeclaredResponse, random: Random, now: datetime) -> Any:
        """Make a body of a declared response, of JSON if it may be: its example if that fits, else one from the schema.

        Raises Unsatisfiable.
        """
        return self.value(declared.media_types[declared.by_usage[0]], random, now) if declared.by_usage else None

    def value(self, media: MediaType, random: Random, now: datetime, *, dynamic: bool | None = None) -> Any:
        """Make a value of a media type. Raises Unsatisfiable."""
        dynamic = self._dynamic if dynamic is None else dynamic
        if media.fitting and not dynamic:
            return next(iter(media.fitting.values()))
        if media.schema is None:
            return {} if media.json else ""
        return self._synthesiser.value(media.schema, random, now, examples=not dynamic)

    def value_or_closest(
        self, media: MediaType, random: Random, now: datetime, *, dynamic: bool | None = None
    ) -> tuple[Any, bool]:
        """Return a value of a media type, and whether it is only the closest one, because nothing fits the schema.

        That is the first example as it is declared, if there is one.
        """
        try:
            return self.value(media, random, now, dynamic=dynamic), False
        except Unsatisfiable:
            dynamic = self._dynamic if dynamic is None else dynamic
            if media.examples and not dynamic:
                return next(iter(media.examples.values())), True
            assert media.schema is not None  # noqa: S101 (without one anything fits)
            return self._synthesiser.closest(media.schema, random, now, examples=not dynamic), True

    def closest_headers(self, declared: DeclaredResponse, sent: Mapping[str, str], world: World) -> dict[str, str]:
        """Return the closest texts for required headers that were not made, as nothing fits their schemas."""
        names = {name.lower() for name in sent}
        found = {}
        for name, header in declared.headers.items():
            if not header.required or name in names or header.schema is None:
                continue
            if self._synthesiser.is_hopeless(header.schema):
                value = self._synthesiser.closest(header.schema, chance(world.seed, header.name), world.began)
                found[header.name] = _UNSENDABLE.sub("", header.write(value))
        return found

    def headers(
        self, declared: DeclaredResponse, random: Random, now: datetime, *, dynamic: bool | None = None
    ) -> dict[str, str]:
        """Make the declared headers of a response, from their examples or their schemas."""
        dynamic = self._dynamic if dynamic is None else dynamic
        made = {}
        for header in declared.headers.values():
            text = next(self._texts(header, random, now, dynamic=dynamic), None)
            if text is not None:
                made[header.name] = text
            elif header.required and header.schema is None:
                made[header.name] = ""
        return made

    def _texts(self, header: Header, random: Random, now: datetime, *, dynamic: bool) -> Iterator[str]:
        """Yield texts that fit a header."""
        for value in () if dynamic else header.examples:
            text = header.write(value)
            if _fits(header, text):
                yield text
        if header.schema is None:
            return
        for _ in range(_ATTEMPTS):
            try:
                text = header.write(self._synthesiser.value(header.schema, random, now, examples=not dynamic))
            except Unsatisfiable:
                return
            if _fits(header, text):
                yield text


def _fits(header: Header, text: str) -> bool:
    if _UNSENDABLE.search(text):
        return False
    try:
        value = header.read(text)
    except Unreadable:
        return False
    return header.schema is None or bool(header.schema.is_valid(value))
