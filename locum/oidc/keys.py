"""JSON Web Signatures (RFC 7515) in compact form, and the RSA key of the server.

A verifier decides by itself which algorithm goes with its key: a token only says what it claims to be.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import logging
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from locum.errors import Faulty
from locum.files import PRIVATE_FILE, private_folder, read_file, read_private, replace_file, state_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["Sealed", "SigningKey", "SigningKeys", "decoded", "encoded", "hs256", "object_of", "sealed", "unsealed"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A parsed token. Nothing of it is verified."""

    header: dict[str, Any]
    payload: bytes
    signed: bytes
    """The signed bytes."""
    signature: bytes


def sealed(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """Return a token: header, claims, and the signature of `sign`."""
    signed = f"{encoded(orjson.dumps(header))}.{encoded(orjson.dumps(claims))}"
    return f"{signed}.{encoded(sign(signed.encode()))}"


def unsealed(token: str) -> Sealed:
    """Parse a token. Raises ValueError if it is invalid or has critical extensions."""
    head, payload, signature = token.split(".")
    header = object_of(decoded(head))
    if "crit" in header:
        message = "critical extensions are not supported"
        raise ValueError(message)
    return Sealed(header, decoded(payload), f"{head}.{payload}".encode(), decoded(signature))


def object_of(data: bytes) -> dict[str, Any]:
    """Parse a JSON object. Raises ValueError."""
    found = orjson.loads(data)
    if not isinstance(found, dict):
        message = "is not an object"
        raise ValueError(message)  # noqa: TRY004 (one error for all invalid tokens)
    return found


def hs256(secret: str) -> Callable[[bytes], bytes]:
    """Return a function that signs with HMAC and SHA-256."""
    key = secret.encode()
    return lambda data: hmac.digest(key, data, hashlib.sha256)


def encoded(data: bytes) -> str:
    """Encode bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Decode base64url without padding. Raises ValueError for other spellings of a value."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_")
    except (UnicodeEncodeError, binascii.Error):
        data = b""
    if encoded(data) != text:
        message = "is not base64url"
        raise ValueError(message)
    return data


logger = logging.getLogger("locum")

_NAME = "signing-key.pem"
_BITS = 2048
_EXPONENT = 65537
_MOST_BYTES = 64 * 1024


class SigningKey:
    """One RSA key pair."""

    def __init__(self, private: RSAPrivateKey) -> None:
        self._private = private
        self._public = private.public_key()

    @cached_property
    def jwk(self) -> dict[str, str]:
        """The public half as a JSON Web Key (RFC 7517)."""
        numbers = self._public.public_numbers()
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, **_members(numbers.n, numbers.e)}

    @cached_property
    def kid(self) -> str:
        """The name of the key: its thumbprint (RFC 7638)."""
        numbers = self._public.public_numbers()
        members = orjson.dumps({"kty": "RSA", **_members(numbers.n, numbers.e)}, option=orjson.OPT_SORT_KEYS)
        return encoded(hashlib.sha256(members).digest())

    def sign(self, data: bytes) -> bytes:
        """Sign with RSASSA-PKCS1-v1_5 and SHA-256, which is deterministic."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 (not at the start)
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 (as above)

        return self._private.sign(data, PKCS1v15(), SHA256())

    def signed(self, data: bytes, signature: bytes) -> bool:
        """Whether a signature of the data is by this key."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 (not at the start)
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 (as above)
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 (as above)

        try:
            self._public.verify(signature, data, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


class SigningKeys:
    """The key of this server: the given one, else the one in the user's state folder.

    It is read when it is first needed; the latter is made when something is first to be signed.
    """

    def __init__(self, given: Path | None = None, folder: Path | None = None) -> None:
        self._given = given
        self._folder = folder
        self._key: SigningKey | None = None

    @property
    def place(self) -> Path:
        """The file of the key."""
        return self._given or (self._folder or state_folder()) / _NAME

    def known(self) -> SigningKey | None:
        """Return the key; None if it was not generated yet. Raises Faulty if its file is invalid."""
        if self._key is None and (self._given is not None or self.place.exists()):
            self._key = _read(self.place, ours=self._given is None)
        return self._key

    def own(self) -> SigningKey:
        """Return the key, and generate it if needed. Raises Faulty if its file is invalid."""
        key = self.known()
        if key is None:
            key = self._key = self._make()
        return key

    def seal(self, claims: dict[str, Any]) -> str:
        """Return a token (RFC 7519) with these claims, signed with the key. Raises Faulty like `own`."""
        key = self.own()
        return sealed({"alg": "RS256", "typ": "JWT", "kid": key.kid}, claims, key.sign)

    def _make(self) -> SigningKey:
        """Generate and store a key. If another process was faster, return its key."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 (not at the start)
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 (as above)

        private = rsa.generate_private_key(_EXPONENT, _BITS)
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        try:
            _keep(self.place, pem)
        except OSError as problem:
            reason = problem.strerror
            logger.warning(
                "%s: the signing key cannot be kept (%s); it lives as long as this server.", self.place, reason
            )
            return SigningKey(private)
        return _read(self.place, ours=True)


def _read(place: Path, *, ours: bool) -> SigningKey:
    """Read a key. A generated key is only used if no other user could write or read it."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 (not at the start)
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 (as above)
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 (as above)

    private: Any = None
    reason = ""
    # Do not repeat the message of the library: it may contain the content of the file.
    try:
        pem = read_private(place, _MOST_BYTES) if ours else read_file(place, _MOST_BYTES)
        if ours:
            place.chmod(PRIVATE_FILE)  # anyone who can read it can sign
        private = load_pem_private_key(pem, password=None)
    except OSError as problem:
        reason = f" ({problem.strerror})"
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    if not isinstance(private, RSAPrivateKey) or private.key_size < _BITS:
        message = f"{place}: not an RSA private key in PEM, without a password and with at least {_BITS} bits{reason}."
        raise Faulty(message + " Make one with: openssl genrsa -out FILE 2048", code="signing_key")
    return SigningKey(private)


def _keep(place: Path, pem: bytes) -> None:
    """Write a file that only its owner can read, atomically, and without overwriting an existing one."""
    private_folder(place.parent)
    with contextlib.suppress(FileExistsError):
        replace_file(place, pem, private=True, new=True)


def _members(modulus: int, exponent: int) -> dict[str, str]:
    return {name: encoded(_bytes(number)) for name, number in (("n", modulus), ("e", exponent))}


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
