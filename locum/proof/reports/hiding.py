"""Hiding: an exchange without anything in it that is a secret by its name, its form, or its contract."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from locum.control.journal_bodies import content_of
from locum.control.redaction import REDACTED, Redaction, Secrets
from locum.control.redaction.places import Place
from locum.openapi.wire.media_ranges import find_media_type
from locum.proof.observed.routes import Routes
from locum.proof.telling import stands_for_a_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.proof.findings import Shown

__all__ = ["hidden", "hiding"]

_ANYWHERE = Place(None)
_COOKIES = frozenset({"cookie", "set-cookie"})


def hiding(contract: Contract, base_url: str) -> Callable[[Shown], Shown]:
    """Return a function that hides what is secret in exchanges with a contract's server."""
    redaction, routes = Redaction(), Routes(contract, urlsplit(base_url).path.rstrip("/"))
    redaction.add(contract, [path for path, _ in contract.operations])
    return lambda shown: hidden(shown, routes.operation(shown), redaction)


def hidden(shown: Shown, operation: Operation | None, redaction: Redaction) -> Shown:
    """Return an exchange as the journal would show it: also without credentials that nobody told the run.

    A login gives out tokens, and a configuration file may hold some. What stands for the run's own token stays.
    """
    secrets = Secrets(redaction)
    declared = operation.declares(shown.status) if operation is not None else None
    sent = operation.body.media_types if operation is not None and operation.body is not None else {}
    one = replace(
        shown,
        url=_url(secrets, shown.url),
        headers=_headers(secrets, shown.headers),
        body=shown.body and _body(secrets, shown.body, shown.headers, sent),
        answer_headers=_headers(secrets, shown.answer_headers),
        answer=_body(secrets, shown.answer, shown.answer_headers, declared.media_types if declared else {}),
    )
    return replace(
        one,
        url=secrets.elsewhere(one.url),
        headers=secrets.elsewhere(one.headers),
        body=one.body and _elsewhere(secrets, one.body),
        answer_headers=secrets.elsewhere(one.answer_headers),
        answer=_elsewhere(secrets, one.answer),
    )


def _url(secrets: Secrets, text: str) -> str:
    url = urlsplit(text)
    return urlunsplit(url._replace(path=secrets.text(url.path), query=secrets.query(url.query, {})))


def _headers(secrets: Secrets, headers: dict[str, str]) -> dict[str, str]:
    return {
        name: value if stands_for_a_secret(value) and name not in _COOKIES else secrets.header(name, value)
        for name, value in headers.items()
    }


def _body(secrets: Secrets, data: bytes, headers: dict[str, str], declared: Mapping[str, MediaType]) -> bytes:
    """Return a body; to the byte as it was where there is nothing to hide."""
    media_type = headers.get("content-type", "")
    media = find_media_type(declared, media_type) or next(iter(declared.values()), None)
    place = Place(media.schema) if media is not None and media.schema is not None else _ANYWHERE
    content = content_of(data, media_type)
    if content.form in {"json", "form"}:
        value = secrets.value(content.value, place)
        if value == content.value:
            return data
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") if content.form == "json" else _WITHHELD
    if content.form == "text" and place.holds_secrets():
        return _WITHHELD
    return secrets.string(content.value).encode() if content.form == "text" else data


def _elsewhere(secrets: Secrets, data: bytes) -> bytes:
    try:
        return str(secrets.elsewhere(data.decode())).encode()
    except UnicodeDecodeError:
        return data


_WITHHELD = REDACTED.encode()
"""Stands for a body in which a secret cannot be told from the rest."""
