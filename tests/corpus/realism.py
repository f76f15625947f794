"""Rates of how real the records of whole documents are: `make realism` prints them, and writes them to docs/corpus.md.

Lists, items and creates are read from the document (`reading.py`), not from what locum infers. Of a large document a
seeded sample of MOST_LISTS lists and MOST_CREATES creates is measured. Each rate has one sentence in RATES.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import sys
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from random import Random
from urllib.parse import unquote, urlsplit

from tests.corpus.page import REALISM, put
from tests.corpus.reading import Reading, find_identifier, norm, singular, step_into, words
from tests.corpus.requests import Requests, Unsatisfiable, usual_media, written
from tests.corpus.sources import CORPUS, MISSING
from tests.corpus.turning import SIZES, Turning, with_query
from tests.corpus.walks import SEED, Reply, sample, send, started

__all__ = ["EXPLAINED", "RATES", "TARGET", "measure"]

RATES = {
    "filled": "a list answers at least one element, unless it requires a filter of which no value is known",
    "distinct": "the elements of a list of two or more differ pairwise",
    "found": "the item operation answers each listed element that has an identifier, under that identifier",
    "same": "what the item operation answers equals the listed element in every member that both have",
    "whole": "what a create answers has every member that it declares and that GET of the new record, or of every "
    "record seeded beside it, shows",
    "kept": "a member that was sent in POST, PUT or PATCH and that the response declares stands in the response and in "
    "the later GET",
    "limited": "a list with a parameter for the size of a page answers as many elements as asked, or all of them",
    "ordered": "the pages of a list, turned to the end, hold each element of the whole list once, and a parameter that "
    "sorts by a member sorts by it",
    "kinds": "a member `object`, `type`, `kind` or the like is a declared value or a word of the schema's, member's or "
    "path's name, never prose, and is the same in all records where the document names no choice",
    "references": "an identifier in a record that names a record of another top-level resource is answered there",
}
"""What each rate counts: lists for filled, distinct, found, same, limited and ordered; creates for whole; members for
kept, kinds and references."""
TARGET = 0.97
EXPLAINED: dict[tuple[str, str, str], str] = {}
"""What is wrong by a rate and right by the document: `(document, rate, place) -> the reason`. Each must still occur."""
MOST_LISTS = int(os.environ.get("LOCUM_LISTS", "60"))
"""Lists that are measured of one document, drawn by a fixed seed."""
MOST_CREATES = int(os.environ.get("LOCUM_CREATES", "40"))
MOST_ELEMENTS = 5
"""Elements of a list that are read one by one: the first three and the last two."""
KINDS = {"object", "type", "kind", "resourcetype", "apiversion", "recordtype", "objecttype", "entitytype", "typename"}
_SERVER_SETS = (
    "created",
    "updated",
    "modified",
    "changed",
    "deleted",
    "timestamp",
    "version",
    "etag",
    "revision",
    "href",
    "self",
)
"""Words of members that a server sets whatever is sent."""
_ABSENT = object()


@dataclass(frozen=True)
class Offence:
    """One thing that is wrong by a rate."""

    document: str
    rate: str
    kind: str
    """What is wrong, in words that are alike for one cause."""
    place: str
    """The operation, and the member where one is meant."""
    detail: str = ""


@dataclass
class Figures:
    """What was found in one document."""

    name: str
    lists: int = 0
    """How many the document has; a sample of them is measured."""
    creates: int = 0
    tried: Counter = field(default_factory=Counter)
    right: Counter = field(default_factory=Counter)
    offences: list[Offence] = field(default_factory=list)
    explained: list[tuple[str, str]] = field(default_factory=list)

    def count(self, rate: str, place: str, kind: str = "", detail: object = "") -> None:
        """Count one unit of a rate: right without a kind, else wrong in that way."""
        if kind and (self.name, rate, place) in EXPLAINED:
            self.explained.append((rate, place))
            return
        self.tried[rate] += 1
        if not kind:
            self.right[rate] += 1
            return
        self.offences.append(Offence(self.name, rate, kind, place, " ".join(str(detail).split())[:260]))


def measure(path: Path) -> Figures:
    """Measure one document, served in process."""
    logging.disable(logging.CRITICAL)
    application, service = started(path)
    figures = Figures(path.name)
    measuring = _Measuring(application, service, figures)
    measuring.run()
    return figures


class _Measuring:
    def __init__(self, application, service, figures) -> None:
        self.application = application
        self.service = service
        self.figures = figures
        self.reading = Reading(service)
        self.pool: dict[str, tuple] = {}
        """The resources of the top level: their item operation and collection, by name."""
        self.ids: dict[str, list] = {}

    def run(self) -> None:
        collections = self.reading.collections()
        self.figures.lists = len(collections)
        for one in collections:
            if one.is_below and one.item.path.count("{") == 1 + one.operation.path.count("{") == 1:
                self.pool.setdefault(one.name, one)
        for one in sample(collections, MOST_LISTS):
            self._list(one)
        creating = [one for one in collections if one.create is not None and one.item is not None]
        self.figures.creates = len(creating)
        for one in sample(creating, MOST_CREATES):
            self._create(one)
        for world in ("read", "write"):
            self.application.worlds.drop(world)

    # Requests

    def _request(self, operation, path=None, world="read"):
        made = Requests(self.service, self.application.worlds.named(world), optional=0)
        return made.to(operation, path)

    def _send(self, request, world="read") -> Reply:
        return send(self.application, request, world)

    def _get(self, operation, path, world="read") -> Reply | None:
        try:
            return self._send(self._request(operation, path, world), world)
        except Unsatisfiable:
            return None

    def _elements(self, collection, reply) -> list | None:
        try:
            found = step_into(reply.json, collection.place)
        except ValueError:
            return None
        return found if isinstance(found, list) else None

    # Lists

    def _list(self, collection) -> None:
        place, count = collection.label, self.figures.count
        try:
            request = self._request(collection.operation)
        except Unsatisfiable:
            return
        known, chosen = self._chosen(collection.operation)
        request = replace(request, target=with_query(request.target, chosen))
        reply = self._send(request)
        elements = self._elements(collection, reply) if reply.status < 300 else None
        if not elements:
            why = "the list is empty" if reply.status < 300 else f"the list answers {reply.status}"
            if known:
                count("filled", place, why, reply.body[:200].decode("utf-8", "replace"))
            return
        count("filled", place)
        self._distinct(place, elements)
        if collection.item is not None:
            self._items(collection, elements)
        self._paging(collection, request, elements)
        self._sorting(collection, request, elements)
        self._kinds(collection, elements)
        self._references(collection, elements)

    def _chosen(self, operation) -> tuple[bool, dict]:
        """Return whether values of the required filters are known, and those that name records that are listed."""
        known, chosen = True, {}
        for parameter in operation.by_location["query"]:
            if not parameter.required:
                continue
            spoken = words(parameter.name)
            if spoken[-1:] and spoken[-1] in {"id", "gid", "sid", "uuid"}:
                spoken = spoken[:-1]
            target = self._target("_".join(spoken))
            keys = self._keys_of(target, "read") if target is not None else []
            if keys and "array" not in self.reading.types(parameter.schema.raw):
                chosen[parameter.name] = keys[0]
            elif self.reading.values(parameter.schema.raw) is None and norm(parameter.name) not in SIZES:
                known = False
        return known, chosen

    def _distinct(self, place, elements) -> None:
        if len(elements) < 2 or any(isinstance(one, bool) for one in elements):
            return
        seen = Counter(map(canonical, elements))
        most, times = seen.most_common(1)[0]
        if times == 1:
            self.figures.count("distinct", place)
        else:
            kind = "all elements are alike" if len(seen) == 1 else "some elements are alike"
            self.figures.count("distinct", place, kind, f"{times} of {len(elements)}: {most}")

    def _items(self, collection, elements) -> None:
        above = tuple(self._values_above(collection))
        wrong = {"found": None, "same": None}
        tried: Counter = Counter()
        for element in few(elements):
            where, key = find_identifier(element, collection.parameter)
            if key is None:
                continue
            tried["found"] += 1
            reply = self._get(collection.item, (*above, key))
            record = self._record_in(reply, where, key) if reply is not None and reply.status < 300 else None
            if record is None:
                status = reply.status if reply is not None else "no request"
                wrong["found"] = (f"the item of a listed identifier answers {status}", f"{key!r}") if status != 200 else (
                    "the item shows another identifier", f"{key!r}: {reply.body[:160]!r}")  # fmt: skip
                continue
            if isinstance(element, dict):
                tried["same"] += 1
                other = difference(element, record)
                if other is not None:
                    wrong["same"] = (
                        f"a member differs: {other[0]}",
                        f"listed {other[1]!r:.110}, item {other[2]!r:.110}",
                    )
        for rate, offence in wrong.items():
            if tried[rate]:
                self.figures.count(rate, collection.label, *(offence or ()))

    def _values_above(self, collection) -> list:
        """Return the values of the list's own path, as a request to it has them."""
        if not collection.is_below:
            return []
        return list(self.service.behaviour.path_values(collection.operation, self.application.worlds.named("read")))

    def _record_in(self, reply, where, key):
        """Return the record with an identifier in the response of an item operation: itself, or a member of it."""
        try:
            body = reply.json
        except ValueError:
            return None
        candidates = [body]
        if isinstance(body, list):
            candidates = [*body]
        if isinstance(body, dict):
            candidates += [one for one in body.values() if isinstance(one, dict)]
            candidates += [two for one in body.values() if isinstance(one, dict) for two in one.values()]
            candidates += [two for one in body.values() if isinstance(one, list) for two in one]
        for one in candidates:
            if isinstance(one, dict) and where and scalar(step_into(one, where)) == scalar(key):
                return one
        return body if not where and isinstance(body, dict) else None

    # Pages and order

    def _paging(self, collection, request, elements) -> None:
        turning = Turning(self.reading, collection.operation)
        place, count = collection.label, self.figures.count

        def ask(target):
            return self._send(replace(request, target=target))

        def elements_of(reply):
            return self._elements(collection, reply)

        whole = elements_of(ask(with_query(request.target, turning.sized(1000)))) or elements
        if turning.size is not None and len(whole) > 1:
            asked = turning.sized(2)
            wanted = min(next(iter(asked.values())), len(whole))
            reply = ask(with_query(request.target, asked))
            got = elements_of(reply)
            if reply.status >= 300 or got is None:
                count("limited", place, f"a page of a chosen size answers {reply.status}", reply.body[:160])
            elif len(got) != wanted:
                count("limited", place, "the size of a page is not respected", f"asked {asked}, got {len(got)}")
            else:
                count("limited", place)
        if not turning.can_turn or len(whole) < 2:
            return
        size = 3 if turning.size is not None else None
        pages = list(turning.pages(request.target, size, elements_of, ask))
        turned = [canonical(one) for page in pages for one in page]
        missing = set(map(canonical, whole)) - set(turned)
        if len(turned) != len(set(turned)):
            if len(set(map(canonical, whole))) == len(whole):  # else it is a matter of distinct
                count("ordered", place, "an element stands on two pages", f"{len(turned)} in {len(pages)} pages")
        elif missing:
            count(
                "ordered",
                place,
                "pages end before the list does",
                f"{len(turned)} of {len(whole)} in {len(pages)} pages",
            )
        else:
            count("ordered", place)

    def _sorting(self, collection, request, elements) -> None:
        members = {norm(name): name for name in elements[0]} if isinstance(elements[0], dict) else {}
        for parameter in collection.operation.by_location["query"]:
            if norm(parameter.name) not in {"sort", "sortby", "orderby", "ordering", "sortfield"}:
                continue
            for value in self.reading.values(parameter.schema.raw) or ():
                member = members.get(norm(str(value)))
                if member is None:
                    continue
                reply = self._send(replace(request, target=with_query(request.target, {parameter.name: value})))
                found = [step_into(one, (member,)) for one in self._elements(collection, reply) or ()]
                known = [one for one in found if one is not None]
                if len(known) < 2 or len({type(one) for one in known}) > 1 or isinstance(known[0], dict | list):
                    continue
                place = f"{collection.label} {parameter.name}={value}"
                keys = [moment(one) for one in known]
                if len({type(one) for one in keys}) > 1:
                    keys = known
                fits = keys in (sorted(keys), sorted(keys, reverse=True))
                fits = fits or [str(one).lower() for one in keys] in [
                    sorted((str(one).lower() for one in keys), reverse=down) for down in (False, True)
                ]
                self.figures.count("ordered", place, "" if fits else "the list is not sorted by the member", known[:6])

    # Members

    def _kinds(self, collection, elements) -> None:
        if not isinstance(elements[0], dict):
            return
        declared = self.reading.members(collection.element)
        around = {norm(one) for one in words(collection.operation.path)}
        around |= {singular(one) for one in around}
        title = self.reading.resolve(collection.element).get("title", "")
        pointer = collection.element.get("$ref", "") if isinstance(collection.element, dict) else ""
        around |= {norm(one) for one in words(f"{title} {pointer.rpartition('/')[2]}")}
        for name in {name: None for one in elements if isinstance(one, dict) for name in one}:
            if norm(name) not in KINDS or name not in declared:
                continue
            found = [one.get(name) for one in elements if isinstance(one, dict) and isinstance(one.get(name), str)]
            if not found:
                continue
            place = f"{collection.label} {name}"
            raw = declared[name]
            choice = self.reading.values(raw)
            known = set(map(str, [*(choice or ()), *self._examples(raw), *self._mapped(collection.element)]))
            known |= self._exemplary(collection, name)
            wrong = next((one for one in found if choice is None and one not in known), None)
            if wrong is not None and not is_word(wrong):
                self.figures.count("kinds", place, "a kind is prose", wrong)
            elif wrong is not None and not {norm(one) for one in words(wrong)} & around and norm(wrong) not in around:
                self.figures.count("kinds", place, "a kind is a word of nothing around it", wrong)
            elif choice is None and not self._mapped(collection.element) and len(set(found)) > 1:
                self.figures.count(
                    "kinds", place, "a kind differs between records of one schema", sorted(set(found))[:4]
                )
            else:
                self.figures.count("kinds", place)

    def _examples(self, raw) -> list:
        found = []
        for one in self.reading.branches(raw):
            found += [one[key] for key in ("example", "default") if key in one]
            found += one["examples"] if isinstance(one.get("examples"), list) else []
        return [one for one in found if isinstance(one, str)]

    def _exemplary(self, collection, name) -> set[str]:
        """Return the values that examples of the responses show for a member."""
        declared = collection.operation.declares(collection.operation.success)
        texts = json.dumps([media.examples for media in declared.media_types.values()], default=str)
        return set(re.findall(rf'"{re.escape(name)}": "([^"]*)"', texts))

    def _mapped(self, raw) -> list:
        """Return what a discriminator of a schema maps, and the names of the schemas it chooses from."""
        found: list = []
        for one in self.reading.branches(raw):
            discriminator = one.get("discriminator")
            if isinstance(discriminator, dict):
                found += discriminator.get("mapping") or {}
            for keyword in ("oneOf", "anyOf"):
                for branch in one.get(keyword) or ():
                    inner = self.reading.members(branch).values()
                    for schema in inner:
                        found += [value for value in self.reading.values(schema) or () if isinstance(value, str)]
        return found

    def _references(self, collection, elements) -> None:
        seen: dict[str, None] = {}
        for element in few(elements):
            for member, target, key in self._named(collection, element):
                place = f"{collection.label} {member}"
                if place in seen:
                    continue
                seen[place] = None
                reply = self._get(target.item, (key,))
                if reply is None or reply.status < 300:
                    self.figures.count("references", place)
                else:
                    kind = f"a reference answers {reply.status}"
                    self.figures.count("references", place, kind, f"{key!r} at {target.item.path}")

    def _named(self, collection, element, under=""):
        """Yield the members of a record that name records of top-level resources: the member, resource and key."""
        if not isinstance(element, dict):
            return
        declared = self.reading.members(collection.element)
        for name, value in element.items():
            member = f"{under}{name}"
            if isinstance(value, dict):
                target = self._target(name)
                if target is not None and target.name != collection.name:
                    where, key = find_identifier(value, target.parameter)
                    if where in (("id",), ("gid",), ("sid",)):
                        yield f"{member}.{where[0]}", target, key
                if under.count(".") < 1:
                    yield from self._named(collection, value, f"{member}.")
                continue
            if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
                continue
            spoken = words(name)
            if len(spoken) > 1 and spoken[-1] in {"id", "gid", "sid", "uuid"}:
                target = self._target("_".join(spoken[:-1]))
                if target is not None and not (target.name == collection.name and not under):
                    yield member, target, value
            elif not under and {"string", "object"} <= self.reading.types(declared.get(name, {})):
                target = self._target(name)  # an identifier that `expand` makes an object
                if target is not None:
                    yield member, target, value

    def _target(self, name):
        """Return the top-level resource that a member names: `billing_customer` names `customer`."""
        spoken = words(name)
        for count in (len(spoken), 1):
            found = self.pool.get(norm("".join(spoken[-count:]))) if spoken else None
            if found is not None:
                return found
        return None

    # Creates and changes

    def _create(self, collection) -> None:
        place = f"{collection.create.method} {collection.create.path}"
        try:
            above = list(self.service.behaviour.path_values(collection.create, self.application.worlds.named("write")))
            request = self._filled(self._request(collection.create, above, "write"), collection.create)
        except Unsatisfiable:
            return
        reply = self._send(request, "write")
        if reply.status in {404, 409}:
            return
        if reply.status >= 300:
            self.figures.count("whole", place, f"a valid create answers {reply.status}", reply.body[:200])
            return
        try:
            body = reply.json if reply.body else None
        except ValueError:
            return
        raw = self.reading.success(collection.create)
        record, known = self._record_of(body, raw, collection)
        key = find_identifier(record, collection.parameter)[1] if isinstance(record, dict) else None
        if "location" in reply.headers and key is None:
            key = unquote(urlsplit(reply.headers["location"]).path.rpartition("/")[2])
        if key is None and isinstance(request.value, dict):
            key = find_identifier(request.value, collection.parameter)[1]
        path = (*above, key)
        got = self._get(collection.item, path, "write") if key is not None else None
        shown = self._shown(collection, got)
        if isinstance(record, dict) and known:
            wanted = set(shown or ()) | self._seeded(collection, above, path)
            missing = sorted(name for name in wanted & set(known) if name not in record)
            kind = "a create answers without members of the record" if missing else ""
            self.figures.count("whole", place, kind, f"missing {', '.join(missing)}")
        self._kept(collection.create, request, record, shown, place)
        if shown is None:
            return
        for change in collection.changes:
            self._change(collection, change, path)

    def _change(self, collection, change, path) -> None:
        place = f"{change.method} {change.path}"
        try:
            request = self._filled(self._request(change, path, "write"), change)
        except Unsatisfiable:
            return
        before = self._get(collection.item, path, "write")
        if "if-match" in request.headers and before is not None and "etag" in before.headers:
            request.headers["if-match"] = before.headers["etag"]
        reply = self._send(request, "write")
        if reply.status in {404, 409}:
            return
        if reply.status >= 300:
            self.figures.count("kept", place, f"a valid change answers {reply.status}", reply.body[:200])
            return
        try:
            body = reply.json if reply.body else None
        except ValueError:
            body = None
        record, _ = self._record_of(body, self.reading.success(change), collection)
        got = self._get(collection.item, path, "write")
        self._kept(change, request, record, self._shown(collection, got), place)

    def _shown(self, collection, reply):
        if reply is None or reply.status >= 300:
            return None
        try:
            return self._record_of(reply.json, self.reading.success(collection.item), collection)[0]
        except ValueError:
            return None

    def _record_of(self, body, raw, collection):
        """Return the record in a response and its declared members: the response, or the member that envelopes it."""
        for _ in range(2):
            if not isinstance(body, dict) or raw is None:
                return body, {}
            members = self.reading.members(raw)
            inner = [name for name in members if isinstance(body.get(name), dict)]
            named = [
                name for name in inner if norm(name) == collection.name or norm(name) in {"data", "result", "response"}
            ]
            others = [name for name in members if name not in inner and find_identifier({name: "x"}, "id")[1]]
            if len(named) != 1 or (others and len(members) > 3):
                return body, members
            body, raw = body[named[0]], members[named[0]]
        return body, self.reading.members(raw)

    def _seeded(self, collection, above, path) -> set:
        """Return the members that all of the first seeded records show."""
        reply = self._get(collection.operation, tuple(above) if collection.is_below else None, "write")
        elements = self._elements(collection, reply) if reply is not None and reply.status < 300 else None
        common: set | None = None
        for element in (elements or [])[:4]:
            key = find_identifier(element, collection.parameter)[1]
            if key is None or scalar(key) == scalar(path[-1]):
                continue
            shown = self._shown(collection, self._get(collection.item, (*path[:-1], key), "write"))
            if isinstance(shown, dict):
                common = set(shown) if common is None else common & set(shown)
        return common or set()

    def _filled(self, request, operation):
        """Put identifiers of records that exist where a body names others."""
        if not isinstance(request.value, dict):
            return request
        value = self._referring(request.value)
        if value == request.value:
            return request
        name, media = usual_media(operation.body)
        kind, body = written(name, media, value)
        return replace(request, value=value, body=body, headers={**request.headers, "content-type": kind})

    def _referring(self, value, depth=0):
        if not isinstance(value, dict) or depth > 2:
            return value
        return {name: self._reference(name, one, depth) for name, one in value.items()}

    def _reference(self, name, value, depth):
        """Return an identifier of a record that exists, in the form of a value, where a member names another resource."""
        spoken = words(name)
        if len(spoken) > 1 and spoken[-1] in {"id", "ids", "gid", "sid"}:
            spoken = spoken[:-1]
        target = self.pool.get(norm("".join(spoken))) or self.pool.get(singular(norm("".join(spoken))))
        if target is None and isinstance(value, dict):
            target = self._target(str(value.get("type", "")))
        keys = self._keys_of(target) if target is not None else []
        if keys and isinstance(value, str | int) and type(value) is type(keys[0]):
            return keys[0]
        if keys and isinstance(value, list) and value and all(type(one) is type(keys[0]) for one in value):
            return keys[:1]
        if keys and isinstance(value, dict) and type(value.get("id")) is type(keys[0]):
            return {**value, "id": keys[0]}
        return self._referring(value, depth + 1)

    def _keys_of(self, collection, world="write") -> list:
        if collection.name not in self.ids:
            reply = self._get(collection.operation, None, world)
            elements = self._elements(collection, reply) if reply is not None and reply.status < 300 else None
            found = [find_identifier(one, collection.parameter)[1] for one in elements or ()]
            self.ids[collection.name] = [one for one in found if one is not None]
        return self.ids[collection.name]

    def _kept(self, operation, request, record, shown, place) -> None:
        sent = request.value
        if not isinstance(sent, dict) or not (isinstance(record, dict) or isinstance(shown, dict)):
            return
        media, one = usual_media(operation.body)
        declared = self.reading.members(one.schema.raw) if one.schema is not None else {}
        answer = {norm(name): name for name in (shown if isinstance(shown, dict) else record)}
        sent, declared = self._unwrapped(sent, declared, answer)
        raw = self.reading.success(operation)
        known = self._known_of(raw)
        for name, value in sent.items():
            schema = known.get(norm(name))
            if schema is None or self._is_set_by_server(name, schema, declared.get(name)):
                continue
            if not self._is_possible(schema, value) or ("form" in media and is_mute(value)):
                continue
            if self._is_unknown(schema, value):
                continue
            wrong = ""
            for view, where in ((record, "the response"), (shown, "the later GET")):
                if not isinstance(view, dict):
                    continue
                member = next((one for one in view if norm(one) == norm(name)), None)
                if member is None and value is None:
                    continue
                if member is None:
                    wrong = wrong or f"a sent member is missing in {where}"
                elif not stands(value, view[member], is_form="form" in media):
                    wrong = wrong or f"a sent member is other in {where}"
                    seen = view[member]
            detail = f"sent {value!r:.110}" + (f", shown {seen!r:.110}" if "other" in wrong else "")
            self.figures.count("kept", f"{place} {name}", wrong, detail)

    def _known_of(self, raw) -> dict:
        """Return the members that the record in a response has, by their bare names."""
        if raw is None:
            return {}
        members = self.reading.members(raw)
        found = {norm(name): schema for name, schema in members.items()}
        if len(members) <= 3:
            for schema in members.values():
                if "object" in self.reading.types(schema):
                    inner = self.reading.members(schema).items()
                    found = {norm(name): one for name, one in inner} | found
        return found

    def _unwrapped(self, sent, declared, answer) -> tuple:
        """Return what a request says of the record: without the one member that wraps it."""
        for name in ("data", *sent):
            value = sent.get(name)
            if isinstance(value, dict) and norm(name) not in answer and len(sent) <= 2:
                return value, self.reading.members(declared.get(name, {}))
        return sent, declared

    def _is_set_by_server(self, name, *schemas) -> bool:
        if any(
            one.get("readOnly") or one.get("writeOnly") for raw in schemas if raw for one in self.reading.branches(raw)
        ):
            return True
        return norm(name) in IDENTITY or bool(set(words(name)) & set(_SERVER_SETS))

    def _is_unknown(self, schema, value) -> bool:
        """Whether a value stands for a record that does not exist: an identifier where the response has an object."""
        inner = self.reading.elements(schema) if isinstance(value, list) else schema
        types = self.reading.types(inner) if inner is not None else set()
        known = {key for keys in self.ids.values() for key in keys}
        named = value if isinstance(value, list) else [value]
        return (
            "object" in types
            and "string" not in types
            and any(isinstance(one, str | int) and one not in known for one in named)
        )

    def _is_possible(self, schema, value) -> bool:
        """Whether the response may show a value: its type and its choice allow it."""
        types = self.reading.types(schema)
        choice = self.reading.values(schema)
        if choice is not None and value not in choice and isinstance(value, str | int):
            return False
        return not types or kind_of(value) in types or (isinstance(value, str | int) and "object" in types)


