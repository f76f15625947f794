"""Run the `console` blocks of the documentation and compare their output.

A line that begins with `$` is a command, the lines after it are its output; a line of three dots
matches any lines. `$ locum serve` and `$ locum mock` start a server on a free port, to which curl
sends the requests for port 4010. A block whose first line is a comment with a file name is that file.

`python -m tests.wire.pages docs/responses.md` rewrites the output in a page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Page", "Step", "fits"]

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"\A# ([\w./-]+\.(?:yaml|py|json))\n")
_USUAL = "127.0.0.1:4010"
ANYTHING = "..."


@dataclass
class Step:
    """A command, its output in the page, and its actual output."""

    command: str
    said: list[str]
    printed: list[str] = field(default_factory=list)


class Page:
    """One page, whose commands are run in an empty folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")

    def walk(self, folder: Path) -> Iterator[Step]:
        """Run the commands in order; yield each with its output."""
        shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
        program = folder / "bin" / "locum"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m locum "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        shell = _Shell(folder)
        try:
            for kind, block in _BLOCK.findall(self.text):
                named = _FILE.match(block)
                if named:
                    (folder / named[1]).parent.mkdir(parents=True, exist_ok=True)
                    (folder / named[1]).write_text(block, encoding="utf-8")
                elif kind == "console":
                    for step in _steps(block):
                        step.printed = shell.run(step.command)
                        yield step
        finally:
            shell.stop()

    def rewritten(self, folder: Path) -> str:
        """Return the page with the actual output of its commands; output that matches is kept."""
        steps = self.walk(folder)

        def written(match: re.Match[str]) -> str:
            if match[1] != "console":
                return match[0]
            lines = []
            for _ in _steps(match[2]):
                step = next(steps)
                lines += [f"$ {step.command}", *(step.said if fits(step) else step.printed)]
            return "```console\n" + "\n".join(lines) + "\n```"

        return _BLOCK.sub(written, self.text)


def _steps(block: str) -> Iterator[Step]:
    step: Step | None = None
    for line in block.splitlines():
        if line.startswith("$ "):
            if step is not None:
                yield step
            step = Step(line[2:], [])
        elif step is not None and step.command.endswith("\\"):
            step.command += "\n" + line
        elif step is not None:
            step.said.append(line)
    if step is not None:
        yield step


def fits(step: Step) -> bool:
    """Whether the actual output matches the page."""
    parts = [ANYTHING if line.strip() == ANYTHING else re.escape(line) + "\n" for line in step.said]
    pattern = "".join("(?:.*\n)*" if part == ANYTHING else part for part in parts)
    return re.fullmatch(pattern, "".join(line + "\n" for line in step.printed)) is not None


class _Shell:
    """Run commands in a folder, with the server that was started last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: subprocess.Popen[str] | None = None
        self._environment = {
            **os.environ,
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONWARNINGS": "ignore",
            "XDG_CACHE_HOME": str(folder / "cache"),
            "CURL_HOME": str(folder),
            "NO_COLOR": "1",
        }

    def run(self, command: str) -> list[str]:
        if command.startswith(("locum serve", "locum mock")):
            return self._serve(command)
        result = subprocess.run(
            ["bash", "-c", command],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return [line.rstrip() for line in result.stdout.splitlines()]

    def _serve(self, command: str) -> list[str]:
        self.stop()
        self._server = subprocess.Popen(
            ["bash", "-c", f"exec {command} --port 0"],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._server.stdout is not None
        message = []
        for line in self._server.stdout:
            message.append(line.rstrip())
            address = re.search(r"127\.0\.0\.1:\d+", line)
            if address:  # curl connects to the actual port but sends the usual Host, on which responses may depend
                (self._folder / ".curlrc").write_text(f'connect-to = "{_USUAL}:{address[0]}"\n', encoding="utf-8")
            if "Documentation" in line:
                return []
        return message  # the server failed to start and printed the reason

    def stop(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.communicate()
            self._server = None


@contextmanager
def _empty() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        with _empty() as place:
            page = Page(Path(argument))
            page.path.write_text(page.rewritten(place), encoding="utf-8")
