"""Rates of realism of the records of whole documents: `make realism` prints them and writes them to docs/corpus.md.

Lists, items and creates are derived from the document (`reading.py`), not from what locum infers. Of a large document a
seeded sample of MOST_LISTS lists and MOST_CREATES creates is measured. RATES describes each rate.
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
from typing import Any
from urllib.parse import unquote, urlsplit

from locum.generate.files.making import ORIGIN
from locum.openapi.paths import expressions_of
from tests.corpus.page import REALISM, put
from tests.corpus.reading import Reading, find_identifier, norm, singular, step_into, words
from tests.corpus.requests import Requests, Unsatisfiable, usual_media, written
from tests.corpus.sources import CORPUS, MISSING
from tests.corpus.turning import SIZES, Turning, with_query
from tests.corpus.walks import SEED, Reply, sample, send, start_service

__all__ = ["EXPLAINED", "RATES", "TARGET", "measure"]

RATES = {
    "filled": "a list returns at least one element, unless it requires a filter of which no value is known",
    "distinct": "the elements of a list of two or more differ pairwise",
    "found": "the item operation returns each listed element that has an identifier, under that identifier",
    "same": "what the item operation returns equals the listed element in every member that both have",
    "whole": "what a create returns has every member that it declares and that GET of the new record, or of every "
    "record seeded beside it, shows",
    "kept": "a member that was sent in POST, PUT or PATCH and that the response declares stands in the response and in "
    "the later GET",
    "limited": "a list with a parameter for the size of a page returns as many elements as asked, or all of them",
    "ordered": "the pages of a list, turned to the end, hold each element of the whole list once, and a parameter that "
    "sorts by a member sorts by it",
    "kinds": "a member `object`, `type`, `kind` or the like is a declared value or a word of the schema's, member's or "
    "path's name, never prose, and is the same in all records where the document names no choice and shows none in its examples",
    "references": "an identifier in a record that names a record of another top-level resource is found there",
}
"""What each rate counts: lists for filled, distinct, found, same, limited and ordered; creates for whole; members for
kept, kinds and references."""
TARGET = 0.97
EXPLAINED: dict[tuple[str, str, str], str] = {
    ("cohere.yaml", "whole", "POST /v1/finetuning/finetuned-models"): (
        "a model that was just made is not completed, so that it has no `completed_at`"
    ),
    ("stripe.yaml", "kept", "POST /v1/plans product"): (
        "what is sent describes a product that is to be made, and the response names that product by its identifier"
    ),
    ("lago.yaml", "found", "GET /billing_entities"): (
        "the path takes a `code` that is a UUID, and the `code` of a record is `acme_corp`"
    ),
    ("resend.yaml", "kinds", "GET /contact-properties type"): (
        "the type of a property is `string` or `number`, which only the schema of the create says"
    ),
    **{
        (
            "github-api.json",
            "kept",
            f"POST /repos/{{owner}}/{{repo}}/deployments/{{deployment_id}}/statuses {name}",
        ): "an empty text is sent, and the response declares a URI, which an empty text is not"
        for name in ("target_url", "environment_url")
    },
}
"""Exceptions that are correct by the document: `(document, rate, place) -> the reason`. Each must still occur."""
MOST_LISTS = int(os.environ.get("LOCUM_LISTS", "60"))
"""Maximum number of lists measured per document, sampled with a fixed seed."""
MOST_CREATES = int(os.environ.get("LOCUM_CREATES", "40"))
MOST_ELEMENTS = 5
"""Number of elements of a list that are read individually: the first three and the last two."""
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
    "generation",
)
"""Words of members that are always set by the server."""
_ELSEWHERE = {"provider", "external", "remote", "foreign", "vendor", "processor", "gateway", "legacy"}
"""Words before an identifier of another system."""
_ABSENT = object()


@dataclass(frozen=True)
class Offence:
    """One failure of a rate."""

    document: str
    rate: str
    kind: str
    """The failure, with the same text for the same cause."""
    place: str
    """The operation, and the member where one is meant."""
    detail: str = ""


@dataclass
class Figures:
    """The results for one document."""

    name: str
    lists: int = 0
    """Their number in the document; a sample is measured."""
    creates: int = 0
    tried: Counter = field(default_factory=Counter)
    right: Counter = field(default_factory=Counter)
    offences: list[Offence] = field(default_factory=list)
    explained: list[tuple[str, str]] = field(default_factory=list)

    def count(self, rate: str, place: str, kind: str = "", detail: object = "") -> None:
        """Count one unit of a rate: a success without a kind, else a failure of that kind."""
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
    application, service = start_service(path)
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
        self.lists: dict[str, Any] = {}
        """All lists of the top level, also of records that have no path of their own, by name."""
        self.ids: dict[str, list] = {}
        self.other_ids: dict[tuple[str, str], set] = {}

    def run(self) -> None:
        collections = self.reading.collections()
        self.figures.lists = len(collections)
        for one in collections:
            if "{" not in one.operation.path:
                self.lists.setdefault(one.name, one)
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
                other = difference(self._comparable(collection, element), record)
                if other is not None:
                    wrong["same"] = (
                        f"a member differs: {other[0]}",
                        f"listed {other[1]!r:.110}, item {other[2]!r:.110}",
                    )
        for rate, offence in wrong.items():
            if tried[rate]:
                self.figures.count(rate, collection.label, *(offence or ()))

    def _comparable(self, collection, element) -> dict:
        """Return an element without the members that the item declares with another type: `state`, a text or an object."""
        listed = self.reading.members(collection.element)
        shown = self.reading.members(self.reading.success(collection.item))
        kinds = {
            name: (self.reading.types(listed[name]), self.reading.types(shown[name]))
            for name in listed
            if name in shown
        }
        other = {name for name, (one, two) in kinds.items() if one and two and one.isdisjoint(two)}
        return {name: value for name, value in element.items() if name not in other}

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
            elif (
                choice is None
                and not self._mapped(collection.element)
                and len({*found} - known) + bool({*found} & known) > 1
            ):
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
            for member, target, called, key in self._named(collection, element):
                place = f"{collection.label} {member}"
                if place in seen:
                    continue
                seen[place] = None
                reply = self._get(target.item, (key,))
                if reply is None or reply.status < 300 or scalar(key) in self._others(target, called):
                    self.figures.count("references", place)
                else:
                    kind = f"a reference answers {reply.status}"
                    self.figures.count("references", place, kind, f"{key!r} at {target.item.path}")

    def _others(self, target, called: str) -> set[str]:
        """Return what the records of a resource have in a member that is not in their path.

        `lago_customer_id` names the `lago_id` of a customer, whose path has another identifier.
        """
        if (target.name, called) not in self.other_ids:
            request = self._request(target.operation)
            turning = Turning(self.reading, target.operation)
            reply = self._send(replace(request, target=with_query(request.target, turning.sized(1000))))
            found = self._elements(target, reply) if reply.status < 300 else None
            known = [one for one in found or () if isinstance(one, dict)]
            self.other_ids[target.name, called] = {
                scalar(value) for one in known for name, value in one.items() if norm(name) == called
            }
        return self.other_ids[target.name, called]

    def _named(self, collection, element, declared=None, under=""):
        """Yield the members of a record that name records of top-level resources: the member, resource and key.

        Beside the resource is what its records may call the identifier: `lagoid` for `lago_customer_id`.
        """
        if not isinstance(element, dict):
            return
        declared = self.reading.members_of(collection.element, element) if declared is None else declared
        around = {norm(one) for one in expressions_of(collection.operation.path)}
        for name, value in element.items():
            member, spoken, raw = f"{under}{name}", words(name), declared.get(name, {})
            if isinstance(value, dict):
                target = self._held(name, raw) or self._target(name)
                if target is not None and target.name != collection.name:
                    where, key = find_identifier(value, target.parameter)
                    usual = find_identifier(dict.fromkeys(self.reading.members(target.element), "x"), target.parameter)[
                        0
                    ]
                    # What has not the identifier of the resource is no record of it: an enterprise beside users.
                    if where in (("id",), ("gid",), ("sid",)) and where == usual:
                        yield f"{member}.{where[0]}", target, where[0], key
                if not under:
                    yield from self._named(collection, value, self.reading.members_of(raw, value), f"{member}.")
                continue
            if not isinstance(value, str | int) or isinstance(value, bool) or value == "" or norm(name) in around:
                continue  # what is named in the path of the list is the record above
            if len(spoken) > 1 and spoken[-1] in {"id", "gid", "sid", "uuid"}:
                target = self._target("_".join(spoken[:-1]))
                if target is None or self._is_own(collection, under, spoken[:-1]):
                    continue
                called = self._called(target, spoken)
                if called is not None:
                    yield member, target, called, value
            elif not under and {"string", "object"} <= self.reading.types(raw):
                target = self._held(name, raw) or (None if self._pointers(raw) else self._target(name))
                if target is not None:  # an identifier that `expand` makes an object
                    yield member, target, "id", value

    def _is_own(self, collection, under: str, spoken) -> bool:
        """Whether an identifier is that of the record itself, or of the object in which it stands: `key_id` of a key."""
        holder = norm(under) if under else collection.name
        return holder.endswith(norm("".join(spoken))) or norm("".join(spoken)).endswith(holder)

    def _called(self, target, spoken) -> str | None:
        """Return what the records of a resource call an identifier; None where it is one of another system.

        That is what the name has beside theirs: `lago_id` for `lago_customer_id`. An `index_id` is none of an index that
        is known by its name, and a `provider_customer_id` is one of a payment provider, who is not mocked.
        """
        spoken = list(spoken)
        known = {norm(name) for name in self.reading.members(target.element)} | {norm(target.parameter)}
        count = next(
            each for each in range(1, len(spoken)) if norm(singular("".join(spoken[-1 - each : -1]))) == target.name
        )
        role = spoken[: -1 - count]
        called = norm("".join([*role, spoken[-1]]))
        if called in known:
            return called
        ids = {"id", norm(f"{target.name}id"), "gid", "sid", "uuid", "guid", "uid"}
        takes_id = any(words(part)[-1:] == ["id"] for part in (target.parameter,))
        return None if set(role) & _ELSEWHERE or not (ids & known or takes_id) else "id"

    def _pointers(self, raw) -> set[str]:
        """Return the schemas that a schema refers to, itself or as an alternative."""
        found = {raw["$ref"]} if isinstance(raw, dict) and "$ref" in raw else set()
        for one in self.reading.branches(raw):
            for keyword in ("allOf", "anyOf", "oneOf"):
                found |= {branch["$ref"] for branch in one.get(keyword) or () if "$ref" in branch}
        return found

    def _held(self, name, raw):
        """Return the top-level resource whose records a schema describes, sooner the one that has the member's name."""
        pointers = self._pointers(raw)
        known = [one for one in self.pool.values() if isinstance(one.element, dict)]
        found = [one for one in known if one.element.get("$ref", "") in pointers]
        return next((one for one in found if norm(name).endswith(one.name)), next(iter(found), None))

    def _target(self, name):
        """Return the top-level resource that a member names: `billing_customer` names `customer`."""
        spoken = words(name)
        ends = ("".join(spoken[start:]) for start in range(len(spoken)))
        return next((self.pool[end] for end in ends if end in self.pool), None)

    # Creates and changes

    def _create(self, collection) -> None:
        place = f"{collection.create.method} {collection.create.path}"
        try:
            above = list(self.service.behaviour.path_values(collection.create, self.application.worlds.named("write")))
            request = self._filled(
                self._request(collection.create, above, "write"), collection.create, above, collection
            )
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
        self._kept(collection, collection.create, request, record, shown)
        if shown is None:
            return
        for change in collection.changes:
            self._change(collection, change, path)

    def _change(self, collection, change, path) -> None:
        place = f"{change.method} {change.path}"
        try:
            request = self._filled(self._request(change, path, "write"), change, path, collection)
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
        self._kept(collection, change, request, record, self._shown(collection, got))

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
            inner = [name for name in inner if self.reading.members(members[name])]  # `data` of texts wraps no record
            several = collection.place[-1] if collection.place else ""
            if isinstance(body.get(several), list) and body[several] and several in members:  # a list of the one record
                body, raw = body[several][0], self.reading.elements(members[several])
                return body, self.reading.members_of(raw, body)
            named = [
                name for name in inner if norm(name) == collection.name or norm(name) in {"data", "result", "response"}
            ]
            others = [name for name in members if name not in inner and find_identifier({name: "x"}, "id")[1]]
            if len(named) != 1 or (others and len(members) > 3):
                return body, self.reading.members_of(raw, body)
            body, raw = body[named[0]], members[named[0]]
        return body, self.reading.members_of(raw, body)

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

    def _filled(self, request, operation, path, collection):
        """Put identifiers of records that exist where a body names others, and the values of the path where it has them.

        And the address of the server where a text has that of none: responses have it, so a client sends it, too.
        """
        if not isinstance(request.value, dict):
            return request
        binary = {name: one for name, one in request.value.items() if self._is_file(operation, name)}
        value = {**self._referring(request.value, collection), **binary}
        named = dict(zip(map(norm, expressions_of(operation.path)), path, strict=False))
        own = norm(expressions_of(operation.path)[-1]) if operation.path.endswith("}") else None
        above = {name: one for name, one in named.items() if not (own or "").endswith(name)}
        value = {name: above.get(norm(name), one) for name, one in value.items()}
        for name, inner in value.items():
            if isinstance(inner, dict) and (len(value) == 1 or name == "metadata"):
                # In Kubernetes `metadata` repeats all values of the path.
                known = named if name == "metadata" else above
                value[name] = {each: known.get(norm(each), one) for each, one in inner.items()}
        value = json.loads(json.dumps(value).replace(ORIGIN, "http://127.0.0.1"))
        if value == request.value:
            return request
        name, media = usual_media(operation.body)
        kind, body = written(name, media, value)
        return replace(request, value=value, body=body, headers={**request.headers, "content-type": kind})

    def _is_file(self, operation, name) -> bool:
        """Whether a member of a body is the bytes of a file, whatever it is called."""
        schema = usual_media(operation.body)[1].schema
        raw = self.reading.members(schema.raw).get(name, {}) if schema is not None else {}
        return any(one.get("format") == "binary" for one in self.reading.branches(raw))

    def _referring(self, value, collection, depth=0):
        if not isinstance(value, dict) or depth > 2:
            return value
        return {name: self._reference(name, one, collection, depth) for name, one in value.items()}

    def _reference(self, name, value, collection, depth):
        """Return an identifier of a record that exists, in the form of a value, where a member names another resource."""
        spoken = words(name)
        names_id = len(spoken) > 1 and spoken[-1] in {"id", "ids", "gid", "sid"}
        if names_id:
            spoken = spoken[:-1]
        called = norm("".join(spoken))
        target = self.pool.get(called) or self.pool.get(singular(called))
        if target is None and names_id:
            target = self.lists.get(called)
        if target is None and isinstance(value, dict):
            target = self._target(str(value.get("type", "")))
        if target is not None and target.name == collection.name and isinstance(value, str | int):
            return value  # its own
        keys = self._keys_of(target) if target is not None else []
        if value == "" or (is_uuid(value) and not any(map(is_uuid, keys))):
            return value  # nothing, or an identifier of another form than the path has
        if keys and isinstance(value, str | int) and type(value) is type(keys[0]):
            return keys[0]
        if keys and isinstance(value, list) and value and all(type(one) is type(keys[0]) for one in value):
            return keys[:1]
        if keys and isinstance(value, dict) and type(value.get("id")) is type(keys[0]):
            return {**value, "id": keys[0]}
        return self._referring(value, collection, depth + 1)

    def _keys_of(self, collection, world="write") -> list:
        if collection.name not in self.ids:
            reply = self._get(collection.operation, None, world)
            elements = self._elements(collection, reply) if reply is not None and reply.status < 300 else None
            found = [find_identifier(one, collection.parameter)[1] for one in elements or ()]
            self.ids[collection.name] = [one for one in found if one is not None]
        return self.ids[collection.name]

    def _kept(self, collection, operation, request, record, shown) -> None:
        place = f"{operation.method} {operation.path}"
        sent = request.value
        if not isinstance(sent, dict) or not (isinstance(record, dict) or isinstance(shown, dict)):
            return
        media, one = usual_media(operation.body)
        declared = self.reading.members(one.schema.raw) if one.schema is not None else {}
        answer = {norm(name): name for name in (shown if isinstance(shown, dict) else record)}
        sent, declared = self._unwrapped(sent, declared, answer, collection)
        known = self._known_of(
            self.reading.success(operation), collection, record if isinstance(record, dict) else shown
        )
        for name, value in sent.items():
            schema = known.get(norm(name))
            is_own = norm(name) == norm(collection.parameter) and norm(name).endswith("id")
            if schema is None or is_own or self._is_set_by_server(name, schema, declared.get(name)):
                continue
            if not self._is_possible(schema, value) or ("form" in media and is_mute(value)):
                continue
            if self._is_unknown(schema, value):
                continue
            wrong, detail = "", f"sent {value!r:.110}"
            for view, where in ((record, "the response"), (shown, "the later GET")):
                if not isinstance(view, dict):
                    continue
                member = next((one for one in view if norm(one) == norm(name)), None)
                if member is None and value is None:
                    continue
                if member is None:
                    wrong = wrong or f"a sent member is missing in {where}"
                elif (found := lost(value, view[member], name, is_form="form" in media)) is not None and not wrong:
                    wrong = f"a sent member is other in {where}"
                    detail = "sent {1!r:.110}, shown {2!r:.110} at {0}".format(*found)
            self.figures.count("kept", f"{place} {name}", wrong, detail)

    def _known_of(self, raw, collection, record) -> dict:
        """Return the members that the record in a response has, by their bare names."""
        if raw is None:
            return {}
        members = self.reading.members_of(raw, record)
        several = self.reading.elements(members.get(collection.place[-1], {})) if collection.place else None
        if several is not None:
            members = self.reading.members_of(several, record)
        found = {norm(name): schema for name, schema in members.items()}
        if len(members) <= 3:
            for schema in members.values():
                if "object" in self.reading.types(schema):
                    inner = self.reading.members(schema).items()
                    found = {norm(name): one for name, one in inner} | found
        return found

    def _unwrapped(self, sent, declared, answer, collection) -> tuple:
        """Return what a request says of the record: without the one member that wraps it, or the list around it."""
        several = sent.get(collection.place[-1]) if collection.place else None
        if isinstance(several, list) and several and isinstance(several[0], dict):
            inner = self.reading.elements(declared.get(collection.place[-1], {}))
            return several[0], self.reading.members(inner or {})
        for name in ("data", *sent):
            value = sent.get(name)
            if (
                isinstance(value, dict)
                and norm(name) not in answer
                and (len(sent) <= 2 or norm(name) == collection.name)
            ):
                return value, self.reading.members(declared.get(name, {}))
        return sent, declared

    def _is_set_by_server(self, name, *schemas) -> bool:
        if any(
            one.get("readOnly") or one.get("writeOnly") for raw in schemas if raw for one in self.reading.branches(raw)
        ):
            return True
        return is_servers(name)

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


