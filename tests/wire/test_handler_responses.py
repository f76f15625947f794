"""Responses of handlers are validated, and never sent if they break the contract."""

from __future__ import annotations

import logging

import pytest

from tests.wire.serving import ERROR, document, parameter, responses

TEXT = {"type": "string"}
ERRORS = {"application/json": {"schema": ERROR}}
LOCATION = {"Location": {"required": True, "schema": {"type": "string", "pattern": "^/"}}}
LIMIT = {
    "X-Limit": {"schema": {"type": "integer", "maximum": 9}},
    "X-Ids": {"schema": {"type": "array", "items": {"type": "integer"}}},
}
NAMED = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": TEXT, "ratio": {}},
    "additionalProperties": False,
}
HEADERS = responses(500, headers=LIMIT)
RANGE = {
    "200": {"description": "done", "content": {"application/json": {"schema": NAMED}}},
    "4XX": {"description": "refused", "content": ERRORS},
    "500": {"description": "failed", "content": ERRORS},
}

# By name: the declared responses, the handler's response, and a part of the error message.
INVALID = {
    "undeclared-status": (responses(500), "Response({}, status=201)", "response 201 is not declared"),
    "undeclared-error": (responses(500), "Response({}, status=404)", "response 404 is not declared"),
    "wrong-type": (responses(500, schema=NAMED), "5", "response 200, body at '' (type): must be of type object"),
    "missing": (responses(500, schema=NAMED), "{}", "response 200, body at '/name' (required): is required"),
    "wrong-inside": (responses(500, schema=NAMED), "{'name': 5}", "body at '/name' (type)"),
    "undeclared-property": (responses(500, schema=NAMED), "{'name': 'a', 'b': 1}", "(additionalProperties)"),
    "no-body": (responses(500, schema=NAMED), "None", "response 200, body at '' (type)"),
    "unwanted-body": (
        {"204": {"description": "done"}} | responses(500),
        "Response({}, status=204)",
        "has a body, but declares none",
    ),
    "range": (RANGE, "Response({'error': 5}, status=418)", "response 418, body at "),
    "outside-of-the-range": (RANGE, "Response({}, status=503)", "response 503 is not declared"),
    "undeclared-header": (HEADERS, "Response({}, {'X-Other': '1'})", "does not declare the header x-other"),
    "wrong-header": (HEADERS, "Response({}, {'X-Limit': '10'})", "response 200, X-Limit at '' (maximum)"),
    "header-of-another-type": (HEADERS, "Response({}, {'x-limit': 'ten'})", "X-Limit at '' (type)"),
    "missing-header": (responses(500, headers=LOCATION), "{}", "lacks the required header Location"),
    "header-on-two-lines": (responses(500, headers=LOCATION), r"Response({}, {'Location': '/\r\nX: y'})", "Location"),
}
VALID = {
    "first-success": (responses(500, status=201), "{}", 201),
    "chosen-success": (responses(500, status=201) | responses(), "Response({}, status=201)", 201),
    "in-the-range": (RANGE, "Response({'error': 'a', 'message': 'b', 'fields': []}, status=418)", 418),
    "by-default": ({"default": {"description": "any", "content": {"application/json": {}}}}, "{}", 200),
    "success-range": ({"2XX": {"description": "any", "content": {"application/json": {}}}}, "{}", 200),
    "redirect": ({"302": {"description": "away", "headers": LOCATION}}, "Response(headers={'Location': '/a'})", 302),
    "header": (HEADERS, "Response({}, {'X-Limit': '9'})", 200),
    "header-of-a-list": (HEADERS, "Response({}, {'X-Ids': '1,2,3'})", 200),
    "headers-of-http": (HEADERS, "Response({}, {'Allow': 'GET'})", 200),
    "no-headers": (HEADERS, "{}", 200),
    "free-body": ({"200": {"description": "any", "content": {"application/json": {}}}}, "[1, None, 10**40]", 200),
}


def paths():
    for table in (INVALID, VALID):
        for name, (declared, _, _) in table.items():
            yield f"/{name}", {"get": {"operationId": name, "responses": declared}}


EXTRA = {
    "/vast": {"get": {"operationId": "vast"}},
    "/bare": {"get": {"operationId": "bare", "responses": responses()}},
    "/located/{value}": {
        "get": {
            "operationId": "located",
            "parameters": [parameter("path", TEXT)],
            "responses": responses(500, headers={"Location": {"schema": TEXT}}),
        }
    },
}
FUNCTIONS = [
    f"def {name.replace('-', '_')}(): return {answer}"
    for table in (INVALID, VALID)
    for name, (_, answer, _) in table.items()
]
DOCUMENTS = {"answers": document(dict(paths()) | EXTRA)}
HANDLERS = {
    "answers": "\n".join(
        [
            *FUNCTIONS,
            "def vast(): return {'value': 'x' * 5_000_000}",
            "def bare(): return Response({}, status=404)",
            "def located(value): return Response({}, headers={'Location': value})",
        ]
    )
}


@pytest.mark.parametrize("name", INVALID)
def test_a_response_that_breaks_the_contract_is_never_sent(server, name, caplog):
    reply = server("GET", f"/{name}")

    assert (reply.status, reply.json["error"]) == (500, "contract_broken")
    assert reply.json["message"].startswith(f"The response of {name} "), "the operation is named"
    assert INVALID[name][2] in reply.json["message"]
    assert [record.name for record in caplog.records if record.levelno == logging.ERROR] == ["locum"]


@pytest.mark.parametrize("name", VALID)
def test_a_valid_response_is_sent_unchanged(server, name):
    assert server("GET", f"/{name}").status == VALID[name][2]


def test_an_invalid_response_is_problem_details_where_500_is_not_declared(server):
    reply = server("GET", "/bare")

    assert (reply.status, reply.headers["Content-Type"]) == (500, "application/problem+json")
    assert reply.json["code"] == "contract_broken"
    assert "bare" in reply.json["detail"]


def test_an_integer_of_any_length_is_sent_exactly(server):
    assert server("GET", "/free-body").json == [1, None, 10**40]


@pytest.mark.parametrize("value", ["a%0D%0ASet-Cookie:%20b=c", "a%0Ab", "a%00b", "%E2%82%AC"])
def test_a_header_that_cannot_be_sent_is_a_500_and_no_other_header(server, value):
    reply = server("GET", "/located/" + value)

    assert reply.status == 500
    assert reply.headers["Set-Cookie"] is None
    assert server("GET", "/located/a").headers["Location"] == "a"


def test_a_large_response_arrives_complete(server):
    assert len(server("GET", "/vast").value) == 5_000_000
    assert server("HEAD", "/vast").headers["Content-Length"] == "5000012"
