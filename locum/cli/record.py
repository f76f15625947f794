"""`locum record`: turn the traffic of a real server into the records of a fixture."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.help import OptionsByTopic
from locum.cli.loading import load, stop
from locum.cli.options import DOCUMENTS, options
from locum.options import AuthMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.proxy.exchange import ForwardedExchange
    from locum.record.recorder import Recorder
    from locum.record.summary import Summary
    from locum.server.application import Application
    from locum.server.services import Service
    from locum.settings import Settings

__all__ = ["print_summary", "record", "recorder_of", "recording_loader", "recording_options"]

_MOST_PRINTED = 20
_OF_UPSTREAM = (
    "host", "port", "cors", "allowed_host", "upstream", "upstream_insecure", "upstream_ca", "upstream_cert",
    "upstream_key", "upstream_timeout",
)  # fmt: skip
"""The settings of a recording of a running server."""


def recording_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a recording to a command."""
    for option in (
        click.option(
            "--as-of",
            type=click.Choice(["start", "end"]),
            default="end",
            show_default=True,
            help="Of which moment the records are: start leaves out what the session itself created and changed.",
        ),
        click.option(
            "--redact",
            multiple=True,
            metavar="MEMBER",
            help="Replace each value of a member by another plausible one, the same everywhere; may be repeated. "
            "email means billingEmail, too; user.name means name in an object user.",
        ),
    ):
        command = option(command)
    return command


@click.command(cls=OptionsByTopic)
@options(*DOCUMENTS, "seed", "locale", "state", *_OF_UPSTREAM)
@click.option(
    "--from-har",
    "archives",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An HTTP Archive, as browsers and proxies write it; may be repeated.",
)
@click.option(
    "--from-journal",
    "journals",
    multiple=True,
    metavar="FILE|URL",
    help="A journal that `locum journal export har` wrote, or the URL of a running locum; may be repeated.",
)
@click.option("--quiet", "-q", is_flag=True, help="With --upstream, print no line per request.")
@click.option(
    "--world", "worlds", multiple=True, help="Only the journal of this world; may be repeated. Default: all worlds."
)
@click.option(
    "--control-token", default="", envvar="LOCUM_CONTROL_TOKEN", help="The control token that the server printed."
)
@click.option(
    "--to", "name", metavar="NAME", help="The folder of the fixture. Default: fixtures/ and the document's name."
)
@recording_options
def record(  # noqa: PLR0913 (one argument per option)
    settings: Settings,
    *,
    archives: tuple[Path, ...],
    journals: tuple[str, ...],
    worlds: tuple[str, ...],
    control_token: str,
    name: str | None,
    redact: tuple[str, ...],
    as_of: str,
    quiet: bool,
) -> None:
    """Turn traffic into a fixture: records that `locum serve --fixture NAME` serves.

    With --upstream, forward requests to a real server until interrupted, as `locum proxy --record NAME` does, and
    record its responses. Records are upserted and removed as requests and responses show it; a response that shows no
    record is kept as it is. Credentials, cookies and other secrets are never written. A second recording updates the
    fixture.
    """
    if settings.upstream:
        if archives or journals:
            raise click.UsageError("--upstream excludes --from-har and --from-journal.")
        from locum.cli.serve import run_server  # noqa: PLC0415 (as below)

        run_server(
            replace(settings, auth=AuthMode.ANY), watch=False, quiet=quiet, load=recording_loader(name, redact, as_of)
        )
        return
    if not archives and not journals:
        raise click.UsageError("Missing traffic. Give --upstream URL, --from-har FILE or --from-journal FILE.")
    from locum.cli.traffic import journals_of  # noqa: PLC0415 (only this command needs it)
    from locum.proxy.exchange import ForwardedExchange as Forwarded  # noqa: PLC0415 (as above)
    from locum.record.archives import exchanges_in, origins_in  # noqa: PLC0415 (as above)
    from locum.verify.observed.har_files import NoArchive  # noqa: PLC0415 (as above)

    services = load(settings, imports=False)
    found = [(str(path), _content(path)) for path in archives]
    for journal in journals:
        if "://" in journal:
            found += [(f"world {world}", content) for world, content in journals_of(journal, control_token, worlds)]
        else:
            found.append((journal, _content(Path(journal))))
    try:
        recorder = recorder_of(
            settings, services, name, redact, as_of, origins_in((content for _, content in found), services)
        )
        matched = 0
        for _, content in found:
            for exchange in exchanges_in(content, services):
                if isinstance(exchange, Forwarded):
                    matched += 1
                    recorder.observe(exchange)
                else:
                    recorder.ignore("no operation is declared for it")
    except NoArchive:
        stop(["Not an HTTP Archive. Browsers write one, and so does `locum journal export har`."])
    if not matched:
        bases = ", ".join(dict.fromkeys(service.base_path or "/" for service in services))
        stop(
            [f"No request is for an operation of the documents below {bases}. Give --base-path if they are elsewhere."]
        )
    save(recorder)


