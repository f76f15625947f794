"""Runs: a command of the consumer, such as its tests, against the mock of the base and against that of the head."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from locum.openapi.load.files import BadDocument, read_bytes
from locum.review.git import PREFIX, checked_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Result", "RunOutcome", "RunPlan", "run_against_both"]

_URL = re.compile(r"https?://127\.0\.0\.1:\d+")
_GREETING = ("curl ", "auth off")
_START_SECONDS = 120
_STOP_SECONDS = 10
_MOST_NAMED = 20
_WINDOWS = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is run, and how its result is read."""

    command: str
    junit: Path | None
    """The JUnit file that the command writes; without one, only its exit code counts."""
    output: Path
    """The folder in which the output of the command is kept."""
    seconds: float
    """How long the command may take."""
    options: tuple[str, ...] = ()
    """Further options of `locum serve`."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one run of the command."""

    code: int | None
    """Its exit code; None if it took too long and was stopped."""
    output: Path
    failed: frozenset[str] = frozenset()
    """The tests that failed, by class and name."""
    passed: frozenset[str] = frozenset()
    note: str = ""
    """Why the JUnit file was not read."""

    @property
    def text(self) -> str:
        """The result in words."""
        if self.code is None:
            return "was stopped, because it took too long"
        tests = f", {len(self.failed)} of {len(self.failed) + len(self.passed)} tests failed"
        return f"ended with {self.code}" + (tests if self.failed or self.passed else "")


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The results of both runs."""

    command: str
    base: Result
    head: Result
    broken: tuple[str, ...] = field(init=False, default=())
    """The tests that fail only on the head; the command itself if there are no tests."""

    def __post_init__(self) -> None:
        """Compare the results."""
        if self.head.failed or self.head.passed or self.base.passed:
            found = tuple(sorted(self.head.failed - self.base.failed))
            if not found and self.head.code != 0 and self.base.code == 0:
                found = (self.command,)
        else:
            found = (self.command,) if self.head.code != 0 and self.base.code == 0 else ()
        object.__setattr__(self, "broken", found)

    @property
    def sentences(self) -> Iterator[str]:
        """The outcome, in sentences."""
        yield f"{self.command} {self.base.text} on the base ({self.base.output})."
        yield f"{self.command} {self.head.text} on the head ({self.head.output})."
        if self.broken and self.broken != (self.command,):
            named = ", ".join(self.broken[:_MOST_NAMED])
            more = len(self.broken) - _MOST_NAMED
            yield f"{len(self.broken)} fail only on the head: {named}{f' and {more} more' if more > 0 else ''}."
        elif self.broken:
            yield "It fails only on the head."
        elif self.base.code != 0:
            yield "It fails on the base, too, so that it says little about the change."
        else:
            yield "Nothing fails only on the head."
        yield from (one.note for one in (self.base, self.head) if one.note)

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as a JSON object."""
        results = {
            name: {
                "exit_code": one.code,
                "output": str(one.output),
                "failed": sorted(one.failed),
                "passed": len(one.passed),
                "note": one.note,
            }
            for name, one in (("base", self.base), ("head", self.head))
        }
        return {"command": self.command, "broken": list(self.broken), **results}


def run_against_both(base: str, head: str, plan: RunPlan) -> RunOutcome:
    """Serve the base and run the command, then the same with the head; each server is new, so has its own state.

    Raises BadDocument if a document cannot be served.
    """
    results = []
    for name, place in (("base", base), ("head", head)):
        with _place(place) as path, _served(path, plan) as url:
            results.append(_run(plan, name, url))
    return RunOutcome(plan.command, *results)


@contextlib.contextmanager
def _place(text: str) -> Iterator[str]:
    if not text.startswith(PREFIX):
        yield text
        return
    with checked_out(text) as checkout:
        yield str(checkout.place)


@contextlib.contextmanager
def _served(place: str, plan: RunPlan) -> Iterator[str]:
    """Serve documents on a free port in a process of its own, and yield the address."""
    # The documents are served without handlers: those of the folder are about one of the two versions.
    command = [sys.executable, "-m", "locum", "serve", place, "--port", "0", *plan.options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOCUM_")}
    process = subprocess.Popen(  # noqa: S603 (our own command)
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True, errors="replace"
    )
    greeting = _Lines(process.stdout)
    errors = _Lines(process.stderr)
    try:
        yield _address(place, process, greeting, errors)
    finally:
        _stop(process)
        greeting.close()
        errors.close()


class _Lines:
    """Reads the lines of a process as they come, so that it never waits for a reader."""

    def __init__(self, stream: Any) -> None:
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._is_over = False
        self._stream = stream
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream: Any) -> None:
        for line in stream:
            with self._more:
                self.lines.append(line)
                del self.lines[:-1000]
                self._more.notify_all()
        with self._more:
            self._is_over = True
            self._more.notify_all()

    def close(self) -> None:
        """Close the stream; its process has ended."""
        self._thread.join(_STOP_SECONDS)
        self._stream.close()

    def wait_for(self, words: Sequence[str], seconds: float) -> bool:
        """Wait until a line has one of the words; return whether it came."""
        until = monotonic() + seconds
        with self._more:
            while not any(word in line for line in self.lines for word in words):
                left = until - monotonic()
                if self._is_over or left <= 0:
                    return False
                self._more.wait(left)
        return True


def _address(place: str, process: subprocess.Popen[str], greeting: _Lines, errors: _Lines) -> str:
    if greeting.wait_for(_GREETING, _START_SECONDS):
        found = _URL.search("".join(greeting.lines))
        if found is not None:
            return found[0]
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(1)
    reason = "".join(errors.lines).strip() or f"it said nothing within {_START_SECONDS} s"
    raise BadDocument(f"{place}: cannot be served: {reason}")


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _run(plan: RunPlan, name: str, url: str) -> Result:
    """Run the command against one server; its output is kept in a file."""
    plan.output.mkdir(parents=True, exist_ok=True)
    output = plan.output / f"{name}.log"
    before = _state(plan.junit)
    environment = {**os.environ, "LOCUM_URL": url, "LOCUM_SIDE": name}
    group: dict[str, Any] = {} if _WINDOWS else {"start_new_session": True}
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S602 (the user's own command, as typed)
            plan.command, shell=True, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
            env=environment, **group,
        )  # fmt: skip
        code: int | None
        try:
            code = process.wait(plan.seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
    if plan.junit is None:
        return Result(code, output)
    if _state(plan.junit) == before:
        return Result(code, output, note=f"{plan.junit} was not written on the {name}; only the exit code counts.")
    try:
        failed, passed = _tests(plan.junit)
    except (BadDocument, ET.ParseError) as problem:
        return Result(code, output, note=f"{plan.junit} cannot be read on the {name}: {problem}.")
    return Result(code, output, failed, passed)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command with all processes that it started."""
    if not _WINDOWS:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _state(file: Path | None) -> tuple[int, int] | None:
    if file is None or not file.is_file():
        return None
    found = file.stat()
    return found.st_mtime_ns, found.st_size


def _tests(file: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tests of a JUnit file that failed, and those that passed."""
    root = ET.fromstring(read_bytes(str(file)))  # noqa: S314 (the user's own tests wrote it; expat limits expansion)
    failed, passed = set(), set()
    for case in root.iter("testcase"):
        name = "::".join(filter(None, (case.get("classname"), case.get("name"))))
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed.add(name)
        elif "skipped" not in kinds:
            passed.add(name)
    return frozenset(failed), frozenset(passed - failed)
