"""Whom a change breaks: recorded requests and responses of consumers, judged by the new contract."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from locum.cli import main

BASE = """
openapi: 3.0.3
info: {title: Orders, version: 1.0.0}
paths:
  /orders:
    post:
      operationId: createOrder
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewOrder'}}}
      responses: {'201': {description: c, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
    get:
      operationId: listOrders
      parameters: [{name: limit, in: query, schema: {type: integer}}]
      responses: {'200': {description: o, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}}}
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: o, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
components:
  schemas:
    NewOrder: {type: object, properties: {amount: {type: integer}, currency: {type: string}, card: {type: string}}}
    Order: {type: object, required: [id, total], properties: {id: {type: integer}, total: {type: integer}}}
"""


def entry(method, url, body=None, status=200, response_body=None):
    request = {"method": method, "url": url, "headers": [{"name": "content-type", "value": "application/json"}]}
    if body is not None:
        request["postData"] = {"text": json.dumps(body)}
    content = {"text": json.dumps(response_body), "mimeType": "application/json"} if response_body is not None else {}
    headers = [{"name": "content-type", "value": "application/json"}]
    return {"request": request, "response": {"status": status, "headers": headers, "content": content}}


def archive(*entries):
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    url = "http://127.0.0.1:4010/orders"
    order = {"id": 1, "total": 2}
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "traffic" / "checkout-web").mkdir(parents=True)
    creates = [entry("POST", url, {"amount": number}, 201, order) for number in range(41)]
    (tmp_path / "traffic" / "checkout-web" / "one.har").write_text(archive(*creates[:20]))
    (tmp_path / "traffic" / "checkout-web" / "two.har").write_text(archive(*creates[20:]))
    (tmp_path / "traffic" / "reports.har").write_text(
        archive(entry("GET", url + "?limit=5", response_body=[order]), entry("GET", url + "?limit=abc", status=400))
    )
    return tmp_path


def run(folder, edit, *more):
    document = yaml.safe_load(BASE)
    edit(document)
    (folder / "head.yaml").write_text(yaml.safe_dump(document))
    return CliRunner().invoke(main, ["diff", "base.yaml", "head.yaml", "--consumers", "traffic", *more, "--no-cache"])


def consumers(folder, edit):
    found = json.loads(run(folder, edit, "--format", "json").stdout)
    return {change["kind"]: change.get("consumers", []) for change in found["changes"]}, found["notes"]


def require(name):
    return lambda document: document["components"]["schemas"]["NewOrder"].update(required=[name])


def test_the_consumers_of_a_break_are_named_with_their_requests(folder):
    found, notes = consumers(folder, require("currency"))

    assert found == {"property-became-required": ["checkout-web: 41 recorded exchanges"]}
    assert "checkout-web: 41 requests of createOrder are rejected now: `/currency` is required." in notes


def test_a_break_that_no_consumer_meets_is_said(folder):
    found, notes = consumers(folder, lambda document: document["paths"]["/orders/{id}"].pop("get"))

    assert found == {"operation-removed": []}
    assert "Orders: 1 of 1 breaking changes meet no recorded consumer." in notes


def test_what_a_consumer_could_rely_on_in_a_response(folder):
    found, _ = consumers(folder, lambda document: document["components"]["schemas"]["Order"].update(required=["id"]))

    assert found == {
        "property-became-optional": ["checkout-web: 41 recorded exchanges", "reports: 1 recorded exchange"]
    }


def test_a_parameter_that_is_gone_and_was_sent(folder):
    found, notes = consumers(folder, lambda document: document["paths"]["/orders"]["get"].pop("parameters"))

    assert found == {"parameter-removed": ["reports: 1 recorded exchange"]}
    assert "reports: 1 recorded requests break the old contract already, and were not counted." in notes


def test_a_redacted_value_is_no_break(folder):
    (folder / "traffic" / "app.har").write_text(
        archive(entry("POST", "http://127.0.0.1:4010/orders", {"card": "[redacted]"}, 201, {"id": 1, "total": 1}))
    )

    found, _ = consumers(
        folder,
        lambda document: document["components"]["schemas"]["NewOrder"]["properties"]["card"].update(maxLength=3),
    )

    assert found == {"limit-tightened": []}


def test_coverage_says_what_the_tests_of_a_consumer_use(folder):
    cells = {"POST /orders": {"request application/json /currency:present": 3, "status 201 application/json": 3}}
    coverage = {"form": 2, "api": "base", "digest": "x", "wrong": 0, "cells": cells}
    from locum.verify.coverage.coverage import FORM

    (folder / "traffic" / "mobile.json").write_text(json.dumps(coverage | {"form": FORM}))

    found, _ = consumers(
        folder,
        lambda document: document["components"]["schemas"]["NewOrder"]["properties"]["currency"].update(maxLength=3),
    )

    assert found == {"limit-tightened": ["mobile: its tests use it"]}


@pytest.mark.parametrize("text", ["{}", "[1]", "{"])
def test_what_is_no_traffic_ends_with_2(folder, text):
    (folder / "traffic" / "wrong.json").write_text(text)

    assert run(folder, require("currency")).exit_code == 2


def test_a_folder_without_traffic_ends_with_2(folder):
    done = CliRunner().invoke(main, ["diff", "base.yaml", "base.yaml", "--consumers", "nowhere", "--no-cache"])

    assert done.exit_code == 2
