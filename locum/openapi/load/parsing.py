"""Parse YAML and JSON files.

YAML has the JSON schema of YAML 1.2 (section 10.2): dates, `no`, `012` and `12:30` are text.
"""

from __future__ import annotations

import contextlib
import copy
import gc
import hashlib
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import orjson
import yaml

from locum.openapi.load.files import BadDocument, is_url, place_of, read_bytes, recall, remember
from locum.openapi.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "DEEPEST",
    "TAG",
    "NotParsed",
    "Repeated",
    "compose",
    "documents_in",
    "events_of",
    "fail",
    "is_json",
    "key_text",
    "parse",
    "resolved",
    "text_of",
]


_LONGEST_INTEGER = 400
"""The maximum number of digits: a float has at most 309, and Python rejects 4,300."""

_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
TAG = "tag:yaml.org,2002:"
"""The prefix of the tags that YAML defines."""


class NotParsed(ValueError):
    """A text that is not valid YAML or JSON; `line` and `column` count from 1."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


class Repeated(NamedTuple):
    """A duplicate key: its pointer in the file, and the line and column of the second one (both from 1)."""

    pointer: str
    line: int
    column: int


def resolved(event: Any) -> Any:
    """Return the value of a scalar. Raises NotParsed for a tag without a JSON type, and for too large a number."""
    text = event.value
    if event.tag == "!" or (event.implicit[1] and not event.implicit[0]):
        return text
    value = _plain(event, text)
    if event.implicit[0]:
        return value
    kind = event.tag.removeprefix(TAG)
    if kind == "str":
        return text
    kinds: dict[str, Any] = {"int": int, "float": (int, float), "bool": bool, "null": type(None)}
    if event.tag == kind or kind not in kinds:
        fail(event, f"could not determine a constructor for the tag '{event.tag}'")
    if not isinstance(value, kinds[kind]) or (kind in {"int", "float"} and isinstance(value, bool)):
        fail(event, f"{text!r} is not of the tag !!{kind}")
    return float(value) if kind == "float" else value


def _plain(event: Any, text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-0123456789":
        return text
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    if match[1] is None and match[2] is None:
        if len(text) > _LONGEST_INTEGER:
            fail(event, f"an integer of more than {_LONGEST_INTEGER} digits")
        return int(text)
    number = float(text)
    if math.isinf(number):
        fail(event, f"{text} is too large for a number")
    return number


def key_text(event: Any, value: Any) -> str:
    """Return a key as text, as JSON would write it: `200:` is a number in YAML."""
    if isinstance(value, dict | list):
        fail(event, "found unhashable key: a key must be text")
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer beyond 64 bits
        return str(value)


def fail(event: Any, reason: str) -> NoReturn:
    """Raise NotParsed at an event."""
    raise NotParsed(reason, event.start_mark.line + 1, event.start_mark.column + 1)


DEEPEST = 200
"""The maximum nesting of a document; real ones stay below 40."""

_MOST_ALIASED = 1_000_000
"""The maximum number of values to which all aliases of a document expand."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STARTS = frozenset({yaml.MappingStartEvent, yaml.SequenceStartEvent})
_ENDS = frozenset({yaml.MappingEndEvent, yaml.SequenceEndEvent})
_NONE: Any = object()
_MERGE: Any = object()


@dataclass(slots=True)
class _Frame:
    """An open sequence or mapping."""

    container: Any
    anchor: str | None
    key: Any = _NONE
    size: int = 1
    merged: list[dict[str, Any]] = field(default_factory=list)


def events_of(text: str) -> Iterator[Any]:
    """Yield the parser's events of one document.

    Raises NotParsed if the text is not YAML, nests too deep or contains a second document.
    """
    depth, documents = 0, 0
    kind: type | None = None
    try:
        loader = _Loader(text)
        while kind is not yaml.StreamEndEvent:
            event = loader.get_event()
            kind = type(event)
            if kind in _STARTS:
                depth += 1
                if depth > DEEPEST:
                    fail(event, f"nests deeper than {DEEPEST} levels")
            elif kind in _ENDS:
                depth -= 1
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    fail(event, "a second document begins, and a file may hold only one")
            yield event
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        reason = getattr(problem, "problem", None) or str(problem).splitlines()[0]
        raise NotParsed(reason, *((mark.line + 1, mark.column + 1) if mark else ())) from None


def compose(text: str, repeated: list[Repeated] | None = None) -> Any:
    """Parse a YAML text. Keys, dates, `no`, `012` and `12:30` are text.

    Duplicate keys are added to `repeated`, and the last one wins. Raises NotParsed with the line and the column, also
    for a duplicate key if there is no such list.
    """
    return _Composer(repeated).compose(text)


