"""Composing: describe an operation for a form, fill the form with a valid request, and write the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from locum.control.form_schemas import form_schema
from locum.generate.generator import Unsatisfiable
from locum.infer.resources.words import words_of
from locum.openapi.compile.bodies import essence_of, find_media_type
from locum.openapi.compile.security import compile_scheme
from locum.openapi.compile.targets import write_target
from locum.openapi.paths import expressions_of, path_of
from locum.openapi.pointers import at
from locum.openapi.wire.json_values import is_json, write_json
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.control.records import RecordOperationsView
    from locum.infer.behaviour import Behaviour
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.openapi.schemas.schemas import Schema
    from locum.world.worlds import World

__all__ = ["Composed", "body_of", "describe_operation", "target_of"]

_MOST_CANDIDATES = 50
_BOUNDARY = "locum-part-of-a-form"


class Composed(Protocol):
    """A service, as far as a request to it is composed."""

    @property
    def contract(self) -> Contract:
        """The compiled document."""
        ...

    @property
    def behaviour(self) -> Behaviour:
        """The inferred behaviour, whose generator makes the values."""
        ...

    @property
    def handlers(self) -> Mapping[str, Any]:
        """The handlers by operationId."""
        ...

    def base_path_of(self, path: str, method: str) -> str:
        """Return the base path of one of its operations."""
        ...


def describe_operation(
    service: Composed, operation: Operation, world: World, records: RecordOperationsView
) -> dict[str, Any]:
    """Return parameters, bodies and responses of an operation, each with a form schema, and a valid request."""
    shapes = service.behaviour.shapes
    known = _path_values(service, operation, world, records)
    parameters = [
        {
            "name": parameter.name,
            "in": parameter.location,
            "required": parameter.required,
            "description": parameter.description[:400],
            "schema": form_schema(parameter.schema, shapes),
            **_example(service, operation, parameter, known, world),
        }
        for parameter in operation.parameters
    ]
    bodies = [] if operation.body is None else list(operation.body.media_types.values())
    raw = at(service.contract.document.content, operation.pointer)
    return {
        "api": service.contract.name,
        "operation": operation.operation_id,
        "method": operation.method.upper(),
        "path": service.base_path_of(operation.path, operation.method) + operation.path,
        "summary": operation.summary,
        "description": operation.description,
        "deprecated": operation.deprecated,
        "parameters": parameters,
        "body_required": operation.body is not None and operation.body.required,
        "bodies": [
            {
                "media_type": media.name,
                "json": media.json,
                **({"schema": form_schema(media.schema, shapes)} if media.schema is not None else {}),
                **_body_example(service, operation, media, world),
            }
            for media in sorted(bodies, key=lambda media: not media.json)
        ],
        "responses": [
            {
                "status": str(status),
                "description": str((raw.get("responses") or {}).get(status, {}).get("description") or "")[:400],
                "media_types": list(declared.media_types),
                "examples": sorted({name for media in declared.media_types.values() for name in media.examples}),
            }
            for status, declared in operation.responses.items()
        ],
        "credentials": _credentials(service.contract, operation),
    }


def target_of(
    operation: Operation, base: str, parameters: Mapping[str, Mapping[str, Any]]
) -> tuple[str, dict[str, str]]:
    """Return path with query, and headers, of a request with these values by location and name.

    Values are serialized in the declared style; an undeclared name in the default one.
    """
    pairs = [((location, name), value) for location, values in parameters.items() for name, value in values.items()]
    target = write_target(operation, pairs)
    headers = target.headers | ({"cookie": "; ".join(target.cookies)} if target.cookies else {})
    return base + target.path, headers


def body_of(operation: Operation, content_type: str, value: Any) -> tuple[str, bytes]:
    """Return the Content-Type and the bytes of a body with a JSON value, as the operation declares its media type."""
    essence = essence_of(content_type)
    if essence.startswith("multipart/") and isinstance(value, dict):
        return f"{essence}; boundary={_BOUNDARY}", _multipart(value)
    media = find_media_type(operation.body.media_types, content_type) if operation.body is not None else None
    return content_type, write_json(value) if media is None else media.write(value)


def _multipart(fields: Mapping[str, Any]) -> bytes:
    """Return a body of multipart/form-data (RFC 7578): texts as they are, other values as JSON."""
    parts = []
    for name, member in fields.items():
        for value in member if isinstance(member, list) else [member]:
            plain = isinstance(value, str)
            quoted = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
            head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{quoted}"\r\n'
            head += "" if plain else "Content-Type: application/json\r\n"
            parts.append(head.encode() + b"\r\n" + (value.encode() if plain else write_json(value)) + b"\r\n")
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()


def _path_values(
    service: Composed, operation: Operation, world: World, records: RecordOperationsView
) -> dict[str, Any]:
    """Return values of the template expressions that name existing records."""
    names = expressions_of(path_of(operation.path))
    if not names:
        return {}
    if not service.handlers:
        return dict(zip(names, service.behaviour.path_values(operation, world), strict=False))
    found: dict[str, Any] = {}
    by_name = {parameter.name: parameter for parameter in operation.by_location["path"]}
    steps = path_of(operation.path).split("/")
    for index, step in enumerate(steps):
        for name in expressions_of(step):
            if name in by_name:
                key = _record_key(by_name[name].schema, [*words_of(steps[index - 1]), *words_of(name)], world, records)
                found |= {} if key is None else {name: key}
    return found


def _record_key(schema: Schema, words: Sequence[str], world: World, records: RecordOperationsView) -> str | None:
    """Return the key of an existing record that fits a parameter; of the type whose name has most words in common."""

    def likeness(name: str) -> int:
        return -len({word.rstrip("s") for word in words_of(name)} & {word.rstrip("s") for word in words})

    for kind in sorted((name for name, _, count in records.types(world) if count), key=likeness):
        if not likeness(kind):
            return None
        keys = records.keys(world, kind, _MOST_CANDIDATES)
        fitting = [key for key in keys if schema.is_valid(key)]
        if fitting:
            return fitting[0]
    return None


def _example(
    service: Composed, operation: Operation, parameter: Parameter, known: Mapping[str, Any], world: World
) -> dict[str, Any]:
    """Return the value with which a form is prefilled: an existing record's, a declared example, or a generated one."""
    if parameter.location == "path" and parameter.name in known:
        return {"example": known[parameter.name]}
    for example in parameter.examples:
        if is_json(example) and parameter.schema.is_valid(example):
            return {"example": example}
    random = chance(world.seed, operation.operation_id, parameter.location, parameter.name)
    try:
        value = service.behaviour.generator.value(parameter.schema, random, world.clock.now)
    except Unsatisfiable:
        return {}
    return {"example": value} if is_json(value) else {}


