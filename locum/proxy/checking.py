"""The rules of the contract that a forwarded request and the upstream's response break."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.errors import ApiError, Violation
from locum.openapi.pointers import split
from locum.openapi.wire.codings import Bomb, UnknownCoding, decode
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.styles import Unreadable
from locum.server.validation import REJECTIONS
from locum.verify.checking.responses import check_response
from locum.verify.exchanges import Shown
from locum.world.journal import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.callers import Caller
    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.server.http import HttpRequest
    from locum.server.pipeline import OperationPipeline
    from locum.world.worlds import World

__all__ = ["check_body", "check_head", "decoded", "response_violations", "violations_of"]

RESPONSE = "response "
"""The beginning of the location of a violation in a response."""


def decoded(data: bytes, headers: Mapping[bytes, bytes], most: int) -> bytes | None:
    """Return a body without its content codings; None if it cannot be decoded, or is larger than `most` bytes."""
    coding = headers.get(b"content-encoding")
    if coding is None or not data:
        return data if len(data) <= most else None
    try:
        return decode(data, coding.decode("latin-1"), most)
    except (UnknownCoding, Bomb, Unreadable):
        return None


def check_head(
    pipeline: OperationPipeline, request: HttpRequest, world: World
) -> tuple[Caller | None, list[tuple[Step, ApiError]]]:
    """Return the caller of a request, and the errors of its credentials and parameters, each with its step.

    A missing credential is an error. Whether a given one is valid is for the upstream to decide, unless locum verifies
    credentials (`--auth strict`).
    """
    headers, query = request.headers, request.scope["query_string"]
    caller, found = None, []
    try:
        caller = pipeline.admit(headers, query, world)
    except ApiError as error:
        found.append((Step.AUTHENTICATION, error))
    try:
        pipeline.reader.parameters(request.path_values, query, headers)
    except REJECTIONS as error:
        found.append((Step.PARAMETERS, error))
    return caller, found


def check_body(pipeline: OperationPipeline, headers: Mapping[bytes, bytes], body: bytes) -> list[tuple[Step, ApiError]]:
    """Return the error of a decoded request body, if it breaks the contract."""
    if pipeline.takes_body:
        try:
            pipeline.reader.body(headers, body)
        except REJECTIONS as error:
            return [(Step.BODY, error)]
    return []


def violations_of(errors: Iterable[ApiError]) -> tuple[Violation, ...]:
    """Return the violations of errors; an error without any counts as one."""
    return tuple(
        violation
        for error in errors
        for violation in error.violations or (Violation("request", (), error.code, None, error.message),)
    )


def response_violations(
    operation: Operation,
    method: str,
    status: int,
    headers: Mapping[bytes, bytes],
    body: bytes | None,
) -> tuple[Violation, ...]:
    """Return the rules of the contract that a response breaks; `body` is decoded, or None for an unknown one."""
    declared = operation.declares(status)
    if declared is not None and body is not None and _is_plainly_valid(declared, headers, body):
        return ()
    shown = Shown(
        method=method,
        url="",
        status=status,
        response_headers={name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()},
        response_body=body or b"",
        cut=body is None,
    )
    return tuple(
        Violation(
            f"{RESPONSE}{_location(rule.response_pointer, status=declared is not None)}",
            _path(rule.response_pointer),
            rule.code,
            None,
            rule.message,
        )
        for rule in check_response(operation, shown)
    )


def _path(pointer: str) -> tuple[str, ...]:
    """Return the place of a rule in a response: steps in its body, or the name of a header."""
    return tuple(split(pointer)) if pointer.startswith("/") else tuple(filter(None, [pointer]))


def _location(pointer: str, *, status: bool) -> str:
    if not status:
        return "status"
    return "body" if not pointer or pointer.startswith("/") else "header"


def _is_plainly_valid(declared: DeclaredResponse, headers: Mapping[bytes, bytes], body: bytes) -> bool:
    """Whether a response is valid JSON of the only declared media type: the case that nearly all responses are."""
    if declared.headers or len(declared.media_types) != 1 or not body:
        return False
    media = next(iter(declared.media_types.values()))
    if not media.json or media.schema is None or media.declared != media.name:
        return False
    sent = headers.get(b"content-type", b"").decode("latin-1")
    if sent.partition(";")[0].strip().lower() != media.name.lower():
        return False
    try:
        return bool(media.schema.is_valid(read_json(body)))
    except Unreadable:
        return False
