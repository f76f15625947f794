"""Complaints: the checks of Schemathesis' that fail, as breaches with codes of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.openapi.pointers import join
from locum.openapi.wire.media_types import essence_of
from locum.openapi.wire.streams import is_stream
from locum.proof.judging.breaches import Breach

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.proof.exchanges import Complaint, Exchange

__all__ = ["CONFORMITY", "breach_of", "is_ours_alone", "taken_media_type"]

CONFORMITY = frozenset(
    {
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    }
)
"""The checks that say what our own judgement says: they count only where it is silent."""

_BY_KIND = {
    "UndefinedStatusCode": "L001",
    "ServerError": "L002",
    "ContentTypeServerError": "L002",
    "MissingContentType": "L010",
    "MalformedMediaType": "L011",
    "UndefinedContentType": "L012",
    "ContentDeserializationError": "L013",
    "MalformedJson": "L013",
    "DiscriminatorMismatch": "L029",
    "MissingHeaders": "L040",
    "JsonSchemaError": "L032",
    "AllowHeaderMismatch": "L044",
    "RejectedPositiveData": "L055",
    "ObjectLevelAuthorizationViolation": "L063",
    "UseAfterFree": "L070",
    "EnsureResourceAvailability": "L071",
    "RecipeFailed": "L072",
    "ResponseTimeExceeded": "L080",
}
_BY_PLACE = {"body": "L050", "query": "L051", "path": "L052", "header": "L053", "cookie": "L053"}
_NOT_ALLOWED = 405
_SUCCESS = range(200, 300)


def breach_of(operation: Operation, complaint: Complaint) -> Breach:
    """Say a failed check as a breach."""
    code = _code(complaint)
    return Breach(code, _sentence(code, complaint), _pointer(operation, code))


def is_ours_alone(complaint: Complaint, operation: Operation) -> bool:
    """Whether a check does not know what our own judgement knows, which then counts alone.

    The items of a stream are judged one by one, `Set-Cookie` line by line, and headers that describe the bytes of a
    message are not required.
    """
    shown = complaint.exchange.shown
    if complaint.check == "response_schema_conformance":
        return is_stream(essence_of(shown.answer_headers.get("content-type", "")))
    declared = operation.declares(shown.status)
    if complaint.check != "response_headers_conformance" or declared is None:
        return False
    if complaint.kind == "MissingHeaders":
        return bool(declared.framing - shown.answer_headers.keys())
    return any(header.repeats for header in declared.headers.values())


def _code(complaint: Complaint) -> str:
    exchange, kind = complaint.exchange, complaint.kind
    taken = exchange.shown.status in _SUCCESS
    if kind == "AcceptedNegativeData":
        code = _BY_PLACE.get(exchange.broken, "L050")
        if code == "L053" and "missing" in exchange.broken_by.lower():
            return "L060" if "authorization" in exchange.broken_by.lower() else "L054"
        return code
    if kind == "MissingHeaderNotRejected":
        if "authorization" not in complaint.message.lower():
            return "L054"
        return "L060" if taken else "L062"
    if kind == "UnsupportedMethodResponse":
        return "L043" if exchange.shown.status == _NOT_ALLOWED else "L057"
    if kind == "IgnoredAuth":
        without = "without authentication" in complaint.title
        return "L062" if without and not taken else "L060" if without else "L061"
    return _BY_KIND.get(kind, "L081")


def _sentence(code: str, complaint: Complaint) -> str:
    exchange = complaint.exchange
    shown = exchange.shown
    said = " ".join(complaint.message.split())
    if code in _BY_PLACE.values():
        how = f" ({exchange.broken_by})" if exchange.broken_by else ""
        return f"It answers {shown.status} to a request whose {exchange.broken or 'body'} breaks the contract{how}."
    if code == "L054":
        how = exchange.broken_by or said
        return f"It answers {shown.status} to a request without a required header ({how})."
    if code == "L055":
        words = " ".join(shown.answer[:160].decode("utf-8", "replace").split())
        return f"It answers {shown.status} to a request that keeps the contract: {words}"
    if code == "L002":
        return f"It answers {shown.status} to {shown.method}."
    if code == "L043":
        return f"It answers 405 to {shown.method} without Allow."
    if code == "L057":
        return f"It answers {shown.status} to {shown.method}, which is not declared."
    if code in {"L060", "L061", "L062"}:
        without = "without credentials" if code != "L061" else "with credentials that nobody gave out"
        return f"It answers {shown.status} to a request {without}."
    return (f"{complaint.check}: {said}" if code == "L081" else said)[:400]


def _pointer(operation: Operation, code: str) -> str:
    if code in {"L050", "L056"} and operation.body is not None:
        return join(operation.pointer, "requestBody")
    if code in {"L051", "L052", "L053", "L054"}:
        return join(operation.pointer, "parameters")
    if code in {"L060", "L061", "L062"}:
        return join(operation.pointer, "security")
    if code in {"L043", "L044", "L057"}:
        return operation.pointer.rpartition("/")[0]
    return operation.pointer


def taken_media_type(operation: Operation, exchange: Exchange) -> Breach | None:
    """Say that a body of a media type that is not declared was taken, where it was."""
    shown = exchange.shown
    if exchange.probe != "media_type" or shown.status not in _SUCCESS or operation.body is None or not shown.body:
        return None
    media = shown.headers.get("content-type", "")
    declared = " or ".join(operation.body.media_types)
    message = f"It answers {shown.status} to a body of {media[:60] or 'no media type'}; declared is {declared}."
    return Breach("L056", message, _pointer(operation, "L056"))
