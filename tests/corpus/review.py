"""Compare whole documents with themselves, and with refactored copies of themselves: neither is a change.

Run it by hand: `python -m tests.corpus.review [DOCUMENT ...]`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from random import Random

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.review.documents import compare_contracts
from tests.corpus.sources import CORPUS
from tests.review.refactoring import refactored

TODAY = date(2026, 11, 30)


def report(path: Path, seeds: range) -> int:
    document = read(path, allow_refs=True)
    contract = compile_contract(document)
    began = time.perf_counter()
    wrong = [f"itself: {line(change)}" for change in compare_contracts(contract, compile_contract(read(path)), TODAY)]
    seconds = time.perf_counter() - began
    for seed in seeds:
        content = refactored(document.content, Random(seed))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{path.stem}.json"
            file.write_text(json.dumps(content))
            copy = compile_contract(read(file))
            again = time.perf_counter()
            found = [change for change in compare_contracts(contract, copy, TODAY) if change.level.label != "docs"]
            seconds = max(seconds, time.perf_counter() - again)
        wrong += [f"seed {seed}: {line(change)}" for change in found]
    lines = [f"{path.name}: {len(wrong)} wrong, {seconds:.1f} s", *(f"  {text}" for text in wrong[:8])]
    sys.stdout.write("\n".join(lines) + "\n")
    return len(wrong)


def line(change) -> str:
    return f"{change.level.label} {change.kind} {change.site.text}: {change.sentence}"


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]] or CORPUS
    sys.exit(bool(sum(report(path, range(3)) for path in paths)))


if __name__ == "__main__":
    main()
