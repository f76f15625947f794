"""Quantities: used and remaining amounts, positions in lists, and the encoding of contents."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.generate.generators.agreement import Draft

    Rule = Callable[[Draft], None]

__all__ = ["quantity_rules"]

_LEFT = frozenset({"open", "available", "free", "remaining", "unused", "left"})
_SCORES = frozenset({"score", "relevance_score", "relevanceScore", "similarity"})
_RESULTS = frozenset({"results", "data", "choices", "matches", "hits", "embeddings", "documents"})
"""Lists whose elements may be numbered, or have scores."""


def quantity_rules(words: Mapping[str, list[str]]) -> list[Rule]:
    """Return the rules for the quantities, lists and contents among an object's members."""
    found = [_shared(name, base, parts) for name, base, parts in _shares(words)]
    if "encoding" in words and "content" in words:
        found.append(_encoded)
    return [*found, *(_listed(name) for name in words if name in _RESULTS)]


def _shares(words: Mapping[str, list[str]]) -> list[tuple[str, str, list[str]]]:
    """Return (what is left, the whole, [what is used]): `open_slots`, `slots`, `used_slots`."""
    whole: dict[tuple[str, ...], str] = {}
    parts: dict[tuple[str, ...], list[str]] = {}
    for name, own in words.items():
        whole.setdefault(tuple(own), name)
        parts.setdefault(tuple(own[1:]), []).append(name)
    return [
        (name, whole[rest], [part for part in parts[rest] if part != name])
        for name, own in words.items()
        if (rest := tuple(own[1:])) and own[0] in _LEFT and rest in whole
    ]


def _shared(left: str, base: str, parts: list[str]) -> Rule:
    def rule(draft: Draft) -> None:
        whole = draft.members.get(base)
        if not _is_whole(whole):
            return
        used = 0
        for name in parts:
            value = draft.members.get(name)
            if _is_whole(value) and draft.is_open(name):
                # Nothing of a new record is used; of others at most the whole.
                draft.set(name, 0 if draft.run.fresh else value % max(whole - used + 1, 1))
            value = draft.members.get(name)
            used += value if _is_whole(value) else 0
        if _is_whole(draft.members.get(left)) and draft.is_open(left):
            draft.set(left, max(whole - used, 0))

    return rule


def _encoded(draft: Draft) -> None:
    """Set `encoding` to that of `content`."""
    content = draft.members.get("content")
    if isinstance(content, str) and draft.is_open("encoding") and isinstance(draft.members["encoding"], str):
        try:
            base64.b64decode("".join(content.split()), validate=True)
            draft.set("encoding", "base64")
        except (binascii.Error, ValueError):
            draft.set("encoding", "utf-8")


def _listed(name: str) -> Rule:
    """Sort the elements of a list by score, highest first, and number them from zero in `index`."""

    def rule(draft: Draft) -> None:
        value = draft.members.get(name)
        items: list[Any] = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
        if not items or not isinstance(value, list) or len(items) != len(value) or name in draft.kept:
            return
        score = next((one for one in items[0] if one in _SCORES), None)
        if score is not None and all(isinstance(item.get(score), int | float) for item in items):
            items.sort(key=lambda item: -item[score])
        if all(_is_whole(item.get("index")) for item in items):
            items = [{**item, "index": index} for index, item in enumerate(items)]
        draft.set(name, items)

    return rule


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
