"""Validity: what is said of an invalid document, and what is remembered of a valid one."""

from __future__ import annotations

import openapi_spec_validator
import pytest

from locum.contract.cache import default_cache
from locum.contract.documents import read
from locum.contract.validity import faults_of

VALID = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {}\n"


@pytest.fixture
def document(tmp_path):
    """Return a function that reads a document from text."""

    def written(text=VALID):
        path = tmp_path / "things.yaml"
        path.write_text(text, encoding="utf-8")
        return read(path)

    return written


@pytest.fixture
def judged(monkeypatch):
    """Return the list of the documents that are judged from here on."""
    found = []

    class Noting(openapi_spec_validator.OpenAPIV30SpecValidator):
        def iter_errors(self):
            found.append(1)
            return super().iter_errors()

    monkeypatch.setattr(openapi_spec_validator, "OpenAPIV30SpecValidator", Noting)
    return found


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_a_valid_document_has_no_faults(document, version):
    assert faults_of(document(VALID.replace("3.0.3", version)), None) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("openapi: 3.0.3\ninfo: {title: A}\npaths: {}\n", '/info: "version" is a required property'),
        ("openapi: 3.1.0\ninfo: {title: A}\npaths: {}\n", '/info: "version" is a required property'),
        (VALID.replace("{}", "{/a: {get: {responses: {200: {}}}}}"), "/paths/~1a/get/responses/200: "),
        (VALID.replace("{}", "{/a: {get: {responses: {200: {$ref: '#/gone'}}}}}"), "gone"),
        (
            VALID + "components: {schemas: {A: {type: string, pattern: '('}}}\n",
            ": /components/schemas/A/pattern: is not a regular expression of ECMA 262",
        ),
        (VALID + "components: {schemas: {A: {type: integer, default: x}}}\n", "'x' is not of type 'integer'"),
    ],
)
def test_a_fault_is_a_sentence_with_the_file_the_pointer_and_the_reason(document, text, fault):
    sentences = faults_of(document(text), None)

    assert any(fault in sentence for sentence in sentences), sentences
    for sentence in sentences:
        assert sentence.startswith(str(document(text).path))
        assert "\n" not in sentence
        assert len(sentence) < 700


@pytest.mark.parametrize("pattern", [r"^\p{Lu}$", "(?<year>[0-9]{4})", r"[\u{1F600}]"])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_pattern_of_ecma_262_is_no_fault_though_python_cannot_read_it(document, pattern, version):
    schema = f"components: {{schemas: {{A: {{type: string, pattern: '{pattern}'}}}}}}\n"

    assert faults_of(document(VALID.replace("3.0.3", version) + schema), None) == []


@pytest.mark.parametrize("pattern", ["(", r"a\Z", "(?>a)", r"\d{2", "[^]"])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_a_pattern_that_no_value_can_be_judged_by_is_a_fault_though_python_may_read_it(document, pattern, version):
    schema = f"components: {{schemas: {{A: {{type: string, pattern: '{pattern}'}}}}}}\n"
    faults = faults_of(document(VALID.replace("3.0.3", version) + schema), None)

    assert [fault for fault in faults if fault.endswith("/A/pattern: is not a regular expression of ECMA 262")]


def test_a_pattern_may_stand_for_names_and_what_only_looks_like_one_is_none(document):
    schemas = "{A: {patternProperties: {'(': {}}}, B: {properties: {pattern: {enum: [{pattern: '('}]}}}}"
    faults = faults_of(document(VALID.replace("3.0.3", "3.1.0") + f"components: {{schemas: {schemas}}}\n"), None)

    assert [fault.partition("things.yaml: ")[2].partition(": ")[0] for fault in faults if "ECMA" in fault] == [
        "/components/schemas/A/patternProperties/("
    ]


def test_a_valid_document_is_judged_once(document, judged, tmp_path):
    cache = tmp_path / "new" / "cache"

    assert [faults_of(document(), cache) for _ in range(3)] == [[], [], []]
    assert len(judged) == 1
    assert len(list(cache.iterdir())) == 1


def test_a_changed_document_is_judged_again(document, judged, tmp_path):
    faults_of(document(), tmp_path)
    faults_of(document(VALID + "# changed\n"), tmp_path)

    assert len(judged) == 2


def test_an_invalid_document_is_judged_every_time(document, judged, tmp_path):
    invalid = document("openapi: 3.0.3\npaths: {}\n")

    assert faults_of(invalid, tmp_path) == faults_of(invalid, tmp_path) != []
    assert len(judged) == 2


def test_without_a_cache_nothing_is_remembered(document, judged):
    faults_of(document(), None)
    faults_of(document(), None)

    assert len(judged) == 2


def test_a_cache_that_cannot_be_written_is_only_slower(document, judged, tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")

    assert faults_of(document(), file / "cache") == faults_of(document(), file / "cache") == []
    assert len(judged) == 2


def test_the_cache_is_where_the_user_keeps_caches(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "locum"

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache() == tmp_path / ".cache" / "locum"
