"""Stock Connexion as the oracle: both servers get the same requests, and every difference has a reason.

locum replaces Connexion's request path, so the requests that it accepts and rejects and the arguments
of handlers are compared with Connexion's, for the bundled contracts and a sampler of the features that
they do not use. A difference without one of the reasons below fails and prints the request.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from connexion.json_schema import Draft4RequestValidator

from tests.contract.oracle import MOST_BYTES, Exchange, Pair, bases, generated, identical, services, variations

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = 10
"""Cases per operation in Schemathesis' fuzzing phase; its coverage phase makes most of the rest."""
VARIED = 2
"""How many accepted requests of each operation are also sent in variations."""
NAMES = ("api-keys", "credentials", "workflows", "sampler")

pytestmark = pytest.mark.xdist_group("oracle")


@dataclass(frozen=True)
class Argument:
    """The values of one argument of a handler on both servers; the argument of the body has no parameter."""

    exchange: Exchange
    parameter: Any
    stock: Any
    locum: Any

    def is_shaped(self, shape: str) -> bool:
        return self.parameter is not None and self.parameter.shape == shape


@dataclass(frozen=True)
class Reason:
    """Why the servers may differ: in the outcome of a request (`verdict`) or in one argument (`value`)."""

    name: str
    sentence: str
    verdict: Callable[[Exchange], bool] = lambda _: False
    value: Callable[[Argument], bool] = lambda _: False


# The predicates use the request and the contract, never the messages of the servers.


def _decoded(text: bytes) -> bool:
    try:
        unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return False
    return True


def _pairs(exchange: Exchange) -> list[tuple[str, str]]:
    pairs = (pair.partition(b"=") for pair in exchange.request.query.split(b"&") if pair)
    return [
        tuple(unquote_to_bytes(part.replace(b"+", b" ")).decode(errors="replace") for part in (name, value))
        for name, _, value in pairs
    ]


def _query(exchange: Exchange) -> list[tuple[Any, str]]:
    """The parameters of the operation's query with their texts, those of a deep object by its name."""
    by_name = {parameter.name: parameter for parameter in exchange.operation.by_location["query"]}
    return [(by_name[name], text) for full, text in _pairs(exchange) if (name := full.partition("[")[0]) in by_name]


def _texts(exchange: Exchange) -> list[tuple[Any, str]]:
    """The parameters of path and query with their texts."""
    template = re.sub(r"\{[^{}]*\}", "([^/]*)", exchange.service.base_path + exchange.operation.path)
    caught = re.fullmatch(template.encode(), exchange.request.path)
    by_name = {parameter.name: parameter for parameter in exchange.operation.by_location["path"]}
    names = re.findall(r"\{([^{}]*)\}", exchange.operation.path)
    values = [unquote_to_bytes(text).decode(errors="replace") for text in caught.groups()] if caught else []
    return [*((by_name[name], value) for name, value in zip(names, values, strict=False)), *_query(exchange)]


def _essence(exchange: Exchange) -> str:
    return (exchange.request.header(b"content-type") or b"").decode("latin-1").partition(";")[0].strip()


def _has_optional_body(exchange: Exchange) -> bool:
    operation = exchange.operation
    declared = exchange.service.contract.document.content["paths"][operation.path][operation.method.lower()]
    return "requestBody" in declared and declared["requestBody"].get("required") is not True


def _takes(exchange: Exchange) -> tuple[str, ...]:
    body = exchange.operation.body
    return () if body is None else tuple(body.media_types)


FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("uuid")(
    lambda text: re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) is not None
)
FORMATS.checks("date", ValueError)(lambda text: bool(dt.date.fromisoformat(text)) and len(text) == len("2026-01-01"))


def _errors(exchange: Exchange) -> list[Any]:
    """The errors of Connexion's validator for the body with the formats uuid and date."""
    body = exchange.operation.body
    if body is None or not _takes(exchange) or (value := exchange.request.json()) is None:
        return []
    schema = next(iter(body.media_types.values())).schema
    document = {**exchange.service.contract.document.content, "$ref": "#" + schema.pointer.replace("{", "%7B")}
    return list(Draft4RequestValidator(document, format_checker=FORMATS).iter_errors(value))


