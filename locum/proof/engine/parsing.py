"""Parsing Python in threads: one at a time, as an interpreter counts how deep it is for all of them together."""

from __future__ import annotations

import ast
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["one_at_a_time"]


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let no two threads parse at once meanwhile.

    Hypothesis reads the source of what it runs. In CPython (gh-106905, seen with 3.11.7) two workers that do so at
    the same time end in `SystemError: AST constructor recursion depth mismatch`.
    """
    parse, lock = ast.parse, Lock()

    def alone(*given: Any, **named: Any) -> Any:
        with lock:
            return parse(*given, **named)

    ast.parse = alone
    try:
        yield
    finally:
        ast.parse = parse
