"""Sessions with official SDKs against their vendors' documents: `make sdk` runs them, and writes docs/sdk.md.

Each session in `sessions/` runs in a separate process, with the SDKs of requirements.txt and package.json, against
`locum serve DOCUMENT` on 127.0.0.1. A step passes if the client sees the same as with the vendor's service.
Failing steps whose cause is not in locum are in explained.toml, each with a reason; if one passes, it is reported as stale.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.corpus.page import put
from tests.corpus.sources import MISSING, corpus_file

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "sdk.md"
PLACE = ROOT / ".sdk"
"""Where the SDKs are installed: a virtual environment, and a folder of Node packages."""
SESSIONS = {
    # the name of a session, its document, the SDK as the table names it
    "stripe_python": ("stripe.yaml", "stripe (Python)"),
    "stripe_node": ("stripe.yaml", "stripe (Node)"),
    "octokit": ("github-api.json", "@octokit/rest (Node)"),
    "pygithub": ("github-api.json", "PyGithub (Python)"),
    "kubernetes": ("k8s.json", "kubernetes (Python)"),
    "docker_py": ("docker.yaml", "docker (Python)"),
    "box": ("box.json", "box-sdk-gen (Python)"),
    "asana": ("asana.yaml", "asana (Python)"),
    "resend_python": ("resend.yaml", "resend (Python)"),
    "resend_node": ("resend.yaml", "resend (Node)"),
    "lago": ("lago.yaml", "lago-python-client (Python)"),
    "square": ("square.json", "squareup (Python)"),
    "svix": ("svix.json", "svix (Python)"),
    "cohere": ("cohere.yaml", "cohere (Python)"),
    "datadog": ("datadog.yaml", "datadog-api-client (Python)"),
    "airflow": ("airflow.yaml", "apache-airflow-client (Python)"),
    "dockerode": ("docker.yaml", "dockerode (Node)"),
    "spotipy": ("spotify-official.yml", "spotipy (Python)"),
    "xero": ("xero-accounting.yaml", "xero-python (Python)"),
}
START, SESSION = 40, 180
"""Maximum seconds until a server responds, and until a session ends."""
_ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)")


@dataclass
class Result:
    """The result of a session."""

    name: str
    sdk: str
    document: str
    steps: dict[str, str] = field(default_factory=dict)
    """Each step with the reason of its failure; empty if it passed."""
    broken: str = ""
    """Why the session did not finish."""

    def right(self) -> int:
        return sum(not reason for reason in self.steps.values())


def sessions_there(names) -> list[str]:
    """Return the requested sessions that have a script."""
    known = [name for name in SESSIONS if script(name).exists()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"Unknown session: {', '.join(unknown)}. Valid sessions: {', '.join(known)}.")
    return list(names) or known


def script(name: str) -> Path:
    python = HERE / "sessions" / f"{name}.py"
    return python if python.exists() else HERE / "sessions" / f"{name}.mjs"


def install() -> None:
    """Install the SDKs if the pinned versions differ from the installed ones."""
    PLACE.mkdir(exist_ok=True)
    pins = (HERE / "requirements.txt").read_text(encoding="utf-8")
    mark = PLACE / "requirements.txt"
    if not mark.exists() or mark.read_text(encoding="utf-8") != pins:
        sys.stdout.write("Installing the SDKs in Python ...\n")
        if not (PLACE / "venv").exists():
            venv.create(PLACE / "venv", with_pip=True)
        pip = [str(PLACE / "venv" / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True, stderr=subprocess.DEVNULL)
        mark.write_text(pins, encoding="utf-8")
    pins = (HERE / "package.json").read_text(encoding="utf-8")
    mark = PLACE / "package.json"
    if shutil.which("npm") and (not mark.exists() or mark.read_text(encoding="utf-8") != pins):
        sys.stdout.write("Installing the SDKs in Node ...\n")
        (PLACE / "package-lock.json").unlink(missing_ok=True)
        mark.write_text(pins, encoding="utf-8")
        npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        done = subprocess.run(npm, cwd=PLACE, check=False)
        if done.returncode:
            mark.unlink()
            done.check_returncode()
    for name in ("session.mjs", "sessions"):
        link = PLACE / name
        if not link.is_symlink():
            link.symlink_to(HERE / name)  # Node looks for packages above the script's own place


@functools.cache
def strictness() -> tuple[str, ...]:
    """Return the options that make unknown identifiers 404, as with a vendor's service, if locum has them."""
    text = subprocess.run(
        [sys.executable, "-m", "locum", "serve", "--help"], capture_output=True, text=True, check=True
    )
    return ("--unknown-ids", "404") if "--unknown-ids" in text.stdout else ()