IDENTITY = {"id", "gid", "sid", "uid", "uuid", "key", "object", "url", "links", "status", "state"}
"""Members that are the server's even where a request may hold them."""


def is_servers(name: str) -> bool:
    """Whether the name of a member says that the server sets it."""
    return norm(name) in IDENTITY or bool(set(words(name)) & set(_SERVER_SETS))


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


def is_number(text, wanted) -> bool:
    """Whether a text is a number as digits."""
    try:
        return float(text) == wanted
    except ValueError:
        return False


def is_uuid(value) -> bool:
    """Whether a text has the form of a UUID."""
    return (
        isinstance(value, str)
        and re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value) is not None
    )


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
    return lost(sent, shown, is_form=is_form) is None


def lost(sent, shown, under="", *, is_form=False):
    """Return the first part of a value that does not stand in a record: its place, and both values; None for none."""
    if sent == shown or (isinstance(sent, str) and moment(sent) == moment(shown)):
        return None
    if is_form and scalar(sent).lower() == scalar(shown).lower():
        return None
    if isinstance(sent, int | float) and isinstance(shown, str) and is_number(shown, sent):
        return None  # an amount that the response has as a text
    if isinstance(sent, dict) and isinstance(shown, dict):
        named = {norm(name): value for name, value in shown.items()}
        parts = [
            (value, named.get(norm(name), _ABSENT), f"{under}.{name}".strip("."))
            for name, value in sent.items()
            if value not in (None, [], {}) and not (norm(name) in named and value == named[norm(name)])
            if not (under == "metadata" and is_servers(name))
        ]
    elif isinstance(sent, list) and isinstance(shown, list) and len(sent) == len(shown):
        parts = [(*both, f"{under}[]") for both in zip(sent, shown, strict=True)]
    else:
        named_by = isinstance(sent, str | int) and isinstance(shown, dict)
        is_named = named_by and any(scalar(one) == scalar(sent) for one in shown.values())
        names = isinstance(sent, dict) and isinstance(shown, str | int) and any(one == shown for one in sent.values())
        return None if is_named or names else (under, sent, "nothing" if shown is _ABSENT else shown)
    return next((one for part in parts if (one := lost(*part, is_form=is_form)) is not None), None)


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
