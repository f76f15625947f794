"""Redaction: which values of an exchange are redacted and which are kept."""

from __future__ import annotations

import base64
import json

import pytest

from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.redaction import Redaction, Secrets
from locum.redaction.bodies import content_of, salvaged
from locum.redaction.names import holds_secret, is_secret
from locum.redaction.places import Place
from locum.redaction.texts import Texts
from locum.world.journal import Cut

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
NOWHERE = Place(None)


@pytest.fixture
def secrets():
    return Secrets(Redaction())


def place(schema, components=None, openapi="3.0.3"):
    document = {"openapi": openapi, "components": {"schemas": {"Given": schema, **(components or {})}}}
    return Place(Schemas(document).schema("/components/schemas/Given", Direction.REQUEST))


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "Password",
        "db_password",
        "newPassword",
        "password2",
        "password_confirmation",
        "passphrase",
        "secret",
        "client_secret",
        "clientSecret",
        "secretKey",
        "secret_access_key",
        "apiKey",
        "api-key",
        "APIKey",
        "X-API-Key",
        "token",
        "access_token",
        "refreshToken",
        "id_token",
        "csrfToken",
        "tokens",
        "private_key",
        "private_key_data",
        "connection_string",
        "dsn",
        "otp",
        "cvv",
        "card_number",
        "user[password]",
        "Set-Cookie",
        "authorization",
        "verification_code",
        "webhookToken",
        "api_keys",
        "jwt",
    ],
)
def test_names_of_secrets(name):
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "name",
        "id",
        "key",
        "keys",
        "public_key",
        "access_key_id",
        "secret_name",
        "secret_id",
        "token_type",
        "token_url",
        "tokenizer",
        "page_token",
        "nextPageToken",
        "continuation_token",
        "max_tokens",
        "total_tokens",
        "password_updated_at",
        "has_password_reset",
        "monkey",
        "passenger",
        "keyboard",
        "session_count",
        "x-request-id",
        "idempotency_key",
        "sort_key",
        "author",
        "card",
        "code",
        "api_key_id",
        "author_ization",
        "7",
    ],
)
def test_names_that_are_not_of_secrets(name):
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("password", 12345, True),
        ("token", 12345, False),
        ("password", True, False),
        ("password", None, False),
        ("secrets", ["a"], True),
        ("secrets", [{"name": "a"}], False),
        ("secret", {"value": "a"}, True),
    ],
)
def test_a_value_can_be_recognized_as_a_secret(name, value, expected):
    assert holds_secret(name, value) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"see {JWT}, please", "see [redacted], please"),
        ("Bearer abcdef0123456789", "Bearer [redacted]"),
        ("curl -H 'Authorization: Basic YWRhOnNlY3JldDE='", "curl -H 'Authorization: Basic [redacted]'"),
        ("postgres://ada:secret1@db.example:5432/x", "postgres://[redacted]@db.example:5432/x"),
        (
            "https://a.example/?access_token=abc&page=2#id_token=def",
            "https://a.example/?access_token=[redacted]&page=2#id_token=[redacted]",
        ),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nrest", "[redacted]\nrest"),
        ("-----BEGIN PRIVATE KEY-----\nabc", "[redacted]"),
        ("sk_live_0123456789abc", "[redacted]"),
        ("alto_0123456789", "[redacted]"),
        ("https://x.example/hooks/abc/9?x=1", "https://x.example/hooks/[redacted]/9?x=1"),
    ],
)
def test_texts_that_look_like_secrets_are_redacted(text, expected):
    assert Texts(["alto_"], ["/hooks/{hookToken}/{id}", "/{token}"]).without(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "A bearer token is needed.",
        'Bearer realm="locum", error="invalid_token"',
        "bearer authentication",
        "https://a.example/path?page=2",
        "a=b",
        "eyJ is how one begins",
        "-----BEGIN CERTIFICATE-----\nabc",
        "alto_sk_a",
        "/hooks/",
    ],
)
def test_other_texts_are_not_redacted(text):
    assert Texts(["alto_"], ["/hooks/{hookToken}/{id}"]).without(text) == text


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Authorization", "Bearer abc", "Bearer [redacted]"),
        ("authorization", "abc", "[redacted]"),
        ("Authorization", "abc def", "[redacted]"),
        ("Proxy-Authorization", "Basic abc", "Basic [redacted]"),
        ("X-API-Key", "abc", "[redacted]"),
        ("X-Auth-Token", "abc", "[redacted]"),
        ("Cookie", "a=b; c=d", "a=[redacted]; c=[redacted]"),
        ("Set-Cookie", "a=b; Path=/; HttpOnly", "a=[redacted]; Path=/; HttpOnly"),
        ("Location", "/done?code=1&token=abc", "/done?code=1&token=[redacted]"),
        ("Accept", "application/json", "application/json"),
    ],
)
def test_a_redacted_header_keeps_its_format(secrets, name, value, expected):
    assert secrets.header(name, value) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("page=2&api_key=abc&api_key=def", "page=2&api_key=[redacted]&api_key=[redacted]"),
        ("pass%77ord=a+b", "pass%77ord=[redacted]"),
        ("filter[secret]=x&filter[name]=y", "filter[secret]=[redacted]&filter[name]=y"),
        ("token=&flag", "token=&flag"),
        (f"next=%2Fx%3Ft%3D{JWT}", "next=/x%3Ft%3D[redacted]"),
        ("", ""),
    ],
)
def test_a_redacted_query_keeps_its_names(secrets, query, expected):
    assert secrets.query(query, {}) == expected


