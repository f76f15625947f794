"""CSV: convert lists of objects to tables and back (RFC 4180). The header row has the names of the members."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.styles import typed

if TYPE_CHECKING:
    from locum.openapi.schemas.schemas import Schema

__all__ = ["read_csv", "write_csv"]


def write_csv(rows: list[Any]) -> str:
    """Write a list: objects with a header row, lists as rows, single values in one column."""
    import csv  # noqa: PLC0415 (few documents use CSV)

    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if rows and all(isinstance(row, dict) for row in rows):
        heading = list(dict.fromkeys(name for row in rows for name in row))
        writer.writerow(heading)
        rows = [[row.get(name) for name in heading] for row in rows]
    for row in rows:
        writer.writerow([_cell(value) for value in (row if isinstance(row, list) else [row])])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else write_json(value).decode()


def read_csv(text: str, schema: Schema) -> Any:
    """Parse a table into a list of objects, with members of the types that the schema of the rows declares."""
    import csv  # noqa: PLC0415 (as above)

    rows = csv.DictReader(StringIO(text))
    members = [{name: value for name, value in row.items() if isinstance(name, str) and value} for row in rows]
    return typed(schema, schema.raw, members)
