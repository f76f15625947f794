"""What a report tells of: proofs - a contract, what its run found, how much was seen - and drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.proof.coverage.coverage import Coverage
    from locum.proof.drift.comparing import Compared
    from locum.proof.findings import Finding
    from locum.proof.run import Run, Times

__all__ = ["Proof", "Results"]


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

    @property
    def slowest(self) -> list[tuple[Operation, Times]]:
        """The operations that answered, the slowest one first: by what 95 of 100 answers keep to."""
        by_id = {operation.operation_id: operation for operation in self.contract.operations.values()}
        found = sorted(self.run.times.items(), key=lambda pair: (-pair[1].nearly_all, pair[0]))
        return [(by_id[name], times) for name, times in found if name in by_id]

    def of(self, operation: Operation) -> Iterator[Finding]:
        """Yield the findings of an operation."""
        for finding in self.run.findings:
            if (finding.method.upper(), finding.path) == (operation.method, operation.path):
                yield finding

    @property
    def of_none(self) -> list[Finding]:
        """The findings that are about no operation."""
        return [finding for finding in self.run.findings if not finding.path]


@dataclass(frozen=True, slots=True)
class Results:
    """All that a report tells of: the proof of each contract, and the scenarios that were compared."""

    proofs: Sequence[Proof] = ()
    drift: Sequence[Compared] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing was found, and no answers part."""
        return all(proof.run.clean for proof in self.proofs) and not any(one.partings for one in self.drift)
