"""Verbs: operations that change the state of a record, by their name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.infer.actions.custom import ActionEffect, CustomAction, effect_of
from locum.infer.actions.items import Finder
from locum.infer.inference.lookups import InferredOperation
from locum.infer.resources.words import singular, words_of

if TYPE_CHECKING:
    from locum.infer.inference.lookups import Lookups
    from locum.infer.resources.resources import Resource
    from locum.openapi.compile.operations import Operation

__all__ = ["Verbs"]


_ENDINGS = frozenset({"cancel", "terminate", "close", "deactivate", "disable", "archive", "revoke", "void"})
"""Verbs for which a DELETE may change the record's state instead of removing it."""
_REVERSIBLE = frozenset({"disable", "deactivate"})
"""Those for which it always does, whatever the response shows."""
_TAGS = re.compile(r"<[^<>]*>")
_OPPOSITES = {"detach": "attach", "unassign": "assign", "unlink": "link", "disconnect": "connect"}


class Verbs:
    """Infers custom actions, and the effects of verbs in other operations."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._resources = lookups.resources
        self._context = lookups.context

    def action(self, operation: Operation, resource: Resource, verb: str) -> InferredOperation:
        """Infer a custom action on a record: its effect is that of the verb."""
        effect = self._effect(verb, resource) if resource.shape is not None else None
        undo = operation.method == "DELETE"
        why = [f"{verb} is an action on a record of {resource.path}"]
        why.append(effect.sentence if effect is not None else "no member of the record matches the verb")
        return InferredOperation(
            "custom",
            CustomAction(
                operation, resource, self._context, Finder(self._resources.slot(operation).key), effect, undo=undo
            ),
            resource,
            why,
        )

    def _effect(self, verb: str, resource: Resource) -> ActionEffect | None:
        """Return the effect of a verb on a record; `detach` clears the members that the body of `attach` sets."""
        if resource.shape is None:
            return None
        effect = effect_of(verb, resource.shape, self._context.shapes)
        opposite = _OPPOSITES.get(verb.lower())
        if effect is not None or opposite is None:
            return effect
        sent = self._lookups.sent_to(f"{resource.item}/{opposite}")
        properties = resource.shape.properties
        values = {name: None for name in sent if name in properties and properties[name].is_valid(None)}
        return ActionEffect(values, {}) if values else None

    def flags(self, operation: Operation, resource: Resource) -> dict[str, ActionEffect]:
        """Return the effects of flags in a create: `confirm: true`, if `POST /payments/{id}/confirm` exists."""
        path, shapes = self._lookups.path_of(operation), self._context.shapes
        found = {}
        for name, schema in self._lookups.sent_to(path).items():
            acts = self._resources.operation(f"{resource.item}/{name}", "post") is not None
            if acts and "boolean" in shapes.of(schema).kinds and (effect := self._effect(name, resource)) is not None:
                found[name] = effect
        return found

    def ending(self, operation: Operation, resource: Resource) -> ActionEffect | None:
        """Return the effect of a DELETE that changes a record's state: a subscription is cancelled, not removed."""
        if resource.shape is None:
            return None
        first = [text.split(maxsplit=1)[:1] for text in (operation.summary, _TAGS.sub(" ", operation.description))]
        names = [*words_of(operation.operation_id), *(singular(word[0].lower()) for word in first if word)]
        verb = next((word for word in names if word in _ENDINGS), None)
        shows = self._context.responder(operation, 200, resource=resource).shows(resource)
        if not shows and verb not in _REVERSIBLE:
            return None
        return None if verb is None else effect_of(verb, resource.shape, self._context.shapes)
