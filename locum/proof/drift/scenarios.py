"""Scenarios: sequences of requests with the answers that were recorded, read from HTTP Archives."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from locum.files import read_text
from locum.proof.observed.archives import NoArchive, archived

if TYPE_CHECKING:
    from pathlib import Path

    from locum.proof.findings import Shown

__all__ = ["Unreadable", "read_scenario"]

_OF_THE_CONNECTION = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent"})
_CREDENTIALS = frozenset({"authorization", "cookie", "x-api-key", "x-locum-world"})


class Unreadable(Exception):  # noqa: N818 (named for what it is)
    """A file holds no scenario."""


def read_scenario(file: Path) -> list[Shown]:
    """Return the exchanges of an HTTP Archive (HAR 1.2), without credentials. Raises Unreadable."""
    try:
        return [_to_be_asked(shown) for shown in archived(json.loads(read_text(file)))]
    except OSError as problem:
        raise Unreadable(f"{file}: cannot be read: {problem.strerror}.") from None
    except (ValueError, RecursionError, NoArchive):
        raise Unreadable(f"{file}: is no HTTP Archive. `locum journal export har` writes one.") from None


def _to_be_asked(shown: Shown) -> Shown:
    url = urlsplit(shown.url)
    headers = {name: text for name, text in shown.headers.items() if name not in _OF_THE_CONNECTION | _CREDENTIALS}
    return replace(shown, url=url.path + (f"?{url.query}" if url.query else ""), headers=headers)
