"""The simulated network of runs. No request leaves the machine.

- private, loopback, link-local and other internal addresses are rejected, as by the real service
- `fail.example` and its subdomains respond with 503 Service Unavailable
- `slow.example` and its subdomains respond with 200 after 20 seconds
- any other host responds with 200 and a constant body
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

__all__ = ["HostResponse", "Unreachable", "request"]

_SLOW = 20_000
_INTERNAL = ("localhost", "local", "internal", "intranet", "lan", "home.arpa")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*", re.ASCII)
_UNSAFE = re.compile(r"[\s\\\x00-\x1f\x7f]")
_URL_LENGTH = 2_048
_IPV4_PREFIXES = {0, int(IPv6Address("64:ff9b::")) >> 32}
"""The first 96 bits of IPv6 addresses that embed an IPv4 address: IPv4-compatible ones, and NAT64."""


class Unreachable(Exception):
    """A request failed; the message completes the run's error message."""


@dataclass(frozen=True, slots=True)
class HostResponse:
    """The response of a host; `milliseconds` is its duration if it is fixed."""

    status: int
    body: dict[str, Any]
    milliseconds: int | None = None


def request(url: str) -> HostResponse:
    """Return the response of the host in a URL."""
    host = _host(url)
    if _is_private(host):
        raise Unreachable("refused: private and internal addresses are not allowed")
    if _is_within(host, "fail.example"):
        raise Unreachable("failed: 503 Service Unavailable")
    return HostResponse(200, {"message": "ok"}, _SLOW if _is_within(host, "slow.example") else None)


def _host(url: str) -> str:
    """Return the normalized host of an http or https URL: `EXAMPLE.com.` is `example.com`."""
    try:
        if len(url) > _URL_LENGTH or _UNSAFE.search(url):
            raise ValueError  # noqa: TRY301 (one message for all)
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme.lower() not in {"http", "https"} or not host or (parts.port is not None and not parts.port):
            raise ValueError  # noqa: TRY301
        # Resolvers treat full-width digits and dots like ASCII ones.
        host = unicodedata.normalize("NFKC", host)
        if not host.isascii():
            host = host.encode("idna").decode()
    except ValueError:
        raise Unreachable("refused: the address is not an http or https address") from None
    return host.lower().rstrip(".")


def _is_within(host: str, domain: str) -> bool:
    """Whether a host is the domain or one of its subdomains."""
    return host == domain or host.endswith("." + domain)


def _is_private(host: str) -> bool:
    """Whether a host is an address or a name in a private network."""
    address = _read_address(host)
    if address is not None:
        return not address.is_global or address.is_multicast
    if any(_is_within(host, name) for name in _INTERNAL):
        return True
    # A name without a dot resolves only in a private network; an invalid name is rejected as well.
    return "." not in host or not _NAME.fullmatch(host)


def _read_address(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address in any form that resolvers accept, such as 0x7f.1 and 2130706433."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return _read_inet_aton(host)
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and int(address) >> 32 in _IPV4_PREFIXES:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address


def _read_inet_aton(host: str) -> IPv4Address | None:
    """Read the forms of inet_aton: one to four numbers, decimal, octal or hexadecimal."""
    parts = host.split(".")
    try:
        numbers = [_read_number(part) for part in parts]
        *heads, tail = numbers
        rest = 256 ** (4 - len(heads))
        if any(head > 255 for head in heads) or tail >= rest:  # noqa: PLR2004 (a byte)
            return IPv4Address("0.0.0.0")  # noqa: S104 (out of range: treated as private)
        return IPv4Address(sum(head << 8 * (3 - place) for place, head in enumerate(heads)) + tail)
    except (ValueError, IndexError):
        return None


def _read_number(text: str) -> int:
    """Read a number as C does: 0x is hexadecimal, a leading 0 octal."""
    if not text.isascii() or not text.isalnum() or len(text) > 16:  # noqa: PLR2004 (longer than any part of an address)
        raise ValueError
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") and len(text) > 1 else 10)
