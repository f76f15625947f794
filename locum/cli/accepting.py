"""The options of accepted findings, which `locum check`, `locum diff` and `locum verify` share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from locum.cli.loading import stop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

__all__ = ["Acceptable", "Acceptance", "accept_options", "date_of_option", "today"]


class Acceptable(NamedTuple):
    """A finding that may be accepted."""

    fingerprint: str
    what: str
    fails: bool
    """Whether the command would fail for it."""


def accept_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command."""
    for option in (
        click.option(
            "--accept-file",
            type=click.Path(path_type=Path),
            help="The file of accepted findings. Default: .locum-accept.yaml, if there is one.",
        ),
        click.option("--until", help="The date (2027-01-31) from which they are reported again."),
        click.option("--reason", help="Why they are accepted; needed with --accept."),
        click.option("--accept", is_flag=True, help="Accept all findings for which the command would fail."),
    ):
        command = option(command)
    return command


class Acceptance:
    """The accepted findings of one command."""

    def __init__(self, tool: str, given: dict[str, Any], on: date | None = None) -> None:
        """Take the options. `on` is the date on which `until` is judged; by default that of this machine.

        Raises click.UsageError.
        """
        self._tool, self._given = tool, given
        self._on = on or today()
        date_of_option(given["until"], "--until")
        if given["accept"] and not (given["reason"] or "").strip():
            raise click.UsageError("--accept needs a reason: --reason 'no client sends it'.")

    def reasons(self, findings: Sequence[Acceptable]) -> tuple[list[str], list[str]]:
        """Return the reason for which each finding is accepted (empty if it is not), and notes on unused entries.

        With `--accept`, those that fail are written down first. Raises BadDocument for an unreadable file.
        """
        from locum.review.accepted import FILE, read_accepted  # noqa: PLC0415 (it needs more than most commands)

        given = self._given
        place = given["accept_file"] or FILE
        accepted = read_accepted(place, self._on, required=given["accept_file"] is not None and not given["accept"])
        if given["accept"]:
            listed = [
                (one.fingerprint, one.what)
                for one in findings
                if one.fails and not accepted.reason_for(self._tool, one.fingerprint)
            ]
            try:
                new = accepted.add(self._tool, listed, given["reason"].strip(), given["until"] or "")
            except OSError as problem:
                stop([f"{place}: cannot be written: {problem.strerror}."])
            click.echo(f"{place}: {new} finding{'s' * (new != 1)} accepted.", err=True)
        reasons = [accepted.reason_for(self._tool, one.fingerprint) for one in findings]
        return reasons, accepted.notes(self._tool)


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
