"""The operation that returns metrics in the text format of Prometheus (version 0.0.4).

Labels are names of the documents, statuses, steps and sources: nothing that a client sends, so that their number is
bounded and they hold no secret.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from locum import __version__
from locum.world.tally import BOUNDS, Durations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from locum.world.worlds import Worlds

__all__ = ["MetricsOperations"]

_UNDECLARED = "undeclared"
"""The label of all requests that no operation matches."""
_UPPER_BOUNDS = [*map(str, BOUNDS), "+Inf"]


class MetricsOperations:
    """Returns the metrics of a server."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def get_metrics(self) -> str:
        """Return the metrics of all worlds, and those of the process where the system has them."""
        # Imported here: it takes a tenth of a second, and most servers are never asked.
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest  # noqa: PLC0415

        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(_Collector(self._worlds))
        return generate_latest(registry).decode()


class _Collector:
    """Collects the metrics of worlds for prometheus-client."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily  # noqa: PLC0415 (as above)

        yield InfoMetricFamily("locum", "The version of locum.", value={"version": __version__})
        yield from self._traffic()
        worlds = self._worlds.all()
        for name, text, value in (
            ("locum_worlds", "Worlds.", len(worlds)),
            ("locum_records", "Records of all worlds.", sum(world.store.size for world in worlds)),
            ("locum_record_bytes", "Estimated bytes of the records.", sum(world.kept for world in worlds)),
            ("locum_journal_entries", "Journal entries of all worlds.", sum(len(world.journal) for world in worlds)),
            ("locum_journal_bytes", "Estimated bytes of the journals.", sum(world.journal.bytes for world in worlds)),
        ):
            yield GaugeMetricFamily(name, text, value=value)

    def _traffic(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily  # noqa: PLC0415 (as above)

        tally, labels = self._worlds.tally, ["api", "operation"]
        requests = CounterMetricFamily(
            "locum_requests", "Requests by status; the status is 0 without a response.", labels=[*labels, "status"]
        )
        durations: dict[tuple[str, str], Durations] = {}
        for (operation, status), one in tally.requests.items():
            requests.add_metric([*_labels(operation), str(status)], sum(one.counts))
            total = durations.setdefault(operation, Durations())
            total.counts = [*map(sum, zip(total.counts, one.counts, strict=True))]
            total.seconds += one.seconds
        yield requests
        histogram = HistogramMetricFamily(
            "locum_request_duration_seconds", "Seconds from the complete request to the response.", labels=labels
        )
        for operation, total in durations.items():
            buckets = list(zip(_UPPER_BOUNDS, accumulate(total.counts), strict=True))
            histogram.add_metric(_labels(operation), buckets, total.seconds)
        yield histogram
        rejected = CounterMetricFamily(
            "locum_requests_rejected", "Requests that got an error, by the step.", labels=[*labels, "step"]
        )
        for (operation, step), count in tally.rejected.items():
            rejected.add_metric([*_labels(operation), step], count)
        yield rejected
        faulted = CounterMetricFamily("locum_requests_faulted", "Requests with an injected fault.", labels=labels)
        for operation, count in tally.faulted.items():
            faulted.add_metric(_labels(operation), count)
        yield faulted
        sources = CounterMetricFamily(
            "locum_proxy_requests", "Requests of a proxy, by the source of the response.", labels=[*labels, "source"]
        )
        for (operation, source), count in tally.sources.items():
            sources.add_metric([*_labels(operation), source], count)
        yield sources


def _labels(operation: tuple[str, str]) -> list[str]:
    return list(operation) if operation[1] else [_UNDECLARED, _UNDECLARED]