def _all(errors: list[Any], holds: Callable[[Any], bool]) -> bool:
    return bool(errors) and all(map(holds, errors))


def _members(value: Any) -> list[tuple[str, Any]]:
    """Every member and item of a JSON value, at any depth, with its name."""
    if isinstance(value, dict):
        return [found for name, item in value.items() for found in [(name, item), *_members(item)]]
    if isinstance(value, list):
        return [found for item in value for found in [("", item), *_members(item)]]
    return []


def _properties(exchange: Exchange) -> dict[str, Any]:
    schema = next(iter(exchange.operation.body.media_types.values())).schema
    return schema.raw.get("properties", {})


def _no_json(exchange: Exchange) -> bool:
    """Whether Python's json accepts a body that is invalid by RFC 8259."""

    def rejects(word: str) -> None:
        raise OverflowError(word)

    try:
        values = [item for _, item in _members(json.loads(exchange.request.body, parse_constant=rejects))]
    except OverflowError:
        return True
    except (ValueError, RecursionError):
        return False
    infinite = any(value in {float("inf"), float("-inf")} for value in values if isinstance(value, float))
    return infinite or any(re.search("[\ud800-\udfff]", value) for value in values if isinstance(value, str))


def _preferred(exchange: Exchange) -> bool:
    return (exchange.request.header(b"prefer") or b"").startswith(b"code=")


def _repeated(exchange: Exchange) -> bool:
    shapes = {parameter.name: parameter.shape for parameter in exchange.operation.by_location["query"]}
    counted = Counter(name for name, _ in _pairs(exchange))
    return any(
        number > 1 and shapes.get(name.partition("[")[0], "array") != "array" for name, number in counted.items()
    )


def _repeated_list(exchange: Exchange) -> bool:
    lists = {
        item.name for item in exchange.operation.by_location["query"] if item.shape == "array" and not item.explode
    }
    counted = Counter(name for name, _ in _pairs(exchange))
    return any(counted[name] > 1 for name in lists)


def _concrete(exchange: Exchange) -> bool:
    """Whether the path of the request is concrete, but Connexion matched a templated one."""
    paths = {operation.operation_id: operation.path for operation in exchange.service.contract.operations.values()}
    path = unquote_to_bytes(exchange.request.path).decode(errors="replace").removeprefix(exchange.service.base_path)
    return path in paths.values() and exchange.stock.accepted and paths[exchange.stock.operation_id] != path


def _kinds(parameter: Any) -> set[str]:
    schema = parameter.schema.raw
    return {schema.get("type"), (schema.get("items") or {}).get("type")}


def _only_python_reads(exchange: Exchange) -> bool:
    """Whether the text of a number or a boolean is invalid in JSON but accepted by int(), float() or Connexion."""
    for parameter, text in _texts(exchange):
        kinds = _kinds(parameter)
        if kinds & {"integer", "number"} and not re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", text):
            try:
                float(text)
            except ValueError:
                continue
            return True
        if "boolean" in kinds and text not in {"true", "false"} and text.lower() in {"true", "false"}:
            return True
    return False


