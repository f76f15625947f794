"""Measure from exec to the first answer, memory and checks, by the size of the document; beside Prism: README.md.

python benchmarks/documents.py                                     the bundled and generated documents, and the corpus
LOCUM_CORPUS=folder python benchmarks/documents.py                 another folder instead of ../shared/corpus
python benchmarks/documents.py --starts 1 --no-prism big.json      these documents only
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from generated import document as generated
from servers import ROOT, Late, Process, Wanting, install_prism, locum, prism, python_environment

sys.path.insert(0, str(ROOT))

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import documents_in, read
from tests.corpus.page import STARTS, put
from tests.corpus.sources import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTS = (10, 100, 1_000)
BIG = 4_000_000
"""Bytes from which on the targets of the design are for a document."""
MOST_PATIENCE = 60
"""Seconds that Prism is waited for."""
SLOW = 10
"""Seconds of a start of Prism after which it is not started again."""
RESULT = ROOT / "benchmarks" / "results" / "documents.md"
_COUNTS = re.compile(r": \d+ operations?(?:, [^;]*)?; (.*)\.\n")
"""The last line of `locum check`."""


@dataclass
class Subject:
    """A document that is served."""

    path: Path
    operations: int
    first_get: str
    """The first GET that needs no parameters, else the first GET, below the base path."""
    base_path: str

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self.path.stat().st_size


@dataclass
class Starts:
    """What several starts of one server with one document came to."""

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    failure: str = ""

    def add(self, server: Process) -> None:
        """Start a server, ask once, note, and stop it."""
        with server:
            if server.first_status >= 500:  # a server's own defect
                raise Wanting(f"{server.name} answers GET {server.first_path} with {server.first_status}.")
            self.seconds.append(server.first_answer)
            self.processor.append(server.processor_time or 0)
            self.resident.append(server.resident)
            self.peak.append(server.peak or server.resident)

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> str:
        """The median of the seconds, and in brackets the least and the most."""
        if not self.seconds:
            return self.failure
        return f"{self.median:.2f} ({min(self.seconds):.2f} to {max(self.seconds):.2f})"

    @property
    def spent(self) -> str:
        """The least processor time in seconds, which other processes hardly disturb."""
        return f"{min(self.processor):.2f}" if any(self.processor) else ""

    @property
    def memory(self) -> str:
        """The most memory after the first answer, and ever."""
        return f"{max(self.resident):.0f} | {max(self.peak):.0f}" if self.resident else " | "


def subject(path: Path) -> Subject:
    """Look at a document, and choose what it is asked: of a GET with parameters any answer will do."""
    document = read(path)
    operations = compile_contract(document).operations
    gets = [(template, operation) for (template, method), operation in operations.items() if method == "get"]
    plain = [template for template, one in gets if "{" not in template and not any(p.required for p in one.parameters)]
    first = next(iter([*plain, *(template for template, _ in gets)]), "/")
    return Subject(path, len(operations), re.sub(r"\{[^{}]*\}", "1", first), document.base_path)


@dataclass
class Check:
    """How long `locum check` took, with an empty cache folder, and what it found."""

    seconds: float
    counts: str


def check(path: Path) -> Check:
    """Run `locum check` on a document."""
    with tempfile.TemporaryDirectory() as empty:
        began = time.perf_counter()
        ended = subprocess.run(
            [sys.executable, "-m", "locum", "check", str(path)],
            cwd=ROOT,
            env={**python_environment(), "XDG_CACHE_HOME": empty},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
    if ended.returncode not in {0, 1}:
        raise Wanting(f"locum check {path.name} ended with {ended.returncode}: {ended.stderr.strip()}")
    return Check(seconds, _COUNTS.findall(ended.stdout)[-1])


def subjects(named: list[Path], folder: Path) -> Iterator[Subject]:
    """Yield what is measured, the smallest first: what was named, or else all that there is."""
    paths = list(named)
    if not paths:
        paths = list(documents_in(ROOT / "specs"))
        for count in COUNTS:
            made = folder / f"{count}-operations.json"
            made.write_text(json.dumps(generated(count)), encoding="utf-8")
            paths.append(made)
        paths += CORPUS
    yield from map(subject, sorted(paths, key=lambda path: path.stat().st_size))


def measure(subject: Subject, starts: int, *, with_prism: bool) -> tuple[Starts, Starts, Starts]:
    """Start the servers in turn; return locum cold, locum warm, and Prism."""
    cold, warm, other = Starts(), Starts(), Starts()
    with tempfile.TemporaryDirectory() as kept:
        for number in range(starts + 1):
            with tempfile.TemporaryDirectory() as empty:
                # The first start of all makes the bytecode, and fills the cache of the warm ones.
                (cold if number else Starts()).add(_locum(subject, empty if number else kept))
            if number:
                warm.add(_locum(subject, kept))
            if number == 1 and other.seconds and other.median < SLOW:
                other = Starts()  # the first start only warmed the file cache
            if with_prism and not other.failure and (not other.seconds or other.median < SLOW):
                _add_prism(other, subject)
    return cold, warm, other


def _locum(subject: Subject, cache: str) -> Process:
    server = locum("anything", subject.path)
    server.first_path = subject.base_path + subject.first_get
    server.environment = {"XDG_CACHE_HOME": cache}
    return server


def _add_prism(starts: Starts, subject: Subject) -> None:
    server = prism("anything", subject.path)
    server.first_path = subject.first_get  # Prism serves no base path
    server.patience = MOST_PATIENCE
    try:
        starts.add(server)
    except Late:
        starts.failure = f"none in {MOST_PATIENCE} s"
    except Wanting as wanting:
        starts.failure = "does not start" if "did not start" in str(wanting) else "fails"


def verdicts(subject: Subject, cold: Starts, warm: Starts) -> list[str]:
    """Compare with the targets of the design."""
    resident = max(*cold.resident, *warm.resident)
    judged = (
        ("first answer, cold", 1.5, "s", cold.median),
        ("first answer, warm", 0.7, "s", warm.median),
        ("resident memory", 250, "MB", resident),
    )
    return [
        f"| {subject.path.name}: {what} | <= {target:g} {unit} | {round(found, 2):g} {unit} "
        f"| {'met' if found <= target else '**missed**'} |"
        for what, target, unit, found in judged
    ]


def table(heads: list[str]) -> list[str]:
    """Return the first two lines of a table: all but names and counts of problems are numbers."""
    return [
        f"| {' | '.join(heads)} |",
        "|" + "|".join("---" if head in {"document", "problems"} else "---:" for head in heads) + "|",
    ]


def run(options: argparse.Namespace) -> str:
    """Measure everything; return the report."""
    missing = install_prism() if options.prism else "Prism was left out."
    load = os.getloadavg()[0]
    rows, judged, started = [], [], {}
    with tempfile.TemporaryDirectory() as folder:
        for one in subjects(options.documents, Path(folder)):
            cold, warm, other = measure(one, options.starts, with_prism=missing is None)
            size = f"{one.size / 1e6:.2f}" if one.size >= BIG / 100 else f"{one.size / 1e6:.3f}"
            checked = check(one.path)
            cells = [one.path.name, size, f"{one.operations:,}", cold.spread, cold.spent, warm.spread, warm.spent]
            cells += [warm.memory, f"{checked.seconds:.1f}", checked.counts]
            rows.append(f"| {' | '.join([*cells, other.spread, other.spent, other.memory])} |")
            started[one.path] = f"| {' | '.join(cells)} |"
            print(rows[-1], flush=True)
            if one.size >= BIG:
                judged += verdicts(one, cold, warm)
    columns = ["locum, cold", "processor", "locum, warm", "processor", "resident", "peak", "check", "problems"]
    heads = ["document", "MB", "operations", *columns]
    machine = f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    notes = [
        f"{machine}, load {load:.1f} at the start and {os.getloadavg()[0]:.1f} at the end.",
        f"Seconds from exec, medians of {options.starts} starts (least to most).",
        "Cold: the cache folder is empty. Processor: the least seconds of processor time until then.",
        "Memory in megabytes after the first answer, and the most that ever was.",
        "Check: seconds of `locum check` with an empty cache folder.",
        "",
    ]
    if CORPUS and set(CORPUS) <= started.keys():
        put(STARTS, "\n".join([*notes, *table(heads), *(started[path] for path in CORPUS)]) + "\n")
    prisms = ["Prism", "processor", "resident", "peak"]
    lines = ["# Start and memory by document", "", *notes, *table([*heads, *prisms]), *rows]
    if judged:
        lines += ["", "| target | | measured | |", "|---|---:|---:|---|", *judged]
    lines += ["", missing] if missing else []
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", nargs="*", type=Path, help="documents to measure (default: all that there are)")
    parser.add_argument("--starts", type=int, default=5, help="starts of each server with each document (default: 5)")
    parser.add_argument("--prism", action=argparse.BooleanOptionalAction, default=True, help="measure Prism as well")
    try:
        text = run(parser.parse_args())
    except Wanting as wanting:
        sys.exit(str(wanting))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(text, encoding="utf-8")
    print("\n" + text + f"\nWritten to {RESULT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
