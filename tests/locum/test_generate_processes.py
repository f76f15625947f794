"""The same value in every process, whatever its hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = """
import json
from random import Random
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.world.clock import EPOCH
from locum.generate.generator import Generator, Unsatisfiable
from tests.locum.test_generate_sources import TEXT
from tests.locum.test_generate_strings import FORMATS, PATTERNS
from tests.locum.test_generate_values import COMPONENTS, KEYWORDS, OLDER

strings = {f"p{n}": TEXT | {"pattern": pattern} for n, pattern in enumerate(PATTERNS)}
strings |= {f"f{n}": TEXT | {"format": name} for n, name in enumerate(FORMATS)}
names = {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 12}
for version, cases in (("3.1.0", KEYWORDS | strings | {"names": names}), ("3.0.3", OLDER)):
    schemas = Schemas({"openapi": version, "components": {"schemas": COMPONENTS | cases}})
    generator = Generator(schemas)
    for name in cases:
        schema = schemas.schema(f"/components/schemas/{name}", Direction.RESPONSE)
        print(name, json.dumps([generator.value(schema, Random(seed), EPOCH) for seed in range(5)]))
"""


def printed(hash_seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_values_do_not_depend_on_the_hash_seed():
    first, second = printed("1"), printed("4242")

    assert len(first.splitlines()) > 150
    assert first == second
