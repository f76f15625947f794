"""Stock Connexion: its default stack, validating both ways, with the API keys kept in a dictionary.

    TOKEN=... KEYS=1000 python benchmarks/stock.py PORT DOCUMENT

The bearer check compares one string; Connexion does everything else. KEYS are there from the start.
"""

import logging
import os
import string
import sys
from pathlib import Path
from random import Random

import uvicorn
import yaml
from connexion import AsyncApp, problem
from connexion.resolver import Resolver
from connexion.security import BearerSecurityHandler

TOKEN = os.environ["TOKEN"]
PERMISSIONS = {"sites:read", "scripts:write"}
LETTERS = string.digits + string.ascii_letters
random = Random(0)
keys = {}


def _text(prefix, length):
    return prefix + "".join(random.choices(LETTERS, k=length))


def _make(name, permissions):
    key = {
        "id": _text("api_key_", 27),
        "object": "api_key",
        "name": name,
        "key_prefix": "alto_sk_" + _text("", 5),
        "client_id": _text("", 20),
        "created_at": "2026-01-01T09:00:00Z",
        "status": "active",
        "permissions": permissions,
        "last_used_at": None,
    }
    keys[key["id"]] = key
    return key


async def list_api_keys():
    return list(keys.values())


async def create_api_key(body):
    if not PERMISSIONS.issuperset(body["permissions"]):
        return {"message": "You can grant only permissions that you hold yourself."}, 403
    key = _make(body["name"], body["permissions"])
    return {"status": "success", "data": {"key": key, "secret": _text("alto_sk_", 48)}}, 201


async def get_api_key(id_):
    return keys.get(id_) or problem(404, "Not Found", "The API key was not found.")


async def delete_api_key(id_):
    return (None, 204) if keys.pop(id_, None) else problem(404, "Not Found", "The API key was not found.")


async def rotate_api_key(id_):
    return {"status": "success", "data": {"key": keys[id_], "secret": _text("alto_sk_", 48)}}


class Bearer(BearerSecurityHandler):
    def _resolve_func(self, security_scheme):  # noqa: ARG002 (Connexion's signature)
        return lambda token: {"sub": "ada"} if token == TOKEN else None


logging.getLogger("connexion").setLevel(logging.CRITICAL)  # it writes a line for every refused request
handlers = {
    "listApiKeys": list_api_keys,
    "createApiKey": create_api_key,
    "getApiKey": get_api_key,
    "deleteApiKey": delete_api_key,
    "rotateApiKey": rotate_api_key,
}
for _ in range(int(os.environ.get("KEYS", "1"))):
    _make("Production automation", ["sites:read", "scripts:write"])
application = AsyncApp(
    __name__,
    pythonic_params=True,
    security_map={"bearer": Bearer},
    resolver=Resolver(function_resolver=handlers.__getitem__),
)
document = yaml.load(Path(sys.argv[2]).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
application.add_api(document, validate_responses=True)

uvicorn.run(
    application,
    port=int(sys.argv[1]),
    loop="uvloop",
    http="httptools",
    log_level="error",
    access_log=False,
    server_header=False,
    date_header=False,
)
