"""A wheel of this checkout, installed into an empty virtual environment with the newest release of each dependency."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Environment", "Served", "build_wheel", "clean_environment", "install", "registry_fault"]

_OURS = ("LOCUM_", "PYTEST_", "PYTHON")
"""Prefixes of environment variables that would affect the programs under test."""
_UNVERIFIED = ssl.create_default_context()
_UNVERIFIED.check_hostname = False
_UNVERIFIED.verify_mode = ssl.CERT_NONE


def clean_environment(**variables: str) -> dict[str, str]:
    """Return the environment of this process without those variables and without version constraints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    kept.pop("PIP_CONSTRAINT", None)
    return {**kept, "NO_COLOR": "1", "COLUMNS": "200", **variables}


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


def registry_fault() -> str:
    """Return why the package registry is unreachable; empty if it is reachable."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--timeout", "20", "--retries", "1"]
        done = subprocess.run(
            [*command, "--no-cache-dir", "--dest", folder, "connexion"],
            env=clean_environment(),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        lines = done.stderr.strip().splitlines() or [f"pip ended with {done.returncode}"]
        return "" if done.returncode == 0 else lines[-1]


def install(wheel: Path, folder: Path) -> Environment:
    """Install a wheel with its `verify` extra into a new virtual environment."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True, timeout=120)
    environment = Environment(folder)
    command = [environment.bin / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--no-compile", f"{wheel}[verify]"],
        env=clean_environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        message = f"pip cannot install the wheel:\n{done.stderr}"
        raise AssertionError(message)
    return environment


@dataclass(frozen=True)
class Environment:
    """A virtual environment with locum."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The folder of its programs."""
        return self.folder / "bin"

    @property
    def site(self) -> Path:
        """The folder of its packages."""
        return next(self.folder.glob("lib/python*/site-packages"))

    def run(self, *arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `locum` with arguments and return its output."""
        return subprocess.run(
            [self.bin / "locum", *map(str, arguments)],
            cwd=cwd,
            env=clean_environment(HOME=str(cwd), XDG_CACHE_HOME=str(self.folder / "cache"), **variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def serve(self, *arguments: str | Path, cwd: Path, command: str = "serve", **variables: str) -> Served:
        """Start `locum serve` on a free port."""
        process = subprocess.Popen(
            [self.bin / "locum", command, *map(str, arguments)],
            cwd=cwd,
            env=clean_environment(HOME=str(cwd), XDG_CACHE_HOME=str(self.folder / "cache"), **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return Served(process)


class Served:
    """A server that was started, until it is stopped."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.url = ""
        self.errors = ""

    def __enter__(self) -> Self:
        for line in self._process.stdout:
            if found := re.search(r"(https?)://[\w.\[\]:]*:(\d+)", line):
                self.url = f"{found[1]}://127.0.0.1:{found[2]}"
                break
        if not self.url:
            self.__exit__()
            message = f"The server did not start:\n{self.errors}"
            raise AssertionError(message)
        return self

    def status(self, path: str, **headers: str) -> int:
        """Return the status of a GET; the port is bound before the address is printed."""
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            # Any certificate will do: whether clients can verify it is proven in tests/wire/test_tls.py.
            with urllib.request.urlopen(request, timeout=60, context=_UNVERIFIED) as response:
                return response.status
        except urllib.request.HTTPError as error:
            return error.code

    def __exit__(self, *_: object) -> None:
        """Stop it as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        try:
            _, self.errors = self._process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, self.errors = self._process.communicate()
            raise

    @property
    def code(self) -> int | None:
        """The exit code, once it is stopped."""
        return self._process.returncode
