"""Export a request as code: fetch (JavaScript), httpx (Python), and a Playwright test."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from locum.journal.exports.requests import pieces_of, repeatable
from locum.redaction import REDACTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.journal.exports.requests import RepeatableRequest
    from locum.world.journal import Entry

__all__ = ["fetch", "httpx", "playwright"]


def fetch(entry: Entry, root: str) -> str:
    """Return a call of fetch. `root` is the URL of the server."""
    request = repeatable(entry)
    lines = [*_notes(request, "//"), f"const response = await fetch({_js(root + request.path)}, {{"]
    lines.append(f"  method: {_js(request.method)},")
    if request.headers:
        lines += ["  headers: {", *_members(request.headers, "    "), "  },"]
    if request.body is not None:
        lines.append(f"  body: {_js(request.body)},")
    lines += ["});", "console.log(response.status, await response.text());", ""]
    return "\n".join(lines)


def httpx(entry: Entry, root: str) -> str:
    """Return a call of httpx. `root` is the URL of the server."""
    request = repeatable(entry)
    lines = [*_notes(request, "#")]
    lines += ["import os", "", "import httpx", ""] if request.variables else ["import httpx", ""]
    lines += ["response = httpx.request(", f"    {_py(request.method)},", f"    {_py(root + request.path)},"]
    if request.headers:
        lines.append("    headers={")
        lines += [f"        {_py(name)}: {_py(value)}," for name, value in request.headers.items()]
        lines.append("    },")
    if request.body is not None:
        lines.append(f"    content={_py(request.body)}.encode(),")
    return "\n".join([*lines, ")", "print(response.status_code, response.text)", ""])


def playwright(entry: Entry, root: str) -> str:
    """Return a Playwright test that sends the request in a world of its own and expects the same response."""
    request = repeatable(entry)
    kept = {name: value for name, value in request.headers.items() if name != "x-locum-world"}
    title = f"{entry.method} {entry.template or entry.path.partition('?')[0]} returns {entry.status}"
    lines = [
        *_notes(request, "//"),
        'import { expect, test } from "@playwright/test";',
        "",
        f"const url = process.env.LOCUM_URL ?? {_js(root)};",
        "",
        f"test({_js(title)}, async ({{ request }}, testInfo) => {{",
        "  const response = await request.fetch(`${url}` + " + _js(request.path) + ", {",
        f"    method: {_js(request.method)},",
        "    headers: {",
        *_members(kept, "      "),
        '      "x-locum-world": testInfo.testId,',
        "    },",
        *([f"    data: {_js(request.body)},"] if request.body is not None else []),
        "  });",
        f"  expect(response.status()).toBe({entry.status});",
    ]
    if entry.response.form == "json" and not entry.response.cut:
        lines.append(f"  expect(await response.json()).toEqual({_expected(entry.response.body)});")
    return "\n".join([*lines, "});", ""])


def _notes(request: RepeatableRequest, mark: str) -> list[str]:
    notes = [] if request.whole else [f"{mark} The body is incomplete."]
    if request.variables:
        notes.append(f"{mark} Set the environment variables: {', '.join(request.variables)}.")
    return notes + ([f"{mark} Replace each {REDACTED} before you send this."] if request.redacted else [])


def _members(headers: Mapping[str, str], indent: str) -> list[str]:
    return [f"{indent}{json.dumps(name)}: {_js(value)}," for name, value in headers.items()]


def _js(text: str) -> str:
    """Return a text as an expression of JavaScript."""
    pieces = [
        f"process.env.{piece.text}" if piece.is_variable else _script_text(piece.text) for piece in pieces_of(text)
    ]
    return " + ".join(pieces) or '""'


def _script_text(text: str) -> str:
    # Line terminators of JavaScript that JSON does not escape.
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _py(text: str) -> str:
    """Return a text as an expression of Python."""
    pieces = [f'os.environ["{piece.text}"]' if piece.is_variable else repr(piece.text) for piece in pieces_of(text)]
    joined = " + ".join(pieces) or "''"
    return f"({joined})" if len(pieces) > 1 else joined


def _expected(value: Any) -> str:
    """Return a JSON value as an expectation; a redacted text may be any string."""
    text = json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return re.sub(rf'(?<=: )"[^"\n]*{re.escape(REDACTED)}[^"\n]*"', "expect.any(String)", text)
