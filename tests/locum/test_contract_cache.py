"""The cache: a saving of time, and never anything else."""

from __future__ import annotations

import pytest

from locum.contract.cache import default_cache, recall, remember
from locum.contract.documents import read

TEXT = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {}\n"


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "a.yaml"
    place.write_text(TEXT)
    return place


def test_what_is_remembered_is_recalled_whole(tmp_path):
    remember(tmp_path / "deep" / "cache", "name", b"data")

    assert recall(tmp_path / "deep" / "cache", "name") == b"data"
    assert [place.name for place in (tmp_path / "deep" / "cache").iterdir()] == ["name"]


def test_nothing_is_remembered_without_a_cache():
    remember(None, "name", b"data")

    assert recall(None, "name") is None


def test_a_cache_that_cannot_be_written_is_none(tmp_path):
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file", "name", b"data")

    assert recall(tmp_path / "file", "name") is None


def test_a_parsed_document_is_found_again(path, tmp_path):
    first = read(path, tmp_path / "cache")
    (remembered,) = (tmp_path / "cache").iterdir()
    remembered.write_bytes(remembered.read_bytes().replace(b'"A"', b'"B"'))

    assert (first.title, read(path, tmp_path / "cache").title) == ("A", "B")


def test_a_damaged_memory_is_parsed_again(path, tmp_path):
    read(path, tmp_path / "cache")
    (remembered,) = (tmp_path / "cache").iterdir()
    remembered.write_bytes(b'{"openapi":')

    assert read(path, tmp_path / "cache").title == "A"


def test_a_changed_document_is_another_one(path, tmp_path):
    read(path, tmp_path / "cache")
    path.write_text(TEXT.replace("title: A", "title: C"))

    assert read(path, tmp_path / "cache").title == "C"


def test_the_cache_is_where_the_desktop_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert default_cache() == tmp_path / "locum"
