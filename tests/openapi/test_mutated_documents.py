"""Mutants of our documents: each is served, or rejected with a message."""

from __future__ import annotations

import pytest

from tests.openapi.mutants import SOURCES, failures_of, mutants

_EACH = 8
"""Mutants of each document; `make fuzz` checks more."""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_mutant_is_served_or_rejected_with_a_message(path, tmp_path):
    failures = [(mutant.name, failures_of(mutant, tmp_path)) for mutant in mutants(path, range(_EACH))]

    assert [failure for failure in failures if failure[1]] == []


def test_mutants_are_the_same_each_time():
    first, second = (list(mutants(SOURCES[0], range(3, 6))) for _ in range(2))

    assert first == second
    assert first[0].changes != first[1].changes
