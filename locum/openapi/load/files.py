"""Files: read documents from paths and from addresses on this machine, and cache what was derived from them."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import re
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from locum.files import MOST_BYTES, is_private, private_folder, read_file, read_private, replace_file

__all__ = [
    "BadDocument",
    "Library",
    "UnreadableFile",
    "fetched",
    "is_url",
    "place_of",
    "read_bytes",
    "recall",
    "remember",
]


_SECONDS = 10.0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Rejects redirects, which could lead to another machine."""

    def redirect_request(self, *_: Any) -> None:
        return None


def fetched(url: str, most: int) -> bytes:
    """Return at most the first `most` bytes of the response of an address. Raises OSError."""
    # No proxies: they may be on another machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    with opener.open(url, timeout=_SECONDS) as response:
        data: bytes = response.read(most)
    return data


_ADDRESS = re.compile(r"\A(https?):/+")


class BadDocument(ValueError):
    """A document that cannot be read; the message names the file, the place and how to fix it."""


class UnreadableFile(LookupError):
    """A referenced file that does not exist or must not be read; the message gives the reason."""


def is_url(place: str) -> bool:
    """Whether a place is an HTTP address."""
    return place.startswith(("http://", "https://"))


def place_of(path: Path | str) -> str:
    """Return a place as text; restores the second slash of an address, which Path removes."""
    return _ADDRESS.sub(r"\1://", str(path))


def read_bytes(place: str) -> bytes:
    """Return the content of a path, or of an address on this machine.

    Raises BadDocument if it cannot be read, is too large, or is on another machine.
    """
    try:
        source = _fetched(place) if is_url(place) else read_file(place)
    except OSError as problem:
        reason = problem.strerror or getattr(problem, "reason", None) or problem
        raise BadDocument(f"{place}: cannot be read ({reason}).") from None
    if len(source) > MOST_BYTES:
        raise BadDocument(f"{place}: larger than {MOST_BYTES // 1024 // 1024} MiB, which is more than locum reads.")
    return source


def _fetched(url: str) -> bytes:
    # Imported here: nearly all documents are files.
    from locum.openapi.load.files import fetched  # noqa: PLC0415

    if not _is_loopback(url):
        raise BadDocument(
            f"{url}: is on another machine, and locum reads nothing from the network. Download it and name the file."
        )
    return fetched(url, MOST_BYTES + 1)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Library:
    """The files that a document may refer to: those of its folder; with `allow_refs` also others of this machine."""

    root: str
    """The document itself: a path, or an address on this machine."""
    allow_refs: bool = False

    def locate(self, reference: str, base: str) -> str:
        """Return the target of a reference in the file `base`, both without fragments.

        Raises Unreadable if it must not be read.
        """
        if is_url(reference):
            return self._located_url(reference, reference)
        if is_url(base):
            return self._located_url(urljoin(base, reference), reference)
        scheme = urlsplit(reference).scheme
        if len(scheme) > 1 and scheme != "file":  # one letter is a drive
            raise UnreadableFile(f"{reference} is of the scheme {scheme}, which locum does not read")
        path = Path(base).parent / unquote(urlsplit(reference).path if scheme else reference)
        folder = Path(self.root).parent.resolve()
        try:
            resolved = Path(os.path.realpath(path))  # Path.resolve raises for circular links
        except ValueError:
            raise UnreadableFile(f"{reference!r} is not a valid file name") from None
        if not self.allow_refs and not resolved.is_relative_to(folder):
            raise UnreadableFile(
                f"{reference} is outside the document's folder, which references must not leave; --allow-refs lets them"
            )
        try:
            return str(Path(self.root).parent / resolved.relative_to(folder))
        except ValueError:
            return str(resolved)

    def _located_url(self, url: str, reference: str) -> str:
        if is_url(self.root) and url.startswith(self.root.rpartition("/")[0] + "/"):
            return url
        if not self.allow_refs:
            raise UnreadableFile(
                f"{reference} is read over the network, which needs --allow-refs, and only on this machine"
            )
        if not _is_loopback(url):
            raise UnreadableFile(f"{reference} is on another machine, and locum reads nothing from the network")
        return url

    def name(self, place: str) -> str:
        """Return the name of a referenced file relative to the document's folder: `paths/pets.yaml`."""
        if is_url(place):
            return place
        folder = Path(self.root).parent
        return Path(place).relative_to(folder).as_posix() if Path(place).is_relative_to(folder) else place

    def siblings(self, place: str) -> list[str]:
        """Return the names of the files in the folder of a missing one."""
        folder = Path(place).parent
        try:
            return [] if is_url(place) else sorted(other.name for other in folder.iterdir() if other.is_file())
        except OSError:
            return []


_SIZE = 32
_MOST_BYTES = 512 * 1024 * 1024
"""The maximum size of a cache entry: a document as JSON may be larger than its YAML."""


def recall(cache: Path | None, name: str) -> bytes | None:
    """Return the cache entry of a name, or None."""
    if cache is None or not is_private(cache):
        return None
    try:
        entry = read_private(cache / name, _MOST_BYTES)
    except OSError:
        return None
    data = entry[_SIZE:]
    return data if entry[:_SIZE] == _digest(name, data) else None


def remember(cache: Path | None, name: str, data: bytes) -> None:
    """Write a cache entry atomically, since two processes may write at once; a full disk is ignored."""
    if cache is None:
        return
    with contextlib.suppress(OSError):
        private_folder(cache)
        place = cache / name
        if place.is_symlink() or (place.exists() and not place.is_file()):
            place.unlink()
        replace_file(place, _digest(name, data) + data, private=True)


def _digest(name: str, data: bytes) -> bytes:
    digest = hashlib.sha256(name.encode() + b"\0")
    digest.update(data)
    return digest.digest()
