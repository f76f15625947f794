"""Validity: what is said of an invalid document, and what is remembered of a valid one."""

from __future__ import annotations

import time

import jsonschema_rs
import openapi_spec_validator
import pytest
from locum.openapi.lint.validity import faults, faults_of

from locum.openapi.load.cache import default_cache
from locum.openapi.load.documents import read
from locum.openapi.patterns import PATTERN_OPTIONS, is_pattern

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

    def noting(document):
        found.append(document)
        return faults(document)

    monkeypatch.setattr("locum.openapi.lint.validity.faults", noting)
    return found


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_a_valid_document_has_no_faults(document, version):
    assert faults_of(document(VALID.replace("3.0.3", version)), None) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("openapi: 3.0.3\ninfo: {title: A}\npaths: {}\n", "2:1: #/info: 'version' is missing."),
        ("openapi: 3.1.0\ninfo: {title: A}\npaths: {}\n", "2:1: #/info: 'version' is missing."),
        (
            VALID.replace("{}", "{/a: {get: {responses: {200: {}}}}}"),
            "3:32: #/paths/~1a/get/responses/200: 'description' is missing.",
        ),
        (
            VALID.replace("{}", "{/a: {get: {responses: {200: {$ref: '#/gone'}}}}}"),
            "3:38: #/paths/~1a/get/responses/200/$ref: #/gone leads nowhere: there is no 'gone' at #/.",
        ),
        (
            VALID + "components: {schemas: {A: {type: string, pattern: '('}}}\n",
            "4:42: #/components/schemas/A/pattern: is not a regular expression of ECMA 262.",
        ),
        (
            VALID + "components: {schemas: {A: {type: integer, default: x}}}\n",
            """4:43: #/components/schemas/A/default: 'x' breaks its own schema: type "integer".""",
        ),
    ],
)
def test_a_fault_is_a_sentence_with_the_file_the_place_the_pointer_and_the_reason(document, text, fault):
    sentences = faults_of(document(text), None)

    assert len(sentences) == 1
    assert sentences[0].startswith(f"{document(text).path}:{fault}")
    assert "\n" not in sentences[0]


@pytest.mark.parametrize("pattern", [r"^\p{Lu}$", "(?<year>[0-9]{4})", r"[\u{1F600}]"])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_pattern_of_ecma_262_is_no_fault_though_python_cannot_read_it(document, pattern, version):
    schema = f"components: {{schemas: {{A: {{type: string, pattern: '{pattern}'}}}}}}\n"

    assert faults_of(document(VALID.replace("3.0.3", version) + schema), None) == []


@pytest.mark.parametrize("pattern", ["(", r"a\Z", "(?>a)", "a++", "(?i)a", "(?P<x>a)"])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_a_pattern_that_no_value_can_be_judged_by_is_a_fault_though_python_may_read_it(document, pattern, version):
    schema = f"components: {{schemas: {{A: {{type: string, pattern: '{pattern}'}}}}}}\n"
    found = faults_of(document(VALID.replace("3.0.3", version) + schema), None)

    assert [fault for fault in found if fault.endswith("/A/pattern: is not a regular expression of ECMA 262.")]


def test_a_pattern_may_stand_for_names_and_what_only_looks_like_one_is_none(document):
    schemas = "{A: {patternProperties: {'(': {}}}, B: {properties: {pattern: {enum: [{pattern: '('}]}}}}"
    found = faults_of(document(VALID.replace("3.0.3", "3.1.0") + f"components: {{schemas: {schemas}}}\n"), None)

    (fault,) = found
    assert fault.partition(": #")[2] == (
        "/components/schemas/A/patternProperties: '(' is not a regular expression of ECMA 262."
    )


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


