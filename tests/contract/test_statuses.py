"""Status coverage: every declared answer of every operation is given, and judged by Schemathesis."""

from __future__ import annotations

import pytest
import schemathesis
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from tests.conftest import bearer, make_application
from tests.contract.causes import Cause
from tests.contract.conftest import KNOWN

APIS = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in KNOWN]
JUDGES = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def produced():
    """Return a function that gives, for an API, which status came and what the judges said of it."""
    application = make_application(max_worlds=10_000)
    tables = {}

    def produce(name):
        if name not in tables:
            tables[name] = _produce(application, name)
        return tables[name]

    return produce


def _produce(application, name) -> dict:
    service = next(service for service in application.services if service.name == name)
    schema = schemathesis.openapi.from_dict(service.contract.document.content)
    schema.app = application
    table = {}
    for operation in service.contract.operations.values():
        for status in map(int, operation.responses):
            # A world for each answer: none depends on what another one changed.
            headers = {**bearer(), "X-Locum-World": f"{operation.operation_id}-{status}"}
            with TestClient(application, headers=headers, raise_server_exceptions=False) as client:
                response = Cause(client, service, operation, KNOWN[name](client)).produce(status)
            came = None if response is None else response.status_code
            if came == status:
                case = schema[operation.path][operation.method].Case()
                case.validate_response(response, checks=JUDGES)
            table[operation.operation_id, status] = came
    return table


@pytest.mark.parametrize("api", APIS)
def test_every_declared_answer_is_given_and_valid(fuzzed, produced, api, record_property):
    _, service, report = fuzzed(api)
    table = produced(api)
    record_property("summary", _drawn(service, table, report))

    assert {cell: came for cell, came in table.items() if came != cell[1]} == {}


def _drawn(service, table, report) -> str:
    """Draw operation x status: `f` was fuzzed and validated, `c` was caused and validated."""
    statuses = sorted({status for _, status in table})
    lines = ["", f"{service.name:<40}" + "".join(f"{status:>5}" for status in statuses)]
    for operation in service.contract.operations.values():
        cells = []
        for status in statuses:
            came = table.get((operation.operation_id, status))
            fuzzed = "f" if (operation.operation_id, status) in report.validated else ""
            cells.append("" if came is None else ("c" if came == status else "?") + fuzzed)
        lines.append(f"{operation.operation_id:<40}" + "".join(f"{cell:>5}" for cell in cells))
    return "\n".join(lines)


def test_an_answer_that_is_not_valid_is_found():
    """The judges judge: a wrong body of a declared status does not pass."""
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": {"description": "d", "content": {"application/json": {"schema": {"type": "array"}}}}}}}},
    }  # fmt: skip
    schema = schemathesis.openapi.from_dict(document)

    async def app(scope, receive, send):
        head = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"{}"})

    with pytest.raises(FailureGroup):
        schema["/a"]["get"].Case().validate_response(TestClient(app).get("/a"), checks=JUDGES)
