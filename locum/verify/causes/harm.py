"""Harm: how much a finding hurts the users of an API, as a rank from 1 (the most)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.verify.exchanges import Finding

__all__ = ["HARMS", "harm_of"]

HARMS = {
    1: "the run itself",
    2: "access",
    3: "lost or wrong data",
    4: "failures",
    5: "wrong lists",
    6: "broken responses",
    7: "unchecked requests",
    8: "details",
    9: "the contract",
}
"""What each rank means."""


def _ranks(rank: int, codes: Iterable[str]) -> dict[str, int]:
    return dict.fromkeys(codes, rank)


_RANKS = {
    **_ranks(1, ("L090", "L091", "L092", "L093")),
    **_ranks(2, ("L060", "L061", "L063", "L160", "L161", "L162", "L031")),
    **_ranks(
        3,
        ("L070", "L071", "L100", "L104", "L105", "L106", "L107", "L114", "L120", "L121", "L122", "L123", "L124", "L130",
         "L131", "L132", "L152", "L153", "L170", "L171"),
    ),
    **_ranks(4, ("L002", "L003", "L133", "L072")),
    **_ranks(5, tuple(f"L{number}" for number in (*range(110, 114), *range(140, 149)))),
    **_ranks(7, ("L050", "L051", "L052", "L053", "L054", "L055", "L056", "L057", "L062")),
    **_ranks(8, ("L042", "L043", "L044", "L080", "L094", "L101", "L102", "L103", "L125", "L150", "L151")),
}  # fmt: skip
_OTHERS = 6
_OF_THE_CONTRACT = 9


def harm_of(finding: Finding) -> int:
    """Return the rank of a finding. What is wrong in the contract alone comes last."""
    if finding.culprit == "contract" and finding.code not in {"L090", "L091", "L092", "L093"}:
        return _OF_THE_CONTRACT
    return _RANKS.get(finding.code, _OTHERS)
