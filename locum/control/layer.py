"""The control layer: everything under /__locum/. Inspector, documentation, files, pages of APIs, the control API."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from locum.control.documentation import DOCUMENTATION
from locum.control.front_page import FRONT_PATHS
from locum.control.inspector import SAFE, inspector_file
from locum.errors import ApiError
from locum.generate.files.making import FILES, file_named
from locum.page_policy import FILE, page_policy, style_hashes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from locum.apis import Api
    from locum.control.documentation import Documentation
    from locum.control.front_page import FrontPage
    from locum.responses import Page
    from locum.world.worlds import Worlds

__all__ = ["PAGES", "PREFIX", "ControlLayer", "is_own"]

PREFIX = "/__locum/"
_INSPECTOR = PREFIX + "inspector/"
_DOCS = PREFIX + "docs/"
_ISSUER = PREFIX + "oidc/"
PAGES = PREFIX + "pages/"
_MOST_FORM_BYTES = 10_000


def is_own(path: str) -> bool:
    """Whether a path belongs to locum itself, not to an API."""
    return path.startswith("/__locum") and (path + "/").startswith(PREFIX)


class ControlLayer:
    """Serves requests to locum itself; passes everything else on."""

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        app: Any,
        *,
        documentation: Documentation,
        front_page: FrontPage,
        worlds: Worlds,
        apis: Mapping[str, Api],
        control: Callable[[Any, Any, Any], Awaitable[None]],
        issuer: Callable[[Any, Any, Any], Awaitable[None]],
        share: Callable[[Any], Any],
    ) -> None:
        """Assemble the layer; `control` is the application of the control API, `issuer` of the identity provider.

        `share` adds CORS to an application, for the files that pages of other origins may read as they read the APIs.
        """
        self.app = app
        self._documentation = documentation
        self._front_page = front_page
        self._worlds = worlds
        self._apis = apis
        self._control = control
        self._issuer = issuer
        self._files = share(self._file)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request under /__locum/, or to a path that the contract layer left to the front page."""
        if scope["type"] == "http" and scope["path"] in FRONT_PATHS:
            accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
            await _send(send, *self._front_page.response(scope["path"], scope.get("root_path", ""), accept))
            return
        if scope["type"] != "http" or not is_own(scope["path"]):
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        if path in {"/__locum", _DOCS.rstrip("/")}:
            await _send(send, 307, "text/plain", b"", {"location": f"{scope.get('root_path', '')}{path}/"})
        elif path == PREFIX or path.startswith(_INSPECTOR):
            await _send_file(scope, send, inspector_file(path.removeprefix(PREFIX).removeprefix("inspector/")), SAFE)
        elif path.startswith((_DOCS, FILES, PAGES)):
            await self._files(scope, receive, send)
        elif path.startswith(_ISSUER):
            await self._issuer(scope, receive, send)
        else:
            await self._control(scope, receive, send)

    async def _file(self, scope: Any, receive: Any, send: Any) -> None:
        path: str = scope["path"]
        if path.startswith(PAGES):
            await self._page(scope, receive, send, path.removeprefix(PAGES))
        elif path.startswith(FILES):
            await _send_generated_file(scope, receive, send)
        else:
            file = self._documentation.file(path.removeprefix(_DOCS), scope.get("root_path", ""))
            await _send_file(scope, send, file, DOCUMENTATION)

    async def _page(self, scope: Any, receive: Any, send: Any, path: str) -> None:
        """Show a page of an API: /__locum/pages/WORLD/API/PAGE/TOKEN."""
        steps = path.split("/")
        api = self._apis.get(steps[1]) if len(steps) == 4 else None  # noqa: PLR2004 (the four steps above)
        page = api.pages.get(steps[2]) if api else None
        if page is None or scope["method"] not in {"GET", "HEAD", "POST"}:
            await _send(send, 404, "text/plain", b"Page not found.\n")
            return
        try:
            world = self._worlds.existing(steps[0])
        except ApiError as error:
            await _send(send, error.statuses[0], "text/plain", error.message.encode())
            return
        world.tick()
        decision = None
        if scope["method"] == "POST":
            decision = parse_qs(await _form(receive)).get("decision", [""])[0]
        offered = {
            "store": world.store,
            "clock": world.clock,
            "new_id": world.new_id,
            "token": steps[3],
            "decision": decision,
        }
        shown: Page = page(**{name: offered[name] for name in inspect.signature(page).parameters})
        head = {"cache-control": "no-store", **page_policy(style_hashes(shown.html), forms="'self'")}
        await _send(send, shown.status, "text/html; charset=utf-8", shown.html.encode(), head)


async def _form(receive: Any) -> str:
    data = b""
    more = True
    while more and len(data) <= _MOST_FORM_BYTES:
        message = await receive()
        data += message.get("body", b"")
        more = message.get("more_body", False)
    return data[:_MOST_FORM_BYTES].decode("utf-8", "replace")


async def _send_generated_file(scope: Any, _receive: Any, send: Any) -> None:
    """Send a file that generated values link to; every name has one. No world records the request."""
    name = scope["path"].removeprefix(FILES)
    if not name or "/" in name:
        await _send(send, 404, "text/plain", b"File not found. Names are like price-list.pdf.\n")
        return
    media_type, data = file_named(name)
    await _send_file(scope, send, (media_type, data), _OF_FILES)


_OF_FILES = {
    "cache-control": "public, max-age=86400, immutable",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "cross-origin",
}
"""Headers of generated files. Cached for a day: the file of a name never changes."""


async def _send_file(
    scope: Any, send: Any, file: tuple[str, bytes] | None, headers: Mapping[str, str] | None = None
) -> None:
    """Send a file; 404 if it is None, 405 for other methods than GET and HEAD."""
    if scope["method"] not in {"GET", "HEAD"}:
        await _send(send, 405, "text/plain", b"", {"allow": "GET, HEAD"})
    elif file is None:
        await _send(send, 404, "text/plain", b"Page not found. See /__locum/ and /__locum/docs/.\n")
    else:
        await _send(send, 200, file[0], file[1], headers)


async def _send(send: Any, status: int, media_type: str, data: bytes, headers: Mapping[str, str] | None = None) -> None:
    head = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(data))]
    head += [(name.encode(), value.encode()) for name, value in {**FILE, **(headers or {})}.items()]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": data})
