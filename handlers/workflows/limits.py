"""How much one workflow, run or value may take, so that hostile input stays harmless."""

from __future__ import annotations

from typing import Any

__all__ = [
    "DEPTH",
    "EDGES",
    "HELD_WEIGHT",
    "ITEMS",
    "LOGS_LISTED",
    "LOG_WEIGHT",
    "NODES",
    "RUNS_KEPT",
    "RUN_WEIGHT",
    "START_WEIGHT",
    "STEPS",
    "VALUE_WEIGHT",
    "WEIGHT_KEPT",
    "clip",
    "deeper_than",
    "weigh",
]

NODES, EDGES = 500, 2_000
"""Of one definition."""

DEPTH = 64
"""Of nested values; far below the 254 levels at which the JSON writer gives up."""

ITEMS = 100
"""That an iterator takes."""

STEPS = 1_000
"""Of one run."""

START_WEIGHT, VALUE_WEIGHT = 262_144, 524_288
"""Of the data that a run starts with, and of what one node puts out."""

LOG_WEIGHT, RUN_WEIGHT, HELD_WEIGHT = 131_072, 524_288, 8_388_608
"""Of the output that one log entry shows, of all that a run keeps, and of all that its nodes put out."""

RUNS_KEPT, WEIGHT_KEPT = 1_000, 33_554_432
"""For each workflow: the number of runs, and their bytes."""

LOGS_LISTED = 1_000
"""The latest entries that a workflow's log shows."""


def deeper_than(value: Any, depth: int = DEPTH) -> bool:
    """Whether a JSON value nests deeper than this; not recursive, since that is what it guards."""
    level = [value]
    for _ in range(depth + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list | tuple)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def weigh(value: Any, most: int) -> int:
    """Return about how many bytes a JSON value takes, or more than `most` as soon as that is sure.

    Values can share parts, so that a small one may unfold to an enormous one: never walk it all.
    """
    weight = 0
    ahead = [value]
    while ahead and weight <= most:
        part = ahead.pop()
        weight += 4
        if isinstance(part, str):
            weight += len(part)
        elif isinstance(part, dict):
            weight += sum(len(key) for key in part)
            ahead.extend(part.values())
        elif isinstance(part, list | tuple):
            ahead.extend(part)
    return weight


def clip(text: str, most: int = 60) -> str:
    """Return a name in a form fit for a message: printable, on one line, not too long."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"
