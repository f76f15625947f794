"""The table of the corpus: `make corpus` prints it and writes it to docs/corpus.md."""

from __future__ import annotations

import logging
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.corpus.fuzzing import Bounds, Findings, fuzz
from tests.corpus.lifecycles import Lifecycle, lifecycles
from tests.corpus.page import WALKS, put
from tests.corpus.sources import CORPUS, DOCUMENTS, MISSING
from tests.corpus.walks import Walk, start_service, walk

HEADS = (
    "document", "operations", "inferred", "collections", "responses to valid requests", "lives walked", "fuzzed",
    "cases", "checks", "failures", "explained", "slowest at first", "slowest after",
)  # fmt: skip
SMALL = 40
"""Number of operations up to which a document is fuzzed completely."""
SAMPLE = int(os.environ.get("LOCUM_SAMPLE", "25"))
"""Number of operations sampled from a larger document."""
SECONDS = float(os.environ.get("LOCUM_SECONDS", "120"))
"""Seconds after which no further operation of a document is started."""


@dataclass
class Row:
    """The results for one document."""

    name: str
    walk: Walk
    lives: list[Lifecycle]
    fuzzed: Findings
    collections: int = 0


def row(path) -> Row:
    """Serve one document and run every check."""
    application, service = start_service(path)
    walked = walk(application, service)
    lives = lifecycles(application, service)
    small = len(service.contract.operations) <= SMALL
    bounds = Bounds(8 if small else 4, 0 if small else SAMPLE, SECONDS, stateful=small)
    roles = [service.behaviour.inferred(operation) for operation in service.contract.operations.values()]
    collections = {
        inferred.resource.path
        for inferred in roles
        if inferred.resource is not None and not inferred.resource.singleton
    }
    return Row(path.name, walked, lives, fuzz(application, service, bounds), len(collections))


def written(rows) -> str:
    """Return the table and its details."""
    lines = [
        "| " + " | ".join(HEADS) + " |",
        "|---" * len(HEADS) + "|",
        *map(_line, rows),
        "",
    ]
    for one in rows:
        own, others = _own(one), _others(one)
        if own or others:
            lines += [f"### {one.name}", ""]
        if own:
            lines += ["May lie in locum:", "", *own, ""]
        if others:
            lines += ["Lies elsewhere:", "", *others, ""]
    return "\n".join(lines).rstrip() + "\n"


def _line(one) -> str:
    walked, fuzzed = one.walk, one.fuzzed
    actions = ", ".join(f"{action} {count}" for action, count in sorted(walked.actions.items()))
    found = Counter(f"{status // 100}XX" for status in walked.statuses.elements())
    counts = ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
    whole = sum(not (life.problem or life.undocumented) for life in one.lives)
    many = "" if fuzzed.is_whole else ", stopped by the clock"
    failures = Counter(check for check, _, _ in fuzzed.failures)
    failures["valid request"] = len(walked.failures) + len(walked.faults) + len(walked.unmade)
    failures["slow"] = len(walked.slow)
    failures["life"] = sum(bool(life.problem) for life in one.lives)
    failures["error"] = len(fuzzed.errors)
    explained = (
        len(fuzzed.explained)
        + len(walked.unreachable)
        + len(walked.equal)
        + sum(bool(life.undocumented) for life in one.lives)
    )
    cells = [
        one.name, walked.operations, actions, one.collections, counts, f"{whole} of {len(one.lives)}",
        f"{fuzzed.operations} operations{many}", fuzzed.cases, sum(fuzzed.checks.values()), counted(failures), explained,
        f"{walked.first * 1000:.0f} ms", f"{walked.second * 1000:.1f} ms",
    ]  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def counted(failures) -> str:
    """Return the number of failures of each kind: `3: life 1, negative_data_rejection 2`."""
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(failures.items()) if count)
    return f"{failures.total()}: {kinds}" if kinds else "0"


def _own(one) -> list[str]:
    lines = [f"- valid request: {fault}" for fault in [*one.walk.failures, *one.walk.faults]]
    lines += [f"- slow: {slow}" for slow in one.walk.slow]
    lines += [f"- no valid request could be made: {problem}" for problem in one.walk.unmade]
    lines += [f"- life of {life.path}: {life.problem}" for life in one.lives if life.problem]
    for (check, label, title), said in one.fuzzed.failures.items():
        answer = said.rpartition("\n")[2].strip()
        lines.append(f"- `{check}`: {label}: {title}: answered {answer}")
    lines += [f"- Schemathesis: {error}" for error in one.fuzzed.errors]
    return [_short(line) for line in lines]


def _others(one) -> list[str]:
    """Return the failures with another cause, grouped by reason."""
    reasons: dict = {}
    for (check, label, _), reason in one.fuzzed.explained.items():
        reasons.setdefault((check, reason), []).append(label)
    lines = [
        f"- `{check}`: {reason} {len(labels)} operation{'s' * (len(labels) > 1)}: {', '.join(sorted(set(labels)))}."
        for (check, reason), labels in reasons.items()
    ]
    lines += [f"- life of {life.path}: {life.undocumented}." for life in one.lives if life.undocumented]
    if one.walk.equal:
        paths = ", ".join(one.walk.equal)
        lines.append(
            f"- Paths that differ in the names of their parameters only are one path: the first is served. {paths}."
        )
    if one.walk.unreachable:
        paths = ", ".join(one.walk.unreachable)
        lines.append(f"- What follows `#` or `?` in a path never reaches a server (RFC 3986): {paths}.")
    return lines


def _short(line) -> str:
    return " ".join(line.replace("|", "&#124;").split())[:400]


def main() -> None:
    """Print the table and write it to the page."""
    logging.disable(logging.CRITICAL)
    rows = []
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for one in processes.map(row, [*DOCUMENTS, *CORPUS]):
            rows.append(one)
            sys.stdout.write(_line(one) + "\n")
            sys.stdout.flush()
    text = written(rows)
    sys.stdout.write("\n" + text)
    if not CORPUS:
        sys.stdout.write(f"{MISSING}. The page is left as it is.\n")
        return
    put(WALKS, text)


if __name__ == "__main__":
    main()
