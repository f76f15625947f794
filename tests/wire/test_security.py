"""Security schemes: where a credential may stand, and which combinations are enough."""

from __future__ import annotations

import base64

import pytest

from locum.serving.authentication import AuthMode
from tests.conftest import token
from tests.wire.serving import document, responses

TOKEN = token()
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
    word=word,
    accepts=frozenset({USER, "key"}),
    keys=(Key("apiKey", "key_", lambda store, clock, text: Caller("of a key", "org", kind="key") if text == "key_1" else None),),
)

def who(caller): return {"value": caller.subject}

plain = __getattr__
def __getattr__(name): return who if name.startswith("who") else plain(name)
"""
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
def test_the_declared_credentials_are_enough(server, target):
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
def test_anything_else_is_not_enough(server, name, headers):
    if headers.get("X_Key") == "key_1" and name in {"/header", "/alias", "/cookie", "/either"}:
        headers = {"X_Key": "key_3", "Cookie": "session=key_3"}
    reply = server("GET", f"{name}?key=%FF", **headers)

    assert reply.status == 401
    assert 'realm="locum"' in reply.headers["WWW-Authenticate"]


def test_a_token_of_another_secret_is_not_enough(server, served):
    stranger = served(DOCUMENTS, HANDLERS, jwt_secret="another-secret-of-thirty-two-bytes")

    assert stranger("GET", "/bearer", Authorization=f"Bearer {TOKEN}").status == 401


def test_any_credential_is_enough_where_the_setting_says_so(served):
    server = served(DOCUMENTS, HANDLERS, auth=AuthMode.ANY)

    assert server("GET", "/bearer", Authorization="Bearer nonsense").status == 200
    assert server("GET", "/header", X_Key="nonsense").status == 200
    assert server("GET", "/bearer").status == 401


def test_nobody_is_asked_where_the_setting_says_so(served):
    assert served(DOCUMENTS, HANDLERS, auth=AuthMode.OFF)("GET", "/bearer").status == 200


def test_a_scheme_that_is_not_declared_stops_the_start(served):
    from locum.serving.services import Unfit

    with pytest.raises(Unfit, match="the security scheme 'gone' is not declared"):
        served({"security": document({"/a": guarded({"gone": []})})}, HANDLERS)


CHALLENGED = """
openapi: 3.0.3
info: {title: Challenges, version: '1'}
paths:
  /basic: {get: {security: [{basic: []}], responses: &done {'204': {description: done}, '401': {description: who}}}}
  /key: {get: {security: [{key: []}], responses: *done}}
  /either: {get: {security: [{key: []}, {basic: []}], responses: *done}}
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
    key: {type: apiKey, in: header, name: X-Key}
"""


@pytest.fixture
def challenged(tmp_path):
    from locum.settings import Settings
    from tests.wire.serving import Server

    (tmp_path / "challenges.yaml").write_text(CHALLENGED)
    server = Server(Settings(specs=(tmp_path / "challenges.yaml",), cache=False))
    yield server
    server.stop()


def test_each_scheme_has_its_challenge(challenged):
    said = {path: challenged("GET", path).headers["WWW-Authenticate"] for path in ("/basic", "/key", "/either")}

    assert said["/basic"] == 'Basic realm="locum", charset="UTF-8"'
    assert said["/key"] == 'ApiKey realm="locum", in="header", name="X-Key"'
    assert said["/either"] == f"{said['/key']}, {said['/basic']}"


def test_an_api_without_handlers_takes_any_credential_that_is_not_empty(challenged):
    assert challenged("GET", "/key", X_Key="anything").status == 204
    assert challenged("GET", "/key", X_Key="").status == 401
    assert challenged("GET", "/basic", Authorization="Basic c2tfdGVzdDo=").status == 204  # a user name alone
    assert challenged("GET", "/basic", Authorization="Basic Og==").status == 401
