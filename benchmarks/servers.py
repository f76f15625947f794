"""The servers that are measured: how each is started, asked and stopped, one process each."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

__all__ = [
    "ROOT",
    "Late",
    "Process",
    "Wanting",
    "free_port",
    "install_prism",
    "locum",
    "prism",
    "python_environment",
    "stock",
    "the_floor",
]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SPEC = ROOT / "specs" / "api-keys.yaml"
PRISM = "@stoplight/prism-cli@5.16.0"
PRISM_FOLDER = HERE / ".cache" / "prism"
PRISM_PROGRAM = PRISM_FOLDER / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
PATIENCE = 60
"""Seconds until a server that does not answer has failed."""


class Wanting(Exception):
    """Something that the benchmark needs is not there, or does not behave; says what and what to do."""


def python_environment() -> dict[str, str]:
    """Return the environment of a Python server: it finds the checkout, and keeps bytecode."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    bytecode = str(HERE / ".cache" / "bytecode")
    return {**inherited, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "PYTHONPYCACHEPREFIX": bytecode}


class Late(Wanting):
    """A server that did not answer in time."""


@dataclass
class Process:
    """A server that runs, and the seconds from its start to its first answer."""

    name: str
    command: list[str]
    port: int
    token: str
    environment: dict[str, str] = field(default_factory=dict)
    first_path: str = "/api/keys"
    """What is asked for until there is an answer."""
    patience: float = PATIENCE
    """Seconds until it has failed."""
    first_answer: float = 0
    first_status: int = 0

    def __enter__(self) -> Self:
        self._said = tempfile.TemporaryFile()
        started = time.perf_counter()
        self._process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env={**python_environment(), **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=self._said,
        )
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.first_status, _, _ = self.ask("GET", self.first_path)
                self.first_answer = time.perf_counter() - started
                return self
            if self._process.poll() is not None:
                self._said.seek(0)
                said = self._said.read().decode(errors="replace").strip()
                raise Wanting(f"{self.name} did not start: {said or 'it said nothing'}")
            if time.perf_counter() - started > self.patience:
                self.__exit__()
                raise Late(f"{self.name} did not answer within {self.patience:g} seconds.")
            time.sleep(0.002)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        """Send one request; return status, content type and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("content-type", ""), answer.read().decode(errors="replace")
        finally:
            connection.close()

    def ids(self) -> list[str]:
        """Return the ids of all keys."""
        return [key["id"] for key in json.loads(self.ask("GET", "/api/keys")[2])]

    @property
    def resident(self) -> float:
        """The resident memory in megabytes."""
        shown = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, text=True, check=True
        )
        return int(shown.stdout) / 1024

    @property
    def peak(self) -> float | None:
        """The most resident memory that it ever had in megabytes, where /proc tells (Linux)."""
        try:
            text = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        except OSError:
            return None
        found = re.search(r"VmHWM:\s+(\d+) kB", text)
        return int(found[1]) / 1024 if found else None

    @property
    def processor_time(self) -> float | None:
        """The seconds of processor time so far, where /proc tells (Linux)."""
        try:
            text = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return None
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


LIMITS = {"max-records": 10**7, "max-world-bytes": 4 * 10**9, "max-bytes": 8 * 10**9}
"""All limits are on; these are high, so that a fast machine does not fill a world within a round."""


def locum(token: str, *documents: Path) -> Process:
    """Return locum with documents, or with the bundled ones."""
    port = free_port()
    places = map(str, documents)
    command = [sys.executable, "-m", "locum", "serve", *places, "--port", str(port), "--log-level", "warning"]
    command += [part for name, most in LIMITS.items() for part in (f"--{name}", str(most))]
    return Process("locum", command, port, token)


def the_floor(token: str, answer: Path) -> Process:
    port = free_port()
    return Process("floor", [sys.executable, str(HERE / "floor.py"), str(port), str(answer)], port, token)


def stock(token: str, keys: int = 1) -> Process:
    port = free_port()
    command = [sys.executable, str(HERE / "stock.py"), str(port), str(SPEC)]
    return Process("stock", command, port, token, {"TOKEN": token, "KEYS": str(keys)})


def prism(token: str, document: Path = SPEC) -> Process:
    port = free_port()
    command = ["node", str(PRISM_PROGRAM), "mock", str(document), "-p", str(port), "-h", "127.0.0.1", "-v", "silent"]
    return Process("prism", command, port, token)


def install_prism() -> str | None:
    """Make Prism available in the cache folder; return why it is not to be had, or None."""
    if PRISM_PROGRAM.is_file():
        return None
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "Prism is left out: it needs node and npm, and they are not installed."
    print(f"Installing {PRISM} into {PRISM_FOLDER.relative_to(ROOT)} (once) ...", flush=True)
    PRISM_FOLDER.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(PRISM_FOLDER), PRISM]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return "Prism is left out: npm did not install it within ten minutes."
    if done.returncode != 0 or not PRISM_PROGRAM.is_file():
        lines = done.stderr.strip().splitlines()
        return f"Prism is left out: npm could not install it ({lines[0] if lines else 'it gave no reason'})."
    return None
