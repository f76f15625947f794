"""Preferences: parsed from the header (RFC 7240) and from the query."""

from __future__ import annotations

import pytest

from locum.openapi.compile.bodies import MediaType
from locum.server.negotiation import liked
from locum.server.preferences import Preferences, applied, preferences


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("code=404", Preferences(code="404")),
        ("CODE=404", Preferences(code="404")),
        (' code = "404" ', Preferences(code="404")),
        ("code=404, code=500", Preferences(code="404")),
        ("respond-async, wait=5; code=404;example=a", Preferences(code="404", example="a")),
        (r'example="a, \"b\"; c"', Preferences(example='a, "b"; c')),
        (r'foo="\\", example=a', Preferences(example="a")),
        ('example="a', Preferences(example="a")),
        ("dynamic", Preferences(dynamic=True)),
        ("dynamic=true,seed=a b", Preferences(dynamic=True, seed="a b")),
        ("dynamic=false", Preferences(dynamic=False)),
        ("example=", Preferences(example="")),
        (",;=,", Preferences()),
        ("codes=1, acode=2, return=minimal", Preferences()),
        ("", Preferences()),
    ],
)
def test_the_header_is_read(header, found):
    assert preferences(header.encode("latin-1"), b"") == (found, b"")


@pytest.mark.parametrize(
    ("query", "found", "rest"),
    [
        (b"__code=404", Preferences(code="404"), b""),
        (b"a=1&__code=404&b=%20&__example=a+b%21", Preferences(code="404", example="a b!"), b"a=1&b=%20"),
        (b"__dynamic=true&__seed=5&__code=1&__code=2", Preferences("1", None, True, "5"), b""),
        (b"a__code=1&__other=2&___code=3", Preferences(), b"a__code=1&__other=2&___code=3"),
        (b"__dynamic&&", Preferences(dynamic=True), b"&"),
    ],
)
def test_preferences_are_removed_from_the_query(query, found, rest):
    assert preferences(b"", query) == (found, rest)


def test_the_header_takes_precedence_and_query_parameters_stay():
    assert preferences(b"code=1", b"__code=2&__example=a")[0] == Preferences(code="1", example="a")
    assert preferences(b"", b"__code=2", frozenset({"__code"})) == (Preferences(), b"__code=2")


@pytest.mark.parametrize(
    ("message", "chosen", "dynamic"),
    [
        (Preferences(), False, False),
        (Preferences(dynamic=False), False, False),
        (Preferences(code="200"), True, False),
        (Preferences(dynamic=True), True, True),
        (Preferences(seed="1"), True, True),
        (Preferences(seed="1", example="a"), True, False),
        (Preferences(seed="1", dynamic=False), True, False),
    ],
)
def test_preferences_are_parsed(message, chosen, dynamic):
    assert (message.choose, message.passes_over_examples) == (chosen, dynamic)


def test_preference_applied_is_written():
    assert applied([]) == {}
    assert applied([("code", "404"), ("example", 'a "b" é')]) == {
        "Preference-Applied": r'code=404, example="a \"b\" ?"',
    }


def test_a_vast_header_is_read_quickly():
    assert preferences(b'"' * 100_000 + b"a" * 100_000, b"")[0] == Preferences()


@pytest.mark.parametrize(
    ("accept", "names"),
    [
        ("*/*", ["application/json", "application/hal+json", "text/plain"]),
        ("text/plain, application/json;q=0.5", ["text/plain", "application/json", "application/hal+json"]),
        ("application/*+json", ["application/hal+json"]),
        ("application/*+json;q=0, application/*", ["application/json"]),
        ("image/*", []),
        ("", ["application/json", "application/hal+json", "text/plain"]),
    ],
)
def test_media_types_are_sorted_by_quality(accept, names):
    media_types = [MediaType(name, None, {}) for name in ("application/json", "application/hal+json", "text/plain")]

    assert [media.name for media in liked(accept.encode(), media_types)] == names
