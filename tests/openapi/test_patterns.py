"""Patterns of ECMA 262 with Annex B, with the meaning of common engines."""

from __future__ import annotations

import jsonschema_rs
import pytest

from locum.openapi.patterns import PATTERN_OPTIONS, as_written, compiled, is_pattern, matcher
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schemas


@pytest.mark.parametrize(
    ("pattern", "accepted", "rejected"),
    [
        # Brackets and braces that require no escape (ECMA 262, B.1.2: ExtendedPatternCharacter).
        (r"^\[[a-z]+]$", ["[ab]"], ["ab", "[]"]), ("^[[a]$", ["[", "a"], ["]"]), ("^{a}$", ["{a}"], ["a"]),
        ("^a{,5}$", ["a{,5}"], ["aa"]), ("^a{1$", ["a{1"], ["a"]), ("^}$", ["}"], [""]), ("^[[:alpha:]]$", ["a]", ":]"], ["a"]),
        # Literal hyphens, and classes that match nothing or anything.
        (r"^[\w-\.]+$", ["a-.", "_"], ["!"]), (r"^[\d-x]+$", ["1-x"], ["a"]), (r"^[a-\d]+$", ["a-1"], ["b"]), (r"^[.-\w]$", [".", "-", "a"], ["!"]),
        ("^[^]$", ["a", "\n"], ["", "ab"]), ("^[]$", [], ["", "a"]), ("^[a&&b]$", ["a", "b", "&"], ["c"]), ("^[~~a]$", ["~"], ["b"]),
        # Unnecessary escapes, and character codes.
        (r"^\_\-\/\<\>\@\ \"$", ['_-/<>@ "'], ["_"]), (r"^\cJ$", ["\n"], ["cJ"]), (r"^\c$", ["\\c"], ["c"]), (r"^[\cJ]$", ["\n"], ["J"]),
        (r"^\101$", ["A"], ["101"]), (r"^[\101]$", ["A"], ["1"]), (r"^\0$", ["\0"], ["0"]), (r"^\8$", ["8"], [""]), (r"^\400$", [" 0"], ["400"]),
        (r"^[\b]$", ["\b"], ["b"]), (r"^\u{1F600}$", ["\U0001f600"], ["u"]), (r"^\ud83d\ude00$", ["\U0001f600"], []), (r"^\x41\u0042$", ["AB"], []),
        (r"^[\ud83d\ude00-\ud83d\ude02]$", ["\U0001f601"], ["a"]), (r"^[\ud800-\udfff]$", [], ["a"]), (r"^[\u0000-\ud800]$", ["a"], ["\ue000"]),
        # Groups: named, forward and backward references, and quantified look-aheads.
        (r"^(?<n>a|b)\k<n>$", ["aa", "bb"], ["ab"]), (r"^(?<$n>a)b$", ["ab"], ["b"]), (r"^(a)\1$", ["aa"], ["a"]), (r"^\1(a)$", ["a"], ["aa"]),
        (r"^(a)\10$", ["a\b"], ["aa0"]), (r"^\k$", ["k"], []), ("^(?=b)*a$", ["a"], ["b"]), ("^(?=a){2}a$", ["a"], ["b"]), ("^(?i:a)b$", ["Ab"], ["aB"]),
    ],
)  # fmt: skip
def test_a_pattern_has_the_meaning_of_ecma_262_engines(pattern, accepted, rejected):
    assert is_pattern(pattern)
    assert [text for text in accepted if not matcher(pattern)(text)] == []
    assert [text for text in rejected if matcher(pattern)(text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        "(?P<x>a)", "(?P=x)", "(?i)a", "(?x) a", "(?>a)b", "(?#note)a", "(?|a|b)", "a++", "a?+", "a{2}+", r"\Aa", r"a\z", r"a\Z", r"\Qa\E", r"\h", r"\x{41}",
        "[a--b]", "(", "a)", "[a", "*a", "a**", "^*", "a{2}{3}", "a{3,2}", "\\", r"\u12", "(?<>a)", r"(?<n>a)\k<m>", "(?<=a)*", "(a{1000}){1000}", "(?i-m-s:a)",
    ],
)  # fmt: skip
def test_a_pattern_of_another_dialect_is_rejected(pattern):
    assert not is_pattern(pattern)


@pytest.mark.parametrize("value", [None, 1, [], {}])
def test_a_value_that_is_not_text_is_not_a_pattern(value):
    assert not is_pattern(value)


@pytest.mark.parametrize("pattern", ["(" * 50_000, "[" * 50_000, "a{1,2}" * 20_000, "\\1" * 20_000 + "()"])
def test_a_vast_pattern_does_not_exhaust_the_stack(pattern):
    assert is_pattern(pattern) in {True, False}


@pytest.mark.parametrize("legacy", [True, False])
def test_a_compiled_pattern_is_valid_in_every_draft(legacy):
    draft = jsonschema_rs.Draft4Validator if legacy else jsonschema_rs.Draft202012Validator

    assert draft(
        {"patternProperties": {compiled(r"^[\w-\.]$"): {"not": {}}}}, pattern_options=PATTERN_OPTIONS
    ).is_valid({"!": 1})


def test_an_error_shows_the_pattern_as_it_is_written():
    assert as_written(compiled(r"^\[[a-z]+]$")) == r"^\[[a-z]+]$"
    assert as_written("^a$") == "^a$"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_schema_validates_patterns_of_every_style(version):
    text = {"type": "string", "pattern": r"^\[[a-z]+]$"}
    schema = {
        "properties": {"name": text, "odd": {"pattern": "a++"}},
        "patternProperties": {r"^[\w-\.]{5}$": {"not": {}}},
    }
    document = {"openapi": version, "components": {"schemas": {"A": schema}}}
    is_valid = Schemas(document).schema("/components/schemas/A", Direction.REQUEST)

    assert is_valid.is_valid({"name": "[abc]", "odd": "b"})
    assert [found.expected for found in is_valid.violations({"name": "abc"}, "body")] == [r"^\[[a-z]+]$"]
    assert not is_valid.is_valid({"a-b.c": 1})
