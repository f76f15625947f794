"""Linting: the diagnostics of a document, their positions and groups, and the counts printed at start."""

from __future__ import annotations

import openapi_spec_validator
import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.lint import linting
from locum.openapi.lint import linting as counts_module
from locum.openapi.lint.diagnostics import Diagnostic, Severity, grouped
from locum.openapi.lint.linting import NONE, Counts, counts_of, lint
from locum.openapi.lint.structure import is_one_edit_away
from locum.openapi.load.documents import read
from tests.conftest import ROOT
from tests.openapi.linting import VALID, LintedDocument, operation, paths, schema

OK = "responses: {'200': {description: ok}}"


@pytest.fixture
def written(tmp_path):
    """Return a function that writes, reads and compiles a document."""
    return lambda text, version="3.1.0": LintedDocument(tmp_path, text, version)


@pytest.fixture
def linted(tmp_path):
    """Return a function that returns the diagnostics of files; the first is the document."""

    def found(**files):
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text, encoding="utf-8")
        return lint(compile_contract(read(tmp_path / next(iter(files)).replace("_", "."))))

    return found


def brief(diagnostics):
    return [(one.severity.label, one.code, one.pointer) for one in diagnostics]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize(
    "text",
    [
        "paths: {}",
        paths(f"/a: {{get: {VALID}}}"),
        "paths: {x-a: 5, /a: {x-b: 1}}",
        "paths: {}\ncomponents: {schemas: {A: {type: object, required: [a], properties: {a: {type: string}}}}}",
    ],
)
def test_a_valid_document_has_no_diagnostics(written, version, text):
    assert written(text, version).diagnostics == []


@pytest.mark.parametrize("text", ["webhooks: {}", "components: {}", "paths: {/a: {get: {}}}"])
def test_members_optional_in_3_1_are_not_reported(written, text):
    assert written(text, "3.1.0").diagnostics == []
    assert {one.severity for one in written(text, "3.0.3").diagnostics} == {Severity.WARNING}


@pytest.mark.parametrize("name", ["api-keys", "credentials", "workflows"])
def test_the_bundled_documents_have_at_most_invalid_examples(name):
    found = lint(compile_contract(read(ROOT / "specs" / f"{name}.yaml")))

    assert {one.code for one in found if one.severity is not Severity.INFO} <= {"unfit-example"}


def test_a_diagnostic_begins_with_file_line_and_column_and_ends_with_its_code(written, tmp_path):
    found = written(paths("/a:\n    get:\n      operationId: 5\n      responses: {'200': {description: ok}}")).only

    assert found.sentence == (
        f"{tmp_path}/a.yaml:6:7: warning: #/paths/~1a/get/operationId: must be text, not 5. It is ignored. [wrong-type]"
    )
    assert found.as_json() == {
        "code": "wrong-type",
        "severity": "warning",
        "file": f"{tmp_path}/a.yaml",
        "line": 6,
        "column": 7,
        "pointer": "/paths/~1a/get/operationId",
        "message": "must be text, not 5.",
        "fallback": "It is ignored.",
    }


def test_errors_come_first_and_each_kind_in_the_order_of_the_document(written):
    text = (
        "tags: [{}]\npaths: {/a: {get: {operationId: 5, parameters: 5, responses: {'200': {}}}}}\n"
        "components: {schemas: {A: 5}}"
    )

    assert brief(written(text).diagnostics) == [
        ("error", "wrong-type", "/paths/~1a/get/parameters"),
        ("error", "wrong-type", "/components/schemas/A"),
        ("warning", "invalid-openapi", "/tags/0"),
        ("warning", "wrong-type", "/paths/~1a/get/operationId"),
        ("warning", "invalid-openapi", "/paths/~1a/get/responses/200"),
    ]


FORMAL = [
    # Violations of the OpenAPI schema without any effect, in 3.0 and 3.1.
    (f"paths: {{/a: {{gett: {{{OK}}}}}}}", "/paths/~1a/gett", "Did you mean get?"),
    (f"paths: {{/a: {{get: {{respones: {{}}, {OK}}}}}}}", "/paths/~1a/get/respones", "is not known here"),
    ("paths: {/a: {get: {responses: {}}}}", "/paths/~1a/get/responses", "is empty, and needs at least one member."),
    ("paths: {/a: {get: {responses: {'200': {}}}}}", "/paths/~1a/get/responses/200", "'description' is missing."),
    (f"paths: {{/a: {{get: {{externalDocs: {{}}, {OK}}}}}}}", "/paths/~1a/get/externalDocs", "'url' is missing."),
    ("paths: {}\ncomponents: {schema: {}}", "/components/schema", "Did you mean schemas?"),
    ("paths: {}\ntags: [{}]", "/tags/0", "'name' is missing."),
    (
        "paths: {}\ncomponents: {securitySchemes: {A: {type: oauth2, flows: {implicit: {scopes: {}}}}}}",
        "/components/securitySchemes/A/flows/implicit",
        "'authorizationUrl' is missing.",
    ),
]


