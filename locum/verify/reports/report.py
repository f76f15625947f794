"""The data of a report, and the redaction of its exchanges."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from locum.openapi.wire.media_types import find_media_type
from locum.redaction import REDACTED, Redaction, Secrets
from locum.redaction.bodies import content_of
from locum.redaction.places import Place
from locum.verify.observed.observer import Routes
from locum.verify.printing import stands_for_a_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.verify.coverage.coverage import Coverage
    from locum.verify.drift import Compared
    from locum.verify.exchanges import Finding, Shown
    from locum.verify.run import ResponseTimes, VerificationResult

__all__ = ["Results", "VerifiedContract", "hidden", "hiding"]


_ANYWHERE = Place(None)
_COOKIES = frozenset({"cookie", "set-cookie"})


def hiding(contract: Contract, base_url: str) -> Callable[[Shown], Shown]:
    """Return a function that redacts the secrets in exchanges with a contract's server."""
    redaction, routes = Redaction(), Routes(contract, urlsplit(base_url).path.rstrip("/"))
    redaction.add(contract, [path for path, _ in contract.operations])
    return lambda shown: hidden(shown, routes.operation(shown), redaction)


def hidden(shown: Shown, operation: Operation | None, redaction: Redaction) -> Shown:
    """Return an exchange redacted as in the journal, by names, formats and contract.

    This hides credentials that the run does not know: tokens from a login or a configuration file. Placeholders of the
    run's own token stay.
    """
    secrets = Secrets(redaction)
    declared = operation.declares(shown.status) if operation is not None else None
    sent = operation.body.media_types if operation is not None and operation.body is not None else {}
    one = replace(
        shown,
        url=_url(secrets, shown.url),
        headers=_headers(secrets, shown.headers),
        body=shown.body and _body(secrets, shown.body, shown.headers, sent),
        response_headers=_headers(secrets, shown.response_headers),
        response_body=_body(
            secrets, shown.response_body, shown.response_headers, declared.media_types if declared else {}
        ),
    )
    return replace(
        one,
        url=secrets.elsewhere(one.url),
        headers=secrets.elsewhere(one.headers),
        body=one.body and _elsewhere(secrets, one.body),
        response_headers=secrets.elsewhere(one.response_headers),
        response_body=_elsewhere(secrets, one.response_body),
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
    """Return a redacted body; the same bytes if it has no secrets."""
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
"""Replaces a body in which secrets cannot be separated from the rest."""


@dataclass(frozen=True, slots=True)
class VerifiedContract:
    """A contract and the run that verified it."""

    contract: Contract
    run: VerificationResult

    @property
    def coverage(self) -> Coverage:
        """The coverage of the contract."""
        return self.run.coverage

    @property
    def asked(self) -> list[Operation]:
        """The selected operations, in the order of the document."""
        chosen = {*self.run.tried, *self.run.never_tried}
        return [one for one in self.contract.operations.values() if one.operation_id in chosen]

    @property
    def slowest(self) -> list[tuple[Operation, ResponseTimes]]:
        """The operations with responses, by descending 95th percentile of their times."""
        by_id = {operation.operation_id: operation for operation in self.contract.operations.values()}
        found = sorted(self.run.times.items(), key=lambda pair: (-pair[1].nearly_all, pair[0]))
        return [(by_id[name], times) for name, times in found if name in by_id]

    def of(self, operation: Operation) -> Iterator[Finding]:
        """Yield the findings of an operation."""
        for finding in self.run.findings:
            if (finding.method.upper(), finding.path) == (operation.method, operation.path):
                yield finding

    @property
    def of_none(self) -> list[Finding]:
        """The findings that concern no operation."""
        return [finding for finding in self.run.findings if not finding.path]


@dataclass(frozen=True, slots=True)
class Results:
    """The content of a report: the result of each contract, and the scenarios that were compared."""

    contracts: Sequence[VerifiedContract] = ()
    drift: Sequence[Compared] = ()

    @property
    def clean(self) -> bool:
        """Whether there are no findings and no differences."""
        return all(verified.run.clean for verified in self.contracts) and not any(one.differences for one in self.drift)
