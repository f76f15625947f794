"""Turn the options of `locum verify` into a plan and a list of reports."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.cli.loading import stop
from locum.files import append_file, replace_file
from locum.openapi.load.documents import BadDocument
from locum.openapi.load.files import read_bytes
from locum.openapi.load.parsing import parse
from locum.openapi.near_names import meant, nearest
from locum.openapi.pointers import at
from locum.server.handlers import StartError, home_of, known_callers
from locum.verify.codes.codes import BEHAVIOUR_CHECKS
from locum.verify.drift import UnreadableScenario, read_scenario
from locum.verify.engine.preparation import Renewal
from locum.verify.plans import PHASES, Directions, OperationChoice, Plan
from locum.verify.reports import REPORTS
from locum.verify.scenarios.arazzo import is_arazzo, read_scenarios
from locum.verify.scenarios.replay import recorded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from locum.server.services import Service
    from locum.settings import Settings
    from locum.verify.scenarios.arazzo import Scenario
    from locum.verify.scenarios.replay import Recorded

__all__ = ["check_choice", "directions_of", "header_of", "inputs_of", "plan_of", "report_of", "write_report"]


def plan_of(settings: Settings, given: dict[str, Any]) -> Plan:
    """Return the plan of a run; on an invalid option or token, print the error and exit."""
    token, command = _token(settings, given), given["token_command"]
    return Plan(
        base_url="",
        token=token,
        other_token=_other_token(settings, given),
        shared=given["shared"],
        allow_writes=given["allow_writes"],
        behaviour_off=dict(_behaviour_off(text) for text in given["behaviour_off"]),
        renewal=Renewal(token, lambda: _printed(command)) if command and not given["token"] else None,
        headers=dict(header_of(text) for text in given["headers"]),
        choice=OperationChoice(
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
    if not equals or not place:
        message = f"{text!r} has no file. Use KIND=FILE, where KIND is one of {', '.join(known)}."
        raise click.BadParameter(message, param_hint="--report")
    if kind not in known:
        message = f"There is no report {kind!r}.{_suggestion(kind, known)} Kinds: {', '.join(known)}."
        raise click.BadParameter(message, param_hint="--report")
    return kind, Path(place)


def write_report(file: Path, text: str) -> None:
    """Write a report. It is appended to $GITHUB_STEP_SUMMARY, which other steps write, too."""
    try:
        if str(file) == os.environ.get("GITHUB_STEP_SUMMARY"):
            append_file(file, text)
        else:
            replace_file(file, text)
    except OSError as problem:
        stop([f"{file}: cannot be written: {problem.strerror}."])


def _listed(text: str | None, known: tuple[str, ...] | None, option: str) -> tuple[str, ...]:
    names = tuple(filter(None, map(str.strip, (text or "").split(","))))
    unknown = [name for name in names if known is not None and name not in known]
    if unknown:
        raise click.BadParameter(
            f"There is no '{unknown[0]}'.{_suggestion(unknown[0], known or ())} Valid names: {', '.join(known or ())}.",
            param_hint=option,
        )
    return () if names == ("all",) else names


def check_choice(choice: OperationChoice, services: Sequence[Service]) -> None:
    """Check that the documents have the chosen operations, tags and paths. Raises click.BadParameter."""
    operations = [one for service in services for one in service.contract.operations.values()]
    ids, paths = {one.operation_id for one in operations}, {one.path for one in operations}
    tags = {str(tag) for one in operations for tag in at(one.schemas.document, one.pointer).get("tags") or ()}
    for option, names, known in (
        ("--include-operation", choice.operations, ids),
        ("--exclude-operation", choice.without_operations, ids),
        ("--include-tag", choice.tags, tags),
        ("--exclude-tag", choice.without_tags, tags),
        ("--include-path", choice.paths, paths),
        ("--exclude-path", choice.without_paths, paths),
    ):
        for name in names:
            if name not in known:
                raise click.BadParameter(f"No document has {name!r}.{meant(name, sorted(known))}", param_hint=option)


def _suggestion(name: str, known: Collection[str]) -> str:
    near = nearest(name, list(known))
    return f" Did you mean {' or '.join(near)}?" if near else ""


def header_of(text: str) -> tuple[str, str]:
    """Parse `Name: value`. Raises click.BadParameter."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.BadParameter(f"Invalid header {text!r}. Use 'Name: value'.", param_hint="--header")
    return name.strip(), value.strip()


def _token(settings: Settings, given: dict[str, Any]) -> str:
    """Return the credential for secured operations: the given one, else against the mock a token of its own."""
    if given["token"]:
        return str(given["token"])
    if given["token_command"]:
        try:
            return _printed(given["token_command"])
        except ValueError as problem:
            raise click.BadParameter(str(problem), param_hint="--token-command") from None
    users = given["users"]
    if not users and given["url"]:
        return ""
    return _token_of_user(settings, users[0] if users else None)


def _token_of_user(settings: Settings, user: str | None) -> str:
    from locum.cli.token import Wish, token_of  # noqa: PLC0415 (only this command needs it)

    try:
        return token_of(settings, Wish(user=user), known_callers(settings.specs, settings.handlers))
    except StartError as unfit:
        stop(unfit.sentences)


