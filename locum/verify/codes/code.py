"""The explanation of a code: its meaning, the source of the rule, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Code"]


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding."""

    code: str
    rule: str
    check: str
    """The Schemathesis check that turns it off if disabled; empty if there is none."""
    title: str
    meaning: str
    source: str
    remedy: str
    example: str

    def text(self) -> str:
        """Return the explanation that `locum explain` prints."""
        belongs = f"\nThis code belongs to the check {self.check}; `--checks` can leave it out.\n" if self.check else ""
        return (
            f"{self.code} {self.rule}: {self.title}\n\n{self.meaning}\n\nSource: {self.source}\n"
            f"Fix: {self.remedy}\nExample: {self.example}\n{belongs}"
        )
