"""Patterns and paths of documents and clients: a match takes a limited number of steps, and errors report the limit."""

from __future__ import annotations

import ast
import contextlib
import json
from pathlib import Path
from random import Random
from time import thread_time

import pytest

import locum
from locum.errors import Conflict
from locum.generate.generator import Generator, Unsatisfiable
from locum.journal.verification import expectation_of
from locum.openapi.compile.router import Router
from locum.openapi.lint.rules import rule_findings
from locum.openapi.patterns import TOO_COSTLY, is_pattern, trial
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas
from locum.redaction.texts import Texts
from locum.verify.scenarios.expressions import matched_part, problem_of
from locum.world.clock import EPOCH
from locum.world.faults.fault import read_latency
from tests.attack.in_process import send_all, serve_paths

MOST_SECONDS = 2.5
"""Maximum processor time; without limits, each case takes minutes or longer."""

HOSTILE = {
    r"(?=a)(a+a+)+b": "a",
    r"(?=(a+))\1\1x": "a",
    r"(?:(?=.*x)a)*b": "a",
    r"(a*)*(?=b)\1c": "a",
    r"(?!x)(?:(?:a|a)*)*$(?!a)b": "a",
    r"(?<!b)(?:a|aa)+$(?<=c)": "a",
    r"(a|a)*(\1\1)*!": "a",
    r"(?:(?:(?=)|(?=)|a){1,9}){20}x(?=a)": "a",
    r"[ab]*a[ab]{3000}c": "ab",
    r"(?:[ab]?){4000}c": "ab",
    r"(a+)+$": "a",
}


def schema_of(schema, version="3.1.0"):
    document = {"openapi": version, "components": {"schemas": {"A": schema}}}
    schemas = Schemas(document)
    return schemas, schemas.schema("/components/schemas/A", Direction.REQUEST)


def seconds(action):
    began = thread_time()
    action()
    return thread_time() - began


@pytest.mark.parametrize("pattern", HOSTILE)
@pytest.mark.parametrize("size", [32, 4000, 100_000])
def test_a_hostile_pattern_stops_after_limited_steps(pattern, size):
    text = (HOSTILE[pattern] * size)[:size] + "!"

    assert seconds(lambda: trial(pattern)(text)) < MOST_SECONDS


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_texts_of_a_value_share_a_step_limit_and_the_error_reports_it(version):
    schema = {"type": "array", "items": {"type": "string", "pattern": r"^(?=a)(a+a+)+(?!c)b$"}}
    value = ["a" * size for size in (30, 300, 3000) for _ in range(3000)]
    _, compiled = schema_of(schema, version)

    assert seconds(lambda: compiled.is_valid(value)) < MOST_SECONDS
    assert TOO_COSTLY in compiled.violations(value[:1], "body")[0].message
    assert compiled.violations(value[:1], "body")[0].keyword == "pattern"


@pytest.mark.parametrize("pattern", [r"^x(?=a)(a+a+)+b$", r"^x(?:[ab]?){9000}$"])
def test_hostile_member_names_stop_after_limited_steps_and_the_error_reports_it(pattern):
    _, compiled = schema_of({"patternProperties": {pattern: {"type": "integer"}}, "additionalProperties": False})
    value = {f"x{'ab' * 60}{number}": 1 for number in range(20_000)}

    assert seconds(lambda: compiled.is_valid(value)) < MOST_SECONDS
    assert TOO_COSTLY in compiled.violations(value, "body")[0].message


def test_look_around_patterns_match_correctly_within_the_step_limit():
    schema = {"properties": {"p": {"pattern": r"^(?=.*\d)(?=.*[a-z]).{8,}$"}}, "patternProperties": {"(?<!a)b$": False}}
    _, compiled = schema_of(schema)

    assert compiled.is_valid({"p": "abcdefg1", "ab": 1})
    assert [error.keyword for error in compiled.violations({"p": "abcdefgh"}, "body")] == ["pattern"]
    assert not compiled.is_valid({"cb": 1})
    assert trial("^(?:(?!end).)*$")("a" * 3000) is True
    assert trial("(?<=a)b|^c")("xxab") is True


