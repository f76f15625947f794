"""What the behaviour checks of `locum verify` cost beside the coverage phase, on the mock in this process.

`make bench-verify` prints the table; `ARGS='one.yaml another.json'` measures these documents only.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from time import process_time

from locum.cli.coverage import MOCK_URL
from locum.settings import Settings
from locum.verify.engine.preparation import tidy
from locum.verify.plans import Plan
from locum.verify.run import MockServer, verify_contract

ROOT = Path(__file__).parent.parent
PHASES = ("coverage", "behaviour")


def measured(document: Path, phase: str) -> tuple[int, float]:
    """Return the number of requests of a phase and its processor time in seconds, without that of the start."""
    mock = MockServer(Settings(specs=(document,)))
    (service,) = mock.application.services
    plan = Plan(
        base_url=MOCK_URL + service.base_path,
        application=mock.application,
        world=mock.world,
        any_credential=service.api.accepts is None,
        token="a-token",
        seed=1,
        replays=False,
    )
    verify_contract(service.contract, replace(plan, phases=("directed",)))
    began = process_time()
    run = verify_contract(service.contract, replace(plan, phases=(phase,)))
    return run.by_phase.get(phase, 0), process_time() - began


def main() -> None:
    """Print a table: requests and processor time of both phases by document, and the ratio of the times."""
    tidy()
    documents = [Path(name) for name in sys.argv[1:]] or sorted((ROOT / "tests/corpus/documents").glob("*.y*ml"))
    print("| document | coverage | behaviour | behaviour / coverage |\n|---|---|---|---|")
    for document in documents:
        (many, long), (few, short) = (measured(document, phase) for phase in PHASES)
        cells = (f"{many:,} requests, {long:.2f} s", f"{few:,} requests, {short:.2f} s", f"{short / long:.2f}")
        print(f"| {document.name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
