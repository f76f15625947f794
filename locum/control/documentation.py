"""Documentation: Swagger UI for every API, its assets and the documents; each file is created once."""

from __future__ import annotations

import html
import json
import mimetypes
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.openapi.wire.json_values import write_json
from locum.page_policy import page_policy, style_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.openapi.load.documents import Document

    Served = tuple[Document, str, Mapping[tuple[str, str], str]]
    """A document, its base path, and the base paths of operations with their own servers."""

__all__ = ["DOCUMENTATION", "Documentation"]

_PACKAGE = "flask_swagger_ui"
"""The package with Swagger UI 5, which supports OpenAPI 3.1. Only its files are used; its code is not imported."""
_CONTROL = "control/"
_ASSETS = ("swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "favicon-32x32.png")


class Documentation:
    """The pages and files below /__locum/docs/, each a media type and bytes."""

    def __init__(self, documents: list[Served], control: Callable[[], Document]) -> None:
        """Prepare the pages of `documents`; `control` returns the document of the control API."""
        self._control = control
        self._made: dict[str, tuple[str, bytes]] = {"": ("text/html; charset=utf-8", _index(documents))}
        self._made["start.js"] = ("text/javascript; charset=utf-8", _START)
        self._assets: dict[str, Path] = {name: _swagger_ui_folder() / name for name in _ASSETS}
        self._served: dict[str, Served] = {}
        """Documents that are written at the first request, as they may have megabytes."""
        for served in documents:
            self._add(served)

    def _add(self, served: Served) -> None:
        document = served[0]
        self._made[f"{document.name}/"] = ("text/html; charset=utf-8", _page(document))
        suffix = document.path.suffix
        media_type = "application/json" if suffix == ".json" else "application/yaml"
        self._made[f"{document.name}/source{suffix}"] = (media_type, document.source)
        self._served[f"{document.name}/openapi.json"] = served

    def file(self, path: str, root: str = "") -> tuple[str, bytes] | None:
        """Return the file at a path below /__locum/docs/, or None.

        `root` is the prefix of the world that the path names: requests from the page go to that world.
        """
        if path.startswith(_CONTROL) and _CONTROL not in self._made:
            document = self._control()
            self._add((document, document.base_path, {}))
        if root and path in self._served:
            document, base_path, base_paths = self._served[path]
            moved = {place: root + base for place, base in base_paths.items()}
            return "application/json", write_json(_with_this_server(document, root + base_path, moved))
        found = self._made.get(path)
        if found is None and path in self._served:
            found = self._made[path] = ("application/json", write_json(_with_this_server(*self._served[path])))
        if found is None and path in self._assets:
            media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
            found = self._made[path] = (media_type, self._assets[path].read_bytes())
        return found


def _with_this_server(document: Document, base_path: str, base_paths: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Return a document with this server as its only one: Swagger UI sends requests to the first server."""
    content = {**document.content, "servers": _this_server(base_path)}
    if base_paths:
        items = content["paths"] = dict(content["paths"])
        for path, method in base_paths:
            key = path if path in items else path.removeprefix("/")
            item = {name: value for name, value in items[key].items() if name != "servers"}
            if method in item:
                item[method] = {**item[method], "servers": _this_server(base_paths[path, method])}
            items[key] = item
    return content


def _this_server(base_path: str) -> list[dict[str, str]]:
    return [{"url": base_path or "/", "description": "this mock"}]


def _swagger_ui_folder() -> Path:
    """Return the folder with Swagger UI's files."""
    spec = find_spec(_PACKAGE)
    assert spec is not None and spec.origin is not None  # noqa: S101, PT018 (a dependency)
    return Path(spec.origin).parent / "dist"


_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:46rem;padding:0 1rem;color:#1b1f24}
a{color:#0b57d0}li{margin:.6rem 0}small{color:#57606a}
@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}a{color:#79b8ff}small{color:#8b949e}}
"""


def _index(documents: list[Served]) -> bytes:
    items = "".join(
        f'<li><a href="{html.escape(document.name)}/">{html.escape(document.title)}</a> '
        f"<small>at <code>{html.escape(base_path or '/')}</code>, "
        f'<a href="{html.escape(document.name)}/source{document.path.suffix}">the document</a></small></li>'
        for document, base_path, _ in documents
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>locum</title><style>{_STYLE}</style>'
        '<link rel="icon" href="favicon-32x32.png">'
        f"<h1>APIs mocked by locum</h1><ul>{items}</ul>"
        '<p>To control locum: <a href="control/">the control API</a>, <a href="../">the inspector</a>.</p>'
        "<p>Create a token with <code>locum token</code>, and paste it under Authorize.</p></html>"
    ).encode()


def _page(document: Document) -> bytes:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(document.title)}</title>'
        '<link rel="stylesheet" href="../swagger-ui.css"><link rel="icon" href="../favicon-32x32.png">'
        '<div id="ui"></div><script src="../swagger-ui-bundle.js"></script><script src="../start.js"></script></html>'
    ).encode()


_OPTIONS = {"url": "openapi.json", "dom_id": "#ui", "deepLinking": True, "persistAuthorization": True}
_START = f"SwaggerUIBundle({json.dumps(_OPTIONS)});\n".encode()

DOCUMENTATION = page_policy(
    "script-src 'self'",
    f"{style_hashes(f'<style>{_STYLE}</style>')} 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    alone=True,
)
"""Headers of the documentation. The text of a document cannot make the browser load anything from elsewhere."""
