"""`locum init`: handler stubs for a document, typed and ready to be filled in."""

from __future__ import annotations

import os
import shlex
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.loading import load, stop
from locum.cli.options import options
from locum.files import replace_file
from locum.openapi.wire.parameters import kinds_of

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


@click.command()
@options("specs", "cache", "log_level")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), help="The folder. Default: the document's.")
@click.option("--force", is_flag=True, help="Write over what is there.")
def init(settings: Settings, *, to: Path | None, force: bool) -> None:
    """Write a module of handlers for each document: one function for each operation.

    Until `@stub` is taken away from a function, its operation is generated as before. Nothing is imported, and the
    folder is not trusted by this: what else is in it may be somebody else's.
    """
    for service in load(settings, imports=False):
        path = service.contract.document.path
        target = (to or path.parent) / f"{path.stem.replace('-', '_')}.py"
        if os.path.lexists(target) and not force:
            stop([f"{target}: is there already. Take it away, or write over it with --force."])
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(target, stubs(service))
        except OSError as problem:
            stop([f"{target}: cannot be written: {problem.strerror}."])
        count = len(service.contract.operations)
        click.echo(f"{target}: {count} stubs. Take @stub away from a function when it is written.")
        click.echo(f"Serve them with --handlers {shlex.quote(str(target.parent))}, or after: locum trust", err=True)


def stubs(service: Service) -> str:
    """Return the text of a module that has a function for each operation."""
    title = _in_docstring(service.contract.document.title)
    operations = [one for one in service.contract.operations.values() if one.handler_name.isidentifier()]
    functions = "\n\n\n".join(map(_function, operations))
    return (
        f'"""How {title} behaves.\n\n'
        "A handler asks for what it needs by name: parameters and `body` of the request, and `store`, `clock`,\n"
        '`new_id` and `caller` of the world. It returns the body of the answer, or raises a refusal.\n"""\n\n'
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
    summary = " ".join(operation.summary.split()) or f"Play {operation.operation_id}."
    said = _in_docstring(summary.rstrip(".") + ".")
    place = _in_docstring(f"{operation.method} {operation.path}: {', '.join(map(str, operation.responses))}.")
    text = textwrap.indent(f'"""{said}\n\n{place}\n"""', "    ")
    return f"@stub\n{head}\n{text}\n    raise NotImplementedError"


def _in_docstring(text: str) -> str:
    """Write a text of the document so that it cannot end the docstring, and shows what cannot be seen."""
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
