"""References to other files: bundle them into one document, and read external examples."""

from __future__ import annotations

import base64
import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from locum.openapi.grammar import GrammarNode, Reference, children, nodes, references_of
from locum.openapi.load.files import BadDocument, Library, UnreadableFile, read_bytes
from locum.openapi.load.parsing import parse
from locum.openapi.near_names import meant
from locum.openapi.pointers import BrokenReference, as_fragment, at, join, pointer_of, split, why_lost
from locum.openapi.wire.media_types import essence_of, is_json, is_text, is_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum.openapi.load.parsing import Repeated

__all__ = [
    "BYTES",
    "PLACE",
    "Anchors",
    "Bundle",
    "DocumentPart",
    "ReferenceProblem",
    "anchors_of",
    "bundle",
    "names_examples",
    "read_external_examples",
    "refers_out",
]


class ReferenceProblem(NamedTuple):
    """A problem found while a document was read, and its fallback."""

    pointer: str
    code: str
    message: str
    fallback: str


_DATA = frozenset({"example", "examples", "default", "enum", "const"})


@dataclass(slots=True)
class Anchors:
    """The identifiers and anchors in one file."""

    resources: dict[str, str] = field(default_factory=dict)
    """The pointers of the schemas with an `$id`, by its absolute URI."""
    anchors: dict[tuple[str, str], str] = field(default_factory=dict)
    """The pointers of the schemas with an `$anchor`, by the pointer of their resource and by name."""

    def resource_at(self, pointer: str) -> tuple[str, str]:
        """Return the URI and the pointer of the innermost schema with an `$id` around a pointer."""
        holding = [
            (uri, home)
            for uri, home in self.resources.items()
            if home and (pointer == home or pointer.startswith(home + "/"))
        ]
        return max(holding, key=lambda found: len(found[1]), default=("", ""))

    def find(self, reference: str, pointer: str) -> str | None:
        """Return the target of a reference at `pointer` by identifier or anchor; None if it uses neither."""
        base, home = self.resource_at(pointer)
        name, fragment = urldefrag(reference)
        if name:
            found = self.resources.get(urljoin(base, name))
            if found is None:
                return None
            home = found
        if fragment and not fragment.startswith("/"):
            return self.anchors.get((home, fragment))
        return home + fragment if name or home else None


def anchors_of(value: Any) -> Anchors:
    """Find the identifiers and anchors in a file, outside data.

    In an OpenAPI document only the schemas of its grammar are searched: below an unknown keyword, `$id` is not an
    identifier (JSON Schema 2020-12, section 6.5). Other files are searched as a whole.
    """
    found = Anchors()
    kind = "document" if isinstance(value, dict) and "openapi" in value else ""
    pending: list[tuple[Any, str, str, str, str]] = [(value, kind, "", "", "")]
    while pending:
        part, kind, pointer, base, home = pending.pop()
        if isinstance(part, dict):
            identifier = part.get("$id")
            if isinstance(identifier, str) and pointer:
                base, home = urldefrag(urljoin(base, identifier))[0], pointer
                found.resources.setdefault(base, home)
            for keyword in ("$anchor", "$dynamicAnchor"):
                if isinstance(part.get(keyword), str):
                    found.anchors.setdefault((home, part[keyword]), pointer)
        pending += [(item, inner, place, base, home) for item, inner, place in _parts(part, kind, pointer)]
    return found


def _parts(part: Any, kind: str, pointer: str) -> Iterator[tuple[Any, str, str]]:
    """Yield the direct children of a part of a file: the value, its kind (empty if unknown), and its pointer."""
    if kind:
        yield from ((child.value, child.kind, child.pointer) for child in children(GrammarNode(pointer, kind, part)))
    elif isinstance(part, dict):
        for key, item in part.items():
            if isinstance(item, dict | list) and key not in _DATA and not key.startswith("x-"):
                yield item, "", join(pointer, key)
    elif isinstance(part, list):
        for index, item in enumerate(part):
            yield item, "", join(pointer, index)


PLACE = "x-locum-files"

_REFERENCE = re.compile(rb"\$ref\b")
_POINTER = re.compile(rb"""\$ref["']?\s*:\s*(?:[>|][-+]?\s+)?["']?#(?=[/"'\s,}]|$)""")
_IDENTIFIER = re.compile(rb"""\$id["']?\s*:\s*["']?[^\s"'{]""")


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A file of a document: its place, its source, and its pointer in the bundled document."""

    place: str
    source: bytes
    pointer: str = ""
    repeated: tuple[Repeated, ...] = ()
    """Its duplicate keys, as far as its parser reports them."""


@dataclass(slots=True)
class Bundle:
    """The result of bundling; `parts` are the files other than the document's own."""

    parts: list[DocumentPart] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    """The references without a target, as written, and the reason."""
    misplaced: dict[str, str] = field(default_factory=dict)
    """The pointers of references without a target in their own file but with one in the document, and the reason."""
    fragments: dict[str, str] = field(default_factory=dict)
    """The kinds of the objects in other files that references lead to, by pointer."""


@dataclass(frozen=True, slots=True)
class _File:
    place: str
    content: Any
    pointer: str


