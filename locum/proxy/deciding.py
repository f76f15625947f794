"""Deciding: whether the upstream or the mock responds to an operation, before and after the upstream was asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from locum.openapi.pointers import at
from locum.options import MockWhen
from locum.proxy.checking import response_violations
from locum.world.proxying import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.compile.operations import Operation
    from locum.world.worlds import World

__all__ = ["EXTENSION", "SOURCES", "Decider", "declared_source"]

EXTENSION = "x-locum-source"
"""The extension of an operation that says who responds to it."""
SOURCES = ("upstream", "mock")

_NO_ROUTE = re.compile(
    rb"""
    Cannot\ [A-Z]+\ /                                   # Express, NestJS
    | "Route\ [A-Z]+:/                                  # Fastify
    | \A\s*404\ page\ not\ found                        # Go
    | \A\s*\{"detail":\s*"(?:Not\ Found|Method\ Not\ Allowed)"\}\s*\Z   # Starlette, FastAPI
    | The\ requested\ URL\ was\ not\ found\ on\ the\ server  # Flask
    | The\ method\ is\ not\ allowed\ for\ the\ requested\ URL
    | No\ route\ matches                                # Rails
    | <title>Page\ not\ found\ at\ /                    # Django
    | "error":\s*"(?:Not\ Found|Method\ Not\ Allowed)",\s*"path":\s*"/  # Spring
    """,
    re.VERBOSE,
)
"""Bodies of well-known frameworks for a path or a method without a route."""
_ABSENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_OK, _REDIRECTS, _SERVER_ERRORS = 200, 300, 500
"""Every request looks at these, and a member of HTTPStatus takes half a microsecond."""


def declared_source(operation: Operation) -> str | None:
    """Return who responds to an operation according to its document; None if it does not say."""
    declared = at(operation.schemas.document, operation.pointer).get(EXTENSION)
    return declared if declared is None else str(declared)


@dataclass(slots=True)
class Decider:
    """Decides who responds: the world comes first, then settings and documents, then what the upstream showed."""

    mock_when: frozenset[MockWhen]
    fixed: Mapping[str, Decision]
    """The decisions of the settings and the documents, by operationId."""

    def before(self, operation: Operation, world: World) -> Decision:
        """Return who responds to a request before the upstream is asked."""
        name, proxying = operation.operation_id, world.proxying
        if proxying.upstream == "":
            return Decision("mock", "This world has no upstream: everything is mocked.")
        chosen = proxying.choices.get(name)
        if chosen is not None:
            return Decision(chosen, f"It was chosen for {name} in this world.")
        if name in world.preferences:
            return Decision("mock", f"This world prefers a response of {name}.")
        fixed = self.fixed.get(name)
        if fixed is not None:
            return fixed
        remembered = proxying.decisions.get(name)
        if remembered is not None and (remembered.source == "upstream" or self._mocks(MockWhen.UNIMPLEMENTED)):
            return remembered
        return Decision("upstream", "The request was forwarded: nothing says that the operation is mocked.")

    def _mocks(self, when: MockWhen) -> bool:
        return when in self.mock_when

    def may_mock(self, status: int) -> bool:
        """Whether the mock may respond instead of the upstream, depending on the body of its response."""
        return bool(self.mock_when) and (status in _ABSENT or status in _GONE or status >= _SERVER_ERRORS)

    def after_failure(self, operation: Operation, world: World, reason: str) -> Decision | None:
        """Return the decision to mock if the upstream gave no response, or None. It holds for one request."""
        if self.is_free(operation, world) and self._mocks(MockWhen.ERROR):
            return Decision("mock", reason)
        return None

    def is_free(self, operation: Operation, world: World) -> bool:
        """Whether nobody has decided that the upstream responds."""
        name = operation.operation_id
        fixed = self.fixed.get(name)
        return world.proxying.choices.get(name) != "upstream" and (fixed is None or fixed.source != "upstream")

    def after(  # noqa: PLR0913, PLR0917 (a response, and what it is to)
        self,
        operation: Operation,
        world: World,
        method: str,
        status: int,
        headers: Mapping[bytes, bytes],
        body: bytes | None,
    ) -> Decision | None:
        """Return the decision to mock after a response of the upstream, or None; remember what it shows.

        `body` is decoded; None if it could not be, or was not read.
        """
        name, proxying = operation.operation_id, world.proxying
        if not self.mock_when or not self.is_free(operation, world):
            return None
        if _OK <= status < _REDIRECTS:
            if name not in proxying.decisions:
                proxying.decisions[name] = Decision("upstream", f"The upstream has responded with {status}.")
            return None
        if status == HTTPStatus.NOT_IMPLEMENTED or status in _ABSENT:
            found = self._absence(operation, world, method, status, headers, body)
            if found is not None and self._mocks(MockWhen.UNIMPLEMENTED):
                return found
        if status >= _SERVER_ERRORS and self._mocks(MockWhen.ERROR):
            return Decision("mock", f"The upstream responded with {status}.")
        if status in _GONE and self._mocks(MockWhen.MISSING):
            return Decision("mock", f"The upstream responded with {status}: it has no such record.")
        return None

    def _absence(  # noqa: PLR0913, PLR0917 (as above)
        self,
        operation: Operation,
        world: World,
        method: str,
        status: int,
        headers: Mapping[bytes, bytes],
        body: bytes | None,
    ) -> Decision | None:
        """Return the decision to mock if a response shows that the upstream lacks the operation, or None.

        It is remembered if it is certain: a record may be missing only where the path names one.
        """
        name, decisions = operation.operation_id, world.proxying.decisions
        known = decisions.get(name)
        if status == HTTPStatus.NOT_IMPLEMENTED:
            found, is_certain = Decision("mock", "The upstream responded with 501."), True
        elif known is not None and known.source == "upstream":
            return None
        else:
            form = _form(operation, method, status, headers, body)
            if not form:
                return None
            found = Decision("mock", f"The upstream responded with {status} {form}: it has no such operation.")
            is_certain = (
                status == HTTPStatus.METHOD_NOT_ALLOWED or "{" not in operation.path or form.startswith("in the form")
            )
        if is_certain and self._mocks(MockWhen.UNIMPLEMENTED):
            decisions[name] = found
        return found


def _form(operation: Operation, method: str, status: int, headers: Mapping[bytes, bytes], body: bytes | None) -> str:
    """Return how a 404 or 405 differs from the declared one; empty for one that is as declared."""
    if body is not None and _NO_ROUTE.search(body[:4096]):
        return "in the form of a web framework for a missing route"
    if operation.declares(status) is None:
        return "which the contract does not declare"
    if method != "HEAD" and response_violations(operation, method, status, headers, body):
        return "in a form that the contract does not declare"
    return ""
