"""Every view of the inspector on the bundled APIs and on large documents, at four widths, light and dark.

Every action is tried on a collection of Asana's and of GitHub's document, at each width and in both themes.

`make inspect` runs it by hand: it takes some minutes. With SHOTS=FOLDER it takes pictures.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from locum.options import AuthMode
from locum.settings import Settings
from tests.browser.conftest import CHROMIUMS, install_packages
from tests.conftest import token
from tests.corpus.sources import corpus_file
from tests.wire.serving import Server

HERE = Path(__file__).parent
DOCUMENTS = {"bundled": (), "large": ("asana.yaml", "github-api.json")}
SUBJECTS = {
    "large": [
        {
            "api": "asana",
            "list": "getTasks",
            "create": "createTask",
            "read": "getTask",
            "member": "name",
            "invalid": {"data": {"name": 5}},
        },
        {
            "api": "github-api",
            "list": "issues/list-for-repo",
            "create": "issues/create",
            "read": "issues/get",
            "member": "title",
            "invalid": {"title": {"nonsense": True}},
        },
    ]
}
"""The collections on which every action is tried; those of the bundled APIs are in inspector.mjs."""


def main() -> int:
    """Walk through every view of each server, and measure; return the exit code."""
    modules = install_packages()
    chromium = next(filter(None, map(shutil.which, CHROMIUMS)))
    failed = 0
    for name, files in DOCUMENTS.items():
        specs = tuple(filter(None, map(corpus_file, files)))
        if files and not specs:
            sys.stdout.write(f"{name}: the corpus is not here\n")
            continue
        settings = Settings(cache=False, **({"specs": specs, "auth": AuthMode.ANY} if specs else {}))
        for script in ("views.mjs", "measure.mjs", *(["actions.mjs"] if name in SUBJECTS else [])):
            server = Server(settings)
            try:
                failed += _run(script, name, server, modules, chromium)
            finally:
                server.stop()
    return 1 if failed else 0


def _run(script: str, name: str, server: Server, modules: Path, chromium: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        for file in HERE.glob("*.mjs"):
            (Path(folder) / file.name).write_bytes(file.read_bytes())
        (Path(folder) / "node_modules").symlink_to(modules)
        variables = {
            "LOCUM_URL": "http://{}:{}".format(*server.address),
            "CHROMIUM": chromium,
            "LOCUM_TOKEN": token(),
            "WIDTHS": os.environ.get("WIDTHS", "360,768,1280,1920"),
            "THEMES": os.environ.get("THEMES", "light,dark"),
            "NAME": f"{name}-",
            "SUBJECTS": json.dumps(SUBJECTS.get(name, [])),
        }
        done = subprocess.run(
            ["node", script], cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
    sys.stdout.write(f"{name}: {(done.stdout + done.stderr).strip()}\n")
    sys.stdout.flush()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
