"""Whole documents: every operation is asked with a valid request, and what it answers is declared and valid.

`documents/` holds small ones of our own. LOCUM_CORPUS names a folder of others, large and real; what
locum makes of those is in docs/corpus.md.
"""

from __future__ import annotations

import pytest

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
