"""The contract ring fails for an API that is broken on purpose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from locum import Response
from locum.options import AuthMode
from locum.server.handlers import module_of
from locum.server.services import Sources, load_services
from tests.conftest import ROOT, bearer, make_application
from tests.contract.conftest import BODIES, KNOWN
from tests.contract.ring import Setup, run

pytestmark = pytest.mark.xdist_group("mutants")


def _keep(module):
    def delete_api_key(store, caller, id):  # noqa: A002 (the contract's own name)
        """Report that the key is deleted, but keep it."""

    return delete_api_key


def _forget(module):
    create = module.create_api_key

    def create_api_key(store, caller, clock, new_id, body):
        """Report that the key is created, but do not store it."""
        made = create(store, caller, clock, new_id, body)
        del store[module.ApiKey][made["data"]["key"]["id"]]
        return made

    return create_api_key


def _crash(module):
    def list_api_keys(store, caller):
        raise RuntimeError("on purpose")

    return list_api_keys


def _lie(module):
    get = module.get_api_key

    def get_api_key(store, caller, id):  # noqa: A002
        return {**get(store, caller, id), "id": 5}

    return get_api_key


def _confide(module):
    get = module.get_api_key

    def get_api_key(store, caller, id):  # noqa: A002
        return Response(get(store, caller, id), headers={"X-Secret": "yes"})

    return get_api_key


KEYS = KNOWN["api-keys"](TestClient(make_application(), headers=bearer()))
MUTANTS = [
    (_keep, "use_after_free"),
    (_forget, "ensure_resource_availability"),
    (_crash, "not_a_server_error"),
    (_lie, "not_a_server_error"),
    (_confide, "not_a_server_error"),
]


@pytest.fixture
def only_api_keys(tmp_path):
    (tmp_path / "api-keys.yaml").write_text((ROOT / "specs" / "api-keys.yaml").read_text())
    return {"specs": (tmp_path,), "handlers": ROOT / "handlers", "max_worlds": 100_000}


def failed_checks(application, expected):
    """Return the failing checks; repeat the run up to six times until the expected ones fail.

    Generated requests differ, and a short run may not read a record that it has deleted.
    """
    failed = set()
    for seed in range(6):
        # Both applications have the same seed, so the ids are the same.
        report = run(application, application.services[0], Setup(KEYS, bodies=BODIES), seed)
        failed |= {failure.partition(":")[0] for failure in report.failures}
        if expected <= failed:
            break
    return failed


@pytest.mark.parametrize(("mutant", "check"), MUTANTS)
def test_a_broken_handler_fails_the_ring(only_api_keys, monkeypatch, mutant, check):
    # Imported here and not above: a test that serves may have reloaded the modules.
    module = module_of(ROOT / "handlers", "api-keys")
    broken = mutant(module)
    monkeypatch.setattr(module, broken.__name__, broken)

    assert check in failed_checks(make_application(**only_api_keys), {check})


def test_a_server_without_authentication_fails_the_ring(only_api_keys):
    expected = {"ignored_auth", "missing_required_header"}

    assert expected <= failed_checks(make_application(**only_api_keys, auth=AuthMode.OFF), expected)


def test_a_contract_that_declares_less_than_the_server_checks_fails_the_ring(only_api_keys):
    """An undeclared rule rejects requests that the contract allows."""
    document = only_api_keys["specs"][0] / "api-keys.yaml"
    document.write_text(document.read_text().replace("minLength: 3", "minLength: 30", 1))
    strict = make_application(**only_api_keys)
    generous = load_services(Sources(places=(ROOT / "specs" / "api-keys.yaml",)))[0]
    strict.services[0] = replace(strict.services[0], contract=generous.contract)

    assert "positive_data_acceptance" in failed_checks(strict, {"positive_data_acceptance"})
