"""The decision trace: in which steps an answer came about, in sentences."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote_plus

from locum.openapi.compile.bodies import essence_of, find_media_type
from locum.openapi.compile.security import compile_scheme
from locum.openapi.pointers import join
from locum.redaction import Redaction, Secrets
from locum.redaction.places import Place
from locum.world.journal import Entry
from locum.world.record_types import full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.callers import Caller
    from locum.errors import Violation
    from locum.infer.behaviour import Behaviour
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.world.journal import Message, Record

__all__ = [
    "NowhereTeller",
    "OperationFormatter",
    "Stage",
    "branch_of",
    "caller_said",
    "name_of",
    "outcome",
    "preference_sentences",
    "schemes_of",
    "violation_said",
]


Stage = Literal[
    "credentials",
    "parameters",
    "permission",
    "accept",
    "body",
    "capacity",
    "preferred",
    "fault",
    "handler",
    "action",
    "nowhere",
]
"""How far a request came: what judged it last, or what made its answer."""

_PLACES = {
    "credentials": "credentials",
    "permission": "permission",
    "accept": "acceptable media type",
    "preferred": "preference",
    "capacity": "capacity check",
    "handler": "rule",
    "action": "rule",
}
_OUT_OF_CONTRACT = frozenset({"contract_broken", "handler_failed", "generation_failed", "server_failed"})
_NOTES = {
    "broken_example": "A declared example breaks its own schema, so a value was made.",
    "accept_ignored": "No declared media type suits the Accept header, so that was ignored.",
    "contract_unsatisfiable": "Nothing fits the declared schema, so the closest value was sent.",
}
"""What is said of an answer that was given all the same."""
_NOTED = frozenset({*_NOTES, "request_violations"})
"""Verdicts on requests that were served."""


def name_of(function: Callable[..., Any]) -> str:
    """Return the name by which a handler is found: `handlers.api_keys.delete_api_key`."""
    return full_name(function)


def branch_of(stage: str, verdict: str, violations: Sequence[Violation], part: str) -> str:
    """Say in a word or two what made an answer."""
    if stage == "fault":
        return stage
    if verdict in _OUT_OF_CONTRACT:
        return f"failed at {part or 'handler'}"
    if not verdict or stage == "preferred" or (verdict in _NOTED and stage in {"action", "handler"}):
        return part if stage == "action" else stage
    if stage == "parameters":
        places = ", ".join(dict.fromkeys(violation.location for violation in violations))
        return f"refused at {places or stage}"
    if stage == "body":
        return "refused at " + ("media type" if verdict == "unsupported_media_type" else "body")
    return f"refused at {_PLACES.get(stage, stage)}"


def schemes_of(operation: Operation, sent: Callable[[str], bool]) -> str:
    """Name the security schemes by which a caller may have been admitted, by whether their credentials were sent.

    Where those of several alternatives were, the first that is good counted.
    """
    found = [" and ".join(requirement) for requirement in operation.security if all(map(sent, requirement))]
    return " or ".join(dict.fromkeys(filter(None, found)))


def caller_said(caller: Caller) -> dict[str, str]:
    """Return who asked, as plain data."""
    shown = {
        "subject": caller.subject,
        "name": caller.name,
        "kind": caller.kind,
        "role": caller.role,
        "organization": caller.organization,
    }
    return {name: text for name, text in shown.items() if text}


def violation_said(violation: Violation) -> dict[str, Any]:
    """Return a broken rule as plain data: where, by a pointer (RFC 6901), and which."""
    return {
        "location": violation.location,
        "pointer": join("", *violation.path),
        "keyword": violation.keyword,
        "message": violation.message,
    }


def preference_sentences(said: Any) -> list[str]:
    """Say what the world was told to do with a request: a preference, or what hit it."""
    if said is None:
        return []
    return [f"The world prefers {said}." if isinstance(said, str) else f"It was hit by {said.words}."]


def outcome(branch: str, stage: str, handler: str, verdict: str, message: str) -> list[str]:
    """Say how a request ended."""
    if branch.startswith("refused"):
        by = f" by {handler}" if stage == "handler" else ""
        return [f"It was {branch}{by} ({verdict}): {message}"]
    if branch.startswith("failed"):
        return [f"It {branch} ({verdict}): {message}" if message else f"It {branch} ({verdict})."]
    said = {
        "handler": f"The handler {handler} answered.",
        "preferred": f"The answer was chosen by what is preferred ({verdict}); nothing was done.",
        "fault": f"The fault answered ({verdict}); nothing was done.",
    }.get(branch, f"No handler plays it: the part `{branch}` answered.")
    return [said, *filter(None, [_NOTES.get(verdict), message if verdict == "request_violations" else None])]


_ANYWHERE = Place(None)
_ERRORS = 400


class OperationFormatter:
    """Tells of the exchanges of one operation."""

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
        """Take note of what plays the operation: a function by its name, or the `behaviour` that does without one."""
        self.asked = contract.name, operation.operation_id
        self._operation = operation
        self._contract = contract
        self._template = template
        self._redaction = redaction
        self._handler = handler
        self._behaviour = behaviour
        self._guarded = guarded

    def tell(self, number: int, record: Record) -> Entry:
        """Return the entry that a record stands for."""
        _, micros, method, raw, query, sent, body, caller, stage, verdict, status, head, answered, took, said = record
        operation, secrets = self._operation, Secrets(self._redaction)
        code, message, violations = (verdict, "", ()) if isinstance(verdict, str) else verdict
        headers, answer_headers = _texts(sent.items()), _texts(head)
        places = self._parameters
        path, values = secrets.path(_text(raw), self._template, places["path"])
        shown = secrets.query(_text(query), places["query"])
        request = secrets.message(headers, body, self._sent(headers), places["header"])
        answer = secrets.message(answer_headers, answered, self._answered(status, answer_headers), {})
        if body is None and headers.get("content-length", "0") != "0":
            request = _unread(request)
        action, why = self._played()
        branch = branch_of(stage, code, violations, action)
        scheme = schemes_of(operation, lambda name: self._was_sent(name, headers, _text(query)))
        scheme = scheme if self._guarded and caller is not None else ""
        told = [
            f"{method} {self._template} is {operation.operation_id} of {self._contract.name}.",
            *self._admission(caller, scheme),
            *preference_sentences(said),
            *outcome(branch, stage, self._handler, code, message),
            *(why if stage == "action" else ()),
            *self._form_of_answer(status, answer_headers),
        ]
        return Entry(
            number=number,
            at=micros / 1_000_000,
            method=method,
            path=secrets.elsewhere(path + ("?" + shown if shown else "")),
            template=self._template,
            operation=operation.operation_id,
            api=self._contract.name,
            parameters=secrets.elsewhere({"path": values, "query": _pairs(shown)}),
            request=_without(secrets, request),
            caller=caller_said(caller) if caller is not None else None,
            scheme=scheme,
            status=status,
            answer=_without(secrets, answer),
            verdict=code,
            violations=secrets.elsewhere(tuple(map(violation_said, violations))),
            branch=branch,
            handler=self._handler if stage == "handler" else "",
            trace=secrets.elsewhere(tuple(map(secrets.text, told))),
            credentials=self._credentials,
            fault=getattr(said, "words", ""),
            microseconds=round(took * 1_000_000),
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

    def _played(self) -> tuple[str, list[str]]:
        """Name the part that plays the operation without a handler, and say why that one."""
        if self._behaviour is None:
            return "", []
        inferred = self._behaviour.inferred(self._operation)
        action = inferred.action if inferred.resource is None else f"{inferred.action} {inferred.resource.path}"
        return action, [f"It is `{action}`, because {'; '.join(inferred.why)}."] if inferred.why else []

    def _sent(self, headers: Mapping[str, str]) -> Place:
        """Return the place of a request body: of several media types, that of the one that was sent."""
        if self._operation.body is None:
            return _ANYWHERE
        return self._place("body", self._operation.body.media_types, headers)

    def _answered(self, status: int, headers: Mapping[str, str]) -> Place:
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

    def _admission(self, caller: Caller | None, scheme: str) -> list[str]:
        if not self._guarded:
            return ["Nobody is asked for: it is open, or authentication is off."]
        if caller is None:
            return []
        who = f"{caller.name or caller.subject} ({caller.kind}{', ' + caller.role if caller.role else ''})"
        return [f"{who} was admitted{' by ' + scheme if scheme else ''}."]

    def _form_of_answer(self, status: int, headers: Mapping[str, str]) -> list[str]:
        """Say which declared answer it is, or that it is none."""
        if not status:
            return ["It got no answer."]
        declared = self._operation.declares(status)
        if declared is None:
            return [f"It answered {status}, which is not declared, as problem details."]
        essence = essence_of(headers.get("content-type", ""))
        if status >= _ERRORS and essence == "application/problem+json" and essence not in declared.media_types:
            return [f"It answered {status} as problem details: the declared form could not be given."]
        return [f"It answered {status}, declared as {declared.status}."]


class NowhereTeller:
    """Tells of requests that no operation matched."""

    asked = ("", "")

    def __init__(self, redaction: Redaction, near: Callable[[str, str], list[str]]) -> None:
        """`near` says which operations a method and a path nearly matched, and why not."""
        self._redaction = redaction
        self._near = near

    def tell(self, number: int, record: Record) -> Entry:
        """Return the entry that a record stands for; in the place of its stage is the template that matched."""
        _, micros, method, raw, query, sent, _, _, template, verdict, status, head, answered, took, _ = record
        secrets = Secrets(self._redaction)
        headers = _texts(sent.items())
        path, values = secrets.path(_text(raw), template, {})
        shown = secrets.query(_text(query), {})
        request = secrets.message(headers, None, _ANYWHERE, {})
        answer = secrets.message(_texts(head), answered, _ANYWHERE, {})
        near = tuple(self._near(method, _text(raw)))
        said = f"{template} is declared, {method} is not." if template else f"No operation has the path {path}."
        return Entry(
            number=number,
            at=micros / 1_000_000,
            method=method,
            path=secrets.elsewhere(path + ("?" + shown if shown else "")),
            template=template,
            parameters=secrets.elsewhere({"path": values, "query": _pairs(shown)}),
            request=_without(secrets, _unread(request) if headers.get("content-length", "0") != "0" else request),
            status=status,
            answer=_without(secrets, answer),
            verdict=verdict,
            branch="nowhere",
            trace=secrets.elsewhere((said, f"It answered {status}.")),
            near=secrets.elsewhere(tuple(map(secrets.text, near))),
            microseconds=round(took * 1_000_000),
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