def recorder_of(  # noqa: PLR0913, PLR0917 (the settings of a recording)
    settings: Settings,
    services: Sequence[Service],
    name: str | None,
    redact: Sequence[str],
    as_of: str,
    origins: Mapping[str, str],
) -> Recorder:
    """Return the recorder into a fixture; if it cannot be updated, print the reason and exit."""
    from locum.record.fixture import Fixture  # noqa: PLC0415 (only a recording needs it)
    from locum.record.recorder import Recorder, RecordingOptions  # noqa: PLC0415 (as above)
    from locum.record.store import AsOf  # noqa: PLC0415 (as above)
    from locum.server.handlers import StartError  # noqa: PLC0415 (as above)
    from locum.world.fixtures import Fixtures  # noqa: PLC0415 (as above)

    folder = Path(name or f"fixtures/{services[0].name}")
    below = Fixtures(settings.state).folder(name) if name else None
    chosen = RecordingOptions(
        redact=tuple(redact), seed=settings.seed, locale=settings.locale.value, as_of=AsOf(as_of), origins=origins
    )
    try:
        return Recorder(Fixture.read(below or folder, services), chosen)
    except StartError as unfit:
        stop(unfit.sentences)
    except OSError as problem:
        stop([f"{folder}: cannot be read: {problem.strerror}."])


def recording_loader(
    name: str | None, redact: Sequence[str], as_of: str
) -> Callable[[], Callable[[Settings], Application]]:
    """Return what imports and returns the function that creates a proxy which records into a fixture."""

    def load_create() -> Callable[[Settings], Application]:
        from locum.proxy.addresses import parse_address  # noqa: PLC0415 (only such a proxy needs it)
        from locum.proxy.layer import create_proxy  # noqa: PLC0415 (as above)
        from locum.record.archives import home_of  # noqa: PLC0415 (as above)
        from locum.record.live import LiveRecording  # noqa: PLC0415 (as above)

        live: list[LiveRecording] = []

        def end() -> None:
            while live:
                recording = live.pop()
                try:
                    print_summary(recording.end(), recording.recorder.fixture.folder)
                except OSError as problem:
                    click.echo(f"{recording.recorder.fixture.folder}: cannot be written: {problem.strerror}.", err=True)

        def observe(exchange: ForwardedExchange) -> None:
            live[0].observe(exchange)

        def create(settings: Settings) -> Application:
            end()  # of the application before a reload
            application = create_proxy(settings, observe, end)
            root, services = parse_address(settings.upstream).url, application.services
            origins = {root + service.base_path: home_of(service) for service in services}
            live.append(LiveRecording(recorder_of(settings, services, name, redact, as_of, origins)))
            return application

        return create

    return load_create


def save(recorder: Recorder) -> None:
    """Write a fixture and print what has changed in it; if it cannot be written, print the reason and exit."""
    folder = recorder.fixture.folder
    try:
        summary = recorder.save()
    except OSError as problem:
        stop([f"{folder}: cannot be written: {problem.strerror}."])
    print_summary(summary, folder)


def print_summary(summary: Summary, folder: Path) -> None:
    """Print what a recording has changed."""
    if not (summary.examples or summary.added or summary.changed or summary.removed or summary.kept):
        click.echo("Nothing was recorded.")
    paths = dict.fromkeys([*summary.added, *summary.changed, *summary.removed, *summary.kept])
    for path in paths:
        counts = {
            "new": summary.added[path],
            "changed": summary.changed[path],
            "removed": summary.removed[path],
            "unchanged": summary.kept[path],
        }
        click.echo(f"{path}: " + ", ".join(f"{count} {word}" for word, count in counts.items() if count))
    if summary.examples:
        click.echo(f"Responses that are no records: of {summary.examples} request{'s' * (summary.examples != 1)}")
    for note in summary.notes[:_MOST_PRINTED]:
        click.echo(f"note: {note}", err=True)
    if len(summary.notes) > _MOST_PRINTED:
        click.echo(f"note: and {len(summary.notes) - _MOST_PRINTED} more parts of records were left out.", err=True)
    for reason, count in summary.ignored.most_common():
        click.echo(f"note: {count} exchange{'s' * (count != 1)} not recorded: {reason}.", err=True)
    if folder.is_dir():
        click.echo(f"Wrote {folder}. Serve it with: locum serve ... --fixture {folder}")


def _content(path: Path) -> Any:
    from locum.files import read_text  # noqa: PLC0415 (only this command needs it)

    try:
        return json.loads(read_text(path))
    except OSError as problem:
        stop([f"{path}: cannot be read: {problem.strerror}."])
    except (ValueError, RecursionError) as problem:
        stop([f"{path}: not valid JSON: {problem}."])
