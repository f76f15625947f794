"""References and JSON pointers."""

from __future__ import annotations

import pytest

from locum.openapi.pointers import BrokenReference, as_fragment, at, follow, join, pointer_of, resolve, split

# The example document of RFC 6901, section 5.
RFC_6901 = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
    "{x}": 9,
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC_6901),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_pointers_resolve_as_in_rfc_6901(pointer, value):
    assert at(RFC_6901, pointer) == value


@pytest.mark.parametrize(
    "pointer", ["/gone", "/foo/2", "/foo/-1", "/foo/x", "/foo/-", "/foo/ 1", "/a~1b/x", "foo", "foo/0", "#/foo"]
)
def test_an_unresolvable_pointer_is_an_error(pointer):
    with pytest.raises(BrokenReference, match=r"leads nowhere|not a JSON Pointer"):
        at(RFC_6901, pointer)


@pytest.mark.parametrize("steps", [["a"], ["a/b", "c~d", "~1", ""], ["0", "x y", "{x}", "é"]])
def test_segments_are_joined_to_a_pointer_and_split_again(steps):
    assert split(join("", *steps)) == steps
    assert pointer_of("#" + as_fragment(join("", *steps))) == join("", *steps)


def test_a_pointer_resolves_names_and_indexes():
    assert join("/paths", "/a/{b}", "parameters", 0) == "/paths/~1a~1{b}/parameters/0"
    assert as_fragment("/paths/~1a~1{b}") == "/paths/~1a~1%7Bb%7D"


def test_a_reference_is_followed_to_its_target():
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/c~1%7Bd%7D"}, "c/{d}": {"x": 1}}

    assert resolve(document, "/a") == ({"x": 1}, "/c~1{d}")
    assert resolve(document, "/c~1{d}/x") == (1, "/c~1{d}/x")


@pytest.mark.parametrize("value", [5, None, [], {"x": 1}, {"$ref": {"type": "string"}}])
def test_a_value_that_is_not_a_reference_is_its_own_target(value):
    assert follow({}, value) is value


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"a": {"$ref": "#/a"}}, "/a refers to itself"),
        ({"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}, "refers to itself"),
        ({"a": {"$ref": "other.yaml#/a"}}, "other.yaml#/a is outside the document"),
        ({"a": {"$ref": "https://a.example/b"}}, "outside the document"),
        ({"a": {"$ref": "#/gone/x"}}, "/gone/x leads nowhere: there is no 'gone'"),
        ({"a": {"$ref": "#anchor"}}, "#anchor is not a JSON Pointer"),
    ],
)
def test_an_unresolvable_reference_has_a_reason(document, sentence):
    with pytest.raises(BrokenReference, match=sentence):
        resolve(document, "/a")
    with pytest.raises(BrokenReference, match=sentence):
        follow(document, document["a"])
