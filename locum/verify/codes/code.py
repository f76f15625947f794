"""A code: what one kind of finding means, where the rule comes from, and what is to be done."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Code"]


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding."""

    code: str
    rule: str
    check: str
    """The check of Schemathesis' that it belongs to, which turns it off; empty where there is none."""
    title: str
    meaning: str
    source: str
    remedy: str
    example: str

    def text(self) -> str:
        """Explain it in a page."""
        belongs = f"\nIt belongs to the check {self.check}, which `--checks` leaves out.\n" if self.check else ""
        return (
            f"{self.code} {self.rule}: {self.title}\n\n{self.meaning}\n\nWhere the rule comes from: {self.source}\n"
            f"What to do: {self.remedy}\nExample: {self.example}\n{belongs}"
        )
