"""`locum coverage`: how much of a contract several runs have seen together."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

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

__all__ = ["STANDIN", "coverage", "keep", "never_seen", "suggestions_of", "told"]

STANDIN = "http://127.0.0.1:4010"
"""Where a locum is by default."""


@click.command()
@options(*(name for name in DOCUMENTS if name != "specs"))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--spec", "specs", multiple=True, type=PLACE, help="A document that traffic is about. Default: ours.")
@click.option("--url", help="A running locum, whose journal counts.")
@click.option("--world", "worlds", multiple=True, help="Only the journal of this world; may be repeated.")
@click.option("--control-token", default="", envvar="LOCUM_CONTROL_TOKEN", help="What the server printed.")
@click.option("--fail-under", type=click.FloatRange(0, 100), help="End with 1 where less is seen, in percent.")
@click.option("--of", "kind", default="all", type=click.Choice(["all", *KINDS]), help="What --fail-under is about.")
@click.option("--missing", is_flag=True, help="List every cell that was never seen.")
@click.option("--to", "file", type=click.Path(path_type=Path), help="Write what is merged into a file.")
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
    """Merge the coverage in FILES, and tell it.

    A file is what `locum verify --coverage` wrote, or an HTTP Archive, whose exchanges are judged and counted; and so
    is the journal of a running locum (--url).
    """
    if not files and not url:
        raise click.UsageError("Name files, or a running locum with --url.")
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
        traffic.tell()
    merged: dict[str, Coverage] = {}
    for where, one in found:
        try:
            merged.setdefault(one.api, Coverage(one.api, one.digest, {})).merge(one)
        except Unmergeable as problem:
            stop([f"{where}: {problem}"])
    told(merged.values())
    if missing:
        for name, one in merged.items():
            contract, base_path = contracts.get(name, (None, ""))
            never_seen(one, suggestions_of(contract, (url or STANDIN) + base_path) if contract else None)
    if file is not None:
        keep(file, merged.values())
    if fail_under is not None and any(one.percent(kind) < fail_under for one in merged.values()):
        sys.exit(1)


def told(all_: Iterable[Coverage]) -> None:
    """Print how much was seen, a line for each contract."""
    for found in all_:
        kinds = ", ".join(f"{kind} {seen}/{there}" for kind, (seen, there) in found.kinds().items())
        wrong = f"; {found.wrong} answers counted for nothing" if found.wrong else ""
        click.echo(f"{found.api}: {found.percent():.1f} % of the contract was seen ({kinds}{wrong}).")


def never_seen(found: Coverage, suggestions: Suggestions | None = None) -> None:
    """Print what was never seen, by operation, and where the contract is at hand what to ask in order to see it."""
    operations = suggestions.contract.operations if suggestions is not None else {}
    for label, cells in groupby(found.missing(), lambda pair: pair[0]):
        method, _, path = label.partition(" ")
        operation = operations.get((path, method.lower()))
        usual = suggestions.curl(operation) if suggestions is not None and operation is not None else ""
        click.echo(f"Never seen of {label}:" + (f"  {usual}" if usual else ""))
        for _, cell in cells:
            click.echo(f"  {sentence_of(cell)}  [{cell}]")
            asks = of_request(cell) or cell.startswith("answer")
            line = suggestions.curl(operation, cell) if suggestions is not None and operation and asks else ""
            if line and line != usual:
                click.echo(f"    {line}")


def suggestions_of(contract: Contract, base_url: str) -> Suggestions:
    """Return what to ask of a server, whose operations are at a base address."""
    return Suggestions(contract, Requests(contract, base_url, token=TOKEN))


def keep(file: Path, all_: Iterable[Coverage]) -> None:
    """Write coverage into a file."""
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
        stop([f"{path}: is no JSON: {problem}."])


def _covered(path: Path, content: Any) -> list[Coverage]:
    try:
        return [Coverage.from_plain(one) for one in (content if isinstance(content, list) else [content])]
    except Unmergeable as problem:
        stop([f"{path}: {problem}"])
