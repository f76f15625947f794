"""The components that a node can be: which are triggers, which take long, what each needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.workflows.schedules import duration

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["COMPONENTS", "ENDINGS", "Component", "Need", "delay_of", "first_of"]


@dataclass(frozen=True, slots=True)
class Need:
    """A part of `data` that a component cannot do without, under any one of several names."""

    names: tuple[str, ...]
    what: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Component:
    """One kind of node; `milliseconds` is the least and the most time that it takes."""

    needs: tuple[Need, ...] = ()
    trigger: bool = False
    long: bool = False
    milliseconds: tuple[int, int] = (20, 200)


ENDINGS = {
    "completed": "completed",
    "success": "completed",
    "succeeded": "completed",
    "failed": "failed",
    "failure": "failed",
    "error": "failed",
}
"""What `status` may say in a terminate node, and how the run then ends."""


def first_of(data: dict[str, Any], names: tuple[str, ...]) -> Any:
    """Return the first of these parts that is there and not empty, None if there is none."""
    return next((data[name] for name in names if data.get(name) not in (None, "", [], {})), None)


def delay_of(data: dict[str, Any]) -> object:
    """Return how long a delay is told to wait: a number of seconds, or a text such as "5 minutes".

    A number beside a `unit` is read together with it.
    """
    value = first_of(data, DELAY.names)
    unit = data.get("unit")
    if isinstance(unit, str) and unit and isinstance(value, int | float | str) and not isinstance(value, bool):
        return f"{value} {unit}"
    return value


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _templated(value: Any) -> bool:
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def _list(value: Any) -> bool:
    return isinstance(value, list | str)


def _mapping(value: Any) -> bool:
    return isinstance(value, dict | list)


def _wait(value: Any) -> bool:
    if isinstance(value, int | float):
        return not isinstance(value, bool) and 0 < value <= 86_400 * 366
    return _templated(value) or (isinstance(value, str) and (value.strip().isdecimal() or duration(value) is not None))


def _anything(value: Any) -> bool:  # noqa: ARG001 (what is there is enough)
    return True


URL = Need(("url", "endpoint"), "an http or https address", _text)
OPERATION = Need(("operation", "path", "endpoint", "url"), "the API operation to call", _text)
TEMPLATE = Need(("template", "text", "value"), "the text to render", _text)
DELAY = Need(("duration", "delay", "seconds", "amount", "value"), "a time such as '5 minutes'", _wait)
ITEMS = Need(("items", "list", "array", "source", "input"), "a list", _list)
CONDITION = Need(("condition", "expression", "left"), "an expression such as 'n1.status == 200'", _anything)
FILTER = Need(("condition", "expression"), "an expression such as 'item.active'", _text)
WORKFLOW = Need(("workflow_id", "workflowId", "workflow"), "the id of a workflow", _text)
MAPPING = Need(("mapping", "mappings", "fields"), "an object of names and values", _mapping)
JSON = Need(("input", "json", "source", "value"), "the JSON text to parse", _anything)
DATE = Need(("input", "date", "value"), "a moment", _anything)
HOST = Need(("host", "hostname"), "a host name", _text)
COMMAND = Need(("command", "commands", "script"), "the command to run", _anything)
RECIPIENT = Need(("to", "recipient", "recipients"), "whom to write to", _anything)

_CALL = (250, 1_500)
_START = (5, 40)

COMPONENTS: dict[str, Component] = {
    "manual_trigger": Component(trigger=True, milliseconds=_START),
    "scheduled_trigger": Component(trigger=True, milliseconds=_START),
    "sns_trigger": Component(trigger=True, milliseconds=_START),
    "webhook_trigger": Component(trigger=True, milliseconds=_START),
    "sync_request_trigger": Component(trigger=True, milliseconds=_START),
    "workflow_trigger": Component(trigger=True, milliseconds=_START),
    "webhook": Component((URL,), milliseconds=_CALL),
    "soap": Component((URL,), milliseconds=_CALL),
    "altostrat_api": Component((OPERATION,), milliseconds=_CALL),
    "ssh": Component((HOST, COMMAND), long=True, milliseconds=(800, 3_000)),
    "smtp": Component((RECIPIENT,), milliseconds=_CALL),
    "text_transform": Component((TEMPLATE,)),
    "data_mapper": Component((MAPPING,)),
    "json_parser": Component((JSON,)),
    "date_transform": Component((DATE,)),
    "array_filter": Component((ITEMS, FILTER)),
    "condition": Component((CONDITION,)),
    "delay": Component((DELAY,), long=True),
    "iterator": Component((ITEMS,), long=True),
    "trigger_workflow": Component((WORKFLOW,), milliseconds=(80, 400)),
    "form": Component(long=True, milliseconds=(50, 250)),
    "terminate": Component(milliseconds=_START),
}
"""Every component by its id."""
