"""Mixed traffic over 2,000 worlds with faults, streams and slow clients: memory, descriptors and the log over time.

    python benchmarks/soak.py                 for 30 minutes
    python benchmarks/soak.py --minutes 5

The verdict: memory is flat from a minute after the worlds were filled, no descriptor is lost, no error is logged. Exit
code 1 if not.
Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from handlers.people import CALLERS
from locum.server.tokens import Tokens

WORLDS = 2000
ASKING = 16
STREAMS = 40
SLOW = 20
FILLING = 8
"""Connections that fill the worlds at first."""
RESET = 0.02
"""The share of requests that reset or drop their world."""
KEYS = 6
"""The average number of keys that a world has besides the seeded ones: then creations and deletions balance."""
FAULTS = (
    "status=503, probability=0.2",
    "latency=20ms, probability=0.3",
    "reset, probability=0.1",
    "truncated, probability=0.1",
    "slow=20000B/s, probability=0.1",
)
GROWTH = 1.05
"""From a minute (at most a fifth of the time) after the worlds were filled, the median of the second half may be that
of the first one by this factor: free memory goes back to the system once in a while, so that single figures go up and
down."""
_KEY = re.compile(rb"api_key_[0-9A-Za-z]{27}")
MOST = 300
"""The most memory at any time, in MB."""


class Soak:
    """The clients of one server."""

    def __init__(self, port: int, until: float) -> None:
        self.port = port
        self.until = until
        self.random = random.Random(7)
        self.token = Tokens().sign(CALLERS[0], 0)
        self.filled = until
        """When all worlds were filled."""
        self.statuses: dict[str, int] = {}
        self.keys: dict[str, list[str]] = {}
        """The keys that were created in each world: as many are deleted as are created, so that the load is steady."""

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.until

    def request(self, method: str, path: str, body: object = None, **headers: str) -> bytes:
        """Write a request."""
        data = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {self.token}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + data

    def any_world(self) -> str:
        """Return a world; some are returned often, so that their faults hit."""
        return f"soak-{int(WORLDS * self.random.random() ** 4)}"

    def any_request(self, world: str, *, is_filling: bool) -> bytes:
        """Return some request to a world."""
        chance = self.random.random()
        if chance < 0.02:
            fault = {"text": self.random.choice(FAULTS) + ", times=5"}
            return self.request("POST", f"/__locum/faults?world={world}", fault)
        if chance < 0.02 + RESET and not is_filling:
            self.keys.pop(world, None)
            if chance < 0.02 + RESET / 2:
                return self.request("POST", f"/__locum/worlds/{world}/reset")
            return self.request("DELETE", f"/__locum/worlds/{world}")
        if chance < 0.06:
            return self.request("GET", f"/__locum/journal?world={world}&limit=20")
        if chance < 0.26:
            keys = self.keys.get(world, [])
            if keys and self.random.random() < len(keys) / (2 * KEYS):
                return self.request("DELETE", f"/api/keys/{keys.pop()}", X_Locum_World=world)
            name = f"key {self.random.randrange(10**6)}"
            return self.request("POST", "/api/keys", {"name": name, "permissions": ["sites:read"]}, X_Locum_World=world)
        if chance < 0.30:
            return self.request("GET", "/api/keys", X_Locum_World=world, X_Large="a" * 30_000)
        if chance < 0.31:
            return self.request("GET", "/api/keys", X_Locum_World=world, X_Larger="a" * 70_000)
        if chance < 0.34:
            return self.request("GET", "/nowhere", X_Locum_World=world)
        return self.request("GET", "/api/keys", X_Locum_World=world)

    async def ask(self) -> None:
        """Ask one request after the other, on a connection as long as it lasts."""
        while not self.is_over:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                with contextlib.closing(writer):
                    for _ in range(self.random.randrange(1, 200)):
                        if not await self.exchange(reader, writer) or self.is_over:
                            break

    async def fill(self, first: int) -> None:
        """Send the same mixture to every world from `first` on, so that all hold what they will hold later on.

        The number of requests since the last reset is geometric, and nothing is reset while the worlds are filled.
        """
        for number in range(first, WORLDS, FILLING):
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                with contextlib.closing(writer):
                    for _ in range(int(math.log(1 - self.random.random()) / math.log(1 - RESET)) + 1):
                        if not await self.exchange(reader, writer, number):
                            break

    async def exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int | None = None
    ) -> bool:
        """Send a request and read its response; return whether the connection goes on."""
        world = self.any_world() if number is None else f"soak-{number}"
        writer.write(self.any_request(world, is_filling=number is not None))
        head, body = await self.read(reader)
        created = _KEY.search(body) if b" 201 " in head else None
        if created is not None:
            self.keys.setdefault(world, []).append(created[0].decode())
        return b"connection: close" not in head.lower()

    async def read(self, reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
        """Read one response; return its head and its body."""
        head = await reader.readuntil(b"\r\n\r\n")
        status = head.split(b" ")[1].decode()
        self.statuses[status] = self.statuses.get(status, 0) + 1
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        body = b""
        if lines.get(b"transfer-encoding") == b"chunked":
            while size := int(await reader.readuntil(b"\r\n"), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readexactly(2)
        else:
            body = await reader.readexactly(int(lines.get(b"content-length", b"0")))
        return head, body

    async def follow(self) -> None:
        """Follow the journal of a world for a while, then that of another one."""
        while not self.is_over:
            with contextlib.suppress(OSError, TimeoutError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                with contextlib.closing(writer):
                    world = f"soak-{self.random.randrange(WORLDS)}"
                    writer.write(self.request("GET", f"/__locum/journal/stream?world={world}"))
                    async with asyncio.timeout(self.random.uniform(1, 20)):
                        while await reader.read(65536):
                            pass

    async def dawdle(self) -> None:
        """Be a slow client: ask and do not read, send half a request, or send nothing."""
        while not self.is_over:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1024)
                with contextlib.closing(writer):
                    kind = self.random.randrange(3)
                    if kind == 0:
                        writer.write(self.request("GET", "/__locum/operations") * 5)
                    elif kind == 1:
                        writer.write(self.request("GET", "/api/keys")[:-2])
                    await asyncio.sleep(self.random.uniform(1, 15))
                    del reader

    async def run(self, watch: object) -> None:
        """Let all clients do what they do."""
        await asyncio.gather(*(self.fill(first) for first in range(FILLING)))
        self.filled = time.monotonic()
        clients = [self.ask() for _ in range(ASKING)] + [self.follow() for _ in range(STREAMS)]
        await asyncio.gather(watch, *clients, *(self.dawdle() for _ in range(SLOW)))


def resident(process: int) -> float:
    """Return the resident memory of a process, in MB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def descriptors(process: int) -> int:
    """Return how many descriptors a process has open."""
    return len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208 (a count)


