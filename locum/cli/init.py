"""`locum init`: write typed handler stubs for documents."""

from __future__ import annotations

import os
import shlex
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.help import OptionsByTopic
from locum.cli.loading import load, stop
from locum.cli.options import options
from locum.files import replace_file
from locum.openapi.wire.styles import kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.server.services import Service
    from locum.settings import Settings

__all__ = ["init", "stubs"]

_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list[Any]",
    "object": "dict[str, Any]",
    "null": "None",
}
_ORDER = tuple(_TYPES)


@click.command(cls=OptionsByTopic)
@options("specs", "cache", "log_level")
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to. Default: the folder of the document.",
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def init(settings: Settings, *, to: Path | None, force: bool) -> None:
    """Write a module of handler stubs for each document: one function per operation.

    An operation is still generated until you remove `@stub` from its function. Nothing is imported, and the folder
    does not become trusted, as it may contain other files.
    """
    for service in load(settings, imports=False):
        path = service.contract.document.path
        target = (to or path.parent) / f"{path.stem.replace('-', '_')}.py"
        if os.path.lexists(target) and not force:
            stop([f"{target}: file exists. Remove it, or overwrite it with --force."])
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(target, stubs(service))
        except OSError as problem:
            stop([f"{target}: cannot be written: {problem.strerror}."])
        count = len(service.contract.operations)
        click.echo(f"{target}: {count} stubs. Remove @stub from a function once you have implemented it.")
        click.echo(
            f"Serve them with --handlers {shlex.quote(str(target.parent))}, or trust the folder with: locum trust",
            err=True,
        )


def stubs(service: Service) -> str:
    """Return the source of a module with a stub for each operation."""
    title = _in_docstring(service.contract.document.title)
    operations = [one for one in service.contract.operations.values() if one.handler_name.isidentifier()]
    functions = "\n\n\n".join(map(_function, operations))
    return (
        f'"""How {title} behaves.\n\n'
        "A handler names its arguments: parameters and `body` of the request, and `store`, `clock`, `new_id` and\n"
        '`caller` of the world. It returns the body of the response, or raises an `ApiError`.\n"""\n\n'
        "from __future__ import annotations\n\n"
        "from typing import Any\n\n"
        "from locum import Api, Store, stub\n\n"
        "api = Api(accepts=None)\n\n\n"
        f"{functions}\n"
    )


def _function(operation: Operation) -> str:
    arguments = ["store: Store", *_arguments(operation)]
    head = f"def {operation.handler_name}({', '.join(arguments)}) -> {_result(operation)}:"
    if len(head) > 100:  # noqa: PLR2004 (what fits on a line)
        head = f"def {operation.handler_name}(\n    " + ",\n    ".join(arguments) + f",\n) -> {_result(operation)}:"
    summary = " ".join(operation.summary.split()) or f"Implement {operation.operation_id}."
    first_line = _in_docstring(summary.rstrip(".") + ".")
    place = _in_docstring(f"{operation.method} {operation.path}: {', '.join(map(str, operation.responses))}.")
    text = textwrap.indent(f'"""{first_line}\n\n{place}\n"""', "    ")
    return f"@stub\n{head}\n{text}\n    raise NotImplementedError"


def _in_docstring(text: str) -> str:
    """Escape a text of the document: it must not end the docstring, and unprintable characters become visible."""
    escaped = text.replace("\\", "\\\\").replace('"""', "'''")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in escaped)


def _arguments(operation: Operation) -> Iterator[str]:
    seen = {"store", "body"}
    for parameter in operation.parameters:
        if parameter.argument in seen or not parameter.argument.isidentifier():
            continue
        seen.add(parameter.argument)
        optional = "" if parameter.required or parameter.default is not None else " | None"
        yield f"{parameter.argument}: {_type_of(parameter.schema)}{optional}"
    if operation.body is not None:
        schemas = [media.schema for media in operation.body.media_types.values()]
        kinds = {_type_of(schema) if schema is not None else "Any" for schema in schemas}
        known = kinds.pop() if len(kinds) == 1 else "Any"
        yield f"body: {known}" + ("" if operation.body.required or known == "Any" else " | None")


def _result(operation: Operation) -> str:
    declared = operation.declares(operation.success)
    media = next(iter(declared.media_types.values()), None) if declared is not None else None
    if media is None:
        return "None"
    return _type_of(media.schema) if media.schema is not None and media.json else "Any"


def _type_of(schema: Schema) -> str:
    kinds: Any = kinds_of(schema, schema.raw)
    if len(kinds) == len(_TYPES):
        return "Any"
    if "number" in kinds:
        kinds -= {"integer"}
    return " | ".join(_TYPES[kind] for kind in _ORDER if kind in kinds) or "Any"
