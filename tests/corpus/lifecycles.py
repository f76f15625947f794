"""Lifecycles of records: create, read, list, update and delete."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from locum.infer.lists.paging import paging_parts
from locum.infer.records import states
from locum.infer.resources.identities import request_place, response_place
from locum.infer.resources.relations import relations_of
from locum.infer.resources.resources import find_success_schema
from locum.infer.resources.shapes import Shapes
from locum.openapi.paths import expressions_of
from tests.corpus.pages import Pages
from tests.corpus.requests import Requests, Unsatisfiable, usual_media
from tests.corpus.walks import sample, send, server_error

EMPTY = (None, "", [], {})
"""Values that a form cannot contain."""


class Broken(Exception):
    """A response is not as a client expects it."""


class Undocumented(Exception):
    """The document lacks information that a client needs."""


@dataclass
class Lifecycle:
    """The result for one record."""

    path: str
    done: list[str] = field(default_factory=list)
    problem: str = ""
    undocumented: str = ""
    """Missing information that ends the lifecycle early."""
    failures: list[str] = field(default_factory=list)
    """Server errors."""


def _like(value, key):
    """Return the key of a record with the type of a sent value."""
    return int(key) if isinstance(value, int) and str(key).isdigit() else key


def lifecycles(application, service, most=0) -> list[Lifecycle]:
    """Run the lifecycle of one record of each collection that supports create and read.

    With `most`, only for a seeded sample of so many collections.
    """
    shapes = Shapes(service.contract.schemas)
    actions: dict = {}
    for operation in service.contract.operations.values():
        inferred = service.behaviour.inferred(operation)
        if inferred.resource is None or inferred.resource.singleton or set(operation.path) & set("#?"):
            continue
        home = inferred.resource.path if inferred.action in {"list", "create"} else inferred.resource.item
        if operation.path == home:
            actions.setdefault(inferred.resource.path, {}).setdefault(inferred.action, (operation, inferred.resource))
    found = []
    collections = [item for item in actions.items() if {"create", "read"} <= item[1].keys()]
    for number, (path, by_action) in enumerate(sample(collections, most)):
        name = f"life{number}"
        life = _LifecycleRun(
            application, service, shapes, name, {action: one for action, (one, _) in by_action.items()}
        )
        life.resource = by_action["create"][1]
        found.append(life.run(Lifecycle(path)))
        application.worlds.drop(name)
    return found


class _LifecycleRun:
    def __init__(self, application, service, shapes, world, operations) -> None:
        self.application = application
        self.service = service
        self.shapes = shapes
        self.name = world
        self.world = application.worlds.named(world)
        self.operations = operations
        self.resource = None
        self.selection = None
        self.failures = []

    def run(self, lifecycle) -> Lifecycle:
        """Run the lifecycle as far as possible."""
        self.failures = lifecycle.failures
        try:
            self._run(lifecycle)
        except (Broken, Unsatisfiable) as problem:
            lifecycle.problem = str(problem)
        except Undocumented as problem:
            lifecycle.undocumented = str(problem)
        return lifecycle

    def _run(self, lifecycle) -> None:
        done = lifecycle.done
        above = self.service.behaviour.path_values(self.operations["create"], self.world)
        sent, reply = self._ask("create", above)
        path = (*above, self._key(sent, reply))
        if not path[-1]:
            raise Undocumented("the name of the new record is empty, which no path can hold")
        done.append("created")
        self._compare(sent, "create", self._read(path))
        done.append("read")
        if "list" in self.operations and self._listed(path, there=True):
            done.append("listed")
        for action, past in (("update", "updated"), ("replace", "replaced")):
            if action in self.operations:
                before = self._read(path)
                sent, _ = self._ask(action, path, seed=1, etag=before.headers.get("etag"))
                self._compare(sent, action, self._read(path))
                done.append(past)
        if "delete" in self.operations:
            self._ask("delete", path, etag=self._read(path).headers.get("etag"))
            status = self._send("read", path)[1].status
            if status < 400:
                raise Broken(f"GET after DELETE answers {status}")
            if "list" in self.operations:
                self._listed(path, there=False)
            done.append("deleted")

    def _send(self, action, path, seed=0, etag=None):
        operation = self.operations[action]
        request = Requests(self.service, self.world, seed, optional=0).to(operation, path)
        self._refer(operation, request)
        if etag is not None and "if-match" in request.headers:
            request.headers["if-match"] = etag
        reply = send(self.application, request, self.name)
        if server_error(operation, reply):
            self.failures.append(f"{operation.method} {operation.path}: {server_error(operation, reply)}")
        return request.value, reply

    def _refer(self, operation, request) -> None:
        """Replace the ids in a JSON body by those of existing records, as a client would use."""
        behaviour = self.service.behaviour
        if (
            self.resource is None
            or not isinstance(request.value, dict)
            or "json" not in request.headers.get("content-type", "")
        ):
            return
        sent = request.value
        _media, one = usual_media(operation.body)
        for step in request_place(self.shapes, self.shapes.of(one.schema), self.resource) if one.schema else ():
            sent = sent.get(step) if isinstance(sent, dict) else None
        if not isinstance(sent, dict):
            return
        for relation in relations_of(self.resource, behaviour.resources, behaviour.shapes):
            value = sent.get(relation.member)
            if value is None or isinstance(value, dict) or relation.target.depth > 0:
                continue
            key = next(iter(behaviour.keys(relation.target, self.world)), None)
            if not isinstance(value, list):
                sent[relation.member] = _like(value, key)
            elif value and not any(isinstance(one, dict) for one in value):
                sent[relation.member] = [_like(value[0], key)]
        request.body = json.dumps(request.value).encode()

    def _ask(self, action, path, seed=0, etag=None):
        value, reply = self._send(action, path, seed, etag)
        if reply.status >= 300:
            raise Broken(f"{action} answers {reply.status}: {reply.body[:200].decode('utf-8', 'replace')}")
        return value, reply

    def _read(self, path):
        return self._ask("read", path)[1]

    def _record(self, operation, reply):
        """Return the record in a response, or None."""
        schema = find_success_schema(operation)
        if schema is None or not reply.body or "json" not in reply.headers.get("content-type", ""):
            return None
        return unwrapped(reply.json, response_place(self.shapes, self.shapes.of(schema), self.resource))

    def _key(self, sent, reply) -> str:
        """Return the identifier of the new record from the response, its Location, or the request."""
        record = self._record(self.operations["create"], reply)
        if isinstance(record, dict) and record.get(self.resource.member) is not None:
            return scalar(record[self.resource.member])
        if "location" in reply.headers:
            return unquote(urlsplit(reply.headers["location"]).path.rpartition("/")[2])
        if isinstance(sent, dict) and sent.get(self.resource.member) is not None:
            return scalar(sent[self.resource.member])
        raise Undocumented("the response to POST does not show what the new record is called")

    def _compare(self, sent, action, reply) -> None:
        """Whether a record has the values that were sent, as far as its schema declares them."""
        operation = self.operations[action]
        media, one = usual_media(operation.body) if operation.body is not None else ("", None)
        if not isinstance(sent, dict) or one is None or one.schema is None:
            return
        sent = unwrapped(sent, request_place(self.shapes, self.shapes.of(one.schema), self.resource))
        got = self._record(self.operations["read"], reply)
        if not isinstance(sent, dict) or not isinstance(got, dict):
            return
        said = expressible if "form" in media else lambda value: value
        schema = find_success_schema(self.operations["read"])
        known = self.shapes.of(schema)
        for step in response_place(self.shapes, known, self.resource):
            known = self.shapes.of(known.properties[step])
        times = states.Lifecycle(known, self.shapes)
        above = expressions_of(operation.path)
        own = {self.resource.member, *above, *times.created, *times.changed}  # set by the server or the path
        for name, value in sent.items():
            place = known.properties.get(name)
            if place is None or name in own or not place.is_valid(value):
                continue
            wanted, shown = said(value), said(got.get(name))
            silent = (
                said is expressible and wanted in EMPTY
            ) or wanted == {}  # an empty object has no members to compare
            removed = action == "update" and value is None  # RFC 7396, section 2
            if silent or (removed and shown is None):
                continue
            # Partial nested objects are completed, by PUT too.
            if name not in got or not shows(shown, wanted, patched=True):
                raise Broken(f"after {action}, GET shows {name} as {got.get(name)!r:.150}: sent was {value!r:.150}")

    def _listed(self, path, *, there) -> bool:
        """Whether the list contains a record; raises if it should not."""
        operation, member = self.operations["list"], self.resource.member
        if there:
            self.selection = self._selecting(operation, self._record(self.operations["read"], self._read(path)))
        if member is None or self.selection is None:
            return False
        pages = Pages(self.service, self.shapes, operation)
        request = Requests(self.service, self.world, optional=0).to(operation, path[:-1], self.selection)
        keys = []
        for elements in pages.of(request, lambda one: send(self.application, one, self.name)):
            keys += [scalar(element.get(member)) for element in elements if isinstance(element, dict)]
        if keys and set(keys) == {"null"}:
            return False  # the list has no identifiers
        if (path[-1] in keys) is not there:
            raise Broken(f"the list {'lacks' if there else 'still has'} the record ({len(keys)} in it)")
        return True

    def _selecting(self, operation, record):
        """Return the query parameters that select a record, or None if that is unclear."""
        paging = {action.parameter for action in paging_parts(operation.by_location["query"])}
        values = {}
        for parameter in operation.by_location["query"]:
            if parameter.required and parameter.name not in paging:
                value = record.get(parameter.name) if isinstance(record, dict) else None
                if isinstance(value, dict):
                    value = value.get(self.resource.member)
                if value is None or not parameter.schema.is_valid(value):
                    return None
                values[parameter.name] = value
        return values


def shows(got, sent, *, patched) -> bool:
    """Whether a member has the value sent; members absent in a merge patch are unchanged."""
    if patched and isinstance(got, dict) and isinstance(sent, dict):
        return all(shows(got.get(name), value, patched=True) for name, value in sent.items())
    return got == sent


def expressible(value):
    """Return the part of a value that a form can contain: no nulls, empty lists or empty objects."""
    if isinstance(value, dict):
        members = {name: expressible(one) for name, one in value.items()}
        return {name: one for name, one in members.items() if one not in EMPTY}
    return [expressible(one) for one in value] if isinstance(value, list) else value


def scalar(value) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else "null"


def unwrapped(value, place):
    for step in place or ():
        if not isinstance(value, dict) or step not in value:
            return None
        value = value[step]
    return value
