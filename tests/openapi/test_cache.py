"""The cache saves time and has no other effect."""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor

import pytest

from locum.files import default_cache
from locum.openapi.load.documents import read
from locum.openapi.load.files import recall, remember

TEXT = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {}\n"


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "a.yaml"
    place.write_text(TEXT)
    return place


def test_a_cached_value_is_read_back(tmp_path):
    remember(tmp_path / "deep" / "cache", "name", b"data")

    assert recall(tmp_path / "deep" / "cache", "name") == b"data"
    assert [place.name for place in (tmp_path / "deep" / "cache").iterdir()] == ["name"]


def test_nothing_is_stored_without_a_cache():
    remember(None, "name", b"data")

    assert recall(None, "name") is None


def test_an_unwritable_cache_is_ignored(tmp_path):
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file", "name", b"data")

    assert recall(tmp_path / "file", "name") is None


def test_a_parsed_document_is_cached(path, tmp_path):
    first = read(path, tmp_path / "cache")
    (remembered,) = (tmp_path / "cache").iterdir()
    before = remembered.stat().st_mtime_ns, remembered.stat().st_ino

    assert (first.title, read(path, tmp_path / "cache").title) == ("A", "A")
    assert (remembered.stat().st_mtime_ns, remembered.stat().st_ino) == before


def test_a_damaged_entry_is_parsed_again(path, tmp_path):
    read(path, tmp_path / "cache")
    (remembered,) = (tmp_path / "cache").iterdir()
    remembered.write_bytes(b'{"openapi":')

    assert read(path, tmp_path / "cache").title == "A"


def test_a_changed_document_has_another_entry(path, tmp_path):
    read(path, tmp_path / "cache")
    path.write_text(TEXT.replace("title: A", "title: C"))

    assert read(path, tmp_path / "cache").title == "C"


def test_the_cache_is_in_xdg_cache_home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert default_cache() == tmp_path / "locum"


def test_json_is_not_cached_because_parsing_is_as_fast(tmp_path):
    place = tmp_path / "a.json"
    place.write_text('{"openapi": "3.0.3"}')
    read(place, tmp_path / "cache")

    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("damage", [b"", b"{", b'{"openapi": "3.0.3", ', b"\xff\xfe", b"\0" * 100])
def test_any_damage_is_repaired_by_parsing_again(path, tmp_path, damage):
    first = read(path, tmp_path / "cache").content
    (remembered,) = (tmp_path / "cache").iterdir()
    whole = remembered.read_bytes()
    remembered.write_bytes(damage)

    assert read(path, tmp_path / "cache").content == first
    assert remembered.read_bytes() == whole


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    remember(tmp_path, "name", b"before")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    remember(tmp_path, "name", b"after")

    assert recall(tmp_path, "name") == b"before"
    assert [place.name for place in tmp_path.iterdir()] == ["name"]


def test_concurrent_processes_find_complete_entries(tmp_path):
    texts = [str(number).encode() * 100_000 for number in range(8)]

    def race(data):
        for _ in range(20):
            remember(tmp_path, "name", data)
            assert recall(tmp_path, "name") in texts

    with ThreadPoolExecutor(8) as runners:
        list(runners.map(race, texts))

    assert [place.name for place in tmp_path.iterdir()] == ["name"]
