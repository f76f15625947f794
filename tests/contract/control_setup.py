"""Setup of a run over the control API: existing worlds, records and fixtures, and bodies for them."""

from __future__ import annotations

from starlette.testclient import TestClient

from locum.proxy.addresses import parse_address
from locum.world.faults import Faults, fault_of
from locum.world.snapshots import snapshot
from tests.contract.ring import Setup

_MOST_WORLDS = 50
_MOST_RECORDS = 2_000
"""Beyond it the default world starts again: years on its clock run thousands of workflows, which slow every request."""


NOWHERE = "http://127.0.0.1:9"
"""An upstream that nothing serves: generated ones could be hosts that exist."""


def is_upstream(body) -> bool:
    """Whether a body names an upstream that the proxy would use."""
    try:
        return isinstance(body, dict) and body.keys() == {"url"} and bool(parse_address(body["url"]))
    except (ValueError, TypeError, AttributeError):
        return False


def is_number(value) -> bool:
    """Whether a value of a query is a number, generated or as text."""
    return isinstance(value, int | float) or str(value).replace(".", "", 1).isdigit()


def control(application) -> Setup:
    """Return the setup: the default world, another one, and a fixture."""
    worlds = application.worlds
    client = TestClient(application)
    saved = snapshot(worlds.default)
    ((key, secret),) = application.control.records.all(worlds.default, "VaultItem", None, 1)

    def prepare(application, case) -> None:
        application.fixtures.keep("busy-tenant", saved)
        if len(worlds.all()) > _MOST_WORLDS:
            for world in worlds.all():
                worlds.drop(world.name)
        # A scenario of the stateful phase checks that a deleted world stays deleted.
        if case.meta.phase.name.value != "stateful":
            if "other" not in [world.name for world in worlds.all()]:
                worlds.restore("other", saved)
            if sum(len(table) for _, table in worlds.default.store.tables()) > _MOST_RECORDS:
                worlds.restore("default", saved)
        default = worlds.default
        if "f1" not in default.faults.active:
            default.faults = Faults()
            default.faults.add(fault_of("operation=listApiKeys, latency=1ms"))
        default.preferences.setdefault("deleteApiKey", "code=404")
        if default.journal.entry(default.journal.last) is None:
            client.get("/api/keys")
        if case.operation.definition.raw.get("operationId") == "streamJournal" and is_number(
            (case.query or {}).get("wait", 0)
        ):
            case.query = {**(case.query or {}), "wait": 0}
        if case.operation.definition.raw.get("operationId") == "setUpstream" and is_upstream(case.body):
            case.body = {"url": NOWHERE}

    operations = application.control.service.contract.operations.values()
    named = {
        "name": "other",
        "fixture": "busy-tenant",
        "record_type": "VaultItem",
        "key": key,
        "operation": "deleteApiKey",
        "fault": "f1",
        "number": 1,
    }
    known = {(operation.operation_id, name): value for operation in operations for name, value in named.items()}
    bodies = {
        "restoreSnapshot": saved,
        "restoreFixture": {"fixture": "busy-tenant"},
        "putRecord": {"value": secret},
        "setPreference": {"prefer": "code=404"},
        "verify": {"expect": ["listApiKeys"]},
        "advanceClock": {"by": "1d"},
        "setClock": {"now": "2026-02-01T00:00:00Z"},
    }
    return Setup(known, {}, bodies, prepare=prepare)
