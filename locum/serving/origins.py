"""Origins: generated values hold no host; a response gets the address under which its client reaches the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.files.addresses import ORIGIN
from locum.openapi.wire.json_values import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.compile.operations import Operation
    from locum.serving.rendering import Rendered

__all__ = ["PLACEHOLDER", "with_origin"]

PLACEHOLDER = ORIGIN.encode()


def with_origin(
    response: Rendered, operation: Operation, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]
) -> Rendered:
    """Put the server's own origin, and the path prefix of the world, in the place of `http://locum.invalid`.

    A body that its schema does not admit so (because of a `maxLength`, say) stays as it is: it was validated before.
    """
    status, head, data = response
    host = headers.get(b"host", b"127.0.0.1").decode("latin-1")
    root = f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}".encode("latin-1")
    located = data.replace(PLACEHOLDER, root)
    if not _fits(located, status, head, operation):
        return response
    length = b"%d" % len(located)
    return status, [(name, length if name == b"content-length" else value) for name, value in head], located


def _fits(data: bytes, status: int, head: list[tuple[bytes, bytes]], operation: Operation) -> bool:
    declared = operation.declares(status)
    for media in declared.media_types.values() if declared is not None else ():
        if media.header in head and media.json and media.schema is not None:
            return bool(media.schema.is_valid(read_json(data)))
    return True
