"""`locum coverage`: how much of a contract several runs have seen together."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from locum.cli.loading import stop
from locum.proof.coverage.coverage import KINDS, Coverage, Unmergeable

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["coverage", "keep", "told"]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--fail-under", type=click.FloatRange(0, 100), help="End with 1 where less is seen, in percent.")
@click.option("--of", "kind", default="all", type=click.Choice(["all", *KINDS]), help="What --fail-under is about.")
@click.option("--missing", is_flag=True, help="List every cell that was never seen.")
@click.option("--to", "file", type=click.Path(path_type=Path), help="Write what is merged into a file.")
def coverage(files: tuple[Path, ...], *, fail_under: float | None, kind: str, missing: bool, file: Path | None) -> None:
    """Merge the coverage in FILES, which `locum verify --coverage` wrote, and tell it."""
    merged: dict[str, Coverage] = {}
    for path in files:
        for found in _read(path):
            try:
                merged.setdefault(found.api, Coverage(found.api, found.digest, {})).merge(found)
            except Unmergeable as problem:
                stop([f"{path}: {problem}"])
    told(merged.values(), missing=missing)
    if file is not None:
        keep(file, merged.values())
    if fail_under is not None and any(found.percent(kind) < fail_under for found in merged.values()):
        sys.exit(1)


def told(all_: Iterable[Coverage], *, missing: bool = False) -> None:
    """Print how much was seen, a line for each contract; and what was not."""
    for found in all_:
        kinds = ", ".join(f"{kind} {seen}/{there}" for kind, (seen, there) in found.kinds().items())
        wrong = f"; {found.wrong} answers counted for nothing" if found.wrong else ""
        click.echo(f"{found.api}: {found.percent():.1f} % of the contract was seen ({kinds}{wrong}).")
        if missing:
            for label, cell in found.missing():
                click.echo(f"  never seen: {label}: {cell}")


def keep(file: Path, all_: Iterable[Coverage]) -> None:
    """Write coverage into a file."""
    text = json.dumps([found.plain() for found in all_], indent=1, ensure_ascii=False) + "\n"
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        stop([f"{file}: cannot be written: {problem.strerror}."])


def _read(path: Path) -> list[Coverage]:
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        return [Coverage.from_plain(one) for one in (written if isinstance(written, list) else [written])]
    except OSError as problem:
        stop([f"{path}: cannot be read: {problem.strerror}."])
    except (ValueError, Unmergeable) as problem:
        stop([f"{path}: {problem}"])
