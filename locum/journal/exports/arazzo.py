"""Export entries as an Arazzo document (OpenAPI Initiative, Arazzo 1.0.1) for `locum verify` and `locum drift`.

A value that a response issued and a later request repeats becomes an output of its step, so that the sequence
can be replayed against a server that issues other identifiers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.openapi.load.writing import as_yaml
from locum.openapi.pointers import join
from locum.redaction.texts import REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from locum.world.journal import Entry

__all__ = ["arazzo"]

_EXPORTED = re.compile(r"(?:if-|x-|prefer\Z|idempotency-key\Z|accept-language\Z)")
"""Headers that belong to the request. Others belong to the client."""
_OURS = re.compile(r"x-(?:locum|request-id|forwarded|real-ip)")
_SHORT = 4
"""Shorter texts are not treated as identifiers."""
_UNAUTHENTICATED = 401


def arazzo(entries: Iterable[Entry], files: Mapping[str, str]) -> str:
    """Return the document: a workflow for each API. `files` has the file names of their documents.

    Requests without an operation, and those with an incomplete body, are left out.
    """
    by_api: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.operation and entry.status and not entry.request.cut and entry.request.form in _WHOLE:
            by_api.setdefault(entry.api, []).append(entry)
    content = {
        "arazzo": "1.0.1",
        "info": {"title": "Recorded by locum", "version": "1.0.0"},
        "sourceDescriptions": [
            {"name": _name(api), "url": files.get(api, f"{api}.yaml"), "type": "openapi"} for api in by_api
        ],
        "workflows": [_Workflow(api).workflow(found) for api, found in by_api.items()],
    }
    return as_yaml(content)


_WHOLE = frozenset({"json", "form", "text", "none"})


class _Workflow:
    """The entries of one API, and the values that their responses issued."""

    def __init__(self, api: str) -> None:
        self._api = api
        self._given: dict[str | int, tuple[dict[str, Any], str]] = {}
        """By value that a response issued: the step, and the pointer into its body."""
        self._sent: set[str | int] = set()
        """The values that the client chose."""

    def workflow(self, entries: list[Entry]) -> dict[str, Any]:
        steps = []
        for entry in entries:
            step = self._step(entry)
            steps.append(step)
            self._sent.update(value for _, value in _scalars(entry.request.body, "") if value not in self._given)
            if entry.response.form == "json" and not entry.response.cut:
                for pointer, value in _scalars(entry.response.body, ""):
                    if value not in self._sent and value != REDACTED:
                        self._given.setdefault(value, (step, pointer))
        return {"workflowId": f"recorded-{_name(self._api)}", "steps": steps}

    def _step(self, entry: Entry) -> dict[str, Any]:
        step: dict[str, Any] = {"stepId": f"s{entry.number}-{_name(entry.operation)}", "operationId": entry.operation}
        parameters = [
            {"name": name, "in": "path", "value": self._value(value)}
            for name, value in entry.parameters.get("path", {}).items()
        ]
        parameters += [
            {"name": name, "in": "query", "value": self._value(values[0] if len(values) == 1 else values)}
            for name, values in entry.parameters.get("query", {}).items()
        ]
        parameters += [
            {"name": name, "in": "header", "value": self._value(value)}
            for name, value in entry.request.headers.items()
            if _EXPORTED.match(name) and not _OURS.match(name)
        ]
        if entry.status == _UNAUTHENTICATED and "authorization" not in entry.request.headers:
            parameters.append({"name": "Authorization", "in": "header", "value": ""})
        if parameters:
            step["parameters"] = parameters
        if entry.request.form != "none":
            media_type = entry.request.headers.get("content-type", "application/json")
            step["requestBody"] = {"contentType": media_type, "payload": self._value(entry.request.body)}
        step["successCriteria"] = [{"condition": f"$statusCode == {entry.status}"}]
        return step

    def _value(self, value: Any) -> Any:
        """Replace values that earlier responses issued by runtime expressions."""
        if isinstance(value, dict):
            return {name: self._value(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self._value(item) for item in value]
        known = (
            value if value in self._given else int(value) if _is_number(value) and int(value) in self._given else None
        )
        if known is None or isinstance(value, bool) or (isinstance(known, str) and len(known) < _SHORT):
            return value
        step, pointer = self._given[known]
        return f"$steps.{step['stepId']}.outputs.{_output(step, pointer)}"


def _output(step: dict[str, Any], pointer: str) -> str:
    """Return the name of the output for a place in a step's response. It is added at its first use."""
    outputs = step.setdefault("outputs", {})
    expression = f"$response.body#{pointer}"
    for name, known in outputs.items():
        if known == expression:
            return str(name)
    base = _name(pointer.rpartition("/")[2]) or "value"
    name, number = base, 2
    while name in outputs:
        name, number = f"{base}-{number}", number + 1
    outputs[name] = expression
    return name


def _scalars(value: Any, pointer: str) -> Iterator[tuple[str, str | int]]:
    """Yield the strings and integers in a value, each with its pointer."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _scalars(member, join(pointer, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _scalars(item, join(pointer, index))
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield pointer, value


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit()


def _name(text: str) -> str:
    """Return a text as an Arazzo name: letters, digits, `_` and `-`."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")
