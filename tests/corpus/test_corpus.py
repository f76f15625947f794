"""Whole documents: every operation responds to a valid request as declared.

`documents/` has small ones of our own for the strict tests: no valid request is rejected, and lifecycles are
consistent. Large, real ones are in the folder that `sources.py` finds; a sample of their operations is tested here to
limit the time. `make corpus` tests all operations and lists the findings in docs/corpus.md.
"""

from __future__ import annotations

import pytest

from tests.corpus.fuzzing import Bounds, fuzz
from tests.corpus.lifecycles import lifecycles
from tests.corpus.page import STARTS, WALKS, names_in
from tests.corpus.sources import CORPUS, DOCUMENTS, MISSING
from tests.corpus.walks import start_service, walk

MOST_OPERATIONS = 25
MOST_LIVES = 4
FUZZED = {"library", "parcels"}
"""Documents that are fuzzed for a few seconds in every test run; `make corpus` fuzzes all."""


def documents(paths) -> list:
    """Return parameters of tests. All tests of a document run in one process, which reads it once."""
    return [pytest.param(path, id=path.name, marks=pytest.mark.xdist_group(f"corpus {path.name}")) for path in paths]


@pytest.fixture(scope="module", params=documents((*DOCUMENTS, *CORPUS)))
def served(request):
    return start_service(request.param)


def test_the_corpus_exists():
    if not CORPUS:
        pytest.skip(MISSING)

    assert len({path.name for path in CORPUS}) == len(CORPUS)


def test_the_tables_of_the_page_have_rows_for_tested_documents():
    """`make corpus` takes an hour for all documents, so its table has those of the last run."""
    if not CORPUS:
        pytest.skip(MISSING)
    own, corpus = [path.name for path in DOCUMENTS], [path.name for path in CORPUS]

    assert names_in(WALKS)[: len(own)] == own
    assert set(names_in(WALKS)) <= {*own, *corpus}
    assert names_in(STARTS) == corpus


def test_operations_respond_as_declared(served):
    """A document can reference unknown records or contradict itself, so a 4XX is allowed."""
    application, service = served
    found = walk(application, service, MOST_OPERATIONS)

    assert found.failures == []
    assert found.unmade == []
    assert sum(found.statuses.values()) + len(found.unreachable) + len(found.equal) == found.operations > 0


def test_lifecycles_of_records_cause_no_server_errors(served):
    application, service = served

    assert [life.failures for life in lifecycles(application, service, MOST_LIVES) if life.failures] == []


@pytest.mark.parametrize("path", documents(DOCUMENTS))
def test_our_own_documents_reject_no_valid_request(path):
    found = walk(*start_service(path))

    assert found.faults == found.failures == []
    assert len(found.statuses) > 1


@pytest.mark.parametrize("path", documents(DOCUMENTS))
def test_lifecycles_of_records_in_our_documents_are_consistent(path):
    lives = lifecycles(*start_service(path))

    assert {life.path: life.problem for life in lives if life.problem} == {}
    assert lives
    assert all({"created", "read"} <= set(life.done) for life in lives)
    assert any("deleted" in life.done for life in lives)


@pytest.mark.parametrize("path", [one for one in DOCUMENTS if one.stem in FUZZED], ids=lambda path: path.name)
def test_schemathesis_finds_no_unexplained_failure(path):
    found = fuzz(*start_service(path), Bounds(examples=5))

    assert found.failures == {}
    assert found.errors == []
    assert found.checks["negative_data_rejection"]
    assert found.checks["use_after_free"]
