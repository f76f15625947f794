"""The operations on the journal of a world."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from locum import __version__
from locum.errors import Conflict, NotFound
from locum.journal.exports import arazzo, curl, fetch, har, httpx, playwright, pytest_module
from locum.journal.filters import Filter, selected
from locum.journal.verification import Expectation, Rules, expectation_of, verify
from locum.openapi.wire.json_values import write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from locum.world.journal import Entry, Journal
    from locum.world.worlds import Worlds

__all__ = ["JournalOperations", "root_of"]


_SNIPPETS: dict[str, Callable[[Entry, str], str]] = {
    "curl": curl,
    "fetch": fetch,
    "httpx": httpx,
    "playwright": playwright,
}
"""The forms of one request as code."""


class JournalOperations:
    """Lists, shows, exports, verifies and clears the journal of a world."""

    def __init__(self, worlds: Worlds, operations: Collection[str], files: Mapping[str, str]) -> None:
        """Prepare; `files` are the file names of the documents, by API."""
        self._worlds = worlds
        self._operations = operations
        self._files = files

    def list_entries(  # noqa: PLR0913 (one for each parameter)
        self,
        world: str,
        limit: int,
        *,
        after: int | None = None,
        operation: str | None = None,
        api: str | None = None,
        method: str | None = None,
        path: str | None = None,
        status: str | None = None,
        verdict: str | None = None,
        text: str | None = None,
        undeclared: bool | None = None,
    ) -> list[dict[str, Any]]:
        """Return the entries that match the filters, the oldest first."""
        wanted = Filter(
            operation=operation,
            api=api,
            method=method,
            path=path,
            status=status,
            verdict=verdict,
            text=text,
            undeclared=undeclared,
        )
        return [entry.plain() for entry in selected(self._journal(world), wanted, after, limit)]

    def get_entry(self, world: str, number: int) -> dict[str, Any]:
        """Return one entry."""
        return self._entry(world, number).plain()

    def get_entry_as_curl(self, world: str, number: int, page_url: Callable[[str, str], str]) -> str:
        """Return the request of one entry as a curl command."""
        return curl(self._entry(world, number), root_of(page_url))

    def export_entry(self, world: str, number: int, form: str, page_url: Callable[[str, str], str]) -> str:
        """Return one entry in the form of another tool."""
        entry, root = self._entry(world, number), root_of(page_url)
        if form in _SNIPPETS:
            return _SNIPPETS[form](entry, root)
        if form == "har":
            return write_json(har([entry], root, __version__)).decode()
        return pytest_module([entry], root) if form == "pytest" else arazzo([entry], self._files)

    def export_har(self, world: str, page_url: Callable[[str, str], str]) -> dict[str, Any]:
        """Return the journal as an HTTP Archive."""
        return har(self._journal(world).entries, root_of(page_url), __version__)

    def export_curl(self, world: str, page_url: Callable[[str, str], str]) -> str:
        """Return the requests of the journal as curl commands."""
        return "".join(curl(entry, root_of(page_url)) for entry in self._journal(world).entries) or "# No requests.\n"

    def export_pytest(self, world: str, page_url: Callable[[str, str], str]) -> str:
        """Return the journal as a pytest module."""
        return pytest_module(self._journal(world).entries, root_of(page_url))

    def export_arazzo(self, world: str) -> bytes:
        """Return the journal as scenarios (an Arazzo document)."""
        return arazzo(self._journal(world).entries, self._files).encode()

    def stream_journal(self, world: str, *, rows: bool = False) -> str:  # noqa: ARG002 (of the stream)
        """Reject a world that does not exist. The stream itself is written by server/control.py, as it is endless."""
        self._journal(world)
        return ""

    def clear_journal(self, world: str) -> None:
        """Remove all entries."""
        self._journal(world).clear()

    def verify(self, world: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return whether the requests to a world meet the expectations, and the failures."""
        journal = self._journal(world)
        expected = [self._checked(expectation_of(given)) for given in body.get("expect", [])]
        entries = journal.entries
        rules = {name: rule for name, rule in body.items() if name != "expect"}
        failures = verify(entries, expected, Rules(**rules))
        return {
            "ok": not failures,
            "failures": [failure.plain() for failure in failures],
            "entries": len(entries),
            "forgotten": journal.last - len(entries),
        }

    def _journal(self, world: str) -> Journal:
        return self._worlds.existing(world).journal

    def _entry(self, world: str, number: int) -> Entry:
        journal = self._journal(world)
        entry = journal.entry(number)
        if entry is None:
            numbers = f"{journal.last - len(journal) + 1} to {journal.last}" if len(journal) else "none"
            raise NotFound(f"No entry has this number. Existing entries: {numbers}.", code="no_such_entry")
        return entry

    def _checked(self, expectation: Expectation) -> Expectation:
        if expectation.operation not in self._operations:
            near = get_close_matches(expectation.operation, list(self._operations), n=1)
            hint = f"Did you mean {near[0]}?" if near else "GET /__locum/operations lists all operations."
            message = f"Unknown operation '{expectation.operation[:100]}'. {hint}"
            raise Conflict(message, code="no_such_operation")
        return expectation


def root_of(page_url: Callable[[str, str], str]) -> str:
    """Return the root URL of the server, as the client addresses it."""
    return page_url("", "").partition("/__locum/")[0]
