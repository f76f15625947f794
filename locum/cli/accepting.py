"""The options of accepted findings, which `locum check`, `locum diff` and `locum verify` share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from locum.cli.loading import stop

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import date

    from locum.review.accepted import Accepted, AcceptedEntry

__all__ = ["Acceptable", "Acceptance", "accept_options", "date_of_option", "today"]


_NO_REASON = "accepted without a reason"


class Acceptable(NamedTuple):
    """A finding that may be accepted."""

    fingerprint: str
    what: str
    fails: bool
    """Whether the command would fail for it."""
    api: str = ""
    """The API that it concerns, if its fingerprint is that of a cause in one API."""


def accept_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command."""
    for option in (
        click.option(
            "--accept-file",
            "--baseline",
            "accept_file",
            type=click.Path(path_type=Path),
            help="The file of accepted findings. Default: .locum-accept.yaml, if there is one.",
        ),
        click.option("--until", help="The date (2027-01-31) from which they are reported again."),
        click.option("--reason", help="Why they are accepted; needed with --accept."),
        click.option(
            "--update-baseline",
            is_flag=True,
            help="As --accept, and remove what is no longer found; the reason may be written into the file later.",
        ),
        click.option("--accept", is_flag=True, help="Accept all findings for which the command would fail."),
    ):
        command = option(command)
    return command


class Acceptance:
    """The accepted findings of one command."""

    def __init__(self, tool: str, given: dict[str, Any], on: date | None = None) -> None:
        """Take the options. `on` is the date with which `until` is compared; by default that of this machine.

        Raises click.UsageError.
        """
        self._tool, self._given = tool, given
        self._on = on or today()
        date_of_option(given["until"], "--until")
        if given["accept"] and not (given["reason"] or "").strip():
            raise click.UsageError("--accept needs a reason: --reason 'no client sends it'.")

    def entries(
        self, findings: Sequence[Acceptable], apis: Collection[str] = ()
    ) -> tuple[list[AcceptedEntry | None], list[str]]:
        """Return the entry that accepts each finding (None if it is not accepted), and notes on unused entries.

        With `--accept` or `--update-baseline`, those that fail are written down first. `apis` are those that the
        command looked at, if its findings name theirs. Raises BadDocument for an unreadable file.
        """
        from locum.review.accepted import FILE, read_accepted  # noqa: PLC0415 (it needs more than most commands)

        given, tool = self._given, self._tool
        writes = given["accept"] or given["update_baseline"]
        place = given["accept_file"] or FILE
        accepted = read_accepted(place, self._on, required=given["accept_file"] is not None and not writes)
        if writes:
            self._write(accepted, findings, apis)
        found = [accepted.entry_for(tool, one.fingerprint, one.api) for one in findings]
        return found, accepted.notes(tool, apis)

    def _write(self, accepted: Accepted, findings: Sequence[Acceptable], apis: Collection[str]) -> None:
        from locum.review.accepted import AcceptedEntry  # noqa: PLC0415 (as above)

        given, tool = self._given, self._tool
        new = accepted.add(
            AcceptedEntry(
                tool=tool,
                fingerprint=one.fingerprint,
                reason=(given["reason"] or "").strip() or _NO_REASON,
                api=one.api,
                what=one.what,
                until=given["until"] or "",
            )
            for one in findings
            if one.fails and accepted.entry_for(tool, one.fingerprint, one.api) is None
        )
        gone = accepted.drop_unused(tool, apis) if given["update_baseline"] else 0
        try:
            accepted.write()
        except OSError as problem:
            stop([f"{accepted.place}: cannot be written: {problem.strerror}."])
        removed = f", {gone} removed" if gone else ""
        click.echo(f"{accepted.place}: {new} finding{'s' * (new != 1)} accepted{removed}.", err=True)

    def reasons(self, findings: Sequence[Acceptable]) -> tuple[list[str], list[str]]:
        """Return the reason for which each finding is accepted (empty if it is not), and notes on unused entries.

        Raises BadDocument for an unreadable file.
        """
        found, notes = self.entries(findings)
        return [one.reason if one is not None else "" for one in found], notes


def today() -> date:
    """Return the date of this machine."""
    from locum.world.clock import RealClock  # noqa: PLC0415 (only accepted findings need it)

    return RealClock().now.date()


def date_of_option(text: str | None, option: str) -> date | None:
    """Parse the date of an option. Raises click.BadParameter."""
    from locum.review.promises import date_of  # noqa: PLC0415 (only accepted findings need it)

    if not text:
        return None
    found = date_of(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not a date. Write it as 2027-01-31.", param_hint=option)
    return found
