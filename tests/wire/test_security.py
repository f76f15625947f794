"""Security schemes: the locations of credentials, and their combinations."""

from __future__ import annotations

import base64
import re
import shlex
import subprocess

import pytest

from locum.apis import Api
from locum.errors import Unauthenticated
from locum.options import AuthMode
from locum.server.authentication import ANONYMOUS, Authentication
from locum.server.greeting import greeting
from locum.server.tokens import Tokens
from locum.world.clock import Clock
from locum.world.seeded import NewId
from locum.world.store import Store
from locum.world.worlds import World
from tests.conftest import token
from tests.wire.generated import generated
from tests.wire.serving import document, responses

TOKEN = token()
DIGEST = 'Digest username="ada", realm="r", nonce="n", uri="/box", response="0"'
SCHEMES = {
    "bearer": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "oauth": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "https://a.example", "scopes": {"a": "b"}}},
    },
    "openid": {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "alias": {"$ref": "#/components/securitySchemes/header"},
}


def guarded(*requirements):
    return {"get": {"operationId": "who", "security": list(requirements), "responses": responses(401)}}


COMBINED = {
    "/inherited": {"get": {"operationId": "who", "responses": responses(401)}},
    "/open": guarded(),
    "/perhaps": guarded({"bearer": []}, {}),
    "/either": guarded({"bearer": []}, {"header": []}),
    "/all": guarded({"bearer": [], "header": []}),
}
PATHS = COMBINED | {f"/{name}": guarded({name: []}) for name in SCHEMES}
for number, item in enumerate(PATHS.values()):
    item["get"]["operationId"] = f"who {number}"
DOCUMENTS = {"security": document(PATHS, components={"securitySchemes": SCHEMES}, security=[{"bearer": []}])}
HANDLERS = {
    "security": """
api = Api(
    render_error=render_error,
    accepts=frozenset({USER, "key"}),
    keys=(Key("apiKey", "key_", lambda store, clock, text: Caller("of a key", "org", kind="key") if text == "key_1" else None),),
)

def who(caller): return {"value": caller.subject}
"""
    + "".join(f"who_{number} = who\n" for number in range(len(PATHS)))
}
BASIC = "Basic " + base64.b64encode(b"anybody:" + TOKEN.encode()).decode()

ENOUGH = {
    "/bearer": {"Authorization": f"Bearer {TOKEN}"},
    "/oauth": {"Authorization": f"bearer {TOKEN}"},
    "/openid": {"Authorization": f"BEARER  {TOKEN}"},
    "/basic": {"Authorization": BASIC},
    "/header": {"X_Key": "key_1"},
    "/alias": {"x_key": "key_1"},
    "/query?key=key_1": {},
    "/cookie": {"Cookie": "a=b; session=key_1"},
    "/inherited": {"Authorization": f"Bearer {TOKEN}"},
    "/open": {},
    "/perhaps": {},
    "/either": {"X_Key": "key_1"},
    "/all": {"X_Key": "key_1", "Authorization": f"Bearer {TOKEN}"},
}


@pytest.mark.parametrize("target", ENOUGH)
def test_the_declared_credentials_are_accepted(server, target):
    assert server("GET", target, **ENOUGH[target]).status == 200


@pytest.mark.parametrize("name", [name for name in PATHS if name not in {"/open", "/perhaps"}])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic !!"},
        {"Authorization": f"Digest {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": "\xff"},
        {"X_Key": "key_2"},
        {"X_Key": ""},
        {"Cookie": "session=key_2"},
        {"X_Key": "key_1", "Cookie": "session=key_1"},
    ],
    ids=range(11),
)
def test_other_credentials_are_rejected(server, name, headers):
    if headers.get("X_Key") == "key_1" and name in {"/header", "/alias", "/cookie", "/either"}:
        headers = {"X_Key": "key_3", "Cookie": "session=key_3"}
    reply = server("GET", f"{name}?key=%FF", **headers)

    assert reply.status == 401
    assert 'realm="locum"' in reply.headers["WWW-Authenticate"]


def test_a_token_signed_with_another_secret_is_rejected(server, served):
    stranger = served(DOCUMENTS, HANDLERS, jwt_secret="another-secret-of-thirty-two-bytes")

    assert stranger("GET", "/bearer", Authorization=f"Bearer {TOKEN}").status == 401


