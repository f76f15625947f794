"""The schemas of one document: compiled at first use, validated by jsonschema_rs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson

from locum.contract.dialects import Direction, rewrite
from locum.contract.references import as_path, at, follow, from_path, pointer_of, resolve
from locum.contract.violations import describe

if TYPE_CHECKING:
    from locum.refusals import Violation

__all__ = ["Schema", "Schemas"]

_FORMATS_BEYOND_DRAFT_4 = ("date", "time", "duration", "uuid", "uri-reference", "iri", "json-pointer", "regex")
"""Formats that OpenAPI 3.0 documents use and that Draft 4 does not know."""

_FORMATS = {
    name: jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
    for name in _FORMATS_BEYOND_DRAFT_4
}


_VAST = 32 * 1024
"""Bytes of a value whose errors are not listed: each takes a kilobyte, and a body may hold a million."""


class Schema:
    """One schema of a document in one direction.

    `is_valid(value)` says whether a value fits; it compiles at the first call, so that a document
    with a thousand operations starts at once.
    """

    __slots__ = ("_home", "_validator", "direction", "is_valid", "pointer")

    def __init__(self, home: Schemas, pointer: str, direction: Direction) -> None:
        self._home = home
        self.pointer = pointer
        self.direction = direction
        self._validator: Any = None
        self.is_valid: Any = self._compile_and_judge

    def _compile_and_judge(self, value: Any) -> bool:
        self.is_valid = self._compiled().is_valid
        return bool(self.is_valid(value))

    def _compiled(self) -> Any:
        if self._validator is None:
            self._validator = self._home.compile(self.pointer, self.direction)
        return self._validator

    def violations(self, value: Any, location: str, prefix: tuple[str | int, ...] = ()) -> list[Violation]:
        """Say every rule that a value breaks, of a vast value the first one; `prefix` leads to the value."""
        validator = self._compiled()
        if not _is_vast(value):
            return [describe(error, location, prefix) for error in validator.iter_errors(value)]
        try:
            validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return [describe(error, location, prefix)]
        return []

    @property
    def raw(self) -> Any:
        """The schema object as it stands in the document, references followed."""
        return resolve(self._home.document, self.pointer)[0]

    def resolve(self, part: Any) -> Any:
        """Follow the reference that a part of the schema is, if it is one."""
        return follow(self._home.document, part)


class Schemas:
    """All schemas of a document; each is one resource that refers to the others by URI."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.legacy = str(document.get("openapi", "")).startswith("3.0")
        self._schemas: dict[tuple[str, Direction], Schema] = {}
        self._rewritten: dict[str, Any] = {}

    def schema(self, pointer: str, direction: Direction) -> Schema:
        """Return the schema at a pointer; the same object for the same place."""
        _, home = resolve(self.document, pointer)
        found = self._schemas.get((home, direction))
        if found is None:
            found = self._schemas[home, direction] = Schema(self, home, direction)
        return found

    def compile(self, pointer: str, direction: Direction) -> Any:
        """Compile one schema and all that it refers to, circles included."""
        root = {"$ref": self._uri(pointer, direction)}
        # Formats are asserted: 2020-12 treats them as annotations unless asked.
        if self.legacy:
            return jsonschema_rs.Draft4Validator(
                root, formats=_FORMATS, validate_formats=True, retriever=self._retrieve
            )
        return jsonschema_rs.Draft202012Validator(root, validate_formats=True, retriever=self._retrieve)

    @staticmethod
    def _uri(pointer: str, direction: Direction) -> str:
        return f"locum://{direction.value}{as_path(pointer)}"

    def _retrieve(self, uri: str) -> Any:
        rewritten = self._rewritten.get(uri)
        if rewritten is None:
            direction_name, _, path = uri.removeprefix("locum://").partition("/")
            direction = Direction(direction_name)
            rewritten = self._rewritten[uri] = rewrite(
                at(self.document, from_path("/" + path)),
                direction,
                legacy=self.legacy,
                uri_of=lambda reference: self._uri(pointer_of(reference), direction),
                resolve=lambda part: follow(self.document, part),
            )
        return rewritten


def _is_vast(value: Any) -> bool:
    try:
        return len(orjson.dumps(value)) > _VAST
    except TypeError:  # an integer beyond 64 bits, or a deep nesting: so not a usual one
        return True
