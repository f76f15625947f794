"""The served inspector: one page, its files, and no external resources."""

from __future__ import annotations

import re

import pytest

from locum.control import inspector
from locum.control.inspector import inspector_file
from locum.world.faults import fault_of

FILES = sorted(inspector._FILES)


def test_the_root_of_the_control_api_redirects_to_the_inspector(client):
    page = client.get("/__locum/")

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert client.get("/~mine/__locum/").content == page.content


def test_every_referenced_file_is_served(client):
    texts = {name: inspector_file(name)[1].decode() for name in FILES}
    named = set(re.findall(r'"inspector/([\w.]+)"', texts["index.html"]))
    named |= {name for text in texts.values() for name in re.findall(r'from "\./([\w.]+)";', text)}

    assert named | {"index.html"} == set(FILES)
    for name in named:
        response = client.get(f"/__locum/inspector/{name}")
        assert response.status_code == 200
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.content


@pytest.mark.parametrize("name", FILES)
def test_no_file_loads_external_resources_or_writes_html(name):
    text = inspector_file(name)[1].decode()

    assert set(re.findall(r"https?://[\w./]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)


def test_unknown_files_and_other_methods_are_rejected(client):
    assert client.get("/__locum/inspector/nothing.js").status_code == 404
    assert client.get("/__locum/inspector/__init__.py").status_code == 404
    assert client.get("/__locum/inspector/..%2Faccess.py").status_code == 404
    assert client.post("/__locum/").status_code == 405


def test_every_preset_of_a_fault_is_one():
    text = inspector_file("faults.js")[1].decode()
    presets = re.findall(r'^  \["([^"]+)", "([^"]+)", "[^"]+"\],$', text, re.MULTILINE)

    assert len(presets) >= 9
    for _, preset in presets:
        assert fault_of(preset)
