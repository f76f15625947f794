"""`locum mock` takes the command lines of `prism mock`, as yargs reads them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

from locum.cli import main

USUAL = {"port": 4010, "host": "127.0.0.1", "dynamic": False, "seed": 0, "cors": ("*",), "log_level": "info"}


@pytest.fixture
def mock(monkeypatch):
    """Run the command; return its result and the settings that it would serve with."""
    given = []
    monkeypatch.setattr(import_module("locum.cli.serve"), "run_server", lambda settings, **_: given.append(settings))

    def run(*arguments, **options):
        result = CliRunner().invoke(main, ["mock", *arguments], **options)
        return result, given.pop() if given else None

    return run


@pytest.mark.parametrize(
    ("arguments", "changed"),
    [
        ("api.yaml", {}),
        ("api.yaml -p 5000", {"port": 5000}),
        ("api.yaml -p5000", {"port": 5000}),
        ("api.yaml -p=5000", {"port": 5000}),
        ("-p 5000 api.yaml", {"port": 5000}),
        ("api.yaml --port=5000 -h 0.0.0.0", {"port": 5000, "host": "0.0.0.0"}),
        ("api.yaml --port 5000 --port 5001", {"port": 5001}),
        ("api.yaml -d", {"dynamic": True}),
        ("-d api.yaml", {"dynamic": True}),
        ("-d true api.yaml", {"dynamic": True}),
        ("api.yaml --dynamic", {"dynamic": True}),
        ("api.yaml --dynamic=true", {"dynamic": True}),
        ("api.yaml --dynamic=false", {}),
        ("api.yaml -d=false", {}),
        ("api.yaml -d false", {}),
        ("api.yaml --no-dynamic", {}),
        ("api.yaml -dm", {"dynamic": True}),
        ("api.yaml --ignoreExamples", {"dynamic": True}),
        ("api.yaml --ignore-examples", {"dynamic": True}),
        ("api.yaml --no-ignoreExamples", {}),
        ("api.yaml --cors", {}),
        ("api.yaml --cors=false", {"cors": ()}),
        ("api.yaml --cors false", {"cors": ()}),
        ("--cors false api.yaml", {"cors": ()}),
        ("api.yaml --no-cors", {"cors": ()}),
        ("api.yaml --no-cors=false", {}),
        ("api.yaml --noCors", {"cors": ()}),
        ("api.yaml --seed 7", {"seed": 7}),
        ("api.yaml --verboseLevel debug", {"log_level": "debug"}),
        ("api.yaml --verbose-level=warn", {"log_level": "warning"}),
        ("api.yaml -v silent", {"log_level": "error"}),
        ("api.yaml -v=trace", {"log_level": "debug"}),
    ],
)
def test_options_are_accepted_in_every_form_of_yargs(mock, arguments, changed):
    result, settings = mock(*arguments.split())

    assert result.exit_code == 0, result.output
    assert settings.specs == (Path("api.yaml"),)
    assert settings.like_prism
    assert {name: getattr(settings, name) for name in USUAL} == USUAL | changed


@pytest.mark.parametrize("option", ["--errors", "--errors=true", "-m", "--multiprocess", "-m=false", "--multiprocess=false",
    "--no-multiprocess", "--no-errors", "--errors=false", "--errors false", "--json-schema-faker-fillProperties",
    "--json-schema-faker-fillProperties=false", "--json-schema-faker-fillProperties false",
    "--json-schema-faker-fill-properties", "--jsonSchemaFakerFillProperties", "--no-json-schema-faker-fillProperties",
    "--json-schema-faker-minItems 3", "--json-schema-faker-optionalsProbability=0.5"])  # fmt: skip
def test_an_unsupported_option_of_prism_is_accepted_with_a_note(mock, option):
    result, settings = mock(*option.split(), "api.yaml")

    assert settings.specs == (Path("api.yaml"),)
    assert len(result.stderr.splitlines()) == 1
    assert "has no effect here" in result.stderr
    assert result.stdout == ""


def test_there_are_no_notes_without_options(mock):
    assert mock("api.yaml")[0].output == ""


def test_a_seed_can_be_any_text(mock):
    seeds = [mock("api.yaml", "--seed", text)[1].seed for text in ("test", "test", "other", "-1")]

    assert seeds[0] == seeds[1]
    assert len(set(seeds)) == 3
    assert all(seed >= 0 for seed in seeds)


def test_a_document_can_be_a_url(mock):
    assert mock("http://127.0.0.1:8000/openapi.json")[1].specs == ("http://127.0.0.1:8000/openapi.json",)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("api.yaml --cor=false", "--cors"),
        ("api.yaml --multiproces", "--multiprocess"),
        ("api.yaml --verboselevl=debug", "--verboseLevel"),
        ("api.yaml --xyzzy", "No such option"),
        ("api.yaml -x", "No such option"),
        ("api.yaml --cors=maybe", "Option '--cors' must be true or false, not 'maybe'."),
        ("api.yaml --port=many", "'many' is not a valid integer"),
        ("api.yaml --port", "requires an argument"),
        ("api.yaml --verboseLevel loud", "'loud' is not one of"),
        ("", "Missing argument 'DOCUMENT'"),
    ],
)
def test_an_unknown_option_is_an_error(mock, arguments, sentence):
    result, settings = mock(*arguments.split())

    assert result.exit_code == 2
    assert settings is None
    assert sentence in result.stderr


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_are_shown(mock, option):
    result, settings = mock(option)

    assert result.exit_code == 0
    assert settings is None
    assert ("--multiprocess" if option == "--help" else "locum, version") in result.stdout