def test_any_credential_is_accepted_with_auth_any(served):
    server = served(DOCUMENTS, HANDLERS, auth=AuthMode.ANY)

    assert server("GET", "/bearer", Authorization="Bearer nonsense").status == 200
    assert server("GET", "/header", X_Key="nonsense").status == 200
    assert server("GET", "/bearer").status == 401


def test_no_credential_is_required_with_auth_off(served):
    assert served(DOCUMENTS, HANDLERS, auth=AuthMode.OFF)("GET", "/bearer").status == 200


def test_a_scheme_that_is_not_declared_admits_any_credential(served):
    server = served({"security": document({"/a": guarded({"gone": []})})}, HANDLERS)

    assert server("GET", "/a").status == 401
    assert server("GET", "/a", Authorization="Anything at-all").status == 200


HTTP_SCHEMES = {
    "basic": ("basic", "Basic c2tfdGVzdDo=", r'Basic realm="locum", charset="UTF-8"'),
    "bearer": ("BEARER", "bearer a", r'Bearer realm="locum", error="invalid_request", .*'),
    "digest": (
        "digest",
        DIGEST,
        r'Digest realm="locum", qop="auth", algorithm=SHA-256, nonce="[0-9a-f]{32}", charset=UTF-8',
    ),
    "dpop": ("DPoP", "DPoP a", r'DPoP realm="locum", algs="ES256 RS256"'),
    "hawk": ("Hawk", 'Hawk id="a", mac="b"', "Hawk"),
    "hoba": ("hoba", 'HOBA result="a"', r'HOBA challenge="[0-9a-f]{32}", max-age="3600", realm="locum"'),
    "mutual": ("Mutual", 'Mutual sid="a"', r'Mutual version=1, algorithm=\S+, validation=host, realm="locum"'),
    "negotiate": ("negotiate", "Negotiate YQ==", "Negotiate"),
    "ntlm": ("NTLM", "NTLM YQ==", "NTLM"),
    "scram": ("SCRAM-SHA-256", "scram-sha-256 data=YQ==", r'SCRAM-SHA-256 realm="locum"'),
    "custom": ("Token", 'Token token="a"', r'Token realm="locum"'),
    "odd": ("MAC {key}", "mac a", r'MAC realm="locum"'),
}
"""By name: the scheme as a document has it, credentials, and the challenge."""
DONE = {"204": {"description": "done"}, "401": {"description": "who"}}
KEYS = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "certificate": {"type": "mutualTLS"},
}
REQUIREMENTS = {name: [{name: []}] for name in (*HTTP_SCHEMES, *KEYS)} | {
    "either": [{"key": []}, {"basic": []}],
    "both": [{"digest": [], "key": []}],
    "any-of-both": [{"digest": [], "key": []}, {"query": []}],
}
CHALLENGED = document(
    {
        f"/{name}": {"get": {"operationId": name, "security": requirements, "responses": DONE}}
        for name, requirements in REQUIREMENTS.items()
    },
    openapi="3.1.0",
    components={
        "securitySchemes": KEYS | {name: {"type": "http", "scheme": row[0]} for name, row in HTTP_SCHEMES.items()}
    },
)


@pytest.fixture(scope="module")
def challenged(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("challenged"), CHALLENGED) as server:
        yield server


@pytest.mark.parametrize("name", HTTP_SCHEMES)
def test_each_http_scheme_has_its_challenge_and_accepts_only_its_credentials(challenged, name):
    _, credentials, challenge = HTTP_SCHEMES[name]
    rejected = challenged("GET", f"/{name}")

    assert rejected.status == 401
    assert re.fullmatch(challenge, rejected.headers["WWW-Authenticate"])
    assert challenged("GET", f"/{name}", Authorization=credentials).status == 204
    assert challenged("GET", f"/{name}", Authorization=credentials.partition(" ")[0] + "  ").status == 401
    for other in ("Bearer a", "Basic YTpi"):
        if other.partition(" ")[0].lower() != credentials.partition(" ")[0].lower():
            assert challenged("GET", f"/{name}", Authorization=other).status == 401


def test_nonces_differ_but_are_deterministic(tmp_path):
    seen = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        with generated(tmp_path / folder, CHALLENGED) as server:
            seen.append([server("GET", "/digest").headers["WWW-Authenticate"] for _ in range(2)])

    assert seen[0] == seen[1]
    assert seen[0][0] != seen[0][1]


