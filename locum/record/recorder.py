"""Recorder: turns the exchanges with a real server into the records of a fixture."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.infer.actions.listing import ListAll
from locum.infer.lists.orders import says_newest_first
from locum.record.fixture import FixtureExamples
from locum.record.reading import ExchangeReader, parsed_response, request_message
from locum.record.redacting import Redactor, completed, without_redacted
from locum.record.store import AsOf, SessionStore
from locum.record.summary import records_in, summed_up
from locum.redaction import REDACTED, Redaction
from locum.server.recorded import RecordedExamples, Redacted, asked_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.infer.inference.lookups import InferredOperation
    from locum.infer.recognition import Recognised, RecordPlace
    from locum.infer.records.identifiers import Parents
    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation
    from locum.proxy.exchange import ForwardedExchange
    from locum.record.fixture import Fixture
    from locum.record.redacting import Parts
    from locum.record.summary import Summary
    from locum.server.recorded import Asked
    from locum.server.services import Service

__all__ = ["Recorder", "RecordingOptions"]

logger = logging.getLogger("locum")

_MOST_BINARY = 1024 * 1024
"""The maximum size of a recorded binary response."""
_MOST_TURNS = 100
"""The maximum number of recorded responses to one request; further ones replace the last."""
_TRANSIENT = frozenset({401, 403, 405, 406, 407, 408, 412, 413, 415, 425, 428, 429, 431})
"""Statuses that depend on the caller, the moment or the connection, or that the mock gives by itself."""
_GONE = frozenset({404, 410})
_NOT_MODIFIED = 304


@dataclass(frozen=True, kw_only=True)
class RecordingOptions:
    """What the user may choose about a recording."""

    redact: tuple[str, ...] = ()
    """The members whose values are replaced by pseudonyms."""
    seed: int = 0
    """The seed of pseudonyms, and of what replaces secrets."""
    locale: str = "en"
    as_of: AsOf = AsOf.END
    origins: Mapping[str, str] | None = None
    """The addresses of the real server, each with the one to write instead (`home_of`)."""


class Recorder:
    """Records exchanges into a fixture. `observe` takes them in their order; `save` writes the files."""

    def __init__(self, fixture: Fixture, options: RecordingOptions | None = None) -> None:
        """Set up the recorder. The members that a former recording into the fixture has redacted are redacted, too."""
        self.options = options or RecordingOptions()
        self.fixture = fixture
        self._services = services = fixture.services
        self.store = SessionStore(fixture, self.options.as_of)
        redaction = Redaction()
        for service in services:
            service.describe_secrets(redaction)
        former = self.fixture.redacted
        if former.members:  # what was redacted once is redacted again, in the same way
            self.fixture.redacted = former._replace(
                members=tuple(dict.fromkeys([*former.members, *self.options.redact]))
            )
        else:
            self.fixture.redacted = Redacted(self.options.redact, self.options.seed, self.options.locale)
        self._pseudonyms = self.fixture.redacted.pseudonyms
        self._redactor = Redactor(redaction, self._pseudonyms, self.options.origins or {})
        self._reader = ExchangeReader()
        self._turns: dict[tuple[str, str], FixtureExamples] = {}
        """The responses of this session by operation and request, with None for those that records have."""
        self._before = records_in(self.fixture)
        self._ignored: Counter[str] = Counter()
        self.is_changed = False
        """Whether an exchange was observed since the last `save`."""

    def observe(self, exchange: ForwardedExchange) -> None:
        """Take an exchange. One that cannot be understood is counted and otherwise ignored."""
        try:
            reason = self._take(exchange)
        except Exception as problem:  # noqa: BLE001 (a recording must not disturb the traffic)
            logger.warning("%s could not be recorded: %s", exchange.operation.operation_id, type(problem).__name__)
            reason = "an unexpected error"
        if reason:
            self._ignored[reason] += 1
        self.is_changed = True

    def ignore(self, reason: str) -> None:
        """Count an exchange that was not recorded."""
        self._ignored[reason] += 1

    def kept(self, operation: Operation, asked: Asked) -> RecordedExamples | None:
        """Return the last response of this session to a request that is no record, or None."""
        service = self._service_of(operation)
        found = self._turns.get((service.name, operation.operation_id)) if service is not None else None
        entry = found.by_request.get(asked.key) if found is not None else None
        return entry[1][-1] if entry is not None else None

    def save(self) -> Summary:
        """Write the fixture, and return what has changed in it. Raises OSError."""
        for name, found in self._turns.items():
            kept = self.fixture.examples.setdefault(name, FixtureExamples(found.service, {})).by_request
            for key, (asked, responses) in found.by_request.items():
                turns = _shortened(responses)
                if any(one is not None for one in turns):
                    kept[key] = asked, turns
                else:
                    kept.pop(key, None)
        self.store.callers_first()
        if not self._redactor.is_swept:
            self.fixture.map(self._redactor.sweeper())
            self.store.drop_redacted()
        self.fixture.write()
        self.is_changed = False
        summary = summed_up(self._before, self.fixture)
        summary.ignored, summary.notes = Counter(self._ignored), list(self.store.notes)
        return summary

    def _take(self, exchange: ForwardedExchange) -> str:
        """Record an exchange; return the reason if it is not recorded, else an empty text."""
        operation, status = exchange.operation, exchange.status
        service = self._service_of(operation)
        if service is None:
            return "the operation is not served"
        if status in _TRANSIENT or status >= 500 or status < 200 or status == _NOT_MODIFIED:  # noqa: PLR2004 (classes)
            return f"status {status}"
        declared = operation.declares(status)
        if declared is None:
            return f"status {status} is not declared"
        if exchange.response_body is None:
            return "the body is missing or too large"
        response = parsed_response(declared.media_types, exchange.response_headers, exchange.response_body)
        if response is None:
            return "the body is a stream, or not of a declared media type"
        arguments, is_valid = self._reader.arguments(exchange)
        sent = request_message(exchange, arguments["body"])
        parts = self._redactor.parts(exchange, sent, response, service.behaviour)
        if REDACTED in parts.path:
            return "the path has a secret"
        if self._pseudonyms:
            arguments = self._reader.again(exchange, parts, arguments)
        arguments["body"] = without_redacted(parts.request.value)
        request = self._reader.request(exchange, parts, arguments)
        inferred = service.behaviour.inferred(operation)
        if 200 <= status < 300:  # noqa: PLR2004 (as above)
            is_record = self._take_success(service, operation, inferred, request, parts)
        else:
            is_record = self._take_failure(service, operation, inferred, request, status)
            if not is_record and not is_valid:
                return f"status {status} of an invalid request"
        if not is_record or inferred.action == "custom":
            return self._keep(service, operation, exchange, parts)
        if operation.method != "GET":
            asked = asked_in(operation, parts.path, parts.query, parts.request.value, self._redactor.redaction)
            self._turn(service, operation, asked, None)
        return ""

    def _take_success(
        self, service: Service, operation: Operation, inferred: InferredOperation, request: Request, parts: Parts
    ) -> bool:
        """Update the records by a successful exchange; return whether they have what it shows."""
        resource, recognition = inferred.resource, service.behaviour.recognition
        if resource is None or inferred.action == "generated":
            return False
        body, schema = without_redacted(parts.response.value), parts.response.schema
        shown = recognition.shown(operation, inferred, request, schema, body)
        if inferred.action == "clear":
            return self._clear(resource, recognition.parents(resource, request), request)
        if inferred.action == "delete" and (recognition.removes(inferred) or not shown):
            place = recognition.place(operation, inferred, request, {})
            if place is not None:
                self.store.remove(place)
            return place is not None
        if shown is not None and isinstance(recognition.action_of(inferred), ListAll):
            return self._take_list(service, operation, inferred, request, shown)
        is_write = operation.method not in {"GET", "HEAD"}
        if shown:
            for one in shown:
                self.store.put_shown(one, is_write=is_write and one is shown[-1])
            if inferred.action == "create" and not shown[-1].is_whole:
                self._complete(service, operation, inferred, request, shown[-1].place)
            return True
        if resource.shape is not None and not is_write:
            return shown is not None
        return self._take_write(service, operation, inferred, request, parts)

    def _take_write(
        self, service: Service, operation: Operation, inferred: InferredOperation, request: Request, parts: Parts
    ) -> bool:
        """Update a record by a request whose response does not show it."""
        resource, recognition = inferred.resource, service.behaviour.recognition
        assert resource is not None  # noqa: S101 (the caller has checked it)
        outcome = parts.response.value if isinstance(parts.response.value, dict) else {}
        place = recognition.place(operation, inferred, request, outcome, parts.headers.get("location"))
        if place is None:
            return False
        if resource.shape is None:  # a mark: it is there
            if inferred.action in {"read", "replace", "create", "update"}:
                self.store.put(place, {}, is_whole=True, is_write=operation.method != "GET")
                return True
            return False
        former = self.fixture.known(place.resource, place.parents).get(place.key)
        members = recognition.changed(operation, inferred, request, former)
        if members is None:
            self.store.touch(place)
            return inferred.action in {"create", "replace", "update"}
        self.store.put(place, _with_key(service, place, members), is_whole=True, is_write=True)
        return True

    def _complete(
        self, service: Service, operation: Operation, inferred: InferredOperation, request: Request, place: RecordPlace
    ) -> None:
        """Add to a new record, of which the response shows a part, what was sent."""
        table = self.fixture.known(place.resource, place.parents)
        sent = service.behaviour.recognition.changed(operation, inferred, request, None)
        if sent and place.key in table:
            self.store.put(place, {**sent, **table[place.key]}, is_whole=True, is_write=True)

    def _take_list(
        self,
        service: Service,
        operation: Operation,
        inferred: InferredOperation,
        request: Request,
        shown: list[Recognised],
    ) -> bool:
        """Update the records of a list, and their order."""
        resource, recognition = inferred.resource, service.behaviour.recognition
        assert resource is not None  # noqa: S101 (the caller has checked it)
        respond = recognition.action_of(inferred)
        assert isinstance(respond, ListAll)  # noqa: S101 (as above)
        own = recognition.parents(resource, request) if respond.is_own else None
        if own is not None:
            self.fixture.table(resource, own)
        if own is not None and not resource.identity:  # its records are known by their position in the whole list
            parameters = operation.by_location["query"]
            if any(request.arguments.get(one.argument) not in (None, one.default) for one in parameters):
                return False
            self.store.begin_list(resource, own)
        for one in shown:
            self.store.put_shown(one, is_write=False)
        is_newest = says_newest_first(operation)
        is_asked = respond.selection is not None and respond.selection.is_asked(request.arguments)
        if own is not None and (is_newest or not is_asked):
            keys = [one.place.key for one in shown if one.place.resource is resource and one.place.parents == own]
            self.store.order(resource, own, keys[::-1] if is_newest else keys)
        return True

    def _take_failure(
        self, service: Service, operation: Operation, inferred: InferredOperation, request: Request, status: int
    ) -> bool:
        """Remove a record that is gone; return whether the records have what an exchange shows."""
        if status not in _GONE or inferred.resource is None:
            return False
        if inferred.action == "read":
            place = service.behaviour.recognition.place(operation, inferred, request, {})
            if place is not None:
                self.store.remove(place, is_write=False)
        return True

    def _keep(self, service: Service, operation: Operation, exchange: ForwardedExchange, parts: Parts) -> str:
        """Keep a response as it is; return the reason if it cannot be kept."""
        value, schema = parts.response.value, parts.response.schema
        if isinstance(value, bytes):
            if len(value) > _MOST_BINARY:
                return "the body is too large"
            if self._redactor.holds_secret(value):
                return "the body has a secret"
        else:
            place = operation.operation_id, exchange.status
            value = completed(value, schema, service.behaviour, place, self.options.seed)
            if schema is not None and value is not None and not schema.is_valid(value):
                return "the body breaks its schema"
        declared = operation.declares(exchange.status)
        known = declared.headers if declared is not None else {}
        headers = {name: text for name, text in parts.headers.items() if name in known}
        asked = asked_in(operation, parts.path, parts.query, parts.request.value, self._redactor.redaction)
        self._turn(service, operation, asked, RecordedExamples(exchange.status, headers, value))
        return ""

    def _turn(self, service: Service, operation: Operation, asked: Asked, response: RecordedExamples | None) -> None:
        """Add a response to those of its request."""
        name = service.name, operation.operation_id
        found = self._turns.setdefault(name, FixtureExamples(service, {})).by_request
        turns = found.setdefault(asked.key, (asked, []))[1]
        if len(turns) < _MOST_TURNS:
            turns.append(response)
        else:
            turns[-1] = response

    def _clear(self, resource: Resource, parents: Parents | None, request: Request) -> bool:
        """Remove all records of a collection, unless parameters select some."""
        selects = any(value is not None for name, value in request.arguments.items() if name != "body")
        if parents is None or (selects and len(request.path) < len(request.arguments)):
            return False
        self.store.begin_list(resource, parents)
        return True

    def _service_of(self, operation: Operation) -> Service | None:
        name = operation.path, operation.method.lower()
        return next((one for one in self._services if one.contract.operations.get(name) is operation), None)


def _with_key(service: Service, place: RecordPlace, members: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a record with its identifier."""
    resource = place.resource
    if resource.singleton or not resource.identity or resource.key_of(members) is not None:
        return members
    return resource.with_key(members, service.behaviour.typed_key(resource, place.key))


def _shortened(responses: list[RecordedExamples | None]) -> list[RecordedExamples | None]:
    """Return responses in turn without repetitions at the end, as the last one is repeated anyway."""
    turns = list(responses)
    while len(turns) > 1 and turns[-1] == turns[-2]:
        turns.pop()
    return turns