OK = "responses: {'200': {description: ok}}"
BROKEN = [
    # What is written, where it is wrong, and what is said of it: in 3.0 and 3.1 alike.
    (f"paths: {{/a: {{gett: {{{OK}}}}}}}", "/paths/~1a/gett", "Did you mean get?"),
    (f"paths: {{/a: {{get: {{respones: {{}}, {OK}}}}}}}", "/paths/~1a/get/respones", "is not known here"),
    (
        "paths: {/a: {get: {responses: {'20': {description: x}}}}}",
        "/paths/~1a/get/responses/20",
        "'20' is no status: write one like '200'",
    ),
    (
        f"paths: {{/a: {{get: {{parameters: [{{name: a, in: qury, schema: {{}}}}], {OK}}}}}}}",
        "/paths/~1a/get/parameters/0/in",
        "'qury' is no place of a parameter. Did you mean query?",
    ),
    (
        f"paths: {{/a: {{get: {{parameters: [{{name: a, in: query, schema: {{type: strin}}}}], {OK}}}}}}}",
        "/paths/~1a/get/parameters/0/schema/type",
        "'strin' is not one of array, boolean, integer",
    ),
    (f"paths: {{/a: {{get: {{tags: x, {OK}}}}}}}", "/paths/~1a/get/tags", "must be a list, not 'x'."),
    (f"paths: {{/a: {{get: {{deprecated: 'yes', {OK}}}}}}}", "/paths/~1a/get/deprecated", "must be true or false"),
    (f"paths: {{/a: {{get: {{externalDocs: {{}}, {OK}}}}}}}", "/paths/~1a/get/externalDocs", "'url' is missing."),
    (
        "paths: {/a: {get: {responses: {'200': {description: 5}}}}}",
        "/paths/~1a/get/responses/200/description",
        "must be text, not 5.",
    ),
    ("paths: {}\ncomponents: {schema: {}}", "/components/schema", "Did you mean schemas?"),
    ("paths: {}\nservers: {url: /}", "/servers", "must be a list, not an object with 'url'."),
    ("paths: {}\nservers: [{ur: /}]", "/servers/0/ur", "Did you mean url?"),
    ("paths: {}\ntags: [{}]", "/tags/0", "'name' is missing."),
    (
        "paths: {}\ncomponents: {schemas: {A: {type: object, required: name}}}",
        "/components/schemas/A/required",
        "must be a list, not 'name'.",
    ),
    (
        "paths: {}\ncomponents: {schemas: {A: {properties: {a: {anyOf: [{}, {minimum: x}]}}}}}",
        "/components/schemas/A/properties/a/anyOf/1/minimum",
        "must be a number, not 'x'.",
    ),
    (
        "paths: {}\ncomponents: {schemas: {A: {discriminator: type}}}",
        "/components/schemas/A/discriminator",
        "must be an object, not 'type'.",
    ),
    (
        "paths: {}\ncomponents: {securitySchemes: {A: {type: apikey, name: x, in: header}}}",
        "/components/securitySchemes/A/type",
        "'apikey' is not one of apiKey, http, ",
    ),
    (
        "paths: {}\ncomponents: {securitySchemes: {A: {type: apiKey, in: header}}}",
        "/components/securitySchemes/A",
        "'name' is missing.",
    ),
    (
        "paths: {}\ncomponents: {securitySchemes: {A: {type: http}}}",
        "/components/securitySchemes/A",
        "'scheme' is missing.",
    ),
    (
        "paths: {}\ncomponents: {securitySchemes: {A: {type: oauth2, flows: {implicit: {scopes: {}}}}}}",
        "/components/securitySchemes/A/flows/implicit",
        "'authorizationUrl' is missing.",
    ),
    (
        f"paths: {{/a: {{get: {{operationId: x, {OK}}}, put: {{operationId: x, {OK}}}}}}}",
        "/paths/~1a/put/operationId",
        "'x' is the operationId of GET /a already.",
    ),
    (
        f"paths: {{/a: {{get: {{parameters: [{{name: a, in: query, schema: {{}}}}, {{name: a, in: query, schema: {{}}}}], {OK}}}}}}}",
        "/paths/~1a/get/parameters/1",
        "the query parameter 'a' is declared twice here.",
    ),
]


@pytest.mark.parametrize(("text", "pointer", "reason"), BROKEN)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_of_alternatives_the_one_that_was_meant_is_gone_into(document, version, text, pointer, reason):
    (fault,) = faults(document(f"openapi: {version}\ninfo: {{title: A, version: '1'}}\n{text}\n"))

    assert fault.pointer == pointer
    assert reason in fault.sentence


