"""External examples: the files that `externalValue` names (OpenAPI 3.0.3, section 4.7.19).

Each is read once, and its value is put into the document. What cannot be read stays unread, for a document without
one example can be served.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locum.openapi.grammar import Node, nodes
from locum.openapi.load.files import BadDocument, Library, Unreadable, read_bytes
from locum.openapi.load.parsing import parse
from locum.openapi.load.problems import Problem
from locum.openapi.pointers import join, split
from locum.openapi.wire.media_types import essence_of, is_json, is_text, is_xml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.openapi.load.bundles import Part

__all__ = ["BYTES", "names_examples", "read_external_examples"]

BYTES = "x-locum-bytes"
"""A keyword of an example: a binary file that `externalValue` names, in Base64."""

_MOST_BYTES = 4 * 1024 * 1024
"""The largest file that is read for one example."""
_MOST_TOGETHER = 64 * 1024 * 1024
_PARSED = frozenset({".json", ".yaml", ".yml"})


def names_examples(source: bytes) -> bool:
    """Whether a file may name examples elsewhere; a look at the bytes, which is quick."""
    return b"externalValue" in source


def read_external_examples(
    place: str,
    content: dict[str, Any],
    parts: Iterable[Part],
    fragments: Iterable[Node],
    *,
    allow_refs: bool = False,
) -> list[Problem]:
    """Put the values of external examples into a document, in place; return those that cannot be read, and why.

    A file is named from the file that holds the example. It is in the document's folder, or anywhere on this machine
    with `allow_refs`.
    """
    places = {part.pointer: part.place for part in parts}
    reader = _Reader(Library(place, allow_refs))
    failures: dict[str, Problem] = {}
    for root in (Node("", "document", content), *fragments):
        for node in nodes(root):
            named = node.value.get("externalValue") if node.kind == "example" else None
            if not isinstance(named, str) or node.value.keys() & {"value", "dataValue", "serializedValue", BYTES}:
                continue
            base = next((at for pointer, at in places.items() if node.pointer.startswith(pointer + "/")), place)
            try:
                node.value.update(reader.read(named, base, _media_type(node.pointer)))
            except (Unreadable, BadDocument) as problem:
                pointer = join(node.pointer, "externalValue")
                failures[pointer] = Problem(
                    pointer, "unread-example", f"{problem}".rstrip(".") + ".", "It is not used."
                )
    return list(failures.values())


class _Reader:
    """Reads the files of examples, each once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, bytes] = {}

    def read(self, name: str, base: str, media_type: str) -> dict[str, Any]:
        """Return what an example gets: its value, or bytes in Base64. Raises Unreadable, BadDocument."""
        place = self._library.locate(name, base)
        if place not in self._known:
            data = read_bytes(place)
            if len(data) > _MOST_BYTES or sum(map(len, self._known.values())) + len(data) > _MOST_TOGETHER:
                raise Unreadable(f"{name} is larger than an example may be: {_MOST_BYTES // 1024 // 1024} MiB")
            self._known[place] = data
        data, essence = self._known[place], essence_of(media_type)
        if is_json(essence) or (not essence and Path(urlsplit(place).path).suffix.lower() in _PARSED):
            return {"value": parse(place, data, None)}
        if not essence or is_text(essence) or is_xml(essence) or essence == "application/x-www-form-urlencoded":
            try:
                return {"value": data.decode("utf-8-sig")}
            except UnicodeDecodeError:
                pass
        return {BYTES: base64.b64encode(data).decode()}


def _media_type(pointer: str) -> str:
    """Return the media type that an example is of; empty where only its file says that, as in `components`."""
    steps = split(pointer)
    return steps[-3] if steps[-4:-3] == ["content"] and steps[-2] == "examples" else ""
