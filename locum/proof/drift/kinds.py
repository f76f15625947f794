"""Kinds: which values differ from server to server, and as what they are compared."""

from __future__ import annotations

import re
from typing import Any

from locum.control.redaction.texts import REDACTED

__all__ = ["is_volatile", "kind_of"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_TOKEN = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_\-.]{8,}\Z")
_URL = re.compile(r"https?://\S+\Z")


def kind_of(value: Any) -> str:
    """Return in a word what a value is: its JSON type, and of texts a finer one."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return next((kind for kind, pattern in _KINDS.items() if pattern.match(value)), "a text")
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "null"


def is_volatile(value: Any) -> bool:
    """Whether a value is one that every server, or every run, makes anew: a moment, an identifier, a secret."""
    if isinstance(value, bool) or value is None:
        return False
    return isinstance(value, int) or (isinstance(value, str) and (value == REDACTED or kind_of(value) != "a text"))


_KINDS = {"a moment": _TIME, "a date": _DATE, "a UUID": _UUID, "a URL": _URL, "an identifier": _TOKEN}
