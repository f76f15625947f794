"""Measure locum beside a bare server, stock Connexion and Prism, in one run. See README.md here.

python benchmarks/throughput.py                 five rounds of three seconds: about eight minutes
python benchmarks/throughput.py --rounds 1 --seconds 1 --requests 20000        a quick look
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from servers import LIMITS, ROOT, Process, Wanting, install_prism, locum, prism, python_environment, stock, the_floor

CONNECTIONS = 16
QUIET = 0.5
"""The load of the machine up to which figures count."""
WARM_UP = 1
"""Seconds of load before each round, which are not counted."""
RESULT = ROOT / "benchmarks" / "results" / "latest.md"
VALID = json.dumps({"name": "Production automation", "permissions": ["sites:read", "scripts:write"]})
INVALID = json.dumps({"name": "ab", "permissions": []})
SERVERS = ("floor", "locum", "stock", "prism")
TITLES = {"floor": "bare uvicorn: the floor", "locum": "locum", "stock": "Connexion 3, stock", "prism": "Prism"}


@dataclass(frozen=True)
class Kind:
    """One kind of request, the status of its response on every server, and the targets.

    `floor_target` is a ratio of processor time per request: that of the floor to that of locum.
    """

    name: str
    title: str
    method: str
    status: int
    floor_target: float
    body: str = ""
    prism_target: float = 3.0
    grows: bool = False
    """Whether it changes the store: then each round has fresh servers, of those that have one."""


KINDS = (
    Kind("get", "GET one key", "GET", 200, 0.80),
    Kind("create", "POST create", "POST", 201, 0.55, VALID, grows=True),
    Kind("invalid", "POST with two field errors", "POST", 400, 0.45, INVALID),
    Kind("delete", "DELETE", "DELETE", 204, 0.70, grows=True),
)

# Every request of this kind is the same one: wrk writes it once.
SAME = """
wrk.method, wrk.path, wrk.body = "{method}", "{path}", {body}
wrk.headers["Authorization"], wrk.headers["Content-Type"] = "Bearer {token}", {type}
"""
# Each request names the next id of a pool. At its end the pool begins anew, and a server that has
# really deleted then answers 404: that is counted, and the round is done again.
DIFFERENT = """
wrk.headers["Authorization"] = "Bearer {token}"
local ids, at = {{}}, 0
for id in io.lines("{file}") do ids[#ids + 1] = "/api/keys/" .. id end
function request()
  at = at % #ids + 1
  return wrk.format("{method}", ids[at])
end
"""


@dataclass
class Load:
    """What wrk saw: requests per second, all requests, those answered with 400 or above; and what they cost."""

    rate: float
    requests: int
    refused: int
    cost: float | None
    """Microseconds of the server's processor time for each request, where the system tells."""

    @property
    def share(self) -> float:
        """Which part of a core the server had."""
        return (self.cost or 0) * self.rate / 1e6


@dataclass
class Results:
    """Everything that was measured."""

    rates: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    loads: dict[tuple[str, str], list[Load]] = field(default_factory=dict)
    starts: dict[str, float] = field(default_factory=dict)
    memory: list[str] = field(default_factory=list)
    verdicts: list[tuple[str, str, str, bool]] = field(default_factory=list)

    def judge(self, what: str, target: str, measured: str, *, met: bool) -> None:
        self.verdicts.append((what, target, measured, met))

    def cost_ratio(self, kind: str, server: str) -> float | None:
        """Return the median of the rounds' ratios of processor time per request: the floor's to the server's."""
        pairs = zip(self.loads.get((kind, server), ()), self.loads.get((kind, "floor"), ()), strict=False)
        ratios = [floor.cost / load.cost for load, floor in pairs if load.cost and floor.cost]
        return statistics.median(ratios) if ratios else None

    def ratio(self, kind: str, server: str, other: str) -> float | None:
        """Return the median of the rounds' ratios: a slow second meets both alike."""
        pairs = zip(self.rates.get((kind, server), ()), self.rates.get((kind, other), ()), strict=False)
        ratios = [rate / beside for rate, beside in pairs]
        return statistics.median(ratios) if ratios else None


class Bench:
    """Starts servers, sends load and keeps what comes out."""

    def __init__(self, options: argparse.Namespace, folder: Path, *, with_prism: bool) -> None:
        self.options = options
        self.folder = folder
        self.names = [name for name in SERVERS if name != "prism" or with_prism]
        self.results = Results()
        self.load = os.getloadavg()[0]
        self.log = "off"
        self.margin = 1.3
        """How many more ids there are than can probably be deleted."""
        command = [sys.executable, "-m", "locum", "token", "--expires-in", "never"]
        said = subprocess.run(command, capture_output=True, text=True, env=python_environment(), cwd=ROOT, check=False)
        if said.returncode:
            raise Wanting(f"`locum token` failed: {said.stderr.strip()}")
        self.token = said.stdout.strip()

    def server(self, name: str, kind: Kind | None = None) -> Process:
        if name == "floor":
            return the_floor(self.token, self.folder / f"{kind.name if kind else 'get'}.json")
        if name == "stock":
            deletes = kind is not None and kind.method == "DELETE"
            return stock(self.token, keys=int(3_500 * self.margin) * (self.options.seconds + WARM_UP) if deletes else 1)
        return locum(self.token) if name == "locum" else prism(self.token)

    def learn_answers(self) -> None:
        """Ask locum each request once: the floor answers the same."""
        with self.server("locum") as server:
            key_id = server.ids()[0]
            for kind in KINDS:
                path = "/api/keys" if kind.method == "POST" else f"/api/keys/{key_id}"
                status, content_type, body = server.ask(kind.method, path, kind.body or None)
                if status != kind.status:
                    raise Wanting(f"locum answers {kind.title} with {status}, not {kind.status}: {body}")
                answer = {"status": status, "type": content_type, "body": body}
                (self.folder / f"{kind.name}.json").write_text(json.dumps(answer), encoding="utf-8")

    def measure(self, kind: Kind) -> None:
        """Measure one kind of request on all servers, round by round, each round in another order."""
        with ExitStack() as stack:
            # A server that keeps what it is given starts each round anew; so Prism's compiler stays warm.
            kept = {
                name: stack.enter_context(self.server(name, kind))
                for name in self.names
                if not kind.grows or name in {"floor", "prism"}
            }
            for number in range(self.options.rounds):
                shift = number % len(self.names)
                for name in self.names[shift:] + self.names[:shift]:
                    load = None
                    while load is None:
                        with ExitStack() as fresh:
                            server = kept.get(name) or fresh.enter_context(self.server(name, kind))
                            load = self._round(server, kind)
                    self.results.rates.setdefault((kind.name, name), []).append(load.rate)
                    self.results.loads.setdefault((kind.name, name), []).append(load)
                    print(f"  {kind.title:28} round {number + 1}  {name:6} {load.rate:9,.0f}/s", flush=True)

    def _round(self, server: Process, kind: Kind) -> Load | None:
        """Warm a server up, then measure it; None where the pool of ids ran out, so that it must be done again.

        Raises Wanting for any answer that the server should not give.
        """
        if kind.method == "DELETE":
            pool = self._pool(server)
            self._probe(server, kind, pool.pop())
            share = len(pool) * WARM_UP // (self.options.seconds + WARM_UP)
            wrk(server, self._different(kind, pool[:share]), WARM_UP)
            script = self._different(kind, pool[share:])
        else:
            key_id = server.ids()[0] if server.name != "floor" else ""
            self._probe(server, kind, key_id)
            script = self._same(kind, key_id)
            wrk(server, script, WARM_UP)
        load = wrk(server, script, self.options.seconds)
        expected = load.requests if kind.status >= 400 else 0
        if load.refused and kind.method == "DELETE" and load.requests > len(pool) - share:
            print(f"  {kind.title:28} {server.name}: all ids are deleted; again, with twice as many", flush=True)
            self.margin *= 2
            return None
        if load.refused != expected:
            raise Wanting(
                f"{server.name}, {kind.title}: {load.refused} of {load.requests} answers had a status of 400 or above, "
                f"{expected} should have."
            )
        return load

    def _probe(self, server: Process, kind: Kind, key_id: str) -> None:
        path = "/api/keys" if kind.method == "POST" else f"/api/keys/{key_id}"
        status, _, body = server.ask(kind.method, path, kind.body or None)
        if status != kind.status:
            raise Wanting(f"{server.name} answers {kind.title} with {status}, not {kind.status}: {body[:200]}")

    def _pool(self, server: Process) -> list[str]:
        """Return ids to delete, more than can be deleted; of keys that exist, where the server looks."""
        if server.name in {"floor", "prism"}:
            return [f"api_key_{number:027}" for number in range(50_000)]
        if server.name == "locum":
            # Deleting is hardly faster than reading: as many as could be read, and some more.
            wanted = self.margin * max(self.results.rates["get", "locum"]) * (self.options.seconds + WARM_UP)
            made = 0
            while made < wanted:
                made += wrk(server, self._same(KINDS[1], ""), 2).requests
        return server.ids()

    def _same(self, kind: Kind, key_id: str) -> Path:
        path = "/api/keys" if kind.method == "POST" else f"/api/keys/{key_id}"
        body, content_type = (f"[[{kind.body}]]", '"application/json"') if kind.body else ("nil", "nil")
        text = SAME.format(method=kind.method, path=path, body=body, token=self.token, type=content_type)
        return self._script(kind.name, text)

    def _different(self, kind: Kind, ids: list[str]) -> Path:
        file = self.folder / "ids"
        file.write_text("\n".join(ids), encoding="utf-8")
        return self._script(kind.name, DIFFERENT.format(method=kind.method, file=file, token=self.token))

    def _script(self, name: str, text: str) -> Path:
        script = self.folder / f"{name}.lua"
        script.write_text(text, encoding="utf-8")
        return script

    def measure_starts(self) -> None:
        """Measure from exec to the first answer, the median of five; the first start only warms the caches."""
        for name in self.names:
            seconds = []
            for _ in range(6):
                with self.server(name) as server:
                    seconds.append(server.first_answer)
            self.results.starts[name] = statistics.median(seconds[1:])
            print(f"  first answer                 {name:6} {self.results.starts[name]:9.2f} s", flush=True)

    def measure_memory(self) -> None:
        """Measure resident memory idle, after a tenth of the requests, and after all of them."""
        wanted = 1_000_000 if self.options.million else self.options.requests
        for name in self.names[1:]:
            with self.server(name) as server:
                idle = server.resident
                line = f"{TITLES[name]}: {idle:.0f} MB idle"
                if name != "stock":
                    most = wanted if name == "locum" else min(wanted, 50_000)
                    _, early = self._until(server, most // 10)
                    done, late = self._until(server, most - most // 10)
                    line += f", {early:.0f} MB after {most // 10:,} requests, {late:.0f} MB after {most // 10 + done:,}"
                if name == "locum":
                    self.results.judge("resident memory, idle", "<= 90 MB", f"{idle:.0f} MB", met=idle <= 90)
                    what, growth = f"growth of it over {wanted:,} requests", late - early
                    self.results.judge(what, "none", f"{growth:+.1f} MB", met=growth < 2)
            self.results.memory.append(line)
            print(f"  memory: {line}", flush=True)

    def _until(self, server: Process, requests: int) -> tuple[int, float]:
        """Send at least so many requests, half of them refused; return how many, and the memory then."""
        scripts = [self._same(KINDS[0], server.ids()[0]).rename(self.folder / "one.lua"), self._same(KINDS[2], "")]
        done = turn = 0
        while done < requests:
            done += wrk(server, scripts[turn % 2], 1).requests
            turn += 1
        return done, server.resident

    def judge(self) -> None:
        """Compare with the targets of the design."""
        results = self.results
        for kind in KINDS:
            cost = results.cost_ratio(kind.name, "locum")
            if cost is not None:
                what = f"{kind.title}, processor time of the floor to that of locum"
                results.judge(what, f">= {kind.floor_target:.2f}", f"{cost:.2f}", met=cost >= kind.floor_target)
            ratio = results.ratio(kind.name, "locum", "prism")
            if ratio is not None:
                what, target = f"{kind.title}, rate against Prism", kind.prism_target
                results.judge(what, f">= {target:g}", f"{ratio:.2f}", met=ratio >= target)
        seconds = results.starts["locum"]
        results.judge("first answer, three bundled APIs", "<= 0.6 s", f"{seconds:.2f} s", met=seconds <= 0.6)


def wrk(server: Process, script: Path, seconds: int) -> Load:
    """Load a server from one thread over sixteen connections."""
    url = f"http://127.0.0.1:{server.port}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url]
    before = server.processor_time
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    spent = None if before is None else server.processor_time - before
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said.stdout)
    requests = re.search(r"(\d+) requests in", said.stdout)
    if said.returncode or not rate or not requests:
        raise Wanting(f"wrk failed on {server.name}: {said.stderr.strip() or said.stdout.strip()}")
    broken = re.search(r"Socket errors: (.*)", said.stdout)
    if broken:
        raise Wanting(f"{server.name} broke connections: {broken[1]}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said.stdout)
    cost = None if spent is None else spent / max(1, int(requests[1])) * 1e6
    return Load(float(rate[1]), int(requests[1]), int(refused[1]) if refused else 0, cost)


def report(bench: Bench, notes: list[str]) -> str:
    """Write the results as Markdown."""
    results, options = bench.results, bench.options
    rounds = f"{options.rounds} interleaved rounds of {options.seconds} s"
    verdict = (
        "The machine was quiet" if bench.load <= QUIET else "**The machine was not quiet: these figures do not count**"
    )
    limits = ", ".join(f"{name} {most:,}" for name, most in LIMITS.items())
    lines = [
        "# Throughput",
        "",
        f"{verdict}: load {bench.load:.1f} before the first round, {os.getloadavg()[0]:.1f} at the end.",
        f"Limits are on, high enough for the load ({limits}); the request log is {bench.log}.",
        f"{platform.platform()}, {_processor()}, {os.cpu_count()} cores.",
        f"Python {platform.python_version()}, uvicorn {version('uvicorn')}, Connexion {version('connexion')}.",
        f"wrk, 1 thread, {CONNECTIONS} connections, {rounds}, medians (least to most).",
        "µs is processor time per request; floor/it compares that of the floor with it.",
        "",
        "| request | server | requests/s | of the floor | against Prism | µs | floor/it | of a core |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for kind in KINDS:
        for name in bench.names:
            rates = results.rates[kind.name, name]
            spread = f"{statistics.median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"
            ratios = [results.ratio(kind.name, name, other) for other in ("floor", "prism")]
            loads = [load for load in results.loads[kind.name, name] if load.cost]
            cells = [f"{ratios[0]:.2f}", "" if ratios[1] is None else f"{ratios[1]:.1f}x"]
            cells.append(f"{statistics.median(load.cost for load in loads):.0f}" if loads else "")
            cost = results.cost_ratio(kind.name, name)
            cells.append("" if cost is None else f"{cost:.2f}")
            cells.append(f"{statistics.median(load.share for load in loads):.0%}" if loads else "")
            lines.append(f"| {kind.title} | {TITLES[name]} | {spread} | {' | '.join(cells)} |")
    lines += ["", "| target | | measured | |", "|---|---:|---:|---|"]
    for what, target, measured, met in results.verdicts:
        lines.append(f"| {what} | {target} | {measured} | {'met' if met else '**missed**'} |")
    starts = ", ".join(f"{TITLES[name]} {seconds:.2f} s" for name, seconds in results.starts.items())
    lines += ["", f"From exec to the first answer, warm, median of five: {starts}.", "", "Resident memory:", ""]
    lines += [f"- {line}" for line in results.memory]
    lines += ["", *notes] if notes else []
    return "\n".join(lines) + "\n"


def _processor() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def run(options: argparse.Namespace) -> str:
    """Measure everything; return the report."""
    if shutil.which("wrk") is None:
        raise Wanting("wrk sends the load and is not installed: `apt-get install wrk` or `brew install wrk`.")
    missing = install_prism() if options.prism else "Prism was left out."
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, Path(folder), with_prism=missing is None)
        bench.learn_answers()
        for kind in KINDS:
            bench.measure(kind)
        bench.measure_starts()
        bench.measure_memory()
        bench.judge()
        return report(bench, [missing] if missing else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds for each kind of request (default: 5)")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of each round (default: 3)")
    parser.add_argument("--requests", type=int, default=200_000, help="requests of the memory test (default: 200,000)")
    parser.add_argument("--million", action="store_true", help="a million requests in the memory test")
    parser.add_argument("--prism", action=argparse.BooleanOptionalAction, default=True, help="measure Prism as well")
    try:
        text = run(parser.parse_args())
    except Wanting as wanting:
        sys.exit(str(wanting))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(text, encoding="utf-8")
    print("\n" + text + f"\nWritten to {RESULT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
