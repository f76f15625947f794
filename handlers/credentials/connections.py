"""The connection tests: check the given data, without a network.

The host `fail.example` and its subdomains are unreachable; every other host is reachable. A failed
test is a response with `success: false`, not an error. Nothing is stored.
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

_UNREACHABLE = "fail.example"
_HIGHEST_PORT = 65535
_DIGITS = re.compile(r"[0-9]{1,5}")
_PRIVATE_KEY = re.compile(r"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----\s.+-----END \1-----", re.DOTALL)
_DATABASES = frozenset({"postgresql", "internal_postgresql"})


@requires("credentials:write")
def test_sftp_connection(body: dict[str, Any]) -> dict[str, Any]:
    """Report whether a connection to an SFTP server succeeds."""
    problem = _find_sftp_problem(body)
    return {"success": problem is None, "message": problem or "Connected; the test file was written and removed"}


@requires("credentials:write")
def test_postgres_connection(body: dict[str, Any]) -> dict[str, bool]:
    """Report whether a connection to a PostgreSQL server succeeds."""
    return {"success": _is_database_reachable(body)}


@requires("credentials:write")
def test_postgres_connection_by_credential(store: Store, caller: Caller, credential_id: str) -> dict[str, bool]:
    """Report whether a stored credential connects; that of a provider without a database does not."""
    credential = find(store, credential_id, caller)
    return {"success": credential.provider in _DATABASES and _is_database_reachable(credential.secret)}


def _find_sftp_problem(data: Mapping[str, Any]) -> str | None:
    if not _is_host(data["host"]):
        return "The host does not answer"
    if not _is_port(data.get("port", 22)):
        return "The port is not between 1 and 65535"
    if data["auth_type"] == "user_password":
        return None if data.get("password") else "A password is needed"
    if data["auth_type"] == "key_file":
        return _find_key_problem(data.get("private_key_data"), data.get("private_key_passphrase"))
    return "SFTP knows the types user_password and key_file"


def _find_key_problem(key: str | None, passphrase: str | None) -> str | None:
    if not key:
        return "A private key is needed"
    if _PRIVATE_KEY.fullmatch(key.strip()) is None:
        return "The private key is not in PEM form"
    if "ENCRYPTED" in key and not passphrase:
        return "The private key is encrypted and needs its passphrase"
    return None


def _is_database_reachable(data: Mapping[str, Any]) -> bool:
    """Whether a database with this data is reachable. The values may have any type."""
    connection_string = data.get("connection_string")
    if connection_string and isinstance(connection_string, str):
        return _is_valid_connection_string(connection_string)
    named = all(data.get(part) and isinstance(data[part], str) for part in ("username", "password", "database"))
    return named and _is_host(data.get("host")) and _is_port(data.get("port", 5432))


def _is_valid_connection_string(connection_string: str) -> bool:
    """Whether a connection string of libpq is valid: a URI, or `host=... port=...`."""
    if "://" not in connection_string:
        parts = dict(part.split("=", 1) for part in connection_string.split() if "=" in part)
        return _is_host(parts.get("host")) and _is_port(parts.get("port", 5432))
    try:
        parsed = urlsplit(connection_string)
        # Accessing the port raises ValueError if it is not a number.
        port = parsed.port
    except ValueError:
        return False
    scheme = parsed.scheme.partition("+")[0]
    return (
        scheme in {"postgres", "postgresql"} and _is_host(parsed.hostname) and _is_port(5432 if port is None else port)
    )


def _is_host(name: object) -> bool:
    """Whether this is the name of a reachable host."""
    if not isinstance(name, str) or not name or any(character.isspace() for character in name):
        return False
    lowered = name.lower().removesuffix(".")
    return lowered != _UNREACHABLE and not lowered.endswith(f".{_UNREACHABLE}")


def _is_port(number: object) -> bool:
    """Whether a number, or its decimal text, is a TCP port."""
    if isinstance(number, str):
        number = int(number) if _DIGITS.fullmatch(number) else 0
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return 1 <= number <= _HIGHEST_PORT and number == int(number)
