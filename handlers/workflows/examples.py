"""The definitions of a new world, by name."""

from __future__ import annotations

from typing import Any

__all__ = ["GRAPHS"]


def _node(node_id: str, component: str, **data: Any) -> dict[str, Any]:
    return {"id": node_id, "type": component, "data": {"componentId": component, **data}}


def _edge(source: str, target: str, handle: str | None = None) -> dict[str, Any]:
    edge = {"id": f"e{source[1:]}-{target[1:]}", "source": source, "target": target}
    return edge if handle is None else {**edge, "sourceHandle": handle}


_Graph = tuple[str | None, tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]

GRAPHS: dict[str, _Graph] = {
    "Customer Onboarding": (
        "Sends a welcome email and sets up an account.",
        (
            _node("n1", "manual_trigger", description="Manually trigger this onboarding flow."),
            _node(
                "n2",
                "webhook",
                method="POST",
                url="https://example.com/api/welcome",
                headers={"Authorization": "Bearer {{ vault['External Service API Key'] }}"},
                body='{"message": "Welcome!", "site": "{{ site_id }}", "run_id": "{{ n1.run_id }}"}',
            ),
        ),
        (_edge("n1", "n2"),),
    ),
    "Notify the On-call Engineer": (
        "Called by other workflows when something is wrong; its pager is down.",
        (
            _node("n1", "workflow_trigger"),
            _node("n2", "text_transform", template="{{ severity | upcase }}: {{ text | default: 'no details' }}"),
            _node(
                "n3",
                "webhook",
                method="POST",
                url="https://pager.fail.example/v1/alerts",
                headers={"X-Token": "{{ vault.PAGER_TOKEN }}"},
                body={"text": "{{ n2.text }}"},
            ),
        ),
        (_edge("n1", "n2"), _edge("n2", "n3")),
    ),
    "Nightly Site Health Check": (
        "Asks for the state of every site at four in the morning.",
        (
            _node("n1", "scheduled_trigger"),
            _node("n2", "altostrat_api", operation="listSites", method="GET", path="/sites"),
            _node("n3", "condition", condition="n2.status == 200"),
            _node("n4", "text_transform", template="All sites answered at {{ now | date: '%H:%M' }}."),
            _node("n5", "trigger_workflow", context={"severity": "high", "text": "The site API does not answer."}),
        ),
        (_edge("n1", "n2"), _edge("n2", "n3"), _edge("n3", "n4", "true"), _edge("n3", "n5", "false")),
    ),
    "New User Intake": (
        "Waits before it greets a new user; asks a person about everyone else.",
        (
            _node("n1", "webhook_trigger"),
            _node("n2", "condition", condition="webhook_payload.event_type == 'user.created'"),
            _node("n3", "delay", duration="6 hours"),
            _node(
                "n4",
                "webhook",
                method="POST",
                url="https://example.com/api/greetings",
                body={"email": "{{ webhook_payload.data.email }}"},
            ),
            _node("n5", "form", title="Let {{ webhook_payload.data.email }} in?"),
        ),
        (_edge("n1", "n2"), _edge("n2", "n3", "true"), _edge("n3", "n4"), _edge("n2", "n5", "false")),
    ),
    "Resource Lookup": (
        "Answers at once with what is known of a resource.",
        (
            _node("n1", "sync_request_trigger"),
            _node("n2", "webhook", method="GET", url="https://example.com/api/resources/{{ payload.resource_id }}"),
            _node(
                "n3",
                "text_transform",
                template='{"resource_id": {{ payload.resource_id | json }}, "status": {{ n2.status }}, '
                '"message": "The resource is ready."}',
            ),
        ),
        (_edge("n1", "n2"), _edge("n2", "n3")),
    ),
    "Weekly Cleanup (paused)": (
        None,
        (
            _node("n1", "manual_trigger"),
            _node("n2", "iterator", items="{{ sites }}"),
            _node("n3", "altostrat_api", operation="cleanSite", method="POST", path="/sites/{{ item }}/cleanup"),
        ),
        (_edge("n1", "n2"), _edge("n2", "n3")),
    ),
    "Ticket Greeting": (
        "Answers every new ticket.",
        (
            _node("n1", "webhook_trigger"),
            _node("n2", "text_transform", template="We have read '{{ webhook_payload.subject }}'."),
        ),
        (_edge("n1", "n2"),),
    ),
    "Heartbeat": (
        "Shows that the schedules run.",
        (_node("n1", "scheduled_trigger"), _node("n2", "webhook", url="https://status.example.com/beat")),
        (_edge("n1", "n2"),),
    ),
}