def test_a_parameter_declared_as_a_credential_is_redacted(secrets):
    declared = {"q": place({"type": "string", "format": "password"})}

    assert secrets.query("q=abc&r=abc", declared) == "q=[redacted]&r=abc"
    assert secrets.path("/a/abc", "/a/{q}", declared) == ("/a/[redacted]", {"q": "[redacted]"})
    assert secrets.header("q", "abc", declared["q"]) == "[redacted]"


def test_only_secrets_in_a_path_are_redacted(secrets):
    output = secrets.path("/hooks/a%2Fbc/files/x.json", "/hooks/{hookToken}/files/{name}.json", {})

    assert output == ("/hooks/[redacted]/files/x.json", {"hookToken": "[redacted]", "name": "x"})


def test_redaction_keeps_the_structure(secrets):
    value = {"name": "x", "secret": {"a": ["b", 1, None, ""], "c": True}, "tokens": ["d"], "password": 5}

    assert secrets.value(value, NOWHERE) == {
        "name": "x",
        "secret": {"a": ["[redacted]", "[redacted]", None, ""], "c": "[redacted]"},
        "tokens": ["[redacted]"],
        "password": "[redacted]",
    }


def test_names_in_name_value_pairs_are_recognized(secrets):
    pairs = [
        {"name": "Authorization", "value": "abc"},
        {"key": "color", "value": "red"},
        {"header": "X-Api-Key", "value": 5},
    ]

    assert [one["value"] for one in secrets.value(pairs, NOWHERE)] == ["[redacted]", "red", "[redacted]"]


SECRET_PLACES = [
    ({"properties": {"a": {"type": "string", "writeOnly": True}}}, {"a": "x"}, {"a": "[redacted]"}),
    ({"properties": {"a": {"type": "string", "format": "password"}}}, {"a": "x"}, {"a": "[redacted]"}),
    ({"items": {"properties": {"a": {"writeOnly": True}}}}, [{"a": "x", "b": "y"}], [{"a": "[redacted]", "b": "y"}]),
    ({"allOf": [{}, {"properties": {"a": {"writeOnly": True}}}]}, {"a": {"b": ["x"]}}, {"a": {"b": ["[redacted]"]}}),
    (
        {"oneOf": [{"properties": {"a": {}}}, {"properties": {"a": {"writeOnly": True}}}]},
        {"a": "x"},
        {"a": "[redacted]"},
    ),
    ({"additionalProperties": {"format": "password"}}, {"a": "x"}, {"a": "[redacted]"}),
    ({"patternProperties": {"^a": {"writeOnly": True}}}, {"ab": "x", "b": "y"}, {"ab": "[redacted]", "b": "y"}),
    ({"properties": {"a": {"$ref": "#/components/schemas/Other"}}}, {"a": "x"}, {"a": "[redacted]"}),
    ({"properties": {"a": {"$ref": "#/components/schemas/MySecrets"}}}, {"a": {"b": "x"}}, {"a": {"b": "[redacted]"}}),
    ({"$ref": "#/components/schemas/Circle"}, {"me": {"me": {"word": "x"}}}, {"me": {"me": {"word": "[redacted]"}}}),
]
COMPONENTS = {
    "Other": {"type": "string", "format": "password"},
    "MySecrets": {"type": "object", "additionalProperties": True},
    "Circle": {"properties": {"me": {"$ref": "#/components/schemas/Circle"}, "word": {"writeOnly": True}}},
}


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(("schema", "value", "expected"), SECRET_PLACES)
def test_what_a_schema_declares_is_redacted(secrets, schema, value, expected, openapi):
    declared = place(schema, COMPONENTS, openapi)

    assert secrets.value(value, declared) == expected
    assert declared.holds_secrets()


def test_secrets_described_by_a_schema_are_redacted(secrets):
    declared = place(
        {"$ref": "#/components/schemas/StoredSecret"},
        {"StoredSecret": {"properties": {"label": {"type": "string"}, "created": {"type": "string"}}}},
    )

    assert secrets.value({"label": "x"}, declared) == {"label": "x"}
    assert not declared.holds_secrets()


