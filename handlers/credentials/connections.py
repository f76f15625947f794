"""The connection tests: a verdict from the given data alone, without a network.

A host called `fail.example`, or anything below it, never answers; every other host does. A
failed test is an answer, not a refusal, and nothing is stored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from handlers.credentials.records import find
from locum import requires

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum import Caller, Store

__all__ = ["test_postgres_connection", "test_postgres_connection_by_credential", "test_sftp_connection"]

_DEAD = "fail.example"
_HIGHEST_PORT = 65535
_DIGITS = re.compile(r"[0-9]{1,5}")
_PRIVATE_KEY = re.compile(r"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----\s.+-----END \1-----", re.DOTALL)
_DATABASES = frozenset({"postgresql", "internal_postgresql"})


@requires("credentials:write")
def test_sftp_connection(body: dict[str, Any]) -> dict[str, Any]:
    """Say whether an SFTP server with this data would let the caller in."""
    obstacle = _sftp_obstacle(body)
    return {"success": obstacle is None, "message": obstacle or "Connected; the test file was written and removed"}


@requires("credentials:write")
def test_postgres_connection(body: dict[str, Any]) -> dict[str, bool]:
    """Say whether a PostgreSQL server with this data would let the caller in."""
    return {"success": _database_answers(body)}


@requires("credentials:write")
def test_postgres_connection_by_credential(store: Store, caller: Caller, credential_id: str) -> dict[str, bool]:
    """Say the same for a stored credential; one of another kind of provider opens no database."""
    credential = find(store, credential_id, caller)
    return {"success": credential.provider in _DATABASES and _database_answers(credential.secret)}


def _sftp_obstacle(data: Mapping[str, Any]) -> str | None:
    if not _is_host(data["host"]):
        return "The host does not answer"
    if not _is_port(data.get("port", 22)):
        return "The port is not between 1 and 65535"
    if data["auth_type"] == "user_password":
        return None if data.get("password") else "A password is needed"
    if data["auth_type"] == "key_file":
        return _key_obstacle(data.get("private_key_data"), data.get("private_key_passphrase"))
    return "SFTP knows the types user_password and key_file"


def _key_obstacle(key: str | None, passphrase: str | None) -> str | None:
    if not key:
        return "A private key is needed"
    if _PRIVATE_KEY.fullmatch(key.strip()) is None:
        return "The private key is not in PEM form"
    if "ENCRYPTED" in key and not passphrase:
        return "The private key is encrypted and needs its passphrase"
    return None


def _database_answers(data: Mapping[str, Any]) -> bool:
    """Judge a request or a stored secret, whose values may be anything."""
    connection_string = data.get("connection_string")
    if connection_string and isinstance(connection_string, str):
        return _names_a_database(connection_string)
    named = all(data.get(part) and isinstance(data[part], str) for part in ("username", "password", "database"))
    return named and _is_host(data.get("host")) and _is_port(data.get("port", 5432))


def _names_a_database(connection_string: str) -> bool:
    """Judge a connection string in either form of libpq: a URI, or `host=... port=...`."""
    if "://" not in connection_string:
        parts = dict(part.split("=", 1) for part in connection_string.split() if "=" in part)
        return _is_host(parts.get("host")) and _is_port(parts.get("port", 5432))
    try:
        parsed = urlsplit(connection_string)
        # Reading the port is what fails when it is no number.
        port = parsed.port
    except ValueError:
        return False
    scheme = parsed.scheme.partition("+")[0]
    return (
        scheme in {"postgres", "postgresql"} and _is_host(parsed.hostname) and _is_port(5432 if port is None else port)
    )


def _is_host(name: object) -> bool:
    """Whether a host of this name is there and answers."""
    if not isinstance(name, str) or not name or any(character.isspace() for character in name):
        return False
    lowered = name.lower().removesuffix(".")
    return lowered != _DEAD and not lowered.endswith(f".{_DEAD}")


def _is_port(number: object) -> bool:
    """Whether a number, or its decimal text, is one of a TCP port."""
    if isinstance(number, str):
        number = int(number) if _DIGITS.fullmatch(number) else 0
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return 1 <= number <= _HIGHEST_PORT and number == int(number)