@pytest.mark.parametrize(
    "pattern",
    [
        "(a{1000}){1000}", "((((a{9}){9}){9}){9}){9}", "(?:a|b){0,100000}", "a" * 100_000, "|".join("ab" * 20_000),
        "(?=" * 9000 + ")" * 9000, "[" + "a-z" * 20_000 + "]", r"\p{L}{9999}", "a{99999999999999999999}", "(" * 30_000,
        "{" * 30_000 + "}", "a{1" * 10_000, "(?<a>" * 6000,
    ],
    ids=lambda pattern: pattern[:20],
)  # fmt: skip
def test_a_pattern_is_compiled_or_rejected_in_limited_time(pattern):
    assert seconds(lambda: is_pattern(pattern)) < MOST_SECONDS


@pytest.mark.parametrize(
    "pattern",
    [*HOSTILE, r"((((a{99})\4{99})\3{99})\2{99})\1{99}", "([ab]{1,2}){9000}", "(?:(?:(?:a*)*)*)*b{3}", "^(?!a)a$"],
)
def test_generating_from_a_pattern_ends(pattern):
    schemas, compiled = schema_of({"type": "array", "minItems": 5, "items": {"type": "string", "pattern": pattern}})

    def generate():
        with contextlib.suppress(Unsatisfiable):
            Generator(schemas).value(compiled, Random(1), EPOCH)

    assert seconds(generate) < 2 * MOST_SECONDS


def test_a_request_with_a_hostile_text_is_rejected_quickly_and_in_the_journal(tmp_path):
    pattern = r"(?=a)(a+a+)+b"
    thing = {
        "type": "object",
        "properties": {"text": {"type": "string", "pattern": pattern}},
        "patternProperties": {"^" + pattern: {"type": "string", "writeOnly": True}},
    }
    body = {"required": True, "content": {"application/json": {"schema": thing}}}
    done = {"200": {"description": "done"}, "400": {"description": "rejected"}}
    query = [{"name": "q", "in": "query", "schema": {"type": "string", "pattern": pattern}}]
    paths = {
        "/things": {"post": {"requestBody": body, "responses": done}, "get": {"parameters": query, "responses": done}}
    }
    requests = [
        ("POST", "/things", json.dumps({"text": "a" * 32}).encode(), {"content-type": "application/json"}),
        ("GET", "/things?q=" + "a" * 5000, b"", {}),
        ("POST", "/things", json.dumps({"a" * 32: "secret"}).encode(), {"content-type": "application/json"}),
    ]

    *replies, journal = send_all(
        serve_paths(tmp_path, paths), [*requests, ("GET", "/__locum/journal?limit=9", b"", {})]
    )

    assert [reply.status for reply in replies] == [400, 400, 200]
    assert max(reply.seconds for reply in [*replies, journal]) < MOST_SECONDS
    assert journal.body.count(TOO_COSTLY.encode()) >= 2
    assert b'"secret"' not in journal.body  # a text that cannot be matched is redacted


def routed(*templates):
    router = Router()
    for template in templates:
        router.add("GET", template, template)
    return router


SEGMENTS = {
    "commas": ("/{a},{b},{c},{d}", ","),
    "twenty": ("/" + ",".join(f"{{x{number}}}" for number in range(20)) + "!", "a,"),
    "dots": ("/{base}...{head}.{end}.json", "."),
    "adjacent": ("/" + "".join(f"{{x{number}}}" for number in range(20)) + "z", "a"),
    "encoded": ("/{a},{b},{c},{d}!", "%2C"),
    "mixed": ("/v{a}-{b}:{c}%20{d}", "v-:%20"),
}


