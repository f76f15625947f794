"""`locum verify`: whether a server keeps its contracts."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.coverage import STANDIN, keep, never_seen, suggestions_of, told
from locum.cli.loading import load, stop
from locum.cli.options import DOCUMENTS, options
from locum.cli.verify_directions import directions_of, inputs_of
from locum.cli.verify_plan import plan_of, report_of, write_report
from locum.cli.verifying import Display, summary, tell
from locum.openapi.load.documents import BadDocument
from locum.proof.coverage.coverage import KINDS
from locum.proof.plans import PHASES, Plan
from locum.proof.reports import REPORTS
from locum.proof.reports.proofs import Proof, Results
from locum.serving.handlers import Unfit

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.proof.drift.comparing import Compared
    from locum.proof.plans import Directions
    from locum.serving.services import Service
    from locum.settings import Settings

    Directing = Callable[..., dict[str, Directions]]

__all__ = ["verify"]

_CLEAN, _FINDINGS, _UNREACHABLE = 0, 1, 3


@click.command()
@options(*DOCUMENTS, "jwt_secret", "signing_key", "real_clock")
@click.option("--url", help="The server. Where it has a path, the operations are there; else below their base path.")
@click.option("--token", envvar="LOCUM_TOKEN", help="A bearer token, or the key that the contract declares.")
@click.option("--token-command", metavar="COMMAND", help="A command that prints the token.")
@click.option("--as", "user", metavar="USER", help="A token of locum's own for one of its people: subject or e-mail.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header of every request.")
@click.option("--include-operation", multiple=True, help="Only this operationId; may be repeated, as all of these.")
@click.option("--exclude-operation", multiple=True, help="Not this operationId.")
@click.option("--include-tag", multiple=True, help="Only operations with this tag.")
@click.option("--exclude-tag", multiple=True, help="Not operations with this tag.")
@click.option("--include-path", multiple=True, help="Only this path, as the document has it.")
@click.option("--exclude-path", multiple=True, help="Not this path.")
@click.option("--recipes", multiple=True, type=click.Path(path_type=Path), help="Sequences: Arazzo documents, or HARs.")
@click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help="What a recipe is given from outside.")
@click.option("--drift", is_flag=True, help="Ask the recipes of the stand-in, too, and tell where the answers differ.")
@click.option("--phases", help=f"The phases, parted by commas: {', '.join(PHASES)}. Default: all.")
@click.option("--checks", help="Names of Schemathesis' checks, parted by commas. Default: all.")
@click.option("--seed", type=int, help="The same seed, the same requests. Default: another one each time; it is told.")
@click.option("--workers", type=click.IntRange(1, 64), help="How many requests at once.")
@click.option("--max-examples", type=click.IntRange(1), help="Cases per operation when fuzzing, and walks.")
@click.option("--time", "seconds", type=click.IntRange(1), help="Seconds: fuzzing and walks fill them, and then end.")
@click.option("--request-timeout", type=click.FloatRange(0, min_open=True), help="Seconds for one answer. Default: 10.")
@click.option("--coverage", "file", type=click.Path(path_type=Path), help="Write into a file how much was seen.")
@click.option("--report", "reports", multiple=True, metavar="KIND=FILE", help=f"Write a report: {', '.join(REPORTS)}.")
@click.option("--fail-under", type=click.FloatRange(0, 100), help="End with 1 where less is seen, in percent.")
@click.option("--of", "kind", default="all", type=click.Choice(["all", *KINDS]), help="What --fail-under is about.")
@click.option("--missing", is_flag=True, help="List what was never seen.")
@click.option("--quiet", "-q", is_flag=True, help="Tell findings and the summary, and nothing before.")
def verify(  # noqa: PLR0913 (one argument per option)
    settings: Settings,
    *,
    quiet: bool,
    file: Path | None,
    fail_under: float | None,
    kind: str,
    missing: bool,
    drift: bool,
    reports: tuple[str, ...],
    **given: Any,
) -> None:
    """Prove that a server keeps its contracts; without --url, that the stand-in does.

    Schemathesis makes the requests, and honours a schemathesis.toml; the answers are judged by locum.
    Exit code 0: clean. 1: findings. 2: a document or an option is wrong. 3: the server was unreachable.
    """
    from locum.proof.engine.preparation import Missing, tidy  # noqa: PLC0415 (only this command needs it)
    from locum.proof.engine.preparation import Unfit as Unusable  # noqa: PLC0415 (as above)

    tidy()
    plan, wanted = plan_of(settings, given), [report_of(text) for text in reports]
    if drift and not (given["url"] and given["recipes"]):
        raise click.UsageError("--drift compares the stand-in with a server: it wants --url, and --recipes to ask.")
    inputs = inputs_of(given["inputs"])
    directing = partial(directions_of, settings, files=given["recipes"], inputs=inputs)
    try:
        if given["url"]:
            proved = _against_url(settings, plan, given["url"], directing, quiet=quiet)
        else:
            proved = _against_us(settings, plan, directing, quiet=quiet)
    except (Missing, Unusable, BadDocument) as problem:
        stop([str(problem)])
    except Unfit as unfit:
        stop(unfit.sentences)
    # A choice of operations may concern one document of several.
    proved = [proof for proof in proved if proof.run.tried or proof.run.never_tried] or proved
    runs, covered = [proof.run for proof in proved], [proof.coverage for proof in proved]
    for run in runs:
        tell(run)
    summary(runs)
    told(covered)
    compared = _drift(settings, plan, given, inputs) if drift else []
    if missing:
        for proof in proved:
            never_seen(proof.coverage, suggestions_of(proof.contract, proof.run.base_url))
    if file is not None:
        keep(file, covered)
    for kind_of_report, place in wanted:
        write_report(place, REPORTS[kind_of_report](Results(proved, compared)))
    if any(run.unreachable for run in runs):
        sys.exit(_UNREACHABLE)
    enough = fail_under is None or all(coverage.percent(kind) >= fail_under for coverage in covered)
    sys.exit(_CLEAN if enough and Results(proved, compared).clean else _FINDINGS)


def _drift(settings: Settings, plan: Plan, given: dict[str, Any], inputs: dict[str, str]) -> list[Compared]:
    from locum.cli import drifting  # noqa: PLC0415 (only --drift needs it)

    try:
        compared = drifting.comparisons(settings, given["recipes"], given["url"], plan.token, inputs)
    except drifting.Gone as gone:
        click.echo(str(gone), err=True)
        sys.exit(_UNREACHABLE)
    drifting.tell(compared)
    return compared


def _against_url(settings: Settings, plan: Plan, url: str, directing: Directing, *, quiet: bool) -> list[Proof]:
    from locum.proof.reaching import base_of, unreachable  # noqa: PLC0415 (only this command needs it)

    services = load(settings)
    try:
        why = unreachable(url)
    except ValueError as problem:
        stop([str(problem)])
    if why:
        click.echo(why, err=True)
        sys.exit(_UNREACHABLE)
    directions = directing(services, ours=False)
    return [
        _proved(
            service,
            replace(plan, base_url=base_of(url, service.base_path), directions=directions[service.name]),
            quiet=quiet,
        )
        for service in services
    ]


def _against_us(settings: Settings, plan: Plan, directing: Directing, *, quiet: bool) -> list[Proof]:
    from locum.proof.standin import Standin  # noqa: PLC0415 (only this command needs it)

    standin = Standin(settings)
    services = standin.application.services
    plan = replace(plan, application=standin.application, world=standin.world)
    directions = directing(services, ours=True)
    return [
        _proved(
            service,
            replace(
                plan,
                base_url=STANDIN + service.base_path,
                directions=directions[service.name],
                any_credential=service.api.accepts is None,
            ),
            quiet=quiet,
        )
        for service in services
    ]


def _proved(service: Service, plan: Plan, *, quiet: bool) -> Proof:
    from locum.proof.run import prove  # noqa: PLC0415 (only this command needs it)

    with Display(service.name, quiet=quiet) as display:
        return Proof(service.contract, prove(service.contract, plan, display.show))
