"""Turn failed Schemathesis checks into broken_rules, and decide whether the server or the contract is likely wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.generate.generator import Generator, Unsatisfiable
from locum.openapi.pointers import BrokenReference, at, join
from locum.openapi.wire.media_types import essence_of
from locum.openapi.wire.streams import is_stream
from locum.verify.checking.responses import BrokenRule
from locum.world.clock import EPOCH
from locum.world.seeded import chance

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.verify.exchanges import Exchange, FailedCheck

__all__ = ["CONFORMITY", "broken_rule_of", "culprit_of", "is_ours_alone", "taken_media_type"]


_USUAL = {
    400: "a server must reject invalid requests with some status",
    401: "the server rejects credentials, so the contract should declare it",
    403: "the server denies access to some users, so the contract should declare it",
    404: "a server must respond to unknown ids with some status",
    405: "HTTP defines this response for every operation",
    406: "HTTP defines this response for every operation",
    413: "HTTP defines this response for every operation",
    415: "HTTP defines this response for every operation",
    422: "a server must reject invalid requests with some status",
    429: "this is the response of rate limiting",
}
_BODIES = range(20, 33)


def culprit_of(operation: Operation, exchange: Exchange, broken_rule: BrokenRule) -> tuple[str, str]:
    """Return the likely cause, `server` or `contract`, and the reason as a sentence."""
    status = exchange.shown.status
    if broken_rule.why:
        return "server", broken_rule.why
    if broken_rule.code == "L001" and status in _USUAL and _is_expected(operation, exchange, status):
        return "contract", f"It does not declare {status}, and {_USUAL[status]}."
    if broken_rule.code == "L055":
        return "contract", "It allows input that the server rejects, so a rule is missing in it."
    if broken_rule.code == "L014" and status != 204:  # noqa: PLR2004 (no content)
        return "contract", "It does not declare the body that the server sends."
    if int(broken_rule.code[1:]) in _BODIES:
        if _is_contradictory(operation, status):
            return "contract", "No value fits the schema of this response."
        if _breaks_its_own_example(operation, status):
            return "contract", "Its own example of this response breaks the schema, too."
        return "server", "The contract is binding, and its examples are valid."
    if broken_rule.code == "L001" and status < 400:  # noqa: PLR2004 (no error)
        return "unclear", "The server may respond so on purpose, and the contract may be out of date."
    if broken_rule.code == "L012" and status < 400:  # noqa: PLR2004 (as above)
        return "unclear", "Either the server or the contract names the wrong media type."
    if broken_rule.code == "L012" and status >= 400:  # noqa: PLR2004 (errors begin there)
        return "server", "The error comes from a framework or a proxy, and not from the API."
    if broken_rule.code.startswith("L06"):
        return "server", "Declared security protects the owner of the data."
    return "server", "The contract is binding."


def _is_expected(operation: Operation, exchange: Exchange, status: int) -> bool:
    """Whether this status is an expected response to such a request."""
    if status == 404:  # noqa: PLR2004 (not found)
        return "{" in operation.path
    if status in {400, 422}:
        return exchange.positive is not True
    return True


def _is_contradictory(operation: Operation, status: int) -> bool:
    """Return whether no body can keep the contract, because its rules exclude each other."""
    declared = operation.declares(status)
    schemas = [one.schema for one in declared.media_types.values() if one.schema is not None] if declared else []
    generator = Generator(operation.schemas)
    for schema in schemas:
        try:
            generator.value(schema, chance(0, schema.pointer), EPOCH)
        except Unsatisfiable:
            return True
    return False


def _breaks_its_own_example(operation: Operation, status: int) -> bool:
    declared = operation.declares(status)
    if declared is None:
        return False
    try:
        content = at(operation.schemas.document, declared.pointer).get("content") or {}
    except BrokenReference:
        return False
    medias = declared.media_types.values() if content else ()
    return any(media.examples and len(media.fitting) < len(media.examples) for media in medias)


CONFORMITY = frozenset(
    {
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    }
)
"""Schemathesis checks that repeat our own: they count only if ours found nothing."""

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
    "ScenarioFailed": "L072",
    "ResponseTimeExceeded": "L080",
}
_BY_PLACE = {"body": "L050", "query": "L051", "path": "L052", "header": "L053", "cookie": "L053"}
_NOT_FOUND, _NOT_ALLOWED = 404, 405
_SUCCESS = range(200, 300)


def broken_rule_of(operation: Operation, failed_check: FailedCheck) -> BrokenRule:
    """Return the broken_rule of a failed check."""
    code = _code(failed_check)
    return BrokenRule(code, _sentence(code, failed_check), _pointer(operation, code))


def is_ours_alone(failed_check: FailedCheck, operation: Operation) -> bool:
    """Whether to ignore a failed check because our own is more precise.

    We check each item of a stream and each `Set-Cookie` line, and do not require headers that describe the bytes of a
    message. 404 rejects an undeclared method: servers that route by method and path together know no other response.
    """
    shown = failed_check.exchange.shown
    if failed_check.kind == "UnsupportedMethodResponse":
        return shown.status == _NOT_FOUND
    if failed_check.check == "response_schema_conformance":
        return is_stream(essence_of(shown.response_headers.get("content-type", "")))
    declared = operation.declares(shown.status)
    if failed_check.check != "response_headers_conformance" or declared is None:
        return False
    if failed_check.kind == "MissingHeaders":
        return bool(declared.framing - shown.response_headers.keys())
    return any(header.repeats for header in declared.headers.values())


def _code(failed_check: FailedCheck) -> str:
    exchange, kind = failed_check.exchange, failed_check.kind
    taken = exchange.shown.status in _SUCCESS
    if kind == "AcceptedNegativeData":
        return _code_of_invalid(exchange)
    if kind == "MissingHeaderNotRejected":
        if "authorization" not in failed_check.message.lower():
            return "L054"
        return "L060" if taken else "L062"
    if kind == "UnsupportedMethodResponse":
        return "L043" if exchange.shown.status == _NOT_ALLOWED else "L057"
    if kind == "IgnoredAuth":
        without = "without authentication" in failed_check.title
        return "L062" if without and not taken else "L060" if without else "L061"
    return _BY_KIND.get(kind, "L081")


def _code_of_invalid(exchange: Exchange) -> str:
    """Return the code of an invalid request that was accepted. An invalid Authorization header is one of security."""
    code, how = _BY_PLACE.get(exchange.broken, "L050"), exchange.broken_by.lower()
    if code != "L053":
        return code
    is_left_out = "missing" in how or "`required`" in how
    if "authorization" in how:
        return "L060" if is_left_out else "L061"
    return "L054" if is_left_out else code


def _sentence(code: str, failed_check: FailedCheck) -> str:
    exchange = failed_check.exchange
    shown = exchange.shown
    text = " ".join(failed_check.message.split())
    if code in _BY_PLACE.values():
        how = f" ({exchange.broken_by})" if exchange.broken_by else ""
        return f"Status {shown.status} for a request with an invalid {exchange.broken or 'body'}{how}."
    if code == "L054":
        how = exchange.broken_by or text
        return f"Status {shown.status} for a request without a required header ({how})."
    if code == "L055":
        words = " ".join(shown.response_body[:160].decode("utf-8", "replace").split())
        return f"Status {shown.status} for a valid request: {words}"
    if code == "L002":
        return f"Status {shown.status} for {shown.method}."
    if code == "L043":
        return f"Status 405 for {shown.method} without an Allow header."
    if code == "L057":
        return f"Status {shown.status} for {shown.method}, which is not declared."
    if code in {"L060", "L061", "L062"}:
        without = "without credentials" if code != "L061" else "with invalid credentials"
        return f"Status {shown.status} for a request {without}."
    return (f"{failed_check.check}: {text}" if code == "L081" else text)[:400]


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


def taken_media_type(operation: Operation, exchange: Exchange) -> BrokenRule | None:
    """Return a broken_rule if a body with an undeclared media type was accepted, else None."""
    shown = exchange.shown
    if exchange.probe != "media_type" or shown.status not in _SUCCESS or operation.body is None or not shown.body:
        return None
    media = shown.headers.get("content-type", "")
    declared = ", ".join(operation.body.media_types)
    message = f"Status {shown.status} for a body of {media[:60] or 'no media type'}. Declared: {declared}."
    return BrokenRule("L056", message, _pointer(operation, "L056"))