def main() -> None:
    """Serve, ask, watch, and print the verdict."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    seconds = parser.parse_args().minutes * 60
    command = [sys.executable, "-m", "locum", "serve", "--port", "0", "--max-worlds", str(WORLDS)]
    command += ["--idle-timeout", "10", "--request-timeout", "5"]
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as server:
        assert server.stdout is not None
        port = next(int(line.split()[-1].rpartition(b":")[2]) for line in server.stdout if b"http://127" in line)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/__locum/docs/").close()
        time.sleep(0.5)
        before = descriptors(server.pid)
        soak = Soak(port, time.monotonic() + seconds)
        seen: list[tuple[float, float]] = []
        began = time.monotonic()

        async def watch() -> None:
            while not soak.is_over:
                await asyncio.sleep(min(10, seconds / 20))
                seen.append((time.monotonic() - began, resident(server.pid)))
                print(
                    f"{seen[-1][0]:6.0f} s  {seen[-1][1]:6.1f} MB  {descriptors(server.pid):4} descriptors  "
                    f"{sum(soak.statuses.values()):8,} responses",
                    flush=True,
                )

        asyncio.run(soak.run(watch()))
        time.sleep(12)  # what clients have left half done must end by itself
        after = descriptors(server.pid)
        stopped = time.monotonic()
        server.send_signal(signal.SIGTERM)
        server.wait(10)
        stopped = time.monotonic() - stopped
        log.seek(0)
        logged = log.read().decode()
    warm = soak.filled - began + min(60.0, seconds / 5)
    sizes = [size for moment, size in seen if moment > warm]
    first, last = (statistics.median(half) for half in (sizes[: len(sizes) // 2], sizes[len(sizes) // 2 :]))
    failures = []
    if last > first * GROWTH:
        failures.append(f"memory grew from {first:.0f} to {last:.0f} MB")
    if max(sizes) > MOST:
        failures.append(f"memory reached {max(sizes):.0f} MB")
    if after > before:
        failures.append(f"{after - before} descriptors were lost")
    if "ERROR" in logged or "Traceback" in logged:
        failures.append("errors were logged:\n" + logged[:2000])
    print("statuses:", ", ".join(f"{status} {count:,}" for status, count in sorted(soak.statuses.items())))
    print(
        f"memory after {warm:.0f} s: {min(sizes):.0f} to {max(sizes):.0f} MB; "
        f"median of the first half {first:.0f} MB, of the second {last:.0f} MB"
    )
    print(f"descriptors: {before} before, {after} after; stopped in {stopped:.2f} s; {len(logged)} bytes logged")
    print("verdict:", "; ".join(failures) or "flat, nothing lost, no error")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
