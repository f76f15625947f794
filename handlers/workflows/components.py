"""The components of nodes: which are triggers, which take long, which data they require."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.workflows.schedules import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["COMPONENTS", "ENDINGS", "Component", "Requirement", "first_value", "read_delay"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A required member of `data`, under any one of several names."""

    names: tuple[str, ...]
    description: str
    is_valid: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Component:
    """A component; `milliseconds` is its minimum and maximum duration."""

    requires: tuple[Requirement, ...] = ()
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
"""The valid values of `status` in a terminate node, and the final status of the run."""


def first_value(data: dict[str, Any], names: tuple[str, ...]) -> Any:
    """Return the first of these members that is not empty, or None."""
    return next((data[name] for name in names if data.get(name) not in (None, "", [], {})), None)


def read_delay(data: dict[str, Any]) -> object:
    """Return the duration of a delay: a number of seconds, or a text such as "5 minutes".

    A number is combined with its `unit`.
    """
    value = first_value(data, DELAY.names)
    unit = data.get("unit")
    if isinstance(unit, str) and unit and isinstance(value, int | float | str) and not isinstance(value, bool):
        return f"{value} {unit}"
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_template(value: Any) -> bool:
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | str)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict | list)


def _is_delay(value: Any) -> bool:
    if isinstance(value, int | float):
        return not isinstance(value, bool) and 0 < value <= 86_400 * 366
    return _is_template(value) or (
        isinstance(value, str) and (value.strip().isdecimal() or parse_duration(value) is not None)
    )


def _is_present(value: Any) -> bool:  # noqa: ARG001 (any value is valid)
    return True


URL = Requirement(("url", "endpoint"), "an http or https address", _is_text)
OPERATION = Requirement(("operation", "path", "endpoint", "url"), "the API operation to call", _is_text)
TEMPLATE = Requirement(("template", "text", "value"), "the text to render", _is_text)
DELAY = Requirement(("duration", "delay", "seconds", "amount", "value"), "a time such as '5 minutes'", _is_delay)
ITEMS = Requirement(("items", "list", "array", "source", "input"), "a list", _is_list)
CONDITION = Requirement(("condition", "expression", "left"), "an expression such as 'n1.status == 200'", _is_present)
FILTER = Requirement(("condition", "expression"), "an expression such as 'item.active'", _is_text)
WORKFLOW = Requirement(("workflow_id", "workflowId", "workflow"), "the id of a workflow", _is_text)
MAPPING = Requirement(("mapping", "mappings", "fields"), "an object of names and values", _is_mapping)
JSON = Requirement(("input", "json", "source", "value"), "the JSON text to parse", _is_present)
DATE = Requirement(("input", "date", "value"), "a moment", _is_present)
HOST = Requirement(("host", "hostname"), "a host name", _is_text)
COMMAND = Requirement(("command", "commands", "script"), "the command to run", _is_present)
RECIPIENT = Requirement(("to", "recipient", "recipients"), "whom to write to", _is_present)

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
