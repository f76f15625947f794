"""The actions of the components: what a node does when a run reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.workflows import components
from handlers.workflows.components import ENDINGS, first_value
from handlers.workflows.limits import ITEMS, clip
from handlers.workflows.network import Unreachable, request
from handlers.workflows.templates import NodeFailed
from handlers.workflows.transforms import (
    compare_values,
    data_mapper,
    date_transform,
    json_parser,
    read_list,
    read_milliseconds,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.workflows.graph import Node
    from handlers.workflows.templates import Templates

__all__ = ["ACTIONS", "ActionContext", "Outcome"]

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The output of a node, and where the run continues.

    `handle` is the outgoing branch, `items` the list of an iterator, `ending` the final status of a run
    that ends here.
    """

    output: dict[str, Any]
    handle: str | None = None
    milliseconds: int | None = None
    items: list[Any] | None = None
    ending: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class ActionContext:
    """What an action needs of its run.

    `authorization_error` is the reason why the authorization cannot be used, or None.
    `start_workflow(id, context)` starts another workflow and returns the output that describes its run.
    """

    templates: Templates
    trigger_output: dict[str, Any]
    authorization_error: str | None
    start_workflow: Callable[[str, dict[str, Any]], dict[str, Any]]


def _trigger(node: Node, context: ActionContext) -> Outcome:  # noqa: ARG001 (all actions have this signature)
    return Outcome(context.trigger_output)


def _webhook(node: Node, context: ActionContext) -> Outcome:
    """Send a request. Only here are secrets filled into the URL, because it is not stored."""
    templates, data = context.templates, node.data
    method = templates.text(data.get("method") or "GET").strip().upper()
    if method not in _METHODS:
        raise NodeFailed("Webhook request refused: the method is not an HTTP method.")
    for name in ("headers", "query", "body", "authentication"):
        templates.value(data.get(name))
    return _send("Webhook request", templates.revealed_text(first_value(data, components.URL.names)))


def _altostrat_api(node: Node, context: ActionContext) -> Outcome:
    if context.authorization_error:
        raise NodeFailed(context.authorization_error)
    templates, data = context.templates, node.data
    for name in ("method", "operation", "path", "parameters", "query", "body"):
        templates.value(data.get(name))
    address = first_value(data, ("url", "endpoint"))
    if isinstance(address, str) and "://" in address:
        return _send("Altostrat API request", templates.revealed_text(address))
    return Outcome({"status": 200, "body": {"message": "ok"}})


def _send(label: str, url: str) -> Outcome:
    """Send a request to the simulated network; an error fails the node."""
    try:
        response = request(url.strip())
    except Unreachable as error:
        raise NodeFailed(f"{label} {error}") from error
    return Outcome({"status": response.status, "body": response.body}, milliseconds=response.milliseconds)


def _ssh(node: Node, context: ActionContext) -> Outcome:
    context.templates.text(first_value(node.data, components.HOST.names))
    context.templates.value(first_value(node.data, components.COMMAND.names))
    return Outcome({"exit_code": 0, "stdout": "", "stderr": ""})


def _smtp(node: Node, context: ActionContext) -> Outcome:
    for name in ("subject", "body", "text", "html"):
        context.templates.value(node.data.get(name))
    recipients = context.templates.value(first_value(node.data, components.RECIPIENT.names))
    return Outcome({"accepted": recipients if isinstance(recipients, list) else [recipients]})


def _text_transform(node: Node, context: ActionContext) -> Outcome:
    return Outcome({"text": context.templates.text(first_value(node.data, components.TEMPLATE.names))})


def _data_mapper(node: Node, context: ActionContext) -> Outcome:
    return Outcome(data_mapper(context.templates.value(first_value(node.data, components.MAPPING.names))))


def _json_parser(node: Node, context: ActionContext) -> Outcome:
    return Outcome(json_parser(context.templates.value(first_value(node.data, components.JSON.names))))


def _date_transform(node: Node, context: ActionContext) -> Outcome:
    moment, form, add = (
        context.templates.text(first_value(node.data, names))
        for names in (components.DATE.names, ("format",), ("add", "offset"))
    )
    if moment.strip().lower() in {"now", "today"}:
        moment = context.templates.text("{{ now }}")
    return Outcome(date_transform(moment, form, add))


def _array_filter(node: Node, context: ActionContext) -> Outcome:
    templates = context.templates
    expression = str(first_value(node.data, components.FILTER.names))
    kept = []
    before = templates.values.get("item")
    for item in read_list(templates.value(first_value(node.data, components.ITEMS.names)), 10 * ITEMS):
        templates.values["item"] = item
        if templates.is_true(expression):
            kept.append(item)
    templates.values["item"] = before
    return Outcome({"items": kept, "count": len(kept)})


def _condition(node: Node, context: ActionContext) -> Outcome:
    templates, data = context.templates, node.data
    expression = first_value(data, ("condition", "expression"))
    if expression is None:
        operator = templates.text(data.get("operator") or "==").strip()
        result = compare_values(templates.value(data.get("left")), operator, templates.value(data.get("right")))
    elif isinstance(expression, bool | str):
        result = templates.is_true(expression) if isinstance(expression, str) else expression
    else:
        raise NodeFailed("The condition must be an expression.")
    return Outcome({"result": result}, handle="true" if result else "false")


def _delay(node: Node, context: ActionContext) -> Outcome:
    waited = read_milliseconds(context.templates.value(components.read_delay(node.data)))
    return Outcome({"waited_seconds": waited / 1_000}, milliseconds=waited)


def _iterator(node: Node, context: ActionContext) -> Outcome:
    items = read_list(context.templates.value(first_value(node.data, components.ITEMS.names)), ITEMS)
    return Outcome({"items": items, "count": len(items)}, items=items)


def _trigger_workflow(node: Node, context: ActionContext) -> Outcome:
    values = context.templates.value(first_value(node.data, ("context", "payload", "input")) or {})
    workflow_id = context.templates.text(first_value(node.data, components.WORKFLOW.names))
    return Outcome(context.start_workflow(workflow_id, values if isinstance(values, dict) else {"input": values}))


def _form(node: Node, context: ActionContext) -> Outcome:
    title = clip(context.templates.text(first_value(node.data, ("title", "label"))), 200)
    ending = "awaiting_ui_interaction"
    return Outcome({"status": ending, "title": title}, ending=ending)


def _terminate(node: Node, context: ActionContext) -> Outcome:
    status = context.templates.text(first_value(node.data, ("status", "result")) or "completed").strip().lower()
    message = context.templates.text(first_value(node.data, ("message", "reason")))
    ending = ENDINGS.get(status)
    if ending is None:
        raise NodeFailed("The status of a terminate node must be 'completed' or 'failed'.")
    if ending == "failed":
        message = message or "The workflow was terminated as failed."
    return Outcome({"status": ending, "message": message}, ending=ending, message=message)


ACTIONS: dict[str, Callable[[Node, ActionContext], Outcome]] = {
    **{name: _trigger for name, component in components.COMPONENTS.items() if component.trigger},
    "webhook": _webhook,
    "soap": _webhook,
    "altostrat_api": _altostrat_api,
    "ssh": _ssh,
    "smtp": _smtp,
    "text_transform": _text_transform,
    "data_mapper": _data_mapper,
    "json_parser": _json_parser,
    "date_transform": _date_transform,
    "array_filter": _array_filter,
    "condition": _condition,
    "delay": _delay,
    "iterator": _iterator,
    "trigger_workflow": _trigger_workflow,
    "form": _form,
    "terminate": _terminate,
}
"""The action of each component."""
