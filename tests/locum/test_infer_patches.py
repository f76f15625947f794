"""JSON Merge Patch and JSON Patch."""

from __future__ import annotations

from copy import deepcopy

import pytest

from locum.errors import Conflict, Invalid
from locum.infer.actions.patches import is_json_patch, json_patch, merge_patch

# RFC 7396, appendix A
MERGES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "result"), MERGES)
def test_merge_patches_follow_rfc_7396(target, patch, result):
    before = deepcopy((target, patch))

    assert merge_patch(target, patch) == result
    assert (target, patch) == before


def test_a_merged_value_is_not_shared_with_the_patch():
    patch = {"tags": ["a"]}
    merged = merge_patch({}, patch)
    merged["tags"].append("b")

    assert patch == {"tags": ["a"]}


def test_a_too_deep_merge_patch_is_rejected():
    patch: dict = {}
    for _ in range(5_000):
        patch = {"a": patch}

    with pytest.raises(Invalid, match="nested"):
        merge_patch({}, patch)


# RFC 6902, appendix A, and the corners of section 4
PATCHES = [
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"baz": "qux", "foo": "bar"}),
    ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}], {"foo": ["bar", "qux", "baz"]}),
    ({"foo": [1]}, [{"op": "add", "path": "/foo/-", "value": 2}], {"foo": [1, 2]}),
    ({"foo": [1]}, [{"op": "add", "path": "/foo/1", "value": 2}], {"foo": [1, 2]}),
    ({"foo": None}, [{"op": "add", "path": "/foo", "value": 1}], {"foo": 1}),
    ({"foo": 1}, [{"op": "add", "path": "", "value": [2]}], [2]),
    ({"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
    ({"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
    ({"baz": "qux"}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo"}),
    ({"foo": [1, 2, 3]}, [{"op": "replace", "path": "/foo/1", "value": 9}], {"foo": [1, 9, 3]}),
    ({"foo": 1}, [{"op": "replace", "path": "", "value": 2}], 2),
    (
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    (
        {"foo": ["all", "cows", "eat"]},
        [{"op": "move", "from": "/foo/0", "path": "/foo/2"}],
        {"foo": ["cows", "eat", "all"]},
    ),
    ({"foo": 1}, [{"op": "move", "from": "/foo", "path": "/foo"}], {"foo": 1}),
    (
        {"a": [1]},
        [{"op": "copy", "from": "/a", "path": "/b"}, {"op": "add", "path": "/b/-", "value": 2}],
        {"a": [1], "b": [1, 2]},
    ),
    ({"baz": "qux"}, [{"op": "test", "path": "/baz", "value": "qux"}], {"baz": "qux"}),
    (
        {"a": {"b": [1, {"c": 2.0}]}},
        [{"op": "test", "path": "/a", "value": {"b": [1.0, {"c": 2}]}}],
        {"a": {"b": [1, {"c": 2}]}},
    ),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}, {"op": "remove", "path": "/~1"}], {"~1": 10}),
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": 1, "xyz": 123}], {"foo": "bar", "baz": 1}),
    ({"": 1}, [{"op": "replace", "path": "/", "value": 2}], {"": 2}),
    ({"foo": 1}, [], {"foo": 1}),
]


@pytest.mark.parametrize(("target", "patch", "result"), PATCHES)
def test_json_patches_follow_rfc_6902(target, patch, result):
    before = deepcopy((target, patch))

    assert json_patch(target, patch) == result
    assert (target, patch) == before


CLASHES = [
    ({"op": "test", "path": "/a", "value": 2}, "test failed: /a has"),
    ({"op": "test", "path": "/a", "value": True}, "test failed"),
    ({"op": "test", "path": "/a", "value": "1"}, "test failed"),
    ({"op": "test", "path": "/b", "value": None}, "/b does not exist"),
    ({"op": "remove", "path": "/b"}, "/b does not exist"),
    ({"op": "remove", "path": ""}, "record itself cannot be removed"),
    ({"op": "replace", "path": "/b", "value": 1}, "/b does not exist"),
    ({"op": "add", "path": "/b/c", "value": 1}, "/b/c does not exist"),
    ({"op": "add", "path": "/a/c", "value": 1}, "/a/c does not exist"),
    ({"op": "add", "path": "/list/4", "value": 1}, "/list/4 does not exist"),
    ({"op": "add", "path": "/list/01", "value": 1}, "/list/01 does not exist"),
    ({"op": "add", "path": "/list/x", "value": 1}, "/list/x does not exist"),
    ({"op": "add", "path": "/list/" + "9" * 5_000, "value": 1}, r"/list/9{94}\.\.\. does not exist"),
    ({"op": "remove", "path": "/list/-"}, "/list/- does not exist"),
    ({"op": "remove", "path": "/list/3"}, "/list/3 does not exist"),
    ({"op": "copy", "from": "/b", "path": "/c"}, "/b does not exist"),
    ({"op": "move", "from": "/a", "path": "/b/c"}, "/b/c does not exist"),
    ({"op": "move", "from": "/deep", "path": "/deep/er"}, "into itself"),
]


@pytest.mark.parametrize(("operation", "message"), CLASHES)
def test_a_json_patch_that_does_not_apply_is_a_conflict_and_changes_nothing(operation, message):
    target = {"a": 1, "list": [1, 2, 3], "deep": {}}

    with pytest.raises(Conflict, match=message) as caught:
        json_patch(target, [{"op": "add", "path": "/new", "value": 1}, operation])

    assert target == {"a": 1, "list": [1, 2, 3], "deep": {}}
    assert caught.value.violations[0].path[0] == 1


@pytest.mark.parametrize(
    ("patch", "place"),
    [
        ({"op": "add"}, ()),
        (["add"], (0,)),
        ([{"op": "append", "path": "/a"}], (0, "op")),
        ([{"op": "add", "value": 1}], (0, "path")),
        ([{"op": "add", "path": "a", "value": 1}], (0, "path")),
        ([{"op": "add", "path": 1, "value": 1}], (0, "path")),
        ([{"op": "add", "path": "/a"}], (0, "value")),
        ([{"op": "move", "path": "/a"}], (0, "from")),
        ([{"op": ["add"], "path": "/a"}], (0, "op")),
    ],
)
def test_a_malformed_json_patch_is_invalid_with_a_location(patch, place):
    with pytest.raises(Invalid) as caught:
        json_patch({"a": 1}, patch)

    assert caught.value.violations[0].path == place


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "copy", "from": "/a", "path": f"/a/{number}"} for number in range(60)],
        [{"op": "copy", "from": "", "path": "/a" + "/b" * number} for number in range(1, 60)],
        [{"op": "copy", "from": "/wide", "path": "/copy"}] * 300,
        [{"op": "move", "from": "/wide", "path": "/b"}, {"op": "move", "from": "/b", "path": "/wide"}] * 150,
        [{"op": "add", "path": "/a" + "/a" * number, "value": {}} for number in range(1, 5_000)],
    ],
)
def test_a_json_patch_that_multiplies_or_nests_a_record_is_invalid(patch):
    with pytest.raises(Invalid, match=r"more than 200(,000 values| levels deep)"):
        json_patch({"a": {"x": 1}, "wide": [0] * 1_000}, patch)


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        ([], "application/json-patch+json", True),
        ([{"op": "remove", "path": "/a"}], "application/json", True),
        ([{"name": "Ada"}], "application/json", False),
        # Kubernetes declares an object for its patches of every media type.
        ({"metadata": {}}, "application/json-patch+json", False),
    ],
)
def test_a_json_patch_is_a_list(body, media_type, expected):
    assert is_json_patch(body, media_type) is expected
