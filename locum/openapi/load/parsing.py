"""Parsing: YAML or JSON text as a value, or a sentence that says where it is neither."""

from __future__ import annotations

import contextlib
import gc
import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from locum.openapi.load.cache import recall, remember
from locum.openapi.load.files import BadDocument
from locum.openapi.load.yaml_events import DEEPEST, compose
from locum.openapi.load.yaml_scalars import NotParsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from locum.openapi.load.yaml_scalars import Repeated

__all__ = ["is_json", "parse", "text_of"]

_EDITION = "2"
"""Raise it when parsing changes: what was parsed before is then parsed again."""


def is_json(place: str, source: bytes) -> bool:
    """Say whether a file is JSON: by its ending, else by its first character."""
    if place.endswith((".yaml", ".yml")):
        return False
    return place.endswith(".json") or source.lstrip()[:1] == b"{"


def parse(place: str, source: bytes, cache: Path | None = None, repeated: list[Repeated] | None = None) -> Any:
    """Return the value of a file. YAML that was parsed before is found again in the cache, by its digest.

    JSON is not kept: parsing it takes no longer than reading it from the cache. Keys that YAML gives twice are
    added to `repeated`; without such a list they are an error.

    Raises BadDocument, which has the line and the column.
    """
    with _uncollected():
        try:
            if is_json(place, source):
                return _json(source.removeprefix(b"\xef\xbb\xbf"))
            return _yaml(source, cache, repeated)
        except NotParsed as problem:
            raise BadDocument(f"{place}:{problem.line}:{problem.column}: {problem.reason}.") from None


def text_of(source: bytes) -> str:
    """Return the text of a file, which must be UTF-8. Raises NotParsed."""
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = source[: problem.start]
        line, column = before.count(b"\n") + 1, problem.start - before.rfind(b"\n")
        raise NotParsed(f"the byte {source[problem.start]:#04x} is not UTF-8", line, column) from None


def _yaml(source: bytes, cache: Path | None, repeated: list[Repeated] | None) -> Any:
    name = f"parsed-{_EDITION}-{hashlib.sha256(source).hexdigest()}.json"
    remembered = recall(cache, name)
    if remembered is not None:
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(remembered)
    value = compose(text_of(source), repeated)
    if repeated:
        return value  # parsed again each time, as the cache holds values alone
    with contextlib.suppress(TypeError):  # an integer beyond 64 bits stays unremembered
        remember(cache, name, orjson.dumps(value))
    return value


def _json(source: bytes) -> Any:
    try:
        value = orjson.loads(source)
    except orjson.JSONDecodeError as problem:
        text_of(source)
        raise NotParsed(problem.msg, problem.lineno, problem.colno) from None
    if _may_be_deep(source) and _depth(value) > DEEPEST:
        raise NotParsed(f"nests deeper than {DEEPEST} levels")
    return value


_BRACKETS = b"[]{}"
_OTHERS = bytes(set(range(256)) - set(_BRACKETS))


def _may_be_deep(source: bytes) -> bool:
    """Look at the brackets alone, which takes a tenth of parsing: pairs go, and what is left over may be deep."""
    brackets = source.translate(None, _OTHERS)
    for _ in range(DEEPEST // 2):
        fewer = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(fewer) == len(brackets):
            break
        brackets = fewer
    return len(brackets) > DEEPEST // 2


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            part
            for whole in level
            if isinstance(whole, dict | list)
            for part in (whole.values() if isinstance(whole, dict) else whole)
        ]
    return depth - 1


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from counting what is being made, all of which stays: a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
