"""Strings: patterns, formats and lengths, alone and together."""

from __future__ import annotations

import re
from random import Random

import jsonschema_rs
import pytest

from locum.generate.generation import Generation, GenerationOptions
from locum.generate.generator import Unsatisfiable
from locum.generate.patterns import UnreadablePattern, alphabet_without, match_of, parse
from locum.generate.vocabulary.formats import _FORMATS
from locum.openapi.patterns import matcher
from locum.world.clock import EPOCH
from tests.locum.test_generate_values import make

PATTERNS = [
    "^[a-z]+$", "^[A-Z][a-z]*$", "abc", "^a|b$", "^(a|bb|ccc)$", "^a{3}$", "^a{2,}$", "^a{2,4}$", "^a{0}b$", "^a?b*?c+?$",
    "^\\d\\D\\w\\W\\s\\S$", "^[\\d-]{5}$", "^[\\w.-]+@[\\w-]+\\.[a-z]{2,}$", "^[^a-z]{3}$", "^[^\\s]+$", "^.{5}$", "^[.]$", "^\\.\\*\\/$",
    "^\\u0041\\x42\\u{43}$", "^\\cJ$", "^\\t\\n\\r\\f\\v$", "^[\\]]$", "^[-a]$", "^[a-]$", "^[a\\-z]$", "^\\p{Lu}\\p{Ll}+$", "^\\P{L}$",
    "^\\p{Letter}$", "^\\p{Alphabetic}$", "^(\\b)*a$", "^\\p{Script=Greek}+$", "^\\p{Nd}$", "^[\\p{L}\\p{N}_]{4}$", "^(?:a|b)c$", "^(?<year>\\d{4})-\\d\\d$",
    "^(['\"])x\\1$", "^(a(b)?)+$", "^}$", "^]$", "^$", "", "^a\\b c$", "^[\\s\\S]*$",
    "^\\S(.*\\S)?$", "^#[0-9a-fA-F]{6}$", "^([01]\\d|2[0-3]):[0-5]\\d$", "^(\\d{1,3}\\.){3}\\d{1,3}$", "^[a-z0-9]+(?:-[a-z0-9]+)*$",
    "^(?=.*[A-Z])(?=.*\\d).{8,}$", "^(?!admin)[a-z]{5}$", "^.*(?<=z)$", "^(?i:abc)$", "^[\\w-\\.]{4}$", "^\\[[a-z]+]$", "^\\_\\-\\/{x}\\101$", "^[\\b\\cJ&&a]{3}$", "^(?<n>a|b)\\k<n>\\1$",
    "^(?=.*[!@#])(?=.*[a-z])[a-z!@#]{6,9}$", "^([a-f0-9]{2}:){5}[a-f0-9]{2}$", "^\\/([^/]+\\/)*$", "^[一-龥]{2}$", "^\\^\\$$", "x*",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_string_matches_its_pattern(pattern):
    for seed in range(8):
        make({"type": "string", "pattern": pattern}, seed)


@pytest.mark.parametrize("pattern", [one for one in PATTERNS if not re.search(r"\(\?<?[=!]", one)])
def test_a_pattern_without_look_around_is_matched_at_the_first_attempt(pattern):
    run = Generation(Random(4), EPOCH, GenerationOptions())
    for _ in range(8):
        assert matcher(pattern)(match_of(pattern).string(run, 0, 1 << 20, odd=False))
        assert matcher(pattern)(match_of(pattern).string(run, 0, 1 << 20, odd=True))


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [
        ("^[a-z]+$", 12, 12),
        ("^[a-z]+-[a-z]+$", 40, 40),
        ("^(ab)+$", 10, 10),
        ("^(a|b{5}|c{9,12})$", 11, 11),
        ("^(\\d{2}|\\d{4})(-\\d{3})*$", 8, 8),
        ("^a", 20, 25),
        ("a$", 20, 25),
        ("b", 20, 25),
        ("^x{1,3}y*z?$", 0, 1),
        ("^(a|b)*$", 30, 31),
    ],
)
def test_a_string_matches_its_pattern_and_has_its_length(pattern, low, high):
    for seed in range(8):
        made = make({"type": "string", "pattern": pattern, "minLength": low, "maxLength": high}, seed)
        assert low <= len(made) <= high


@pytest.mark.parametrize("pattern", ["(", "a)", "[a", "*", "a**", "\\", "[]"])
def test_an_invalid_pattern_is_not_parsed(pattern):
    with pytest.raises((UnreadablePattern, ValueError)):
        parse(pattern)


def test_an_unsupported_pattern_can_be_matched_by_trial():
    assert match_of("[") is None
    assert make({"type": "string", "pattern": "(?<!a)[^\\W\\d]{3}"})


def test_an_unsatisfiable_pattern_fails():
    with pytest.raises(Unsatisfiable):
        make({"type": "string", "pattern": "^a(?=b)c$"})


def test_an_empty_alphabet_is_extended():
    assert alphabet_without("".join(chr(code) for code in range(128)))


FORMATS = ["date", "date-time", *_FORMATS]


@pytest.mark.parametrize("name", FORMATS)
def test_a_string_has_its_format(name):
    for seed in range(5):
        made = make({"type": "string", "format": name}, seed)
        assert jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid(made)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("email", 3, 5), ("email", 8, 8), ("email", 13, 14), ("email", 73, 73), ("email", 76, 76), ("email", 120, 130), ("uri", 200, 200), ("uri", 3, 3),
        ("uri-reference", 0, 2), ("hostname", 1, 1), ("hostname", 100, 110), ("hostname", 64, 64), ("date-time", 24, 24), ("date-time", 25, 25), ("time", 14, 14),
        ("time", 9, 9), ("duration", 12, 12), ("ipv4", 7, 7), ("ipv6", 2, 3), ("ipv6", 39, 39), ("json-pointer", 0, 0), ("json-pointer", 30, 30),
        ("relative-json-pointer", 1, 1), ("relative-json-pointer", 30, 30), ("regex", 2, 2), ("password", 40, 40), ("uri-template", 50, 50),
        ("iri", 60, 60), ("unheard-of", 30, 30),
    ],
)  # fmt: skip
def test_a_string_has_its_format_and_its_length(name, low, high):
    for seed in range(5):
        made = make({"type": "string", "format": name, "minLength": low, "maxLength": high}, seed)
        assert low <= len(made) <= high


def test_a_string_has_its_format_and_its_pattern():
    assert make({"type": "string", "format": "date", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"})
    assert make({"type": "string", "format": "uri", "pattern": "^https://"}).startswith("https://")
    assert make({"type": "string", "format": "email", "pattern": "@corp\\.example$"}).endswith("@corp.example")


def test_a_text_is_cut_between_words():
    made = [
        make(
            {
                "type": "object",
                "required": ["description"],
                "properties": {"description": {"type": "string", "maxLength": 30}},
            },
            seed,
        )["description"]
        for seed in range(9)
    ]

    assert all(re.fullmatch(r"[A-Z][a-z]+( [A-Za-z0-9-]+)*\.?", text) for text in made)


def test_a_text_is_extended_by_sentences():
    made = make({"type": "object", "required": ["bio"], "properties": {"bio": {"type": "string", "minLength": 100}}})[
        "bio"
    ]

    assert made.count(".") >= 2


def test_an_identifier_is_extended_by_characters():
    made = make(
        {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string", "minLength": 27, "maxLength": 27}},
        }
    )

    assert re.fullmatch("[0-9A-Za-z]{27}", made["id"])
