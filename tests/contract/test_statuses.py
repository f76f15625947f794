"""Status coverage: every declared response is reached deterministically and checked by Schemathesis."""

from __future__ import annotations

from datetime import timedelta

import httpx
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

from locum.cli.verify_options import directions_of
from locum.settings import Settings
from locum.verify.checking.responses import check_response
from locum.verify.coverage.coverage import Coverage
from locum.verify.directed.directing import Seen, SoFar, directed
from locum.verify.exchanges import Ended, Exchange
from locum.verify.plans import Plan
from locum.verify.run import MockServer
from tests.conftest import token

APIS = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("api-keys", "credentials", "workflows")]
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def produced():
    """Return a function that returns the events and responses of an API's directed pass."""
    settings = Settings(cache=False)
    mock = MockServer(settings)
    services = {service.name: service for service in mock.application.services}
    directions = directions_of(settings, list(services.values()), (), {}, ours=True)
    passes = {}

    def produce(name):
        if name not in passes:
            passes[name] = _passed(mock, services[name], directions[name])
        return passes[name]

    return produce


def _passed(mock, service, directions):
    plan = Plan(
        base_url="http://127.0.0.1:4010" + service.base_path,
        application=mock.application,
        world=mock.world,
        token=token(),
        directions=directions,
    )
    ended = Ended(reason="completed", seconds=0, seed=1, operations=tuple(service.contract.operations))
    seen, events = Seen(), []
    for event in directed(service.contract, plan, SoFar(seen, Coverage.of(service.contract), ended)):
        events.append(event)
        if isinstance(event, Exchange):
            operation = service.contract.operations[event.path, event.method]
            if not check_response(operation, event.shown):
                seen.take(operation, event)
    return service, events, {(path, method, status) for (path, method), status, _ in seen.responses}


@pytest.mark.parametrize("api", APIS)
def test_scenarios_and_suggestions_reach_every_declared_response(produced, api):
    service, events, reached = produced(api)
    declared = {(*key, status) for key, one in service.contract.operations.items() for status in one.responses}

    assert declared - reached == set()
    assert [event for event in events if not isinstance(event, Exchange)][1:] == []  # neither findings nor errors


@pytest.mark.parametrize("api", APIS)
def test_schemathesis_reports_no_failure_for_them(produced, api):
    service, events, _ = produced(api)
    schema = schemathesis.openapi.from_dict(service.contract.document.content)
    for event in events:
        if isinstance(event, Exchange):
            named = service.contract.operations[event.path, event.method].by_location["path"]
            case = schema[event.path][event.method.upper()].Case(path_parameters={one.name: "x" for one in named})
            case.validate_response(_response(event.shown), checks=CHECKS)


def _response(shown):
    request = httpx.Request(shown.method, shown.url, headers=shown.headers, content=shown.body)
    response = httpx.Response(
        shown.status, headers=shown.response_headers, content=shown.response_body, request=request
    )
    response.elapsed = timedelta(seconds=shown.seconds)
    return response


def test_an_invalid_response_is_found():
    """The checks work: an invalid body of a declared status fails."""
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
        schema["/a"]["get"].Case().validate_response(TestClient(app).get("/a"), checks=CHECKS)
