"""Generate valid requests to operations."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass, field
from random import Random
from urllib.parse import parse_qsl, quote, urlencode

from locum.generate.generator import Unsatisfiable
from locum.openapi.compile.security import compile_scheme
from locum.openapi.paths import expressions_of, path_of
from locum.openapi.wire.styles import to_text

_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|", "form": ",", "simple": ","}


@dataclass
class Request:
    """A request."""

    method: str
    target: str
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    value: object = None
    """The value of the body before serialization."""


class Requests:
    """Generate valid requests to the operations of one service, with ids of existing records of one world.

    `optional` is the probability of each optional parameter.
    """

    def __init__(self, service, world, seed=0, optional=0.1) -> None:
        self._service = service
        self._world = world
        self._seed = seed
        self._optional = optional

    def to(self, operation, path=None, query=None) -> Request:
        """Return a request with these path values and query parameters.

        Raises Unsatisfiable if there is no valid one.
        """
        service, world = self._service, self._world
        random = Random(f"{self._seed} {operation.method} {operation.path}")
        pairs, headers = self._parameters(operation, random, query or {})
        base_path = service.base_path_of(operation.path, operation.method.lower())
        target = base_path + self._path(operation, random, path)
        request = Request(operation.method, target + ("?" + urlencode(pairs) if pairs else ""), headers)
        if operation.body is not None and operation.body.media_types:
            name, one = usual_media(operation.body)
            request.value = b"body"
            if one.schema is not None:
                request.value = service.behaviour.generator.value(one.schema, random, world.began, optional=0.5)
            headers["content-type"], request.body = written(name, one, request.value)
        request.body = encoded(request.body, headers.get("content-encoding", ""))
        return request

    def _path(self, operation, random, values) -> str:
        """Return the path with these values, by default those of existing records.

        If the contract does not allow the id of a record, a valid value is used.
        """
        target = path_of(operation.path)
        expressions = expressions_of(operation.path)
        known = {parameter.name: parameter for parameter in operation.by_location["path"]}
        given = values is not None
        if values is None:
            values = self._service.behaviour.path_values(operation, self._world)
        for name, value in zip(expressions, values, strict=False):
            text, parameter = quote(str(value), safe=""), known.get(name)
            if not given and parameter is not None and parameter.read_text(text)[1]:
                made = self._service.behaviour.generator.value(parameter.schema, random, self._world.began)
                text = quote(to_text(made, name, parameter.style, explode=parameter.explode), safe=",;=.")
            target = target.replace("{" + name + "}", text, 1)
        return quote(target, safe="/%:@!$&'()*+,;=~")

    def _parameters(self, operation, random, query) -> tuple[list, dict]:
        """Return the pairs of the query, and the headers."""
        sent = credentials(self._service, operation)
        headers = {"accept": "*/*", **{name.lower(): value for name, value in sent.items() if name[0] != "?"}}
        pairs, cookies = [(name[1:], value) for name, value in sent.items() if name[0] == "?"], []
        pairs += [(name, value) for name, value in queries_in(operation.path) if "{" not in value]
        for parameter in operation.parameters:
            if parameter.location == "path" or not (parameter.required or random.random() < self._optional):
                continue
            value = self._service.behaviour.generator.value(parameter.schema, random, self._world.began)
            if parameter.location == "query":
                value = query.get(parameter.name, value)
            if not parameter.required and not is_expressible(parameter, value):
                continue
            if parameter.location == "query":
                pairs += query_pairs(parameter, value)
            elif parameter.location == "header":
                headers[parameter.name.lower()] = text_of(parameter, value)
            else:
                cookies.append(f"{parameter.name}={quote(text_of(parameter, value))}")
        if cookies:
            headers["cookie"] = "; ".join([*filter(None, [headers.get("cookie")]), *cookies])
        return pairs, headers


def encoded(body, coding) -> bytes:
    """Return a body in the coding that a declared Content-Encoding names (RFC 9110, section 8.4.1)."""
    return {"gzip": gzip.compress, "deflate": zlib.compress}.get(coding, bytes)(body)


def queries_in(path) -> list[tuple[str, str]]:
    """Return the pairs of a query in the key of a path: `/messages?type=sms`."""
    return parse_qsl(path[len(path_of(path)) + 1 :], keep_blank_values=True)


def credentials(service, operation) -> dict:
    """Return headers, and query parameters with the name `?NAME`, that satisfy the first security requirement.

    An undeclared scheme accepts any credentials.
    """
    schemes = service.contract.security_schemes
    named = [compile_scheme(schemes.get(name)) for name in next(iter(operation.security), {})]
    return dict(scheme.example("key") for scheme in named)


def scalar(value) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def is_expressible(parameter, value) -> bool:
    """Whether a style can serialize a value: only deepObject serializes nested members."""
    if parameter.json or parameter.style == "deepObject":
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not any(isinstance(one, dict | list) for one in inner)


def text_of(parameter, value) -> str:
    """Serialize a value of a header, cookie or path."""
    if parameter.json:
        return json.dumps(value)
    if isinstance(value, list):
        return ",".join(map(scalar, value))
    if isinstance(value, dict):
        if parameter.explode:
            return ",".join(f"{name}={scalar(item)}" for name, item in value.items())
        return ",".join(part for name, item in value.items() for part in (name, scalar(item)))
    return scalar(value)


def query_pairs(parameter, value) -> list:
    """Serialize a value of the query by its style."""
    name = parameter.name
    if parameter.json:
        return [(name, json.dumps(value))]
    if parameter.style == "deepObject":
        return deep(name, value)
    if isinstance(value, list):
        if parameter.explode:
            return [(name, scalar(item)) for item in value]
        return [(name, _SEPARATORS.get(parameter.style, ",").join(map(scalar, value)))] if value else []
    if isinstance(value, dict):
        if parameter.explode:
            return [(key, scalar(item)) for key, item in value.items()]
        return [(name, ",".join(part for key, item in value.items() for part in (key, scalar(item))))]
    return [(name, scalar(value))]


def deep(name, value) -> list:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in deep(f"{name}[{key}]", item)]
    if isinstance(value, list):
        return [pair for index, item in enumerate(value) for pair in deep(f"{name}[{index}]", item)]
    return [(name, scalar(value))]


def usual_media(body) -> tuple:
    """Return the media type that a client would choose: JSON if declared, else the first."""
    media = body.media_types
    return next(((name, one) for name, one in media.items() if one.json), next(iter(media.items())))


def written(name, one, value) -> tuple[str, bytes]:
    """Return the media type and the bytes of a body."""
    if one.schema is None:
        return name.replace("*", "octet-stream"), value
    if one.json or name == "*/*":  # the usual choice of clients
        return "application/json" if name == "*/*" else name, json.dumps(value).encode()
    if name == "application/x-www-form-urlencoded":
        pairs = [pair for key, item in value.items() for pair in form_pairs(one.encoding.get(key, {}), key, item)]
        return name, urlencode(pairs).encode()
    if name == "multipart/form-data":
        return multipart(value)
    return name.replace("*", "plain"), value if isinstance(value, bytes) else scalar(value).encode()


def form_pairs(encoding, name, value) -> list:
    """Serialize a member of a form by the style of its encoding, by default exploded `form`."""
    if encoding.get("style") == "deepObject" or not isinstance(value, list) or any(map(is_nested, value)):
        return deep(name, value)
    if encoding.get("explode", True):
        return [(name, scalar(item)) for item in value]
    return [(name, _SEPARATORS[encoding.get("style", "form")].join(map(scalar, value)))]


def is_nested(value) -> bool:
    return isinstance(value, dict | list)


def multipart(value) -> tuple[str, bytes]:
    parts = []
    for key, item in value.items():
        for one in item if isinstance(item, list) else [item]:
            text = json.dumps(one) if isinstance(one, dict | list) else scalar(one)
            kind = "\r\nContent-Type: application/json" if isinstance(one, dict | list) else ""
            parts.append(f'--edge\r\nContent-Disposition: form-data; name="{key}"{kind}\r\n\r\n{text}\r\n')
    return "multipart/form-data; boundary=edge", ("".join(parts) + "--edge--\r\n").encode()


__all__ = ["Request", "Requests", "Unsatisfiable"]
