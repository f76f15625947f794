"""Percent-encoding: one part of a URL decoded (RFC 3986, section 2)."""

from __future__ import annotations

from urllib.parse import unquote, unquote_to_bytes

__all__ = ["percent_decode", "query_decode"]


def percent_decode(text: str) -> str:
    """Decode a part of a path.

    Bytes that are not UTF-8 become lone surrogates, which no text has, so that the reader can reject them.
    """
    if "%" not in text:
        return text
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def query_decode(text: str) -> str:
    """Decode a part of a query or of an urlencoded form (WHATWG URL), which was found to be valid before."""
    return unquote(text.replace("+", " "), errors="replace") if "%" in text or "+" in text else text
