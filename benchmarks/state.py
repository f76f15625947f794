"""Measure what `--state` costs: requests and processor time per request, restart and memory, in one run.

python benchmarks/state.py                       three rounds of three seconds: about two minutes
python benchmarks/state.py --rounds 1 --seconds 1

Three servers run side by side: without state, with `--durability fast`, and with `full`; wrk asks one after the other
for a mixture of nine reads and one write in 20 worlds. Then a state folder with 1,000 worlds of 100 records is started.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from servers import Process, Wanting, free_port

DOCUMENT = Path(__file__).parent.parent / "docs" / "examples" / "shop.yaml"
SCRIPT = """
local n = 0
request = function()
  n = n + 1
  local world = "w" .. (n % 20)
  local headers = {["X-Locum-World"] = world, ["Content-Type"] = "application/json"}
  if n % %(every)d == 0 then
    return wrk.format("POST", "/products", headers, '{"name": "Kite", "price": 20.5}')
  end
  return wrk.format("GET", "/products?limit=5", headers)
end
"""
KINDS = {"nine reads, one write": 10, "reads only": 1_000_000_000}


def measure(process: Process, every: int, seconds: int, folder: Path) -> tuple[float, float]:
    """Return requests per second, and microseconds of processor time per request."""
    script = folder / "wrk.lua"
    script.write_text(SCRIPT.replace("%(every)d", str(every)))
    before = process.processor_time or 0
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{process.port}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = (process.processor_time or 0) - before
    rate, count = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"(\d+) requests in", said)
    if rate is None or count is None or "Non-2xx" in said:
        raise Wanting(f"{process.name} failed: {said}")
    return float(rate[1]), spent / int(count[1]) * 1e6


def server(name: str, *options: str) -> Process:
    port = free_port()
    command = [sys.executable, "-m", "locum", "serve", str(DOCUMENT), "--port", str(port), "-q", *options]
    process = Process(name, command, port, "x")
    process.first_path = "/products"
    return process


def restart(folder: Path) -> None:
    """Print how long a server with 1,000 stored worlds of 100 records needs to start, and to load a world."""
    state = ["--state", str(folder / "many"), "--max-worlds", "1001", "--max-bytes", "1000000000"]
    with server("filling", *state) as process:
        for world in range(1000):
            for number in range(100 if world == 0 else 0):
                ask(process.port, "/products", "w0", {"name": f"Kite {number}", "price": 5})
            if world:
                ask(process.port, "/__locum/worlds/w0/fork", None, {"into": f"w{world}"})
                ask(process.port, "/products", f"w{world}", {"name": "Own", "price": 5})
        size = process.resident
    began = time.perf_counter()
    with server("1,000 worlds", *state) as process:
        started = time.perf_counter() - began
        began = time.perf_counter()
        ask(process.port, "/products?limit=5", "w500")
        first = time.perf_counter() - began
        began = time.perf_counter()
        for world in range(1, 101):
            ask(process.port, "/products?limit=5", f"w{world}")
        hundred = (time.perf_counter() - began) / 100
        file = sum(one.stat().st_size for one in (folder / "many").iterdir())
        print(
            f"\n1,000 worlds of 100 records: ready in {started:.2f} s, the first world after {first * 1000:.0f} ms, "
            f"further ones {hundred * 1000:.1f} ms each; {file / 1e6:.1f} MB on disk; {size:.0f} MB with all in "
            f"memory, {process.resident:.0f} MB with 101 of them"
        )


def ask(port: int, path: str, world: str | None = None, body: object = None) -> None:
    headers = {"Content-Type": "application/json"} | ({} if world is None else {"X-Locum-World": world})
    data = None if body is None else json.dumps(body).encode()
    urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers), timeout=60).read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise Wanting("This benchmark needs wrk.")
    print(f"Load of the machine at the start: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        running = [
            held.enter_context(process)
            for process in (
                server("without state"),
                server("fast", "--state", str(folder / "fast")),
                server("full", "--state", str(folder / "full"), "--durability", "full"),
            )
        ]
        for title, every in KINDS.items():
            rows: dict[str, list[tuple[float, float]]] = {process.name: [] for process in running}
            for _ in range(options.rounds):
                for process in running:
                    measure(process, every, 1, folder)
                    rows[process.name].append(measure(process, every, options.seconds, folder))
            print(f"\n{title} (load {os.getloadavg()[0]:.2f})")
            plain = rows["without state"]
            for name, found in rows.items():
                rate, cost = (statistics.median(one[index] for one in found) for index in (0, 1))
                ratio = statistics.median(one[1] / other[1] for one, other in zip(found, plain, strict=True))
                print(f"  {name:<14}{rate:>7.0f}/s {cost:>6.0f} us of processor time, {ratio:.2f} x without state")
    with tempfile.TemporaryDirectory() as name:
        restart(Path(name))


if __name__ == "__main__":
    try:
        main()
    except Wanting as wanting:
        sys.exit(str(wanting))
