"""Declared scopes: 403 for a token with other scopes, no effect on a token without scopes."""

from __future__ import annotations

import pytest

from locum.callers import Caller
from locum.oidc.tokens import claims_of
from locum.options import AuthMode
from locum.server.tokens import Tokens
from tests.wire.serving import document, responses

SCHEMES = {
    "oauth": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "https://a.example", "scopes": {"read": "r", "write": "w"}}},
    },
    "openid": {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
}
PATHS = {
    "/oauth": [{"oauth": ["read", "write"]}],
    "/openid": [{"openid": ["read"]}],
    "/role": [{"bearer": ["admin"]}],
    "/any": [{"oauth": []}],
    "/either": [{"oauth": ["write"]}, {"oauth": ["read"]}],
    "/or-key": [{"oauth": ["write"]}, {"key": ["write"]}],
}
ITEMS = {
    path: {"get": {"operationId": f"idle {path}", "security": needed, "responses": responses(401, 403)}}
    for path, needed in PATHS.items()
}
ITEMS["/undeclared"] = {"get": {"operationId": "idle", "security": [{"oauth": ["read"]}], "responses": responses(401)}}
DOCUMENTS = {"scopes": document(ITEMS, openapi="3.1.0", components={"securitySchemes": SCHEMES})}
HANDLERS = {
    "scopes": """
api = Api(render_error=render_error, keys=(Key("apiKey", "key_", lambda store, clock, text: Caller("of a key", "org")),))
"""
}


def bearer(scope=None, role="viewer"):
    return {"Authorization": "Bearer " + Tokens().seal(claims_of(Caller("usr", "org", role=role), 0, scope=scope))}


@pytest.mark.parametrize(
    ("path", "scope", "status"),
    [
        ("/oauth", "write read", 200),
        ("/oauth", "read", 403),
        ("/oauth", "", 403),
        ("/oauth", "reader writer", 403),
        ("/openid", "openid read", 200),
        ("/openid", "openid", 403),
        ("/role", "admin", 200),
        ("/role", "read", 403),
        ("/any", "", 200),
        ("/either", "read", 200),
        ("/either", "write", 200),
        ("/either", "other", 403),
        ("/undeclared", "read", 200),
        ("/undeclared", "other", 401),
    ],
)
def test_a_token_is_accepted_where_it_has_the_scopes(server, path, scope, status):
    assert server("GET", path, **bearer(scope)).status == status


@pytest.mark.parametrize("path", [*PATHS, "/undeclared"])
def test_a_token_without_scopes_is_checked_by_permissions(server, path):
    assert server("GET", path, **bearer()).status == 200


def test_a_required_scope_can_be_the_role_of_the_user(server):
    assert server("GET", "/role", **bearer("read", role="admin")).status == 200
    assert server("GET", "/openid", **bearer("openid", role="read")).status == 403


def test_the_challenge_names_the_missing_scopes(server):
    reply = server("GET", "/oauth", **bearer("read"))

    assert reply.headers["WWW-Authenticate"] == (
        'Bearer realm="locum", error="insufficient_scope", '
        'error_description="The token lacks the required scope read write.", scope="read write"'
    )
    assert reply.json["error"] == "insufficient_scope"


def test_a_rejected_token_is_still_accepted_elsewhere(server):
    headers = bearer("read")

    assert [server("GET", path, **headers).status for path in ("/oauth", "/openid", "/oauth", "/openid")] == [
        403,
        200,
        403,
        200,
    ]


def test_a_key_does_not_need_scopes(server):
    assert server("GET", "/or-key", X_Key="key_1").status == 200
    assert server("GET", "/or-key", X_Key="key_1", **bearer("read")).status == 200


def test_only_tokens_of_the_issuer_need_scopes_where_any_credential_is_accepted(served):
    server = served(
        {"scopes": document(ITEMS, openapi="3.1.0", components={"securitySchemes": SCHEMES})},
        HANDLERS,
        auth=AuthMode.ANY,
    )

    assert server("GET", "/oauth", Authorization="Bearer anything").status == 200
    assert server("GET", "/oauth", **bearer("read")).status == 403
