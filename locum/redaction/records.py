"""Redact records in the control API, and restore the redacted values when a record is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.errors import Invalid
from locum.openapi.pointers import join
from locum.redaction.exchanges import Redaction, Secrets
from locum.redaction.places import Place, Places
from locum.redaction.texts import REDACTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.schemas.schemas import Schema

__all__ = ["RecordRedaction", "restored"]


class RecordRedaction:
    """Redacts members of records that are secrets by schema or name."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction

    def key(self, text: str) -> str:
        """Redact the key of a record, if it is a secret."""
        return self._redaction.texts.without(text)

    def shown(self, value: Any, schemas: Sequence[Schema]) -> Any:
        """Redact a record."""
        (found,) = self.alike([value], schemas)
        return found

    def alike(self, values: Sequence[Any], schemas: Sequence[Schema]) -> list[Any]:
        """Redact records together: a secret of one is hidden in all."""
        secrets, place = Secrets(self._redaction), Places([Place(schema) for schema in schemas])
        shown = [secrets.value(value, place) for value in values]
        return [secrets.elsewhere(value) for value in shown]

    def restored(self, value: Any, former: Any, schemas: Sequence[Schema]) -> Any:
        """Return a record to save, with redacted values taken from the former record.

        Raises Invalid where there was nothing to hide, or where a text was changed of which a part is hidden.
        """
        return restored(value, former, None if former is None else self.shown(former, schemas))


def restored(value: Any, former: Any, shown: Any, pointer: str = "") -> Any:
    """Return a value in which redacted texts have their former values; `shown` is the former value, redacted.

    Raises Invalid where there was nothing to hide, or where a text was changed of which a part is hidden.
    """
    if isinstance(value, dict):
        known = isinstance(shown, dict) and isinstance(former, dict)
        return {
            name: restored(
                member, former.get(name) if known else None, shown.get(name) if known else None, join(pointer, name)
            )
            for name, member in value.items()
        }
    if isinstance(value, list):
        known = isinstance(shown, list) and isinstance(former, list)
        return [
            restored(
                item,
                former[index] if known and index < len(former) else None,
                shown[index] if known and index < len(shown) else None,
                join(pointer, index),
            )
            for index, item in enumerate(value)
        ]
    if not isinstance(value, str) or REDACTED not in value:
        return value
    if value == shown:
        return former
    where = pointer or "The record"
    message = f"{where} is {REDACTED}, but there is no former secret to keep. Set the value."
    raise Invalid(message, code="record_redacted")
