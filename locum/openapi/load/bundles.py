"""Bundles: a document and the files that it refers to, made into one.

Each referred file is placed whole under `/x-locum-files/<its name>`, and every reference is rewritten
to a pointer in the document. So a circle of files is only a circle of pointers, two files may give one
name to two things, and nothing of the document moves. Validators take the place for an extension, and
follow references into it as anywhere.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from locum.openapi.grammar import Node, Reference, nodes, references_of
from locum.openapi.load.anchors import Anchors, anchors_of
from locum.openapi.load.files import BadDocument, Library, Unreadable, read_bytes
from locum.openapi.load.parsing import parse
from locum.openapi.near_names import meant
from locum.openapi.pointers import BrokenReference, as_fragment, at, join, pointer_of, why_lost

if TYPE_CHECKING:
    from pathlib import Path

    from locum.openapi.load.yaml_scalars import Repeated

__all__ = ["PLACE", "Bundle", "Part", "bundle", "refers_out"]

PLACE = "x-locum-files"

_REFERENCE = re.compile(rb"\$ref\b")
_POINTER = re.compile(rb"""\$ref["']?\s*:\s*(?:[>|][-+]?\s+)?["']?#(?=[/"'\s,}]|$)""")
_IDENTIFIER = re.compile(rb"""\$id["']?\s*:\s*["']?[^\s"'{]""")


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a document: where it is, what is in it, and the pointer at which it stands in the whole."""

    place: str
    source: bytes
    pointer: str = ""
    repeated: tuple[Repeated, ...] = ()
    """The keys that it gives twice, as far as its parser reports them."""


@dataclass(slots=True)
class Bundle:
    """What came of bundling: the files beside the document's own."""

    parts: list[Part] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    """The references that lead nowhere, as they are written, and why."""
    misplaced: dict[str, str] = field(default_factory=dict)
    """The references that lead nowhere in the file that has them, but somewhere in the document: pointers, and why."""
    fragments: dict[str, str] = field(default_factory=dict)
    """The kinds of the objects in other files that references lead to, by pointer."""


@dataclass(frozen=True, slots=True)
class _File:
    place: str
    content: Any
    pointer: str


def refers_out(source: bytes) -> bool:
    """Say whether some `$ref` in a file might be more than a pointer in it; a look at the bytes, which is quick."""
    return len(_REFERENCE.findall(source)) != len(_POINTER.findall(source)) or _IDENTIFIER.search(source) is not None


def bundle(place: str, content: dict[str, Any], *, allow_refs: bool, cache: Path | None) -> Bundle:
    """Make a document self-contained, in place."""
    return _Bundler(place, content, Library(place, allow_refs), cache).run()


class _Bundler:
    def __init__(self, place: str, content: dict[str, Any], library: Library, cache: Path | None) -> None:
        self._library = library
        self._cache = cache
        self._content = content
        self._files = {place: _File(place, content, "")}
        self._root = self._files[place]
        self._awaited: list[tuple[_File, Node]] = [
            (self._root, Node("", "swagger" if "swagger" in content else "document", content))
        ]
        self._seen: set[tuple[int, str]] = set()
        self._rewritten: set[tuple[int, str]] = set()
        self._anchors: dict[str, Anchors] = {}
        self._bundle = Bundle()

    def run(self) -> Bundle:
        while self._awaited:
            file, root = self._awaited.pop()
            if (id(root.value), root.kind) in self._seen:
                continue
            for node in nodes(root):
                if (id(node.value), node.kind) not in self._seen:
                    self._seen.add((id(node.value), node.kind))
                    for reference in references_of(node):
                        self._rewrite(file, node, reference)
        return self._bundle

    def _rewrite(self, file: _File, node: Node, reference: Reference) -> None:
        if (id(reference.holder), reference.key) in self._rewritten:
            return  # seen before, as an object of another kind
        self._rewritten.add((id(reference.holder), reference.key))
        try:
            target, pointer = self._named(file, node, reference.text) or self._target(file, reference.text)
        except (Unreadable, BadDocument, BrokenReference) as problem:
            if reference.key == "$ref":
                self._lose(file, node, reference, str(problem))
            return
        if target is not self._root or file is not self._root or unquote(reference.text) != "#" + pointer:
            reference.holder[reference.key] = "#" + as_fragment(target.pointer + pointer)
        value = at(target.content, pointer)
        if isinstance(value, dict):
            self._awaited.append((target, Node(pointer, reference.kind, value)))
            if target is not self._root:
                self._bundle.fragments.setdefault(target.pointer + pointer, reference.kind)

    def _lose(self, file: _File, node: Node, reference: Reference, reason: str) -> None:
        if file is not self._root and reference.text.startswith("#"):
            # Written as if the files were one already; then it is where the document has it.
            with contextlib.suppress(BrokenReference):
                if why_lost(self._content, pointer_of(reference.text)) is None:
                    pointer = join(file.pointer + node.pointer, *reference.steps)
                    self._bundle.misplaced[pointer] = reason
                    return
        self._bundle.lost[reference.text] = reason

    def _named(self, file: _File, node: Node, reference: str) -> tuple[_File, str] | None:
        """Return where a reference by an `$id` or an `$anchor` leads; None where it is by file and pointer."""
        if node.kind != "schema":
            return None
        if file.place not in self._anchors:
            self._anchors[file.place] = anchors_of(file.content)
        pointer = self._anchors[file.place].find(reference, node.pointer)
        # Many write pointers from the top of the document, though an `$id` begins another.
        return None if pointer is None or why_lost(file.content, unquote(pointer)) else (file, unquote(pointer))

    def _target(self, file: _File, reference: str) -> tuple[_File, str]:
        name, _, fragment = reference.partition("#")
        target = self._file(self._library.locate(name, file.place), name) if name else file
        pointer = pointer_of("#" + fragment)
        reason = why_lost(target.content, pointer)
        if reason is not None:
            whose = self._library.name(target.place)
            if target is not self._root and why_lost(self._content, pointer) is None:
                reason += f" {self._library.name(self._root.place)} has it: write that file's name before the #."
            raise BrokenReference(f"{reference} leads nowhere: {whose} has {reason}")
        return target, pointer

    def _file(self, place: str, name: str) -> _File:
        if place not in self._files:
            try:
                source = read_bytes(place)
            except BadDocument as problem:
                hint = meant(place.rpartition("/")[2], self._library.siblings(place))
                raise Unreadable(f"refers to {name}, but {problem}{hint}") from None
            key = self._library.name(place)
            repeated: list[Repeated] = []
            content = parse(place, source, self._cache, repeated)
            file = self._files[place] = _File(place, content, join("", PLACE, key))
            if not isinstance(self._content.get(PLACE), dict):
                self._content[PLACE] = {}
            self._content[PLACE][key] = content
            self._bundle.parts.append(Part(place, source, file.pointer, tuple(repeated)))
        return self._files[place]
