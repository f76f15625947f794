"""HTTP dates (RFC 9110, section 5.6.7)."""

from __future__ import annotations

from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["http_date"]


def http_date(moment: datetime) -> str:
    """Write a moment as `Sun, 06 Nov 1994 08:49:37 GMT`; one without a zone is taken as UTC."""
    return format_datetime(moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC), usegmt=True)
