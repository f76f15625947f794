"""Format journal records as entries, without secrets, with a trace of the steps that led to the response."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from locum.journal.rows import occurs, row_of, traceparent_of
from locum.openapi.compile.bodies import essence_of, find_media_type
from locum.openapi.compile.security import compile_scheme
from locum.openapi.pointers import join
from locum.redaction import Redaction, Secrets
from locum.redaction.places import Place
from locum.world.journal import Entry, Row, Step
from locum.world.record_types import full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.callers import Caller
    from locum.errors import Violation
    from locum.infer.behaviour import Behaviour
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.world.journal import JournalRecord, Message, Override, Source

__all__ = ["OperationFormatter", "UnmatchedFormatter", "name_of"]

_REJECTING = {
    Step.AUTHENTICATION: "authentication",
    Step.OVERRIDES: "preference or fault header",
    Step.PERMISSION: "permission",
    Step.ACCEPT: "acceptable media type",
    Step.CAPACITY: "capacity check",
    Step.PREFERENCE: "preference",
    Step.HANDLER: "rule",
    Step.ACTION: "rule",
}
"""What a rejected request did not pass, by step."""
_OUT_OF_CONTRACT = frozenset({"contract_broken", "handler_failed", "generation_failed", "server_failed"})
_NOTES = {
    "unvalidated": "A body was larger than the limit of validation (--validate-limit), and passed unvalidated.",
    "broken_example": "A declared example breaks its own schema, so a value was generated.",
    "accept_ignored": "No declared media type matches the Accept header, which was ignored.",
    "contract_unsatisfiable": "No value fits the declared schema, so the closest value was sent.",
}
"""Verdicts on successes, with their explanations."""
_SERVED = frozenset({*_NOTES, "request_violations", "contract_violations"})
"""Verdicts on requests that were served."""


_MARKED = frozenset({"request_violations", "contract_violations"})
"""Verdicts on requests that were served although something broke the contract."""
_SERVING = frozenset({Step.ACTION, Step.HANDLER, Step.UPSTREAM})
"""The steps that make a response."""


def name_of(function: Callable[..., Any]) -> str:
    """Return the name by which a handler is found: `handlers.api_keys.delete_api_key`."""
    return full_name(function)


def _branch(step: Step, verdict: str, violations: Sequence[Violation], action: str) -> str:
    """Return in a word or two what produced a response: `handler`, an action, `rejected at body`."""
    if step is Step.FAULT:
        return "fault"
    if verdict in _OUT_OF_CONTRACT:
        return f"failed in {action or 'handler'}"
    if step is Step.PREFERENCE:
        return "preference"
    if not verdict or (verdict in _SERVED and step in _SERVING):
        return action if step is Step.ACTION else step.value
    if step is Step.UPSTREAM:
        return "failed in upstream"
    if step is Step.PARAMETERS:
        locations = ", ".join(dict.fromkeys(violation.location for violation in violations))
        return f"rejected at {locations or 'parameters'}"
    if step is Step.BODY:
        return "rejected at " + ("media type" if verdict == "unsupported_media_type" else "body")
    return f"rejected at {_REJECTING.get(step, step.value)}"


def _scheme_names(operation: Operation, was_sent: Callable[[str], bool]) -> str:
    """Return the names of the security schemes by which a caller may have been authenticated.

    `was_sent` returns whether the credential of a scheme was sent. Of several alternatives, the first valid one counts.
    """
    found = [" and ".join(requirement) for requirement in operation.security if all(map(was_sent, requirement))]
    return " or ".join(dict.fromkeys(filter(None, found)))


def _plain_caller(caller: Caller) -> dict[str, str]:
    shown = {
        "subject": caller.subject,
        "name": caller.name,
        "kind": caller.kind,
        "role": caller.role,
        "organization": caller.organization,
    }
    return {name: text for name, text in shown.items() if text}


def _plain_violation(violation: Violation) -> dict[str, Any]:
    """Return a violation as JSON, with its place as a JSON Pointer (RFC 6901)."""
    return {
        "location": violation.location,
        "pointer": join("", *violation.path),
        "keyword": violation.keyword,
        "message": violation.message,
    }


def _override_sentences(override: Override | str | None) -> list[str]:
    if override is None:
        return []
    if isinstance(override, str):
        return [f"Preferred in this world: {override}."]
    return [f"Injected fault: {override.description}."]


def _source_sentences(source: Source | None) -> list[str]:
    return [] if source is None else [f"Source: {source.name}. {source.reason}"]


def _outcome_sentences(branch: str, step: Step, handler: str, verdict: str, message: str) -> list[str]:
    if branch.startswith("rejected"):
        by = f" by {handler}" if step is Step.HANDLER else ""
        return [f"R{branch[1:]}{by} ({verdict}): {message}"]
    if branch.startswith("failed"):
        return [f"F{branch[1:]} ({verdict}): {message}" if message else f"F{branch[1:]} ({verdict})."]
    sentence = {
        "handler": f"The handler {handler} responded.",
        "preference": f"A preference chose the response ({verdict}); the operation did not run.",
        "upstream": "The upstream responded.",
        "fault": f"An injected fault replaced the response ({verdict}); the operation did not run.",
    }.get(branch, f"There is no handler: the inferred action `{branch}` responded.")
    return [sentence, *filter(None, [_NOTES.get(verdict), message if verdict in _MARKED else None])]


_ANYWHERE = Place(None)
_ERRORS = 400


class OperationFormatter:
    """Formats the journal records of one operation."""

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        operation: Operation,
        contract: Contract,
        template: str,
        redaction: Redaction,
        *,
        handler: str = "",
        behaviour: Behaviour | None = None,
        guarded: bool = True,
    ) -> None:
        """Prepare; `handler` is the name of the operation's handler, or `behaviour` infers its action."""
        self.operation_key = contract.name, operation.operation_id
        self._operation = operation
        self._contract = contract
        self._template = template
        self._redaction = redaction
        self._handler = handler
        self._behaviour = behaviour
        self._guarded = guarded

    def format(self, number: int, record: JournalRecord) -> Entry:
        """Make the entry of a record."""
        operation, step, status = self._operation, record.step, record.status
        secrets = Secrets(self._redaction)
        code, message, violations = (record.verdict, "", ()) if isinstance(record.verdict, str) else record.verdict
        headers, response_headers = _texts(record.request_headers.items()), _texts(record.response_headers)
        places, query = self._parameters, _text(record.query)
        path, values = secrets.path(_text(record.path), self._template, places["path"])
        shown_query = secrets.query(query, places["query"])
        request = secrets.message(headers, record.request_body, self._request_place(headers), places["header"])
        response = secrets.message(
            response_headers, record.response_body, self._response_place(status, response_headers), {}
        )
        if record.request_body is None and headers.get("content-length", "0") != "0":
            request = _unread(request)
        action, why = self._inferred()
        branch = _branch(step, code, violations, action)
        scheme = ""
        if self._guarded and record.caller is not None:
            scheme = _scheme_names(operation, lambda name: self._was_sent(name, headers, query))
        trace = [
            f"{record.method} {self._template} is {operation.operation_id} of {self._contract.name}.",
            *self._authentication_sentences(record.caller, scheme),
            *_override_sentences(record.override),
            *_source_sentences(record.source),
            *_outcome_sentences(branch, step, self._handler, code, message),
            *(why if step is Step.ACTION else ()),
            self._response_sentence(status, response_headers),
        ]
        override = record.override
        return Entry(
            number=number,
            at=record.micros / 1_000_000,
            method=record.method,
            path=secrets.elsewhere(path + ("?" + shown_query if shown_query else "")),
            template=self._template,
            operation=operation.operation_id,
            api=self._contract.name,
            parameters=secrets.elsewhere({"path": values, "query": _pairs(shown_query)}),
            request=_without(secrets, request),
            caller=_plain_caller(record.caller) if record.caller is not None else None,
            scheme=scheme,
            status=status,
            response=_without(secrets, response),
            verdict=code,
            violations=secrets.elsewhere(tuple(map(_plain_violation, violations))),
            branch=branch,
            handler=self._handler if step is Step.HANDLER else "",
            trace=secrets.elsewhere(tuple(map(secrets.text, trace))),
            credentials=self._credentials,
            fault="" if override is None or isinstance(override, str) else override.description,
            source="" if record.source is None else record.source.name,
            traceparent=traceparent_of(record.request_headers),
            microseconds=round(record.seconds * 1_000_000),
        )

    def row(self, number: int, record: JournalRecord) -> Row:
        """Make the row of a record. The bodies of a plain success are not redacted, which takes most of the time."""
        if record.verdict or record.override is not None or not 0 < record.status < _ERRORS:
            return row_of(self.format(number, record))
        secrets, places = Secrets(self._redaction), self._parameters
        path, values = secrets.path(_text(record.path), self._template, places["path"])
        query = secrets.query(_text(record.query), places["query"])
        texts = [*values.values(), *(text for found in _pairs(query).values() for text in found)]
        headers = [*record.request_headers.values(), *(value for _, value in record.response_headers)]
        if occurs(texts, (record.request_body, record.response_body, *headers)):
            return row_of(self.format(number, record))
        return Row(
            number=number,
            at=record.micros / 1_000_000,
            method=record.method,
            path=secrets.elsewhere(path + ("?" + query if query else "")),
            template=self._template,
            operation=self._operation.operation_id,
            api=self._contract.name,
            status=record.status,
            verdict="",
            reason="",
            fault="",
            source="" if record.source is None else record.source.name,
            traceparent=traceparent_of(record.request_headers),
            microseconds=round(record.seconds * 1_000_000),
        )

    @cached_property
    def _parameters(self) -> dict[str, dict[str, Place]]:
        """The places of the declared parameters, by location and name."""
        return {
            location: {parameter.name: Place(parameter.schema) for parameter in parameters}
            for location, parameters in self._operation.by_location.items()
        }

    @cached_property
    def _credentials(self) -> tuple[tuple[str, str], ...]:
        """Where the declared security schemes take a credential from."""
        found = [("header", "authorization")]
        schemes = self._contract.security_schemes
        for scheme in (schemes.get(name) or {} for requirement in self._operation.security for name in requirement):
            if scheme.get("type") == "apiKey":
                location, name = str(scheme.get("in")), str(scheme.get("name"))
                found.append((location, name.lower() if location == "header" else name))
        return tuple(dict.fromkeys(found))

    @cached_property
    def _bodies(self) -> dict[Any, Place]:
        return {}

    def _inferred(self) -> tuple[str, list[str]]:
        """Return the inferred action of the operation, and why it was inferred; nothing if there is a handler."""
        if self._behaviour is None:
            return "", []
        inferred = self._behaviour.inferred(self._operation)
        action = inferred.action if inferred.resource is None else f"{inferred.action} {inferred.resource.path}"
        return action, [f"Inferred as `{action}`, because {'; '.join(inferred.why)}."] if inferred.why else []

    def _request_place(self, headers: Mapping[str, str]) -> Place:
        """Return the place of a request body: of several media types, that of the one that was sent."""
        if self._operation.body is None:
            return _ANYWHERE
        return self._place("body", self._operation.body.media_types, headers)

    def _response_place(self, status: int, headers: Mapping[str, str]) -> Place:
        declared = self._operation.declares(status)
        return self._place(declared.pointer, declared.media_types, headers) if declared is not None else _ANYWHERE

    def _place(self, where: str, media_types: Mapping[str, Any], headers: Mapping[str, str]) -> Place:
        media = find_media_type(media_types, headers.get("content-type", "")) or next(iter(media_types.values()), None)
        if media is None or media.schema is None:
            return _ANYWHERE
        if (where, media.name) not in self._bodies:
            self._bodies[where, media.name] = Place(media.schema)
        return self._bodies[where, media.name]

    def _was_sent(self, name: str, headers: Mapping[str, str], query: str) -> bool:
        """Whether a request carries the credential of a security scheme."""
        sent = {header.encode("latin-1"): text.encode("latin-1") for header, text in headers.items()}
        scheme = compile_scheme(self._contract.security_schemes.get(name))
        return scheme.credential(sent, query.encode()) is not None

    def _authentication_sentences(self, caller: Caller | None, scheme: str) -> list[str]:
        if not self._guarded:
            return ["No authentication: the operation is open, or authentication is off."]
        if caller is None:
            return []
        who = f"{caller.name or caller.subject} ({caller.kind}{', ' + caller.role if caller.role else ''})"
        return [f"Authenticated as {who}{' by ' + scheme if scheme else ''}."]

    def _response_sentence(self, status: int, headers: Mapping[str, str]) -> str:
        """Return which declared response was sent, or that it is none."""
        if not status:
            return "No response was sent."
        declared = self._operation.declares(status)
        essence = essence_of(headers.get("content-type", ""))
        if declared is None:
            form = ": problem details" if essence == "application/problem+json" else ""
            return f"Response {status}, which is not declared{form}."
        if status >= _ERRORS and essence == "application/problem+json" and essence not in declared.media_types:
            return f"Response {status} as problem details: no body of the declared format could be made."
        return f"Response {status}, declared as {declared.status}."


