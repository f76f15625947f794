"""What worlds, faults and the journal cost: a request that uses none of them, one that does, and forks and resets.

    python benchmarks/control.py                          ratios to a request that uses nothing of it
    python benchmarks/control.py --against ../before      and to another checkout of locum, in turn

All in one process and without a socket: what is measured is processor time of ours alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from handlers.people import CALLERS
from locum.callers import Caller
from locum.server.application import create
from locum.server.tokens import Tokens
from locum.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
RECORDS = 10_000


def scope(path: str, token: str, **headers: str) -> dict:
    """A GET as the server gives it."""
    pairs = [(b"host", b"127.0.0.1:4010"), (b"accept", b"*/*"), (b"authorization", f"Bearer {token}".encode())]
    pairs += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": pairs,
        "locum.head_bytes": 400,  # as the protocol says it
    }


async def ask(layers, one: dict, count: int) -> float:
    """Ask the same so many times; return the processor seconds of one."""

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200, message

    began = time.process_time()
    for _ in range(count):
        await layers({**one, "headers": list(one["headers"])}, receive, send)
    return (time.process_time() - began) / count


async def first_body(layers, one: dict) -> bytes:
    """Ask once, and return what is answered."""
    bodies = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message) -> None:
        bodies.append(message.get("body", b""))

    await layers(one, receive, send)
    return b"".join(bodies)


def requests(application, settings) -> dict[str, dict]:
    """The request that is measured, in every way of being in a world, by name."""
    tokens = Tokens(settings.jwt_secret)
    plain = tokens.sign(CALLERS[0], 0)
    key = json.loads(asyncio.run(first_body(application.app, scope("/api/keys", plain))))[0]["id"]
    ways = {"nothing of it": scope(f"/api/keys/{key}", plain)}
    if hasattr(application, "control"):  # the other checkout may be from before
        from locum.oidc.tokens import claims_of  # noqa: PLC0415 (as above)
        from locum.world.faults import fault_of  # noqa: PLC0415 (as above)

        claimed = tokens.seal(claims_of(CALLERS[0], 0, locum_world="w"))
        ways |= {
            "a header names the world": scope(f"/api/keys/{key}", plain, x_locum_world="w"),
            "a cookie names the world": scope(f"/api/keys/{key}", plain, cookie="a=b; locum_world=w"),
            "the path names the world": scope(f"/~w/api/keys/{key}", plain),
            "the token names the world": scope(f"/api/keys/{key}", claimed),
            "a fault of another operation": scope(f"/api/keys/{key}", plain, x_locum_world="faulty"),
        }
        application.worlds.named("faulty").faults.add(fault_of("operation=createApiKey, status=401"))
    return ways


def measure(rounds: int, count: int) -> dict[str, float]:
    """Return the least processor time of a request in each way, in microseconds."""
    settings = Settings()
    application = create(settings)
    ways = requests(application, settings)
    least: dict[str, float] = {}
    for _ in range(rounds):
        for name, one in ways.items():
            took = asyncio.run(ask(application.app, one, count))
            least[name] = min(least.get(name, 1.0), took)
    return {name: took * 1e6 for name, took in least.items()}


def against(folder: Path, rounds: int, count: int) -> list[float]:
    """Return the ratios of this checkout to another one, round by round, each in a process of its own."""
    ratios = []
    for number in range(rounds):
        took = {}
        for tree in (ROOT, folder) if number % 2 else (folder, ROOT):
            told = subprocess.run(
                [sys.executable, str(Path(__file__).resolve()), "--bare", "--rounds", "5", "--count", str(count)],
                cwd=tree,
                env={**os.environ, "PYTHONPATH": str(tree)},
                capture_output=True,
                text=True,
                check=True,
            )
            took[tree] = json.loads(told.stdout)["nothing of it"]
        ratios.append(took[ROOT] / took[folder])
    return ratios


def worlds() -> dict[str, float]:
    """Return the milliseconds of a fork, of the first write after it, and of a reset, with many records."""
    application = create(Settings())
    found = application.worlds.default
    table = found.store[Caller]
    for number in range(RECORDS):
        table[str(number)] = Caller(str(number), "organization")
    took: dict[str, list[float]] = {"fork": [], "first write after a fork": [], "reset": []}
    for number in range(50):
        began = time.perf_counter()
        twin = application.worlds.fork("default", f"f{number}")
        took["fork"].append(time.perf_counter() - began)
        began = time.perf_counter()
        twin.store[Caller]["new"] = Caller("new", "organization")
        took["first write after a fork"].append(time.perf_counter() - began)
        began = time.perf_counter()
        application.worlds.reset(twin.name)
        took["reset"].append(time.perf_counter() - began)
    return {name: statistics.median(values) * 1e3 for name, values in took.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--against", type=Path)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--count", type=int, default=2000)
    given = parser.parse_args()
    if given.bare:
        print(json.dumps(measure(given.rounds, given.count)))
        return
    least = measure(given.rounds, given.count)
    floor = least["nothing of it"]
    for name, took in least.items():
        print(f"{name:<34} {took:7.1f} us  {took / floor:5.3f}")
    for name, took in worlds().items():
        print(f"{name:<34} {took:7.3f} ms  with {RECORDS:,} records")
    if given.against:
        ratios = sorted(against(given.against.resolve(), given.rounds, given.count))
        middle = statistics.median(ratios)
        print(
            f"to {given.against.name}: {middle:.3f}, the median of {len(ratios)} ({ratios[0]:.3f} to {ratios[-1]:.3f})"
        )


if __name__ == "__main__":
    main()