@pytest.mark.parametrize("name", SEGMENTS)
def test_the_time_of_a_match_is_linear_in_the_length_of_the_path(name):
    template, unit = SEGMENTS[name]
    router = routed(template, "/other/{x}")

    def match(count):
        path = "/" + unit * count
        return min(seconds(lambda: router.match(path)) for _ in range(2))

    assert match(320) < MOST_SECONDS  # first: the smallest size that blocked a server
    assert match(20_000) < 60 * max(match(5000), 0.002)  # 4 times the length
    assert match(20_000) < MOST_SECONDS


def test_a_segment_is_decoded_once_for_thousands_of_templates():
    router = routed(*(f"/{{a}}-{number}-{{b}}" for number in range(3000)))

    assert seconds(lambda: router.match("/" + "%41" * 20_000)) < MOST_SECONDS


def test_a_path_of_thousands_of_segments_is_matched_without_recursion():
    deep = "/a/{x}" * 3000

    router = routed(deep, "/a/{y}", "/{z}" * 5000)

    assert router.match("/a/1" * 3000).route.template == deep
    assert router.match("/b" * 5000).route.template == "/{z}" * 5000
    assert router.match("/b" * 100_000) is None


@pytest.mark.parametrize(
    "path_of",
    [
        lambda number: f"/x{number}/{{id}}/y",
        lambda number: f"/{{p}}/y{number}" if number % 2 else f"/x{number}/{{a}}",
        lambda number: f"/{{p}}/y{number}/{{q}}" if number % 2 else f"/x{number}/z{number}/{{c}}",
        lambda number: "/" + "/".join("{a}" if number >> bit & 1 else f"l{bit}" for bit in range(13)),
    ],
)
def test_ambiguous_paths_among_thousands_are_found_quickly(path_of):
    content = {"paths": {path_of(number): {} for number in range(5000)}}

    found = []

    assert seconds(lambda: found.extend(rule_findings(content))) < MOST_SECONDS
    assert len(found) <= 1000


def test_all_ambiguous_paths_are_found():
    paths = ["/a/{x}/c", "/{x}/b/c", "/a/b/{y}", "/a/{x}.json", "/{x}/b.json", "/a/b", "/q/{x}"]
    found = {
        finding.message.partition(" match")[0] for finding in rule_findings({"paths": {path: {} for path in paths}})
    }

    pairs = {"/a/{x}/c and /{x}/b/c", "/{x}/b/c and /a/b/{y}", "/a/{x}/c and /a/b/{y}", "/{x}/b.json and /q/{x}"}
    assert found == pairs


