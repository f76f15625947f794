"""The key that signs tokens: made once, and kept in the user's state folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt

__all__ = ["ACCESS_TOKEN", "BadKey", "SigningKey", "default_key"]

ACCESS_TOKEN = "at+jwt"  # noqa: S105 (a type)
"""The type of a token that is a credential (RFC 9068, section 2.1)."""

_SIZE = 2048
_ALGORITHM = "RS256"


class BadKey(Exception):  # noqa: N818 (named for what it is)
    """A file holds no key that can sign."""


def default_key() -> Path:
    """Return where the key is kept (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "locum" / "signing-key.pem"


class SigningKey:
    """An RSA key (RFC 7518, section 3.3) in a PEM file; it is read, or made, when it is first needed.

    `make` says whether it may be made where there is none. Raises BadKey, when it is needed.
    """

    def __init__(self, file: Path, *, make: bool = True) -> None:
        self._file = file
        self._make = make

    @cached_property
    def _private(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 (slow to import)
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 (as above)

        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            if not self._make:
                raise BadKey(f"{self._file}: there is no such file. It should hold an RSA key as PEM.") from None
            data = self._made()
        except OSError as problem:
            raise BadKey(f"{self._file}: cannot be read: {problem.strerror}.") from None
        try:
            key = load_pem_private_key(data, None)
        except (ValueError, TypeError):
            raise BadKey(f"{self._file}: is no private key as PEM without a password.") from None
        if not isinstance(key, RSAPrivateKey) or key.key_size < _SIZE:
            raise BadKey(f"{self._file}: is no RSA key of at least {_SIZE} bits, which {_ALGORITHM} needs.")
        return key

    def _made(self) -> bytes:
        """Make a key, and keep it for the next time; of two processes that do so at once the first one's counts."""
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 (slow to import)
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 (as above)
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        key = rsa.generate_private_key(65537, _SIZE)
        data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        # A machine on which nothing can be kept has a new key at each start.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self._file.parent, delete=False) as half:  # with mode 0600
                half.write(data)
            try:
                os.link(half.name, self._file)
            except FileExistsError:
                data = self._file.read_bytes()
            finally:
                Path(half.name).unlink(missing_ok=True)
        return data

    @cached_property
    def _published(self) -> dict[str, str]:
        """The public half as a JSON Web Key (RFC 7517), whose id is its thumbprint (RFC 7638)."""
        key: dict[str, str] = jwt.algorithms.RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        members = f'{{"e":"{key["e"]}","kty":"RSA","n":"{key["n"]}"}}'
        thumbprint = hashlib.sha256(members.encode()).hexdigest()[:32]
        return {"kty": "RSA", "use": "sig", "alg": _ALGORITHM, "kid": thumbprint, "n": key["n"], "e": key["e"]}

    @property
    def jwks(self) -> dict[str, Any]:
        """The set of keys by which anybody verifies what this one signed (RFC 7517, section 5)."""
        return {"keys": [self._published]}

    def sign(self, claims: dict[str, Any], kind: str = "JWT") -> str:
        """Return a signed token (RFC 7519) of these claims; `kind` is its type."""
        headers = {"kid": self._published["kid"], "typ": kind}
        return jwt.encode(claims, self._private, _ALGORITHM, headers=headers)

    def read(self, token: str) -> dict[str, Any]:
        """Return the claims of an access token that this key signed; times are not judged.

        Raises jwt.InvalidTokenError, for an ID token too, which is no credential (RFC 9068, section 4).
        """
        if jwt.get_unverified_header(token).get("typ") != ACCESS_TOKEN:
            raise jwt.InvalidTokenError
        options: Any = {f"verify_{claim}": False for claim in ("exp", "iat", "nbf", "aud")}
        options["require"] = ["sub", "org_id"]
        claims: dict[str, Any] = jwt.decode(token, self._private.public_key(), algorithms=[_ALGORITHM], options=options)
        return claims

    def knows(self, token: str) -> bool:
        """Whether a token says that it was signed by a key like this one: by its algorithm, which is fixed here."""
        try:
            return jwt.get_unverified_header(token).get("alg") == _ALGORITHM
        except jwt.InvalidTokenError:
            return False
