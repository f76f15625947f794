"""A proof: one contract, what its run found, and how much of it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.contract.contracts import Contract
    from locum.contract.operations import Operation
    from locum.proof.coverage.coverage import Coverage
    from locum.proof.findings import Finding
    from locum.proof.run import Run

__all__ = ["Proof"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a report tells of."""

    contract: Contract
    run: Run

    @property
    def coverage(self) -> Coverage:
        """How much of the contract was seen."""
        return self.run.coverage

    @property
    def asked(self) -> list[Operation]:
        """The operations that were chosen, in the order of the document."""
        chosen = {*self.run.tried, *self.run.never_tried}
        return [one for one in self.contract.operations.values() if one.operation_id in chosen]

    def of(self, operation: Operation) -> Iterator[Finding]:
        """Yield the findings of an operation."""
        for finding in self.run.findings:
            if (finding.method.upper(), finding.path) == (operation.method, operation.path):
                yield finding

    @property
    def of_none(self) -> list[Finding]:
        """The findings that are about no operation."""
        return [finding for finding in self.run.findings if not finding.path]
