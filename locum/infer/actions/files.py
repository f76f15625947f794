"""Files: store uploads with their name, size and type, and return them as downloads."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.infer.actions.items import Item, Replace
from locum.infer.resources.words import stem
from locum.openapi.wire.forms import FieldText, read_multipart
from locum.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.infer.actions.context import Context
    from locum.infer.actions.generated import GenerateResponse
    from locum.infer.records.identifiers import Parents
    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.operations import Operation
    from locum.world.worlds import World

__all__ = ["Download", "StoreFile", "Upload", "Uploaded", "described", "keep", "uploaded_in"]

_NAMES = ("filename", "file_name", "original_filename", "name", "title")
_SIZES = frozenset({"byte", "size", "filesize", "length", "contentlength", "contentsize", "bytesize", "sizeinbyte"})
_TYPES = frozenset({"contenttype", "mimetype", "mediatype", "mime", "filemimetype"})
_DIGESTS = {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "checksum": "sha256"}


class Uploaded(NamedTuple):
    """An uploaded file."""

    member: str
    """The name of its form field."""
    name: str
    essence: str
    data: bytes


def uploaded_in(request: Request) -> Uploaded | None:
    """Return the first file in a multipart form, or None.

    A request without a body may still have the Content-Type of a form, even without a boundary.
    """
    content_type = request.headers.get(b"content-type", b"")
    if not request.sent or not content_type.lower().startswith(b"multipart/form-data"):
        return None
    for name, values in read_multipart(request.sent, content_type).items():
        for value in values:
            if isinstance(value, FieldText) and value.filename is not None:
                essence = value.essence or "application/octet-stream"
                return Uploaded(name.removesuffix("[]"), value.filename, essence, value.data)
    return None


def described(file: Uploaded, resource: Resource, shapes: Shapes) -> dict[str, Any]:
    """Return the record's members that describe a file: its name, size, type and digest."""
    found: dict[str, Any] = {}
    if resource.shape is None:
        return found
    properties = resource.shape.properties
    by_stem = {stem(name): name for name in properties}
    called = next((by_stem[stem(name)] for name in _NAMES if stem(name) in by_stem), None)
    if called is not None and file.name:
        found[called] = file.name
    for name, schema in properties.items():
        kinds, key = shapes.of(schema).kinds, stem(name)
        if key in _SIZES and kinds & {"integer", "number", "string"}:
            found[name] = len(file.data) if kinds & {"integer", "number"} else str(len(file.data))
        elif key in _TYPES and "string" in kinds:
            found[name] = file.essence
        elif key in _DIGESTS and "string" in kinds:
            found[name] = hashlib.new(_DIGESTS[key], file.data, usedforsecurity=False).hexdigest()
    return {name: value for name, value in found.items() if properties[name].is_valid(value)}


def keep(  # noqa: PLR0913, PLR0917 (a file and its record)
    file: Uploaded, resource: Resource, parents: Parents, key: str, contract: str, world: World
) -> None:
    """Store the content of a file with its record."""
    place = (contract, _FILES + resource.path, parents)
    files = world.store.table(place)
    if files is None:
        files = world.store.keep(place, {})
    # Snapshots are JSON, so bytes are stored as base64.
    files[key] = {"type": file.essence, "content": base64.b64encode(file.data).decode()}


def _kept(resource: Resource, parents: Parents, key: str, contract: str, world: World) -> Mapping[str, str] | None:
    files = world.store.table((contract, _FILES + resource.path, parents))
    return None if files is None else files.get(key)


_FILES = "files of "
"""Prefix of the path in the store key of a table of files."""


class Download(Item):
    """Returns the bytes of an uploaded file."""

    def __init__(self, operation: Operation, resource: Resource, context: Context, generate: GenerateResponse) -> None:
        super().__init__(operation, resource, context)
        self._generate = generate

    def __call__(self, request: Request) -> Response:
        """Return the uploaded bytes, or a generated response if nothing was uploaded."""
        parents, key, _ = self.found(request)
        file = _kept(self.resource, parents, key, self.context.name, request.world)
        if file is None:
            return self._generate(request)
        return Response(base64.b64decode(file["content"]), {}, self.responder.status)


class StoreFile(Replace):
    """Stores a file at its own path: `PUT /avatars/{user}`."""

    def __call__(self, request: Request) -> Response:
        """Store the bytes of the body, with the record that marks them."""
        response = super().__call__(request)
        parents, key = self.place(request)
        essence = (request.header("content-type") or "application/octet-stream").partition(";")[0].strip()
        file = uploaded_in(request) or Uploaded("", "", essence, request.sent)
        keep(file, self.resource, parents, key, self.context.name, request.world)
        return response


class Upload(Item):
    """Stores the content of an existing record's file: `PUT /files/{id}/content`."""

    preferred = (200, 204, 201, 202)

    def __call__(self, request: Request) -> Response:
        """Store the bytes of the body and return the record."""
        parents, key, record = self.found(request)
        file = uploaded_in(request)
        if file is None and request.sent:
            essence = (request.header("content-type") or "application/octet-stream").partition(";")[0].strip()
            file = Uploaded("", "", essence, request.sent)
        if file is not None:
            keep(file, self.resource, parents, key, self.context.name, request.world)
            members = {**record.members, **described(file, self.resource, self.context.shapes)}
            record = self.context.change(self.resource, parents, key, members, request)
        return self.responder.record(record, self.resource, request)
