"""What the options of `locum verify` say: a plan, and the reports that are wanted."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.loading import stop
from locum.files import append_file, replace_file
from locum.proof.engine.renewal import Renewal
from locum.proof.plans import PHASES, Choice, Plan
from locum.proof.reports import REPORTS
from locum.serving.handlers import Unfit, known_callers

if TYPE_CHECKING:
    from collections.abc import Collection

    from locum.settings import Settings

__all__ = ["plan_of", "report_of", "write_report"]


def plan_of(settings: Settings, given: dict[str, Any]) -> Plan:
    """Return the plan that the options say, or stop with what is wrong."""
    token, command = _token(settings, given), given["token_command"]
    return Plan(
        base_url="",
        token=token,
        renewal=Renewal(token, lambda: _printed(command)) if command and not given["token"] else None,
        headers=dict(_header(text) for text in given["headers"]),
        choice=Choice(
            operations=given["include_operation"],
            tags=given["include_tag"],
            paths=given["include_path"],
            without_operations=given["exclude_operation"],
            without_tags=given["exclude_tag"],
            without_paths=given["exclude_path"],
        ),
        phases=_listed(given["phases"], PHASES, "--phases"),
        checks=_listed(given["checks"], None, "--checks"),
        seed=given["seed"],
        workers=given["workers"],
        max_examples=given["max_examples"],
        seconds=given["seconds"],
        request_timeout=given["request_timeout"],
    )


def report_of(text: str, known: Collection[str] = REPORTS) -> tuple[str, Path]:
    """Return the kind and the file of a report. Raises click.BadParameter."""
    kind, equals, place = text.partition("=")
    if kind not in known or not equals or not place:
        message = f"{text!r} is no report: write KIND=FILE, where KIND is one of {', '.join(known)}."
        raise click.BadParameter(message, param_hint="--report")
    return kind, Path(place)


def write_report(file: Path, text: str) -> None:
    """Write a report; what others have put into a summary before stays."""
    try:
        if str(file) == os.environ.get("GITHUB_STEP_SUMMARY"):
            append_file(file, text)
        else:
            replace_file(file, text)
    except OSError as problem:
        stop([f"{file}: cannot be written: {problem.strerror}."])


def _listed(text: str | None, known: tuple[str, ...] | None, option: str) -> tuple[str, ...]:
    names = tuple(filter(None, map(str.strip, (text or "").split(","))))
    strange = [name for name in names if known is not None and name not in known]
    if strange:
        raise click.BadParameter(f"{strange[0]} is none of {', '.join(known or ())}.", param_hint=option)
    return () if names == ("all",) else names


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.BadParameter(f"{text!r} is no header: write 'Name: value'.", param_hint="--header")
    return name.strip(), value.strip()


def _token(settings: Settings, given: dict[str, Any]) -> str:
    """Return what operations with security are asked with: what is given, else against the stand-in its own."""
    if given["token"]:
        return str(given["token"])
    if given["token_command"]:
        try:
            return _printed(given["token_command"])
        except ValueError as problem:
            raise click.BadParameter(str(problem), param_hint="--token-command") from None
    if given["user"] is None and given["url"]:
        return ""
    from locum.cli.minting import Wish, token_of  # noqa: PLC0415 (only this command needs it)

    try:
        return token_of(settings, Wish(user=given["user"]), known_callers(settings.specs, settings.handlers))
    except Unfit as unfit:
        stop(unfit.sentences)


def _printed(command: str) -> str:
    """Return the token that a command prints. Raises ValueError."""
    try:
        done = subprocess.run(  # noqa: S603 (the user's own command)
            shlex.split(command), capture_output=True, check=True, text=True
        )
    except (OSError, ValueError, subprocess.CalledProcessError) as problem:
        said = (getattr(problem, "stderr", "") or str(problem)).strip()
        message = f"{command!r} gave no token: {said}"
        raise ValueError(message) from None
    token = done.stdout.strip()
    if not token:
        message = f"{command!r} printed nothing."
        raise ValueError(message)
    return token
