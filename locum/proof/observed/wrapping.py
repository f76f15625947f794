"""Wrapping: an application that tells what it was asked and what it answered, whoever asks it."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from locum.proof.findings import Shown
from locum.proof.limits import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["asgi", "wsgi"]


def asgi(application: Any, take: Callable[[Shown], None]) -> Any:
    """Return an ASGI application that passes everything on, and has each exchange taken once its answer has ended."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        asked, answered = _Kept(), _Kept()
        head: dict[str, Any] = {}

        async def received() -> Any:
            message = await receive()
            asked.add(message.get("body", b""))
            return message

        async def sent(message: Any) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                head.update(message)
            elif message["type"] == "http.response.body":
                answered.add(message.get("body", b""))
                if not message.get("more_body"):
                    take(_of_scope(scope, asked, head, answered))

        await application(scope, received, sent)

    return wrapped


def wsgi(application: Any, take: Callable[[Shown], None]) -> Any:
    """Return a WSGI application (PEP 3333) that does the same."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(int(length)) if length.isdigit() else b""
        head: list[Any] = []

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            head[:] = [status, headers]
            return start_response(status, headers, *more)

        answered = _Kept()
        parts = application({**environ, "wsgi.input": BytesIO(body)}, started)
        return _parts(parts, answered, lambda: take(_of_environ(environ, body, head, answered)))

    return wrapped


class _Kept:
    """As much of a body as can be judged."""

    def __init__(self) -> None:
        self.data = b""
        self.cut = False

    def add(self, part: bytes) -> None:
        self.cut = self.cut or len(self.data) + len(part) > MOST_BYTES
        if not self.cut:
            self.data += part


def _parts(parts: Iterable[bytes], answered: _Kept, end: Callable[[], None]) -> Iterator[bytes]:
    try:
        for part in parts:
            answered.add(part)
            yield part
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    end()


def _of_scope(scope: Any, asked: _Kept, head: dict[str, Any], answered: _Kept) -> Shown:
    headers = _joined((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).partition(b"?")[0].decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    return Shown(
        method=scope["method"],
        url=f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}{path}"
        + (f"?{query}" if query else ""),
        headers=headers,
        body=asked.data or None,
        status=head["status"],
        answer_headers=_joined((name.decode("latin-1"), value.decode("latin-1")) for name, value in head["headers"]),
        answer=answered.data,
        cut=answered.cut,
    )


def _of_environ(environ: dict[str, Any], body: bytes, head: list[Any], answered: _Kept) -> Shown:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value)
    }
    # PEP 3333: the path is decoded, and its bytes stand as Latin-1.
    path = quote((environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1"))
    query = environ.get("QUERY_STRING", "")
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "localhost")
    return Shown(
        method=environ["REQUEST_METHOD"],
        url=f"{environ['wsgi.url_scheme']}://{host}{path}" + (f"?{query}" if query else ""),
        headers=headers,
        body=body or None,
        status=int(head[0].split(" ", 1)[0]),
        answer_headers=_joined(head[1]),
        answer=answered.data,
        cut=answered.cut,
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found
