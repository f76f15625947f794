"""The contract ring: run Schemathesis over every operation and check the result."""

from __future__ import annotations

import pytest

NAMES = ("api-keys", "credentials", "workflows", "control")
APIS = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in NAMES]
CHECKS = {
    "allow_header_conformance",
    "content_type_conformance",
    "ensure_resource_availability",
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "object_level_authorization",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
    "use_after_free",
}


@pytest.mark.parametrize("api", APIS)
def test_no_check_fails_and_no_case_crashes(fuzzed, api, record_property):
    _, _, report = fuzzed(api)
    record_property("summary", f"{api}: {report}")

    assert report.failures == []
    assert report.errors == []


@pytest.mark.parametrize("api", APIS)
def test_every_check_was_run(fuzzed, api):
    _, _, report = fuzzed(api)

    # On loopback the control API requires no credentials that could be ignored.
    optional = {"ignored_auth"} if api == "control" else set()
    assert CHECKS - optional <= set(report.checks) <= CHECKS
    assert set(report.phases) == {"examples", "coverage", "fuzzing", "stateful"}


@pytest.mark.parametrize("api", APIS)
def test_every_operation_succeeded_at_least_once_under_fuzzing(fuzzed, api):
    """Credentials and test data were sufficient for every operation."""
    _, service, report = fuzzed(api)
    succeeded = {operation_id for operation_id, status in report.validated if status < 300}

    assert succeeded == {operation.operation_id for operation in service.contract.operations.values()}
