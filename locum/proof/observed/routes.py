"""Routes: the operation of a contract that an exchange was with, by its method and address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from locum.openapi.compile.router import Router

if TYPE_CHECKING:
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.proof.findings import Shown

__all__ = ["Routes"]


class Routes:
    """Finds operations of a contract below a base path."""

    def __init__(self, contract: Contract, base_path: str = "") -> None:
        self._router: Router[Operation] = Router()
        for (path, method), operation in contract.operations.items():
            self._router.add(method.upper(), base_path + path, operation)

    def operation(self, shown: Shown) -> Operation | None:
        """Return the operation that was asked; None where the contract declares none. HEAD is asked of GET."""
        match = self._router.match(urlsplit(shown.url).path)
        targets = match.route.targets if match is not None else {}
        return targets.get(shown.method) or (targets.get("GET") if shown.method == "HEAD" else None)

    def allowed(self, shown: Shown) -> str:
        """Return the methods that its path has (`GET, HEAD`); nothing where there is no such path."""
        match = self._router.match(urlsplit(shown.url).path)
        return match.route.allow if match is not None else ""