@pytest.mark.parametrize(("text", "pointer", "reason"), FORMAL)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_violation_of_only_the_openapi_schema_is_a_warning(written, version, text, pointer, reason):
    found = written(text, version).only

    assert (found.severity, found.code, found.pointer) == (Severity.WARNING, "invalid-openapi", pointer)
    assert reason in found.message


def test_a_list_of_types_in_3_0_is_reported_once(written):
    text = "paths: {}\ncomponents: {schemas: {A: {type: [string, integer]}}}"

    assert written(text, "3.0.3").only.message == "must be text, not a list of 2."


@pytest.mark.parametrize("text", [text for text, _, _ in FORMAL])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_openapi_spec_validator_rejects_it_too(written, version, text):
    """The oracle of the metaschemas."""
    judges = {
        "3.0.3": openapi_spec_validator.OpenAPIV30SpecValidator,
        "3.1.0": openapi_spec_validator.OpenAPIV31SpecValidator,
    }
    content = written(text, version).contract.as_read.content

    assert next(judges[version](content).iter_errors(), None)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_a_missing_info_and_a_missing_version_are_warnings(linted, version):
    without = linted(a_yaml=f"openapi: {version}\npaths: {{}}\n")
    unnumbered = linted(a_yaml=f"openapi: {version}\ninfo: {{title: A}}\npaths: {{}}\n")

    assert [(one.severity.label, one.pointer, one.message) for one in without + unnumbered] == [
        ("warning", "", "'info' is missing."),
        ("warning", "/info", "'version' is missing."),
    ]


def test_diagnostics_inside_a_replaced_piece_are_not_reported(written):
    broken = "{name: 5, in: query, schem: {}, style: x}"

    assert brief(written(operation(f"parameters: [{broken}]")).diagnostics) == [
        ("error", "unusable-parameter", "/paths/~1a/get/parameters/0")
    ]


def test_diagnostics_beside_a_repaired_piece_are_reported(written):
    text = paths("/a/{b}: {get: {responses: {'200': {contents: {}}}}}")

    assert brief(written(text).diagnostics) == [
        ("error", "undeclared-path-parameter", "/paths/~1a~1{b}/get"),
        ("warning", "invalid-openapi", "/paths/~1a~1{b}/get/responses/200"),
        ("warning", "invalid-openapi", "/paths/~1a~1{b}/get/responses/200/contents"),
    ]


def test_equal_paths_are_an_error_for_the_methods_that_both_have(written):
    def item(name, method):
        return (
            f"{{parameters: [{{name: {name}, in: path, required: true, schema: {{type: string}}}}], {method}: {VALID}}}"
        )

    same = written(paths(f"/a/{{b}}: {item('b', 'get')}\n  /a/{{c}}: {item('c', 'get')}"))
    other = written(paths(f"/a/{{b}}: {item('b', 'get')}\n  /a/{{c}}: {item('c', 'put')}"))

    assert brief(same.diagnostics) == [("error", "equal-paths", "/paths/~1a~1{c}/get")]
    assert same.only.text == (
        "its path is that of /a/{b} but for the names of its parameters. Join the two. The first one is served."
    )
    assert other.diagnostics == []


AMBIGUOUS = [
    ("/{a}/b", "/c/{d}", True),
    ("/{a}/b/{c}", "/d/{e}/f", True),
    ("/{a}", "/c", False),
    ("/{a}/b", "/{c}/d", False),
    ("/a/{b}", "/c/{d}", False),
    ("/{a}.json/b", "/c/{d}", False),
    ("/{a}/b", "/c/{d}/e", False),
]


