"""Kill a server again and again during mixed traffic over many worlds, and compare every world with a serial model.

    python benchmarks/crash.py                        200 kills over 50 worlds with `--durability full`
    python benchmarks/crash.py --durability fast      the same with `fast`
    python benchmarks/crash.py --kills 20 --worlds 10

With `full`, every answered write must be there after the kill. With `fast`, a world may lack its latest ones; the
output says how long before the kill the oldest lost one was answered. No identifier is ever given twice, unless its
record was lost. Exit code 1 if a world differs.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from servers import ROOT, Wanting, free_port, python_environment

DOCUMENT = ROOT / "docs" / "examples" / "shop.yaml"
CLIENTS = 8
LONGEST = 0.6
"""The most seconds of traffic before a kill."""
FEW = 20
"""Above this number of products in a world, most requests delete one."""

Records = dict[int, dict[str, Any]]


@dataclass
class Write:
    """A request that changes a world, and the records of the world after it."""

    after: Records
    at: float
    """When it was answered, by the monotonic clock."""
    given: int | None = None
    """The identifier of a new record."""


@dataclass
class Model:
    """What one world must contain: the records at the last check, and what was answered since."""

    name: str
    records: Records = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    unanswered: tuple[str, int | None, dict[str, Any]] | None = None
    """Method, identifier and body of the request that was cut off by the kill."""
    given: set[int] = field(default_factory=set)
    """The identifiers of all records that were there at a check, deleted ones included."""

    @property
    def latest(self) -> Records:
        """The records after all answered writes."""
        return self.writes[-1].after if self.writes else self.records


class Client(threading.Thread):
    """Sends one request after the other to its worlds until the server is gone."""

    def __init__(self, port: int, models: list[Model], seed: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.models = models
        self.choose = random.Random(seed)
        self.requests = 0
        self.problem = ""

    def run(self) -> None:
        """Send requests."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.suppress(OSError, http.client.HTTPException):
            while not self.problem:
                self.step(connection, self.choose.choice(self.models))

    def step(self, connection: http.client.HTTPConnection, model: Model) -> None:
        """Send a random request, and add its effect to the model when it was answered."""
        records, draw = model.latest, self.choose.random()
        body = {"name": f"{model.name} {self.choose.random()}", "price": self.choose.randrange(100)}
        number = self.choose.choice(list(records)) if records else None
        if number is None or (draw < 0.4 and len(records) < FEW):
            method, number = "POST", None
        else:
            method = "GET" if draw < 0.6 else "PATCH" if draw < 0.8 and len(records) < FEW else "DELETE"
        model.unanswered = (method, number, body)
        status, answer = ask(connection, method, number, model.name, body if method in {"POST", "PATCH"} else None)
        model.unanswered = None
        self.requests += 1
        if status >= 300 or (method in {"GET", "PATCH"} and answer["id"] != number):
            self.problem = f"{model.name}: {method} {number} had the status {status}: {answer}"
        elif method == "GET":
            if answer != records[number]:
                self.problem = f"{model.name}: {number} is {answer}, and should be {records[number]}"
        else:
            after = {key: record for key, record in records.items() if method != "DELETE" or key != number}
            if method != "DELETE":
                after[answer["id"]] = answer
            given = answer["id"] if method == "POST" else None
            if given in model.given | {write.given for write in model.writes} - {None}:
                self.problem = f"{model.name}: the identifier {given} was given twice"
            model.writes.append(Write(after, time.monotonic(), given))


def ask(
    connection: http.client.HTTPConnection, method: str, number: int | None, world: str, body: object = None
) -> tuple[int, Any]:
    """Send a request about products; return status and body."""
    path = "/products" if number is None else f"/products/{number}"
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    headers = {"X-Locum-World": world} | ({} if body is None else {"Content-Type": kind})
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    data = response.read()
    return response.status, json.loads(data) if data else None


def listed(port: int, world: str) -> Records:
    """Return all products of a world."""
    found: Records = {}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for page in range(1, 100):
        connection.request("GET", f"/products?per_page=50&page={page}", headers={"X-Locum-World": world})
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise Wanting(f"{world}: the list of products had the status {response.status}: {answer}")
        found |= {record["id"]: record for record in answer["data"]}
        if len(found) >= answer["total"]:
            break
    connection.close()
    return found


