"""The gate: what must hold before the port opens, said in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum import refusals
from locum.refusals import Refusal, Violation
from locum.serving.binding import disagreements
from locum.serving.refusing import declared_for, refuse
from locum.serving.rendering import BrokenAnswer
from locum.serving.tokens import challenge
from locum.state.clock import Clock
from locum.state.identifiers import NewId
from locum.state.store import Store
from locum.state.worlds import World

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.serving.services import Service

__all__ = ["disagreements_of"]

_KINDS: tuple[type[Refusal], ...] = (
    refusals.Malformed,
    refusals.Invalid,
    refusals.Unauthenticated,
    refusals.Forbidden,
    refusals.NotFound,
    refusals.UnsupportedMediaType,
    refusals.TooLarge,
    refusals.Limited,
    refusals.Conflict,
    refusals.Faulty,
)


def disagreements_of(services: list[Service]) -> list[str]:
    """Return where handlers and the API's error format do not fit the contracts, in sentences."""
    return [
        sentence
        for service in services
        if service.handlers or service.api.word is not None
        for sentence in _unfit_handlers(service)
    ]


def _unfit_handlers(service: Service) -> list[str]:
    found = []
    for operation in service.contract.operations.values():
        place = f"{service.contract.document.path}: {operation.pointer} ({operation.operation_id})"
        handler = service.handlers.get(operation.operation_id)
        if handler is not None:
            found += [f"{place}: {fault}." for fault in disagreements(operation, handler)]
        if service.api.word is not None:
            found += [f"{place}: {fault}." for fault in _misworded(service, operation)]
    return found


def _misworded(service: Service, operation: Operation) -> list[str]:
    """Try every refusal that may happen, in the API's own words, against the declared error schemas."""
    world = World("gate", Store(), Clock(), NewId(0))
    found = []
    for kind in _KINDS:
        for refusal in (kind("A sample."), _detailed(kind)):
            if declared_for(refusal, operation) is None:
                continue
            try:
                refuse(refusal, operation, service.word, world)
            except BrokenAnswer as breach:
                found.append(f"the API's words for {kind.__name__} do not fit: {breach}")
                break
            except Exception as problem:  # noqa: BLE001 (whatever the API's function raises is its fault)
                found.append(f"the API's words for {kind.__name__} fail: {type(problem).__name__}: {problem}")
                break
    return found


def _detailed(kind: type[Refusal]) -> Refusal:
    violations = [
        Violation("body", ("items", 0, "name"), "required", "name", "is required"),
        Violation("body", (), "json", None, "is not valid JSON"),
        Violation("path", ("id",), "pattern", "^a$", "must match the pattern ^a$"),
        Violation("query", ("page",), "type", ["integer", "null"], "must be of type integer, null"),
    ]
    headers = challenge("invalid_token", "A sample.") if kind is refusals.Unauthenticated else None
    return kind("A sample.", violations=violations, headers=headers)
