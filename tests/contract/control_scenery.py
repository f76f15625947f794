"""What a run over the control API must know: worlds, records and fixtures that exist, and bodies that fit them."""

from __future__ import annotations

from locum.state.snapshots import snapshot
from tests.contract.ring import Scenery

_MOST_WORLDS = 50


def control(application) -> Scenery:
    """Return the scenery: the default world, one more, one fixture."""
    worlds = application.worlds
    saved = snapshot(worlds.default)
    ((key, secret),) = application.control.records.all(worlds.default, "VaultItem", None, 1)

    def prepare(application) -> None:
        application.fixtures.keep("busy-tenant", saved)
        if len(worlds.all()) > _MOST_WORLDS:
            for world in worlds.all():
                worlds.drop(world.name)
        worlds.restore("other", saved)

    operations = application.control.service.contract.operations.values()
    named = {
        "name": "other",
        "fixture": "busy-tenant",
        "record_type": "VaultItem",
        "key": key,
        "operation": "deleteApiKey",
    }
    known = {(operation.operation_id, name): value for operation in operations for name, value in named.items()}
    bodies = {
        "restoreSnapshot": saved,
        "restoreFixture": {"fixture": "busy-tenant"},
        "putRecord": {"value": secret},
        "setPreference": {"prefer": "code=404"},
    }
    return Scenery(known, {}, bodies, prepare=prepare)
