"""The consent pages: small HTML documents without external resources."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from locum import Page

if TYPE_CHECKING:
    from handlers.workflows.records import Ticket

__all__ = ["render_approved", "render_decided", "render_denied", "render_expired", "render_form", "render_unknown"]

_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ margin: 0; min-height: 100vh; display: grid; place-items: center;
         font: 16px/1.5 system-ui, sans-serif; background: light-dark(#f4f5f7, #15181d);
         color: light-dark(#1c2430, #e8ebf0); }}
  main {{ max-width: 26rem; margin: 1rem; padding: 2rem; border-radius: 12px;
         background: light-dark(#fff, #1f242c); box-shadow: 0 2px 16px rgb(0 0 0 / .12); }}
  h1 {{ margin: 0 0 .75rem; font-size: 1.3rem; }}
  p, ul {{ margin: 0 0 1rem; }}
  ul {{ padding-left: 1.2rem; }}
  form {{ display: flex; gap: .75rem; margin: 0; }}
  button {{ flex: 1; padding: .65rem; border-radius: 8px; border: 1px solid #2f6feb;
           font: inherit; cursor: pointer; background: transparent; color: inherit; }}
  button[value=approve] {{ background: #2f6feb; color: #fff; }}
  small {{ opacity: .7; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""

_FORM = """<p><strong>Altostrat Workflows</strong> asks to act for
<strong>{who}</strong>{email}.</p>
<ul>
<li>Workflows of the organization <code>{organization}</code> may call the Altostrat API in your name.</li>
<li>It stays so until the authorization is deleted.</li>
</ul>
<form method="post">
<button type="submit" name="decision" value="deny">Deny</button>
<button type="submit" name="decision" value="approve">Approve</button>
</form>
<p><br><small>This is a mock server: no real account is touched.</small></p>"""


def render_form(ticket: Ticket, status: int = 200) -> Page:
    """Render the form on which the user of a ticket decides."""
    content = _FORM.format(
        who=escape(ticket.name),
        email=f" ({escape(ticket.email)})" if ticket.email else "",
        organization=escape(ticket.organization),
    )
    return _page("Let workflows act for you?", content, status)


def render_approved(authorization_id: str) -> Page:
    """Render the confirmation of a new authorization."""
    text = "Workflows may act for you now. You can close this page."
    return _page("Approved", f"<p>{text}</p><p>The new authorization is <code>{escape(authorization_id)}</code>.</p>")


def render_denied() -> Page:
    """Render the confirmation that nothing was authorized."""
    return _page("Denied", "<p>Workflows may not act for you. You can close this page.</p>")


def render_decided(ticket: Ticket) -> Page:
    """Render the error that a ticket was used before."""
    text = "approved" if ticket.decision == "approve" else "denied"
    return _page("Already answered", f"<p>This request was {text} before; ask for a new address.</p>", 409)


def render_expired() -> Page:
    """Render the error that a ticket has expired."""
    return _page("Expired", "<p>This request is too old; ask for a new address.</p>", 410)


def render_unknown() -> Page:
    """Render the error that a ticket does not exist."""
    return _page("Not found", "<p>There is no such request; ask for a new address.</p>", 404)


def _page(title: str, content: str, status: int = 200) -> Page:
    """Return a page with this title and content."""
    return Page(_DOCUMENT.format(title=escape(title), content=content), status)