def _other_token(settings: Settings, given: dict[str, Any]) -> str:
    """Return the credential of the second user; empty if there is none."""
    if given["other_token"]:
        return str(given["other_token"])
    if given["other_token_command"]:
        try:
            return _printed(given["other_token_command"])
        except ValueError as problem:
            raise click.BadParameter(str(problem), param_hint="--other-token-command") from None
    if len(given["users"]) > 2:  # noqa: PLR2004 (the first and the other)
        raise click.BadParameter("Give at most two users.", param_hint="--as")
    return _token_of_user(settings, given["users"][1]) if len(given["users"]) == 2 else ""  # noqa: PLR2004 (as above)


def _behaviour_off(text: str) -> tuple[tuple[str, str], str]:
    """Parse `deleteThing:delete-is-final=Things are archived.` Raises click.BadParameter."""
    target, equals, reason = text.partition("=")
    operation, colon, check = target.rpartition(":")
    if not equals or not colon or not operation or not reason.strip():
        message = f"Invalid value {text!r}. Use OPERATION:CHECK=REASON, such as deleteThing:delete-is-final=archived."
        raise click.BadParameter(message, param_hint="--without-behaviour")
    if check not in BEHAVIOUR_CHECKS:
        message = f"Unknown check {check!r}.{meant(check, sorted(BEHAVIOUR_CHECKS))}"
        raise click.BadParameter(message, param_hint="--without-behaviour")
    return (operation, check), reason.strip()


def _printed(command: str) -> str:
    """Run a command and return the token that it prints. Raises ValueError if it fails or prints nothing."""
    try:
        done = subprocess.run(  # noqa: S603 (the user's own command)
            shlex.split(command), capture_output=True, check=True, text=True
        )
    except (OSError, ValueError, subprocess.CalledProcessError) as problem:
        reason = (getattr(problem, "stderr", "") or str(problem)).strip()
        message = f"{command!r} failed: {reason}"
        raise ValueError(message) from None
    token = done.stdout.strip()
    if not token:
        message = f"{command!r} printed nothing."
        raise ValueError(message)
    return token


_FOLDER = "scenarios"
"""The folder beside the handlers with scenarios that produce all declared responses."""


def inputs_of(texts: Iterable[str]) -> dict[str, str]:
    """Parse `--input NAME=VALUE`. Raises click.BadParameter."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"Invalid input {text!r}. Use NAME=VALUE.", param_hint="--input")
        found[name] = value
    return found


def directions_of(  # noqa: PLR0913 (two of them select what the others apply to)
    settings: Settings,
    services: Sequence[Service],
    files: Sequence[Path],
    inputs: dict[str, str],
    *,
    ours: bool,
    beside: bool = True,
) -> dict[str, Directions]:
    """Return the directions of each contract's run by name; on an invalid file or input, print the error and exit.

    `ours` is whether the mock is verified. It has scenarios beside its handlers (unless not `beside`), issues tokens
    for any claims, and can return any declared response of an operation without a handler.
    """
    scenarios: dict[str, list[Scenario | Recorded]] = {service.name: [] for service in services}
    try:
        for file in [*(_beside(settings, services) if ours and beside else ()), *files]:
            for name, found in _read(file, services).items():
                scenarios[name] += found
    except (BadDocument, UnreadableScenario) as problem:
        stop([str(problem)])
    wanted = {
        name: one for found in scenarios.values() for scenario in found for name, one in _inputs(scenario).items()
    }
    unknown = [name for name in inputs if name not in wanted]
    if unknown:
        known = f" Valid inputs: {', '.join(wanted)}." if wanted else " The scenarios have no inputs."
        raise click.BadParameter(f"Unknown input {unknown[0]!r}.{known}", param_hint="--input")
    return {
        service.name: Directions(
            scenarios=tuple(scenarios[service.name]),
            inputs={**(_tokens(settings, wanted) if ours else {}), **inputs},
            tokens=frozenset(name for name, one in wanted.items() if one.token is not None),
            powerless=_token_of_direction(settings, {"permissions": [], "scope": None}) if ours else "",
            prefers=ours,
            handled=frozenset(service.handlers),
        )
        for service in services
    }


def _beside(settings: Settings, services: Sequence[Service]) -> Iterable[Path]:
    homes = dict.fromkeys(home_of(place, settings.handlers) for place in settings.specs)
    for home in homes:
        for service in services:
            file = home / _FOLDER / f"{service.name}.yaml"
            if file.is_file():
                yield file


def _read(file: Path, services: Sequence[Service]) -> dict[str, list[Any]]:
    """Return the scenarios of a file, which is an Arazzo document or an HTTP Archive, by contract."""
    content = parse(str(file), read_bytes(str(file)))
    if is_arazzo(content):
        return dict(read_scenarios(file, [service.contract for service in services]))
    if not (isinstance(content, dict) and "log" in content):
        raise UnreadableScenario(f"{file}: neither an Arazzo document nor an HTTP Archive.")
    scenario = read_scenario(file)
    found = {service.name: recorded(file.name, scenario, service.contract, service.base_path) for service in services}
    return {name: [one] for name, one in found.items() if one.exchanges}


def _inputs(scenario: Any) -> dict[str, Any]:
    return getattr(scenario, "inputs", {})


def _tokens(settings: Settings, wanted: dict[str, Any]) -> dict[str, str]:
    return {name: _token_of_direction(settings, one.token) for name, one in wanted.items() if one.token is not None}


def _token_of_direction(settings: Settings, claims: dict[str, Any]) -> str:
    from locum.cli.token import Wish, token_of  # noqa: PLC0415 (only this command needs it)

    return token_of(settings, Wish(**claims), known_callers(settings.specs, settings.handlers))
