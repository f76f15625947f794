"""Tracing: a span of OpenTelemetry for each request to an API, if its SDK is installed and its variables ask for it.

The variables are those of OpenTelemetry (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME, ...). A
span is made of the journal entry, so that it has no secrets; the trace of the entry becomes its events.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from locum import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.world.journal import Entry, Journal, JournalRecord
    from locum.world.worlds import Worlds

__all__ = ["Tracing", "start_tracing"]

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_SERVER_ERRORS = 500


def start_tracing(environment: Mapping[str, str] = os.environ) -> Tracing | str | None:
    """Return the tracing that OpenTelemetry's variables ask for, None, or a sentence about why there is none."""
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    asking = next((name for name in ("OTEL_TRACES_EXPORTER", *_ENDPOINTS) if environment.get(name, "").strip()), None)
    if asking is None or exporter == "none" or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 (optional)
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 (as above)
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 (as above)
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter  # noqa: PLC0415 (as above)
    except ImportError:
        advice = "Install locum with its extra 'otel'."
        return f"{asking} is set, but OpenTelemetry is not installed, so that there are no traces. {advice}"
    if exporter not in {"", "otlp", "console"}:
        return f"OTEL_TRACES_EXPORTER is {exporter!r}; locum has otlp, console and none. There are no traces."
    named = {} if environment.get("OTEL_SERVICE_NAME") else {"service.name": "locum"}
    provider = TracerProvider(resource=Resource.create(named))
    destination = ConsoleSpanExporter(out=sys.stdout) if exporter == "console" else OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(destination))
    return Tracing(provider)


class Tracing:
    """Turns journal entries into spans."""

    def __init__(self, provider: Any) -> None:
        """Begin; `provider` is a TracerProvider of OpenTelemetry's SDK."""
        from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415 (as above)
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        self._provider = provider
        self._tracer = provider.get_tracer("locum", __version__)
        self._extract = TraceContextTextMapPropagator().extract
        self._kind, self._error = SpanKind.SERVER, Status(StatusCode.ERROR)

    def attach(self, worlds: Worlds) -> None:
        """Trace the requests to all worlds of a server."""
        worlds.observe(self.record)

    def record(self, journal: Journal, record: JournalRecord) -> None:
        """Make the span of the latest entry of a journal."""
        end = time.time_ns()
        entry = journal.entry(journal.last)
        if entry is None:  # the journal keeps no entries
            return
        start = end - int(record.seconds * 1_000_000_000)
        span = self._tracer.start_span(
            f"{entry.method} {entry.template}".strip(),
            context=self._extract({"traceparent": entry.traceparent}) if entry.traceparent else None,
            kind=self._kind,
            attributes=_attributes(entry),
            start_time=start,
        )
        if span.is_recording():
            for sentence in entry.trace:
                span.add_event(sentence, timestamp=end)
            if entry.status >= _SERVER_ERRORS or not entry.status:
                span.set_status(self._error)
        span.end(end_time=end)

    def stop(self) -> None:
        """Export the spans that are left."""
        self._provider.shutdown()


def _attributes(entry: Entry) -> dict[str, str | int]:
    """Return the attributes of a span, by the names of OpenTelemetry's conventions where there is one."""
    found: dict[str, str | int] = {
        "http.request.method": entry.method,
        "http.response.status_code": entry.status,
        "http.route": entry.template,
        "error.type": entry.verdict,
        "locum.api": entry.api,
        "locum.operation": entry.operation,
        "locum.responder": entry.branch,
        "locum.fault": entry.fault,
        "locum.source": entry.source,
    }
    return {name: value for name, value in found.items() if value != ""}
