"""A connection to a running locum."""

from __future__ import annotations

import http.client
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DEFAULT_URL", "Connection", "Rejected", "Unreachable"]

DEFAULT_URL = "http://127.0.0.1:4010"
_TIMEOUT = 60
_ERRORS = 400


class Unreachable(Exception):
    """No locum responds at a URL."""


class Rejected(Exception):
    """The server rejected a request. The message says what is wrong and what to do."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Connection:
    """A connection to the control API of the server at a URL. Not thread-safe.

    `token` is the control token, if the server requires one.
    """

    def __init__(self, url: str = DEFAULT_URL, token: str = "") -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        try:
            valid = parts.scheme in {"http", "https"} and parts.hostname is not None and (parts.port or 1) > 0
        except ValueError:
            valid = False
        if not valid:
            message = f"Invalid server URL '{url}'. An example: {DEFAULT_URL}"
            raise Unreachable(message)
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._root = parts.path.rstrip("/") + "/__locum"
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.netloc, timeout=_TIMEOUT)
        self.token = token
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """Call an operation, and return its response: JSON, a text, or None if it is empty.

        Query parameters that are None are not sent. Raises Rejected, Unreachable.
        """
        given = {name: _written(value) for name, value in query.items() if value is not None}
        target = self._root + path + (f"?{urlencode(given, doseq=True)}" if given else "")
        headers, data = dict(self._headers), None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body)
        status, media_type, response = self._exchange(method, target, data, headers)
        if status >= _ERRORS:
            raise self._rejection(status, response)
        if not response:
            return None
        return json.loads(response) if media_type.endswith("json") else response.decode()

    @cached_property
    def world_header(self) -> str:
        """The name of the request header that names a world (the server's setting `world-header`)."""
        return str(self.ask("GET", "/settings")["world-header"])

    def lines(self, path: str, /, **query: Any) -> Iterator[str]:
        """Yield the lines of a response as they arrive, until it ends. Raises Rejected, Unreachable."""
        target = self._root + path + f"?{urlencode(query)}"
        self._connection.close()
        try:
            self._connection.timeout = None
            self._connection.request("GET", target, headers=self._headers)
            response = self._connection.getresponse()
            if response.status >= _ERRORS:
                raise self._rejection(response.status, response.read())
            for line in response:
                yield line.decode("utf-8", "replace").rstrip("\r\n")
        except (OSError, http.client.HTTPException) as problem:
            raise self._unreachable(problem) from None
        finally:
            self._connection.close()
            self._connection.timeout = _TIMEOUT

    def close(self) -> None:
        """Close the connection. The next call opens it again."""
        self._connection.close()

    def _exchange(self, method: str, target: str, data: str | None, headers: dict[str, str]) -> tuple[int, str, bytes]:
        for attempt in (1, 2):
            try:
                self._connection.request(method, target, data, headers)
                with self._connection.getresponse() as response:
                    return response.status, response.headers.get_content_type(), response.read()
            except (OSError, http.client.HTTPException) as problem:
                self._connection.close()
                # The server may have closed an idle connection: try a new one once.
                if attempt == 2 or not isinstance(problem, http.client.RemoteDisconnected | BrokenPipeError):  # noqa: PLR2004
                    raise self._unreachable(problem) from None
        raise AssertionError

    def _unreachable(self, problem: Exception) -> Unreachable:
        reason = getattr(problem, "strerror", None) or problem or type(problem).__name__
        return Unreachable(f"No locum responds at {self.url}: {reason}. Start one with `locum serve`, or set --url.")

    def _rejection(self, status: int, response: bytes) -> Exception:
        try:
            details = json.loads(response)
            broken = [f"{'/'.join(found['location'])}: {found['message']}" for found in details.get("validation") or []]
            return Rejected(status, details["code"], " ".join([details["detail"], "; ".join(broken)]).strip())
        except (ValueError, KeyError, TypeError):
            return Unreachable(f"The server at {self.url} is not a locum: it responded with status {status}.")


def _written(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def segment(name: str) -> str:
    """Return a name percent-encoded as one path segment."""
    return quote(name, safe="")
