"""Operations: what differs between two versions of one operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import home_of, join
from locum.review.bodies import compare_request_body
from locum.review.changes import Change, Level, Site
from locum.review.parameters import compare_parameters
from locum.review.promises import compare_deprecation, is_unstable
from locum.review.responses import compare_responses
from locum.review.security import compare_security

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from locum.openapi.compile.operations import Operation
    from locum.review.contracts import Contracts
    from locum.review.parts import ContractPart

__all__ = ["Couple", "compare_operation"]


@dataclass(slots=True)
class Couple:
    """One operation in both contracts."""

    contracts: Contracts
    base: Operation
    head: Operation
    name: str
    """`POST /pets`"""
    today: date
    is_client_side: bool = False
    """Whether the client implements it: a webhook or a callback, whose requests the client receives."""
    items: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """The pointers of the path items in both documents."""
    parts: list[ContractPart] = field(default_factory=list)
    """The parts with schemas, which are compared afterwards for all operations together."""

    @property
    def raws(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The operation objects in both documents."""
        contracts = self.contracts
        return (
            home_of(contracts.base.content, *_at(contracts.base.content, self.base.pointer))[0],
            home_of(contracts.head.content, *_at(contracts.head.content, self.head.pointer))[0],
        )

    def change(
        self, kind: str, level: Level, part: str, sentence: str, *, at: tuple[str, str] = ("", ""), **more: Any
    ) -> Change:
        """Return a change of this operation; `at` has the pointers in both documents."""
        return Change(kind, level, Site(self.name, part), sentence, *at, **more)


def _at(content: dict[str, Any], pointer: str) -> tuple[Any, str]:
    from locum.openapi.pointers import at  # noqa: PLC0415 (a short name that would hide others)

    return at(content, pointer), pointer


def compare_operation(couple: Couple) -> Iterator[Change]:
    """Yield the changes of an operation, without those of its schemas, whose parts are added to the couple."""
    unstable = is_unstable(couple.raws[0])
    for change in _compare(couple):
        yield unstable.capped(change) if unstable is not None else change


def _compare(couple: Couple) -> Iterator[Change]:
    base, head = couple.raws
    yield from _compare_names(couple, base, head)
    yield from compare_deprecation(couple, base, head)
    yield from compare_parameters(couple)
    yield from compare_request_body(couple)
    yield from compare_responses(couple)
    yield from compare_security(couple)


def _compare_names(couple: Couple, base: dict[str, Any], head: dict[str, Any]) -> Iterator[Change]:
    """Compare what generated clients are named after, and the documentation."""
    before, after = base.get("operationId"), head.get("operationId")
    at = join(couple.base.pointer, "operationId"), join(couple.head.pointer, "operationId")
    if before != after:
        if before is None:
            yield couple.change(
                "operation-id-added", Level.COMPATIBLE, "", f"operationId is {after} now", at=("", at[1])
            )
        else:
            sentence = f"operationId is {after} now (was {before})" if after else f"operationId {before} was removed"
            yield couple.change(
                "operation-id-changed",
                Level.DANGEROUS,
                "",
                sentence,
                at=at,
                note="Generated clients name their methods after it.",
            )
    mine, theirs = (_listed(one.get("tags")) for one in (base, head))
    if mine != theirs:
        at = join(couple.base.pointer, "tags"), join(couple.head.pointer, "tags")
        sentence = f"tags are {', '.join(theirs) or 'none'} now (were {', '.join(mine) or 'none'})"
        moved = bool(mine) and mine[:1] != theirs[:1]
        yield couple.change(
            "tags-changed",
            Level.DANGEROUS if moved else Level.COMPATIBLE,
            "",
            sentence,
            at=at,
            note="Generated clients group their methods by the first tag." if moved else "",
        )
    for keyword in ("summary", "description", "externalDocs"):
        if base.get(keyword) != head.get(keyword):
            at = join(couple.base.pointer, keyword), join(couple.head.pointer, keyword)
            yield couple.change("description-changed", Level.DOCS, "", f"{keyword} has changed", at=at, subject=keyword)


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