@pytest.mark.parametrize(("one", "other", "are_ambiguous"), AMBIGUOUS)
def test_ambiguous_paths_are_for_information(written, one, other, are_ambiguous):
    found = written(paths(f"{one}: {{}}\n  {other}: {{}}")).diagnostics

    assert [(each.severity, each.code) for each in found] == [(Severity.INFO, "ambiguous-paths")] * are_ambiguous
    assert all(one in each.message and other in each.message for each in found)


SCOPES = "components: {securitySchemes: {S: {type: oauth2, flows: {clientCredentials: {tokenUrl: /t, scopes: {%s}}}}}}"


def test_a_scope_that_its_scheme_does_not_declare_is_a_warning(written):
    text = operation("security: [{S: [read, reed]}]") + "\n" + SCOPES % "read: Read"

    assert brief(written(text).diagnostics) == [("warning", "undeclared-scope", "/paths/~1a/get/security/0/S/1")]
    assert written(text).only.message == (
        "the scope 'reed' is not declared by the security scheme 'S'. Did you mean read?"
    )
    assert written(text.replace("reed", "read")).diagnostics == []


def test_roles_of_schemes_without_scopes_are_not_checked(written):
    text = (
        operation("security: [{S: [anything]}]") + "\ncomponents: {securitySchemes: {S: {type: http, scheme: basic}}}"
    )

    assert written(text).diagnostics == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("openapi: 3.1\n", "a version is text: write '3.1.0' in quotes."),
        ("openapi: 2.0.0\n", "must be 3.0, 3.1 or 3.2, not '2.0.0'."),
        ("openapi: [3]\n", "must be 3.0, 3.1 or 3.2, not a list of 1."),
        ("openapi: 4.0.0\n", "must be 3.0, 3.1 or 3.2, not '4.0.0'."),
    ],
)
def test_an_unknown_version_is_a_warning_at_its_location(linted, text, message):
    found = linted(a_yaml="info: {title: A, version: '1'}\npaths: {}\n" + text)
    (version,) = [one for one in found if one.code == "version"]

    assert (version.severity, version.line, version.pointer, version.message) == (
        Severity.WARNING,
        3,
        "/openapi",
        message,
    )
    assert version.fallback.startswith("It is read as 3.")


HEAD = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\n"


def test_a_duplicate_key_in_yaml_is_an_error_and_the_last_one_is_used(written):
    document = written(paths(f"/a: {{get: {VALID}}}\n  /b: {{get: {VALID}}}\n  /a: {{put: {VALID}}}"))

    assert document.only.sentence.partition("a.yaml:")[2] == (
        "4:3: error: #/paths/~1a: is given twice: again in line 6, column 3. The last one counts. [repeated-key]"
    )
    assert list(document.contract.operations) == [("/a", "put"), ("/b", "get")]


JSON = '{"openapi": "3.1.0", "info": {"title": "a: \\"b\\":", "version": "1"}, "paths": {"/a": {}}}'


def test_a_duplicate_member_in_json_is_an_error_with_both_locations(linted, tmp_path):
    (found,) = linted(a_json=JSON.replace('"/a": {}', '"/a": {}, "/b": {"x-a": [{"x": 1}]},\n "/a": {"get": {}}'))

    assert found.sentence == (
        f"{tmp_path}/a.json:1:80: error: #/paths/~1a: is given twice: again in line 2, column 2. "
        "The last one counts. [repeated-key]"
    )
    assert linted(a_json=JSON) == []


def test_duplicate_keys_in_other_files_are_reported_there(linted, tmp_path):
    found = linted(
        a_yaml=HEAD + "paths: {}\ncomponents: {schemas: {A: {$ref: 'b.json#/Pet'}, B: {$ref: 'c.yaml#/Pet'}}}\n",
        b_json='{"Pet": {"type": "string"},\n "Pet": {"type": "integer"}}',
        c_yaml="Pet: {type: string}\nPet: {type: integer}\n",
    )

    assert [(one.file, one.line, one.pointer, one.code) for one in found] == [
        (f"{tmp_path}/b.json", 1, "/Pet", "repeated-key"),
        (f"{tmp_path}/c.yaml", 1, "/Pet", "repeated-key"),
    ]


def test_a_local_reference_meant_for_the_main_document_is_a_warning(linted, tmp_path):
    found = linted(
        a_yaml=HEAD + "paths: {}\ncomponents: {schemas: {A: {$ref: b.yaml}, C: {type: string}}}\n",
        b_yaml="items:\n  $ref: '#/components/schemas/C'\n",
    )

    assert [one.sentence for one in found] == [
        (
            f"{tmp_path}/b.yaml:2:3: warning: #/items/$ref: #/components/schemas/C leads nowhere: b.yaml has no "
            "'components' at #/. Known: items. a.yaml has it: write that file's name before the #. The document's own is used. "
            "[misplaced-reference]"
        )
    ]


