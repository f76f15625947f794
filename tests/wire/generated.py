"""A server for a document without handlers."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from locum.settings import Settings
from tests.wire.serving import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["generated"]


@contextmanager
def generated(folder: Path, content: dict[str, Any], **settings: Any) -> Iterator[Server]:
    """Serve one document without handlers."""
    handlers = folder / f"handlers_{uuid.uuid4().hex}"
    handlers.mkdir()
    document = folder / "document.json"
    document.write_text(json.dumps(content), encoding="utf-8")
    server = Server(Settings(specs=(document,), handlers=handlers, cache=False, **settings))
    try:
        yield server
    finally:
        server.stop()
