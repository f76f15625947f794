"""The tables of docs/corpus.md, written by the measuring programs."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["REALISM", "STARTS", "WALKS", "names_in", "put"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "corpus.md"
WALKS, STARTS, REALISM = "corpus", "starts", "realism"
"""The names of the three: `make corpus`, `make bench-documents` and `make realism` write them."""
_ROW = re.compile(r"^\| (\S+\.(?:json|ya?ml)) \|", re.MULTILINE)


def put(name: str, text: str, page: Path = PAGE) -> None:
    """Write a text into the page between the two markers of a name."""
    begin, end = _marks(name)
    head, _, rest = page.read_text(encoding="utf-8").partition(begin)
    page.write_text(f"{head}{begin}\n\n{text}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def names_in(name: str) -> list[str]:
    """Return the documents with a row in a table."""
    begin, end = _marks(name)
    return _ROW.findall(PAGE.read_text(encoding="utf-8").partition(begin)[2].partition(end)[0])


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
