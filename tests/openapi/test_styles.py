"""Styles: the table of OpenAPI 3.0.3, section 4.7.12.1, row by row, and invalid values."""

from __future__ import annotations

import pytest

from locum.openapi.wire.styles import Unreadable, from_pairs, from_text, to_pairs, to_text

COLOURS = ["blue", "black", "brown"]
RGB = {"R": "100", "G": "200", "B": "150"}


# Style and explode; then no value, a text, an array and an object, of a parameter named `color`.
TEXTS = {
    ("matrix", False): (";color", ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
    ("matrix", True): (";color", ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
    ("label", False): (".", ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
    ("label", True): (".", ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
    ("simple", False): ("", "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("simple", True): ("", "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ("form", False): ("", "blue", "blue,black,brown", "R,100,G,200,B,150"),
}


@pytest.mark.parametrize(("style", "explode"), TEXTS)
def test_texts_are_read_as_in_the_table(style, explode):
    def read(written, shape):
        return from_text(written, "color", style, shape, explode=explode)

    empty, text, array, mapping = TEXTS[style, explode]

    assert read(empty, "primitive") == ""
    assert read(text, "primitive") == "blue"
    assert read(text, "array") == ["blue"]
    assert read(array, "array") == COLOURS
    assert read(mapping, "object") == RGB


@pytest.mark.parametrize(("style", "explode"), TEXTS)
def test_texts_are_written_as_in_the_table(style, explode):
    values = ("", "blue", COLOURS, RGB)

    assert tuple(to_text(value, "color", style, explode=explode) for value in values) == TEXTS[style, explode]


@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize("style", ["form", "spaceDelimited", "pipeDelimited", "deepObject"])
@pytest.mark.parametrize(("value", "shape"), [("blue", "primitive"), (COLOURS, "array"), (RGB, "object")])
def test_written_pairs_are_read_back(value, shape, style, explode):
    pairs = {}
    for name, text in to_pairs(value, "color", style, explode=explode):
        pairs.setdefault(name, []).append(text)

    assert from_pairs(pairs, "color", style, shape, explode=explode) == value


def test_values_of_json_are_written_as_texts():
    assert to_pairs([True, None, 1.5], "x", "form", explode=False) == [("x", "true,,1.5")]


@pytest.mark.parametrize(
    ("written", "style", "shape", "explode", "reason"),
    [
        ("blue", "label", "primitive", False, r"must begin with '\.'"),
        ("blue", "matrix", "primitive", False, "must begin with ';'"),
        (";shade=blue", "matrix", "primitive", False, "must begin with 'color='"),
        (";color=a;shade=b", "matrix", "array", True, "must begin with 'color='"),
        ("R,100,G", "simple", "object", False, "alternating names and values"),
        ("R,100", "simple", "object", True, "name=value pairs"),
        (".R", "label", "object", True, "name=value pairs"),
        (";R", "matrix", "object", True, "name=value pairs"),
    ],
)
def test_a_text_of_another_style_is_unreadable(written, style, shape, explode, reason):
    with pytest.raises(Unreadable, match=reason):
        from_text(written, "color", style, shape, explode=explode)


def test_a_list_in_a_header_can_have_spaces():
    assert from_text("a, b ,c", "color", "simple", "array", explode=False) == ["a", "b", "c"]
    assert from_text("R=1, G=2", "color", "simple", "object", explode=True) == {"R": "1", "G": "2"}


def test_a_repeated_matrix_parameter_is_a_list():
    assert from_text(";color=a;color=b", "color", "matrix", "primitive", explode=False) == ["a", "b"]


@pytest.mark.parametrize(
    ("pairs", "style", "shape", "explode", "value"),
    [
        ({"color": ["blue"]}, "form", "primitive", True, "blue"),
        ({"color": [""]}, "form", "primitive", True, ""),
        ({"color": ["blue", "black"]}, "form", "primitive", True, ["blue", "black"]),
        ({"color": COLOURS}, "form", "array", True, COLOURS),
        ({"color": ["blue"]}, "form", "array", True, ["blue"]),
        ({"color": ["blue,black,brown"]}, "form", "array", False, COLOURS),
        ({"color": ["blue,black"]}, "form", "array", True, ["blue,black"]),
        ({"color": [""]}, "form", "array", False, []),
        ({"color": ["R,100,G,200,B,150"]}, "form", "object", False, RGB),
        ({"R": ["100"], "G": ["200"], "B": ["150"]}, "form", "object", True, RGB),
        ({"R": ["1", "2"]}, "form", "object", True, {"R": ["1", "2"]}),
        ({"color": ["blue black brown"]}, "spaceDelimited", "array", False, COLOURS),
        ({"color": ["blue|black|brown"]}, "pipeDelimited", "array", False, COLOURS),
        ({"color": COLOURS}, "pipeDelimited", "array", True, COLOURS),
        (
            {"color[R]": ["100"], "color[G]": ["200"], "color[B]": ["150"], "other": ["1"]},
            "deepObject",
            "object",
            True,
            RGB,
        ),
        (
            {"color[a][b]": ["1"], "color[a][c]": ["2", "3"]},
            "deepObject",
            "object",
            True,
            {"a": {"b": "1", "c": ["2", "3"]}},
        ),
        ({"color[a][]": ["1", "2"]}, "deepObject", "object", True, {"a": {"": ["1", "2"]}}),
        ({"colors[R]": ["1"]}, "deepObject", "object", True, None),
        ({"color": ["5"]}, "deepObject", "primitive", True, "5"),
        ({}, "deepObject", "object", True, None),
        ({}, "form", "object", True, None),
        ({"shade": ["blue"]}, "form", "primitive", True, None),
    ],
)
def test_pairs_are_read_as_in_the_table(pairs, style, shape, explode, value):
    assert from_pairs(pairs, "color", style, shape, explode=explode) == value


@pytest.mark.parametrize(
    ("pairs", "style", "shape", "reason"),
    [
        ({"color": ["a", "b"]}, "form", "array", "must be sent only once, with items separated by ','"),
        ({"color": ["a", "b"]}, "spaceDelimited", "array", "must be sent only once"),
        ({"color": ["R,1,G"]}, "form", "object", "alternating names and values"),
        ({"color[R": ["1"]}, "deepObject", "object", "unbalanced brackets"),
        ({"color[R]]": ["1"]}, "deepObject", "object", "unbalanced brackets"),
        ({"color[R]x": ["1"]}, "deepObject", "object", "unbalanced brackets"),
        ({"color[": ["1"]}, "deepObject", "object", "unbalanced brackets"),
        ({"color[R]": ["1"], "color[R][x]": ["1"]}, "deepObject", "object", "both a value and an object"),
        ({"color[R][x]": ["1"], "color[R]": ["1"]}, "deepObject", "object", "both a value and an object"),
    ],
)
def test_pairs_of_another_style_are_unreadable(pairs, style, shape, reason):
    with pytest.raises(Unreadable, match=reason):
        from_pairs(pairs, "color", style, shape, explode=False)
