"""The files of deploy/: the commands that they run are those of the wheel. No image is built here, as that needs a registry."""

from __future__ import annotations

import json
import re
import shlex
import subprocess

import pytest
import yaml

from tests.conftest import ROOT
from tests.install.environment import clean_environment

pytestmark = pytest.mark.xdist_group("install")

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text().replace("\\\n", "")


def instruction(name):
    """Return the JSON list of an instruction."""
    return json.loads(re.search(rf"{name}.*?(\[.*\])$", DOCKERFILE, re.MULTILINE)[1])


@pytest.fixture
def specs(tmp_path):
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "shop.yaml").write_text((ROOT / "docs" / "examples" / "shop.yaml").read_text())
    return tmp_path / "specs"


def test_the_image_serves_and_its_health_check_tells_a_ready_server_from_none(installed, specs):
    program, (command, *words) = instruction("ENTRYPOINT"), instruction("^CMD")
    words[words.index("--host") + 1], words[words.index("--port") + 1] = "127.0.0.1", "0"
    _, flag, check = instruction("HEALTHCHECK")
    state = specs.parent / "home" / "state"

    assert program == ["locum"]
    with installed.serve(*words, cwd=specs, command=command, LOCUM_SPECS=str(specs), LOCUM_STATE=str(state)) as served:
        assert served.status("/products") == 200
        probe = [installed.bin / "python", flag, check.replace("http://127.0.0.1:4010", served.url)]
        assert subprocess.run(probe, env=clean_environment(), check=False, timeout=30).returncode == 0
    assert (state / "worlds.sqlite").exists()
    assert subprocess.run(probe, env=clean_environment(), check=False, timeout=30, capture_output=True).returncode != 0


def test_the_compose_file_and_the_unit_name_options_that_exist(installed, specs):
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["locum"]
    unit = (DEPLOY / "locum.service").read_text()
    _, *words = shlex.split(re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1])
    for line in (service["command"], words):
        command, _, *options = line
        options[options.index("--port") + 1] = "0"
        if "--host" in options:
            options[options.index("--host") + 1] = "127.0.0.1"
        with installed.serve(specs, *options, cwd=specs, command=command, LOCUM_CONTROL_TOKEN="t" * 20) as served:
            assert served.status("/products") == 200
    assert service["build"]["dockerfile"] == "deploy/Dockerfile"
    assert service["read_only"]
