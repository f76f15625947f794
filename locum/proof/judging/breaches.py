"""A breach: one rule that one exchange breaks, before it is told with all others of its kind."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Breach"]


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken rule: its code, a sentence, and where it stands in the contract and in the answer."""

    code: str
    message: str
    contract_pointer: str = ""
    answer_pointer: str = ""
