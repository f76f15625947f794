"""Contracts: two compiled contracts side by side, and quick tests whether a piece is the same in both."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from locum.generate.generator import Generator
from locum.openapi.compile.operations import base_paths_of
from locum.openapi.pointers import BrokenReference, at, pointer_of
from locum.review.checking import RequestChecker
from locum.review.schemas.comparison import Comparison
from locum.review.schemas.sides import Side
from locum.review.schemas.values import Maker
from locum.review.schemas.views import canonical
from locum.verify.requests import Requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.dialects import Direction

__all__ = ["Contracts", "ReviewedContract"]

_URL = "http://127.0.0.1:4010"
"""Where `locum serve` listens, so that the curl lines work."""


class ReviewedContract:
    """One of the two contracts: its schemas in each direction, its requests, and its checker of requests."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.generator = Generator(contract.schemas)
        self._sides: dict[Direction, Side] = {}
        self._makers: dict[Direction, Maker] = {}

    @property
    def content(self) -> dict[str, Any]:
        """The repaired document, with its references as pointers."""
        return self.contract.schemas.document

    @cached_property
    def requests(self) -> Requests:
        """Builds requests to the operations of the contract."""
        return Requests(self.contract, _URL + self.contract.document.base_path)

    @cached_property
    def checker(self) -> RequestChecker:
        """Checks whole requests."""
        return RequestChecker()

    @cached_property
    def base_paths(self) -> dict[tuple[str, str], str]:
        """The base paths of operations with servers of their own."""
        return base_paths_of(self.contract.document.content)

    def side(self, direction: Direction) -> Side:
        """Return the schemas of one direction."""
        if direction not in self._sides:
            self._sides[direction] = Side(self.contract.schemas, direction)
        return self._sides[direction]

    def maker(self, direction: Direction) -> Maker:
        """Return the maker of values of one direction."""
        if direction not in self._makers:
            self._makers[direction] = Maker(self.side(direction), self.generator)
        return self._makers[direction]

    def documented(self, operation: Operation) -> Any:
        """Return a request with the examples of the contract; None if one cannot be made."""
        return self.requests.documented(operation)


@dataclass(slots=True)
class _Same:
    """Remembers which targets of references, with all that they refer to, are equal in both documents."""

    equal: set[str] = field(default_factory=set)
    different: set[str] = field(default_factory=set)


class Contracts:
    """The contract before a change and the one after it."""

    def __init__(self, base: Contract, head: Contract) -> None:
        self.base = ReviewedContract(base)
        self.head = ReviewedContract(head)
        self._comparisons: dict[Direction, Comparison] = {}
        self._same = _Same()
        self._one_dialect = base.schemas.legacy == head.schemas.legacy

    def comparison(self, direction: Direction) -> Comparison:
        """Return the comparison of the schemas of one direction."""
        if direction not in self._comparisons:
            self._comparisons[direction] = Comparison(
                self.base.side(direction), self.head.side(direction), self.is_unchanged
            )
        return self._comparisons[direction]

    def makers(self, direction: Direction) -> tuple[Maker, Maker]:
        """Return the makers of values of the base and of the head."""
        return self.base.maker(direction), self.head.maker(direction)

    def is_unchanged(self, base: Any, head: Any) -> bool:
        """Return whether two pieces of the documents, and all that they refer to, are written alike."""
        if not self._one_dialect or base != head:
            return False
        # True == 1 and 1 == 1.0 in Python; only the former matters.
        return canonical(base) == canonical(head) and all(map(self._is_same_target, _references_in(base)))

    def _is_same_target(self, reference: str) -> bool:
        try:
            start = pointer_of(reference)
        except BrokenReference:
            return True  # the same text in both, and no target in either
        if start in self._same.equal:
            return True
        if start in self._same.different:
            return False
        seen, pending = {start}, [start]
        while pending:
            pointer = pending.pop()
            if pointer in self._same.equal:
                continue
            if pointer in self._same.different or not self._is_same_piece(pointer):
                self._same.different.add(start)
                return False
            for inner in _references_in(at(self.base.content, pointer)):
                if not inner.startswith("#"):
                    continue
                target = pointer_of(inner)
                if target not in seen:
                    seen.add(target)
                    pending.append(target)
        self._same.equal |= seen
        return True

    def _is_same_piece(self, pointer: str) -> bool:
        try:
            base, head = at(self.base.content, pointer), at(self.head.content, pointer)
        except BrokenReference:
            self._same.different.add(pointer)
            return False
        if base == head and canonical(base) == canonical(head):
            return True
        self._same.different.add(pointer)
        return False


def _references_in(value: Any) -> Iterator[str]:
    """Yield the references within a piece of a document, those of discriminators included."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            reference = one.get("$ref")
            if isinstance(reference, str):
                yield reference
            mapping = one.get("mapping")
            if isinstance(mapping, dict):
                yield from (target for target in mapping.values() if isinstance(target, str) and "#/" in target)
            pending += one.values()
        elif isinstance(one, list):
            pending += one
