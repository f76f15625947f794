"""Measure how much processor time each operation of whole documents takes for its first answer, and for its second.

python benchmarks/first_answers.py FOLDER [--only NAME ...] [--slowest 5]

Every operation is sent one valid request twice. The targets: under a second at first, under 50 ms after.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from locum.generate.generator import Unsatisfiable
from locum.openapi.load.documents import documents_in
from locum.options import AuthMode
from locum.server.application import create
from locum.settings import Settings
from tests.corpus.requests import Request, Requests
from tests.corpus.walks import send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.server.application import Application
    from locum.server.services import Service

FIRST, AFTER = 1.0, 0.05
"""The targets, in seconds."""


class Timing(NamedTuple):
    """The seconds of one operation's first two answers, and its status."""

    label: str
    first: float
    second: float
    status: int


def start(path: Path) -> tuple[Application, Service]:
    """Serve one document in process, whatever its faults."""
    application = create(Settings(specs=(path,), cache=False, auth=AuthMode.ANY, lenient=True))
    return application, application.services[0]


def measure(path: Path) -> Iterator[Timing]:
    """Serve a document in process and ask each of its operations twice, each in a world of its own.

    The requests come from a second server of the same document, so that the first has nothing prepared.
    """
    application, _ = start(path)
    other, service = start(path)
    for number, operation in enumerate(service.contract.operations.values()):
        if set(operation.path) & set("#?"):
            continue  # no client can send such a path (RFC 3986, section 3)
        world = f"w{number}"
        label = f"{operation.method} {operation.path}"
        began = process_time()
        try:
            request = Requests(service, other.worlds.named(world)).to(operation)
        except (Unsatisfiable, RecursionError):
            request = Request(operation.method, service.base_path + operation.path)
        if process_time() - began > FIRST:
            yield Timing(f"{label} (its request)", process_time() - began, 0.0, 0)
        times = []
        for _ in range(2):
            began = process_time()
            reply = send(application, request, world)
            times.append(process_time() - began)
        application.worlds.drop(world)
        other.worlds.drop(world)
        yield Timing(label, times[0], times[1], reply.status)


def main() -> None:
    arguments = argparse.ArgumentParser(description="Measure the first answers of whole documents.")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--only", nargs="*", default=())
    arguments.add_argument("--slowest", type=int, default=5)
    chosen = arguments.parse_args()
    for path in documents_in(chosen.folder):
        if chosen.only and path.stem not in chosen.only:
            continue
        print(path.name, flush=True)
        timings = list(measure(path))
        slow = sum(timing.first > FIRST or timing.second > AFTER for timing in timings)
        failed = sum(timing.status >= 500 for timing in timings)
        print(f"  {len(timings)} operations, {slow} too slow, {failed} answered 5xx", flush=True)
        by_time = sorted(timings, key=lambda timing: max(timing.first, timing.second * FIRST / AFTER), reverse=True)
        for label, first, second, status in by_time[: chosen.slowest]:
            print(f"  {first * 1000:9.1f} ms {second * 1000:9.1f} ms  {status}  {label}", flush=True)


if __name__ == "__main__":
    main()
