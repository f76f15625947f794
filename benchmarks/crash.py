"""Kill a server with stored worlds again and again, and compare what is left with what was answered.

python benchmarks/crash.py                        200 kills, 50 worlds, --durability full: about ten minutes
python benchmarks/crash.py --durability fast --kills 20

Clients create, change and delete keys in 50 worlds; a serial model of each world has what was answered. After each
`kill -9`, at a random moment, the next server must have every answered write, apart from `fast`: there the last tenth
of a second may lack. A write without an answer may be there or not. No identifier may be given twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from handlers.people import CALLERS
from locum.server.tokens import Tokens

CLIENTS = 8
GRACE = 0.5
"""Seconds before a kill in which writes of `fast` may be lost: a tenth, and the time that answers need on a busy
machine."""


@dataclass
class Model:
    """What is known of one world: its keys by name, and the names of which the state is unknown."""

    names: dict[str, float] = field(default_factory=dict)
    """The names of answered keys, and when each was answered."""
    gone: dict[str, float] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)


class Crash:
    """The clients of a server that is killed."""

    def __init__(self, worlds: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.token = Tokens().sign(CALLERS[0], 0)
        self.models = {f"w{number}": Model() for number in range(worlds)}
        self.port = 0
        self.count = 0
        self.lost = self.twice = 0

    async def ask(self, method: str, path: str, world: str, body: object = None) -> tuple[int, object]:
        """Send a request; return its status and JSON. Raises OSError and EOFError without a response."""
        data = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\nX-Locum-World: "
            f"{world}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.encode() + data)
            answer = await reader.read()
        finally:
            writer.close()
        found, _, text = answer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", found, re.IGNORECASE)
        if not found or (length and int(length[1]) != len(text)):
            raise EOFError
        return int(found.split(b" ")[1]), json.loads(text) if text else None

    async def client(self, number: int, until: float) -> None:
        """Write to the worlds of this client, one request after the other."""
        mine = [name for place, name in enumerate(self.models) if place % CLIENTS == number]
        while time.monotonic() < until:
            world = self.random.choice(mine)
            model = self.models[world]
            self.count += 1
            name = f"key {self.count}"
            model.open.add(name)
            try:
                status, _ = await self.ask("POST", "/api/keys", world, {"name": name, "permissions": ["sites:read"]})
                if status == 201:
                    model.names[name] = time.monotonic()
                    model.open.discard(name)
                _, keys = await self.ask("GET", "/api/keys", world)
                removable = [one for one in keys if one["name"] in model.names]
                if len(removable) > 5:
                    one = self.random.choice(removable)
                    model.open.add(one["name"])
                    status, _ = await self.ask("DELETE", f"/api/keys/{one['id']}", world)
                    if status == 204:
                        model.gone[one["name"]] = time.monotonic()
                        del model.names[one["name"]]
                        model.open.discard(one["name"])
            except (OSError, EOFError, ValueError):
                return

    async def check(self, killed: float, *, is_full: bool) -> None:
        """Compare every world with its model, and take over what the server has where that was unknown."""
        limit = killed if is_full else killed - GRACE
        for world, model in self.models.items():
            _, keys = await self.ask("GET", "/api/keys", world)
            there = {one["name"]: one["id"] for one in keys}
            ids = list(there.values())
            self.twice += len(ids) - len(set(ids))
            for name, at in model.names.items():
                if name not in there and name not in model.open:
                    self.lost += at < limit
            for name, at in model.gone.items():
                if name in there and name not in model.open:
                    self.lost += at < limit
            model.names = {name: 0.0 for name in there if name.startswith("key ")}
            model.gone, model.open = {}, set()


def serve(folder: str, durability: str) -> tuple[subprocess.Popen[str], int]:
    """Start a server; return its process and its port."""
    command = [sys.executable, "-m", "locum", "serve", "--port", "0", "-q", "--state", folder]
    process = subprocess.Popen([*command, "--durability", durability], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, next(int(line.strip().rpartition(":")[2]) for line in process.stdout if "http://" in line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--worlds", type=int, default=50)
    parser.add_argument("--durability", choices=["fast", "full"], default="full")
    options = parser.parse_args()
    crash, began = Crash(options.worlds, 7), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        process, crash.port = serve(folder, options.durability)
        for number in range(options.kills):

            async def session(process: subprocess.Popen[str] = process) -> float:
                until = time.monotonic() + 30
                clients = [asyncio.create_task(crash.client(one, until)) for one in range(CLIENTS)]
                await asyncio.sleep(crash.random.uniform(0.3, 1.5))
                process.send_signal(signal.SIGKILL)
                killed = time.monotonic()
                await asyncio.gather(*clients)
                return killed

            killed = asyncio.run(session())
            process.communicate()
            process, crash.port = serve(folder, options.durability)
            asyncio.run(crash.check(killed, is_full=options.durability == "full"))
            if (number + 1) % 20 == 0 or crash.lost or crash.twice:
                print(
                    f"{number + 1} kills, {crash.count} writes, {crash.lost} lost, {crash.twice} ids twice", flush=True
                )
        process.send_signal(signal.SIGTERM)
        process.communicate()
    print(
        f"{options.durability}: {options.kills} kills in {time.monotonic() - began:.0f} s, {options.worlds} worlds, "
        f"{crash.count} writes: {crash.lost} answered ones lost, {crash.twice} identifiers given twice"
    )
    sys.exit(bool(crash.lost or crash.twice))


if __name__ == "__main__":
    main()
