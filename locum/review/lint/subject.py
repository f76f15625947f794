"""Subjects: documents as the rules of `spectral:oas` see them, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from locum.openapi.lint.diagnostics import Severity
from locum.openapi.pointers import BrokenReference, follow, join, split

if TYPE_CHECKING:
    from locum.openapi.compile.contracts import Contract

__all__ = [
    "METHODS",
    "BuiltIn",
    "Found",
    "Subject",
    "as_dict",
    "as_list",
    "is_filled",
    "is_parameter",
    "member_at",
    "needs",
]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Found: TypeAlias = Iterator[tuple[str, str]]
"""Pointers with messages; an empty message stands for the description of the rule."""


class Subject:
    """A document as the rules see it: as written, with all its objects listed once."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        document = contract.as_read
        self.content: dict[str, Any] = document.content if document.swagger is None else document.swagger
        self.version = "2" if document.swagger is not None else str(self.content.get("openapi", ""))[:3]
        self._objects: list[tuple[str, dict[str, Any]]] | None = None

    @property
    def objects(self) -> list[tuple[str, dict[str, Any]]]:
        """Every object of the document with its pointer."""
        if self._objects is None:
            self._objects = []
            pending: list[tuple[str, Any]] = [("", self.content)]
            while pending:
                pointer, value = pending.pop()
                if isinstance(value, dict):
                    self._objects.append((pointer, value))
                    pending += [(join(pointer, key), inner) for key, inner in value.items()]
                elif isinstance(value, list):
                    pending += [(join(pointer, index), inner) for index, inner in enumerate(value)]
            self._objects.reverse()
        return self._objects

    @property
    def items(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Every path item: its path, its pointer and itself."""
        paths = self.content.get("paths")
        for path, item in paths.items() if isinstance(paths, dict) else ():
            resolved = self.resolved(item)
            if isinstance(resolved, dict):
                yield path, join("/paths", path), resolved

    @property
    def operations(self) -> Iterator[tuple[str, dict[str, Any], str]]:
        """Every operation: its pointer, itself and its path."""
        for path, pointer, item in self.items:
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    yield join(pointer, method), item[method], path

    def resolved(self, value: Any) -> Any:
        """Return a value, or the target of its reference."""
        try:
            return follow(self.content, value)
        except BrokenReference:
            return value


def member_at(content: Any, *steps: str) -> Any:
    """Return the member of nested objects; None if there is none."""
    for step in steps:
        if not isinstance(content, dict):
            return None
        content = content.get(step)
    return content


def needs(*steps: str) -> Callable[[Subject], Found]:
    """Return a check that a member of the document is there and not empty."""

    def check(subject: Subject) -> Found:
        if not member_at(subject.content, *steps) and not isinstance(member_at(subject.content, *steps), dict | list):
            yield join("", *steps), ""

    return check


def as_list(value: Any) -> list[Any]:
    """Return a list, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def as_dict(value: Any) -> dict[str, Any]:
    """Return an object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def is_filled(value: Any) -> bool:
    """Return whether a value is a list with elements."""
    return isinstance(value, list) and bool(value)


def is_parameter(pointer: str) -> bool:
    """Return whether a pointer is that of a parameter."""
    steps = split(pointer)
    return len(steps) > 1 and steps[-2] == "parameters" and steps[0] in {"paths", "components", "parameters"}


class BuiltIn(NamedTuple):
    """A built-in rule."""

    description: str
    check: Callable[[Subject], Found]
    severity: Severity = Severity.WARNING
    recommended: bool = True
    formats: tuple[str, ...] = ()
