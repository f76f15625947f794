"""How many problems a document has: what a start of the server prints, remembered from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import orjson

from locum.openapi.load.cache import recall, remember

if TYPE_CHECKING:
    from pathlib import Path

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.load.documents import Document

__all__ = ["LARGE", "NONE", "Counts", "counts_of", "keep_counts"]

_EDITION = "3"
"""Raise it when linting changes: what was counted before is then counted again."""
LARGE = 1024 * 1024
"""Bytes of a document whose examples and contradictions are not looked for at the start of a server.

`locum check` tries to generate values for smaller ones only: every validator of Stripe's takes 5 s."""


class Counts(NamedTuple):
    """How many diagnostics a document has; `are_all` says whether everything was looked for."""

    errors: int
    warnings: int
    blocking: int
    """Those that a strict start refuses: all but examples that do not fit, which are not used."""
    are_all: bool = True

    @property
    def text(self) -> str:
        """The counts in words: `23 problems, 2 of them errors`."""
        number = self.errors + self.warnings
        text = f"{number} problem{'s' * (number != 1)}"
        if self.errors == number:
            text = f"{number} error{'s' * (number != 1)}"
        elif self.errors:
            text += f", {self.errors} of them {'errors' if self.errors > 1 else 'an error'}"
        return text if self.are_all else f"at least {text}"


NONE = Counts(0, 0, 0)


def counts_of(contract: Contract, cache: Path | None) -> Counts:
    """Return how many diagnostics a contract's document has, from the cache where it was counted before.

    Of a large document that was never linted, only what is found quickly counts.
    """
    known = recall(cache, _name(contract.as_read))
    if known is not None:
        try:
            errors, warnings, blocking, are_all = map(int, orjson.loads(known))
            return Counts(errors, warnings, blocking, bool(are_all))
        except (ValueError, TypeError):
            pass
    # Imported here: most starts find the counts in the cache.
    from locum.openapi.lint.linting import counted, lint, quick_counts  # noqa: PLC0415

    if len(contract.as_read.source) > LARGE:
        counts = quick_counts(contract)
        keep_counts(cache, contract.as_read, counts)
        return counts
    return counted(lint(contract, cache))


def keep_counts(cache: Path | None, document: Document, counts: Counts) -> None:
    """Remember the counts of a document."""
    remember(cache, _name(document), orjson.dumps(list(counts)))


def _name(document: Document) -> str:
    return f"lint-{_EDITION}-{document.digest}.json"