def test_a_found_secret_is_redacted_elsewhere(secrets):
    secrets.value({"password": "pass word/1"}, NOWHERE)
    secrets.header("Authorization", "Basic " + base64.b64encode(b"ada:the-word").decode())

    assert secrets.elsewhere(["so pass word/1", {"at pass%20word%2F1": "the-word"}, 5]) == [
        "so [redacted]",
        {"at [redacted]": "[redacted]"},
        5,
    ]


def test_short_secrets_are_not_redacted_elsewhere(secrets):
    secrets.value({"password": "a", "pin": "1234"}, NOWHERE)

    assert secrets.elsewhere("a 1234") == "a 1234"


@pytest.mark.parametrize(
    ("data", "media_type", "form", "body"),
    [
        (b'{"token": "x", "n": 1}', "application/json; charset=utf-8", "json", {"token": "[redacted]", "n": 1}),
        (b'{"token": "x"}', "application/problem+json", "json", {"token": "[redacted]"}),
        (b"token=x&n=1&n=2", "application/x-www-form-urlencoded", "form", {"token": "[redacted]", "n": ["1", "2"]}),
        (b'{"token": "xyz", "n": 1', "application/json", "text", '{"token": "[redacted]", "n": 1'),
        (b"<a><token>xyz</token><n>1</n></a>", "application/xml", "text", "<a><token>[redacted]</token><n>1</n></a>"),
        (b"token: xyz\nn: 1", "text/plain", "text", "token: [redacted]\nn: 1"),
        (b"\x00\xff\xfe", "application/octet-stream", "binary", None),
        (b"\xff", "text/plain", "binary", None),
        (b"", "application/json", "none", None),
        (None, "application/json", "none", None),
    ],
)
def test_a_redacted_body_keeps_its_format(secrets, data, media_type, form, body):
    output = secrets.message({"content-type": media_type}, data, NOWHERE, {})

    assert (output.form, output.body, output.size, output.cut) == (form, body, len(data or b""), False)


def test_a_multipart_form_is_shown_without_its_files(secrets):
    data = (
        b'--b\r\nContent-Disposition: form-data; name="secret"\r\n\r\nxyz\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n\x00\x01\xff\r\n--b--\r\n'
    )
    output = secrets.message({"content-type": "multipart/form-data; boundary=b"}, data, NOWHERE, {})

    assert (output.form, output.body) == ("form", {"secret": "[redacted]", "file": "[3 bytes]"})


def test_a_text_that_can_contain_a_declared_secret_is_withheld(secrets):
    declared = place({"properties": {"a": {"writeOnly": True}}})
    output = secrets.message({"content-type": "application/xml"}, b"<x a='hush'/>", declared, {})

    assert (output.form, output.body, output.size) == ("withheld", None, 13)


def test_a_truncated_body_is_redacted_too(secrets):
    whole = json.dumps({"token": "abcdef", "rows": [{"secret": "hush", "n": n} for n in range(99)]}).encode()
    for end in range(1, 200):
        output = secrets.message({"content-type": "application/json"}, Cut(whole[:end], len(whole)), NOWHERE, {})

        assert (output.form, output.cut, output.size) == ("json", True, len(whole))
        assert "hush" not in str(output.body)
        assert "abcdef" not in str(output.body)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "b": [1, 2, {"c": "d,]}', {"a": 1, "b": [1, 2, {}]}),
        ("[1, 2, 3", [1, 2]),
        ('["a\\"b,", "c', ['a"b,']),
        ('{"a": {"b": 1}, "c": tr', {"a": {"b": 1}}),
        ("[", []),
    ],
)  # fmt: skip
def test_the_complete_members_of_a_truncated_json_text_are_read(text, value):
    assert salvaged(text.encode()) == value


def test_a_truncated_text_can_end_within_a_character():
    content = content_of(Cut("text é".encode()[:-1], 100), "text/plain")

    assert content == ("text", "text ", 100, True)


def test_a_path_of_several_expressions_is_split_as_by_the_router(secrets):
    output = secrets.path("/compare/v1...v2%2e", "/compare/{base}...{token}", {})

    assert output == ("/compare/v1...[redacted]", {"base": "v1", "token": "[redacted]"})
    assert secrets.path("/images", "/images?token={token}", {}) == ("/images", {})


def test_a_segment_of_hundreds_of_delimiters_is_redacted_quickly(secrets):
    expressions = ",".join(f"{{x{number}}}" for number in range(300))

    assert secrets.path("/a/" + "x," * 320, f"/a/{expressions}!", {})[1] == {}
