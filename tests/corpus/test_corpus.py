"""Whole documents: every operation is asked with a valid request, and what it answers is declared and valid.

`documents/` holds small ones of our own. LOCUM_CORPUS names a folder of others, large and real; what
locum makes of those is in docs/corpus.md.
"""

from __future__ import annotations

import pytest

from tests.corpus.lifecycles import lifecycles
from tests.corpus.sources import CORPUS, DOCUMENTS
from tests.corpus.walks import started, walk

ALL = [*DOCUMENTS, *CORPUS]


@pytest.fixture(scope="module", params=ALL, ids=lambda path: path.name)
def served(request):
    return started(request.param)


def test_the_corpus_is_there():
    if not CORPUS:
        pytest.skip("LOCUM_CORPUS names no folder with OpenAPI documents: only our own small ones are asked")

    assert len({path.name for path in CORPUS}) == len(CORPUS)


def test_every_operation_gives_a_valid_request_a_declared_and_valid_answer(served):
    application, service = served
    found = walk(application, service)

    assert found.faults == []
    assert found.unmade == []
    assert sum(found.statuses.values()) + len(found.unreachable) == len(service.contract.operations)


def test_what_was_stored_is_what_is_given_listed_changed_and_removed(served):
    application, service = served
    broken = {life.path: life.problem for life in lifecycles(application, service) if life.problem}

    assert broken == {}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_our_own_documents_have_records_that_live(path):
    """The walk above is no empty one."""
    lives = lifecycles(*started(path))

    assert lives
    assert all({"created", "read"} <= set(life.done) for life in lives)
    assert any("deleted" in life.done for life in lives)
