"""Check that a server can be reached, and find the base URL of its operations."""

from __future__ import annotations

import re

import httpx

__all__ = ["base_of", "reason_of", "unreachable"]

_SECONDS = 10
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")


def base_of(url: str, base_path: str) -> str:
    """Return the base URL of operations: the URL if it has a path, else the URL with the base path of the contract."""
    parsed = httpx.URL(url)
    return url.rstrip("/") if parsed.path.strip("/") else str(parsed.copy_with(path="")).rstrip("/") + base_path


def reason_of(problem: Exception) -> str:
    """Return the message of an exception without the number of the system's error."""
    return _ERRNO.sub("", str(problem)) or type(problem).__name__


def unreachable(url: str) -> str:
    """Return why a server cannot be reached; an empty text if it sends any response.

    Raises ValueError if the URL is invalid.
    """
    try:
        httpx.head(url, timeout=_SECONDS, verify=False)  # noqa: S501 (only checks that the server responds)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        message = f"Invalid server URL '{url}'. Use http://host:port."
        raise ValueError(message) from None
    except httpx.ConnectError as problem:
        return f"{url} cannot be reached: {reason_of(problem)}."
    except httpx.TimeoutException:
        return f"{url} did not respond within {_SECONDS} seconds."
    except httpx.HTTPError:  # a server that responds to HEAD with invalid HTTP
        return ""
    return ""
