"""The documentation is complete and names only what exists."""

from __future__ import annotations

import re

import click
from click.testing import CliRunner

from locum import __version__
from locum.cli import main
from locum.settings import TABLE
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
PAGES = {path: path.read_text() for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"))}
EXTENSIBLE = [path for part in ("infer", "proxy", "review", "verify") for path in (ROOT / "locum" / part).rglob("*.py")]
"""The modules that read extensions of documents."""

_OPTION_OF_LOCUM = re.compile(r"(?<![\w-])--[a-z][A-Za-z-]+")
_OTHERS = ("curl", "pytest", "grep", "prism ", "pip ", "tests.")
"""Other programs, whose options are not checked."""


def test_every_setting_is_documented_and_every_documented_one_exists():
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", SETTINGS, re.MULTILINE))

    assert documented == {name.replace("_", "-") for name in TABLE}


def test_every_documented_option_exists():
    known = {
        option
        for command in _commands(main)
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    for path, text in PAGES.items():
        output = "\n".join(line for line in text.splitlines() if not any(other in line for other in _OTHERS))
        named = set(_OPTION_OF_LOCUM.findall(output)) - {"--like-this"}

        assert named <= known | {"--help"}, path


def _commands(group):
    for command in group.commands.values():
        yield command
        yield from _commands(command) if isinstance(command, click.Group) else ()


def test_every_documented_subcommand_exists():
    for path, text in PAGES.items():
        for name, group in main.commands.items():
            if isinstance(group, click.Group):
                named = set(re.findall(rf"(?m)(?:`|^\$ |^)locum {name} ([a-z]+)", text))

                assert named <= set(group.commands), path


def test_every_documented_command_exists():
    for path, text in PAGES.items():
        blocks = "\n".join(re.findall(r"^```(?:sh|console)\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
        named = re.findall(r"^(?:\$ )?locum ([a-z]+)", blocks, re.MULTILINE) + re.findall(r"`locum ([a-z]+)", text)

        assert set(named) <= set(main.commands), path


def test_every_command_is_documented():
    everything = "\n".join(PAGES.values())

    assert [name for name in main.commands if not re.search(rf"(?m)(?:`|^\$ |^)locum {name}\b", everything)] == []


def test_every_documented_extension_is_read_and_the_reverse():
    read = {name for path in EXTENSIBLE for name in re.findall(r"(?<!b)\"(x-locum-[a-z]+)\"", path.read_text())} - {
        "x-locum-world"  # a header
    }
    output = {name for text in PAGES.values() for name in re.findall(r"`(x-locum-[a-z]+)`", text)}

    assert output == read
    assert read


def test_every_make_target_in_the_readme_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)`", README, re.MULTILINE)) <= {
        pair for target in targets for pair in ((target, ""), ("", target))
    }


def test_every_documented_file_exists():
    for page, text in PAGES.items():
        for name in re.findall(r"`((?:specs|handlers|docs|tests|locum|benchmarks)/[\w./-]*)`", text):
            assert (ROOT / name).exists(), (page, name)


def test_every_link_leads_to_a_file_and_to_a_heading_in_it():
    for page, text in PAGES.items():
        for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
            name, _, heading = link.partition("#")
            target = page.parent / name if name else page

            assert target.exists(), (page, link)
            assert not heading or heading in _headings(target.read_text()), (page, link)


def _headings(text):
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_linked_from_another():
    linked = {
        (page.parent / name).resolve()
        for page, text in PAGES.items()
        for name in re.findall(r"\]\((?!https?:)([^)#]+\.md)", text)
    }

    assert {path for path in PAGES if path.parent == ROOT / "docs"} <= linked


def test_every_decision_record_has_its_sections():
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        assert "**Decision.**" in path.read_text(), path.name


def test_every_install_command_works_without_a_published_package():
    """They install from a checkout or from a wheel that was built from it."""
    wheel = f"tools/locum-{__version__}-py3-none-any.whl[verify]"
    sources = [
        *PAGES,
        ROOT / ".pre-commit-hooks.yaml",
        *(ROOT / "locum").rglob("*.py"),
        *(ROOT / "docs").rglob("*.js*"),
    ]
    installed = {
        (path.name, package)
        for path in sources
        for package in re.findall(
            r"(?:pip install|uvx|pipx run|uv pip install|uv add) +'?([^\s'`\"]+)", path.read_text()
        )
    }

    assert {package for _, package in installed if "locum" in package or "." in package.split("[")[0]} <= {
        ".",
        ".[verify]",
        ".[otel]",
        wheel,
        "schemathesis>=4.32,<5",
    }
    assert {("reports.md", wheel), ("README.md", ".[verify]"), ("verify.md", ".[verify]")} <= installed


def test_the_help_lists_every_command_and_every_setting_under_a_heading():
    overview, serve = (CliRunner().invoke(main, [*words, "--help"]).output for words in ([], ["serve"]))

    assert all(re.search(rf"(?m)^  {name} ", overview) for name in main.commands)
    assert (
        serve.index("Options:")
        < serve.index("--help")
        < serve.index("Documents and handlers:")
        < serve.index("--specs")
    )
    assert re.search(r"Options:\n  -h, --help .*\n\n", serve), "an option has no heading"
    assert "--max-body is LOCUM_MAX_BODY" in serve


def test_the_help_of_verify_lists_its_options_by_topic():
    verify = CliRunner().invoke(main, ["verify", "--help"]).output

    assert re.search(r"Options:\n  -h, --help .*\n\nThe server and its users:\n  --url ", verify)
    assert verify.index("How:") < verify.index("--seed") < verify.index("The result:")