REASONS = (
    # Connexion accepts, locum rejects.
    Reason(
        "formats",
        "Stock checks neither `uuid` nor `date`.",
        lambda x: (
            x.only_stock
            and (
                any(
                    p.schema.raw.get("format") == "uuid" and not FORMATS.conforms(text, "uuid") for p, text in _texts(x)
                )
                or _all(_errors(x), lambda error: error.validator == "format")
            )
        ),
    ),
    Reason(
        "read-only-sent",
        "Stock takes readOnly properties in a request (OpenAPI 3.0.3, 4.7.24.2: not to be sent).",
        lambda x: (
            x.only_stock
            and "application/json" in _takes(x)
            and any(_properties(x).get(name, {}).get("readOnly") for name, _ in _members(x.request.json()))
        ),
    ),
    Reason(
        "text-bodies",
        "Stock judges only bodies that are JSON or forms: neither the schema of a text nor whether it is there.",
        lambda x: x.only_stock and _takes(x) == ("text/plain",),
    ),
    Reason(
        "no-json",
        "Python's JSON reads NaN, infinite numbers and lone surrogates, which no answer could repeat (RFC 8259).",
        lambda x: x.only_stock and _no_json(x),
    ),
    Reason("too-large", "Stock reads bodies of any size.", lambda x: x.only_stock and len(x.request.body) > MOST_BYTES),
    Reason(
        "no-content-type",
        "Without a Content-Type stock guesses the first declared one too, and hands over the bytes unparsed.",
        lambda x: x.only_stock and bool(_takes(x)) and x.request.header(b"content-type") is None,
        lambda a: (
            a.parameter is None and bool(a.exchange.request.body) and a.exchange.request.header(b"content-type") is None
        ),
    ),
    Reason(
        "prefer",
        "locum plays the answer that `Prefer: code=` names (RFC 7240), and refuses one that is not declared.",
        lambda x: x.only_stock and _preferred(x),
    ),
    Reason(
        "repeated",
        "Of a parameter that is no list stock takes the last value; locum refuses a second one.",
        lambda x: x.only_stock and _repeated(x),
    ),
    Reason(
        "repeated-list",
        "Of a list that is written in one piece stock takes the last one; locum refuses a second one.",
        lambda x: x.only_stock and _repeated_list(x),
    ),
    Reason(
        "deep-object-as-text",
        "Of the text of a parameter that is written as a deep object stock makes an empty object.",
        lambda x: x.only_stock and any(p.style == "deepObject" and p.name in dict(_pairs(x)) for p, _ in _query(x)),
    ),
    Reason(
        "no-utf-8",
        "Stock replaces what is not UTF-8 in path and query by U+FFFD; locum refuses it.",
        lambda x: x.only_stock and not (_decoded(x.request.path) and _decoded(x.request.query)),
    ),
    Reason(
        "python-numbers",
        "Stock reads numbers and booleans of a URL with Python's int() and float(): `+5`, ` 5`, `05`, `1_0`, `TRUE`.",
        lambda x: x.only_stock and _only_python_reads(x),
    ),
    Reason(
        "pattern-line-feed",
        "In Python's regular expressions `$` matches before a last line feed, in those of JSON Schema it does not.",
        lambda x: (
            x.only_stock
            and any(isinstance(value, str) and value.endswith("\n") for _, value in _members(x.request.json()))
        ),
    ),
    Reason(
        "tab",
        "Stock lets a tab part scheme and token; RFC 9110, 11.4 allows spaces only.",
        lambda x: x.only_stock and b"\t" in (x.request.header(b"authorization") or b""),
    ),
    # Both directions.
    Reason(
        "encoded-slash",
        "Stock decodes a path before it splits it: `%2F` becomes a separator.",
        lambda x: x.stock.accepted != x.locum.accepted and b"%2f" in x.request.path.lower(),
    ),
    Reason(
        "concrete-first",
        "Stock takes paths in the order of the document; a concrete one comes first (OpenAPI 3.0.3, 4.7.8.2).",
        lambda x: not x.same_handler and _concrete(x),
    ),
    # locum accepts, Connexion rejects.
    Reason(
        "structured-suffix",
        "JSON that has a name of its own is JSON to locum where JSON is declared (RFC 6838, 4.2.8).",
        lambda x: x.only_locum and _essence(x).endswith("+json") and "application/json" in _takes(x),
    ),
    Reason(
        "line-feed",
        "Stock's routes do not match a path with a line feed in it.",
        lambda x: x.only_locum and x.stock.status == 404 and b"%0A" in x.request.path.upper(),
    ),
    Reason(
        "exponents",
        "Stock's routes do not match a number with an exponent.",
        lambda x: (
            x.only_locum
            and x.stock.status == 404
            and any("number" in _kinds(p) and re.fullmatch(r"-?[0-9.]+[eE][+-]?[0-9]+", text) for p, text in _texts(x))
        ),
    ),
    Reason(
        "multipart-unread",
        "Stock reads every multipart body, also where the operation takes none, and stops without a boundary.",
        lambda x: x.only_locum and not _takes(x) and _essence(x) == "multipart/form-data",
    ),
    Reason(
        "chunked",
        "Stock finds no body where there is no Content-Length.",
        lambda x: x.only_locum and x.request.chunked,
    ),
    Reason(
        "optional-body",
        "Stock demands an optional body.",
        lambda x: x.only_locum and not x.request.body and _has_optional_body(x),
    ),
    Reason(
        "read-only-demanded",
        "Stock demands required properties that are readOnly.",
        lambda x: (
            x.only_locum
            and _all(
                _errors(x),
                lambda error: (
                    error.validator == "required"
                    and any(
                        error.schema["properties"][name].get("readOnly")
                        for name in error.validator_value
                        if name not in error.instance
                    )
                ),
            )
        ),
    ),
    Reason(
        "typed-headers",
        "Stock does not read numbers in headers: a header parameter that is no text is always refused.",
        lambda x: (
            x.only_locum
            and any(
                parameter.schema.raw.get("type") != "string" and x.request.header(parameter.name.encode())
                for parameter in x.operation.by_location["header"]
            )
        ),
    ),
    Reason(
        "empty-list-refused",
        "An empty text is no list of one empty text (OpenAPI 3.0.3, 4.7.12.1, column `empty`).",
        lambda x: x.only_locum and any(p.shape == "array" and not p.explode and text == "" for p, text in _query(x)),
    ),
    Reason(
        "composed-parameters",
        "Stock fails on a query parameter whose schema has no `type`.",
        lambda x: x.only_locum and x.stock.status == 500 and any("type" not in p.schema.raw for p, _ in _query(x)),
    ),
    Reason(
        "unknown-charset",
        "Stock fails on a charset that it does not know; JSON is UTF-8, whatever the charset says (RFC 8259, 11).",
        lambda x: (
            x.only_locum and x.stock.status == 500 and b"charset=none" in (x.request.header(b"content-type") or b"")
        ),
    ),
    # Both accept with different values.
    Reason(
        "whole-numbers",
        "Stock makes a float of every `number`; to locum the text `1` is the integer 1, which is a number too.",
        value=lambda a: (
            a.parameter is not None and "number" in _kinds(a.parameter) and type(a.locum) is int and a.stock == a.locum
        ),
    ),
    Reason(
        "headers-and-cookies",
        "Stock hands no header and no cookie parameters to handlers.",
        value=lambda a: a.parameter is not None and a.parameter.location in {"header", "cookie"},
    ),
    Reason(
        "absent-object",
        "Of an object parameter that is absent stock makes an empty object.",
        value=lambda a: a.is_shaped("object") and a.stock == {} and a.locum is None,
    ),
    Reason(
        "empty-list",
        "An empty text is no list of one empty text, as above.",
        value=lambda a: a.is_shaped("array") and a.stock == [""] and a.locum == [],
    ),
    Reason(
        "absent-body",
        "Of an optional body that is absent stock makes an empty object.",
        value=lambda a: a.parameter is None and not a.exchange.request.body and a.stock == {} and a.locum is None,
    ),
    Reason(
        "text-unparsed",
        "Stock hands over the bytes of a body that is neither JSON nor a form; locum its text.",
        value=lambda a: (
            a.parameter is None
            and _takes(a.exchange) == ("text/plain",)
            and a.stock == a.exchange.request.body == a.locum.encode()
        ),
    ),
    Reason(
        "capital-content-type",
        "Stock does not know `Application/Json`, validates nothing and hands over the bytes (RFC 9110, 8.3.1: no case).",
        value=lambda a: a.parameter is None and _essence(a.exchange) != _essence(a.exchange).lower(),
    ),
    Reason(
        "undeclared-members",
        "Members of a form or a deep object that no schema declares: on stock one text, on locum JSON's scalars and lists.",
        value=lambda a: isinstance(a.stock, dict) and isinstance(a.locum, dict) and _same_texts(a),
    ),
)


