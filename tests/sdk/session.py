"""Steps of a session with an SDK; runs in the environment of the SDKs, where there is no locum.

A session is a script. Each `with step("..."):` is one step: it passes if nothing in it raises. Steps continue
after a failing one; values for later steps are stored in `have`.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import traceback
from typing import Any

__all__ = ["URL", "check", "equal", "error", "have", "matches", "step", "to_the_end"]

URL = os.environ.get("LOCUM_URL", "http://127.0.0.1:4010/").rstrip("/")
"""The address of the server, without the path of the API."""
MOST = 300
"""Maximum length of a list; a longer one is treated as endless."""


class Wrong(AssertionError):
    """A step saw something that the vendor's service does not return."""


class Missing(Exception):
    """An earlier step did not store a value that this one needs."""


class _Kept:
    def __getattr__(self, name: str) -> Any:
        raise Missing(f"needs `{name}` of an earlier step that was wrong")


have: Any = _Kept()


class step:  # noqa: N801 (reads as a statement)
    """One step: prints its name, whether it passed, and the reason if not."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        """Begin the step."""

    def __exit__(self, kind, problem, trace) -> bool:
        if problem is not None and not isinstance(problem, Exception):
            return False
        reason = "" if problem is None else _reason(problem, trace)
        sys.stdout.write("\x1e" + json.dumps({"step": self.name, "reason": reason}) + "\n")
        sys.stdout.flush()
        return True


def _reason(problem, trace) -> str:
    text = " ".join(str(problem).split())
    if isinstance(problem, (Wrong, Missing)):
        return text
    lines = [one.lineno for one in traceback.extract_tb(trace) if one.filename == sys.argv[0]]
    return f"{type(problem).__name__} in line {lines[-1] if lines else '?'}: {text}"[:400]


def check(fact: Any, sentence: str) -> None:
    """Fail the step with a message unless a condition is true."""
    if not fact:
        raise Wrong(sentence)


def equal(seen: Any, wanted: Any, what: str = "value") -> None:
    """Fail the step unless a value is the expected one."""
    if seen != wanted:
        raise Wrong(f"{what} is {seen!r:.160}, expected {wanted!r:.120}")


def matches(seen: Any, pattern: str, what: str = "id") -> None:
    """Fail the step unless a whole text matches a pattern."""
    import re

    if not isinstance(seen, str) or not re.fullmatch(pattern, seen):
        raise Wrong(f"{what} is {seen!r:.120}, expected the form {pattern}")


class error:  # noqa: N801 (reads as a statement)
    """Fail the step unless the block raises an error of a class, optionally with a condition."""

    def __init__(self, kind, fact=None, sentence: str = "") -> None:
        self.kind, self.fact, self.sentence = kind, fact, sentence

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(self, kind, problem, trace) -> bool:
        names = " or ".join(one.__name__ for one in (self.kind if isinstance(self.kind, tuple) else (self.kind,)))
        if problem is None:
            raise Wrong(f"no error, expected {names}")
        if isinstance(problem, Missing):
            return False
        if not isinstance(problem, self.kind):
            raise Wrong(f"{type(problem).__name__} {' '.join(str(problem).split())[:160]!r}, expected {names}")
        if self.fact is not None and not self.fact(problem):
            raise Wrong(
                f"{type(problem).__name__} {' '.join(str(problem).split())[:160]!r}: {self.sentence or 'other error'}"
            )
        return True


def to_the_end(elements, key=None) -> list:
    """Return all elements that an SDK's pagination yields; fail where it does not end or repeats one."""
    found = list(itertools.islice(elements, MOST))
    check(len(found) < MOST, f"pagination does not end: {MOST} elements")
    check(found, "pagination yields no element")
    if key is not None:
        keys = [key(one) for one in found]
        check(
            len(set(keys)) == len(keys), f"pagination repeats an element: {len(keys)} elements, {len(set(keys))} keys"
        )
    return found
