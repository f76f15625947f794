"""Patience: an answer is read for so long, and so far, and no further."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from locum.proof.limits import MOST_BYTES, SECONDS, late

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["in_time"]

_CHUNK = 64 * 1024
_EVENTS = "text/event-stream"


@contextmanager
def in_time(schema: Any) -> Iterator[None]:
    """Let no answer of a server take longer than the request timeout, or be larger than can be judged.

    The timeout of Requests is for each piece: a server that sends a byte a second is never late.
    """
    import schemathesis  # noqa: PLC0415 (an extra, and a second to import)

    def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 (what hooks are called with)
        if case.operation.schema is schema:
            seconds = schema.config.request_timeout_for(operation=case.operation) or SECONDS
            kwargs["hooks"] = {"response": lambda response, *_, **__: _read(response, seconds)}

    schemathesis.hook("before_call")(before_call)  # this hook exists for all schemas at once only
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)


def _read(response: Any, seconds: float) -> None:
    """Read the body of an answer of Requests. What is too much is left, and that is noted.

    Raises Timeout of Requests for an answer that does not end in time.
    """
    from requests import exceptions  # noqa: PLC0415 (Schemathesis brings it)
    from schemathesis.core.transport import STREAM_CUT_SHORT_ATTRIBUTE  # noqa: PLC0415 (as above)

    if response.headers.get("Content-Type", "").startswith(_EVENTS):
        return  # the engine reads these so already
    chunks: list[bytes] = []
    size, cut, deadline = 0, False, monotonic() + seconds
    for chunk in _chunks(response):
        chunks.append(chunk)
        size += len(chunk)
        if monotonic() > deadline:
            response.close()
            raise exceptions.Timeout(late(seconds))
        cut = size > MOST_BYTES
        if cut:
            break
    # What Requests itself sets when it has read a body.
    response._content = b"".join(chunks)  # noqa: SLF001 (it has no public way to say so)
    response._content_consumed = True  # noqa: SLF001 (as above)
    if cut:
        setattr(response, STREAM_CUT_SHORT_ATTRIBUTE, True)
        response.close()


def _chunks(response: Any) -> Iterator[bytes]:
    """Yield the body as it comes; raises what Requests would."""
    from requests import exceptions  # noqa: PLC0415 (Schemathesis brings it)
    from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError  # noqa: PLC0415 (as above)

    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            yield chunk
    except ProtocolError as problem:
        raise exceptions.ChunkedEncodingError(problem) from None
    except DecodeError as problem:
        raise exceptions.ContentDecodingError(problem) from None
    except ReadTimeoutError as problem:
        raise exceptions.ConnectionError(problem) from None
