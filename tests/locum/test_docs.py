"""What is promised in words exists, and what exists is told."""

from __future__ import annotations

import re

from locum.cli import main
from locum.settings import TABLE
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def test_every_setting_is_documented_and_every_documented_one_exists():
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", SETTINGS, re.MULTILINE))

    assert documented == {name.replace("_", "-") for name in TABLE}


def test_every_option_that_the_documentation_names_exists():
    known = {option for command in main.commands.values() for parameter in command.params for option in parameter.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README + SETTINGS)) - {"--like-this"}

    assert named <= known | {"--help"}


def test_every_command_that_the_readme_names_exists():
    assert set(re.findall(r"\blocum (serve|check|routes|token|mock|[a-z]+(?= --))", README)) <= set(main.commands)


def test_every_make_target_that_the_readme_names_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)`", README, re.MULTILINE)) <= {
        pair for target in targets for pair in ((target, ""), ("", target))
    }


def test_every_file_that_is_named_exists():
    for text in (README, ARCHITECTURE):
        for name in re.findall(r"`((?:specs|handlers|docs|tests|locum|benchmarks)/[\w./-]*)`", text):
            assert (ROOT / name).exists(), name
        for name in re.findall(r"\]\((?!http)([^)#]+)\)", text):
            assert (ROOT / name).exists() or (ROOT / "docs" / name).exists(), name


def test_every_decision_says_what_was_decided():
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        assert "**Decision.**" in path.read_text(), path.name
