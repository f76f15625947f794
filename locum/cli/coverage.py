"""`locum coverage`: merge the coverage of several runs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.help import OptionsByTopic
from locum.cli.loading import stop
from locum.cli.options import DOCUMENTS, PLACE, options
from locum.cli.traffic import Traffic, journals_of
from locum.files import read_text, replace_file
from locum.verify.coverage.cells import of_request, sentence_of
from locum.verify.coverage.coverage import KINDS, Coverage, Unmergeable
from locum.verify.coverage.suggestions import Suggestions
from locum.verify.observed.har_files import is_archive
from locum.verify.printing import TOKEN
from locum.verify.requests import Requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.openapi.compile.contracts import Contract
    from locum.settings import Settings

__all__ = ["MOCK_URL", "coverage", "print_coverage", "print_missing", "suggestions_of", "write_coverage"]

MOCK_URL = "http://127.0.0.1:4010"
"""The default URL of the mock."""


@click.command(cls=OptionsByTopic)
@options(*(name for name in DOCUMENTS if name != "specs"))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--spec",
    "specs",
    multiple=True,
    type=PLACE,
    help="A document of the recorded traffic; may be repeated. Default: the bundled ones.",
)
@click.option("--url", help="Add the journal of a running locum.")
@click.option(
    "--world", "worlds", multiple=True, help="Only the journal of this world; may be repeated. Default: all worlds."
)
@click.option(
    "--control-token", default="", envvar="LOCUM_CONTROL_TOKEN", help="The control token that the server printed."
)
@click.option("--fail-under", type=click.FloatRange(0, 100), help="Exit 1 if coverage is below this percentage.")
@click.option(
    "--of",
    "kind",
    default="all",
    type=click.Choice(["all", *KINDS]),
    help="The kind of coverage that --fail-under checks.",
)
@click.option("--missing", is_flag=True, help="List what was never seen, with a request that would show it.")
@click.option("--to", "file", type=click.Path(path_type=Path), help="Write the merged coverage to a file.")
def coverage(  # noqa: PLR0913 (one argument per option)
    settings: Settings,
    *,
    files: tuple[Path, ...],
    specs: tuple[Any, ...],
    url: str | None,
    worlds: tuple[str, ...],
    control_token: str,
    fail_under: float | None,
    kind: str,
    missing: bool,
    file: Path | None,
) -> None:
    """Merge coverage files and print the result.

    FILES are coverage files (`locum verify --coverage`) and HTTP Archives, whose requests and responses are checked and
    counted. --url adds the journal of a running locum.
    """
    if not files and not url:
        raise click.UsageError(
            "Missing FILES or --url. Give coverage files, HTTP Archives, or the URL of a running locum."
        )
    settings = replace(settings, specs=specs) if specs else settings
    found: list[tuple[str, Coverage]] = []
    archives = journals_of(url, control_token, worlds) if url else []
    for path in files:
        content = _content(path)
        if is_archive(content):
            archives.append((str(path), content))
        else:
            found += [(str(path), one) for one in _covered(path, content)]
    contracts: dict[str, tuple[Contract, str]] = {}
    if archives or specs:
        traffic = Traffic(settings)
        for where, content in archives:
            traffic.take(content, where)
        found += [("the traffic", one) for one in traffic.coverage()]
        contracts = traffic.contracts
        traffic.print_problems()
    merged: dict[str, Coverage] = {}
    for where, one in found:
        try:
            merged.setdefault(one.api, Coverage(one.api, one.digest, {})).merge(one)
        except Unmergeable as problem:
            stop([f"{where}: {problem}"])
    print_coverage(merged.values())
    if missing:
        for name, one in merged.items():
            contract, base_path = contracts.get(name, (None, ""))
            print_missing(one, suggestions_of(contract, (url or MOCK_URL) + base_path) if contract else None)
    if file is not None:
        write_coverage(file, merged.values())
    if fail_under is not None and any(one.percent(kind) < fail_under for one in merged.values()):
        sys.exit(1)


def print_coverage(all_: Iterable[Coverage]) -> None:
    """Print the coverage, one line per contract."""
    for found in all_:
        kinds = ", ".join(f"{kind} {seen}/{there}" for kind, (seen, there) in found.kinds().items())
        wrong = f"; {found.wrong} invalid responses not counted" if found.wrong else ""
        click.echo(f"{found.api}: {found.percent():.1f} % of the contract was seen ({kinds}{wrong}).")


def print_missing(found: Coverage, suggestions: Suggestions | None = None) -> None:
    """Print what was never seen, by operation; with `suggestions`, also the curl command that would show it."""
    operations = suggestions.contract.operations if suggestions is not None else {}
    for label, cells in groupby(found.missing(), lambda pair: pair[0]):
        method, _, path = label.partition(" ")
        operation = operations.get((path, method.lower()))
        usual = suggestions.curl(operation) if suggestions is not None and operation is not None else ""
        click.echo(f"Never seen of {label}:" + (f"  {usual}" if usual else ""))
        for _, cell in cells:
            click.echo(f"  {sentence_of(cell)}  [{cell}]")
            can_be_requested = of_request(cell) or cell.startswith("status ")
            line = (
                suggestions.curl(operation, cell) if suggestions is not None and operation and can_be_requested else ""
            )
            if line and line != usual:
                click.echo(f"    {line}")


def suggestions_of(contract: Contract, base_url: str) -> Suggestions:
    """Return suggestions of requests to a server whose operations are below a base URL."""
    return Suggestions(contract, Requests(contract, base_url, token=TOKEN))


def write_coverage(file: Path, all_: Iterable[Coverage]) -> None:
    """Write coverage to a file, as JSON."""
    text = json.dumps([found.plain() for found in all_], indent=1, ensure_ascii=False) + "\n"
    try:
        replace_file(file, text)
    except OSError as problem:
        stop([f"{file}: cannot be written: {problem.strerror}."])


def _content(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except OSError as problem:
        stop([f"{path}: cannot be read: {problem.strerror}."])
    except (ValueError, RecursionError) as problem:
        stop([f"{path}: not valid JSON: {problem}."])


def _covered(path: Path, content: Any) -> list[Coverage]:
    try:
        return [Coverage.from_plain(one) for one in (content if isinstance(content, list) else [content])]
    except Unmergeable as problem:
        stop([f"{path}: {problem}"])
