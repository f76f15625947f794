"""Overlays: their changes, and errors."""

from __future__ import annotations

import hashlib

import pytest

from locum.openapi.load.documents import BadDocument, documents_in, read
from locum.openapi.load.overlays import concerns, read_overlay

DOCUMENT = """\
openapi: 3.1.0
info: {title: Pets, version: '1'}
tags: [{name: a}, {name: b}, {name: a}]
paths:
  /pets:
    get: {operationId: listPets, x-size: 5, parameters: [{name: limit, in: query, schema: {type: integer}}]}
    post: {operationId: makePet}
"""


@pytest.fixture
def changed(tmp_path):
    """Return a function that reads the document with overlays of these actions."""

    def found(*actions, head="overlay: 1.1.0\ninfo: {title: Hints, version: '1'}\n"):
        (tmp_path / "pets.yaml").write_text(DOCUMENT)
        overlays = []
        for index, text in enumerate(actions):
            overlays.append(tmp_path / f"hints{index}.yaml")
            overlays[-1].write_text(f"{head}actions:\n{text}\n")
        return read(tmp_path / "pets.yaml", overlays=overlays)

    return found


@pytest.mark.parametrize(
    ("action", "pointer", "value"),
    [
        ("- {target: $.info, update: {title: Dogs, x-a: 1}}", "info", {"title": "Dogs", "version": "1", "x-a": 1}),
        ("- {target: '$.tags', update: {name: c}}", "tags", [{"name": n} for n in "abac"]),
        ("- {target: '$.tags', update: [{name: c}, {name: d}]}", "tags", [{"name": n} for n in "abacd"]),
        ("- {target: $, update: {tags: [{name: c}], x-b: {c: d}}}", "tags", [{"name": n} for n in "abac"]),
        ("- {target: \"$.tags[?@.name=='a']\", remove: true}", "tags", [{"name": "b"}]),
        ("- {target: '$.tags[*]', remove: true}", "tags", []),
        ("- {target: '$.tags[0]', remove: true, update: {name: z}}", "tags", [{"name": "b"}, {"name": "a"}]),
        ("- {target: '$.tags[*]', update: {x: [1]}}", "tags", [{"name": n, "x": [1]} for n in "aba"]),
        ("- {target: $.info.title, update: Cats}", "info", {"title": "Cats", "version": "1"}),
        ("- {target: $.info, remove: false, update: {x-a: 1}}", "info", {"title": "Pets", "version": "1", "x-a": 1}),
        (
            "- {target: '$.tags[1]', copy: $.info}",
            "tags",
            [{"name": "a"}, {"name": "b", "title": "Pets", "version": "1"}, {"name": "a"}],
        ),
        (
            "- {target: $.info, update: {x-a: 1}}\n- {target: $.info.x-a, remove: true}",
            "info",
            {"title": "Pets", "version": "1"},
        ),
    ],
)
def test_an_action_changes_what_its_target_selects(changed, action, pointer, value):
    assert changed(action.replace("$.info.x-a", "\"$.info['x-a']\"")).content[pointer] == value


def test_operations_are_selected_by_their_members(changed):
    content = changed(
        "- target: $.paths.*[?@.operationId=='listPets']\n  update: {x-size: 9, parameters: [{name: b}]}"
    ).content

    assert content["paths"]["/pets"]["get"]["x-size"] == 9
    assert [parameter["name"] for parameter in content["paths"]["/pets"]["get"]["parameters"]] == ["limit", "b"]
    assert content["paths"]["/pets"]["post"] == {"operationId": "makePet"}


def test_a_value_inserted_in_several_places_is_copied(changed):
    content = changed("- {target: '$.tags[*]', update: {x: {}}}\n- {target: '$.tags[0].x', update: {y: 1}}").content

    assert [tag["x"] for tag in content["tags"]] == [{"y": 1}, {}, {}]


def test_overlays_are_applied_in_their_order(changed):
    found = changed("- {target: $.info, update: {title: Dogs}}", "- {target: $.info, update: {title: Cats}}")

    assert found.title == "Cats"


def test_an_overlay_can_add_references_to_other_files(changed, tmp_path):
    (tmp_path / "more.yaml").write_text("type: string")
    content = changed("- {target: $, update: {components: {schemas: {A: {$ref: more.yaml}}}}}").content

    assert content["components"]["schemas"]["A"] == {"$ref": "#/x-locum-files/more.yaml"}


