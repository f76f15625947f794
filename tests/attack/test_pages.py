"""Hostile web pages in the browser of a developer that know the address of the mock."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from functools import cache
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.options import CrossSite
from locum.server.application import create
from locum.settings import Settings
from tests.conftest import bearer, make_application

EVIL = "https://evil.example"
HERE = "127.0.0.1:4010"
CROSS = {"Sec-Fetch-Site": "cross-site"}
IMAGE = {**CROSS, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Referer": EVIL + "/"}
FORM = {**CROSS, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Origin": EVIL}
FRAME = {**CROSS, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe", "Referer": EVIL + "/"}
LINK = {**CROSS, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Referer": EVIL + "/"}
FETCH = {**CROSS, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Origin": EVIL}
SANDBOXED = {**CROSS, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Origin": "null"}
OLD = {"Origin": EVIL}
WEBSOCKET = {**CROSS, "Sec-Fetch-Mode": "websocket", "Origin": EVIL, "Connection": "Upgrade", "Upgrade": "websocket"}
ATTACKS = [IMAGE, FORM, FRAME, LINK, FETCH, SANDBOXED, OLD, WEBSOCKET]
NAMES = ["image", "form", "frame", "link", "fetch", "sandboxed", "old", "websocket"]

NOTE = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {"id": {"type": "string", "readOnly": True}, "text": {"type": "string"}},
}
MEDIA = {
    "html": "text/html",
    "html-with-parameters": "TEXT/HTML; charset=utf-8",
    "xhtml": "application/xhtml+xml",
    "svg": "image/svg+xml",
    "xml": "application/xml",
    "problem-xml": "application/problem+xml",
    "json-then-html": "application/json, text/html",
    "json-and-a-comma": "application/json;, text/html",
    "parts": "multipart/x-mixed-replace",
}


def shown(media_type, **members):
    return {"description": "shown", "content": {media_type: {"example": "<script>1</script>"}}, **members}


def document():
    listed = {"description": "all", "content": {"application/json": {"schema": {"type": "array", "items": NOTE}}}}
    one = {"description": "one", "content": {"application/json": {"schema": NOTE}}}
    body = {"content": {media_type: {"schema": NOTE} for media_type in ("application/json", "text/plain")}}
    policy = {"Content-Security-Policy": {"schema": {"type": "string", "enum": ["img-src 'self'"]}, "required": True}}
    paths = {
        "/notes": {
            "get": {"operationId": "listNotes", "responses": {"200": listed}},
            "post": {"operationId": "makeNote", "requestBody": body, "responses": {"201": one}},
        },
        "/text": {"get": {"responses": {"200": shown("text/plain")}}},
        "/image": {"get": {"responses": {"200": shown("image/png")}}},
        "/unknown": {"get": {"responses": {"200": shown("nonsense")}}},
        "/declared": {"get": {"responses": {"200": shown("text/html", headers=policy)}}},
    }
    paths |= {f"/{name}": {"get": {"responses": {"200": shown(media_type)}}} for name, media_type in MEDIA.items()}
    return {"openapi": "3.0.3", "info": {"title": "Notes", "version": "1"}, "paths": paths}


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """Return a function that serves the document with the settings that are given, created once for all tests."""
    file = tmp_path_factory.mktemp("notes") / "notes.json"
    file.write_text(json.dumps(document()))
    return cache(lambda **settings: create(Settings(specs=(file,), cache=False, **settings)))


@pytest.fixture(scope="module")
def mock(notes):
    return notes()


@pytest.fixture(scope="module")
def bundled():
    """The bundled APIs, which have a consent page."""
    return make_application()


def send_request(application, method, target, headers=(), body=b"", *, host=HERE, http_version="1.1"):  # noqa: PLR0913
    """Send a request in process. `headers` are a mapping, or pairs for repeated names."""
    pairs = [("Host", host)] if host else []
    pairs += headers.items() if isinstance(headers, dict) else headers
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "http_version": http_version,
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in pairs],
        "server": ("127.0.0.1", 4010),
    }
    sent = []

    received = iter([{"type": "http.request", "body": body}])

    async def receive():
        return next(received, {"type": "http.disconnect"})

    async def send(message):
        sent.append(message)

    asyncio.run(application.app(scope, receive, send))
    head = {}
    for name, value in sent[0]["headers"]:
        head[name.decode()] = ", ".join(filter(None, (head.get(name.decode()), value.decode())))
    data = b"".join(message.get("body", b"") for message in sent)
    return SimpleNamespace(status=sent[0]["status"], headers=head, body=data, json=lambda: json.loads(data))


def state(application):
    """Return all that requests can change: worlds, clocks, journals, records, the next identifier, the last use."""
    return {
        world.name: (world.clock.micros, world.journal.last, world.store.size, world.new_id.fork()("", 8), world.used)
        for world in application.worlds._worlds.values()
    }


@pytest.mark.parametrize("attack", ATTACKS, ids=NAMES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_a_foreign_page_changes_nothing(mock, attack, method):
    send_request(mock, "GET", "/notes")
    before = state(mock)
    for target in ("/notes", "/~stolen/notes", "/nowhere", "/~stolen/nowhere"):
        response = send_request(mock, method, target, {**attack, "Content-Type": "text/plain"}, b'{"text":"x"}')

        assert "access-control-allow-origin" not in response.headers
        if method not in {"GET", "HEAD"} or target.startswith("/~"):
            assert response.status == 403
            assert response.json()["code"] == "cross_site"
    assert state(mock) == before


@pytest.mark.parametrize("headers", [{"X-Locum-World": "stolen"}, {"Cookie": "locum_world=stolen"}])
def test_a_foreign_page_creates_no_world_however_it_names_it(mock, headers):
    before = state(mock)

    assert send_request(mock, "GET", "/notes", {**IMAGE, **headers}).status == 403
    assert state(mock) == before


def test_many_images_do_not_evict_the_worlds_of_the_developer(notes):
    application = notes(max_worlds=3)
    for number in range(10):
        send_request(application, "GET", f"/~w{number}/notes", IMAGE)

    assert send_request(application, "GET", "/~mine/notes").status == 200


def test_idempotency_keys_of_a_foreign_page_are_not_stored(mock):
    key = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    send_request(mock, "POST", "/~keys/notes", key, b'{"text":"first"}')
    send_request(mock, "POST", "/~keys/notes", {**FORM, "Idempotency-Key": "k2", "Content-Type": "text/plain"}, b"{}")
    mine = send_request(mock, "POST", "/~keys/notes", {**key, "Idempotency-Key": "k2"}, b'{"text":"mine"}')

    assert (mine.status, mine.json()["text"]) == (201, "mine")


@pytest.mark.parametrize("attack", [LINK, IMAGE], ids=["link", "image"])
def test_a_foreign_page_reads_from_a_copy_of_the_world(mock, attack):
    made = send_request(mock, "POST", "/~read/notes", {"Content-Type": "application/json"}, b'{"text":"x"}').json()
    response = send_request(mock, "GET", "/~read/notes", attack)

    assert response.status == 200
    assert made in response.json()


def test_with_none_a_foreign_page_reads_nothing(notes):
    application = notes(cross_site=CrossSite.NONE)

    assert send_request(application, "GET", "/notes", IMAGE).status == 403
    assert send_request(application, "GET", "/notes").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:3000"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site", "Referer": "http://localhost:3000/shop"},
        {"Sec-Fetch-Site": "cross-site", "Referer": "https://app.example/shop"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example"},
        {"Origin": "https://app.example"},
        {"Origin": f"http://{HERE}"},
        {"Referer": "https://elsewhere.example/"},
    ],
)
def test_requests_of_clients_and_of_allowed_pages_change_the_world(notes, headers):
    application = notes(cors=("https://app.example",))
    application.worlds.drop("mine")
    response = send_request(
        application, "POST", "/~mine/notes", {**headers, "Content-Type": "application/json"}, b'{"text":"x"}'
    )

    assert response.status == 201
    assert application.worlds.existing("mine").journal.last == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-site", "Origin": "http://evil.corp.example"},
        {"Sec-Fetch-Site": "same-site", "Referer": "http://evil.corp.example/"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Referer": "https://evil.example/?http://localhost:3000/"},
        {"Sec-Fetch-Site": "cross-site", "Referer": "http://localhost:3000@evil.example/"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null", "Referer": "http://localhost:3000/"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://mock.corp.example"},
        {"Sec-Fetch-Site": "anything"},
    ],
)
def test_an_origin_similar_to_an_allowed_one_is_foreign(notes, headers):
    application = notes(allowed_host=("mock.corp.example",))

    assert send_request(application, "POST", "/notes", headers, host="mock.corp.example").status == 403


def test_repeated_origin_headers_allow_nothing(mock):
    for pairs in (
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "none")],
        [("Origin", EVIL), ("Origin", "http://localhost")],
    ):
        assert send_request(mock, "POST", "/notes", pairs).status == 403


PATHS = ["/notes", "/__locum/", "/__locum/docs/", "/__locum/worlds", "/__locum/oidc/jwks", "/nowhere"]
STRANGE_NAMES = [
    "evil.example",
    "evil.example:4010",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evillocalhost",
    "web",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
]
OWN_NAMES = [
    "LOCALHOST:1",
    "shop.localhost:4010",
    "localhost.",
    "127.9.9.9",
    "[::1]:4010",
    "192.168.1.5:80",
    "[fe80::1]",
]
NO_NAMES = ['a"><b', "a b", "user@localhost", "localhost/..", "localhost:x", "[::1", ","]


class TestHosts:
    @pytest.mark.parametrize("host", STRANGE_NAMES)
    def test_a_host_name_that_is_not_allowed_is_rejected(self, mock, host):
        before = state(mock)
        for path in PATHS:
            response = send_request(mock, "GET", path, host=host)

            assert (response.status, response.json()["code"]) == (403, "foreign_host")
            assert f"--allowed-host {host.partition(':')[0]} " in response.json()["detail"]
        assert state(mock) == before

    @pytest.mark.parametrize("host", OWN_NAMES)
    def test_loopback_names_and_addresses_are_served(self, mock, host):
        assert {send_request(mock, "GET", path, host=host).status for path in PATHS} == {200, 404}

    @pytest.mark.parametrize("host", NO_NAMES)
    def test_an_invalid_host_is_malformed(self, mock, host):
        for path in PATHS:
            response = send_request(mock, "GET", path, host=host)

            assert (response.status, response.json()["code"]) == (400, "host_invalid")

    @pytest.mark.parametrize("path", PATHS)
    def test_a_repeated_host_header_is_rejected(self, mock, path):
        twice = send_request(mock, "GET", path, [("Host", HERE), ("Host", "evil.example")], host="")
        missing = send_request(mock, "GET", path, host="")

        assert (twice.status, twice.json()["code"]) == (400, "header_repeated")
        assert (missing.status, missing.json()["code"]) == (400, "host_missing")
        assert send_request(mock, "GET", path, host="", http_version="1.0").status in {200, 404}

    @pytest.mark.parametrize("path", PATHS)
    def test_a_repeated_world_header_is_rejected(self, mock, path):
        twice = send_request(mock, "GET", path, [("X-Locum-World", "a"), ("X-Locum-World", "a")])

        assert (twice.status, twice.json()["code"]) == (400, "header_repeated")
        assert "a" not in state(mock)


@pytest.mark.parametrize(
    ("allowed", "host", "status"),
    [
        ("web", "web:4010", 200),
        ("Web.", "web", 200),
        ("web", "web.evil.example", 403),
        ("*.corp.example", "a.b.corp.example", 200),
        ("*.corp.example", "corp.example", 403),
        ("*.corp.example", "evilcorp.example", 403),
        ("*", "anything.example", 200),
    ],
)
def test_hosts_are_allowed_by_name_and_by_wildcard(notes, allowed, host, status):
    assert send_request(notes(allowed_host=(allowed,)), "GET", "/notes", host=host).status == status


def test_the_name_that_the_server_is_bound_to_is_served(notes):
    assert send_request(notes(host="mybox.lan"), "GET", "/notes", host="mybox.lan:4010").status == 200


@pytest.mark.parametrize("allowed", ["http://web", "web:4010", "*web", "a.*.b", "web/x", ""])
def test_an_invalid_allowed_host_stops_the_start(allowed):
    result = CliRunner().invoke(main, ["serve", "--no-cache", "--allowed-host", allowed])

    assert result.exit_code == 2
    assert f"--allowed-host {allowed}: not a host name." in result.output


class TestControl:
    @pytest.mark.parametrize("attack", [*ATTACKS, {"Sec-Fetch-Site": "same-site"}], ids=[*NAMES, "same-site"])
    @pytest.mark.parametrize(
        ("method", "target"),
        [
            ("GET", "/__locum/worlds"),
            ("GET", "/__locum/journal/stream"),
            ("GET", "/~stolen/__locum/clock"),
            ("POST", "/__locum/worlds/default/reset"),
            ("DELETE", "/__locum/worlds/default"),
        ],
    )
    def test_a_page_allowed_by_cors_cannot_use_the_control_api(self, notes, attack, method, target):
        application = notes(cors=("*", EVIL))
        before = state(application)
        response = send_request(application, method, target, attack)

        assert (response.status, response.json()["code"]) == (403, "foreign_origin")
        assert "access-control-allow-origin" not in response.headers
        assert state(application) == before

    def test_a_page_allowed_by_control_cors_can_use_only_the_control_api(self, notes):
        application = notes(control_cors=("https://tool.example",))
        tool = {**CROSS, "Origin": "https://tool.example"}
        response = send_request(application, "GET", "/__locum/worlds", tool)

        assert (response.status, response.headers["access-control-allow-origin"]) == (200, "https://tool.example")
        assert send_request(application, "POST", "/notes", tool).status == 403
        assert send_request(application, "POST", "/__locum/worlds/default/reset", FETCH).status == 403

    def test_the_inspector_can_use_the_control_api(self, mock):
        own = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{HERE}"}

        assert send_request(mock, "POST", "/__locum/worlds/default/reset", own).status == 200

    def test_linked_pages_follow_cors(self, notes):
        app = {"Origin": "https://app.example"}
        application = notes(cors=("https://app.example",))
        for target in (
            "/__locum/docs/notes/openapi.json",
            "/__locum/oidc/.well-known/openid-configuration",
            "/__locum/oidc/jwks",
        ):
            assert (
                send_request(application, "GET", target, app).headers["access-control-allow-origin"]
                == "https://app.example"
            )
            assert "access-control-allow-origin" not in send_request(application, "GET", target, OLD).headers

    @pytest.mark.parametrize("attack", ATTACKS, ids=NAMES)
    @pytest.mark.parametrize(
        ("method", "name"),
        [("POST", "token"), ("OPTIONS", "token"), ("GET", "userinfo"), ("GET", "jwks"), ("POST", "revoke")],
    )
    def test_a_foreign_page_gets_no_tokens(self, mock, attack, method, name):
        before = state(mock)
        response = send_request(
            mock, method, f"/~stolen/__locum/oidc/{name}", {**attack, "Access-Control-Request-Method": "POST"}
        )

        assert response.status == 403
        assert state(mock) == before


LOGIN = "/__locum/oidc/authorize?" + urlencode(
    {"client_id": "app", "redirect_uri": "http://localhost/back", "response_type": "code", "scope": "openid"}
)


class TestNavigations:
    @pytest.mark.parametrize("target", [LOGIN, "/__locum/oidc/end_session", "/__locum/", "/__locum/docs/"])
    @pytest.mark.parametrize("headers", [LINK, CROSS], ids=["link", "cross"])
    def test_another_site_can_link_to_a_page(self, mock, target, headers):
        assert send_request(mock, "GET", target, headers).status == 200

    @pytest.mark.parametrize(
        "target", [LOGIN, LOGIN.replace("/__locum", "/~stolen/__locum"), "/__locum/oidc/end_session"]
    )
    @pytest.mark.parametrize("attack", [IMAGE, FRAME, FETCH, SANDBOXED], ids=["image", "frame", "fetch", "sandboxed"])
    def test_another_site_cannot_embed_a_page(self, mock, target, attack):
        before = state(mock)

        assert send_request(mock, "GET", target, attack).status == 403
        assert state(mock) == before

    def test_the_setting_forbids_links_from_other_sites(self, notes):
        application = notes(cross_site=CrossSite.NONE)

        assert send_request(application, "GET", LOGIN, LINK).status == 403
        assert send_request(application, "GET", LOGIN, {"Sec-Fetch-Site": "none"}).status == 200

    def test_a_foreign_page_can_link_to_a_consent_page_but_not_submit_it(self, bundled):
        made = send_request(bundled, "POST", "/workflows/authorization", bearer()).json()["url"]
        page = made.partition(HERE)[2]
        form = {"Content-Type": "application/x-www-form-urlencoded"}

        assert send_request(bundled, "GET", page, LINK).status == 200
        assert send_request(bundled, "POST", page, {**FORM, **form}, b"decision=approve").status == 403
        assert (
            send_request(bundled, "POST", page, {**CROSS, **form, "Origin": "null"}, b"decision=approve").status == 403
        )
        own = {"Sec-Fetch-Site": "same-origin", "Origin": "null", **form}
        assert send_request(bundled, "POST", page, own, b"decision=approve").status == 200

    def test_a_consent_page_creates_no_world(self, bundled):
        before = state(bundled)

        assert send_request(bundled, "GET", "/__locum/pages/stolen/workflows/consent/x", LINK).status == 404
        assert state(bundled) == before


class TestMockedPages:
    @pytest.mark.parametrize("name", MEDIA)
    def test_mocked_pages_have_an_opaque_origin(self, mock, name):
        response = send_request(mock, "GET", f"/{name}")
        policy = response.headers["content-security-policy"].split()

        assert response.status == 200
        assert policy[0] == "sandbox"
        assert "allow-same-origin" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("name", ["text", "image", "unknown"])
    def test_mocked_pages_are_not_sniffed(self, mock, name):
        response = send_request(mock, "GET", f"/{name}")

        assert response.headers["x-content-type-options"] == "nosniff"
        assert "content-security-policy" not in response.headers

    def test_json_responses_have_no_sandbox(self, mock):
        assert not send_request(mock, "GET", "/notes").headers.keys() & {
            "content-security-policy",
            "x-content-type-options",
        }

    def test_a_fault_that_makes_a_page_of_json_is_sandboxed(self, mock):
        response = send_request(mock, "GET", "/notes", {"X-Locum-Fault": "content-type=text/html"})

        assert response.headers["content-type"] == "text/html"
        assert response.headers["content-security-policy"].startswith("sandbox")

    def test_a_declared_policy_stays_beside_the_sandbox(self, mock):
        policies = send_request(mock, "GET", "/declared").headers["content-security-policy"].split(", ")

        assert policies[0] == "img-src 'self'"
        assert policies[1].startswith("sandbox")

    def test_the_setting_disables_the_sandbox(self, notes):
        head = send_request(notes(sandbox_pages=False), "GET", "/html").headers

        assert not head.keys() & {"content-security-policy", "x-content-type-options"}


class TestOwnPages:
    @pytest.mark.parametrize("target", ["/__locum/", "/__locum/docs/", "/__locum/docs/workflows/", LOGIN, "consent"])
    def test_own_pages_load_only_their_files_and_cannot_be_framed(self, bundled, target):
        if target == "consent":
            target = (
                send_request(bundled, "POST", "/workflows/authorization", bearer()).json()["url"].partition(HERE)[2]
            )
        response = send_request(bundled, "GET", target)
        policy = dict(part.partition(" ")[::2] for part in response.headers["content-security-policy"].split("; "))
        html = response.body.decode()

        assert response.status == 200
        assert (policy["default-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'", "'none'")
        assert policy.get("script-src", "'none'") in {"'self'", "'none'"}
        assert "unsafe" not in response.headers["content-security-policy"]
        assert not re.search(r"<script>|<script [^>]*>[^<]|\bstyle=|\bon\w+=", html)
        for sheet in re.findall("<style>(.*?)</style>", html, re.DOTALL):
            assert base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode() in policy["style-src"]

    @pytest.mark.parametrize(
        "target",
        [
            "/__locum/",
            "/__locum/inspector/main.js",
            "/__locum/docs/",
            "/__locum/docs/workflows/openapi.json",
            "/__locum/docs/nothing",
            LOGIN,
        ],
    )
    def test_own_pages_send_no_referrer_and_are_not_sniffed_or_embedded(self, bundled, target):
        head = send_request(bundled, "GET", target).headers

        assert head["referrer-policy"] == "no-referrer"
        assert head["x-content-type-options"] == "nosniff"
        assert head["cross-origin-resource-policy"] == "same-origin"

    @pytest.mark.parametrize("target", ["/__locum/", "/__locum/docs/", "/__locum/docs/workflows/"])
    def test_own_pages_are_isolated_from_their_opener(self, bundled, target):
        assert send_request(bundled, "GET", target).headers["cross-origin-opener-policy"] == "same-origin"

    def test_the_control_token_is_not_in_shared_storage(self, bundled):
        script = send_request(bundled, "GET", "/__locum/inspector/api.js").body.decode()

        assert "history.replaceState({ token }" in script
        assert not re.search(r"Storage|cookie", script.replace("unlike with sessionStorage", ""))