def _same_texts(argument: Argument) -> bool:
    """Whether two objects differ only in the types of undeclared members."""
    schema = argument.parameter.schema.raw if argument.parameter else {"properties": _properties(argument.exchange)}
    stock, locum = argument.stock, argument.locum
    return stock.keys() == locum.keys() and all(
        identical(stock[name], value) or (name not in schema["properties"] and stock[name] in _texts_of(value))
        for name, value in locum.items()
    )


def _texts_of(value: Any) -> set[str]:
    """The texts from which a scalar or a list of scalars can have been parsed."""
    if isinstance(value, list):
        texts = [min(_texts_of(item)) for item in value]
        return {*texts, ",".join(texts)}
    return {value if isinstance(value, str) else json.dumps(value)}


def reasons_of(exchange: Exchange) -> list[str | None]:
    """Return the reason of a difference, or those of each argument; None if there is none."""
    if not exchange.same_handler:
        return [next((reason.name for reason in REASONS if reason.verdict(exchange)), None)]
    parameters = {parameter.argument: parameter for parameter in exchange.operation.parameters}
    arguments = [
        Argument(exchange, parameters.get(name), exchange.stock.arguments.get(name), exchange.locum.arguments.get(name))
        for name in sorted(exchange.differing)
    ]
    return [next((reason.name for reason in REASONS if reason.value(argument)), None) for argument in arguments]


