"""Cleaning: delete the records that a replay created."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from locum.openapi.paths import expressions_of
from locum.verify.behaviour.agreement import at_place
from locum.verify.behaviour.run_records import is_success
from locum.verify.scenarios.replay import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from locum.verify.behaviour.subjects import BehaviourSubject
    from locum.verify.exchanges import Shown
    from locum.verify.requests import Requests
    from locum.verify.scenarios.arazzo import ScenarioStep

__all__ = ["clean_up"]


def clean_up(
    subjects: Sequence[BehaviourSubject],
    exchanges: Iterable[tuple[ScenarioStep, Shown]],
    requests: Requests,
    send: Callable[[Shown], Shown],
) -> None:
    """Delete the records that some exchanges created, the last first."""
    for step, shown in reversed(list(exchanges)):
        subject = next((one for one in subjects if one.maker is step.operation), None)
        if subject is None or subject.delete is None or not is_success(shown):
            continue
        body = as_json(shown.response_body)
        place = subject.record_place(step.operation) or subject.resource.envelope
        key = subject.resource.key_of(at_place(body, place)) or subject.resource.key_of(body)
        if key is None:
            key = urlsplit(shown.response_headers.get("location", "")).path.rstrip("/").rpartition("/")[2] or None
        if key is None:
            continue
        template, path = step.operation.path.split("/"), shown.url.partition("?")[0].split("/")
        path = path[len(path) - len(template) :]
        above = [unquote(value) for value, one in zip(path, template, strict=False) if one.startswith("{")]
        names = expressions_of(subject.delete.path)
        values = dict(zip((("path", name) for name in names), [*above[: len(names) - 1], str(key)], strict=False))
        send(requests.of(subject.delete, values))