IDENTITY = {"id", "gid", "sid", "uuid", "key", "object", "url", "links", "status", "state"}
"""Members that are the server's even where a request may hold them."""


def canonical(value) -> str:
    return json.dumps(value, sort_keys=True)


def few(elements) -> list:
    """Return the first three and the last two."""
    return elements if len(elements) <= MOST_ELEMENTS else [*elements[:3], *elements[-2:]]


def scalar(value) -> str:
    return str(value)


def is_word(text: str) -> bool:
    """Whether a text is written like an identifier, not like prose."""
    return bool(text) and not any(one.isspace() for one in text) and len(text) <= 80


def is_mute(value) -> bool:
    """Whether a form cannot say a value."""
    if isinstance(value, dict):
        return not value or any(map(is_mute, value.values()))
    if isinstance(value, list):
        return not value or any(map(is_mute, value))
    return value in (None, "")


def kind_of(value) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return "null" if value is None else kinds[type(value)]


def moment(value):
    """Return a time as a number where a text is one."""
    if isinstance(value, str) and len(value) >= 10 and value[:4].isdigit():
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            return value
    return value


def difference(one, other, under=""):
    """Return the first member in which two values that have it differ: its place and both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = (difference(one[name], other[name], f"{under}.{name}".strip(".")) for name in one if name in other)
        return next((each for each in found if each is not None), None)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        found = (difference(left, right, f"{under}[]") for left, right in zip(one, other, strict=True))
        return next((each for each in found if each is not None), None)
    return None if one == other else (under, one, other)


def stands(sent, shown, *, is_form=False) -> bool:
    """Whether a value stands in a record: itself, the record that it names, or an object that completes it."""
    if sent == shown or (isinstance(sent, str) and moment(sent) == moment(shown)):
        return True
    if is_form and scalar(sent).lower() == scalar(shown).lower():
        return True
    if isinstance(sent, dict) and isinstance(shown, dict):
        named = {norm(name): value for name, value in shown.items()}
        return all(
            (norm(name) in named and stands(value, named[norm(name)], is_form=is_form)) or value in (None, [], {})
            for name, value in sent.items()
        )
    if isinstance(sent, list) and isinstance(shown, list):
        return len(sent) == len(shown) and all(stands(*both, is_form=is_form) for both in zip(sent, shown, strict=True))
    if isinstance(sent, str | int) and isinstance(shown, dict):
        return any(scalar(one) == scalar(sent) for one in shown.values())
    return isinstance(sent, dict) and isinstance(shown, str | int) and any(one == shown for one in sent.values())


# The report


def line(figures) -> str:
    """Return the row of one document."""
    cells = [figures.name, f"{figures.lists:,}", f"{figures.creates:,}", *(rate(figures, name) for name in RATES)]
    return "| " + " | ".join(cells) + " |"


def rate(figures, name: str) -> str:
    """Return one rate in percent, and nothing where nothing was tried."""
    tried, right = figures.tried[name], figures.right[name]
    return f"{int(1000 * right / tried) / 10:g}" if tried else ""


def total(found) -> Figures:
    """Return the sum of the figures of documents."""
    everything = Figures("**all**")
    for one in found:
        everything.lists += one.lists
        everything.creates += one.creates
        everything.tried += one.tried
        everything.right += one.right
    return everything


def report(found) -> str:
    """Return the table for the page."""
    everything = total(found)
    heads = ["document", "lists", "creates", *RATES]
    lines = [*(f"- **{name}**: {sentence}." for name, sentence in RATES.items()), ""]
    lines += [
        "| " + " | ".join(heads) + " |",
        "|---|" + "---:|" * (len(heads) - 1),
        *map(line, found),
        line(everything),
    ]
    tried = "| tried | | | " + " | ".join(f"{everything.tried[name]:,}" for name in RATES) + " |"
    lines += [tried, ""]
    if EXPLAINED:
        lines += ["Explained, and not counted:", ""]
        lines += [f"- {document}, {name}, `{place}`: {why}" for (document, name, place), why in EXPLAINED.items()]
    return "\n".join(lines).rstrip() + "\n"


def grouped(found, most: int) -> str:
    """Return the offences by rate and kind, the most frequent first, with at most so many examples of each."""
    groups: dict = defaultdict(list)
    for one in found:
        for offence in one.offences:
            groups[offence.rate, offence.kind.partition(": ")[0]].append(offence)
    lines = []
    for (name, kind), offences in sorted(
        groups.items(), key=lambda each: (list(RATES).index(each[0][0]), -len(each[1]))
    ):
        documents = Counter(one.document for one in offences)
        many = ", ".join(f"{document} {count}" for document, count in documents.most_common(12))
        lines.append(f"## {name}: {kind} ({len(offences)})\n\n{many}\n")
        shown = Random(SEED).sample(offences, min(most, len(offences)))
        for one in sorted(shown, key=lambda each: (each.document, each.place)):
            member = one.kind.partition(": ")[2]
            lines.append(f"- {one.document}: {one.place}{' ' + member if member else ''}: {one.detail}")
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Print the rates and the offences; put the rates into the page when the whole corpus was measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.realism", description=__doc__)
    parser.add_argument("documents", nargs="*", type=Path, help="the documents to measure (default: the corpus)")
    parser.add_argument("--offenders", type=int, default=0, metavar="N", help="print at most N examples of each kind")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), metavar="N", help="processes to use")
    options = parser.parse_args()
    paths = options.documents or CORPUS
    if not paths:
        sys.stdout.write(f"{MISSING}.\n")
        return 0
    found = []
    with ProcessPoolExecutor(options.processes) as processes:
        for one in processes.map(measure, paths):
            found.append(one)
            sys.stdout.write(line(one) + "\n")
            sys.stdout.flush()
    sys.stdout.write("\n" + report(found))
    if options.offenders:
        sys.stdout.write("\n" + grouped(found, options.offenders))
    seen = {(one.name, *each) for one in found for each in one.explained}
    stale = [key for key in EXPLAINED if key[0] in {one.name for one in found} and key not in seen]
    sys.stdout.writelines(f"Explained, but right now: {key}. Remove it from EXPLAINED.\n" for key in stale)
    if not options.documents:
        put(REALISM, report(found))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