@pytest.mark.parametrize(
    "text",
    [
        "/a/" + "," * 60_000, "/a/" + "x," * 30_000, "-eyJaaaa" * 8000, "-eyJaaaa" * 8000 + ".aaaa", "://" + "a:" * 30_000,
        "/a" * 30_000, "-----BEGIN " * 6000, 'a="\\"' * 12_000, "<aaaa:" * 10_000, "bearer " * 9000,
    ],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_redacting_a_text_takes_linear_time(text):
    texts = Texts(("sk_",), ("/a/{x},{y},{token},{z}", "/keys/{secret}"))

    assert seconds(lambda: texts.without(text)) < MOST_SECONDS


def test_secrets_in_paths_are_redacted_everywhere():
    texts = Texts((), ("/keys/{secret}", "/a/{x},{token},{z}", "/q/{secret}/rotate", "/k/{apiKey}.json"))

    assert texts.without("see https://h/v1/keys/abc?x=1, /a/1,2,3 and /q/abc/rotate.") == (
        "see https://h/v1/keys/[redacted]?x=1, /a/1,[redacted],3 and /q/[redacted]/rotate."
    )
    assert texts.without("/k/abc.json.") == "/k/[redacted].json."


@pytest.mark.parametrize(
    "hostile",
    [
        lambda: read_latency("lognormal(" + " " * 985 + "1"),
        lambda: expectation_of("op with " + "a========== " * 80 + "!"),
        lambda: expectation_of({"operation": "op", "body": {"text": {"$matches": "(a{1000}){1000}"}}}),
    ],
)
def test_a_text_for_the_control_api_is_read_or_rejected_quickly(hostile):
    def read():
        with pytest.raises(Exception, match=r".") as rejected:
            hostile()
        assert not isinstance(rejected.value, RecursionError)

    assert seconds(read) < MOST_SECONDS


def test_an_invalid_pattern_is_rejected_by_the_control_api():
    with pytest.raises(Conflict, match="Invalid pattern"):
        expectation_of({"operation": "op", "body": {"text": {"$matches": "("}}})


def test_a_scenario_extracts_a_part_of_a_text_in_linear_time():
    assert seconds(lambda: matched_part("(a+a+)+b", "a" * 100_000)) < MOST_SECONDS
    assert matched_part("id=([0-9]+)", "x?id=42&y") == "42"
    assert matched_part("[0-9]+$", "x 42") == "42"
    assert matched_part("z", "x") is None
    assert problem_of("(") != ""
    assert problem_of("(?=a)") != ""


OWN_PATTERNS_ONLY = "re"
"""The module that matches without a limit: only for patterns in locum's own source."""


def test_re_is_used_only_with_patterns_in_the_source():
    """Patterns in variables, or built from a document, must use locum.openapi.patterns."""
    root = Path(locum.__file__).parent
    free = []
    for file in sorted(root.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        constants = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            owner = node.func.value
            is_re = isinstance(owner, ast.Name) and owner.id == OWN_PATTERNS_ONLY and node.func.attr != "escape"
            if is_re and not _is_own(node.args[0], constants):
                free.append(f"{file.relative_to(root)}:{node.lineno}")

    assert [place for place in free if place.partition(":")[0] not in ALLOWED] == []


ALLOWED = {
    "infer/resources/paths.py": "the escaped steps of a path, and a class with one quantifier for each expression",
    "generate/vocabulary/likeness.py": "a pattern of the module itself",
    "infer/resources/resources.py": "the escaped steps of a path, and a class with one quantifier for each expression",
    "journal/exports/snippets.py": "an escaped constant between two classes",
    "review/lint/functions.py": "cases of the module itself, and the escaped separator of a rule set",
    "review/lint/openapi_rules.py": "patterns of the module itself, which its rules are made with",
    "review/lint/operation_rules.py": "as above",
    "review/lint/schema_rules.py": "as above",
    "redaction/texts.py": "the escaped prefix of a credential, and a class with one quantifier after it",
}


def _is_own(pattern, constants):
    """Whether a pattern is a literal or built from constants of the module."""
    if isinstance(pattern, ast.Constant):
        return True
    if isinstance(pattern, ast.JoinedStr):
        return all(isinstance(part, ast.Constant) or _is_own(part.value, constants) for part in pattern.values)
    if isinstance(pattern, ast.Attribute):
        return pattern.attr == "pattern" and _is_own(pattern.value, constants)
    return isinstance(pattern, ast.Name) and pattern.id in constants


def test_patterns_of_documents_use_only_the_bounded_engine():
    """jsonschema_rs gets its options wherever a schema with patterns of a document can be compiled."""
    root = Path(locum.__file__).parent
    makers = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        if "jsonschema_rs.Draft" in file.read_text("utf-8") or "validator_for" in file.read_text("utf-8")
    }

    assert makers == {
        "openapi/patterns.py",
        "openapi/schemas/schemas.py",  # an error of our own
        "openapi/lint/contradictions.py",  # without `pattern`
        "openapi/lint/structure.py",  # of the specification
        "generate/generators/strings.py",  # `format` only
        "review/lint/functions.py",  # schemas of a rule set, which the user named
    }