@pytest.mark.parametrize("sent", [{"Prefer": "code=401"}, {"X_Locum_Fault": "status=401"}])
def test_a_preferred_401_has_the_challenge_of_the_scheme(challenged, sent):
    reply = challenged("GET", "/digest", Authorization=DIGEST, **sent)

    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"].startswith("Digest ")


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/query", {}),
        ("/query?key=", {}),
        ("/query?key", {}),
        ("/query?key=%20", {}),
        ("/cookie", {"Cookie": "session="}),
        ("/cookie", {"Cookie": 'session=""'}),
        ("/key", {"X_Key": "  "}),
        ("/basic", {"Authorization": "Basic Og=="}),
        ("/digest", {"Authorization": "Digest"}),
        ("/both", {"X_Key": "k"}),
        ("/both", {"Authorization": DIGEST}),
        ("/any-of-both", {"X_Key": "k"}),
        ("/any-of-both?key=", {"X_Key": "k"}),
    ],
)
def test_an_empty_credential_is_rejected_and_so_is_one_of_two(challenged, target, headers):
    assert challenged("GET", target, **headers).status == 401


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/query?key=k", {}),
        ("/cookie", {"Cookie": "session=s"}),
        ("/both", {"X_Key": "k", "Authorization": DIGEST}),
        ("/any-of-both?key=k", {}),
        ("/certificate", {}),
    ],
)
def test_any_credential_of_the_right_scheme_is_accepted_where_none_are_issued(challenged, target, headers):
    assert challenged("GET", target, **headers).status == 204


WITHOUT_LOCATION = [
    {},
    {"gone": {"type": "telepathy"}},
    {"gone": {"type": "apiKey", "in": "header"}},
    {"gone": {"type": "apiKey", "in": "body", "name": "key"}},
    {"gone": {"type": "http"}},
    {"gone": {"scheme": "basic"}},
]
"""Declared schemes, of which the required one has no location."""


def admit(schemes, headers, query=b""):
    guard = Authentication(AuthMode.STRICT, Tokens(), ()).guard([{"gone": ["scope"]}], schemes, Api(accepts=None))
    return guard.admit(headers, query, World("test", Store(), Clock(), NewId(0)))


@pytest.mark.parametrize("schemes", WITHOUT_LOCATION)
@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({b"authorization": b"Bearer a"}, b""),
        ({b"authorization": b"a"}, b""),
        ({b"cookie": b"sid=1"}, b""),
        ({b"x-api-key": b"k"}, b""),
        ({}, b"page=1&access_token=t"),
    ],
)
def test_a_scheme_without_a_location_accepts_any_credential(schemes, headers, query):
    assert admit(schemes, headers, query) == ANONYMOUS


@pytest.mark.parametrize("schemes", WITHOUT_LOCATION)
@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, b""),
        ({b"authorization": b" ", b"cookie": b""}, b"token="),
        ({b"x-request-id": b"1", b"idempotency-key": b"1"}, b"page=1"),
    ],
)
def test_a_scheme_without_a_location_still_requires_a_credential(schemes, headers, query):
    with pytest.raises(Unauthenticated) as rejected:
        admit(schemes, headers, query)
    assert rejected.value.headers == {"WWW-Authenticate": 'Bearer realm="locum"'}


CURL = ["basic", "bearer", "digest", "hawk", "custom", "key", "query", "cookie", "both"]


@pytest.mark.parametrize("name", CURL)
def test_the_curl_line_printed_at_start_is_accepted(tmp_path, name):
    paths = {f"/{name}": CHALLENGED["paths"][f"/{name}"]}
    with generated(tmp_path, {**CHALLENGED, "paths": paths}) as server:
        host, port = server.address
        shown = greeting(server.application, server.settings, port)
        line = shown[shown.index("curl ") :].strip().replace("\\\n", " ")
        words = [*shlex.split(line), "-s", "-o", "none", "-w", "%{http_code}"]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=20, check=True)

    assert host in line
    assert done.stdout == "204"


def test_alternatives_have_one_challenge_each(challenged):
    key = 'ApiKey realm="locum", in="header", name="X-Key"'

    assert challenged("GET", "/key").headers["WWW-Authenticate"] == key
    assert challenged("GET", "/either").headers["WWW-Authenticate"] == f'{key}, Basic realm="locum", charset="UTF-8"'


def test_an_api_without_handlers_accepts_any_nonempty_credential(challenged):
    assert challenged("GET", "/key", X_Key="anything").status == 204
    assert challenged("GET", "/basic", Authorization="Basic c2tfdGVzdDo=").status == 204  # a user name alone
