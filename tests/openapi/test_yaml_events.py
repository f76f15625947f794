"""YAML from parser events: values, errors, and limits."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import yaml

from locum.openapi.load.parsing import NotParsed, compose, parse
from locum.openapi.load.writing import as_yaml

LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x 5\nb: [*x, *x]", {"a": 5, "b": [5, 5]}),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}),
        ("a: {c: 3, <<: {b: 1, c: 2}}", {"a": {"b": 1, "c": 3}}),
        ("{<<: [{a: 1}, {a: 2, b: 3}], c: 4}", {"a": 1, "b": 3, "c": 4}),
        ("{'<<': {a: 1}}", {"<<": {"a": 1}}),
        ("&k key: *k", {"key": "key"}),
        ("a: !!str 5", {"a": "5"}),
        ("a: !!int '5'\nb: !!float 5\nc: !!null ''\nd: !!bool 'true'", {"a": 5, "b": 5.0, "c": None, "d": True}),
        ("a: ! 5\nb: !!map {}\nc: !!seq []", {"a": "5", "b": {}, "c": []}),
        ('a: "\\u00e9"', {"a": "é"}),
        ("a: |\n  b\n   c\nd: >\n  e\n  f\n", {"a": "b\n c\n", "d": "e f\n"}),
        ("---\na: 1\n...\n", {"a": 1}),
        ("", None),
        ("# nothing", None),
        ("- 1\n- [2]", [1, [2]]),
        (
            "a: [+5, .5, 1., 0o17, 0b1, -0, 00, .inf, .nan]",
            {"a": ["+5", ".5", "1.", "0o17", "0b1", 0, "00", ".inf", ".nan"]},
        ),
    ],
)
def test_yaml_texts_are_parsed(text, value):
    found = compose(text)

    assert found == value
    assert json.dumps(found) == json.dumps(value)  # the order and the types of numbers, too


def test_an_alias_is_a_copy_of_its_anchor():
    found = compose("a: &x [1]\nb: *x")
    found["a"].append(2)

    assert found["b"] == [1]


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' is given twice"),
        ("x: {1: a, '1': b}", 1, 11, "the key '1' is given twice"),
        ("a: &x [1, *x]", 1, 11, "the alias 'x' is inside the value that it refers to"),
        ("a: *x", 1, 4, "found undefined alias 'x'"),
        ("a: {<<: 5}", 1, 9, "expected a mapping, or a list of mappings, to merge"),
        ("a: !!int x", 1, 4, "'x' is not of the tag !!int"),
        ("a: !!int true", 1, 4, "'true' is not of the tag !!int"),
        ("a: !x y", 1, 4, "could not determine a constructor for the tag '!x'"),
        ("a: !!set {b}", 1, 4, "could not determine a constructor for the tag 'tag:yaml.org,2002:set'"),
        ("a: !!binary aGk=", 1, 4, "could not determine a constructor"),
        ("{[1]: 2}", 1, 2, "found unhashable key"),
        ("a: &x [1]\n? *x\n: 2", 2, 3, "found unhashable key"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document begins"),
        ("a: 1e999", 1, 4, "1e999 is too large for a number"),
        ("a: " + "9" * 5000, 1, 4, "an integer of more than 400 digits"),
        ("a: \x07", 1, 1, "control characters are not allowed"),
    ],
)
def test_errors_are_reported_with_their_position(text, line, column, reason):
    with pytest.raises(NotParsed) as problem:
        compose(text)

    assert reason in problem.value.reason
    assert (problem.value.line, problem.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LAUGHS, "the aliases of this file stand for more than 1,000,000 values"),
        ("a: &a [" + "x," * 2000 + "]\nb: [" + "*a," * 2000 + "]", "the aliases of this file stand for more than"),
        ("a: &a {b: &b {}}\n" + "<<: [" + "*a," * 1_000_000 + "]", "the aliases of this file stand for more than"),
        ("a: " + "[" * 100_000, "nests deeper than 200 levels"),
        ("- " * 100_000, "nests deeper than 200 levels"),
        ("{a: " * 100_000, "nests deeper than 200 levels"),
        ("\n".join(" " * depth + "a:" for depth in range(300)), "nests deeper than 200 levels"),
    ],
    ids=["laughs", "quadratic", "merges", "flow", "dashes", "mappings", "block"],
)
def test_a_hostile_text_is_rejected_before_parsing(text, reason):
    started = time.process_time()
    with pytest.raises(NotParsed, match=reason):
        compose(text)

    assert time.process_time() - started < 5


def test_a_usual_depth_is_accepted():
    assert compose("[" * 199 + "]" * 199) is not None


@pytest.mark.parametrize(
    "path", sorted(Path(__file__).parent.parent.parent.glob("specs/*.yaml")), ids=lambda path: path.name
)
def test_our_documents_are_parsed_as_by_pyyaml(path):
    """Except dates and booleans of YAML 1.1, which our documents do not contain unquoted."""

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012 (as PyYAML wants it)
            first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    text = path.read_text()

    def keyed(value):
        if isinstance(value, dict):
            return {str(key): keyed(item) for key, item in value.items()}
        return [keyed(item) for item in value] if isinstance(value, list) else value

    assert compose(text) == keyed(yaml.load(text, Loader=Loader))


def test_the_result_is_the_same_without_the_c_parser(monkeypatch):
    monkeypatch.setattr("locum.openapi.load.parsing._Loader", yaml.SafeLoader)

    assert compose("a: &x {b: 012}\nc: [*x, no]") == {"a": {"b": "012"}, "c": [{"b": "012"}, "no"]}
    with pytest.raises(NotParsed, match="nests deeper"):
        compose("[" * 1000)


def test_what_is_written_is_read_as_the_same_values():
    texts = ["688290610903e761", "0o17", "1.5", "007", "0x1F", "+.5", "2026-01-01", "yes", "~", "1_000", ".inf", "a: b"]

    assert parse("written", as_yaml({"texts": texts, "number": 1e20}).encode()) == {"texts": texts, "number": 1e20}