EXAMPLES = [
    ("{type: integer, example: x}", "unfit-example", "/example"),
    ("{type: integer, default: x}", "unfit-default", "/default"),
    ("{properties: {a: {type: string, maxLength: 2, example: long}}}", "unfit-example", "/properties/a/example"),
]


@pytest.mark.parametrize(("text", "code", "pointer"), EXAMPLES)
def test_an_example_that_breaks_its_schema_is_a_warning_and_not_used(written, text, code, pointer):
    found = written(schema(text)).only

    assert (found.severity, found.code, found.pointer) == (Severity.WARNING, code, "/components/schemas/A" + pointer)
    assert "breaks its own schema" in found.message
    assert found.fallback == "It is not used."


@pytest.mark.parametrize(
    ("media_type", "text"),
    [("application/xml", "<x><a>1</a></x>"), ("text/csv", "a,b"), ("application/x-www-form-urlencoded", "a=1")],
)
def test_an_example_of_another_media_type_can_be_the_serialized_text(written, media_type, text):
    media = f"{{schema: {{type: object, required: [a]}}, example: '{text}'}}"
    document = paths(f"/a: {{get: {{responses: {{'200': {{description: '', content: {{{media_type}: {media}}}}}}}}}}}")

    assert written(document).diagnostics == []
    assert written(document.replace(media_type, "application/json")).only.code == "unfit-example"
    assert written(document.replace(f"'{text}'", "{b: 1}")).only.code == "unfit-example"


STYLES = [
    # A parameter, its example, and why its style cannot serialize it.
    ("in: query, schema: {type: array}", "[[1]]", "it has no form for a list or an object within another one."),
    ("in: query, schema: {type: object}", "{a: {b: 1}}", "it has no form for a list or an object within another one."),
    ("in: query, style: deepObject, schema: {}", "[1]", "it is for objects."),
    ("in: query, style: spaceDelimited, schema: {}", "[a b]", "an item holds ' ', which separates the items."),
    ("in: query, style: pipeDelimited, schema: {}", "[a|b]", "an item holds '|', which separates the items."),
    ("in: query, style: pipeDelimited, schema: {}", "5", "it is for lists and objects."),
    ("in: header, schema: {type: array}", "['a,b']", "an item holds ',', which separates the items."),
]


@pytest.mark.parametrize(("parameter", "example", "reason"), STYLES)
def test_an_example_that_its_style_cannot_write_is_a_warning(written, parameter, example, reason):
    text = operation(f"parameters: [{{name: a, {parameter}, example: {example}}}]")
    found = written(text).only
    named = written(text.replace(f"example: {example}", f"examples: {{b: {{value: {example}}}}}")).only

    assert (found.severity, found.code) == (Severity.WARNING, "inexpressible-example")
    assert found.pointer == "/paths/~1a/get/parameters/0/example"
    assert found.message.endswith(reason)
    assert named.pointer == "/paths/~1a/get/parameters/0/examples/b/value"


@pytest.mark.parametrize(
    ("parameter", "example"),
    [
        ("in: query, schema: {type: array}", "[1, 'a,b']"),
        ("in: query, style: deepObject, schema: {}", "{a: {b: 1}}"),
        ("in: query, style: pipeDelimited, explode: true, schema: {}", "['a|b']"),
        ("in: header, schema: {type: array}", "[a, b]"),
    ],
)
def test_an_example_that_its_style_can_write_is_no_problem(written, parameter, example):
    assert written(operation(f"parameters: [{{name: a, {parameter}, example: {example}}}]"), "3.0.3").diagnostics == []


def test_an_example_of_a_parameter_with_content_is_written_in_its_media_type(written):
    content = "{application/json: {schema: {}, example: [[1]]}}"

    assert written(operation(f"parameters: [{{name: a, in: query, content: {content}}}]")).diagnostics == []


def diagnostic(message, code="a", file="a.yaml"):
    return Diagnostic(code, Severity.WARNING, file, 1, 1, "/a", message)


