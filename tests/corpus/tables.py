"""Pictures of tables of generated records: `make data` serves five documents and writes docs/images/data-NAME.png.

Each picture shows a list response as an HTML table with one row per element. Requires Chromium.
"""

from __future__ import annotations

import html
import json
import subprocess
import sys
import tempfile
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from locum.options import AuthMode
from locum.server.application import create
from locum.settings import Settings
from tests.corpus.requests import Request
from tests.corpus.sources import MISSING, corpus_file
from tests.corpus.walks import send

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "images"
LISTS = {
    "museum.yaml": [("/special-events", "eventId name location eventDescription price")],
    "train-travel.yaml": [
        ("/stations", "id name address country_code timezone"),
        ("/bookings", "id trip_id passenger_name has_bicycle has_dog"),
    ],
    "asana.yaml": [
        ("/projects?opt_fields=name,color,completed,due_on,owner", "gid name color completed due_on owner.name"),
        (
            "/projects/{gid}/tasks?opt_fields=name,completed,completed_at,assignee.name,due_on",
            "gid name completed completed_at assignee.name due_on",
        ),
    ],
    "stripe.yaml": [
        ("/v1/customers", "id name email phone address.line1 address.city address.country currency created"),
        ("/v1/payment_intents", "id amount amount_received amount_capturable currency status description"),
    ],
    "github-api.json": [
        ("/users", "id login type site_admin"),
        ("/repos/octocat/hello-world/issues?state=all", "number title state user.login comments created_at closed_at"),
    ],
}
"""The lists of each document and their members; `{gid}` is the first id of the list before."""
MOST_ROWS = 8
LONGEST = 60
"""Maximum length of a value that is not shortened."""

_STYLE = (
    "body{font:13px/1.45 system-ui,sans-serif;margin:16px;width:1240px}h2{font-size:14px;margin:14px 0 6px}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:3px 7px;text-align:left;vertical-align:top}"
    "th{background:#f3f3f3}code{font-family:ui-monospace,monospace}"
)


def elements(body):
    """Return the elements of a list in any envelope."""
    if isinstance(body, list):
        return body
    return next((value for value in body.values() if isinstance(value, list)), [])


def plain(element, prefix="", depth=0):
    """Yield the members of an element and of nested objects with their path."""
    for name, value in element.items():
        if isinstance(value, dict) and depth == 0:
            yield from plain(value, f"{prefix}{name}.", depth + 1)
        elif not isinstance(value, dict | list):
            yield prefix + name, value


def table(rows, columns):
    """Return the rows as an HTML table."""
    members = [dict(plain(row)) for row in rows[:MOST_ROWS]]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    lines = ["<tr>" + "".join(f"<td>{shown(row.get(name))}</td>" for name in columns) + "</tr>" for row in members]
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def shown(value) -> str:
    """Return one value as text."""
    if value is None or value == "":
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return html.escape(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")


def page(path, lists) -> str:
    """Serve a document and return its lists as a page."""
    application = create(Settings(specs=(path,), auth=AuthMode.OFF, cache=False, allowed_host=("testserver",)))
    service = application.services[0]
    parts = []
    found = {}
    for target, columns in lists:
        url = urlsplit(service.base_path.rstrip("/") + target.format_map(found))
        reply = send(application, Request("GET", url.path + (f"?{url.query}" if url.query else ""), {}, b""))
        if reply.status != HTTPStatus.OK:
            sys.exit(f"{path.name}: GET {target} answers {reply.status}: {reply.body[:300].decode()}")
        rows = elements(json.loads(reply.body))
        found = dict(plain(rows[0]))
        parts.append(f"<h2><code>GET {html.escape(url.path)}</code></h2>{table(rows, columns.split())}")
    return f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>{''.join(parts)}"


def picture(text, target) -> None:
    """Render a page with Chromium."""
    rows = text.count("<tr>") + 2 * text.count("<h2>")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(text, encoding="utf-8")
        subprocess.run(
            [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--disable-background-networking", f"--user-data-dir={folder}/profile",
                f"--window-size=1280,{70 + rows * 27}", f"--screenshot={target}", source.as_uri(),
            ],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip


def main() -> None:
    """Write all pictures."""
    PICTURES.mkdir(exist_ok=True)
    for name, lists in LISTS.items():
        path = corpus_file(name)
        if path is None:
            sys.exit(MISSING)
        target = PICTURES / f"data-{path.stem}.png"
        picture(page(path, lists), target)


if __name__ == "__main__":
    main()
