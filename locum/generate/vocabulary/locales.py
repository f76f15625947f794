"""Locales: the languages that generated names and prose can have."""

from __future__ import annotations

from enum import Enum

__all__ = ["Locale"]


class Locale(Enum):
    """A language of generated values."""

    EN = "en"
    DE = "de"
    FR = "fr"
    ES = "es"
    JA = "ja"
