"""Render an HTTP Archive (HAR 1.2): the exchanges of all findings, and one per operation and status."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

from locum import __version__
from locum.journal.exports.har import har as archive
from locum.verify.reports.report import hiding
from locum.world.journal import Entry, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.verify.exchanges import Shown
    from locum.verify.reports.report import Results, VerifiedContract

__all__ = ["har"]


def har(results: Results) -> str:
    """Return the archive. Repeated exchanges appear once."""
    entries = list(chain.from_iterable(map(_hidden, results.contracts)))
    numbered = [_entry(number, *found) for number, found in enumerate(entries, 1)]
    return json.dumps(archive(numbered, "", __version__), indent=1, ensure_ascii=False) + "\n"


def _hidden(verified: VerifiedContract) -> Iterator[tuple[Shown, str, str]]:
    """Yield `_entries` redacted as in the journal: responses of a login contain tokens that the run does not know."""
    hide = hiding(verified.contract, verified.run.base_url)
    for shown, api, wrong in _entries(verified):
        yield hide(shown), api, wrong


def _entries(verified: VerifiedContract) -> Iterator[tuple[Shown, str, str]]:
    """Yield each exchange, the name of its contract, and its finding or an empty text; those with findings first."""
    listed = set()
    for finding in verified.run.findings:
        for shown in finding.steps or ((finding.shown,) if finding.shown is not None else ()):
            listed.add(_key(shown))
            yield shown, verified.contract.name, f"{finding.code} {finding.rule}: {finding.message}"
    for shown in verified.run.samples:
        if _key(shown) not in listed:
            yield shown, verified.contract.name, ""


def _key(shown: Shown) -> tuple[str, str, bytes | None, int]:
    return shown.method, shown.url, shown.body, shown.status


def _entry(number: int, shown: Shown, api: str, wrong: str) -> Entry:
    return Entry(
        number=number,
        at=shown.at,
        method=shown.method,
        path=shown.url,
        api=api,
        request=_message(shown.headers, shown.body or b""),
        status=shown.status,
        response=_message(shown.response_headers, shown.response_body),
        verdict=wrong.partition(" ")[0],
        trace=(wrong,) if wrong else (),
        microseconds=round(shown.seconds * 1_000_000),
    )


def _message(headers: dict[str, str], body: bytes) -> Message:
    try:
        return Message(headers, body.decode("utf-8"), "text" if body else "none", len(body))
    except UnicodeDecodeError:
        return Message(headers, None, "binary", len(body))
