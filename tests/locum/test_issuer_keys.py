"""The signing key: created once and readable only by its owner, or configured."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import jwt
import pytest

from locum.errors import Faulty
from locum.files import state_folder
from locum.oidc.keys import SigningKeys
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A state folder with a key."""
    place = tmp_path_factory.mktemp("state") / "locum"
    SigningKeys(folder=place).own()
    return place


def test_a_key_is_created_once_and_reused(folder):
    assert SigningKeys(folder=folder).own().jwk == SigningKeys(folder=folder).own().jwk
    assert [place.name for place in folder.iterdir()] == ["signing-key.pem"]


def test_a_key_file_is_readable_only_by_its_owner(folder):
    assert stat.S_IMODE((folder / "signing-key.pem").stat().st_mode) == 0o600


def test_reading_a_key_does_not_create_one(tmp_path):
    assert SigningKeys(folder=tmp_path / "locum").known() is None
    assert not (tmp_path / "locum").exists()


def test_concurrent_processes_agree_on_one_key(tmp_path):
    code = "from locum.oidc.keys import SigningKeys; print(SigningKeys().own().kid)"
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]

    assert len({process.communicate(timeout=60)[0] for process in started}) == 1
    assert [place.name for place in (tmp_path / "locum").iterdir()] == ["signing-key.pem"]


def test_a_second_process_uses_the_key_of_the_first(folder, tmp_path, monkeypatch):
    late = SigningKeys(folder=folder)
    monkeypatch.setattr(late, "known", lambda: None)  # the file did not exist before

    assert late.own().kid == SigningKeys(folder=folder).own().kid


def test_a_key_that_cannot_be_stored_lives_as_long_as_the_server(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    keys = SigningKeys(folder=tmp_path / "file" / "locum")

    assert keys.own() is keys.own()
    assert "the signing key cannot be kept" in caplog.text
    assert "PRIVATE KEY" not in caplog.text


def test_a_configured_key_is_used(folder):
    assert SigningKeys(folder / "signing-key.pem").known().kid == SigningKeys(folder=folder).own().kid


def weak():
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    return rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256R1())


def pem_of(private, password=None):
    from cryptography.hazmat.primitives import serialization as forms

    way = forms.BestAvailableEncryption(password) if password else forms.NoEncryption()
    return private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, way)


def test_an_unsuitable_key_is_rejected_without_its_content(tmp_path):
    short, curve = weak()
    place = tmp_path / "key.pem"
    for content in (b"", b"secret words", pem_of(short), pem_of(curve), pem_of(short, b"password")):
        place.write_bytes(content)
        with pytest.raises(Faulty, match=r"key\.pem: not an RSA private key in PEM") as rejected:
            SigningKeys(place).known()

        assert "secret words" not in rejected.value.message


def test_a_missing_key_file_is_rejected_and_not_created(tmp_path):
    with pytest.raises(Faulty):
        SigningKeys(tmp_path / "key.pem").own()

    assert not (tmp_path / "key.pem").exists()


def test_the_key_id_is_the_rfc_7638_thumbprint(folder):
    """RFC 7638, with members in alphabetical order."""
    jwk = SigningKeys(folder=folder).own().jwk
    text = f'{{"e":"{jwk["e"]}","kty":"RSA","n":"{jwk["n"]}"}}'

    assert jwt.utils.base64url_decode(jwk["kid"]) == hashlib.sha256(text.encode()).digest()


def test_signatures_are_deterministic_and_verified_by_pyjwt(folder):
    keys = SigningKeys(folder=folder)
    token = keys.seal({"sub": "a", "aud": "b"})

    assert jwt.decode(token, jwt.PyJWK(keys.own().jwk), ["RS256"], audience="b") == {"sub": "a", "aud": "b"}
    assert keys.seal({"sub": "a", "aud": "b"}) == token


@pytest.mark.parametrize(
    ("platform", "environment", "place"),
    [
        ("linux", {}, ".local/state/locum"),
        ("darwin", {}, "Library/Application Support/locum"),
        ("win32", {}, "AppData/Local/locum"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/locum"),
        ("linux", {"XDG_STATE_HOME": "/state"}, "/state/locum"),
    ],
)
def test_every_platform_has_a_key_folder(monkeypatch, platform, environment, place):
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert state_folder() == Path.home() / place
