"""References inside a document: JSON Pointers (RFC 6901) and `$ref`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from locum.openapi.near_names import meant, nearest

__all__ = [
    "BrokenReference",
    "as_fragment",
    "at",
    "chain_of",
    "follow",
    "home_of",
    "join",
    "pointer_of",
    "resolve",
    "split",
    "why_lost",
]


class BrokenReference(LookupError):
    """A reference without a target, or a circular one."""


def join(pointer: str, *steps: str | int) -> str:
    """Append steps to a pointer."""
    for step in steps:
        text = str(step)
        if "~" in text or "/" in text:
            text = text.replace("~", "~0").replace("/", "~1")
        pointer = f"{pointer}/{text}"
    return pointer


def split(pointer: str) -> list[str]:
    """Return the steps of a pointer: `/a~1b/0` -> `["a/b", "0"]`."""
    steps = pointer.split("/")[1:]
    return [step.replace("~1", "/").replace("~0", "~") for step in steps] if "~" in pointer else steps


def at(document: Any, pointer: str) -> Any:
    """Return the value at a pointer. Raises BrokenReference if there is none."""
    if pointer and not pointer.startswith("/"):
        message = f"#{pointer} is not a JSON Pointer, which begins with a slash"
        raise BrokenReference(message)
    value = document
    for step in split(pointer):
        try:
            value = value[int(step)] if isinstance(value, list) and step.isdecimal() else value[step]
        except (KeyError, IndexError, ValueError, TypeError):
            message = f"{pointer} leads nowhere: there is no {step!r}"
            raise BrokenReference(message) from None
    return value


def resolve(document: Any, pointer: str) -> tuple[Any, str]:
    """Follow `$ref`s from a pointer; return the target and its pointer.

    Raises BrokenReference for a reference out of the document, without a target, or to itself.
    """
    return home_of(document, at(document, pointer), pointer)


def home_of(document: Any, value: Any, pointer: str) -> tuple[Any, str]:
    """Follow `$ref`s as `resolve` does, from a value that the caller has; this saves the lookup of its pointer."""
    seen = set()
    while isinstance(value, dict) and isinstance(reference := value.get("$ref"), str):
        pointer = pointer_of(reference)
        if pointer in seen:
            message = f"{pointer} refers to itself"
            raise BrokenReference(message)
        seen.add(pointer)
        value = at(document, pointer)
    return value, pointer


def chain_of(document: Any, pointer: str) -> list[str]:
    """Return a pointer and those that it leads to by `$ref`, up to a value without one.

    Raises BrokenReference as `resolve` does.
    """
    places = [pointer]
    while isinstance(reference := at(document, pointer).get("$ref"), str):
        pointer = pointer_of(reference)
        if pointer in places:
            message = f"{pointer} refers to itself"
            raise BrokenReference(message)
        places.append(pointer)
    return places


def follow(document: Any, value: Any) -> Any:
    """Return a value, or the target of its `$ref`. Raises BrokenReference as `resolve` does."""
    reference = value.get("$ref") if isinstance(value, dict) else None
    return resolve(document, pointer_of(reference))[0] if isinstance(reference, str) else value


def why_lost(document: Any, pointer: str) -> str | None:
    """Explain which step of a pointer does not exist, with a suggestion; None if the pointer has a target.

    Raises BrokenReference if it is not a pointer.
    """
    value = document
    steps = split(pointer)
    if pointer and not pointer.startswith("/"):
        at(document, pointer)
    for depth, step in enumerate(steps):
        try:
            value = at(value, join("", step))
        except BrokenReference:
            names = list(value) if isinstance(value, dict) else []
            within = join("", *steps[:depth])
            near = nearest(step, names)
            hint = f" Did you mean #{join(within, near[0])}?" if near else meant(step, names)
            return f"no {step!r} at #{within or '/'}.{hint}"
    return None


def pointer_of(reference: str) -> str:
    """Return the pointer of a `$ref`: `#/a/b%20c` -> `/a/b c`.

    Raises BrokenReference for a reference out of the document.
    """
    if not reference.startswith("#"):
        message = f"{reference} is outside the document"
        raise BrokenReference(message)
    return unquote(reference[1:])


def as_fragment(pointer: str) -> str:
    """Write a pointer as the fragment of a URI: every step percent-encoded (RFC 6901, section 6)."""
    return quote(pointer, safe="/~")
