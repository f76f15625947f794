"""Limits against hostile input: how much a workflow, a run or a value may take."""

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
"""Maximum number of nodes and edges in one definition."""

DEPTH = 64
"""Maximum depth of nested values; orjson fails at 254."""

ITEMS = 100
"""Maximum number of items of an iterator."""

STEPS = 1_000
"""Maximum number of steps in one run."""

START_WEIGHT, VALUE_WEIGHT = 262_144, 524_288
"""Maximum size in bytes of the start data, and of the output of one node."""

LOG_WEIGHT, RUN_WEIGHT, HELD_WEIGHT = 131_072, 524_288, 8_388_608
"""Maximum size in bytes of the output in one log entry, of a stored run, and of all outputs during a run."""

RUNS_KEPT, WEIGHT_KEPT = 1_000, 33_554_432
"""Maximum number of stored runs per workflow, and their size in bytes."""

LOGS_LISTED = 1_000
"""Maximum number of entries in a workflow's log."""


def deeper_than(value: Any, depth: int = DEPTH) -> bool:
    """Whether a JSON value nests deeper than this. Not recursive, because the value may be too deep for that."""
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
    """Return the approximate size of a JSON value in bytes; stop as soon as it exceeds `most`.

    Values can share parts, so a small value may serialize to an enormous one: never walk all of it.
    """
    weight = 0
    ahead = [value]
    while ahead and weight <= most:
        inner = ahead.pop()
        weight += 4
        if isinstance(inner, str):
            weight += len(inner)
        elif isinstance(inner, dict):
            weight += sum(len(key) for key in inner)
            ahead.extend(inner.values())
        elif isinstance(inner, list | tuple):
            ahead.extend(inner)
    return weight


def clip(text: str, most: int = 60) -> str:
    """Return a name for use in a message: printable, on one line, shortened."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"