@cache
def _send_all() -> dict[str, list[Exchange]]:
    """Send all requests to both servers, once."""
    served = services()
    pair = Pair(served)

    async def ask(service: Any) -> list[Exchange]:
        found = [await pair.ask(service, request) for request in generated(service, EXAMPLES)]
        for base in bases(found, VARIED):
            found += [await pair.ask(service, request) for request in variations(base.request)]
        return found

    logging.disable(logging.CRITICAL)  # crashes of Connexion, each with a traceback
    try:
        return {service.name: asyncio.run(ask(service)) for service in served}
    finally:
        logging.disable(logging.NOTSET)


def _format(exchanges: list[Exchange]) -> str:
    return "\n\n".join([f"{len(exchanges)}, among them:", *map(str, exchanges[:10])])


@pytest.fixture
def asked():
    return _send_all()


@pytest.mark.parametrize("name", NAMES)
def test_every_difference_from_stock_connexion_has_a_reason(asked, name, record_property):
    unexplained = [exchange for exchange in asked[name] if not exchange.agreed and None in reasons_of(exchange)]
    accepted = sum(exchange.agreed and exchange.locum.accepted for exchange in asked[name])
    agreed = sum(exchange.agreed for exchange in asked[name])
    figures = f"{len(asked[name])} requests to both, {agreed} with the same verdict ({accepted} accepted)"
    record_property("summary", f"oracle, {name}: {figures}")

    assert not unexplained, _format(unexplained)


@pytest.mark.parametrize("name", NAMES)
def test_both_servers_accept_and_reject_enough_requests_to_compare(asked, name):
    agreed = [exchange for exchange in asked[name] if exchange.agreed]

    assert sum(exchange.locum.accepted for exchange in agreed) >= 50
    assert sum(not exchange.locum.accepted for exchange in agreed) >= 50


@pytest.mark.parametrize("name", NAMES)
def test_an_accepted_request_has_the_same_status_on_both(asked, name):
    both = [exchange for exchange in asked[name] if exchange.same_handler and exchange.locum.accepted]
    unequal = [exchange for exchange in both if exchange.stock.status != exchange.locum.status]

    assert not unequal, _format(unequal)


@pytest.mark.parametrize("name", NAMES)
def test_locum_never_responds_with_500(asked, name):
    failed = [exchange for exchange in asked[name] if exchange.locum.status >= 500]

    assert not failed, _format(failed)


def test_every_reason_is_used(asked, record_property):
    used = Counter(
        name for found in asked.values() for exchange in found if not exchange.agreed for name in reasons_of(exchange)
    )
    lines = [f"{used[reason.name]:5}  {reason.name}: {reason.sentence}" for reason in REASONS]
    record_property("summary", "oracle, why stock Connexion differs:\n" + "\n".join(lines))

    assert [reason.name for reason in REASONS if reason.name not in used] == []
