"""Measure locum diff: a document against itself with 20 changes, in time and memory.

`python benchmarks/review.py [DOCUMENT ...]`; without documents, the large ones of LOCUM_CORPUS or ../shared/corpus.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from locum.openapi.load.documents import read  # noqa: E402 (needs the path)
from tests.corpus.sources import corpus_file  # noqa: E402

LARGE = ("stripe.yaml", "k8s.json", "asana.yaml", "square.json", "github-api.json")


def edited(content: dict, random: Random, count: int = 20) -> dict:
    """Return the content with `count` changes, spread over its schemas and operations."""
    named = (content.get("components") or {}).get("schemas") or {}
    done = 0
    while done < count:
        kind = random.randrange(5)
        if kind == 4:
            path = random.choice(sorted(content["paths"]))
            methods = [name for name in content["paths"][path] if name in {"get", "post", "put", "patch", "delete"}]
            if not methods:
                continue
            operation = content["paths"][path][random.choice(methods)]
            parameter = {"name": f"new{done}", "in": "query", "required": True, "schema": {"type": "string"}}
            operation.setdefault("parameters", []).append(parameter)
            done += 1
            continue
        schema = named[random.choice(sorted(named))]
        properties = schema.get("properties") or {}
        name = random.choice(sorted(properties)) if properties else ""
        part, required = properties.get(name), schema.get("required") or []
        if not isinstance(part, dict):
            continue
        if kind == 0 and part.get("type") == "string" and "enum" not in part:
            part["maxLength"] = 8
        elif kind == 1 and len(part.get("enum", ())) > 1:
            part["enum"] = part["enum"][:-1]
        elif kind == 2 and name not in required:
            schema["required"] = [*required, name]
        elif kind == 3 and len(required) > 1 and name in required:
            required.remove(name)
        else:
            continue
        done += 1
    return content


def measure(base: Path, head: Path) -> tuple[float, int]:
    """Return the processor seconds and the largest memory in MB of one `locum diff` in a process of its own."""
    command = [sys.executable, "-m", "locum", "diff", str(base), str(head), "--format", "json", "--fail-on", "never"]
    script = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    code, seconds, memory = done.stdout.split()
    assert code == "0", done.stderr
    scale = 1 if sys.platform == "darwin" else 1024
    return float(seconds), int(memory) * scale // 1_000_000


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]] or [file for name in LARGE if (file := corpus_file(name))]
    print("| document | MB | seconds of processor | MB of memory |\n|---|---:|---:|---:|")
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            head = Path(folder) / f"{path.stem}.json"
            head.write_text(json.dumps(edited(read(path).content, Random(1))))
            measure(path, head)  # fills the cache of parsed documents
            seconds, memory = measure(path, head)
            print(f"| {path.name} | {path.stat().st_size / 1e6:.1f} | {seconds:.1f} | {memory} |", flush=True)


if __name__ == "__main__":
    main()
