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
    from locum.openapi.lint.linting import Counts
    from locum.world.worlds import Worlds

__all__ = ["Served", "ServerOperations", "ValidationOperations"]


_MOST_PROBLEMS = 500
"""The maximum number of diagnostics per document; `locum check` lists all."""


class Served(Protocol):
    """A contract as it is served."""

    @property
    def contract(self) -> Contract:
        """The compiled document."""
        ...

    @property
    def base_path(self) -> str:
        """The path below which its operations are served."""
        ...

    def base_path_of(self, path: str, method: str) -> str:
        """Return the base path of one of its operations."""
        ...

    @property
    def handlers(self) -> Mapping[str, Any]:
        """The handlers by operationId."""
        ...

    @property
    def counts(self) -> Counts:
        """The number of problems in its document, as far as they were counted at the start."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the user on unexpected behaviour and on problems of the document."""
        ...

    def diagnostics(self) -> list[Diagnostic]:
        """Return the diagnostics of its document."""
        ...


class ServerOperations:
    """Returns the health, settings, contracts and operations of the server."""

    def __init__(self, services: Sequence[Served], worlds: Worlds, settings: Mapping[str, Any]) -> None:
        self._services = services
        self._worlds = worlds
        self._settings = settings

    def get_health(self) -> dict[str, Any]:
        """Report that the server is alive."""
        return {"status": "alive", "version": __version__}

    def get_readiness(self) -> dict[str, Any]:
        """Report that the server is ready, with its APIs."""
        return {"status": "ready", "apis": [service.contract.name for service in self._services]}

    def get_settings(self) -> dict[str, Any]:
        """Return the settings of the server."""
        return dict(self._settings)

    def list_contracts(self, api: str | None = None, *, diagnostics: bool = True) -> list[dict[str, Any]]:
        """Return the contracts that are served. Without `diagnostics` none is linted: a large one takes seconds."""
        return [
            {
                "name": service.contract.name,
                "title": service.contract.document.title,
                "version": service.contract.document.version,
                "base_path": service.base_path,
                "operations": len(service.contract.operations),
                "documentation": f"/__locum/docs/{service.contract.name}/",
                "notes": list(service.notes),
                "errors": service.counts.errors,
                "warnings": service.counts.warnings,
                "problems": [found.as_json() for found in service.diagnostics()[:_MOST_PROBLEMS]]
                if diagnostics
                else [],
            }
            for service in self._services
            if api in {None, service.contract.name}
        ]

    def list_operations(self, world: str, api: str | None = None) -> list[dict[str, Any]]:
        """Return the operations that are served, with the number of responses in a world by status."""
        services = [service for service in self._services if api in {None, service.contract.name}]
        if not services:
            known = ", ".join(service.contract.name for service in self._services)
            raise NotFound(f"Unknown API. Valid names: {known}.", code="no_such_contract")
        responses = self._worlds.existing(world).journal.count_responses()
        return [
            {
                "api": service.contract.name,
                "operation": operation.operation_id,
                "method": method.upper(),
                "path": service.base_path_of(path, method) + path,
                "summary": operation.summary,
                "tags": at(service.contract.document.content, operation.pointer).get("tags") or [],
                "deprecated": operation.deprecated,
                "implemented_by": "handler" if operation.operation_id in service.handlers else "locum",
                "statuses": [str(status) for status in operation.responses],
                "responses": responses.get((service.contract.name, operation.operation_id), {}),
            }
            for service in services
            for (path, method), operation in service.contract.operations.items()
        ]


class ValidationOperations:
    """Shows, sets and clears the validation mode of a world; `usual` is the mode of the server."""

    def __init__(self, worlds: Worlds, usual: str) -> None:
        self._worlds = worlds
        self._usual = usual

    def get_validation(self, world: str) -> dict[str, str]:
        """Return the mode that applies in a world."""
        return {"mode": self._worlds.existing(world).validation or self._usual}

    def set_validation(self, world: str, body: dict[str, str]) -> dict[str, str]:
        """Set the mode of a world."""
        self._worlds.named(world).validation = body["mode"]
        return body

    def clear_validation(self, world: str) -> None:
        """Restore the mode of the server."""
        self._worlds.existing(world).validation = ""
