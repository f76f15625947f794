"""Parts: the bodies, parameters and headers of an operation in both contracts, and what each contract accepts there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from locum.errors import Violation
from locum.openapi.pointers import split
from locum.openapi.wire.content import read
from locum.openapi.wire.styles import Unreadable, to_pairs, to_text
from locum.review.changes import Witness
from locum.review.checking import Rejection, describe, status_for
from locum.verify.printing import curl_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.headers import Header
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.review.contracts import Contracts
    from locum.review.schemas.pairs import Pair
    from locum.verify.exchanges import Shown

__all__ = ["BodyPart", "ContractPart", "HeaderPart", "ParameterPart", "ResponsePart"]

_DELIMITERS = ",|[]"
"""Delimiters of styles, which clients send as they are."""


@dataclass(slots=True)
class ContractPart(ABC):
    """A part of an operation that has a value, described by a pair of schemas."""

    contracts: Contracts
    operation: str
    """`POST /pets`"""
    label: str
    """`request body application/json`"""
    root: Pair
    base_operation: Operation
    head_operation: Operation
    received: bool
    """Whether clients receive the value, so that a wider schema breaks them; else they send it."""
    is_client_side: bool = False
    """Whether the operation is one of the client: a webhook or a callback, to which no request can be shown."""

    @abstractmethod
    def violations(self, value: Any, *, by_head: bool) -> list[Violation]:
        """Return why one contract does not accept a value."""

    def broken(self, value: Any, path: str, *, from_head: bool) -> int:
        """Return how many rules one contract breaks with a value that the other accepts; 0 if it shows nothing.

        One of them must be about the place at `path` (`/items/*/name`).
        """
        if self.violations(value, by_head=from_head):
            return 0
        found = self.violations(value, by_head=not from_head)
        return len(found) if any(self._is_at(one, path) for one in found) else 0

    def _is_at(self, violation: Violation, path: str) -> bool:
        """Return whether a violation is at a path, above it or below it."""
        own = violation.path[1:] if violation.location != "body" else violation.path
        return all(step in {"*", str(key)} for step, key in zip(split(path), own, strict=False))

    @abstractmethod
    def witness(self, value: Any, path: str) -> Witness | None:
        """Return the example that a harmful change at a path is shown with."""

    def _reason(self, found: Sequence[Violation], path: str) -> str:
        """Describe the violation that is at a path or next to it."""
        if not found:
            return "it is not allowed"
        depth = path.count("/")
        near = [one for one in found if self._is_at(one, path)] or found
        return describe(min(near, key=lambda one: abs(len(one.path) - depth)))

    def _request(self, shown: Shown | None, value: Any, path: str) -> Witness | None:
        """Return a request as an example, if the base accepts it and the head does not."""
        contracts = self.contracts
        if shown is None or self.is_client_side:
            return None
        try:
            base_path = contracts.base.contract.document.base_path
            contracts.base.checker.check(self.base_operation, shown, base_path)
        except Rejection:
            return None
        try:
            contracts.head.checker.check(self.head_operation, shown, base_path)
        except Rejection as rejection:
            found = [one for one in rejection.violations if self.is_about(one)]
            if not found:
                return None
            status = status_for(self.head_operation, rejection.error)
            sentence = f"This request was accepted and is now rejected: {status}, {self._reason(found, path)}."
            return Witness("request", sentence, curl_of(shown), value, has_value=True)
        return None

    def is_about(self, violation: Violation) -> bool:  # noqa: ARG002 (some parts tell)
        """Return whether a violation is one of this part."""
        return True

    def _value_witness(self, value: Any, path: str) -> Witness:
        reason = self._reason(self.violations(value, by_head=not self.received), path)
        if self.received:
            what = "request" if self.is_client_side and "request" in self.label else "response"
            sentence = f"This {what} is possible now; the old contract did not allow it: {reason}."
            status = self.label.split(" ", 1)[0] if self.label[:1].isdigit() or self.label[:7] == "default" else ""
            return Witness(what, sentence, "", value, has_value=True, status=status)
        sentence = f"This value was accepted and is now rejected: {reason}."
        return Witness("request", sentence, "", value, has_value=True)


@dataclass(slots=True)
class BodyPart(ContractPart):
    """A request body in one media type."""

    base_media: MediaType | None = None
    head_media: MediaType | None = None

    def violations(self, value: Any, *, by_head: bool) -> list[Violation]:
        """Return the violations of a body that is written in the media type of the other contract."""
        return _of_body(self.base_media, self.head_media, value, by_head=by_head)

    def witness(self, value: Any, path: str) -> Witness | None:
        """Return a whole request with this body, else the body alone."""
        if self.received or self.base_media is None:
            return self._value_witness(value, path)
        try:
            data = self.base_media.write(value)
            shown = self.contracts.base.documented(self.base_operation)
        except (TypeError, ValueError):
            return self._value_witness(value, path)
        if shown is not None:
            shown = replace(shown, headers={**shown.headers, "content-type": self.base_media.name}, body=data)
        return self._request(shown, value, path) or self._value_witness(value, path)

    def is_about(self, violation: Violation) -> bool:
        """Return whether a violation is one of the body."""
        return violation.location == "body"


@dataclass(slots=True)
class ResponsePart(BodyPart):
    """A response body in one media type."""

    def witness(self, value: Any, path: str) -> Witness | None:
        """Return the response."""
        return self._value_witness(value, path)


def _of_body(base: MediaType | None, head: MediaType | None, value: Any, *, by_head: bool) -> list[Violation]:
    media, other = (head, base) if by_head else (base, head)
    if media is None:
        return []
    if media.json or media.stream is not None or other is None:
        return media.violations(value)
    try:
        data = other.write(value)
        read(data, other.essence, other.header[1], other.schema, other.encoding)
    except (TypeError, ValueError):  # it cannot be written so, or needs the boundary of a multipart body
        return media.violations(value)
    try:
        seen = read(data, other.essence, other.header[1], media.schema, media.encoding)
    except Unreadable as problem:
        return [Violation("body", (), "media type", None, str(problem))]
    return media.violations(value if isinstance(seen, bytes | str) else seen)


@dataclass(slots=True)
class ParameterPart(ContractPart):
    """A parameter."""

    base_parameter: Parameter | None = None
    head_parameter: Parameter | None = None

    def violations(self, value: Any, *, by_head: bool) -> list[Violation]:
        """Return the violations of a value that is written as its sender declares it."""
        base, head = self.base_parameter, self.head_parameter
        assert base is not None  # noqa: S101 (for the type checker: given at the start)
        assert head is not None  # noqa: S101 (as above)
        return read_back(head if self.received else base, head if by_head else base, value)

    def witness(self, value: Any, path: str) -> Witness | None:
        """Return a whole request with this value, else the value alone."""
        base = self.base_parameter
        assert base is not None  # noqa: S101 (for the type checker: given at the start)
        shown = request_with(self.contracts, self.base_operation, base, value)
        return self._request(shown, value, path) or self._value_witness(value, path)

    def is_about(self, violation: Violation) -> bool:
        """Return whether a violation is one of the parameter."""
        head = self.head_parameter
        return head is not None and violation.location == head.location and violation.path[:1] == (head.name,)


def read_back(writer: Parameter, reader: Parameter, value: Any) -> list[Violation]:
    """Write a value as one contract declares a parameter, and return the violations when the other reads it."""
    try:
        if writer.location == "query":
            if writer.json:
                return reader.schema.violations(value, reader.location, (reader.name,))
            pairs: dict[str, list[str]] = {}
            for name, text in to_pairs(value, writer.name, writer.style, explode=writer.explode):
                pairs.setdefault(reader.name if name == writer.name else name, []).append(text)
            if not pairs:
                return reader.schema.violations(value, reader.location, (reader.name,))
            encoded = {name: [quote(text, safe=_DELIMITERS) for text in texts] for name, texts in pairs.items()}
            return list(reader.read_pairs(pairs, encoded)[1])
        if writer.json:
            return reader.schema.violations(value, reader.location, (reader.name,))
        text = to_text(value, writer.name, writer.style, explode=writer.explode)
        if reader.location == "cookie":
            return list(reader.read_cookies(f"{reader.name}={text}")[1])
        return list(reader.read_text(text)[1])
    except (Unreadable, TypeError, ValueError) as problem:
        return [Violation(reader.location, (reader.name,), "style", reader.style, str(problem))]


def request_with(contracts: Contracts, operation: Operation, parameter: Parameter, value: Any) -> Shown | None:
    """Return a documented request of the base with another value of one parameter."""
    shown = contracts.base.documented(operation)
    if shown is None:
        return None
    requests = contracts.base.requests
    try:
        values = {
            (one.location, one.name): requests.value(operation, one)
            for one in operation.parameters
            if one.required and one is not parameter
        }
        values[parameter.location, parameter.name] = value
        content_type = shown.headers.get("content-type", "")
        return requests.of(operation, values, shown.body, content_type)
    except (LookupError, TypeError, ValueError):
        return None


@dataclass(slots=True)
class HeaderPart(ContractPart):
    """A response header."""

    base_header: Header | None = None
    head_header: Header | None = None

    def violations(self, value: Any, *, by_head: bool) -> list[Violation]:
        """Return the violations of a value that is written as the head declares it."""
        writer = self.head_header if self.head_header is not None else self.base_header
        reader = self.head_header if by_head else self.base_header
        if writer is None or reader is None:
            return []
        try:
            text = writer.write(value)
        except (TypeError, ValueError):
            return []
        if reader.admits(text):
            return []
        schema = reader.schema
        found = schema.violations(value, "header", (reader.name,)) if schema is not None else []
        return found or [Violation("header", (reader.name,), "schema", None, "does not fit its schema")]

    def witness(self, value: Any, path: str) -> Witness | None:
        """Return the response."""
        return self._value_witness(value, path)