@contextlib.contextmanager
def served(document: Path) -> Iterator[str]:
    """Serve a document, and yield the address of the server."""
    locum = [
        sys.executable,
        "-m",
        "locum",
        "serve",
        str(document),
        "--port",
        "0",
        "--log-level",
        "warning",
        *strictness(),
    ]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(locum, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + START
            found = None
            while found is None:
                output.seek(0)
                text = output.read()
                found = _ADDRESS.search(text)
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{document.name} is not served: {text[-400:]}")
                time.sleep(0.1)
            yield found[1]
        finally:
            process.terminate()
            process.wait(10)


def run(name: str, document: Path) -> Result:
    """Run one session against a new server."""
    result = Result(name, SESSIONS[name][1], document.name)
    path = script(name)
    if path.suffix == ".py":
        command = [str(PLACE / "venv" / "bin" / "python"), "-P", str(path)]  # a script can have the name of its SDK
    else:
        command = ["node", "--preserve-symlinks", "--preserve-symlinks-main", str(PLACE / "sessions" / path.name)]
    with served(document) as address:
        environment = {**os.environ, "LOCUM_URL": address, "PYTHONPATH": str(HERE), "NO_PROXY": "127.0.0.1"}
        try:
            done = subprocess.run(
                command, env=environment, cwd=HERE, capture_output=True, text=True, timeout=SESSION, check=False
            )
            output, problem = done.stdout, done.stderr if done.returncode else ""
        except subprocess.TimeoutExpired as late:
            output = late.stdout.decode() if isinstance(late.stdout, bytes) else late.stdout or ""
            problem = f"no end after {SESSION} seconds"
    for record in output.split("\n"):
        if record.startswith("\x1e"):
            step = json.loads(record[1:])
            result.steps[step["step"]] = step["reason"]
    result.broken = " ".join(problem.split())[-300:]
    return result


def explained() -> dict[tuple[str, str], dict]:
    """Return the explanations by session and step."""
    content = tomllib.loads((HERE / "explained.toml").read_text(encoding="utf-8"))
    return {(one["session"], one["step"]): one for one in content.get("step", [])}


def line(result: Result, reasons) -> str:
    """Return the row of one session."""
    right, count = result.right(), len(result.steps)
    known = sum(bool(reason) and (result.name, step) in reasons for step, reason in result.steps.items())
    share = f"{100 * right // count} %" if count else ""
    return f"| {result.sdk} | {result.document} | {right}/{count} | {share} | {known} |"


def report(results, reasons) -> str:
    """Return the table for the page, and each failing step."""
    right, count = sum(one.right() for one in results), sum(len(one.steps) for one in results)
    lines = ["| SDK | document | right | | explained |", "|---|---|---:|---:|---:|"]
    lines += [line(one, reasons) for one in results]
    lines += [f"| **all** | | {right}/{count} | {100 * right // max(count, 1)} % | |", ""]
    for one in results:
        wrong = {step: reason for step, reason in one.steps.items() if reason}
        if not wrong and not one.broken:
            continue
        lines += [f"### {one.sdk}", ""]
        for step, reason in wrong.items():
            why = reasons.get((one.name, step))
            lines.append(
                f"- {step}: {_plain(reason)}" + (f" **Explained ({why['lies_in']})**: {why['why']}" if why else "")
            )
        lines += [f"- The session broke off: {_plain(one.broken)}"] if one.broken else []
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _plain(reason: str) -> str:
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", reason.replace("|", "&#124;").replace("<", "&lt;"))[:260]


def main() -> int:
    """Run the sessions, print the table and the failing steps, and write them to the page if all were run."""
    parser = argparse.ArgumentParser(prog="python -m tests.sdk.run", description=__doc__)
    parser.add_argument("sessions", nargs="*", help="the sessions to run (default: all)")
    options = parser.parse_args()
    names = sessions_there(options.sessions)
    if corpus_file("") is None:
        sys.stdout.write(f"{MISSING}.\n")
        return 0
    install()
    reasons, results = explained(), []
    for name in names:
        document = corpus_file(SESSIONS[name][0])
        if document is None:
            sys.stdout.write(f"{name}: there is no {SESSIONS[name][0]} in the corpus; skipped.\n")
            continue
        results.append(run(name, document))
        sys.stdout.write(line(results[-1], reasons) + "\n")
        sys.stdout.flush()
    text = report(results, reasons)
    sys.stdout.write("\n" + text)
    steps = {(one.name, step): reason for one in results for step, reason in one.steps.items()}
    stale = [key for key in reasons if key[0] in {one.name for one in results} and not steps.get(key)]
    sys.stdout.writelines(
        f"Explained, but right or gone: {key[0]}: {key[1]}. Remove it from explained.toml.\n" for key in stale
    )
    if not options.sessions:
        put("sdk", text, PAGE)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
