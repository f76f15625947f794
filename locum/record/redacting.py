"""Redacting: what a recording takes from an exchange, without secrets, with pseudonyms, and with addresses of here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from locum.generate.generator import Unsatisfiable
from locum.openapi.paths import expressions_of
from locum.openapi.wire.styles import percent_decode
from locum.redaction import REDACTED, Known, Place, Redaction, Secrets
from locum.redaction.known import SHORT
from locum.redaction.names import is_secret, words_of
from locum.world.clock import EPOCH
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from locum.infer.behaviour import Behaviour
    from locum.openapi.schemas.schemas import Schema
    from locum.proxy.exchange import ForwardedExchange
    from locum.redaction.pseudonyms import Pseudonyms

__all__ = ["Parts", "RecordedMessage", "Redactor", "completed", "without_redacted"]


_WORD = re.compile(r"[A-Z]?[a-z]+(?:[ _-][a-z]+)*")
_LONG = 16
"""From this length on, letters are no word."""


class RecordedMessage(NamedTuple):
    """A parsed body with the schema that describes it, or None for both."""

    value: Any = None
    schema: Schema | None = None


class Parts(NamedTuple):
    """The parts of an exchange that a recording uses."""

    path: tuple[str, ...]
    """The decoded path values."""
    query: bytes
    request: RecordedMessage
    response: RecordedMessage
    headers: dict[str, str]
    """The headers of the response, without those that have secrets."""


class Redactor:
    """Redacts exchanges, one after the other. A secret of one is hidden in all."""

    def __init__(self, redaction: Redaction, pseudonyms: Pseudonyms, origins: Mapping[str, str]) -> None:
        """Set up the redactor; `origins` are the addresses of the real server, each with the one to write instead."""
        self.redaction = redaction
        self._pseudonyms = pseudonyms
        self._origins = sorted(origins.items(), key=lambda pair: -len(pair[0]))
        self._found: set[str] = set()
        self._swept = 0

    def parts(
        self, exchange: ForwardedExchange, request: RecordedMessage, response: RecordedMessage, behaviour: Behaviour
    ) -> Parts:
        """Return the parts of an exchange without secrets: credentials, cookies, and what the contract declares so."""
        operation, secrets = exchange.operation, Secrets(self.redaction)
        declared = operation.declares(exchange.status)
        known = declared.headers if declared is not None else {}
        for raw, line in exchange.request_headers:
            secrets.header(raw.decode("latin-1"), line.decode("latin-1"))
        headers = {}
        for raw, line in exchange.response_headers:
            name, text = raw.decode("latin-1").lower(), line.decode("latin-1")
            schema = known[name].schema if name in known else None
            shown = secrets.header(name, text, Place(schema) if schema is not None else None)
            if REDACTED not in shown:
                headers[name] = text
        places = {parameter.name: Place(parameter.schema) for parameter in operation.by_location["query"]}
        query = secrets.query(exchange.query_string.decode("latin-1"), places)
        names = expressions_of(operation.path)
        path = tuple(percent_decode(value) for value in exchange.path_values)
        path = tuple(
            secrets.hide(value) if _is_secret_in_path(name) else value for name, value in zip(names, path, strict=False)
        )
        sent = secrets.value(_readable(request.value), Place(request.schema))
        sent_secrets = secrets.found
        shown = secrets.value(_readable(response.value), Place(response.schema))
        found = {one for one in secrets.found if len(one) >= SHORT and (one in sent_secrets or _is_telling(one))}
        path, query, sent, shown, headers = _without(Known(found), [path, query, sent, shown, headers])
        self._found |= {one for one in found if _is_telling(one)}
        shown, headers = self._moved(shown), self._moved(headers)
        learn, shapes = self._pseudonyms.learn, behaviour.shapes
        sent = learn(sent, request.schema, shapes)
        shown = learn(shown, response.schema, shapes)
        pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True)]
        pairs = [(name, learn(value, None, shapes, (name,))) for name, value in pairs]
        path = tuple(learn(value, None, shapes, (name,)) for name, value in zip(names, path, strict=False))
        path, pairs, sent, shown, headers = self._pseudonyms.everywhere([path, pairs, sent, shown, headers])
        return Parts(
            path,
            urlencode(pairs).encode(),
            RecordedMessage(request.value if isinstance(request.value, bytes) else sent, request.schema),
            RecordedMessage(response.value if isinstance(response.value, bytes) else shown, response.schema),
            headers,
        )

    @property
    def is_swept(self) -> bool:
        """Whether no secret and no pseudonym was found since the last `sweeper`."""
        return self._swept == len(self._found) + len(self._pseudonyms)

    def sweeper(self) -> Callable[[Any], Any]:
        """Return the function that removes from a value the secrets and values that were found in other exchanges."""
        self._swept = len(self._found) + len(self._pseudonyms)
        known, pseudonyms = Known(self._found), self._pseudonyms

        def swept(value: Any) -> Any:
            return pseudonyms.everywhere(_without(known, value))

        return swept

    def holds_secret(self, data: bytes) -> bool:
        """Return whether a secret that was found is in binary data."""
        return Known(self._found).data(data) != data

    def _moved(self, value: Any) -> Any:
        """Replace the addresses of the real server by those that the mock replaces by its own."""
        if isinstance(value, str):
            for origin, here in self._origins if "://" in value else ():
                if value.startswith(origin) and value[len(origin) :][:1] in {"", "/", "?", "#"}:
                    return here + value[len(origin) :]
            return value
        if isinstance(value, dict):
            return {name: self._moved(one) for name, one in value.items()}
        return [self._moved(one) for one in value] if isinstance(value, list) else value


def _without(known: Known, value: Any) -> Any:
    """Return a value without known secrets. A member's name is no secret, unless it is one as a whole."""
    if isinstance(value, str):
        return known.text(value)
    if isinstance(value, dict):
        return {known.whole(name): _without(known, one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_without(known, one) for one in value)
    return value


def _is_telling(secret: str) -> bool:
    """Return whether a secret is searched for elsewhere, where a word such as `enabled` would mean something else."""
    return len(secret) >= _LONG or _WORD.fullmatch(secret) is None


def _is_secret_in_path(name: str) -> bool:
    """Return whether a value of a path with this name is a secret; the `{session}` of a shop is a record."""
    return is_secret(name) and words_of(name)[-1] not in {"session", "credential"}


def _readable(value: Any) -> Any:
    return None if isinstance(value, bytes) else value


def without_redacted(value: Any) -> Any:
    """Return a JSON value without the members and items that were redacted."""
    if isinstance(value, dict):
        return {name: without_redacted(one) for name, one in value.items() if one != REDACTED}
    if isinstance(value, list):
        return [without_redacted(one) for one in value if one != REDACTED]
    return value


def completed(value: Any, schema: Schema | None, behaviour: Behaviour, place: Iterable[str | int], seed: int) -> Any:
    """Return a JSON value with generated values in place of redacted ones, which depend on the place alone."""
    if value == REDACTED:
        return _generated(schema, behaviour, tuple(place), seed)
    shape = behaviour.shapes.of(schema) if schema is not None else None
    if isinstance(value, dict):
        inner = shape.properties if shape is not None else {}
        return {name: completed(one, inner.get(name), behaviour, (*place, name), seed) for name, one in value.items()}
    if isinstance(value, list):
        items = shape.items if shape is not None else None
        return [completed(one, items, behaviour, (*place, index), seed) for index, one in enumerate(value)]
    return value


def _generated(schema: Schema | None, behaviour: Behaviour, place: tuple[str | int, ...], seed: int) -> Any:
    random = chance(seed, "redacted", *place)
    if schema is not None:
        try:
            return behaviour.generator.value(schema, random, EPOCH)
        except Unsatisfiable:
            pass
    return f"redacted-{random.getrandbits(64):016x}"
