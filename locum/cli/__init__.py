"""The command line: one module per command."""

from __future__ import annotations

from pathlib import Path

import click

from locum import __version__
from locum.cli.check import check
from locum.cli.completion import completion
from locum.cli.control.clock import clock
from locum.cli.control.fault import fault
from locum.cli.control.journal import journal
from locum.cli.control.world import world
from locum.cli.coverage import coverage
from locum.cli.diff import diff
from locum.cli.drift import drift
from locum.cli.explain import explain
from locum.cli.help import SubcommandsByTopic
from locum.cli.init import init
from locum.cli.loading import stop
from locum.cli.open import open_
from locum.cli.proxy import proxy
from locum.cli.record import record
from locum.cli.replay import replay
from locum.cli.routes import routes
from locum.cli.serve import mock, serve
from locum.cli.state import state
from locum.cli.stats import stats
from locum.cli.token import token
from locum.cli.trust import trust
from locum.cli.verify import verify
from locum.settings import from_project, without_doors
from locum.trust import reason_against

__all__ = ["main"]


_TOPICS = {
    "Serve": {
        "serve": "Serve documents as stateful APIs.",
        "mock": "Serve one document, with the options of `prism mock`.",
        "proxy": "Forward to a real server, validate, and mock what it lacks.",
        "record": "Turn the traffic of a real server into a fixture.",
        "open": "Open the inspector of a running server.",
        "token": "Print a bearer token for a user of the bundled APIs.",
        "trust": "Allow code and settings from a folder to be used.",
        "completion": "Print the completion script of a shell.",
    },
    "Control a running server": {
        "world": "List, create, fork, reset, compare and save worlds.",
        "clock": "Read, freeze, advance and set the clock of a world.",
        "fault": "Inject delays, broken responses and errors.",
        "journal": "List, follow, verify and export requests.",
        "state": "List, export, import and clean up stored worlds.",
    },
    "Read documents": {
        "check": "Report what is wrong with documents and handlers.",
        "routes": "List operations, and what was inferred for them.",
        "stats": "Print statistics about documents.",
        "init": "Write handler stubs for a document.",
        "diff": "Compare two versions: breaking changes by example.",
    },
    "Test a server": {
        "verify": "Find the responses of a server that break its contract.",
        "replay": "Resend the requests that produced a finding.",
        "explain": "Explain a code of `locum verify` or `locum check`.",
        "coverage": "Merge coverage files and print the result.",
        "drift": "Compare a real server with the mock.",
    },
}
"""The commands under the headings of the help, in one line each."""


@click.group(cls=SubcommandsByTopic, topics=_TOPICS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="locum")
@click.pass_context
def main(context: click.Context) -> None:
    """Run a mock server from OpenAPI documents, and verify servers against them.

    A setting is read from its option, else from the environment (LOCUM_PORT), else from [tool.locum] in
    pyproject.toml. Only harmless settings of pyproject.toml apply until you trust its folder (locum trust).
    """
    try:
        project = from_project(Path.cwd())
    except ValueError as problem:
        stop([str(problem)])
    if not project:
        return
    kept, ignored = without_doors(project, Path.cwd())
    command = main.commands.get(context.invoked_subcommand or "")
    taken = {option.strip("-") for parameter in command.params for option in parameter.opts} if command else set()
    if not taken.isdisjoint(ignored):
        names = ", ".join(name for name in ignored if name in taken)
        click.echo(
            f"note: pyproject.toml is not trusted with: {names}. These settings are ignored. "
            f"{reason_against(Path.cwd()) or 'The folder of the handlers is not trusted'}.",
            err=True,
        )
    context.default_map = dict.fromkeys(main.commands, kept)


for _command in (
    serve,
    mock,
    proxy,
    check,
    verify,
    coverage,
    diff,
    drift,
    record,
    replay,
    explain,
    routes,
    stats,
    init,
    token,
    trust,
    state,
    world,
    clock,
    fault,
    journal,
    open_,
    completion,
):
    main.add_command(_command)