def test_diagnostics_that_differ_only_in_names_values_and_pointers_are_grouped():
    alike = [diagnostic(f"'{name}' is the operationId of {name.upper()} /a/{name} already.") for name in "abc"]
    others = [
        diagnostic("'x' is missing."),
        diagnostic("'y' is missing.", "b"),
        diagnostic("'z' is missing.", file="b"),
    ]
    groups = grouped([alike[0], others[0], *alike[1:], *others[1:]])

    assert [(group.first, group.more) for group in groups] == [(alike[0], 2)] + [(other, 0) for other in others]
    hinted = [
        diagnostic(f"the path has {{{name}}}, and no parameter `name: {name}` is declared.{hint}")
        for name, hint in (("a", ""), ("b", " Did you mean c or d?"), ("e", " Known: x.y, z."))
    ]
    assert [(group.first, group.more) for group in grouped(hinted)] == [(hinted[0], 2)]
    assert groups[0].sentence == alike[0].sentence + " (and 2 more like it)"
    assert groups[1].sentence == others[0].sentence


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        (Counts(0, 1, 1), "1 problem"),
        (Counts(1, 0, 1), "1 error"),
        (Counts(0, 23, 1), "23 problems"),
        (Counts(2, 21, 1), "23 problems, 2 of them errors"),
        (Counts(1, 22, 1), "23 problems, 1 of them an error"),
        (Counts(2, 1, 1, are_all=False), "at least 3 problems, 2 of them errors"),
    ],
)
def test_counts_in_words(counts, text):
    assert counts.text == text


def test_counts_are_cached_by_the_digest_of_the_document(written, tmp_path, monkeypatch):
    linted = []
    monkeypatch.setattr(linting, "_slow", lambda contract: linted.append(contract) or ())
    cache = tmp_path / "new" / "cache"
    broken = written("tags: [{}, {}]\npaths: []").contract
    counts = Counts(1, 2, 3)

    assert [counts_of(broken, cache) for _ in range(3)] == [counts] * 3
    assert len(linted) == 1
    assert counts_of(written("paths: {}").contract, cache) == NONE
    assert [counts_of(broken, None) for _ in range(2)] == [counts] * 2
    assert len(linted) == 4


def test_a_damaged_or_unwritable_cache_is_only_slower(written, tmp_path):
    contract = written("paths: []").contract
    counts_of(contract, tmp_path / "cache")
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(b"[1, 2")
    (tmp_path / "file").write_text("not a folder")

    assert counts_of(contract, tmp_path / "cache") == counts_of(contract, tmp_path / "file") == Counts(1, 0, 1)


def test_at_start_only_fast_checks_are_counted_for_a_large_document(written, tmp_path, monkeypatch):
    monkeypatch.setattr(counts_module, "LARGE", 10)
    contract = written("paths: []\n" + schema("{type: integer, example: x}").partition("\n")[0]).contract

    assert counts_of(contract, tmp_path) == Counts(1, 0, 1, are_all=False)
    assert len(lint(contract, tmp_path)) == 2
    assert counts_of(contract, tmp_path) == Counts(1, 1, 1)


def test_invalid_examples_and_information_do_not_block_a_strict_start(written):
    example = schema("{type: integer, example: x}").partition("\n")[0]

    assert counts_of(written(f"{example}\npaths: {{'/{{a}}/b': {{}}, '/c/{{d}}': {{}}}}").contract, None).blocking == 0
    assert counts_of(written(example.replace("example", "default") + "\npaths: {}").contract, None).blocking == 1
    assert counts_of(written("tags: [{}]\npaths: {}").contract, None).blocking == 1


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("maxLength", "maxLength", True),
        ("maxLenght", "maxLength", True),
        ("maxLegnth", "maxLength", True),
        ("requird", "required", True),
        ("requiired", "required", True),
        ("requxred", "required", True),
        ("propertys", "properties", False),
        ("maxLneght", "maxLength", False),
        ("ab", "ba", True),
        ("abc", "cba", False),
        ("", "a", True),
        ("", "ab", False),
    ],
)
def test_one_edit_is_an_insertion_a_deletion_a_substitution_or_a_transposition(one, other, near):
    assert is_one_edit_away(one, other) is near
    assert is_one_edit_away(other, one) is near


def test_the_number_of_diagnostics_of_one_object_is_limited(written):
    found = written("paths: {}\ntags: [" + "{a: b}, " * 1500 + "]", "3.0.3").diagnostics

    assert 1000 <= len(found) <= 1100
