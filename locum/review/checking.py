"""Whether a contract accepts a whole request to one of its operations."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from locum.errors import ApiError, Violation
from locum.openapi.compile.router import Router
from locum.openapi.compile.spanning import literal_tail
from locum.openapi.paths import expressions_of
from locum.server.validation import Reader
from locum.verify.exchanges import MOST_BYTES

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.verify.exchanges import Shown

__all__ = ["Rejection", "RequestChecker", "describe", "status_for"]

_NOTHING: frozenset[str] = frozenset()


class Rejection(Exception):
    """Why a contract rejects a request: the error, and the broken rules."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.message)
        self.error = error

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The broken rules."""
        return self.error.violations


class RequestChecker:
    """Validates requests against the operations of a contract, as its mock does."""

    def __init__(self) -> None:
        self._readers: dict[int, tuple[Operation, Reader, Router[None]]] = {}

    def check(self, operation: Operation, shown: Shown, base_path: str = "") -> None:
        """Raise Rejection if an operation does not accept a request."""
        known = self._readers.get(id(operation))
        if known is None:
            router: Router[None] = Router()
            with suppress(ValueError):
                router.add("GET", operation.path, None, tail=literal_tail(operation.path))
            known = operation, Reader(operation, operation.path, _NOTHING, MOST_BYTES), router
            self._readers[id(operation)] = known
        _, reader, router = known
        url = urlsplit(shown.url)
        path = url.path.removeprefix(base_path)
        match = router.match(path)
        values = match.values if match is not None else ("",) * len(expressions_of(operation.path))
        headers = {name.lower().encode("latin-1", "replace"): value.encode("latin-1", "replace")
                   for name, value in shown.headers.items()}  # fmt: skip
        try:
            reader.parameters(values, url.query.encode(), headers)
            if operation.body is not None:
                reader.body(headers, shown.body or b"")
        except ApiError as error:
            raise Rejection(error) from None


def status_for(operation: Operation, error: ApiError) -> int:
    """Return the status with which an operation rejects a request: the first candidate that it declares."""
    declared = next((status for status in error.statuses if operation.declares(status) is not None), None)
    return declared or error.statuses[0]


def describe(violation: Violation) -> str:
    """Return what is wrong with a request: ``/name` must have at most 20 characters`."""
    if violation.location == "body":
        place = "/" + "/".join(map(str, violation.path)) if violation.path else "the request body"
        return f"`{place}` {violation.message}" if violation.path else f"{place} {violation.message}"
    return f"the {violation.location} parameter `{violation.field}` {violation.message}"
