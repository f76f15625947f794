"""Measure `locum proxy` beside a plain pass-through (httpx behind uvicorn) and `prism proxy`, in one run.

python benchmarks/proxy.py                       three rounds of three seconds: about two minutes
python benchmarks/proxy.py --rounds 1 --seconds 1 --no-prism

All proxies stand in front of the same bare server. locum and Prism validate requests and responses; locum also keeps a
journal. It needs wrk. The last part sends and receives 100 MB through locum, and reads its peak of memory.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from servers import HERE, PRISM_PROGRAM, Process, Wanting, free_port, install_prism

DOCUMENT = """
openapi: 3.0.3
info: {title: Items, version: "1"}
paths:
  /items:
    get:
      operationId: listItems
      responses:
        "200":
          description: x
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Item"}}}}
    post:
      operationId: createItem
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
      responses:
        "201": {description: x, content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
  /files/{size}:
    parameters: [{name: size, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: readFile
      responses: {"200": {description: x, content: {application/octet-stream: {}}}}
    put:
      operationId: writeFile
      requestBody: {content: {application/octet-stream: {}}}
      responses: {"200": {description: x, content: {application/json: {}}}}
components:
  schemas:
    Item:
      type: object
      required: [id, name, price]
      properties:
        id: {type: integer}
        name: {type: string, minLength: 1}
        price: {type: number}
        tags: {type: array, items: {type: string}}
        stock: {type: object, required: [count], properties: {count: {type: integer}, place: {type: string}}}
"""
BODY = '{"id": 1, "name": "Chess set", "price": 20.5, "tags": ["game", "wood"], "stock": {"count": 3, "place": "A1"}}'
KINDS = {"GET a list of ten": ("GET", 200), "POST one item": ("POST", 201)}
SCRIPT = """
wrk.method, wrk.path, wrk.body = "{method}", "/items", {body}
wrk.headers["Content-Type"] = "application/json"
"""
LARGE = 100
"""Megabytes of a large body."""


def proxies(upstream: str, document: Path, *, with_prism: bool) -> list[Process]:
    """Return the proxies, each of which is a process of its own."""
    plain, ours, theirs = free_port(), free_port(), free_port()
    found = [
        Process("plain", [sys.executable, str(HERE / "pass_through.py"), str(plain), upstream], plain, "x"),
        Process(
            "locum",
            [sys.executable, "-m", "locum", "proxy", str(document), "--upstream", upstream, "--port", str(ours), "-q"],
            ours,
            "x",
        ),
    ]
    if with_prism:
        command = ["node", str(PRISM_PROGRAM), "proxy", str(document), upstream, "-p", str(theirs), "-h", "127.0.0.1"]
        found.append(Process("prism", [*command, "-v", "silent"], theirs, "x"))
    for process in found:
        process.first_path = "/items"
    return found


def measure(process: Process, method: str, connections: int, seconds: int, folder: Path) -> tuple[float, float, int]:
    """Return requests per second, microseconds of processor time per request, and the number of failed requests."""
    script = folder / "wrk.lua"
    script.write_text(SCRIPT.format(method=method, body=f"'{BODY}'" if method == "POST" else "nil"))
    before = process.processor_time or 0
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "20s",
        "-s",
        str(script),
        f"http://127.0.0.1:{process.port}",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = (process.processor_time or 0) - before
    rate, count = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"(\d+) requests in", said)
    if rate is None or count is None:
        raise Wanting(f"wrk measured nothing at {process.name}: {said}")
    if not int(count[1]):
        return 0.0, 0.0, connections  # it finished no request in the time
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    lost = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", said)))
    return float(rate[1]), spent / int(count[1]) * 1e6, (int(failed[1]) if failed else 0) + lost


def large_bodies(process: Process) -> str:
    """Send and receive 100 MB; return how much memory that took at its peak."""
    before = process.resident
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=120)
    connection.request("GET", f"/files/{LARGE}")
    response, size, digest = connection.getresponse(), 0, hashlib.sha256()
    while part := response.read(65536):
        size += len(part)
        digest.update(part)
    data = b"x" * (LARGE * 1024 * 1024)
    if size != len(data) or digest.digest() != hashlib.sha256(data).digest():
        raise Wanting(f"{process.name} did not pass on {LARGE} MB")
    connection.request("PUT", "/files/0", data, {"Content-Type": "application/octet-stream"})
    said = connection.getresponse().read()
    if said != b'{"size": %d}' % len(data):
        raise Wanting(f"{process.name} did not forward {LARGE} MB: {said[:100]!r}")
    connection.close()
    peak = process.peak
    return f"{before:.0f} MB before, {process.resident:.0f} MB after" + (
        "" if peak is None else f", {peak:.0f} MB at its peak"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--no-prism", action="store_true")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise Wanting("This benchmark needs wrk.")
    why_not = "Prism is left out: --no-prism." if options.no_prism else install_prism()
    if why_not:
        print(why_not)
    print(f"Load of the machine at the start: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        document = folder / "items.yaml"
        document.write_text(DOCUMENT)
        port = free_port()
        upstream = Process("upstream", [sys.executable, str(HERE / "upstream.py"), str(port)], port, "x")
        upstream.first_path = "/items"
        held.enter_context(upstream)
        running = [
            held.enter_context(process)
            for process in proxies(f"http://127.0.0.1:{port}", document, with_prism=why_not is None)
        ]
        for (title, (method, _)), connections in [(kind, count) for count in (16, 200) for kind in KINDS.items()]:
            rows: dict[str, list[tuple[float, float, int]]] = {process.name: [] for process in running}
            for _ in range(options.rounds):
                for process in running:
                    measure(process, method, connections, 1, folder)
                    rows[process.name].append(measure(process, method, connections, options.seconds, folder))
            print(f"\n{title}, {connections} connections (load {os.getloadavg()[0]:.2f})")
            plain = rows["plain"]
            for name, found in rows.items():
                rate, cost = (statistics.median(one[index] for one in found) for index in (0, 1))
                ratios = [one[0] / other[0] for one, other in zip(found, plain, strict=True) if other[0]]
                ratio = f"{statistics.median(ratios):>5.2f}" if ratios else "  -  "
                failed = sum(one[2] for one in found)
                figures = f"{rate:>7.0f}/s  {cost:>6.0f} us of processor time  {ratio} x plain  {failed} failed"
                print(f"  {name:<8} {figures}", flush=True)
        ours = next(process for process in running if process.name == "locum")
        print(f"\nlocum, {LARGE} MB in each direction: {large_bodies(ours)}")


if __name__ == "__main__":
    try:
        main()
    except Wanting as wanting:
        sys.exit(str(wanting))
