"""One run of a scenario on one server: it sends requests, records them, and cleans up what it created."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from locum.openapi.paths import expressions_of
from locum.verify.behaviour.agreement import at_place
from locum.verify.behaviour.bodies import choices_of, is_free_text, may_be_unique, with_record
from locum.verify.behaviour.run_records import (
    Blocked,
    IdentifierReused,
    OutOfTime,
    RunRecord,
    RunStep,
    is_success,
    key_is_sent,
)
from locum.verify.behaviour.subjects import elements_in, media_of
from locum.verify.scenarios.replay import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from locum.openapi.compile.operations import Operation
    from locum.verify.behaviour.run_client import RunClient
    from locum.verify.behaviour.subjects import BehaviourSubject
    from locum.verify.exchanges import Shown

__all__ = ["ScenarioRun"]

_MOST_TRIES = 3
"""How often a create is repeated with other values after a conflict."""
_CONFLICTS = frozenset({400, 403, 404, 409, 422})
"""Statuses of an error after which another body may be accepted: other values, references or fewer members."""
_SERVER_ERRORS = 500
_ASYNCHRONOUS = 202


def _may_vary(refused: Shown) -> bool:
    """Return whether another body may be accepted; the other phases report what a server fails for."""
    return refused.status in _CONFLICTS or refused.status >= _SERVER_ERRORS


class ScenarioRun:
    """One run of a scenario."""

    def __init__(self, client: RunClient, number: int, send: Callable[[Shown], Shown]) -> None:
        """Set up a run; `number` selects its values, so that its records differ from those of others."""
        self.client = client
        self.number = number
        self.steps: list[RunStep] = []
        self._send = send
        self._made: list[tuple[RunRecord, str | None]] = []
        self._parents: dict[Any, tuple[str, ...]] = {}
        self._targets: dict[Any, list[Any]] = {}
        """The identifiers of records to refer to, by subject."""
        self._count = 0

    @property
    def last(self) -> int:
        """The number of the last step."""
        return len(self.steps) - 1

    def exchanges(self) -> dict[int, Shown]:
        """Return the exchanges by the number of their step."""
        return dict(enumerate(step.shown for step in self.steps))

    def send(  # noqa: PLR0913 (the parts of a request)
        self,
        operation: Operation,
        path: tuple[str, ...] = (),
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        method: str = "",
        url: str = "",
        is_anonymous: bool = False,
    ) -> Shown:
        """Send a request to an operation and record it; `token` overrides the usual credential, "" sends none.

        `url` overrides the URL, for links that a server gave.
        """
        if self.client.deadline and monotonic() > self.client.deadline:
            raise OutOfTime
        requests = self.client.requests
        values: dict[tuple[str, str], Any] = dict(
            zip((("path", name) for name in expressions_of(operation.path)), path, strict=False)
        )
        given = query or {}
        for parameter in operation.parameters:
            if parameter.required and parameter.location != "path" and parameter.name not in given:
                values[parameter.location, parameter.name] = requests.value(operation, parameter)
        values |= {("query", name): value for name, value in given.items() if value is not None}
        data, content_type = None, ""
        media = media_of(operation)
        if body is not None and media is not None:
            data, content_type = media.write(body), media.name
        request = requests.of(operation, values, data, content_type, token)
        if is_anonymous:
            request = requests.without_credentials(operation, request)
        if "accept" not in request.headers:
            request = replace(request, headers={**request.headers, "accept": "*/*"})
        if headers:
            request = replace(request, headers={**request.headers, **headers})
        if method:
            request = replace(request, method=method)
        if url:
            request = replace(request, url=url)
        shown = self._send(request)
        self.steps.append(RunStep(operation, shown, "none" if is_anonymous else "other" if token else ""))
        return shown

    def fresh(self) -> int:
        """Return a number that no other record of this run has."""
        self._count += 1
        return self.number * 1000 + self._count

    def parents_of(self, subject: BehaviourSubject) -> tuple[str, ...]:
        """Return the path values above a subject: those of a new parent, else of an existing one."""
        if not subject.resource.depth:
            return ()
        if subject not in self._parents:
            self._parents[subject] = self._found_parents(subject)
        return self._parents[subject]

    def _found_parents(self, subject: BehaviourSubject) -> tuple[str, ...]:
        depth, parent = subject.resource.depth, subject.parent
        if parent is not None and parent.resource.depth == depth - 1:
            if parent.is_creatable:
                try:
                    return self.create(parent).path_values
                except Blocked:
                    pass
            above = self.parents_of(parent)
            if parent.list_all is not None:
                shown = self.send(parent.list_all, above)
                for element in elements_in(shown, parent) or ():
                    key = parent.resource.key_of(element)
                    if key is not None:
                        return (*above, str(key))
        for operation in subject.all:
            values = self.client.known_values(operation)
            if len(values) >= depth:
                return values[:depth]
        raise Blocked(f"no record is known above {subject.resource.path}")

    def create(  # noqa: PLR0913 (what is special about the record)
        self,
        subject: BehaviourSubject,
        changes: Mapping[str, Any] | None = None,
        *,
        without: Collection[str] = (),
        parents: tuple[str, ...] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        token: str | None = None,
    ) -> RunRecord:
        """Create a record. `changes` are members with values of their own; `body` is sent as it is.

        Raises Blocked if the server does not create it.
        """
        operation = subject.maker
        if operation is None:
            raise Blocked(f"{subject.resource.path} has no operation that creates a record")
        if subject in self.client.unreachable and body is None and changes is None:
            raise Blocked(f"no record of {subject.resource.path} could be created")
        parents = self.parents_of(subject) if parents is None else parents
        references = self._references(subject, operation, {*(changes or {}), *without})
        refused: Shown | None = None
        for _ in range(_MOST_TRIES):
            number = self.fresh()
            forms = (
                [(-1, body)] if body is not None else self.client.bodies.forms(subject, operation, number, references)
            )
            for form, made in forms:
                whole = _altered(made, subject.place_in(operation), changes or {}, without)
                key = self._client_key(subject, operation, whole, number) if subject.puts else None
                path = parents if key is None else (*parents, str(key))
                shown = self.send(operation, path, body=whole, headers=headers, token=token)
                if is_success(shown):
                    if form >= 0 and not changes and not without:
                        self.client.bodies.accepted(operation, form)
                    return self._record(subject, operation, parents, key, whole, token)
                refused = shown
                if not _may_vary(shown):
                    break
            if refused is None or not _may_vary(refused) or body is not None:
                break
        if not changes and not without and body is None:
            self.client.unreachable.add(subject)
        status = refused.status if refused is not None else 0
        reason = f"responds {status}" if status else "has no body that can be generated"
        raise Blocked(f"{operation.method} {operation.path} {reason}, so no record could be created")

    def _record(  # noqa: PLR0913, PLR0917 (what is known of the request)
        self,
        subject: BehaviourSubject,
        operation: Operation,
        parents: tuple[str, ...],
        key: Any,
        whole: Any,
        token: str | None,
    ) -> RunRecord:
        shown = self.steps[-1].shown
        sent = at_place(whole, subject.place_in(operation))
        sent = dict(sent) if isinstance(sent, dict) else {}
        if key is None:
            key = self.key_in(subject, operation, shown)
        if key is None:
            key = subject.resource.key_of(sent)
        record = RunRecord(subject=subject, parents=parents, key=key, sent=sent, body=whole, created=self.last)
        if key is None:
            raise Blocked(f"the response of {operation.method} {operation.path} does not show the identifier")
        for other, _ in self._made:
            if other.subject is not subject or other.path_values != record.path_values:
                continue
            if not key_is_sent(record):
                raise IdentifierReused(f"{operation.method} {operation.path} returns the identifier of another record")
            if not subject.puts and str(subject.resource.key_of(sent)) != str(key):
                raise Blocked(f"{operation.method} {operation.path} returns another record with the same values")
        self._made.append((record, token))
        if shown.status == _ASYNCHRONOUS:
            raise Blocked(f"{operation.method} {operation.path} responds 202, so the record may not exist yet")
        return record

    def key_in(self, subject: BehaviourSubject, operation: Operation, shown: Shown) -> Any:
        """Return the identifier of a record in a response: in its body, else at the end of its Location."""
        body = as_json(shown.response_body)
        for place in dict.fromkeys((subject.record_place(operation), subject.resource.envelope, (), ("data",))):
            key = subject.resource.key_of(at_place(body, place)) if subject.resource.identity else None
            if isinstance(key, str | int) and not isinstance(key, bool):
                return key
        if subject.assumes_identity:
            subject.resource.identity, subject.assumes_identity = (), False
        location = shown.response_headers.get("location", "")
        last = unquote(urlsplit(location).path.rstrip("/").rpartition("/")[2])
        if last and last not in operation.path.split("/"):
            return last
        return body if isinstance(body, str | int) and not isinstance(body, bool) and body != "" else None

    def twin(self, record: RunRecord) -> RunRecord:
        """Create a record with the same values, except for those that must be unique.

        Raises Blocked if the server does not create it.
        """
        maker = record.subject.maker
        sends = record.subject.sends(maker) if maker is not None else {}
        unique = may_be_unique(sends)
        alike = {
            name: value
            for name, value in record.sent.items()
            if name in sends
            and not is_free_text(name, sends[name])
            and name not in record.subject.resource.identity[:1]
            and name not in unique
        }
        before = len(self._made)
        try:
            twin = self.create(record.subject, body=record.body, parents=record.parents)
        except Blocked:
            twin = None
        if twin is not None and twin.path_values != record.path_values:
            return twin
        del self._made[before:]  # the server knows the record by its values
        plain = {
            name: value for name, value in alike.items() if choices_of(sends[name]) or isinstance(value, int | float)
        }
        for changes in (alike, plain):
            try:
                return self.create(record.subject, changes, parents=record.parents)
            except Blocked:
                continue
        return self.create(record.subject, parents=record.parents)

    def _client_key(self, subject: BehaviourSubject, operation: Operation, whole: Any, number: int) -> Any:
        """Return an identifier for a record that is created at its path."""
        record = at_place(whole, subject.place_in(operation))
        key = subject.resource.key_of(record) if isinstance(record, dict) else None
        if key is not None:
            return key
        name = expressions_of(operation.path)[-1]
        parameter = next((one for one in operation.by_location["path"] if one.name == name), None)
        if parameter is None:
            raise Blocked(f"{operation.path} has no parameter for the identifier")
        text = self.client.bodies.other(name, parameter.schema, None, number)
        if text is None:
            raise Blocked(f"no identifier for {operation.path} can be generated")
        return text

    def _references(self, subject: BehaviourSubject, operation: Operation, given: Collection[str]) -> dict[str, Any]:
        """Return the values of required references, for which records are created or found."""
        schema = subject.sent_schema(operation)
        if schema is None:
            return {}
        shape = subject.shapes.of(schema)
        found: dict[str, Any] = {}
        for relation in subject.relations:
            needed = relation.member in shape.required and relation.member not in given
            if not needed or not relation.is_certain or relation.holds or relation.target is subject.resource:
                continue
            value = self._reference(relation.target, subject)
            if value is not None:
                found[relation.member] = [value] if relation.many else value
        return found

    def optional_references(self, subject: BehaviourSubject, turn: int = 0) -> dict[str, Any]:
        """Return values of the optional references of a record: a new record of each target, others for each turn."""
        maker = subject.maker
        schema = subject.sent_schema(maker) if maker is not None else None
        if schema is None:
            return {}
        shape, found = subject.shapes.of(schema), {}
        for relation in subject.relations:
            other = next((one for one in self.client.subjects if one.resource is relation.target), None)
            is_open = relation.member in shape.properties and relation.member not in shape.required
            is_plain = relation.is_certain and not (relation.holds or relation.many or relation.named_by)
            if is_open and is_plain and other is not None and other is not subject and not other.resource.depth:
                targets = self._targets.setdefault(other, [])
                try:
                    while len(targets) <= turn:
                        targets.append(self.create(other).key)
                except Blocked:
                    continue
                found[relation.member] = targets[turn]
        return found

    def create_connected(self, subject: BehaviourSubject) -> RunRecord:
        """Create a record with its optional references, if the server takes them. Raises Blocked."""
        references = self.optional_references(subject)
        if references:
            try:
                return self.create(subject, references)
            except Blocked:
                pass
        return self.create(subject)

    def _reference(self, target: Any, subject: BehaviourSubject) -> Any:
        other = next((one for one in self.client.subjects if one.resource is target), None)
        if other is None or other is subject:
            return None
        for record, _ in self._made:
            if record.subject is other:
                return record.key
        try:
            return self.create(other).key
        except Blocked:
            if other.list_all is None or other.resource.depth:
                return None
            elements = elements_in(self.send(other.list_all), other) or ()
            return next((key for one in elements if (key := other.resource.key_of(one)) is not None), None)

    def read(self, record: RunRecord, **more: Any) -> Shown:
        """Read a record. Raises Blocked if there is no operation for it."""
        operation = record.subject.read
        if operation is None:
            raise Blocked(f"records of {record.subject.resource.path} cannot be read")
        return self.send(operation, record.path_values, **more)

    def members(self, subject: BehaviourSubject, operation: Operation, shown: Shown) -> dict[str, Any]:
        """Return the members of the record in a response; {} if it shows none."""
        body = as_json(shown.response_body)
        for place in dict.fromkeys((subject.record_place(operation), subject.resource.envelope, ())):
            found = at_place(body, place)
            if isinstance(found, dict):
                return found
        return {}

    def place_of(self, subject: BehaviourSubject, operation: Operation, shown: Shown) -> tuple[str | int, ...]:
        """Return the path to the record in a response."""
        body = as_json(shown.response_body)
        for place in dict.fromkeys((subject.record_place(operation), subject.resource.envelope)):
            if isinstance(at_place(body, place), dict):
                return place
        return ()

    def shown_of(self, record: RunRecord) -> dict[str, Any]:
        """Read a record and return its members. Raises Blocked if that fails."""
        shown = self.read(record)
        if not is_success(shown) or record.subject.read is None:
            raise Blocked(f"reading a record of {record.subject.resource.path} responds {shown.status}")
        return self.members(record.subject, record.subject.read, shown)

    def change(self, record: RunRecord, operation: Operation, members: Mapping[str, Any], **more: Any) -> Shown:
        """Update a record with some members, or replace it with all that it was sent and these.

        Members that the schema of an update requires are sent as they were.
        """
        place = record.subject.place_in(operation)
        body: Any = dict(members)
        schema = record.subject.sent_schema(operation)
        required = record.subject.shapes.of(schema).required if schema is not None else frozenset()
        if operation is not record.subject.replace:
            body = {**{name: value for name, value in record.sent.items() if name in required}, **members}
        else:
            known = record.subject.sends(operation)
            body = {**{name: value for name, value in record.sent.items() if name in known}, **members}
            key = record.subject.resource.member
            if key is not None and key in known and key not in body:
                body[key] = record.key
        return self.send(operation, record.path_values, body=with_record({}, place, body), **more)

    def delete(self, record: RunRecord, **more: Any) -> Shown:
        """Delete a record. Raises Blocked if there is no operation for it."""
        if record.subject.delete is None:
            raise Blocked(f"records of {record.subject.resource.path} cannot be deleted")
        return self.send(record.subject.delete, record.path_values, **more)

    def forget(self, record: RunRecord) -> None:
        """Mark a record as deleted, so that it is not cleaned up."""
        self._made = [one for one in self._made if one[0] is not record]

    def close(self) -> list[RunStep]:
        """Delete the records that are left, the last first, and return the steps that did so."""
        before = len(self.steps)
        for record, token in reversed(self._made):
            if record.subject.delete is not None:
                try:
                    self.send(record.subject.delete, record.path_values, token=token)
                except OutOfTime:
                    self.client.deadline += 1.0  # what was created is cleaned up in any case
                    self.send(record.subject.delete, record.path_values, token=token)
        self._made = []
        done, self.steps = self.steps[before:], self.steps[:before]
        return done


def _altered(body: Any, place: tuple[str | int, ...], changes: Mapping[str, Any], without: Collection[str]) -> Any:
    record = at_place(body, place)
    if not isinstance(record, dict):
        return body
    kept = {name: value for name, value in record.items() if name not in without}
    return with_record(body, place, {**kept, **changes})
