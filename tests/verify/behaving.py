"""A small server that behaves as its contract implies, in three styles of API; each defect makes it misbehave in one way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote

ADA, BRAM = "token-of-ada", "token-of-bram"
_WHO = {ADA: "ada", BRAM: "bram"}


@dataclass(frozen=True)
class Style:
    """How an API looks: its nouns, identifiers, envelopes, paging, methods and statuses."""

    name: str
    plural: str
    children: str
    ids: str = "integer"
    envelope: str = ""
    """Bare arrays, `data` with `meta`, or `items` with `total` and `next`."""
    paging: str = "page"
    wrapper: str = ""
    """The member around one record."""
    methods: tuple[str, ...] = ("patch", "put")
    created: int = 201
    deleted: int = 204
    is_silent: bool = False
    """Whether a create responds with the Location alone."""
    refers: bool = False
    """Whether records may stand on a shelf, a record of another collection."""


STYLES = {
    "plain": Style("plain", "tasks", "steps", methods=("patch",), refers=True),
    "data": Style(
        "data", "notes", "marks", ids="text", envelope="data", paging="cursor", methods=("put",), deleted=200
    ),
    "items": Style("items", "books", "pages", envelope="items", paging="offset", wrapper="book", created=200),
}

DEFECTS = {
    "short names": ("L100", "cuts names to 12 characters"),
    "lost note": ("L100", "does not store the `note` of a create"),
    "plain letters": ("L100", "drops letters outside ASCII"),
    "restless": ("L101", "shows another `priority` at each read"),
    "headless": ("L102", "responds 404 to HEAD"),
    "wrong location": ("L103", "gives a Location that leads nowhere"),
    "no default": ("L104", "sets `priority` to 0 instead of its default"),
    "always open": ("L105", "creates every record as open"),
    "twins": ("L106", "accepts a `code` twice"),
    "counted ids": ("L107", "gives the identifier of an existing record"),
    "hidden": ("L110", "does not list the newest record"),
    "double": ("L111", "lists the newest record twice"),
    "made twice": ("L111", "stores two records for one create"),
    "total of page": ("L112", "counts the records of the page instead of all"),
    "frozen total": ("L112", "counts only the records of the start"),
    "stale list": ("L113", "lists names as they were at first"),
    "open house": ("L114", "shows children below every parent"),
    "lost update": ("L120", "does not store updates"),
    "truthy": ("L120", "ignores 0, false and empty values in updates"),
    "first instead": ("L120", "updates the first record instead of the one in the path"),
    "reborn": ("L121", "sets `created_at` anew with every update"),
    "resetting": ("L121", "resets `done` with every update"),
    "contagious": ("L122", "updates all records of the same status"),
    "lost put": ("L123", "stores only the name of a replacement"),
    "truthy put": ("L123", "ignores 0, false and empty values in replacements"),
    "merging put": ("L124", "keeps what a replacement leaves out"),
    "old answer": ("L125", "responds to an update with the former record"),
    "undead": ("L070", "still shows what was deleted"),
    "undead in list": ("L130", "still lists what was deleted"),
    "sweeping": ("L131", "deletes all records of the same status"),
    "clearing": ("L131", "deletes all records on the same shelf"),
    "orphans": ("L132", "keeps the children of what was deleted"),
    "fragile": ("L133", "fails at a second delete"),
    "limitless": ("L140", "ignores the size of pages"),
    "overlapping": ("L141", "shows the last record of a page on the next one, too"),
    "first page only": ("L141", "shows the first page again and again"),
    "gaps": ("L142", "leaves out a record between pages"),
    "dead end": ("L143", "gives no link to the third page"),
    "shuffled": ("L144", "lists records in another order each time"),
    "unsorted": ("L145", "ignores `sort`"),
    "one way": ("L145", "sorts in ascending order only"),
    "sorts text": ("L145", "sorts numbers as text"),
    "no filter": ("L146", "ignores `status`"),
    "no bound": ("L146", "ignores `min_priority`"),
    "no shelf": ("L146", "ignores `shelf_id`"),
    "late filter": ("L147", "filters only the first records of the list"),
    "deaf": ("L148", "ignores `q`"),
    "blind": ("L148", "finds nothing by `q`"),
    "fixed tag": ("L150", "never changes the ETag"),
    "no 304": ("L151", "ignores If-None-Match"),
    "last wins": ("L152", "ignores If-Match"),
    "twice": ("L153", "ignores the idempotency key"),
    "glass wall": ("L063", "shows records to whoever knows their id"),
    "glass list": ("L160", "lists the records of all users"),
    "glass total": ("L160", "counts the records of all users in totals"),
    "any writer": ("L161", "lets every user change a record"),
    "any remover": ("L162", "lets every user delete a record"),
    "no door": ("L060", "deletes without credentials"),
    "side door": ("L062", "responds 403 to missing credentials"),
    "counting": ("L101", "raises `priority` with every read"),
    "finishing": ("L170", "marks records as done when their children are listed"),
    "half update": ("L171", "stores the valid part of an update that it rejects"),
    "half create": ("L171", "stores records that it rejects"),
}
"""The code and the description of each defect."""

ONLY = {
    "truthy put": {"data", "items"},
    "truthy": {"plain", "items"},
    "lost update": {"plain", "items"},
    "merging put": {"items"},
    "lost put": {"data", "items"},
    "resetting": {"plain", "items"},
    "contagious": {"plain", "items"},
    "gaps": {"plain", "items"},
    "dead end": {"data", "items"},
    "first instead": {"plain", "items"},
    "clearing": {"plain"},
    "no shelf": {"plain"},
}
"""The styles in which a defect is possible, if not in all."""


def applies(defect: str, style: str) -> bool:
    """Return whether a defect is possible in a style."""
    return style in ONLY.get(defect, STYLES)


class Asked(NamedTuple):
    """A request, its path split into steps."""

    method: str
    steps: list[str]
    query: dict[str, str]
    head: dict[str, str]
    body: bytes
    who: str


class Rejected(Exception):
    """A request that gets an error."""

    def __init__(self, status, headers=None):
        super().__init__(status)
        self.status = status
        self.headers = headers or {}


@dataclass
class Behaving:
    """The server of one style with some defects, as an ASGI application."""

    style: Style
    defects: frozenset[str] = frozenset()
    records: dict[str, dict] = field(default_factory=dict)
    children: dict[str, dict] = field(default_factory=dict)
    shelves: dict[str, dict] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    reads: int = 0

    def __post_init__(self):
        assert self.defects <= DEFECTS.keys()
        self._ids = count(1)
        self._first_names: dict[str, str] = {}
        for number in range(2):
            self._store({"name": f"first {number}", "code": f"start-{number}", "priority": number}, "ada")
        self._start = len(self.records)

    def has(self, defect: str) -> bool:
        assert defect in DEFECTS
        return defect in self.defects

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        head = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        status, headers, value = self.answer(scope["method"], scope["path"], query, head, body)
        data = b"" if value is None or scope["method"] == "HEAD" else json.dumps(value).encode()
        if data:
            headers["content-type"] = "application/json"
        raw = [(name.encode("latin-1"), str(text).encode("latin-1")) for name, text in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": data})

    def answer(self, method, path, query, head, body):
        try:
            return self._answer(method, path, query, head, body)
        except Rejected as rejected:
            return rejected.status, dict(rejected.headers), {"error": f"status {rejected.status}"}

    def _answer(self, method, path, query, head, body):
        steps = [unquote(step) for step in path.split("/")[1:]]
        if self.style.refers and steps[0] == "shelves" and len(steps) <= 2:
            return self._shelf(method, steps, body)
        who = self._who(method, head)
        if not steps or steps[0] != self.style.plural or len(steps) > 4:
            raise Rejected(404)
        if len(steps) > 2 and steps[2] != self.style.children:
            raise Rejected(404)
        handlers = {1: self._collection, 2: self._item, 3: self._child_list, 4: self._child}
        return handlers[len(steps)](Asked(method, steps, query, head, body, who))

    def _who(self, method, head):
        token = head.get("authorization", "").removeprefix("Bearer ")
        if token in _WHO:
            return _WHO[token]
        if self.has("no door") and method == "DELETE":
            return "ada"
        raise Rejected(403 if self.has("side door") else 401, {"www-authenticate": "Bearer"})

    def _shelf(self, method, steps, body):
        if len(steps) == 1 and method == "POST":
            sent = self._json(body)
            if not isinstance(sent, dict) or not isinstance(sent.get("label"), str) or set(sent) - {"label"}:
                raise Rejected(422)
            number = next(self._ids)
            self.shelves[str(number)] = {"id": number, **sent}
            return 201, {"location": f"/shelves/{number}"}, self.shelves[str(number)]
        if len(steps) == 1 and method in {"GET", "HEAD"}:
            return 200, {}, list(self.shelves.values())
        if len(steps) == 2 and steps[1] not in self.shelves:
            raise Rejected(404)
        if len(steps) == 2 and method in {"GET", "HEAD"}:
            return 200, {}, self.shelves[steps[1]]
        if len(steps) == 2 and method == "DELETE":
            del self.shelves[steps[1]]
            return 204, {}, None
        raise Rejected(405, {"allow": "GET"})

    # One collection.

    def _collection(self, asked):
        if asked.method in {"GET", "HEAD"}:
            return self._list(asked.query, asked.who)
        if asked.method != "POST":
            raise Rejected(405, {"allow": "GET, POST"})
        key = asked.head.get("idempotency-key")
        if key in self.keys and not self.has("twice") and self.keys[key] in self.records:
            return self._created(self.keys[key])
        sent = self._inner(self._json(asked.body))
        if self.has("half create") and "name" in sent and not self._fits(sent, whole=True):
            self._store({"name": str(sent["name"]), "code": f"half-{next(self._ids)}"}, asked.who)
        if not self._fits(sent, whole=True):
            raise Rejected(422)
        if any(one["code"] == sent["code"] for one in self.records.values()) and not self.has("twins"):
            raise Rejected(409)
        number = self._store(sent, asked.who)
        if self.has("made twice"):
            self._store({**sent, "code": f"twin-{number}"}, asked.who)
        if key:
            self.keys[key] = number
        return self._created(number)

    def _created(self, number):
        location = f"/{self.style.plural}/{number}"
        headers = {"location": f"/lost{location}" if self.has("wrong location") else location}
        shown = None if self.style.is_silent else self._wrapped(self._shown(self.records[number]))
        return self.style.created, headers, shown

    def _store(self, sent, who):
        number = str(next(self._ids))
        record = {"status": "open", "priority": 0 if self.has("no default") else 3, "done": False, "note": None}
        record |= {"tags": [], "shelf_id": None, **sent}
        if self.has("lost note"):
            record["note"] = None
        if self.has("always open"):
            record["status"] = "open"
        record["name"] = self._name(record["name"])
        if self.style.ids == "text":
            number = f"n-{hashlib.sha256(number.encode()).hexdigest()[:10]}"
        known = [key for key, one in self.records.items() if not one.get("deleted")]
        number = known[-1] if self.has("counted ids") and known else number
        record |= {"id": number, "owner": who, "version": 1, "created_at": "2026-01-01T09:00:00Z"}
        self.records[number] = record
        self._first_names[number] = record["name"]
        return number

    def _name(self, name):
        name = name[:12] if self.has("short names") else name
        return name.encode("ascii", "ignore").decode() if self.has("plain letters") else name

    def _list(self, query, who):
        sort, status, least, text = (query.get(name) for name in ("sort", "status", "min_priority", "q"))
        if sort not in {None, "name", "-name", "priority", "-priority"} or status not in {
            None,
            "open",
            "active",
            "closed",
        }:
            raise Rejected(400)
        records = [one for one in self.records.values() if one["owner"] == who or self.has("glass list")]
        if not self.has("undead in list"):
            records = [one for one in records if not one.get("deleted")]
        records = records[:-1] if self.has("hidden") and len(records) > 2 else records
        records = [*records, *records[-1:]] if self.has("double") else records
        late = records[:3] if self.has("late filter") and status else records
        if status and not self.has("no filter"):
            records = [one for one in late if one["status"] == status]
        if query.get("shelf_id") and self.style.refers and not self.has("no shelf"):
            records = [one for one in records if str(one["shelf_id"]) == query["shelf_id"]]
        if least is not None and not self.has("no bound"):
            records = [one for one in records if one["priority"] >= int(least)]
        if text is not None and not self.has("deaf"):
            records = [one for one in records if not self.has("blind") and text in f"{one['name']} {one['note']}"]
        if sort and not self.has("unsorted"):
            name, down = sort.lstrip("-"), sort[0] == "-" and not self.has("one way")
            records = sorted(
                records, key=lambda one: str(one[name]) if self.has("sorts text") else one[name], reverse=down
            )
        if self.has("shuffled"):
            self.reads += 1
            turn = self.reads % max(len(records), 1)
            records = records[turn:] + records[:turn]
        return self._paged(records, query, len(self.records) if self.has("glass total") else len(records))

    def _paged(self, records, query, count):
        style, size = self.style, self._number(query.get("limit"), 20)
        if not 1 <= size <= 50:
            raise Rejected(400)
        start = {
            "page": (self._number(query.get("page"), 1) - 1) * size,
            "offset": self._number(query.get("offset"), 0),
            "cursor": self._number(query.get("cursor", "").removeprefix("at-"), 0),
        }[style.paging]
        if start < 0:
            raise Rejected(400)
        end = start + size
        at, stop = (0, size) if self.has("first page only") else (start, end)
        at, stop = (at - 1, stop - 1) if self.has("overlapping") and start else (at, stop)
        at = at + 1 if self.has("gaps") and start else at
        page = records if self.has("limitless") else records[at:stop]
        more = end < len(records) and not self.has("limitless") and not (self.has("dead end") and start)
        total = len(page) if self.has("total of page") else count
        total = self._start if self.has("frozen total") else total
        shown = [self._listed(one) for one in page]
        if style.envelope == "data":
            return 200, {}, {"data": shown, "meta": {"total": total, "next_cursor": f"at-{end}" if more else None}}
        if style.envelope == "items":
            rest = "".join(f"&{name}={quote(text)}" for name, text in query.items() if name not in {"offset", "limit"})
            following = f"/{style.plural}?offset={end}&limit={size}{rest}" if more else None
            return 200, {}, {"items": shown, "total": total, "next": following}
        return 200, {"x-total-count": total}, shown

    @staticmethod
    def _number(text, default):
        if not text:
            return default
        if not text.isdigit():
            raise Rejected(400)
        return int(text)

    def _listed(self, record):
        name = self._first_names[record["id"]] if self.has("stale list") else record["name"]
        return {**self._shown(record), "name": name}

    # One record.

    def _item(self, asked):
        record = self.records.get(asked.steps[1])
        if asked.method == "DELETE":
            return self._delete(record, asked.head, asked.who)
        if record is None or (record.get("deleted") and not self.has("undead")):
            raise Rejected(404)
        if asked.method in {"GET", "HEAD"}:
            return self._read(record, asked.method, asked.head, asked.who)
        if asked.method.lower() not in self.style.methods:
            raise Rejected(405, {"allow": "GET"})
        if record["owner"] != asked.who and not self.has("any writer"):
            raise Rejected(404)
        if asked.head.get("if-match") not in {None, self._tag(record)} and not self.has("last wins"):
            raise Rejected(412)
        sent, whole = self._inner(self._json(asked.body)), asked.method == "PUT"
        if self.has("half update") and not self._fits(sent, whole=whole):
            record |= {"name": sent["name"]} if isinstance(sent.get("name"), str) else {}
        if not self._fits(sent, whole=whole):
            raise Rejected(422)
        before = self._shown(record)
        if self.has("first instead"):
            record = next(one for one in self.records.values() if one["owner"] == asked.who and not one.get("deleted"))
        self._change(record, sent, whole=whole)
        return (
            200,
            {"etag": self._tag(record)},
            self._wrapped(before if self.has("old answer") else self._shown(record)),
        )

    def _change(self, record, sent, *, whole):
        if self.has("lost update") and not whole:
            return
        if self.has("truthy") and not whole:
            sent = {name: value for name, value in sent.items() if value}
        if whole and not self.has("merging put"):
            if self.has("truthy put"):
                sent = {name: value or record[name] for name, value in sent.items()}
            sent = {"status": "open", "priority": 3, "done": False, "note": None, "tags": [], **sent}
        if whole and self.has("lost put"):
            sent = {"name": sent["name"]}
        same = [one for one in self.records.values() if one["status"] == record["status"] and self.has("contagious")]
        for one in [record, *same]:
            one |= {name: value for name, value in sent.items() if one is record or name != "code"}
            one["version"] += 1
            if self.has("reborn"):
                one["created_at"] = f"2026-01-02T09:00:{one['version'] % 60:02}Z"
            if self.has("resetting") and "done" not in sent:
                one["done"] = not one["done"]
        record["name"] = self._name(record["name"])

    def _read(self, record, method, head, who):
        if method == "HEAD" and self.has("headless"):
            raise Rejected(404)
        if record["owner"] != who and not self.has("glass wall"):
            raise Rejected(404)
        if head.get("if-none-match") == self._tag(record) and not self.has("no 304"):
            return 304, {"etag": self._tag(record)}, None
        if self.has("counting"):
            record["priority"] = min(100, record["priority"] + 1)
        shown = self._shown(record)
        if self.has("restless"):
            self.reads += 1
            shown["priority"] = self.reads % 7
        return 200, {"etag": self._tag(record)}, self._wrapped(shown)

    def _delete(self, record, head, who):
        if record is None or record.get("deleted"):
            raise Rejected(500 if self.has("fragile") else 404)
        if record["owner"] != who and not self.has("any remover"):
            raise Rejected(404)
        if head.get("if-match") not in {None, self._tag(record)} and not self.has("last wins"):
            raise Rejected(412)
        same = [one for one in self.records.values() if one["status"] == record["status"] and self.has("sweeping")]
        if self.has("clearing") and record["shelf_id"] is not None:
            same = [one for one in self.records.values() if one["shelf_id"] == record["shelf_id"]]
        for one in [record, *same]:
            one["deleted"] = True
            if not self.has("undead") and not self.has("undead in list"):
                self.records[one["id"]] = {**one, "code": object()}
            if not self.has("orphans"):
                self.children = {key: child for key, child in self.children.items() if child["parent"] != one["id"]}
        if self.style.deleted == 204:
            return 204, {}, None
        return 200, {}, {"deleted": record["id"]}

    # The children of one record.

    def _parent(self, steps, who):
        parent = self.records.get(steps[1])
        if parent is None or parent["owner"] != who or (parent.get("deleted") and not self.has("orphans")):
            raise Rejected(404)
        return parent

    def _child_list(self, asked):
        parent = self._parent(asked.steps, asked.who)
        if asked.method in {"GET", "HEAD"}:
            parent["done"] = parent["done"] or self.has("finishing")
            found = [one for one in self.children.values() if one["parent"] == parent["id"] or self.has("open house")]
            return self._paged_children(found)
        if asked.method != "POST":
            raise Rejected(405, {"allow": "GET, POST"})
        sent = self._json(asked.body)
        if not isinstance(sent, dict) or not isinstance(sent.get("label"), str) or set(sent) - {"label"}:
            raise Rejected(422)
        number = str(next(self._ids))
        number = f"c-{number}" if self.style.ids == "text" else number
        self.children[number] = {"id": number, "label": sent["label"], "parent": parent["id"]}
        return 201, {"location": f"/{'/'.join(asked.steps)}/{number}"}, self._child_shown(self.children[number])

    def _paged_children(self, found):
        shown = [self._child_shown(one) for one in found]
        if self.style.envelope == "data":
            return 200, {}, {"data": shown, "meta": {"total": len(shown), "next_cursor": None}}
        return 200, {}, {"items": shown, "total": len(shown)} if self.style.envelope == "items" else shown

    def _child(self, asked):
        parent, child = self._parent(asked.steps, asked.who), self.children.get(asked.steps[3])
        if child is None or (child["parent"] != parent["id"] and not self.has("open house")):
            raise Rejected(404)
        if asked.method in {"GET", "HEAD"}:
            return 200, {}, self._child_shown(child)
        if asked.method != "DELETE":
            raise Rejected(405, {"allow": "DELETE, GET"})
        del self.children[child["id"]]
        return 204, {}, None

    # Bodies.

    def _tag(self, record):
        return '"1"' if self.has("fixed tag") else f'"{record["id"]}-{record["version"]}"'

    def _json(self, body):
        try:
            return json.loads(body)
        except ValueError:
            raise Rejected(400) from None

    def _inner(self, value):
        if self.style.wrapper:
            value = value.get(self.style.wrapper) if isinstance(value, dict) else None
        if not isinstance(value, dict):
            raise Rejected(422)
        return value

    def _wrapped(self, value):
        return {self.style.wrapper: value} if self.style.wrapper else value

    def _id(self, text):
        return int(text) if self.style.ids == "integer" else text

    def _shown(self, record):
        names = ["name", "code", "status", "priority", "done", "note", "tags", "created_at"]
        names += ["shelf_id"] * self.style.refers
        return {"id": self._id(record["id"]), **{name: record[name] for name in names}}

    def _child_shown(self, child):
        return {"id": self._id(child["id"].removeprefix("")), "label": child["label"]}

    def _fits(self, sent, *, whole):
        rules = {
            "name": lambda value: isinstance(value, str) and 1 <= len(value) <= 40,
            "code": lambda value: isinstance(value, str) and 1 <= len(value) <= 40,
            "status": lambda value: value in ("open", "active", "closed"),
            "priority": lambda value: type(value) is int and 0 <= value <= 100,
            "done": lambda value: isinstance(value, bool),
            "note": lambda value: value is None or (isinstance(value, str) and len(value) <= 200),
            "tags": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
        }
        if self.style.refers:
            rules["shelf_id"] = lambda value: value is None or (type(value) is int and str(value) in self.shelves)
        if whole and not {"name", "code"} <= sent.keys():
            return False
        return all(name in rules and rules[name](value) for name, value in sent.items())


def document_of(style: Style) -> dict:
    """Return the OpenAPI document of a style."""
    integer = {"type": "integer", "minimum": 1} if style.ids == "integer" else {"type": "string", "maxLength": 40}
    members = {
        "name": {"type": "string", "minLength": 1, "maxLength": 40},
        "code": {"type": "string", "minLength": 1, "maxLength": 40, "description": "A unique code."},
        "status": {"type": "string", "enum": ["open", "active", "closed"], "default": "open"},
        "priority": {"type": "integer", "minimum": 0, "maximum": 100, "default": 3},
        "done": {"type": "boolean", "default": False},
        "note": {"type": ["string", "null"], "minLength": 0, "maxLength": 200},
        "tags": {"type": "array", "items": {"type": "string"}},
    }
    if style.refers:
        members["shelf_id"] = {"type": ["integer", "null"]}
    shown = {"id": integer, **members, "created_at": {"type": "string", "format": "date-time", "readOnly": True}}
    record = {"type": "object", "required": list(shown), "properties": shown}
    child = {"type": "object", "required": ["id", "label"], "properties": {"id": integer, "label": {"type": "string"}}}
    paging = {
        "page": {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 1}},
        "offset": {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}},
        "cursor": {"name": "cursor", "in": "query", "schema": {"type": "string"}},
    }[style.paging]
    query = [
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50, "default": 20}},
        paging,
        {
            "name": "status",
            "in": "query",
            "schema": members["status"] | {"default": None}
            and {"type": "string", "enum": ["open", "active", "closed"]},
        },
        {"name": "min_priority", "in": "query", "schema": {"type": "integer", "minimum": 0}},
        {
            "name": "sort",
            "in": "query",
            "schema": {"type": "string", "enum": ["name", "-name", "priority", "-priority"]},
        },
        {"name": "q", "in": "query", "schema": {"type": "string"}},
        *([{"name": "shelf_id", "in": "query", "schema": {"type": "integer"}}] * style.refers),
    ]
    conditions = [{"name": "If-Match", "in": "header", "schema": {"type": "string"}}]
    tagged = {"headers": {"ETag": {"schema": {"type": "string"}}}}
    one, item = f"/{style.plural}/{{id}}", _wrapped_schema(style, "Record")
    named = {"name": "id", "in": "path", "required": True, "schema": integer}
    methods = {
        method: _operation(
            f"{method}Record",
            {"200": {**_body(item), **tagged}},
            errors=("400", "404", "412", "422"),
            parameters=conditions,
            body=_wrapped_schema(style, "NewRecord" if method == "put" else "Changes"),
        )
        for method in style.methods
    }
    deleted = {"description": "Deleted."} if style.deleted == 204 else _body({"type": "object"})
    return {
        "openapi": "3.1.0",
        "info": {"title": style.plural, "version": "1"},
        "security": [{"bearer": []}],
        "paths": {
            f"/{style.plural}": {
                "get": _operation(
                    "listRecords", {"200": _body(_list_schema(style, "Record"))}, errors=("400",), parameters=query
                ),
                "post": _operation(
                    "createRecord",
                    {str(style.created): {"description": "Created."} if style.is_silent else _body(item)},
                    errors=("400", "409", "422"),
                    parameters=[
                        {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 8}}
                    ],
                    body=_wrapped_schema(style, "NewRecord"),
                ),
            },
            one: {
                "parameters": [named],
                "get": _operation(
                    "readRecord",
                    {"200": {**_body(item), **tagged}, "304": {"description": "Not modified."}},
                    errors=("404",),
                    parameters=[{"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}],
                ),
                "delete": _operation(
                    "deleteRecord", {str(style.deleted): deleted}, errors=("404", "412"), parameters=conditions
                ),
                **methods,
            },
            f"{one}/{style.children}": {
                "parameters": [named],
                "get": _operation("listChildren", {"200": _body(_list_schema(style, "Child"))}, errors=("404",)),
                "post": _operation(
                    "createChild",
                    {"201": _body({"$ref": "#/components/schemas/Child"})},
                    errors=("400", "404", "422"),
                    body={"$ref": "#/components/schemas/NewChild"},
                ),
            },
            f"{one}/{style.children}/{{childId}}": {
                "parameters": [named, {"name": "childId", "in": "path", "required": True, "schema": integer}],
                "get": _operation("readChild", {"200": _body({"$ref": "#/components/schemas/Child"})}, errors=("404",)),
                "delete": _operation("deleteChild", {"204": {"description": "Deleted."}}, errors=("404",)),
            },
            **(_shelf_paths() if style.refers else {}),
        },
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Record": record,
                "Child": child,
                "NewRecord": {
                    "type": "object",
                    "required": ["name", "code"],
                    "additionalProperties": False,
                    "properties": members,
                },
                "Changes": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        name: {key: one for key, one in member.items() if key != "default"}
                        for name, member in members.items()
                    },
                },
                "NewChild": {
                    "type": "object",
                    "required": ["label"],
                    "additionalProperties": False,
                    "properties": {"label": {"type": "string", "minLength": 1, "maxLength": 40}},
                },
                "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
            },
        },
    }


def _shelf_paths():
    """Return the paths of the shelves on which records may stand. They are everybody's."""
    label = {"label": {"type": "string", "minLength": 1, "maxLength": 40}}
    shelf = {"type": "object", "required": ["id", "label"], "properties": {"id": {"type": "integer"}, **label}}
    new = {"type": "object", "required": ["label"], "additionalProperties": False, "properties": label}
    named = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    paths = {
        "/shelves": {
            "get": _operation("listShelves", {"200": _body({"type": "array", "items": shelf})}),
            "post": _operation("createShelf", {"201": _body(shelf)}, errors=("400", "422"), body=new),
        },
        "/shelves/{id}": {
            "parameters": [named],
            "get": _operation("readShelf", {"200": _body(shelf)}, errors=("404",)),
            "delete": _operation("deleteShelf", {"204": {"description": "Deleted."}}, errors=("404",)),
        },
    }
    for item in paths.values():
        for method in item.keys() & {"get", "post", "delete"}:
            item[method]["security"] = []
    return paths


def _operation(name, responses, *, errors=(), parameters=(), body=None):
    declared = {status: _body({"$ref": "#/components/schemas/Error"}) for status in ("401", "403", *errors)}
    found = {"operationId": name, "parameters": list(parameters), "responses": {**responses, **declared}}
    if body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return found


def _body(schema):
    return {"description": "A response.", "content": {"application/json": {"schema": schema}}}


def _wrapped_schema(style, name):
    schema = {"$ref": f"#/components/schemas/{name}"}
    if not style.wrapper:
        return schema
    return {"type": "object", "required": [style.wrapper], "properties": {style.wrapper: schema}}


def _list_schema(style, name):
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    total = {"type": "integer", "minimum": 0}
    if style.envelope == "data":
        meta = {"type": "object", "properties": {"total": total, "next_cursor": {"type": ["string", "null"]}}}
        return {"type": "object", "required": ["data", "meta"], "properties": {"data": items, "meta": meta}}
    if style.envelope == "items":
        following = {"type": ["string", "null"], "format": "uri-reference"}
        return {
            "type": "object",
            "required": ["items"],
            "properties": {"items": items, "total": total, "next": following},
        }
    return items
