"""OpenTelemetry: a span for each request, with the caller's trace, the decisions, and no secret."""

from __future__ import annotations

import builtins

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from locum.server.application import create
from locum.server.reloading import _take_over
from locum.server.tracing import Tracing, start_tracing
from locum.settings import Settings
from tests.conftest import bearer

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def traced():
    """An application, a client of it, and a function that returns the spans since the last call."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    application = create(Settings(allowed_host=("testserver",)))
    Tracing(provider).attach(application.worlds)

    def spans():
        found = exporter.get_finished_spans()
        exporter.clear()
        return found

    yield application, TestClient(application, headers=bearer()), spans
    provider.shutdown()


def test_a_request_is_a_span_of_the_trace_of_its_client(traced):
    _, client, spans = traced
    client.get("/api/keys?secret=x", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    (span,) = spans()

    assert (span.name, span.kind.name) == ("GET /api/keys", "SERVER")
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)
    assert (
        span.attributes.items()
        >= {
            "http.route": "/api/keys",
            "http.response.status_code": 200,
            "locum.operation": "listApiKeys",
            "locum.responder": "handler",
        }.items()
    )
    assert span.end_time > span.start_time
    assert span.events
    assert bearer()["Authorization"].split()[1] not in span.to_json()


def test_errors_faults_and_unmatched_requests_are_told_apart(traced):
    _, client, spans = traced
    client.post("/api/keys", json={})
    client.get("/api/keys", headers={"X-Locum-Fault": "status=503"})
    client.get("/nowhere")
    rejected, faulted, unmatched = spans()

    assert rejected.attributes["http.response.status_code"] == 400
    assert rejected.attributes["error.type"]
    assert rejected.status.is_unset
    assert not faulted.status.is_ok
    assert not faulted.status.is_unset
    assert "status=503" in faulted.attributes["locum.fault"]
    assert unmatched.name == "GET"
    assert "http.route" not in unmatched.attributes


def test_a_reloaded_application_is_traced_and_requests_to_locum_are_not(traced):
    application, _, spans = traced
    successor = create(Settings(allowed_host=("testserver",)))
    _take_over(successor, application)
    client = TestClient(successor, headers=bearer())
    client.get("/__locum/worlds")
    client.get("/api/keys")

    assert [span.name for span in spans()] == ["GET /api/keys"]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
        {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
    ],
)
def test_without_a_variable_that_asks_for_it_nothing_is_traced(variables):
    assert start_tracing(variables) is None


def test_what_cannot_be_traced_is_a_sentence(monkeypatch):
    assert "locum has otlp, console and none" in start_tracing({"OTEL_TRACES_EXPORTER": "zipkin"})
    original = builtins.__import__

    def without(name, *given):
        if name.startswith("opentelemetry"):
            raise ImportError
        return original(name, *given)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "Install locum with its extra 'otel'" in start_tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})


def test_a_console_exporter_is_started_and_stopped(capsys):
    tracing = start_tracing({"OTEL_TRACES_EXPORTER": "console"})
    application = create(Settings(allowed_host=("testserver",)))
    tracing.attach(application.worlds)
    TestClient(application, headers=bearer()).get("/api/keys")
    tracing.stop()

    assert '"service.name": "locum"' in capsys.readouterr().out
