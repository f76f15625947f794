"""What each component does when its node is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.workflows import components
from handlers.workflows.components import ENDINGS, first_of
from handlers.workflows.limits import ITEMS, clip
from handlers.workflows.network import Unreachable, request
from handlers.workflows.templates import NodeFailed
from handlers.workflows.transforms import compared, data_mapper, date_transform, json_parser, list_of, milliseconds_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.workflows.graph import Node
    from handlers.workflows.templates import Templates

__all__ = ["ACTIONS", "Outcome", "Situation"]

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a node put out, and where the run goes from it.

    `handle` is the branch to leave by, `items` what an iterator walks over, `ending` the status
    with which the run stops here.
    """

    output: dict[str, Any]
    handle: str | None = None
    milliseconds: int | None = None
    items: list[Any] | None = None
    ending: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a node finds when it is reached.

    `refused` says why the authorization cannot be used, if so; `call` starts another workflow
    with a context and returns what is known of it.
    """

    templates: Templates
    trigger_output: dict[str, Any]
    refused: str | None
    call: Callable[[str, dict[str, Any]], dict[str, Any]]


def _trigger(node: Node, situation: Situation) -> Outcome:  # noqa: ARG001 (one shape for all actions)
    return Outcome(situation.trigger_output)


def _webhook(node: Node, situation: Situation) -> Outcome:
    """Send a request; secrets in the address are put in only here, where nothing is kept of it."""
    templates, data = situation.templates, node.data
    method = templates.text(data.get("method") or "GET").strip().upper()
    if method not in _METHODS:
        raise NodeFailed("Webhook request refused: the method is not an HTTP method.")
    for part in ("headers", "query", "body", "authentication"):
        templates.value(data.get(part))
    return _sent("Webhook request", templates.revealed_text(first_of(data, components.URL.names)))


def _altostrat_api(node: Node, situation: Situation) -> Outcome:
    if situation.refused:
        raise NodeFailed(situation.refused)
    templates, data = situation.templates, node.data
    for part in ("method", "operation", "path", "parameters", "query", "body"):
        templates.value(data.get(part))
    address = first_of(data, ("url", "endpoint"))
    if isinstance(address, str) and "://" in address:
        return _sent("Altostrat API request", templates.revealed_text(address))
    return Outcome({"status": 200, "body": {"message": "ok"}})


def _sent(what: str, url: str) -> Outcome:
    """Ask the network, and word what went wrong."""
    try:
        reply = request(url.strip())
    except Unreachable as fault:
        raise NodeFailed(f"{what} {fault}") from fault
    return Outcome({"status": reply.status, "body": reply.body}, milliseconds=reply.milliseconds)


def _ssh(node: Node, situation: Situation) -> Outcome:
    situation.templates.text(first_of(node.data, components.HOST.names))
    situation.templates.value(first_of(node.data, components.COMMAND.names))
    return Outcome({"exit_code": 0, "stdout": "", "stderr": ""})


def _smtp(node: Node, situation: Situation) -> Outcome:
    for part in ("subject", "body", "text", "html"):
        situation.templates.value(node.data.get(part))
    recipients = situation.templates.value(first_of(node.data, components.RECIPIENT.names))
    return Outcome({"accepted": recipients if isinstance(recipients, list) else [recipients]})


def _text_transform(node: Node, situation: Situation) -> Outcome:
    return Outcome({"text": situation.templates.text(first_of(node.data, components.TEMPLATE.names))})


def _data_mapper(node: Node, situation: Situation) -> Outcome:
    return Outcome(data_mapper(situation.templates.value(first_of(node.data, components.MAPPING.names))))


def _json_parser(node: Node, situation: Situation) -> Outcome:
    return Outcome(json_parser(situation.templates.value(first_of(node.data, components.JSON.names))))


def _date_transform(node: Node, situation: Situation) -> Outcome:
    moment, form, add = (
        situation.templates.text(first_of(node.data, names))
        for names in (components.DATE.names, ("format",), ("add", "offset"))
    )
    if moment.strip().lower() in {"now", "today"}:
        moment = situation.templates.text("{{ now }}")
    return Outcome(date_transform(moment, form, add))


def _array_filter(node: Node, situation: Situation) -> Outcome:
    templates = situation.templates
    expression = str(first_of(node.data, components.FILTER.names))
    kept = []
    before = templates.values.get("item")
    for item in list_of(templates.value(first_of(node.data, components.ITEMS.names)), 10 * ITEMS):
        templates.values["item"] = item
        if templates.truth(expression):
            kept.append(item)
    templates.values["item"] = before
    return Outcome({"items": kept, "count": len(kept)})


def _condition(node: Node, situation: Situation) -> Outcome:
    templates, data = situation.templates, node.data
    expression = first_of(data, ("condition", "expression"))
    if expression is None:
        operator = templates.text(data.get("operator") or "==").strip()
        result = compared(templates.value(data.get("left")), operator, templates.value(data.get("right")))
    elif isinstance(expression, bool | str):
        result = templates.truth(expression) if isinstance(expression, str) else expression
    else:
        raise NodeFailed("The condition must be an expression.")
    return Outcome({"result": result}, handle="true" if result else "false")


def _delay(node: Node, situation: Situation) -> Outcome:
    waited = milliseconds_of(situation.templates.value(components.delay_of(node.data)))
    return Outcome({"waited_seconds": waited / 1_000}, milliseconds=waited)


def _iterator(node: Node, situation: Situation) -> Outcome:
    items = list_of(situation.templates.value(first_of(node.data, components.ITEMS.names)), ITEMS)
    return Outcome({"items": items, "count": len(items)}, items=items)


def _trigger_workflow(node: Node, situation: Situation) -> Outcome:
    context = situation.templates.value(first_of(node.data, ("context", "payload", "input")) or {})
    workflow_id = situation.templates.text(first_of(node.data, components.WORKFLOW.names))
    return Outcome(situation.call(workflow_id, context if isinstance(context, dict) else {"input": context}))


def _form(node: Node, situation: Situation) -> Outcome:
    title = clip(situation.templates.text(first_of(node.data, ("title", "label"))), 200)
    ending = "awaiting_ui_interaction"
    return Outcome({"status": ending, "title": title}, ending=ending)


def _terminate(node: Node, situation: Situation) -> Outcome:
    status = situation.templates.text(first_of(node.data, ("status", "result")) or "completed").strip().lower()
    message = situation.templates.text(first_of(node.data, ("message", "reason")))
    ending = ENDINGS.get(status)
    if ending is None:
        raise NodeFailed("The status of a terminate node must be 'completed' or 'failed'.")
    if ending == "failed":
        message = message or "The workflow was terminated as failed."
    return Outcome({"status": ending, "message": message}, ending=ending, message=message)


ACTIONS: dict[str, Callable[[Node, Situation], Outcome]] = {
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
"""What to do for each component of the table."""
