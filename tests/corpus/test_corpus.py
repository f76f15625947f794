"""Whole documents: operations get a valid request, and their response is declared and valid.

`documents/` holds small ones of our own. Others, large and real, are in the folder that `sources.py` finds; of each a
sample of operations is tried here, so that the time is bounded. `make corpus` tries them all: docs/corpus.md.
"""

from __future__ import annotations

import pytest

from tests.corpus.fuzzing import Bounds, fuzz
from tests.corpus.lifecycles import lifecycles
from tests.corpus.sources import CORPUS, DOCUMENTS, MISSING
from tests.corpus.walks import started, walk

ALL = [
    pytest.param(path, id=path.name, marks=pytest.mark.xdist_group(f"corpus {path.name}"))
    for path in (*DOCUMENTS, *CORPUS)
]
"""Both tests of a document run in one process, which reads it once."""
MOST_OPERATIONS = 40
MOST_LIVES = 10
FUZZED = {"library", "parcels"}
"""Those that are fuzzed at each run of the tests, for a few seconds; `make corpus` fuzzes all."""


@pytest.fixture(scope="module", params=ALL)
def served(request):
    return started(request.param)


def test_the_corpus_is_there():
    if not CORPUS:
        pytest.skip(MISSING)

    assert len({path.name for path in CORPUS}) == len(CORPUS)


def test_operations_give_a_valid_request_a_declared_and_valid_response(served):
    application, service = served
    found = walk(application, service, MOST_OPERATIONS)

    assert found.faults == []
    assert found.unmade == []
    assert sum(found.statuses.values()) + len(found.unreachable) == found.operations > 0


def test_what_was_stored_is_what_is_given_listed_changed_and_removed(served):
    application, service = served
    broken = {life.path: life.problem for life in lifecycles(application, service, MOST_LIVES) if life.problem}

    assert broken == {}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_our_own_documents_have_records_that_live(path):
    """The walk above is no empty one."""
    lives = lifecycles(*started(path))

    assert lives
    assert all({"created", "read"} <= set(life.done) for life in lives)
    assert any("deleted" in life.done for life in lives)


@pytest.mark.parametrize("path", [one for one in DOCUMENTS if one.stem in FUZZED], ids=lambda path: path.name)
def test_no_check_of_schemathesis_finds_a_failure_of_ours(path):
    found = fuzz(*started(path), Bounds(examples=5))

    assert found.failures == {}
    assert found.errors == []
    assert found.checks["negative_data_rejection"]
    assert found.checks["use_after_free"]
