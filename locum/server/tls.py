"""TLS: the certificate of the server, given as files or made for this machine.

A made certificate is signed by an authority of its own, whose key is thrown away: who trusts the authority trusts this
certificate and no other. Both are kept in the user's state folder, for the same names until a month before they expire.
"""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.files import private_folder, read_file, replace_file, state_folder
from locum.server.handlers import StartError

if TYPE_CHECKING:
    from pathlib import Path

    from locum.settings import Settings

__all__ = ["Certificate", "authority_of", "find_certificate"]

_LIFETIME = timedelta(days=397)
"""Browsers accept no longer one for a server."""
_LEAST = timedelta(days=30)
"""A certificate that expires sooner is replaced at the start."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Certificate(NamedTuple):
    """The files (PEM) of a certificate with its chain, and of its key."""

    certificate: Path
    key: Path


def find_certificate(settings: Settings) -> Certificate | None:
    """Return the certificate of a server, made if needed; None without TLS. Raises StartError."""
    if settings.tls_cert is None:
        if settings.tls_key is not None:
            raise StartError(["--tls-key: the certificate is missing. Give its file with --tls-cert."])
        return _own(settings) if settings.tls else None
    if settings.tls:
        raise StartError(["--tls makes a certificate, and --tls-cert names one. Give one of the two."])
    found = Certificate(settings.tls_cert, settings.tls_key or settings.tls_cert)
    for option, file in (("--tls-cert", found.certificate), ("--tls-key", found.key)):
        try:
            read_file(file)
        except OSError as problem:
            raise StartError([f"{option} {file}: cannot be read: {problem.strerror}."]) from None
    reason = _check(found)
    if reason:
        advice = "Give a certificate with its chain and the key that belongs to it, in PEM and without a password."
        raise StartError([f"--tls-cert {found.certificate}, --tls-key {found.key}: {reason}. {advice}"])
    return found


def authority_of(settings: Settings) -> Path | None:
    """Return the file (PEM) of the authority that clients must trust; None if the certificate was not made here."""
    return _folder(settings) / "authority.pem" if settings.tls else None


def _check(found: Certificate) -> str:
    """Return why a certificate cannot be used; empty if it can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a password OpenSSL asks the terminal.
        context.load_cert_chain(found.certificate, found.key, password=lambda: "")
    except ssl.SSLError as problem:
        return (problem.reason or "not a certificate and its key").lower().replace("_", " ")
    except (OSError, ValueError) as problem:
        return getattr(problem, "strerror", None) or "the key has a password"
    return ""


def _names(settings: Settings) -> list[str]:
    """Return the names and addresses of a server."""
    allowed = [name for name in settings.allowed_host if name != "*"]
    return sorted({*_LOOPBACK, settings.host, *allowed, socket.gethostname()})


def _folder(settings: Settings) -> Path:
    digest = hashlib.blake2b("\n".join(_names(settings)).encode(), digest_size=6).hexdigest()
    return state_folder() / "tls" / digest


def _own(settings: Settings) -> Certificate:
    """Return the certificate of this machine, and make it if there is none that is valid for long enough."""
    folder = _folder(settings)
    found = Certificate(folder / "server.pem", folder / "server.pem")
    try:
        private_folder(folder)
        if not _is_current(found, folder / "authority.pem"):
            server, authority = _make(_names(settings))
            replace_file(folder / "authority.pem", authority, private=True)
            replace_file(found.certificate, server, private=True)
    except OSError as problem:
        reason = problem.strerror or problem
        advice = "Set XDG_STATE_HOME to a folder of yours, or give a certificate with --tls-cert."
        raise StartError([f"{folder}: the certificate of --tls cannot be kept: {reason}. {advice}"]) from None
    return found


def _is_current(found: Certificate, authority: Path) -> bool:
    """Whether a made certificate exists, can be used, and does not expire soon."""
    from cryptography import x509  # noqa: PLC0415 (with --tls only)

    if not (found.certificate.exists() and authority.exists()) or _check(found):
        return False
    expires = x509.load_pem_x509_certificate(read_file(found.certificate)).not_valid_after_utc
    return expires - _now() > _LEAST


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _make(names: list[str]) -> tuple[bytes, bytes]:
    """Make a certificate for names; return it with its key, and the certificate of its authority, in PEM."""
    from cryptography import x509  # noqa: PLC0415 (with --tls only)
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 (as above)
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 (as above)
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415 (as above)

    def build(subject: str, issuer: str, key: Any) -> x509.CertificateBuilder:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        return (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_now() - timedelta(days=1))
            .not_valid_after(_now() + _LIFETIME)
            .add_extension(x509.BasicConstraints(ca=subject == issuer, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=subject != issuer,
                    key_cert_sign=subject == issuer,
                    crl_sign=subject == issuer,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        )

    signer, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
    authority_name = f"locum on {socket.gethostname()}"[:64]
    authority = build(authority_name, authority_name, signer).sign(signer, hashes.SHA256())
    server = (
        build("locum", authority_name, key)
        .add_extension(alternatives, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return server.public_bytes(pem) + private, authority.public_bytes(pem)


def _general_name(name: str) -> Any:
    from cryptography import x509  # noqa: PLC0415 (with --tls only)

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        try:
            return x509.DNSName(name)
        except ValueError:
            raise StartError([f"'{name}' cannot be in a certificate (--tls): use ASCII letters."]) from None