class _Composer:
    """Builds values from events without recursion, so that deep nesting cannot exhaust the stack."""

    def __init__(self, repeated: list[Repeated] | None) -> None:
        self._repeated = repeated
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0
        self._root: Any = None

    def compose(self, text: str) -> Any:
        for event in events_of(text):
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent:
                self._open(event, {}, "map")
            elif kind is yaml.SequenceStartEvent:
                self._open(event, [], "seq")
            elif kind in _ENDS:
                self._close(event)
            elif kind is yaml.AliasEvent:
                self._alias(event)
        return self._root

    def _open(self, event: Any, container: Any, tag: str) -> None:
        if event.tag not in {None, "!", TAG + tag}:
            fail(event, f"could not determine a constructor for the tag '{event.tag}'")
        if self._stack and self._stack[-1].key is _NONE and type(self._stack[-1].container) is dict:
            fail(event, "found unhashable key: a key must be text")
        self._stack.append(_Frame(container, event.anchor))
        if event.anchor:
            self._anchors[event.anchor] = (_NONE, 0)

    def _close(self, event: Any) -> None:
        frame = self._stack.pop()
        if frame.merged:
            own = frame.container.copy()
            frame.container.clear()
            for part in (*frame.merged, own):
                frame.container.update(part)
        if frame.anchor:
            self._anchors[frame.anchor] = (frame.container, frame.size)
        self._place(event, frame.container, frame.size)

    def _scalar(self, event: Any) -> None:
        frame = self._stack[-1] if self._stack else None
        if event.implicit[0] and event.value == "<<" and frame and type(frame.container) is dict and frame.key is _NONE:
            frame.key = _MERGE
            return
        value = resolved(event)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._place(event, value, 1)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            fail(event, f"found undefined alias '{event.anchor}'")
        value, size = self._anchors[event.anchor]
        if value is _NONE:
            fail(event, f"the alias '{event.anchor}' is inside the value that it refers to")
        self._aliased += size
        if self._aliased > _MOST_ALIASED:
            fail(event, f"the aliases of this file stand for more than {_MOST_ALIASED:,} values")
        self._place(event, copy.deepcopy(value) if size > 1 else value, size)

    def _place(self, event: Any, value: Any, size: int) -> None:
        """Add a value to the open container: as a key, under the last key, or as an item."""
        if not self._stack:
            self._root = value
            return
        frame = self._stack[-1]
        frame.size += size
        container = frame.container
        if type(container) is list:
            container.append(value)
        elif frame.key is _NONE:
            frame.key = key = value if type(value) is str else key_text(event, value)
            if key in container:
                self._repeat(event, key)
            container[key] = None  # reserves its position in the order
        elif frame.key is _MERGE:
            frame.merged += _mappings(event, value)
            frame.key = _NONE
        else:
            container[frame.key] = value
            frame.key = _NONE

    def _repeat(self, event: Any, key: str) -> None:
        if self._repeated is None:
            fail(event, f"the key {key!r} is given twice")
        steps = [len(frame.container) if type(frame.container) is list else frame.key for frame in self._stack]
        mark = event.start_mark
        self._repeated.append(Repeated(join("", *steps), mark.line + 1, mark.column + 1))


def _mappings(event: Any, value: Any) -> list[dict[str, Any]]:
    """Return the mappings that `<<` merges, that of the highest precedence last."""
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, dict) for part in parts):
        fail(event, "expected a mapping, or a list of mappings, to merge")
    return parts[::-1]


_EDITION = "2"
"""Raise it when parsing changes, so that cached files are parsed again."""


def is_json(place: str, source: bytes) -> bool:
    """Whether a file is JSON: by its suffix, else by its first character."""
    if place.endswith((".yaml", ".yml")):
        return False
    return place.endswith(".json") or source.lstrip()[:1] == b"{"


def parse(place: str, source: bytes, cache: Path | None = None, repeated: list[Repeated] | None = None) -> Any:
    """Parse a file. Parsed YAML is cached by its digest.

    JSON is not cached: parsing it takes no longer than reading the cache. Duplicate keys in YAML are added to
    `repeated`; without such a list they are an error.

    Raises BadDocument with the line and the column.
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
        return value  # not cached: the cache contains only values, not the duplicate keys
    with contextlib.suppress(TypeError):  # a document with an integer beyond 64 bits is not cached
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
    """Estimate the depth by removing pairs of brackets, which takes a tenth of the time of parsing."""
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
    """Disable the garbage collector, which would take a third of the time: none of the new objects is garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


_SUFFIXES = (".yaml", ".yml", ".json")
_PLAINLY_DOCUMENT = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?\s*\{\s*"(?:openapi|swagger)"\s*:|^(?:openapi|swagger|"openapi"|"swagger")\s*:""",
    re.MULTILINE,
)
_PERHAPS_DOCUMENT = re.compile(rb"""\b(?:openapi|swagger)["']?\s*:""")


def documents_in(folder: Path) -> list[Path]:
    """List the documents of a folder by name; a file or an address is returned as it is.

    Other files of the folder, such as overlays and referenced files, are skipped. Raises BadDocument if there is no
    document.
    """
    if folder.is_file() or is_url(place_of(folder)):
        return [folder]
    if not folder.is_dir():
        raise BadDocument(f"{folder}: there is no such file or folder.")
    files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())
    if not files:
        raise BadDocument(f"{folder}: no OpenAPI document (.yaml, .yml or .json) is in this folder.")
    documents = [path for path in files if _is_document(path)]
    if not documents:
        raise BadDocument(f"{folder}: none of its files is an OpenAPI document: they lack the top-level key `openapi`.")
    return documents


def _is_document(path: Path) -> bool:
    """Whether a file has the top-level key `openapi` or `swagger`; it is parsed only if its bytes are ambiguous."""
    try:
        source = read_bytes(str(path))
        if _PLAINLY_DOCUMENT.search(source):
            return True
        if not _PERHAPS_DOCUMENT.search(source):
            return False
        content = parse(str(path), source)
    except BadDocument:
        return True  # reading it reports the error
    return isinstance(content, dict) and not content.keys().isdisjoint(("openapi", "swagger"))
