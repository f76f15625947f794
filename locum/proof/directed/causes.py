"""Causes: the requests that an operation is likely to answer with a status, as HTTP and its contract have it.

RFC 9110, section 15, says what a status means; the contract says what is right, so that it is known what is wrong.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from locum.openapi.paths import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.proof.findings import Shown
    from locum.proof.requests import Requests

__all__ = ["Cause", "causes_of"]

_UNKNOWN = ("00000000-0000-4000-8000-000000000000", "0", "999999999", "unknown", "locum-unknown")
"""What hardly anybody has as an identifier; the first that fits its schema is tried."""
_WRONG = ("%FF", "none at all", "-1", "x", "")
"""Texts, as they stand in a URL, that are hardly ever right; each is tried that breaks its schema."""
_BODIES = (b"{", b"{}", b"[]", b"null", b"0")
_OF_NOBODY = "application/x-locum-unknown"


@dataclass(frozen=True, slots=True)
class Cause:
    """What a server is asked to cause one status."""

    requests: Requests
    operation: Operation
    base: Shown
    """A request that is right, with what was answered to it, if it was asked before."""
    powerless: str = ""
    """A token of somebody who may do nothing; empty where there is none."""
    prefers: bool = False
    """Whether any declared answer can be had by asking for it with Prefer (RFC 7240)."""
    prefers_failures: bool = False
    """Whether failures can: there is no other cause of them in a stand-in."""


def causes_of(cause: Cause, status: str, media_type: str, most: int) -> Iterator[Shown]:
    """Yield requests, not many more than `most`, that a declared status (`404`, `4XX`, `default`) is likely to come of.

    The media type is that of the answer; empty where it has no body.
    """
    # Rather than the usual one, and any other rather than none: a success may have no such form.
    accepting = {"accept": f"{media_type}, */*;q=0.1"} if media_type and "*" not in media_type else {}
    for shown in islice((shown for code in _codes(status) for shown in _causes(cause, code)), most):
        yield replace(shown, headers={**accepting, **shown.headers})
    if cause.prefers or (cause.prefers_failures and status.startswith("5")):
        yield replace(cause.base, headers={**cause.base.headers, **accepting, "prefer": f"code={status}"})


def _codes(status: str) -> list[int]:
    if status.isdigit():
        return [int(status)]
    usual = [200, 304, 400, 401, 403, 404, 406, 412, 415, 422]
    return [code for code in usual if status == "default" or status[:1] == str(code)[:1]]


def _causes(cause: Cause, code: int) -> Iterator[Shown]:
    base, operation = cause.base, cause.operation
    if code < HTTPStatus.MULTIPLE_CHOICES:
        yield base
    elif code == HTTPStatus.NOT_MODIFIED:
        yield _with(base, "if-none-match", base.answer_headers.get("etag", "*"))
    elif code == HTTPStatus.UNAUTHORIZED:
        bare = cause.requests.without_credentials(operation, base)
        yield bare
        yield _with(bare, "authorization", "Bearer unknown")
    elif code == HTTPStatus.FORBIDDEN and cause.powerless:
        yield _with(base, "authorization", f"Bearer {cause.powerless}")
    elif code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        yield from (replace(base, url=url) for url in _elsewhere(cause, _unknown))
    elif code == HTTPStatus.NOT_ACCEPTABLE:
        yield _with(base, "accept", _OF_NOBODY)
    elif code == HTTPStatus.PRECONDITION_FAILED:
        yield _with(base, "if-match", '"locum-unknown"')
    elif code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE and operation.body is not None:
        yield replace(base, headers={**base.headers, "content-type": _OF_NOBODY}, body=base.body or b"x")
    elif code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
        yield from _malformed(cause)


def _malformed(cause: Cause) -> Iterator[Shown]:
    base, operation = cause.base, cause.operation
    if operation.body is not None:
        content_type = base.headers.get("content-type", "application/json")
        for body in (*_BODIES, *_without_a_member(base.body)):
            yield replace(base, headers={**base.headers, "content-type": content_type}, body=body)
    yield from (replace(base, url=url) for url in _elsewhere(cause, _wrong))
    for parameter in operation.by_location["query"]:
        for text in _wrong(cause, parameter):
            sign = "&" if "?" in base.url else "?"
            yield replace(base, url=f"{base.url}{sign}{parameter.name}={text}")
    for parameter in operation.by_location["header"]:
        bare = {name: value for name, value in base.headers.items() if name != parameter.name.lower()}
        yield replace(base, headers=bare)
        yield from (_with(base, parameter.name.lower(), text) for text in _wrong(cause, parameter) if "%" not in text)


def _without_a_member(body: bytes | None) -> Iterator[bytes]:
    """Yield a JSON object without one of its members, and with one that is of another type."""
    try:
        value = json.loads(body or b"")
    except ValueError:
        return
    if isinstance(value, dict):
        for name in value:
            yield json.dumps({key: member for key, member in value.items() if key != name}).encode()
            yield json.dumps({**value, name: {"locum": ["unknown"]}}).encode()


def _elsewhere(cause: Cause, texts: Callable[[Cause, Parameter], list[str]]) -> Iterator[str]:
    """Yield the address of a request with other texts in the place of its path parameters."""
    parameters = cause.operation.by_location["path"]
    if not parameters:
        return
    query = cause.base.url.partition("?")[2]
    variants = [texts(cause, parameter) for parameter in parameters]
    for number in range(max(map(len, variants))):
        path = path_of(cause.operation.path)
        for parameter, found in zip(parameters, variants, strict=True):
            text = found[min(number, len(found) - 1)] if found else "x"
            path = path.replace("{" + parameter.name + "}", text)
        yield cause.requests.base_url + path + ("?" + query if query else "")


def _unknown(cause: Cause, parameter: Parameter) -> list[str]:
    """Return identifiers of the right form that hardly anybody has."""
    fitting = [text for text in _UNKNOWN if not parameter.read_text(text)[1]]
    made = cause.requests.invented(cause.operation, parameter)
    return [*fitting, *([quote(str(made), safe="")] if made not in {None, ""} else [])] or list(_UNKNOWN[-1:])


def _wrong(_: Cause, parameter: Parameter) -> list[str]:
    return [text for text in _WRONG if "%" in text or (text and parameter.read_text(text)[1])]


def _with(base: Shown, name: str, value: str) -> Shown:
    return replace(base, headers={**base.headers, name: value})
