"""The front page: the response at `/` if no document has that path."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from locum import __version__
from locum.openapi.wire.json_values import write_json
from locum.page_policy import page_policy, style_hashes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.openapi.load.documents import Document

__all__ = ["FRONT_PATHS", "ICON", "FrontPage"]

FRONT_PATHS = frozenset({"/", "/favicon.ico", "/.well-known/appspecific/com.chrome.devtools.json"})
"""Paths that browsers request by themselves. Without an operation there, they leave no trace in a world."""

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="#0f7a68"/>'
    '<circle cx="11" cy="13" r="2" fill="#fff"/><circle cx="21" cy="13" r="2" fill="#fff"/>'
    '<path d="M9 19q7 7 14 0" stroke="#fff" stroke-width="2.5" fill="none" stroke-linecap="round"/></svg>'
)
"""The icon of locum, as SVG."""

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.55 system-ui,sans-serif;margin:3rem auto;max-width:44rem;padding:0 1.2rem}
body{color:#1c2126;background:#fff}
a{color:#0b6b5b}h1{font-size:1.4rem}ul{padding-left:1.2rem}li{margin:.35rem 0}small{color:#5b6570}code{font-size:.92em}
@media (prefers-color-scheme:dark){body{background:#12161a;color:#e7eaed}a{color:#5ad1ba}small{color:#9aa5b1}}
"""


class FrontPage:
    """The page for browsers, and the same as JSON for other clients."""

    def __init__(self, documents: Sequence[tuple[Document, str, Any]]) -> None:
        """`documents` are the served documents with their base paths."""
        self._documents = [(document, base_path) for document, base_path, *_ in documents]

    def response(self, path: str, root: str, accept: bytes) -> tuple[int, str, bytes, Mapping[str, str]]:
        """Return status, media type, body and headers. `root` is the prefix of a world, if the path has one."""
        if path == "/favicon.ico":
            return 200, "image/svg+xml", ICON.encode(), {"cache-control": "public, max-age=86400"}
        if path != "/":
            return 404, "text/plain; charset=utf-8", b"Not found.\n", {}
        headers = {"cache-control": "no-store", "vary": "accept"}
        if b"text/html" in accept.lower():
            text = self._page(root)
            return 200, "text/html; charset=utf-8", text.encode(), {**headers, **page_policy(style_hashes(text))}
        return 200, "application/json", write_json(self._plain(root)), headers

    def _plain(self, root: str) -> dict[str, Any]:
        return {
            "name": "locum",
            "version": __version__,
            "inspector": f"{root}/__locum/",
            "documentation": f"{root}/__locum/docs/",
            "control": f"{root}/__locum/docs/control/openapi.json",
            "health": f"{root}/__locum/health",
            "apis": [
                {
                    "name": document.name,
                    "title": document.title,
                    "version": document.version,
                    "base_path": base_path or "/",
                    "documentation": f"{root}/__locum/docs/{document.name}/",
                }
                for document, base_path in self._documents
            ],
        }

    def _page(self, root: str) -> str:
        links = self._plain(root)
        apis = "".join(
            f'<li><a href="{html.escape(api["documentation"])}">{html.escape(api["title"])}</a> '
            f"<small>{html.escape(api['version'])} at <code>{html.escape(api['base_path'])}</code></small></li>"
            for api in links["apis"]
        )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>locum</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{_STYLE}</style></head><body><main><h1>This is a mock server, locum {__version__}</h1>"
            f'<ul><li><a href="{html.escape(links["inspector"])}">Inspector</a>: requests, records, worlds, faults</li>'
            f'<li><a href="{html.escape(links["documentation"])}">API documentation</a></li>'
            f'<li><a href="{html.escape(links["health"])}">Health</a></li></ul>'
            f"<h2>APIs</h2><ul>{apis}</ul></main></body></html>"
        )
