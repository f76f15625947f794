"""External examples: files in `externalValue` are read with the document."""

from __future__ import annotations

import json

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read

FILES = {
    "a.json": b'[{"t": 9223372036854775807}]',
    "a.yaml": b"- t: outside\n",
    "a.txt": "dr\u00fcben".encode(),
    "a.bin": b"\x00\xff",
    "broken.json": b"{",
    "sub/b.json": b"5",
}


def document(media_type, value, **components):
    content = {media_type: {"examples": {"a": value}}}
    paths = {"/a": {"get": {"responses": {"200": {"description": "done", "content": content}}}}}
    return {"openapi": "3.0.3", "info": {"title": "Outside", "version": "1"}, "paths": paths, "components": components}


def load(folder, content, **options):
    for name, data in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    path = folder / "api.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return read(path, **options)


def examples(loaded, media_type):
    return compile_contract(loaded).operations["/a", "get"].responses["200"].media_types[media_type].examples


def unread(loaded):
    return [problem for problem in loaded.problems if problem.code == "unread-example"]


@pytest.mark.parametrize(
    ("media_type", "name", "value"),
    [
        ("application/json", "a.json", [{"t": 2**63 - 1}]),
        ("application/json", "./a.json", [{"t": 2**63 - 1}]),
        ("application/vnd.a+json", "a.yaml", [{"t": "outside"}]),
        ("application/json", "sub/b.json", 5),
        ("text/plain", "a.txt", "dr\u00fcben"),
        ("text/plain", "a.json", '[{"t": 9223372036854775807}]'),
        ("application/octet-stream", "a.bin", b"\x00\xff"),
        ("image/png", "a.txt", "dr\u00fcben".encode()),
        ("text/plain", "a.bin", b"\x00\xff"),
    ],
)
def test_a_file_is_read_by_its_media_type(tmp_path, media_type, name, value):
    loaded = load(tmp_path, document(media_type, {"externalValue": name}))

    assert examples(loaded, media_type) == {"a": value}
    assert not unread(loaded)
    json.dumps(loaded.content)


def test_an_example_in_the_components_is_read_by_the_ending_of_its_file(tmp_path):
    shared = {"json": {"externalValue": "a.json"}, "text": {"externalValue": "a.txt"}}
    loaded = load(tmp_path, document("application/json", {"$ref": "#/components/examples/json"}, examples=shared))

    assert examples(loaded, "application/json") == {"a": [{"t": 2**63 - 1}]}
    assert loaded.content["components"]["examples"]["text"]["value"] == "dr\u00fcben"


def test_an_external_value_is_relative_to_its_file(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "examples.yaml").write_text("a: {externalValue: b.json}\n", encoding="utf-8")
    loaded = load(tmp_path, document("application/json", {"$ref": "sub/examples.yaml#/a"}))

    assert examples(loaded, "application/json") == {"a": 5}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.json", "cannot be read"),
        ("broken.json", "broken.json:1:"),
        ("../outside.json", "outside the document's folder"),
        ("https://example.com/a.json", "--allow-refs"),
        ("", "cannot be read"),
    ],
)
def test_an_unreadable_external_example_is_ignored_and_reported(tmp_path, name, reason):
    (tmp_path / "outside.json").write_text("1", encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    loaded = load(folder, document("application/json", {"externalValue": name}))
    [failure] = unread(loaded)

    assert examples(loaded, "application/json") == {}
    assert failure.pointer.endswith("/examples/a/externalValue")
    assert reason in failure.message


def test_a_file_in_another_folder_is_read_if_allowed(tmp_path):
    (tmp_path / "outside.json").write_text("1", encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    loaded = load(folder, document("application/json", {"externalValue": "../outside.json"}), allow_refs=True)

    assert examples(loaded, "application/json") == {"a": 1}


def test_a_value_takes_precedence_over_an_external_value(tmp_path):
    loaded = load(tmp_path, document("application/json", {"value": 1, "externalValue": "a.json"}))

    assert examples(loaded, "application/json") == {"a": 1}


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("locum.openapi.load.references._MOST_BYTES", 8)
    loaded = load(tmp_path, document("application/json", {"externalValue": "a.json"}))

    assert "larger" in unread(loaded)[0].message
