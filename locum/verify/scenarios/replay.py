"""Replay scenarios, and classify values that differ from server to server."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urljoin

from locum.openapi.wire.media_types import essence_of, find_media_type, is_json
from locum.redaction.texts import REDACTED
from locum.verify.observed.observer import Routes
from locum.verify.scenarios.expressions import KnownValues, NoValue, matched_part, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.verify.exchanges import Shown
    from locum.verify.requests import Requests
    from locum.verify.scenarios.arazzo import Scenario, ScenarioStep

__all__ = [
    "Recorded",
    "Replayed",
    "is_volatile",
    "kind_of",
    "output_of",
    "played",
    "recorded",
    "replay",
    "replayed",
    "walked",
]


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_TOKEN = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_\-.]{8,}\Z")
_URL = re.compile(r"https?://\S+\Z")


def kind_of(value: Any) -> str:
    """Return the kind of a value: its JSON type, more specific for strings."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return next((kind for kind, pattern in _KINDS.items() if pattern.match(value)), "a text")
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "null"


def is_volatile(value: Any) -> bool:
    """Whether a value differs between servers or runs: a timestamp, an identifier, a secret."""
    if isinstance(value, bool) or value is None:
        return False
    return isinstance(value, int) or (isinstance(value, str) and (value == REDACTED or kind_of(value) != "a text"))


_KINDS = {"a moment": _TIME, "a date": _DATE, "a UUID": _UUID, "a URL": _URL, "an identifier": _TOKEN}


def replay(scenario: Iterable[Shown], send: Callable[[Shown], Shown]) -> Iterator[Shown]:
    """Send every request of a scenario, and yield it with its response.

    A value that a recorded response issued and a later request repeats, such as an identifier, is replaced by the
    value that this server issued in its place.
    """
    renamed: dict[Any, Any] = {}
    for recorded in scenario:
        got = send(_renamed(recorded, renamed))
        yield got
        before, now = as_json(recorded.response_body), as_json(got.response_body)
        renamed.update({old: new for old, new in _pairs(before, now) if old != new and is_volatile(old)})


def as_json(data: bytes) -> Any:
    """Return the JSON value of a body; None if it is not JSON."""
    try:
        return json.loads(data)
    except ValueError:
        return None


