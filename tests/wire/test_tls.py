"""HTTPS: certificates that are given or made, and the protocols of the server over TLS."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import stat
from urllib.parse import urlsplit

import pytest

from locum.server.greeting import greeting, greeting_as_json
from locum.server.handlers import StartError
from locum.server.tls import authority_of, find_certificate
from locum.server.uvicorn_server import Background
from locum.settings import Settings
from tests.conftest import bearer


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """A server with a certificate of its own, and its settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        settings = Settings(tls=True, allowed_host=("mock.example.test", "*.example.test"))
        server = Background(settings)
        yield server, settings, authority_of(settings)
        server.stop()


def connect(url, authority, name="127.0.0.1"):
    """Return a verified TLS connection."""
    context = ssl.create_default_context(cafile=authority)
    raw = socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=20)
    return context.wrap_socket(raw, server_hostname=name)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "mock.example.test", "any.example.test"])
def test_a_made_certificate_is_valid_for_the_names_of_the_server(secured, name):
    server, _, authority = secured
    with connect(server.url, authority, name) as connection:
        assert connection.version() in {"TLSv1.2", "TLSv1.3"}
        assert connection.selected_alpn_protocol() is None


@pytest.mark.parametrize(("cafile", "name"), [(None, "localhost"), ("own", "evil.example")])
def test_other_names_and_clients_that_do_not_trust_the_authority_are_refused(secured, cafile, name):
    server, _, authority = secured
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(server.url, authority if cafile else None, name)


def test_plain_pipelined_and_streamed_requests_and_faults_are_served_over_tls(secured):
    server, _, authority = secured
    host = urlsplit(server.url).netloc
    head = f"Host: {host}\r\nAuthorization: {bearer()['Authorization']}\r\n"
    with connect(server.url, authority) as connection:
        connection.sendall(f"GET /api/keys HTTP/1.1\r\n{head}\r\n".encode() * 2)
        connection.sendall(f"GET /__locum/health HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.count(b"HTTP/1.1 200 OK") == 3
    with connect(server.url, authority) as connection:
        connection.sendall(f"GET /api/keys HTTP/1.1\r\n{head}X-Locum-Fault: reset\r\n\r\n".encode())
        received = b""
        with contextlib.suppress(ConnectionResetError):
            received = connection.recv(65536)
        assert received == b""
    with connect(server.url, authority) as connection:
        connection.sendall(b"GET /" + b"x" * 100_000 + f" HTTP/1.1\r\n{head}\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 414 ")


def test_urls_that_the_server_writes_are_https(secured):
    server, settings, authority = secured
    client = http.client.HTTPSConnection(
        urlsplit(server.url).netloc, context=ssl.create_default_context(cafile=authority), timeout=20
    )
    client.request("GET", "/__locum/oidc/.well-known/openid-configuration")
    assert json.load(client.getresponse())["issuer"] == f"{server.url}/__locum/oidc"
    client.close()
    shown = greeting(server.application, settings, 4010)
    assert "https://127.0.0.1:4010" in shown
    assert f"(curl --cacert):\n    {authority}\n" in shown
    assert json.loads(greeting_as_json(server.application, settings, 4010))["authority"] == str(authority)


def test_a_made_certificate_is_private_and_kept_and_its_authority_signs_nothing_else(secured, tmp_path):
    _, settings, authority = secured
    own = authority.with_name("server.pem")
    before = own.read_bytes()

    assert (stat.S_IMODE(own.stat().st_mode), stat.S_IMODE(own.parent.stat().st_mode)) == (0o600, 0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(authority.parents[3]))
        assert find_certificate(settings).certificate == own
        assert own.read_bytes() == before
    assert b"PRIVATE" not in authority.read_bytes()
    assert before.count(b"PRIVATE KEY-----") == 2
    assert not [file for file in authority.parent.iterdir() if file not in {own, authority}]


def test_a_given_certificate_is_used_and_a_wrong_one_is_rejected_with_a_sentence(secured, tmp_path):
    own = secured[2].with_name("server.pem")
    assert find_certificate(Settings(tls_cert=own)).key == own
    assert find_certificate(Settings()) is None
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for settings, sentence in [
        (Settings(tls_cert=tmp_path / "none.pem"), "--tls-cert .*none.pem: cannot be read: No such file"),
        (Settings(tls_cert=tmp_path), "--tls-cert .*: cannot be read: it is a folder"),
        (Settings(tls_cert=tmp_path / "broken.pem"), "in PEM and without a password"),
        (Settings(tls_cert=own, tls_key=secured[2]), "in PEM and without a password"),
        (Settings(tls_key=own), "--tls-key: the certificate is missing"),
        (Settings(tls=True, tls_cert=own), "Give one of the two"),
    ]:
        with pytest.raises(StartError, match=sentence):
            find_certificate(settings)
