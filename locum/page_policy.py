"""The policy of locum's own pages: what they may load, and that no other page frames, opens or reads them."""

from __future__ import annotations

import base64
import hashlib
import re

__all__ = ["FILE", "page_policy", "style_hashes"]

FILE = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
"""Headers of everything that locum itself serves to a browser."""

_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)


def page_policy(*loads: str, forms: str = "'none'", alone: bool = False) -> dict[str, str]:
    """Return the headers of a page that loads only what the directives in `loads` say, and sends `forms` there.

    A page that is `alone` shares no window with a page that opened it.
    """
    also = ("base-uri 'none'", f"form-action {forms}", "frame-ancestors 'none'")
    policy = "; ".join(("default-src 'none'", *loads, *also))
    return FILE | {"content-security-policy": policy} | ({"cross-origin-opener-policy": "same-origin"} if alone else {})


def style_hashes(html: str) -> str:
    """Return the directive that lets in the style sheets of a page, and no other."""
    sheets = dict.fromkeys(_STYLE.findall(html))
    digests = [base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode() for sheet in sheets]
    return " ".join(("style-src", *(f"'sha256-{digest}'" for digest in digests))) if digests else "style-src 'none'"