def _body_example(service: Composed, operation: Operation, media: MediaType, world: World) -> dict[str, Any]:
    """Return the body with which a form is prefilled: a declared example, or a generated one that names records."""
    for example in media.fitting.values():
        if example is not None and is_json(example):
            return {"example": example}
    if media.schema is None:
        return {}
    random = chance(world.seed, operation.operation_id, media.name)
    try:
        # With all its members: an empty object is valid, too, and nothing to begin with.
        value = service.behaviour.generator.value(media.schema, random, world.clock.now, optional=1.0)
    except Unsatisfiable:
        return {}
    if operation.operation_id not in service.handlers:
        named = service.behaviour.referring(operation, value, world)
        value = named if media.schema.is_valid(named) else value
    return {"example": value} if is_json(value) else {}


def _credentials(contract: Contract, operation: Operation) -> list[dict[str, str]]:
    """Return where the first security requirement takes a token: location, name, and the text before it."""
    found = []
    for name in operation.security[0] if operation.security else ():
        scheme = compile_scheme(contract.security_schemes.get(name))
        if scheme.is_key:
            found.append({"scheme": name, "in": scheme.location, "name": scheme.name, "prefix": ""})
        elif scheme.kind != "mutualTLS":
            prefix = scheme.spelling + " " if scheme.spelling else "Bearer "
            found.append({"scheme": name, "in": "header", "name": "authorization", "prefix": prefix})
    return found
