"""`locum routes`: list every operation with its handler or inferred action, and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from locum.cli.help import OptionsByTopic
from locum.cli.loading import load
from locum.cli.options import DOCUMENTS, options

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.server.services import Service
    from locum.settings import Settings

__all__ = ["routes"]


@click.command(cls=OptionsByTopic)
@options(*DOCUMENTS)
@click.option("--explain", is_flag=True, help="Show the inferred action of each operation without a handler, and why.")
def routes(settings: Settings, *, explain: bool) -> None:
    """List every operation: method, path, operationId, declared statuses, and its handler or inferred action."""
    from rich.console import Console  # noqa: PLC0415 (slow to import, and only this needs it)
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    titles = (
        ("method", "path", "handler", "why") if explain else ("method", "path", "operationId", "statuses", "handler")
    )
    for title in titles:
        table.add_column(title, overflow="fold")
    for service in load(settings, imports=False):
        for operation in service.contract.operations.values():
            path = service.base_path_of(operation.path, operation.method.lower()) + operation.path
            if explain:
                table.add_row(operation.method, path, *_explained(service, operation))
            else:
                statuses = " ".join(operation.responses)
                action_of = _handler(service, operation) or service.behaviour.inferred(operation).action
                table.add_row(operation.method, path, operation.operation_id, statuses, action_of)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _handler(service: Service, operation: Operation) -> str:
    return service.written.get(operation.operation_id, "")


def _explained(service: Service, operation: Operation) -> tuple[str, str]:
    written = _handler(service, operation)
    if written:
        return written, "has a handler"
    inferred = service.behaviour.inferred(operation)
    where = f" {inferred.resource.path}" if inferred.resource is not None else ""
    return inferred.action + where, "; ".join(inferred.why)