class UnmatchedFormatter:
    """Formats the record of a request that no operation matched."""

    operation_key = ("", "")

    def __init__(self, redaction: Redaction, template: str, near_misses: Callable[[str, str], list[str]]) -> None:
        """`template` is the path that matched, if only its methods did not; `near_misses` returns sentences."""
        self._redaction = redaction
        self._template = template
        self._near_misses = near_misses

    def format(self, number: int, record: JournalRecord) -> Entry:
        """Make the entry of a record."""
        secrets, template, method = Secrets(self._redaction), self._template, record.method
        headers = _texts(record.request_headers.items())
        path, values = secrets.path(_text(record.path), template, {})
        query = secrets.query(_text(record.query), {})
        request = secrets.message(headers, None, _ANYWHERE, {})
        response = secrets.message(_texts(record.response_headers), record.response_body, _ANYWHERE, {})
        near = tuple(self._near_misses(method, _text(record.path)))
        reason = f"{template} does not declare {method}." if template else f"No operation has the path {path}."
        return Entry(
            number=number,
            at=record.micros / 1_000_000,
            method=method,
            path=secrets.elsewhere(path + ("?" + query if query else "")),
            template=template,
            parameters=secrets.elsewhere({"path": values, "query": _pairs(query)}),
            request=_without(secrets, _unread(request) if headers.get("content-length", "0") != "0" else request),
            status=record.status,
            response=_without(secrets, response),
            verdict=str(record.verdict),
            branch="unmatched",
            source="" if record.source is None else record.source.name,
            trace=secrets.elsewhere((reason, *_source_sentences(record.source), f"Response {record.status}.")),
            near_misses=secrets.elsewhere(tuple(map(secrets.text, near))),
            traceparent=traceparent_of(record.request_headers),
            microseconds=round(record.seconds * 1_000_000),
        )

    def row(self, number: int, record: JournalRecord) -> Row:
        """Make the row of a record. Its reason is that of the response: near misses take long in a large document."""
        secrets = Secrets(self._redaction)
        secrets.message(_texts(record.request_headers.items()), None, _ANYWHERE, {})
        path, _ = secrets.path(_text(record.path), self._template, {})
        query = secrets.query(_text(record.query), {})
        response = secrets.message(_texts(record.response_headers), record.response_body, _ANYWHERE, {})
        detail = response.body.get("detail") if isinstance(response.body, dict) else None
        return Row(
            number=number,
            at=record.micros / 1_000_000,
            method=record.method,
            path=secrets.elsewhere(path + ("?" + query if query else "")),
            template=self._template,
            operation="",
            api="",
            status=record.status,
            verdict=str(record.verdict),
            reason=secrets.elsewhere(secrets.text(detail)) if isinstance(detail, str) else "",
            fault="",
            source="" if record.source is None else record.source.name,
            traceparent=traceparent_of(record.request_headers),
            microseconds=round(record.seconds * 1_000_000),
        )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _texts(headers: Any) -> dict[str, str]:
    """Return headers by name in lower case; lines of one name become one list, those of Set-Cookie one text."""
    found: dict[str, str] = {}
    for raw, value in headers:
        name = raw.decode("latin-1").lower()
        text = value.decode("latin-1")
        found[name] = f"{found[name]}{', ' if name != 'set-cookie' else chr(10)}{text}" if name in found else text
    return found


def _pairs(query: str) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        pairs.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return pairs


def _without(secrets: Secrets, message: Message) -> Message:
    """Return a message without the secrets that were found elsewhere."""
    return replace(message, headers=secrets.elsewhere(message.headers), body=secrets.elsewhere(message.body))


def _unread(message: Message) -> Message:
    size = message.headers.get("content-length", "")
    return replace(message, form="unread", size=int(size) if size.isdecimal() else 0)
