"""Security: which credentials an operation accepted, and accepts now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.compile.security import compile_scheme
from locum.openapi.pointers import BrokenReference, join
from locum.review.changes import Change, Level, Witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.operations import Operation
    from locum.review.contracts import ReviewedContract
    from locum.review.operations import Couple

__all__ = ["compare_security"]


class _Credential(NamedTuple):
    """What one scheme of a requirement asks for, by what is sent and not by the name of the scheme."""

    kind: str
    location: str
    name: str
    auth_scheme: str
    issuer: str
    scopes: frozenset[str]
    scheme: str
    """The name of the scheme, for sentences only."""

    @property
    def what(self) -> tuple[str, str, str, str, str]:
        """What is sent, without the scopes."""
        return self[:5]

    @property
    def text(self) -> str:
        """The credential in words."""
        scopes = f" with {', '.join(sorted(self.scopes))}" if self.scopes else ""
        return f"{self.scheme}{scopes}"

    def suffices_for(self, other: _Credential) -> bool:
        """Return whether a client with this credential has what another requirement asks for."""
        return self.what == other.what and other.scopes <= self.scopes


_Requirement = tuple[_Credential, ...]


def compare_security(couple: Couple) -> Iterator[Change]:
    """Yield the changes of the security requirements of an operation."""
    if couple.is_client_side:
        return
    base = _requirements(couple.contracts.base, couple.base)
    head = _requirements(couple.contracts.head, couple.head)
    pointers = _pointer(couple.raws[0], couple.base), _pointer(couple.raws[1], couple.head)
    for one in base:
        if not any(_meets(one, other) for other in head):
            yield _rejected(couple, one, head, pointers)
    for other in head:
        if not any(_meets(other, one) for one in base):
            sentence = f"requests with {_text(other)} are accepted now"
            yield couple.change(
                "security-added", Level.COMPATIBLE, "security", sentence, at=pointers, subject=_text(other)
            )


def _rejected(couple: Couple, one: _Requirement, head: list[_Requirement], at: tuple[str, str]) -> Change:
    accepted = " or ".join(map(_text, head))
    scopes = [
        sorted(other[0].scopes - one[0].scopes)
        for other in head
        if len(other) == len(one) == 1 and other[0].what == one[0].what
    ]
    if scopes:
        sentence = f"the scope {', '.join(scopes[0])} is required now"
        kind, status = "scope-added", 403
    elif not one:
        sentence, kind, status = f"credentials are required now: {accepted}", "security-required", 401
    else:
        sentence = f"{_text(one)} is no longer accepted; {accepted} is"
        kind, status = "security-removed", 401
    witness = Witness("request", f"A request with {_text(one)} was accepted and is now rejected: {status}.")
    return couple.change(kind, Level.BREAKING, "security", sentence, at=at, witness=witness, subject=_text(one))


def _meets(one: _Requirement, other: _Requirement) -> bool:
    """Return whether credentials for one requirement meet another."""
    return all(any(mine.suffices_for(theirs) for mine in one) for theirs in other)


def _text(requirement: _Requirement) -> str:
    return " and ".join(one.text for one in requirement) or "no credentials"


def _pointer(raw: dict[str, Any], operation: Operation) -> str:
    return join(operation.pointer, "security") if "security" in raw else "/security"


def _requirements(reviewed: ReviewedContract, operation: Operation) -> list[_Requirement]:
    """Return the alternatives of which a request must meet one."""
    try:
        schemes = reviewed.contract.security_schemes
    except BrokenReference:
        schemes = {}
    declared = operation.security if isinstance(operation.security, list) else []
    found = [
        tuple(_credential(str(name), schemes.get(name), scopes) for name, scopes in requirement.items())
        for requirement in declared
        if isinstance(requirement, dict)
    ]
    return found or [()]


def _credential(name: str, scheme: Any, scopes: Any) -> _Credential:
    compiled = compile_scheme(scheme)
    listed = frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset[str]()
    issuer = ""
    if isinstance(scheme, dict) and compiled.kind == "openIdConnect":
        issuer = str(scheme.get("openIdConnectUrl", ""))
    unknown = name if compiled.kind == "any" else ""
    place = compiled.name.lower() if compiled.location == "header" else compiled.name
    return _Credential(compiled.kind, compiled.location, place or unknown, compiled.auth_scheme, issuer, listed, name)
