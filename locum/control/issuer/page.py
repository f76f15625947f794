"""The login page: everybody who can sign in, one click each."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.callers import Caller

__all__ = ["login_page", "message_page"]

_STYLE = """
:root{color-scheme:light dark;--back:#f5f3ef;--card:#fff;--ink:#1d2129;--soft:#5d6673;--line:#e3dfd7;--mark:#0f6b5c}
@media(prefers-color-scheme:dark){:root{--back:#14171c;--card:#1d2229;--ink:#e8eaee;--soft:#9aa4b2;--line:#2d343e;
--mark:#5fd0bb}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--back);color:var(--ink);
font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:27rem}
h1{font-size:1.45rem;line-height:1.25;margin:0 0 .3rem}
p{margin:0 0 1.2rem;color:var(--soft)}
b{color:var(--ink);font-weight:600}
ul{list-style:none;margin:0;padding:0;display:grid;gap:.6rem}
a{display:grid;grid-template-columns:auto 1fr auto;gap:.1rem .9rem;align-items:center;padding:.8rem 1rem;
background:var(--card);border:1px solid var(--line);border-radius:.8rem;color:inherit;text-decoration:none}
a:hover,a:focus-visible{border-color:var(--mark);outline:2px solid var(--mark);outline-offset:1px}
i{grid-row:1/3;width:2.6rem;height:2.6rem;border-radius:50%;display:grid;place-items:center;font-style:normal;
font-weight:600;background:var(--mark);color:var(--card)}
strong{font-weight:600}small{grid-column:2;color:var(--soft);overflow-wrap:anywhere}
em{grid-row:1/3;grid-column:3;font-style:normal;font-size:.8rem;color:var(--mark);border:1px solid;border-radius:1rem;
padding:.05rem .6rem}
footer{margin-top:1.4rem;font-size:.85rem;color:var(--soft)}
"""


def login_page(people: Sequence[tuple[Caller, str]], client: str, scope: str, world: str) -> str:
    """Return the page; people come with where a click on each leads, the likeliest first."""
    items = "".join(_person(caller, link, first=index == 0) for index, (caller, link) in enumerate(people))
    asked = f" It asks for <b>{escape(scope)}</b>." if scope else ""
    return _page(
        "Who are you today?",
        f"<p><b>{escape(client)}</b> wants you to sign in.{asked}</p><ul>{items}</ul>"
        f"<footer>This is locum, standing in for your identity provider in the world <b>{escape(world)}</b>. "
        "Nobody needs a password here.</footer>",
    )


def message_page(title: str, message: str) -> str:
    """Return a page that says one thing."""
    return _page(title, f"<p>{escape(message)}</p>")


def _page(title: str, content: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )


def _person(caller: Caller, link: str, *, first: bool) -> str:
    name = caller.name or caller.subject
    initials = "".join(word[0] for word in name.split()[:2]).upper()
    role = f"<em>{escape(caller.role)}</em>" if caller.role else ""
    return (
        f'<li><a href="{escape(link)}"{" autofocus" if first else ""}><i aria-hidden="true">{escape(initials)}</i>'
        f"<strong>{escape(name)}</strong><small>{escape(caller.email or caller.subject)}</small>{role}</a></li>"
    )