def _pairs(before: Any, now: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the scalars at the same place of two values."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in before.keys() & now.keys():
            yield from _pairs(before[name], now[name])
    elif isinstance(before, list) and isinstance(now, list):
        for old, new in zip(before, now, strict=False):
            yield from _pairs(old, new)
    elif isinstance(before, str | int) and isinstance(now, str | int):
        yield before, now


def _renamed(recorded: Shown, renamed: dict[Any, Any]) -> Shown:
    path, mark, query = recorded.url.partition("?")
    steps = [_text(unquote(step), renamed) for step in path.split("/")]
    pairs = [pair.partition("=") for pair in query.split("&")] if mark else []
    replaced = "&".join(f"{name}{sign}{_text(unquote(value), renamed) if sign else ''}" for name, sign, value in pairs)
    body = recorded.body
    value = as_json(body) if body else None
    if value is not None:
        body = json.dumps(_value(value, renamed)).encode()
    return replace(recorded, url="/".join(steps) + mark + replaced, body=body)


def _text(text: str, renamed: dict[Any, Any]) -> str:
    found = renamed.get(text, renamed.get(int(text)) if text.isdigit() else None)
    return quote(text if found is None else str(found), safe="")


def _value(value: Any, renamed: dict[Any, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _value(member, renamed) for name, member in value.items()}
    if isinstance(value, list):
        return [_value(item, renamed) for item in value]
    return renamed.get(value, value) if isinstance(value, str) else value


_AUTHORIZATION = ("header", "authorization")


@dataclass(frozen=True, slots=True)
class Replayed:
    """A step that was sent, and why its criteria failed; empty if they hold."""

    step: ScenarioStep
    shown: Shown
    problem: str = ""


def played(
    scenario: Scenario, inputs: Mapping[str, Any], requests: Requests, send: Callable[[Shown], Shown]
) -> Iterator[Replayed]:
    """Send the steps of a scenario, and yield each. It ends at the first step that fails.

    Raises NoValue if an input is missing, before any request is sent.
    """
    known = KnownValues(inputs=_given(scenario, inputs))
    for step in scenario.steps:
        try:
            request = _build_request(step, known, requests)
        except NoValue as nothing:
            yield Replayed(step, requests.of(step.operation, {}), f"It cannot be sent: {nothing}.")
            return
        known.shown = shown = send(request)
        problem = _problem(step, known)
        if not problem:
            try:
                known.steps[step.name] = {name: output_of(step, name, known) for name in step.outputs}
            except NoValue as nothing:
                problem = f"{nothing}."
        yield Replayed(step, shown, problem)
        if problem:
            return


def _given(scenario: Scenario, inputs: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, described in scenario.inputs.items():
        if name not in inputs and described.default is None:
            raise NoValue(f"the input {name!r} is not given")
        found[name] = inputs.get(name, described.default)
    return found


def _build_request(step: ScenarioStep, known: KnownValues, requests: Requests) -> Shown:
    values = {key: value_of(value, known) for key, value in step.parameters.items()}
    known.path = {name: str(value) for (location, name), value in values.items() if location == "path"}
    names = {(location, name.lower()) for location, name in values}
    body = None
    if step.has_body:
        payload = value_of(step.payload, known)
        body = _written(step, payload)
    # Credentials of a step override those of the run. An empty text sends none.
    token = "" if _AUTHORIZATION in names else None
    values = {key: value for key, value in values.items() if key != _AUTHORIZATION or value != ""}
    if step.raw is not None:
        body = step.raw
    sends = step.has_body or step.raw is not None
    request = requests.of(step.operation, values, body, step.content_type if sends else "", token)
    if step.url:
        request = replace(request, url=urljoin(request.url, str(value_of(step.url, known))))
    return replace(request, method=step.method) if step.method else request


def _written(step: ScenarioStep, payload: Any) -> bytes:
    essence = essence_of(step.content_type)
    if isinstance(payload, str) and not is_json(essence):
        return payload.encode()
    medias = step.operation.body.media_types if step.operation.body is not None else {}
    media = find_media_type(medias, step.content_type)
    return media.write(payload) if media is not None else json.dumps(payload, ensure_ascii=False).encode()


def output_of(step: ScenarioStep, name: str, known: KnownValues) -> Any:
    """Return an output of a step: the value of its expression, or the part of it that matches. Raises NoValue."""
    value = value_of(step.outputs[name], known)
    if name not in step.matches:
        return value
    found = matched_part(step.matches[name], str(value))
    if found is None:
        raise NoValue(f"the output {name!r} does not match {step.matches[name]}")
    return found


def _problem(step: ScenarioStep, known: KnownValues) -> str:
    for criterion in step.criteria:
        try:
            if not criterion.holds(known):
                return f"Expected {criterion}, but {criterion.seen(known)}."
        except NoValue as nothing:
            return f"Expected {criterion}, but {nothing}."
    return ""


def walked(
    scenario: Scenario | Recorded, inputs: Mapping[str, str], requests: Requests, send: Callable[[Shown], Shown]
) -> Iterator[Shown]:
    """Send the steps of a scenario, and yield each exchange. It ends at the first step that fails.

    Raises NoValue if an input is missing.
    """
    if isinstance(scenario, Recorded):
        yield from (shown for _, shown in replayed(scenario, requests, send))
    else:
        yield from (step.shown for step in played(scenario, inputs, requests, send))


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded sequence of operations and exchanges. Their URLs are paths below the base path."""

    name: str
    exchanges: tuple[tuple[Operation, Shown], ...]


def recorded(name: str, scenario: Sequence[Shown], contract: Contract, base_path: str) -> Recorded:
    """Return the exchanges of a scenario with a contract, whose operations are below a base path."""
    routes = Routes(contract)
    found = []
    for shown in scenario:
        if not shown.url.startswith(base_path + "/"):
            continue
        below = replace(shown, url=shown.url.removeprefix(base_path))
        operation = routes.operation(below)
        if operation is not None:
            found.append((operation, below))
    return Recorded(name, tuple(found))


def replayed(
    scenario: Recorded, requests: Requests, send: Callable[[Shown], Shown]
) -> Iterator[tuple[Operation, Shown]]:
    """Send all requests again, with credentials if required, and yield each operation and exchange."""
    remaining = iter(scenario.exchanges)

    def sent(shown: Shown) -> Shown:
        operation = next(remaining)[0]
        whole = replace(shown, url=requests.base_url + shown.url, headers={**requests.usual, **shown.headers})
        return send(requests.with_credentials(operation, whole))

    responses = replay([shown for _, shown in scenario.exchanges], sent)
    yield from zip((operation for operation, _ in scenario.exchanges), responses, strict=True)
