"""Bodies: every rule of its schema that a value breaks, with where the rule stands and where the value does."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.violations import describe
from locum.openapi.pointers import BrokenReference, at, join, split
from locum.proof.codes.bodies import CODE_OF_KEYWORD
from locum.proof.judging.breaches import Breach

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from locum.openapi.compile.schemas import Schema

__all__ = ["breaches_of"]

_MOST = 50
_SCOPE = re.compile(r"(?: [^ =/]+=/[^ ]*)+\Z")
"""What the name of a definition says beside the place (see Schemas): which dynamic anchors led there."""


def breaches_of(schema: Schema, value: Any, document: Any) -> Iterator[Breach]:
    """Say the rules that a value breaks, the first fifty of them."""
    for error in islice(schema.errors(value), _MOST):
        yield from _told(error, schema.pointer, document)


def _told(error: Any, home: str, document: Any) -> Iterator[Breach]:
    meant = _meant(error)
    if meant:
        for inner in meant:
            yield from _told(inner, home, document)
        return
    leaked = error.kind.name == "not" and getattr(error.kind, "schema", None) == {}
    for found in describe(error, "body", ()):
        pointer = join("", *found.path)
        shown = "" if leaked or found.keyword == "required" else _shown(error.instance)
        yield Breach(
            "L031" if leaked else CODE_OF_KEYWORD.get(found.keyword, "L032"),
            f"{pointer or 'The body'} {found.message}{shown}.",
            _place(error.schema_path, home, document),
            pointer,
        )


def _meant(error: Any) -> Sequence[Any]:
    """Return what is wrong with the one alternative that is meant, where the value is of no other's type or kind."""
    branches = getattr(error.kind, "context", None) or ()
    depth = len(error.instance_path)
    likely = [branch for branch in branches if not any(_excludes(inner, depth) for inner in branch)]
    return likely[0] if len(likely) == 1 and likely[0] else ()


def _excludes(error: Any, depth: int) -> bool:
    """Whether an alternative is not meant: another type, or another value of what tells alternatives apart."""
    below = len(error.instance_path) - depth
    return (error.kind.name == "type" and below == 0) or (error.kind.name in {"const", "enum"} and below <= 1)


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return ""
    return f"; it is {json.dumps(value, ensure_ascii=False)[:60]}"


def _place(path: Sequence[str | int], home: str, document: Any) -> str:
    """Return where a rule stands in the document: its pointers are the names of the definitions that are compiled."""
    if len(path) > 1 and path[0] == "definitions":
        pointer = join(_SCOPE.sub("", str(path[1])), *path[2:])
    else:
        pointer = join(home, *path)
    while pointer:
        try:
            at(document, pointer)
        except BrokenReference:  # a rule that was made of another one: `not` of `writeOnly`
            pointer = join("", *split(pointer)[:-1])
        else:
            return pointer
    return home