def test_a_misspelt_keyword_is_told_in_3_0_where_others_are_not_allowed(document):
    text = VALID + "components: {schemas: {A: {type: object, propertys: {}}}}\n"
    (fault,) = faults(document(text))

    assert "'propertys' is not known here; an extension begins with x-. Did you mean properties" in fault.sentence
    assert faults(document(text.replace("3.0.3", "3.1.0"))) == []


def test_what_other_files_hold_is_judged_too(document, tmp_path):
    (tmp_path / "pet.yaml").write_text("Pet:\n  type: objekt\n  properties: {a: {type: integer, default: x}}\n")
    found = faults(document(VALID + "components: {schemas: {A: {$ref: 'pet.yaml#/Pet'}}}\n"))

    assert [fault.sentence.removeprefix(f"{tmp_path}/") for fault in found] == [
        (
            "pet.yaml:2:3: #/Pet/type: 'objekt' is not one of array, boolean, integer, number, object, string. "
            "Did you mean object?"
        ),
        """pet.yaml:3:35: #/Pet/properties/a/default: 'x' breaks its own schema: type "integer".""",
    ]


def test_many_faults_are_told_up_to_a_bound(document):
    found = faults(document(VALID + "tags: [" + "{a: b}, " * 500 + "]"))

    assert 50 < len(found) <= 100


@pytest.mark.parametrize("text", [text for text, _, _ in BROKEN])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_openapi_spec_validator_refuses_it_too(document, version, text):
    """The judge that we stand in for."""
    judges = {
        "3.0.3": openapi_spec_validator.OpenAPIV30SpecValidator,
        "3.1.0": openapi_spec_validator.OpenAPIV31SpecValidator,
    }
    content = document(f"openapi: {version}\ninfo: {{title: A, version: '1'}}\n{text}\n").content

    assert next(judges[version](content).iter_errors(), None)  # of later ones it raises, where the first is not mended


JSON = '{"openapi": "3.1.0", "info": {"title": "a: \\"b\\":", "version": "1"}, "paths": {"/a": {}}}'


def test_a_member_that_json_gives_twice_is_told_with_both_places(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(JSON.replace('"/a": {}', '"/a": {}, "/b": [{"x": 1}],\n "/a": {"get": {}}'))
    found = [fault.sentence for fault in faults(read(path)) if "twice" in fault.sentence]

    assert found == [f"{path}:1:80: #/paths/~1a: is given twice: again in line 2, column 2."]


def test_json_without_such_members_has_no_fault(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(JSON)

    assert faults(read(path)) == []


def test_a_member_given_twice_in_another_file_is_told_by_that_file(document, tmp_path):
    (tmp_path / "pet.json").write_text('{"Pet": {"type": "string"},\n "Pet": {"type": "integer"}}')
    (fault,) = faults(document(VALID + "components: {schemas: {A: {$ref: 'pet.json#/Pet'}}}\n"))

    assert fault.sentence == f"{tmp_path}/pet.json:1:2: #/Pet: is given twice: again in line 2, column 2."


@pytest.mark.parametrize("pattern", ["^(?=(a+)+$)b", r"^((a|aa)+)\1b$", "(?=(a+)+c)a", "^(a+)+$"])
def test_a_hostile_pattern_is_bounded(pattern):
    started = time.process_time()
    validator = jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=PATTERN_OPTIONS)

    assert not validator.is_valid("a" * 5000 + "!")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{8,}$", "a" * 10_000 + "A1"),
        ("^(?!-)(?:[a-z]|-(?!-))+(?<!-)$", "a-" * 1000 + "b"),
        ("^(?:(?!end).)*$", "x" * 2000),
    ],
)
def test_a_usual_pattern_is_not_cut_short(pattern, text):
    assert jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=PATTERN_OPTIONS).is_valid(text)


@pytest.mark.parametrize(("pattern", "verdict"), [("(a{1000}){1000}", False), ("(?=a)b", True), (r"(a)\1", True)])
def test_what_is_a_pattern(pattern, verdict):
    assert is_pattern(pattern) is verdict
