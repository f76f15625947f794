"""The network that runs see: answers every request and never leaves the machine.

- private, loopback, link-local and other internal addresses are refused, as the real service does
- hosts under `fail.example` answer 503 Service Unavailable
- hosts under `slow.example` answer 200 after 20 seconds
- any other host answers 200 with a small body, the same each time
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Reply", "Unreachable", "request"]

_SLOW = 20_000
_INTERNAL = ("localhost", "local", "internal", "intranet", "lan", "home.arpa")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*", re.ASCII)
_UNSAFE = re.compile(r"[\s\\\x00-\x1f\x7f]")
_URL_LENGTH = 2_048
_CARRIERS = {0, int(IPv6Address("64:ff9b::")) >> 32}
"""The first 96 bits of IPv6 addresses that end in an IPv4 address: compatible ones, and NAT64."""


class Unreachable(Exception):
    """A request without a usable answer, in words for the run's error message."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a host; `milliseconds` where it takes its own time."""

    status: int
    body: dict[str, Any]
    milliseconds: int | None = None


def request(url: str) -> Reply:
    """Answer a request as the host in its address would."""
    host = _host(url)
    if _is_private(host):
        raise Unreachable("refused: private and internal addresses are not allowed")
    if _under(host, "fail.example"):
        raise Unreachable("failed: 503 Service Unavailable")
    return Reply(200, {"message": "ok"}, _SLOW if _under(host, "slow.example") else None)


def _host(url: str) -> str:
    """Return the host of an http or https address in its plain form: `EXAMPLE.com.` is `example.com`."""
    try:
        if len(url) > _URL_LENGTH or _UNSAFE.search(url):
            raise ValueError  # noqa: TRY301 (one place says it)
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme.lower() not in {"http", "https"} or not host or (parts.port is not None and not parts.port):
            raise ValueError  # noqa: TRY301
        # Full-width digits and dots, and the like, mean what their plain forms mean.
        host = unicodedata.normalize("NFKC", host)
        if not host.isascii():
            host = host.encode("idna").decode()
    except ValueError:
        raise Unreachable("refused: the address is not an http or https address") from None
    return host.lower().rstrip(".")


def _under(host: str, domain: str) -> bool:
    """Whether a host is the domain or below it."""
    return host == domain or host.endswith("." + domain)


def _is_private(host: str) -> bool:
    """Whether a host is an address, or a name, inside somebody's network."""
    address = _address(host)
    if address is not None:
        return not address.is_global or address.is_multicast
    if any(_under(host, name) for name in _INTERNAL):
        return True
    # A name without a dot is only known inside; a name of odd characters is nobody's.
    return "." not in host or not _NAME.fullmatch(host)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address in any of the forms that resolvers take, 0x7f.1 and 2130706433 too."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return _old_address(host)
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and int(address) >> 32 in _CARRIERS:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address


def _old_address(host: str) -> IPv4Address | None:
    """Read the forms of inet_aton: one to four numbers, decimal, octal or hexadecimal."""
    parts = host.split(".")
    try:
        numbers = [_number(part) for part in parts]
        *heads, tail = numbers
        rest = 256 ** (4 - len(heads))
        if any(head > 255 for head in heads) or tail >= rest:  # noqa: PLR2004 (a byte)
            return IPv4Address("0.0.0.0")  # noqa: S104 (numbers out of range: nobody's address)
        return IPv4Address(sum(head << 8 * (3 - place) for place, head in enumerate(heads)) + tail)
    except (ValueError, IndexError):
        return None


def _number(text: str) -> int:
    """Read a number as C does: 0x is hexadecimal, a leading 0 octal."""
    if not text.isascii() or not text.isalnum() or len(text) > 16:  # noqa: PLR2004 (longer is no part of an address)
        raise ValueError
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") and len(text) > 1 else 10)
