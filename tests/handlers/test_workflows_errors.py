"""The error format, the accepted callers, and random configurations of nodes."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import orjson
import pytest

from handlers import workflows
from handlers.workflows.components import COMPONENTS
from handlers.workflows.records import VaultItem
from locum import (
    ApiError,
    Clock,
    Conflict,
    Faulty,
    Forbidden,
    Invalid,
    Malformed,
    NewId,
    NotAcceptable,
    NotAllowed,
    NotFound,
    TooLarge,
    TooMany,
    Unauthenticated,
    UnsupportedMediaType,
    Violation,
)
from locum.apis import permission_of
from tests.handlers.test_workflows_world import World, definition, edge, node

MISSING = Violation("body", ("name",), "required", "name", "is required")
WRONG = Violation("body", ("nodes", 0, "id"), "type", "string", "must be of type string")


def render(error: ApiError, status: int = 0) -> dict[str, str]:
    return workflows.api.render_error(error, status or error.statuses[0], NewId(0), Clock()).body


def test_a_missing_field_has_the_message_of_the_reference():
    assert render(Invalid("The body breaks its schema.", violations=[MISSING])) == {
        "type": "invalid_request_error",
        "code": "parameter_missing",
        "message": "The 'name' parameter is required for this request.",
        "doc_url": "https://docs.altostrat.io/errors/parameter_missing",
    }


def test_the_first_of_several_violations_is_described_and_the_rest_counted():
    body = render(Invalid("", violations=[MISSING, WRONG, WRONG]))

    assert body["message"] == "The 'name' parameter is required for this request (and 2 more)."


def test_an_invalid_field_is_named_with_its_path():
    body = render(Invalid("", violations=[WRONG]))

    assert body["code"] == "parameter_invalid"
    assert body["message"] == "The 'nodes.0.id' parameter must be of type string."


def test_a_missing_body_and_an_invalid_parameter_are_described():
    nothing = Violation("body", (), "required", "body", "is required")
    page = Violation("query", ("page",), "minimum", 1, "must be at least 1")

    assert render(Invalid("", violations=[nothing]))["message"] == "The request body is required for this request."
    assert render(Malformed("", violations=[page]))["message"] == "The 'page' parameter must be at least 1."


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (Unauthenticated("x"), "authentication_error", "authentication_required"),
        (Forbidden("x"), "permission_error", "permission_denied"),
        (NotFound("x"), "not_found_error", "resource_not_found"),
        (Conflict("x"), "conflict_error", "state_conflict"),
        (Conflict("x", code="workflow_invalid"), "conflict_error", "workflow_invalid"),
        (Malformed("x"), "invalid_request_error", "parameter_invalid"),
        (UnsupportedMediaType("x"), "invalid_request_error", "unsupported_media_type"),
        (NotAcceptable("x"), "invalid_request_error", "not_acceptable"),
        (NotAllowed("x"), "invalid_request_error", "method_not_allowed"),
        (TooLarge("x"), "invalid_request_error", "request_too_large"),
        (TooMany("x"), "rate_limit_error", "rate_limited"),
        (Faulty("x"), "api_error", "internal_error"),
        (ApiError("x"), "api_error", "internal_error"),
    ],
)
def test_every_error_has_its_type_and_code(error, kind, code):
    assert render(error) == {
        "type": kind,
        "code": code,
        "message": "x",
        "doc_url": f"https://docs.altostrat.io/errors/{code}",
    }


def test_a_forbidden_resource_is_reported_as_not_found_where_403_is_not_declared():
    body = render(Forbidden("This needs the permission workflows:write."), 404)

    assert body["type"] == "not_found_error"
    assert "permission" not in body["message"]


def test_the_headers_of_an_error_are_sent():
    error = Unauthenticated("x", headers={"WWW-Authenticate": "Bearer"})

    assert workflows.api.render_error(error, 401, NewId(0), Clock()).headers == {"WWW-Authenticate": "Bearer"}


def test_every_operation_but_the_webhook_requires_a_permission():
    expected = {
        "workflows:read": {
            "list_workflows", "get_workflow", "validate_workflow_definition", "list_workflow_runs", "get_workflow_run",
            "list_workflow_logs", "get_workflow_log_stats", "list_recent_workflow_logs", "list_workflow_authorizations",
        },
        "workflows:write": {
            "create_workflow", "update_workflow", "delete_workflow", "create_workflow_authorization_url",
            "delete_workflow_authorization",
        },
        "workflows:execute": {
            "execute_workflow", "execute_synchronous_workflow", "rerun_workflow", "resume_workflow_run", "test_node",
        },
        "vault:read": {"list_vault_items", "get_vault_item"},
        "vault:write": {"create_vault_item", "update_vault_item", "delete_vault_item"},
        None: {"trigger_workflow_webhook"},
    }  # fmt: skip
    found: dict[str | None, set[str]] = {}
    for name in set(workflows.__all__) - {"api"}:
        found.setdefault(permission_of(getattr(workflows, name)), set()).add(name)

    assert found == expected


def test_users_and_keys_are_accepted():
    assert workflows.api.accepts == {"user", "api_key"}


TEXTS = (
    "", "{{ vault.TOKEN }}", "{{ vault.NOPE }}", "{{ n0 }}", "{{ n1.x }}", "{{", "{{ big }}", "{{ vault }}", "[1, {}]", "null",
    "{{ vault['TOKEN'] | upcase | base64_encode }}", "http://a.fail.example", "https://a.slow.example/{{ big }}", "5 minutes",
    "http://127.0.0.1", "{{ a | json }}", "\U0001f984\u202e\u0000", "x" * 70_000, "vlt_" + "z" * 26, "now", "%Y", "==", "contains",
    "-1 day", "1e999", "{{ item }}", "{{ list }}", "true", "failed", "GET", "{{ 'a' | times: 'b' }}", "{% if %}", "\ufeff",
    "{{ list | sort }}", "{{ list | map: 'a' | sum }}", "{{ vault | json }}", "{% for x in vault %}{{ x }}{% endfor %}",
)  # fmt: skip
KEYS = (
    "url", "endpoint", "operation", "path", "template", "value", "duration", "seconds", "unit", "items", "condition", "left",
    "operator", "right", "workflow_id", "mapping", "input", "format", "add", "host", "command", "to", "status", "message",
    "method", "headers", "body", "context", "title", "continue_on_error",
)  # fmt: skip


def random_value(dice: random.Random, depth: int = 0) -> Any:
    kind = dice.random()
    if kind < 0.6:
        return dice.choice(TEXTS)
    if kind < 0.75 or depth > 3:
        return dice.choice([0, -1, 1e308, 2**63, True, False, None, 3, 1.5, []])
    if kind < 0.88:
        return [random_value(dice, depth + 1) for _ in range(dice.randrange(4))]
    return {
        dice.choice(["a", "name", "value", "vault"]): random_value(dice, depth + 1) for _ in range(dice.randrange(4))
    }


@pytest.mark.parametrize("seed", range(40))
def test_random_configuration_is_rejected_or_runs_and_shows_no_secret(seed):
    dice = random.Random(seed)
    world = World()
    world.secret("TOKEN", "s3cr3t-value")
    names = sorted(COMPONENTS)
    actions = [name for name in names if not COMPONENTS[name].trigger]
    nodes = [node("n0", "manual_trigger")]
    for place in range(1, 6):
        data = {key: random_value(dice) for key in dice.sample(KEYS, 12)}
        nodes.append(node(f"n{place}", dice.choice(actions), **data))
    for _ in range(300):
        broken = world.validate_workflow_definition(body=definition(*nodes))["errors"]
        if not broken:
            break
        for place in range(1, 6):
            if any(f"'n{place}'" in problem for problem in broken):
                data = {key: random_value(dice) for key in dice.sample(KEYS, 20)}
                nodes[place] = node(f"n{place}", dice.choice(actions), **data)
    edges = [
        edge(f"n{dice.randrange(place)}", f"n{place}", dice.choice(["true", "done", None])) for place in range(1, 6)
    ]
    context = {"big": "y" * 50_000, "list": [{"a": 1}, 3], "a": random_value(dice)}
    seen = []

    def attempt(call: Any, **given: Any) -> Any:
        try:
            response = call(**given)
        except ApiError as error:
            response = {"message": error.message}
        seen.append(response)
        return response

    for one in nodes:
        attempt(world.test_node, body={"node": one, "context": context, "authorization_id": None})
    created = attempt(world.create_workflow, body=definition(*nodes, edges=edges, name=dice.choice(TEXTS)))
    if "id" in created:
        run = attempt(world.execute_workflow, workflow_id=created["id"], body={"context": context})
        world.clock.advance(timedelta(days=1))
        if "id" in run:
            attempt(world.get_workflow_run, run_id=run["id"])
            attempt(world.rerun_workflow, run_id=run["id"])
        attempt(world.list_workflow_logs, workflow_id=created["id"])

    assert not [item.name for item in world.store[VaultItem].values() if item.secret in orjson.dumps(seen).decode()]