def test_a_target_without_a_match_is_reported(changed, tmp_path):
    found = changed("- target: $.paths['/dogs']\n  remove: true")

    assert found.notes == (
        f"{tmp_path}/hints0.yaml:4:3: #/actions/0/target: $.paths['/dogs'] matches nothing, so nothing is changed.",
    )


def test_the_digest_is_that_of_the_overlays_too(changed):
    assert changed().digest == hashlib.sha256(DOCUMENT.encode()).hexdigest()
    assert changed("- {target: $.no, remove: true}").digest != changed("- {target: $.nothing, remove: true}").digest


def test_a_location_is_reported_in_the_changed_document(changed, tmp_path):
    found = changed("- {target: $.info, update: {x-a: {b: 1}}}")

    assert found.places(["/info/x-a/b"])["/info/x-a/b"] == (f"{tmp_path}/pets.yaml", 2, 1, "/info/x-a/b")


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (
            "- {target: info, update: {}}",
            r"hints0.yaml:4:4: #/actions/0/target: 'info' is not a JSONPath of RFC 9535: ",
        ),
        ("- {target: '$.a[', update: {}}", r"#/actions/0/target: '\$.a\[' is not a JSONPath of RFC 9535: "),
        ("- {target: '$.a[?b ~ c]', update: {}}", r"is not a JSONPath of RFC 9535: "),
        ("- {target: '', update: {}}", r"'' is not a JSONPath of RFC 9535: "),
        ("- {update: {}}", r"hints0.yaml:4:3: #/actions/0: an action needs a `target`: a JSONPath such as"),
        (
            "- {target: $.info, updates: {}}",
            r"4:20: #/actions/0/updates: 'updates' is not known here.* Did you mean update\?",
        ),
        ("- {target: $.info, remove: yes}", r"4:20: #/actions/0/remove: must be true or false."),
        ("- {target: $, remove: true}", r"the whole document cannot be removed."),
        ("- {target: $.info, update: text}", r"/info is an object, and only an object is merged into it."),
        (
            "- {target: $.info, copy: '$.tags[*]'}",
            r"/actions/0/copy: \$.tags\[\*\] selects 3 places, and a copy is made of one.",
        ),
        ("  []", r"hints0.yaml:3:1: #/actions: an overlay needs `actions`: a list of what to change."),
    ],
)
def test_an_invalid_action_is_reported_with_its_location(changed, action, sentence):
    with pytest.raises(BadDocument, match=sentence):
        changed(action)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("overlay: 1.0\n", r"hints0.yaml:1:1: #/overlay: must say 1.0.0 or 1.1.0 in quotes, not 1.0."),
        ("overlay: 2.0.0\n", r"must say 1.0.0 or 1.1.0 in quotes, not '2.0.0'."),
        ("openapi: 3.1.0\n", r"hints0.yaml:1:1: this is not an overlay, which is an object with the key `overlay`."),
    ],
)
def test_a_file_that_is_not_an_overlay_is_reported(changed, head, sentence):
    with pytest.raises(BadDocument, match=sentence):
        changed("- {target: $.info, update: {}}", head=head)


def test_an_overlay_given_as_a_document_is_reported(tmp_path):
    path = tmp_path / "hints.yaml"
    path.write_text("overlay: 1.0.0\nactions: []\n")

    assert documents_in(path) == [path]
    with pytest.raises(BadDocument, match=r"this is an overlay; name the document, and this with --overlay."):
        read(path)


@pytest.mark.parametrize(
    ("extends", "document", "verdict"),
    [
        ("", "specs/pets.yaml", True),
        ("extends: pets.yaml\n", "specs/pets.yaml", True),
        ("extends: ../specs/pets.yaml\n", "specs/pets.yaml", True),
        ("extends: https://a.example/v1/my%20pets.yaml?x=1\n", "specs/my pets.yaml", True),
        ("extends: dogs.yaml\n", "specs/pets.yaml", False),
    ],
)
def test_an_overlay_applies_to_the_document_that_it_extends_or_to_all(tmp_path, extends, document, verdict):
    path = tmp_path / "hints.yaml"
    path.write_text(f"overlay: 1.0.0\n{extends}actions: [{{target: $, update: {{}}}}]\n")

    assert concerns(read_overlay(path), document) is verdict