def refers_out(source: bytes) -> bool:
    """Whether a file may have references to other files or by identifier; a quick check of its bytes."""
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
        self._pending: list[tuple[_File, GrammarNode]] = [
            (self._root, GrammarNode("", "swagger" if "swagger" in content else "document", content))
        ]
        self._seen: set[tuple[int, str]] = set()
        self._rewritten: set[tuple[int, str]] = set()
        self._anchors: dict[str, Anchors] = {}
        self._bundle = Bundle()

    def run(self) -> Bundle:
        while self._pending:
            file, root = self._pending.pop()
            if (id(root.value), root.kind) in self._seen:
                continue
            for node in nodes(root):
                if (id(node.value), node.kind) not in self._seen:
                    self._seen.add((id(node.value), node.kind))
                    for reference in references_of(node):
                        self._rewrite(file, node, reference)
        return self._bundle

    def _rewrite(self, file: _File, node: GrammarNode, reference: Reference) -> None:
        if (id(reference.holder), reference.key) in self._rewritten:
            return  # rewritten before, as an object of another kind
        self._rewritten.add((id(reference.holder), reference.key))
        try:
            target, pointer = self._named(file, node, reference.text) or self._target(file, reference.text)
        except (UnreadableFile, BadDocument, BrokenReference) as problem:
            if reference.key == "$ref":
                self._lose(file, node, reference, str(problem))
            return
        if target is not self._root or file is not self._root or unquote(reference.text) != "#" + pointer:
            reference.holder[reference.key] = "#" + as_fragment(target.pointer + pointer)
        value = at(target.content, pointer)
        if isinstance(value, dict):
            self._pending.append((target, GrammarNode(pointer, reference.kind, value)))
            if target is not self._root:
                self._bundle.fragments.setdefault(target.pointer + pointer, reference.kind)

    def _lose(self, file: _File, node: GrammarNode, reference: Reference, reason: str) -> None:
        if file is not self._root and reference.text.startswith("#"):
            # Written as if the files were bundled already: look for the target in the document.
            with contextlib.suppress(BrokenReference):
                if why_lost(self._content, pointer_of(reference.text)) is None:
                    pointer = join(file.pointer + node.pointer, *reference.steps)
                    self._bundle.misplaced[pointer] = reason
                    return
        self._bundle.lost[reference.text] = reason

    def _named(self, file: _File, node: GrammarNode, reference: str) -> tuple[_File, str] | None:
        """Return the target of a reference by `$id` or `$anchor`; None if it is by file and pointer."""
        if node.kind != "schema":
            return None
        if file.place not in self._anchors:
            self._anchors[file.place] = anchors_of(file.content)
        pointer = self._anchors[file.place].find(reference, node.pointer)
        # Many documents have pointers from their root within a schema with an `$id`, which is a root of its own.
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
                raise UnreadableFile(f"refers to {name}, but {problem}{hint}") from None
            key = self._library.name(place)
            repeated: list[Repeated] = []
            content = parse(place, source, self._cache, repeated)
            file = self._files[place] = _File(place, content, join("", PLACE, key))
            if not isinstance(self._content.get(PLACE), dict):
                self._content[PLACE] = {}
            self._content[PLACE][key] = content
            self._bundle.parts.append(DocumentPart(place, source, file.pointer, tuple(repeated)))
        return self._files[place]


BYTES = "x-locum-bytes"
"""An internal keyword of an example: the binary file that `externalValue` names, in Base64."""

_MOST_BYTES = 4 * 1024 * 1024
"""The maximum size of the file of an example."""
_MOST_TOGETHER = 64 * 1024 * 1024
_PARSED = frozenset({".json", ".yaml", ".yml"})


def names_examples(source: bytes) -> bool:
    """Whether a file may have external examples; a quick check of its bytes."""
    return b"externalValue" in source


def read_external_examples(
    place: str,
    content: dict[str, Any],
    parts: Iterable[DocumentPart],
    fragments: Iterable[GrammarNode],
    *,
    allow_refs: bool = False,
) -> list[ReferenceProblem]:
    """Insert the values of external examples into a document, in place; return the problems.

    A file name is relative to the file with the example. The file must be in the document's folder, or, with
    `allow_refs`, anywhere on this machine.
    """
    places = {part.pointer: part.place for part in parts}
    reader = _Reader(Library(place, allow_refs))
    failures: dict[str, ReferenceProblem] = {}
    for root in (GrammarNode("", "document", content), *fragments):
        for node in nodes(root):
            named = node.value.get("externalValue") if node.kind == "example" else None
            if not isinstance(named, str) or node.value.keys() & {"value", "dataValue", "serializedValue", BYTES}:
                continue
            base = next((at for pointer, at in places.items() if node.pointer.startswith(pointer + "/")), place)
            try:
                node.value.update(reader.read(named, base, _media_type(node.pointer)))
            except (UnreadableFile, BadDocument) as problem:
                pointer = join(node.pointer, "externalValue")
                failures[pointer] = ReferenceProblem(
                    pointer, "unread-example", f"{problem}".rstrip(".") + ".", "It is not used."
                )
    return list(failures.values())


class _Reader:
    """Reads the files of examples, each once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, bytes] = {}

    def read(self, name: str, base: str, media_type: str) -> dict[str, Any]:
        """Return the members to add to an example: its value, or bytes in Base64. Raises Unreadable, BadDocument."""
        place = self._library.locate(name, base)
        if place not in self._known:
            data = read_bytes(place)
            if len(data) > _MOST_BYTES or sum(map(len, self._known.values())) + len(data) > _MOST_TOGETHER:
                raise UnreadableFile(f"{name} is larger than an example may be: {_MOST_BYTES // 1024 // 1024} MiB")
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
    """Return the media type of an example; empty if only its file determines it, as in `components`."""
    steps = split(pointer)
    return steps[-3] if steps[-4:-3] == ["content"] and steps[-2] == "examples" else ""
