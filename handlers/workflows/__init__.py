"""The Altostrat Workflows API: definitions, simulated runs, logs, a vault and authorizations.

- operations: workflows, runs, direct (synchronous runs), logs, vault, authorizations (with consent, its pages)
- the rules of a definition: definitions, graph, components, schedules
- starting runs: execution, events (scheduled starts); how a run looks at a time: views
- what a run does: simulation, timelines, actions, transforms, network
- templates in nodes: templates, sandbox, vault_view
- records, limits, errors; the records of a new world: seeds, examples
"""

from handlers.workflows.authorizations import (
    create_workflow_authorization_url,
    delete_workflow_authorization,
    list_workflow_authorizations,
    show_consent,
)
from handlers.workflows.direct import execute_synchronous_workflow, test_node
from handlers.workflows.errors import render_error
from handlers.workflows.events import SCHEDULES
from handlers.workflows.logs import get_workflow_log_stats, list_recent_workflow_logs, list_workflow_logs
from handlers.workflows.runs import (
    execute_workflow,
    get_workflow_run,
    list_workflow_runs,
    rerun_workflow,
    resume_workflow_run,
    trigger_workflow_webhook,
)
from handlers.workflows.seeds import seed
from handlers.workflows.vault import (
    create_vault_item,
    delete_vault_item,
    get_vault_item,
    list_vault_items,
    update_vault_item,
)
from handlers.workflows.workflows import (
    create_workflow,
    delete_workflow,
    get_workflow,
    list_workflows,
    update_workflow,
    validate_workflow_definition,
)
from locum import USER, Api

__all__ = [
    "api",
    "create_vault_item",
    "create_workflow",
    "create_workflow_authorization_url",
    "delete_vault_item",
    "delete_workflow",
    "delete_workflow_authorization",
    "execute_synchronous_workflow",
    "execute_workflow",
    "get_vault_item",
    "get_workflow",
    "get_workflow_log_stats",
    "get_workflow_run",
    "list_recent_workflow_logs",
    "list_vault_items",
    "list_workflow_authorizations",
    "list_workflow_logs",
    "list_workflow_runs",
    "list_workflows",
    "rerun_workflow",
    "resume_workflow_run",
    "test_node",
    "trigger_workflow_webhook",
    "update_vault_item",
    "update_workflow",
    "validate_workflow_definition",
]

api = Api(
    render_error=render_error,
    accepts=frozenset({USER, "api_key"}),
    seed=seed,
    pages={"consent": show_consent},
    events=SCHEDULES,
)
