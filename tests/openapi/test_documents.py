"""Documents: find and read them, and report errors with their position."""

from __future__ import annotations

import hashlib

import pytest

from locum.openapi.load.documents import BadDocument, documents_in, read

HEAD = "openapi: 3.0.3\ninfo: {title: Things, version: '1'}\npaths: {}\n"


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a document and returns its path."""

    def write(content, name="things.yaml"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def test_documents_are_found_by_name_in_order(written, tmp_path):
    for name in ("b.yml", "c.yaml", "notes.txt", ".hidden"):
        written(HEAD, name)
    written('{"openapi": "3.0.3"}', "a.json")
    (tmp_path / "folder.yaml").mkdir()

    assert [path.name for path in documents_in(tmp_path)] == ["a.json", "b.yml", "c.yaml"]


def test_a_single_document_can_be_named(written, tmp_path):
    assert documents_in(written(HEAD)) == [tmp_path / "things.yaml"]


def test_a_missing_folder_is_reported_with_a_hint(tmp_path):
    with pytest.raises(BadDocument, match=r"gone: there is no such file or folder."):
        documents_in(tmp_path / "gone")


def test_a_folder_without_documents_is_reported_with_a_hint(written, tmp_path):
    written("", "notes.txt")

    with pytest.raises(BadDocument, match=r"no OpenAPI document \(.yaml, .yml or .json\) is in this folder"):
        documents_in(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pets.yaml", "Pet: {type: object, description: 'See openapi: the standard.'}\n"),
        ("pets.yaml", "description: |\n  openapi: 3.0.3\n"),
        ("pets.json", '{"Pet": {"openapi": "no"}}'),
        ("hints.yaml", "overlay: 1.0.0\nextends: openapi.yaml\nactions: []\n"),
        ("settings.json", '["openapi"]'),
        ("broken.yaml", "a: [1\n"),
    ],
)
def test_other_files_in_a_folder_are_ignored(written, tmp_path, name, content):
    written(content, name)
    written(HEAD, "z.yaml")

    assert [path.name for path in documents_in(tmp_path)] == ["z.yaml"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yaml", "# openapi\ninfo: {}\nopenapi: 3.0.3\n"),
        ("a.yaml", "{info: {}, openapi: 3.0.3}"),
        ("a.yaml", "  info: {}\n  'openapi': 3.0.3\n"),
        ("a.yaml", "swagger: '2.0'\n"),
        ("a.json", '{"info": {}, "swagger": "2.0"}'),
        ("a.yaml", "openapi: 3.0.3\ninfo: [1\n"),
    ],
)
def test_a_file_with_the_key_at_its_top_is_a_document(written, tmp_path, name, content):
    assert documents_in(written(content, name).parent) == [tmp_path / name]


def test_a_folder_of_fragments_is_reported(written, tmp_path):
    written("Pet: {}\n", "pets.yaml")

    with pytest.raises(BadDocument, match=r"none of its files is an OpenAPI document: they lack the top-level key"):
        documents_in(tmp_path)


def test_a_document_has_its_name_source_and_title(written):
    document = read(written(HEAD, "api-keys.yaml"))

    assert (document.name, document.title, document.source) == ("api-keys", "Things", HEAD.encode())
    assert document.digest == hashlib.sha256(HEAD.encode()).hexdigest()


def test_the_title_of_a_document_defaults_to_its_name(written):
    assert read(written("openapi: 3.0.3\n")).title == "things"


def test_json_and_yaml_are_read_equally(written):
    as_json = b'{"openapi": "3.0.3", "info": {"title": "Things", "version": "1"}, "paths": {}}'

    assert read(written(as_json, "things.json")).content == read(written(HEAD)).content
    assert read(written(as_json, "things.yaml")).content == read(written(HEAD, "b.yaml")).content


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"),
        ("no", "no"),
        ("on", "on"),
        ("Y", "Y"),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("=", "="),
        ("1.2.3", "1.2.3"),
        ("'5'", "5"),
        ("5", 5),
        ("-5", -5),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("99999999999999999999", 99999999999999999999),
    ],
)
def test_yaml_is_read_as_json_types(written, text, value):
    found = read(written(f"{HEAD}x: {text}\n")).content["x"]

    assert (found, type(found)) == (value, type(value))


def test_keys_are_text(written):
    content = read(written(HEAD + "x: {200: a, true: b, null: c, 1.5: d, no: e}\ny: [{404: f}]")).content

    assert content["x"] == {"200": "a", "true": "b", "null": "c", "1.5": "d", "no": "e"}
    assert content["y"] == [{"404": "f"}]


def test_anchors_and_merges_are_followed(written):
    content = read(written(HEAD + "x: &x {a: 1}\ny: {<<: *x, b: 2}\nz: *x")).content

    assert (content["y"], content["z"]) == ({"a": 1, "b": 2}, {"a": 1})


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        ("openapi: 3.0.3\ninfo: [1\n", "a.yaml", r"a.yaml:3:1: "),
        ("openapi: 3.0.3\n\tinfo: x\n", "a.yaml", r"a.yaml:2:1: found a tab character"),
        ("openapi: 3.0.3\ninfo: {a: b: c}\n", "a.yaml", r"a.yaml:2:12: "),
        (
            "openapi: 3.0.3\nx: !!python/object:os.system 1\n",
            "a.yaml",
            r"a.yaml:2:4: could not determine a constructor",
        ),
        ("openapi: 3.0.3\nx: {? [1] : 2}\n", "a.yaml", r"a.yaml:2:\d+: found unhashable key"),
        ("openapi: 3.0.3\nx: &x [*x]\n", "a.yaml", r"a.yaml:2:8: the alias 'x' is inside the value that it refers to"),
        ("x: *unknown\n", "a.yaml", r"a.yaml:1:4: found undefined alias"),
        (b"openapi: 3.0.3\nx: \xff\n", "a.yaml", r"a.yaml:2:4: the byte 0xff is not UTF-8"),
        ('{\n  "openapi": "3.0.3",\n  "x": tru\n}', "a.json", r"a.json:3:\d+: "),
        (b'{"x": "\xff"}', "a.json", r"a.json:1:8: the byte 0xff is not UTF-8"),
        ("", "a.json", r"a.json:1:1: "),
    ],
)
def test_a_document_that_cannot_be_parsed_is_reported_with_line_and_column(written, content, name, sentence):
    with pytest.raises(BadDocument, match=sentence):
        read(written(content, name))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", r"things.yaml:1:1: this is not an OpenAPI document, which is an object with the key `openapi`."),
        ("[]", r"things.yaml:1:1: this is not an OpenAPI document, which is an object"),
        ("5", r"things.yaml:1:1: this is not an OpenAPI document, which is an object"),
        ("info: {}", r"things.yaml:1:1: this is not an OpenAPI document, which has the key `openapi` at its top."),
        ("overlay: 1.0.0", r"things.yaml:1:1: this is an overlay; name the document, and this with --overlay."),
        ("info: {}\nswagger: 1.2", r"things.yaml:2:1: #/swagger: must be '2.0' in quotes, not 1.2."),
    ],
)
def test_a_document_that_is_not_openapi_is_rejected(written, content, sentence):
    with pytest.raises(BadDocument, match=sentence):
        read(written(content))


@pytest.mark.parametrize(
    ("version", "read_as", "message"),
    [
        ("2.0.0", "3.1", "must be 3.0, 3.1 or 3.2, not '2.0.0'."),
        ("3.0", "3.0", "a version is text: write '3.0.0' in quotes."),
        ("3.1", "3.1", "a version is text: write '3.1.0' in quotes."),
        ("3", "3.0", "must be 3.0, 3.1 or 3.2, not 3."),
        ("3.3.0", "3.2", "must be 3.0, 3.1 or 3.2, not '3.3.0'."),
        ("[3]", "3.1", "must be 3.0, 3.1 or 3.2, not a list of 1."),
        ("null", "3.1", "must be 3.0, 3.1 or 3.2, not null."),
    ],
)
def test_a_document_of_an_unknown_version_is_read_as_the_nearest_one(written, version, read_as, message):
    (problem,) = read(written(f"openapi: {version}\npaths: {{}}\n")).problems

    assert problem == ("/openapi", "version", message, f"It is read as {read_as}.")


@pytest.mark.parametrize("version", ["2.0", "2", "'2'"])
def test_swagger_without_quotes_is_read_with_a_problem(written, version):
    document = read(written(f"swagger: {version}\npaths: {{}}\n"))

    assert [(one.pointer, one.code) for one in document.problems] == [("/swagger", "version")]
    assert document.content["openapi"] == "3.0.3"


@pytest.mark.parametrize("version", ["3.0.0", "3.0.4", "3.1.0", "3.1.1", "3.2.0"])
def test_every_openapi_3_is_read(written, version):
    assert read(written(f"openapi: {version}\n")).content == {"openapi": version}


def test_a_missing_document_is_reported(tmp_path):
    with pytest.raises(BadDocument, match=r"gone.yaml: cannot be read \(No such file or directory\)"):
        read(tmp_path / "gone.yaml")


def test_a_document_that_is_too_large_is_not_parsed(written, monkeypatch):
    monkeypatch.setattr("locum.openapi.load.files.MOST_BYTES", 1024 * 1024)

    with pytest.raises(BadDocument, match="larger than 1 MiB"):
        read(written(HEAD + "#" * 1024 * 1024))


@pytest.mark.parametrize(
    ("servers", "base_path"),
    [
        ("[]", ""),
        ("[{url: /}]", ""),
        ("[{url: /api/}]", "/api"),
        ("[{url: api/v1}]", "/api/v1"),
        ("[{url: 'https://a.example'}]", ""),
        ("[{url: 'https://a.example:8443/v1/'}, {url: /other}]", "/v1"),
        ("[{url: '{scheme}://a.example/{base}', variables: {scheme: {default: https}, base: {default: v2}}}]", "/v2"),
        ("[{url: 'https://a.example/v1?x=/y#z'}]", "/v1"),
        ("[{url: 'https://a.example/{v}', variables: {v: {default: 3}}}]", "/3"),
        ("[{url: '/a%20b/'}]", "/a%20b"),
        ("[{url: './v1'}]", "/v1"),
        ("[{url: '../v1//x/'}]", "/v1/x"),
        ("[{url: 'https://a.example/v1/../v2/./x'}]", "/v2/x"),
        ("[{url: 'https://[bad/v1'}]", "/v1"),
        ("[{url: '//a.example/v1'}]", "/v1"),
        ("[{url: '{scheme}://a.example/v1'}]", "/v1"),
        ("[{url: '{server}/v1'}]", "/v1"),
        ("[{url: '/{v}', variables: [v]}]", "/{v}"),
        ("[{url: '/{v}', variables: {v: 1}}]", ""),
        ("[{url: '/{v}', variables: {v: {enum: [v2, v3]}}}]", "/v2"),
        ("[{url: '/{v}', variables: {v: {enum: []}}}]", ""),
        ("{}", ""),
        ("[text]", ""),
    ],
)
def test_the_base_path_is_that_of_the_first_server(written, servers, base_path):
    assert read(written(f"{HEAD}servers: {servers}\n")).base_path == base_path


def test_without_servers_there_is_no_base_path(written):
    assert read(written(HEAD)).base_path == ""


@pytest.mark.parametrize("depth", [201, 900, 100_000])
def test_json_that_nests_too_deep_is_rejected(written, depth):
    with pytest.raises(BadDocument, match=r"a.json:\d+:\d+: (nests deeper than 200 levels|.*depth limit exceeded)"):
        read(written('{"openapi": "3.1.0", "x": ' + "[" * depth + "]" * depth + "}", "a.json"))


@pytest.mark.parametrize("text", ["[" * 100 + "]" * 100, '"' + "[{" * 1000 + '"'])
def test_brackets_in_texts_do_not_count_as_depth(written, text):
    assert "x" in read(written('{"openapi": "3.1.0", "x": ' + text + "}", "a.json")).content
