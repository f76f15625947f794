"""A small handwritten server for planted.yaml; each of its defects breaks one rule if it is enabled."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

import jsonschema_rs
import yaml

CONTRACT = Path(__file__).with_name("planted.yaml")
TOKEN = "good-token"
OTHER_TOKEN = "token-of-another"
"""The token of a user without things, who must not see those of others."""
ALLOW = {"/things": "GET, POST", "/things/{id}": "DELETE, GET", "/reports": "GET", "/pings": "POST"}


@dataclass(frozen=True)
class Defect:
    """A defect of the server: the expected code and operation."""

    code: str
    operation: str
    what: str
    phases: tuple[str, ...] = ("examples", "coverage")
    people: bool = False
    """Whether two users are required to find it."""


def _in_list(code, what):
    return Defect(code, "listThings", what)


DEFECTS = {
    "partial": Defect("L001", "listThings", "responds 206, which is not declared"),
    "crash": Defect("L002", "listThings", "fails for `limit=50`"),
    "untyped": Defect("L010", "readReport", "does not say the media type"),
    "half a type": Defect("L011", "readReport", "says `Content-Type: text`"),
    "page": Defect("L012", "readThing", "responds 404 as an HTML page"),
    "comma": Defect("L013", "listThings", "writes `[...,]`"),
    "impossible": Defect("L003", "deleteThing", "responds 204 with a body; a 204 ends at its header"),
    "empty object": Defect("L014", "ping", "responds `{}` where no body is declared"),
    "nothing": Defect("L015", "createThing", "responds 201 with no body"),
    "nameless": _in_list("L020", "leaves out `name`, which is required"),
    "internal": _in_list("L021", "adds `password_hash` to a closed object"),
    "text price": _in_list("L022", "writes `price` as a text"),
    "archived": _in_list("L023", "gives a `status` that is not declared"),
    "sql time": _in_list("L024", "writes a date-time with a space"),
    "bare code": _in_list("L025", "gives a `code` without its `T-`"),
    "blank name": _in_list("L026", "gives an empty `name`"),
    "debt": _in_list("L027", "gives a negative `price`"),
    "same tags": _in_list("L028", "gives a tag twice"),
    "both ways": _in_list("L029", "gives a `payment` that fits both alternatives"),
    "no labels": _in_list("L030", "gives empty `labels`"),
    "leak": Defect("L031", "createThing", "returns the `secret` of the request"),
    "nowhere": Defect("L040", "createThing", "leaves out Location"),
    "many": Defect("L041", "listThings", "says `X-Total: many`"),
    "no challenge": Defect("L042", "listThings", "responds 401 without WWW-Authenticate"),
    "no allow": Defect("L043", "readReport", "responds 405 without Allow"),
    "half allowed": Defect("L044", "listThings", "says `Allow: GET`, and POST is declared"),
    "any body": Defect("L050", "createThing", "stores any body"),
    "any limit": Defect("L051", "listThings", "takes any `limit`"),
    "any id": Defect("L052", "readThing", "takes any `id`"),
    "any tenant": Defect("L053", "readReport", "takes any `X-Tenant`"),
    "no tenant": Defect("L054", "readReport", "does without `X-Tenant`"),
    "short names": Defect("L055", "createThing", "refuses names of more than 20 characters"),
    "any type": Defect("L056", "createThing", "takes JSON that says to be something else"),
    "any method": Defect("L057", "readReport", "returns for every method the report"),
    "open door": Defect("L060", "listThings", "works without credentials"),
    "any token": Defect("L061", "listThings", "takes any token"),
    "odd door": Defect("L062", "listThings", "responds 400 to missing credentials"),
    "undead": Defect("L070", "deleteThing", "still returns what was deleted", ("stateful",)),
    "forgetful": Defect("L071", "createThing", "does not store what it makes", ("stateful",)),
    "one shelf": Defect("L063", "readThing", "shows things to whoever knows their id", ("stateful",), people=True),
}


class Crash(Exception):
    """An exception that the server does not handle."""


@cache
def _new_thing_validator():
    schemas = yaml.safe_load(CONTRACT.read_text())["components"]["schemas"]
    return jsonschema_rs.Draft202012Validator(schemas["NewThing"])


@dataclass
class Planted:
    """The server, as an ASGI application."""

    defects: frozenset[str] = frozenset()
    things: dict[int, dict] = field(default_factory=dict)
    owners: dict[int, str] = field(default_factory=dict)
    next_id: int = 1

    def __post_init__(self):
        self._make({"name": "first", "price": 12.5})

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
        try:
            status, headers, data = self.respond(scope["method"], scope["path"], scope["query_string"], head, body)
        except Crash:
            status, headers, data = 500, {"Content-Type": "text/plain"}, b"Internal Server Error"
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": data})

    def has(self, defect) -> bool:
        assert defect in DEFECTS
        return defect in self.defects

    def respond(self, method, path, query, headers, body):
        template = path if path in ALLOW else "/things/{id}" if re.fullmatch(r"/things/[^/]+", path) else None
        if template is None:
            return _reject(404, "nothing is here")
        if method == "OPTIONS":
            return 204, {"Allow": "GET" if self.has("half allowed") else ALLOW[template]}, b""
        if method not in ALLOW[template] and not self.has("any method"):
            return _reject(405, "no such method", {} if self.has("no allow") else {"Allow": ALLOW[template]})
        if template == "/pings":
            return 202, {"Content-Type": "application/json"}, b"{}" * self.has("empty object")
        if template == "/reports":
            return self._report(headers)
        rejection = self._authenticate(headers)
        if rejection:
            return rejection
        if template == "/things/{id}":
            return self._one(method, path.removeprefix("/things/"), _who(headers))
        return self._create(headers, body) if method == "POST" else self._list(query, _who(headers))

    def _authenticate(self, headers):
        shown = headers.get("authorization", "")
        if not shown and self.has("odd door"):
            return _reject(400, "who are you?")
        if not shown and self.has("open door"):
            return None
        if shown.startswith("Bearer ") and (shown in _USERS or self.has("any token")):
            return None
        return _reject(401, "who are you?", {} if self.has("no challenge") else {"WWW-Authenticate": "Bearer"})

    def _report(self, headers):
        tenant = headers.get("x-tenant")
        if tenant is None and not self.has("no tenant"):
            return _reject(400, "X-Tenant is required")
        if tenant is not None and not re.fullmatch("[a-z]{3,8}", tenant) and not self.has("any tenant"):
            return _reject(400, "X-Tenant is wrong")
        media = {"Content-Type": "text" if self.has("half a type") else "text/plain"}
        return 200, {} if self.has("untyped") else media, b"all is well"

    def _list(self, query, who):
        limits = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("limit", [])
        right = not limits or (len(limits) == 1 and re.fullmatch("[1-9]|[1-4][0-9]|50", limits[0]))
        if not right and not self.has("any limit"):
            return _reject(400, "limit is wrong")
        if limits == ["50"] and self.has("crash"):
            raise Crash
        things = [
            self._shown(thing)
            for thing in [one for one in self.things.values() if self.owners[one["id"]] == who][
                : int(limits[0]) if right and limits else 20
            ]
        ]
        data = json.dumps(things).encode()
        if self.has("comma"):
            data = data[:-1] + b",]"
        headers = {"Content-Type": "application/json", "X-Total": "many" if self.has("many") else str(len(self.things))}
        return 206 if self.has("partial") else 200, headers, data

    def _create(self, headers, body):
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != "application/json" and not self.has("any type"):
            return _reject(415, "send application/json")
        try:
            asked = json.loads(body, parse_constant=_no_constant)
        except ValueError:
            if not self.has("any body"):
                return _reject(400, "this is no JSON")
            asked = {}
        if not _new_thing_validator().is_valid(asked):
            if not self.has("any body"):
                return _reject(400, "this is no new thing")
            asked = {"name": "nobody"}
        if len(asked["name"]) > 20 and self.has("short names"):
            return _reject(400, "this name is too long")
        thing = self._make(asked, _who(headers))
        if self.has("forgetful"):
            self.things.pop(thing["id"])
        shown = {**thing, "secret": "s3cret"} if self.has("leak") else thing
        place = {} if self.has("nowhere") else {"Location": f"/things/{thing['id']}"}
        return (
            201,
            {"Content-Type": "application/json", **place},
            b"" if self.has("nothing") else json.dumps(shown).encode(),
        )

    def _one(self, method, text, who):
        if not re.fullmatch("[1-9][0-9]{0,8}", text):
            if not self.has("any id"):
                return _reject(400, "id is wrong")
            text = "1"
        thing = self.things.get(int(text))
        if thing is None or (self.owners[thing["id"]] != who and not self.has("one shelf")):
            if self.has("page"):
                return 404, {"Content-Type": "text/html"}, b"<h1>Not found</h1>"
            return _reject(404, "there is no such thing")
        if method == "GET":
            return _json(200, self._shown(thing))
        if not self.has("undead"):
            del self.things[int(text)]
        return 204, {"Content-Length": "2"} if self.has("impossible") else {}, b"{}" * self.has("impossible")

    def _make(self, asked, who="ada"):
        thing = {"id": self.next_id, "name": asked["name"], "price": asked.get("price", 0), "status": "open"}
        thing |= {"code": f"T-{self.next_id}", "created_at": "2026-01-01T09:00:00Z", "tags": ["new"]}
        thing |= {"labels": {"made": "here"}, "payment": {"card": "4242"}}
        self.things[self.next_id], self.owners[self.next_id] = thing, who
        self.next_id += 1
        return thing

    def _shown(self, thing):
        wrong = {
            "internal": {"password_hash": "5f4dcc3b"},
            "text price": {"price": "12.50"},
            "archived": {"status": "archived"},
            "sql time": {"created_at": "2026-01-01 09:00:00"},
            "bare code": {"code": "7"},
            "blank name": {"name": ""},
            "debt": {"price": -1},
            "same tags": {"tags": ["new", "new"]},
            "both ways": {"payment": {"card": "4242", "iban": "DE1"}},
            "no labels": {"labels": {}},
        }
        shown = dict(thing)
        for defect, changes in wrong.items():
            shown |= changes if self.has(defect) else {}
        if self.has("nameless"):
            shown.pop("name")
        return shown


_USERS = {"Bearer " + TOKEN: "ada", "Bearer " + OTHER_TOKEN: "bram"}


def _who(headers):
    """Unknown callers are treated as Ada if a defect accepts them."""
    return _USERS.get(headers.get("authorization", ""), "ada")


def _json(status, value, headers=None):
    return status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(value).encode()


def _reject(status, why, headers=None):
    return _json(status, {"error": why}, headers)


def _no_constant(name):
    raise ValueError(name)
