"""Routes: the operation of a contract that an exchange was with, by its method and address."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from locum.openapi.compile.router import ClaimedTwice, Router

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.proof.findings import Shown

__all__ = ["Routes"]


class Routes:
    """Finds operations of a contract below a base path."""

    def __init__(
        self, contract: Contract, base_path: str = "", base_paths: Mapping[tuple[str, str], str] | None = None
    ) -> None:
        """`base_paths` says where the operations are that have servers of their own."""
        self._router: Router[Operation] = Router()
        for (path, method), operation in contract.operations.items():
            base = (base_paths or {}).get((path, method), base_path)
            with suppress(ClaimedTwice):  # the first of two equal paths counts
                self._router.add(method.upper(), base + path, operation)

    def operation(self, shown: Shown) -> Operation | None:
        """Return the operation that was asked; None where the contract declares none. HEAD is asked of GET."""
        url = urlsplit(shown.url)
        match = self._router.match(url.path)
        return match.route.target(shown.method, url.query.encode()) if match is not None else None

    def allowed(self, shown: Shown) -> str:
        """Return the methods that its path has (`GET, HEAD`); nothing where there is no such path."""
        match = self._router.match(urlsplit(shown.url).path)
        return match.route.allow if match is not None else ""
