"""Failures: why an upstream gave no response that could be passed on."""

from __future__ import annotations

from typing import ClassVar

from locum.errors import ApiError

__all__ = ["BadGateway", "Broken", "TimedOut", "UnreachableUpstream"]


class BadGateway(ApiError):
    """The upstream gave no usable response (RFC 9110, section 15.6.3)."""

    statuses: ClassVar[tuple[int, ...]] = (502, 503, 500)
    code = "upstream_broken"


class Broken(BadGateway):
    """The connection ended, or what arrived is not HTTP."""


class UnreachableUpstream(BadGateway):
    """No connection could be made."""

    code = "upstream_unreachable"


class TimedOut(BadGateway):
    """The upstream took too long (RFC 9110, section 15.6.5)."""

    statuses: ClassVar[tuple[int, ...]] = (504, 502, 503, 500)
    code = "upstream_timeout"
