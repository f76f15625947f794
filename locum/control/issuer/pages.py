"""Pages: what a person sees of the issuer. HTML that needs no script, and nothing from anywhere else."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from locum.control.issuer.calls import Reply
from locum.control.page_policy import page_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.callers import Caller

__all__ = ["Choice", "choosing", "failing", "saying"]

_HUES = 6
"""How many colours of faces the style sheet has."""

_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - locum</title>
<style>{style}</style>
</head>
<body>
<main>
{content}
</main>
<footer>locum stands in: no real account, no password. World <b>{world}</b>.</footer>
</body>
</html>
"""

_PERSON = """<li>
<a class="person" href="{link}"{focus}>
<span class="face hue{hue}" aria-hidden="true">{initials}</span>
<span class="who"><b>{name}</b>{here}<br><small>{detail}</small></span>
{role}
</a>
<details><summary>{count}</summary>
<dl><dt>Subject</dt><dd><code>{subject}</code></dd><dt>Organization</dt><dd><code>{organization}</code></dd>
<dt>Permissions</dt><dd>{permissions}</dd></dl></details>
</li>"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A person who may sign in, the link that does so, the colour, and whether this browser is signed in so."""

    person: Caller
    link: str
    hue: int
    here: bool


def choosing(client: str, scopes: Sequence[str], world: str, choices: Sequence[Choice], cancel: str) -> Reply:
    """Ask who signs in."""
    asked = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes)
    wanted = f'<p class="scopes">It asks for</p>\n<ul class="scopes">{asked}</ul>\n' if scopes else ""
    listed = "\n".join(_person(choice, first=not index) for index, choice in enumerate(choices))
    content = (
        f'<h1>Who signs in?</h1>\n<p>to <b>{escape(client)}</b></p>\n<ul class="people">\n{listed}\n</ul>\n{wanted}'
        f'<p class="cancel"><a href="{escape(cancel)}">Cancel</a></p>'
    )
    return _page("Sign in", content, world)


def failing(title: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Say why there is no way on."""
    content = f'<h1>{escape(title)}</h1>\n<p role="alert">{escape(message)}</p>'
    return _page(title, content, status=400, headers=headers)


def saying(title: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Say what was done."""
    return _page(title, f"<h1>{escape(title)}</h1>\n<p>{escape(message)}</p>", headers=headers)


def _person(choice: Choice, *, first: bool) -> str:
    person = choice.person
    name = person.name or person.subject
    permissions = sorted(person.permissions)
    return _PERSON.format(
        link=escape(choice.link),
        focus=" autofocus" if first else "",
        hue=choice.hue % _HUES,
        initials=escape("".join(word[0] for word in name.split()[:2]).upper()),
        name=escape(name),
        here=' <span class="here">signed in</span>' if choice.here else "",
        detail=escape(person.email or person.organization),
        role=f'<span class="role">{escape(person.role)}</span>' if person.role else "",
        count=f"{len(permissions)} permission{'' if len(permissions) == 1 else 's'}",
        subject=escape(person.subject),
        organization=escape(person.organization),
        permissions=" ".join(f"<code>{escape(each)}</code>" for each in permissions) or "none",
    )


def _page(
    title: str, content: str, world: str = "", status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    style, digest = _style()
    document = _DOCUMENT.format(title=escape(title), style=style, content=content, world=escape(world))
    if not world:
        document = document.replace(" World <b></b>.", "")
    # Only links lead on from here, so that no form is ever sent: Chromium holds `form-action` against redirects, too.
    # A client may have opened it in a window of its own, so it is not alone.
    safe = {"cache-control": "no-store", **page_policy(f"style-src 'sha256-{digest}'")}
    return Reply(status, document.encode(), "text/html; charset=utf-8", {**safe, **(headers or {})})


@cache
def _style() -> tuple[str, str]:
    """Return the style sheet, and its digest for the policy that lets in nothing else."""
    style = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    return style, base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
