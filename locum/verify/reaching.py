"""Whether a server can be reached, and where its operations are."""

from __future__ import annotations

import httpx

__all__ = ["base_of", "unreachable"]

_SECONDS = 10


def base_of(url: str, base_path: str) -> str:
    """Return where operations are: at the path of the address, else at the base path of their contract."""
    parsed = httpx.URL(url)
    return url.rstrip("/") if parsed.path.strip("/") else str(parsed.copy_with(path="")).rstrip("/") + base_path


def unreachable(url: str) -> str:
    """Say why a server cannot be asked; nothing where it answers, whatever it answers.

    Raises ValueError for what is no address of a server.
    """
    try:
        httpx.head(url, timeout=_SECONDS, verify=False)  # noqa: S501 (whether somebody is there, and nothing else)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        message = f"{url} is no address of a server: write http://host:port."
        raise ValueError(message) from None
    except httpx.ConnectError as problem:
        return f"{url} cannot be reached: {problem}."
    except httpx.TimeoutException:
        return f"{url} did not answer within {_SECONDS} seconds."
    except httpx.HTTPError:  # somebody is there, and answers HEAD in a strange way
        return ""
    return ""