def applied(records: Records, request: tuple[str, int | None, dict[str, Any]], found: Records) -> bool:
    """Whether the records found are those before, changed by a request whose response nobody saw."""
    method, number, body = request
    if method == "DELETE":
        return found == {key: record for key, record in records.items() if key != number}
    if method == "PATCH":
        return number is not None and found == {**records, number: {**records[number], **body}}
    new = found.keys() - records.keys()
    return len(new) == 1 and found == {**records, (key := new.pop()): found[key]} and found[key]["name"] == body["name"]


def check(model: Model, found: Records, killed: float, *, is_fast: bool) -> float | None:
    """Compare a world after a kill; return how long before the kill its oldest lost write was answered, 0 for none.

    Return None if it is in no state that its requests could have left.
    """
    states = [model.records, *(write.after for write in model.writes)]
    indices = [index for index, records in enumerate(states) if records == found]
    is_latest = found == model.latest or (
        model.unanswered is not None and applied(model.latest, model.unanswered, found)
    )
    if not is_latest and not indices:
        return None
    lost = 0.0 if is_latest else killed - model.writes[indices[-1]].at
    # What looks like the latest state may be an earlier one: then a record that was made and deleted since is lost.
    sure = indices[0] if is_fast and indices else len(model.writes)
    model.given |= {write.given for write in model.writes[:sure] if write.given is not None} | found.keys()
    model.records, model.writes, model.unanswered = found, [], None
    return lost


@contextlib.contextmanager
def server(folder: Path, durability: str) -> Any:
    """Run a server until it is killed; yield its process and port."""
    port = free_port()
    command = [sys.executable, "-m", "locum", "serve", str(DOCUMENT), "--port", str(port), "-q"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*command, "--state", str(folder), "--durability", durability],
            cwd=ROOT,
            env=python_environment(),
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            until = time.monotonic() + 60
            while True:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                    connection.request("GET", "/__locum/ready")
                    if connection.getresponse().status == 200:
                        break
                if process.poll() is not None or time.monotonic() > until:
                    said.seek(0)
                    raise Wanting(f"The server did not start: {said.read().decode(errors='replace')}")
                time.sleep(0.01)
            yield process, port
        finally:
            process.kill()
            process.wait()


def main() -> int:
    """Run; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--worlds", type=int, default=50)
    parser.add_argument("--durability", choices=["full", "fast"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    choose = random.Random(options.seed)
    models = [Model(f"w{number}") for number in range(options.worlds)]
    requests = writes = 0
    killed = 0.0
    lost: list[float] = []
    wrong: list[str] = []
    print(f"Load of the machine at the start: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "state"
        for kill in range(options.kills + 1):
            with server(folder, options.durability) as (process, port):
                for model in models:
                    found = listed(port, model.name)
                    if kill == 0:
                        model.records, model.given = found, set(found)
                        continue
                    expected = sorted(model.latest.items())
                    age = check(model, found, killed, is_fast=options.durability == "fast")
                    if age is None or (age and options.durability == "full"):
                        wrong.append(f"kill {kill}: {model.name} has {sorted(found.items())}, expected {expected}")
                    elif age:
                        lost.append(age)
                if wrong or kill == options.kills:
                    break
                clients = [
                    Client(port, models[index::CLIENTS], choose.randrange(2**32))
                    for index in range(min(CLIENTS, options.worlds))
                ]
                for client in clients:
                    client.start()
                time.sleep(choose.uniform(0.02, LONGEST))
                killed = time.monotonic()
                process.send_signal(signal.SIGKILL)
                for client in clients:
                    client.join()
                    requests += client.requests
                    wrong += [client.problem] if client.problem else []
                writes += sum(len(model.writes) for model in models)
    print(
        f"{kill} kills over {len(models)} worlds with {options.durability}: "
        f"{requests} requests answered, {writes} of them writes"
    )
    late = f"; the oldest was answered {max(lost) * 1000:.0f} ms before its kill" if lost else ""
    print(f"Lost in {len(lost)} of {kill * len(models)} comparisons{late}")
    for problem in wrong:
        print(problem)
    print("Failed" if wrong else "Every world is as its requests left it; no identifier was given twice")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Wanting as wanting:
        sys.exit(str(wanting))
