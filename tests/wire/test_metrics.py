"""Metrics of a server: what is counted, under which labels, and what no reset touches."""

from __future__ import annotations

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from locum.server.request_log import Output, RequestLog
from locum.world.journal import Journal
from locum.world.ledger import Ledger
from tests.conftest import bearer, make_application
from tests.journals import EMPTY

HEADERS = {"X-Locum-World": "measured", **bearer()}
KEYS = ("api-keys", "listApiKeys")


@pytest.fixture
def client():
    return TestClient(make_application(), headers=HEADERS)


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("sent", "shown"), [(TRACE, TRACE), (TRACE.upper(), None), ("00-" + "0" * 32 + TRACE[35:], None), ("s3cret", None)]
)
def test_a_valid_traceparent_is_in_the_journal_and_the_json_log_with_a_request_id(sent, shown):
    application = make_application()
    client = TestClient(application, headers={**HEADERS, "traceparent": sent})
    client.get("/api/keys").raise_for_status()
    client.get("/nowhere")
    lines = []
    RequestLog(lambda: application.worlds, lines.extend, Output(as_json=True)).poll()

    logged = [json.loads(line) for line in lines]
    assert [(one["request_id"], one.get("traceparent")) for one in logged] == [
        ("measured/1", shown),
        ("measured/2", shown),
    ]
    entries = client.get("/__locum/journal").raise_for_status().json()
    assert [one.get("traceparent") for one in entries] == [shown, shown]


def metrics(client):
    """Return the samples of a server by name and the values of their labels, which are sorted by name."""
    response = client.get("/__locum/metrics").raise_for_status()
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = [sample for family in text_string_to_metric_families(response.text) for sample in family.samples]
    found = {(one.name, tuple(one.labels[key] for key in sorted(one.labels))): one.value for one in samples}
    assert len(found) == len(samples)
    return found


def test_requests_are_counted_by_operation_status_and_duration_and_no_reset_touches_them(client):
    for _ in range(3):
        client.get("/api/keys").raise_for_status()
    client.get("/api/keys", headers={"Authorization": ""})
    client.post("/__locum/worlds/measured/reset").raise_for_status()
    client.delete("/__locum/worlds/measured").raise_for_status()
    found = metrics(client)

    assert found["locum_requests_total", (*KEYS, "200")] == 3
    assert found["locum_requests_total", (*KEYS, "401")] == 1
    assert found["locum_requests_rejected_total", (*KEYS, "authentication")] == 1
    assert found["locum_request_duration_seconds_count", KEYS] == 4
    assert found["locum_request_duration_seconds_bucket", (KEYS[0], "+Inf", KEYS[1])] == 4
    assert found["locum_request_duration_seconds_sum", KEYS] > 0
    assert (found["locum_worlds", ()], found["locum_journal_entries", ()]) == (1, 0)


def test_worlds_records_journals_and_faults_are_counted(client):
    before = metrics(client)
    client.post("/__locum/faults", json={"operation": "listApiKeys", "status": 503}).raise_for_status()
    client.get("/api/keys")
    client.get("/api/keys", headers={"Prefer": "code=401"})
    found = metrics(client)

    assert found["locum_requests_faulted_total", KEYS] == 2
    assert found["locum_worlds", ()] == before["locum_worlds", ()] + 1
    assert found["locum_records", ()] > before["locum_records", ()] > 0
    assert found["locum_journal_entries", ()] == 2
    assert found["locum_journal_bytes", ()] > 0
    assert not any(name.startswith("locum_proxy_requests") for name, _ in found)


@pytest.mark.parametrize(("most", "size"), [(3, 10), (1000, 10), (1000, 60_000)])
def test_each_entry_is_counted_once_however_it_leaves_the_journal(most, size):
    ledger = Ledger()
    journal = Journal(most, most_bytes=1024 * 1024, ledger=ledger)
    for number in range(1, 701):
        journal.record(EMPTY, size)
        if number in {1, 100, 650}:
            journal.count_new()
    journal.bound(2, 1000)
    journal.clear()
    journal.record(EMPTY, size)
    journal.count_new()
    journal.count_new()

    assert [sum(durations.counts) for durations in ledger.tally.requests.values()] == [701]


def test_what_clients_send_is_no_label(client):
    for number in range(30):
        client.request("GET" if number % 2 else f"METHOD{number}", f"/s3cret-{number}?token=s3cret")
    text = client.get("/__locum/metrics").text

    assert 'locum_requests_total{api="undeclared",operation="undeclared",status="404"} 30.0' in text
    assert text.count('api="undeclared",operation="undeclared",status=') == 1
    assert "s3cret" not in text
    assert "METHOD" not in text
