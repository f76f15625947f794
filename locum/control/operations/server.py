"""The operations on the server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from locum import __version__
from locum.errors import NotFound
from locum.openapi.pointers import at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.lint.diagnostics import Diagnostic
    from locum.world.worlds import Worlds

__all__ = ["Served", "ServerOperations", "ValidationOperations"]


_MOST_PROBLEMS = 500
"""Diagnostics of one document that are shown; `locum check` lists all."""


class Served(Protocol):
    """A contract as it is served."""

    @property
    def contract(self) -> Contract:
        """What it declares."""
        ...

    @property
    def base_path(self) -> str:
        """Where its operations are."""
        ...

    def base_path_of(self, path: str, method: str) -> str:
        """Return where one of its operations is."""
        ...

    @property
    def handlers(self) -> Mapping[str, Any]:
        """The handlers that there are, by operationId."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what is served otherwise than one would think."""
        ...

    def diagnostics(self) -> list[Diagnostic]:
        """Return what is wrong with its document."""
        ...


class ServerOperations:
    """Says how the server is, how it is set, and what it serves."""

    def __init__(self, services: Sequence[Served], worlds: Worlds, settings: Mapping[str, Any]) -> None:
        self._services = services
        self._worlds = worlds
        self._settings = settings

    def get_health(self) -> dict[str, Any]:
        """Say that the server is alive."""
        return {"status": "alive", "version": __version__}

    def get_readiness(self) -> dict[str, Any]:
        """Say that the server answers, and for which APIs."""
        return {"status": "ready", "apis": [service.contract.name for service in self._services]}

    def get_settings(self) -> dict[str, Any]:
        """Show how the server is set."""
        return dict(self._settings)

    def list_contracts(self) -> list[dict[str, Any]]:
        """Return the contracts that are served."""
        return [
            {
                "name": service.contract.name,
                "title": service.contract.document.title,
                "version": service.contract.document.version,
                "base_path": service.base_path,
                "operations": len(service.contract.operations),
                "documentation": f"/__locum/docs/{service.contract.name}/",
                "notes": list(service.notes),
                "problems": [diagnostic.as_json() for diagnostic in service.diagnostics()[:_MOST_PROBLEMS]],
            }
            for service in self._services
        ]

    def list_operations(self, world: str, api: str | None = None) -> list[dict[str, Any]]:
        """Return the operations that are served, and how often a world has answered each."""
        services = [service for service in self._services if api in {None, service.contract.name}]
        if not services:
            known = ", ".join(service.contract.name for service in self._services)
            raise NotFound(f"There is no contract of this name. There are: {known}.", code="no_such_contract")
        answered = self._worlds.existing(world).journal.answered()
        return [
            {
                "api": service.contract.name,
                "operation": operation.operation_id,
                "method": method.upper(),
                "path": service.base_path_of(path, method) + path,
                "summary": operation.summary,
                "tags": at(service.contract.document.content, operation.pointer).get("tags") or [],
                "deprecated": operation.deprecated,
                "played_by": "handler" if operation.operation_id in service.handlers else "locum",
                "statuses": [str(status) for status in operation.responses],
                "answered": answered.get((service.contract.name, operation.operation_id), {}),
            }
            for service in services
            for (path, method), operation in service.contract.operations.items()
        ]


class ValidationOperations:
    """Shows, sets and clears the validation mode; `usual` is that of the server."""

    def __init__(self, worlds: Worlds, usual: str) -> None:
        self._worlds = worlds
        self._usual = usual

    def get_validation(self, world: str) -> dict[str, str]:
        """Return the mode that counts in a world."""
        return {"mode": self._worlds.existing(world).validation or self._usual}

    def set_validation(self, world: str, body: dict[str, str]) -> dict[str, str]:
        """Set the mode of a world."""
        self._worlds.named(world).validation = body["mode"]
        return body

    def clear_validation(self, world: str) -> None:
        """Let the mode of the server count again."""
        self._worlds.existing(world).validation = ""
