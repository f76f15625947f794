"""Requests that fit their operation, made from its contract."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote, urlencode

from locum.synthesis.values import Unsatisfiable

_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|", "form": ",", "simple": ","}


@dataclass
class Request:
    """What is sent."""

    method: str
    target: str
    headers: dict = field(default_factory=dict)
    body: bytes = b""


def request_for(service, operation, world, seed=0, body=None) -> Request:
    """Return a valid request to an operation, about things that exist; Unsatisfiable where there is none."""
    random = Random(f"{seed} {operation.method} {operation.path}")
    synthesiser = service.behaviour.synthesiser
    headers = {"accept": "*/*", **credentials(service, operation)}
    pairs, cookies = [], []
    for parameter in operation.parameters:
        if parameter.location == "path" or not (parameter.required or random.random() < 0.1):
            continue
        value = synthesiser.value(parameter.schema, random, world.began)
        if not parameter.required and not is_expressible(parameter, value):
            continue
        if parameter.location == "query":
            pairs += query_pairs(parameter, value)
        elif parameter.location == "header":
            headers[parameter.name] = text_of(parameter, value)
        else:
            cookies.append(f"{parameter.name}={quote(text_of(parameter, value))}")
    pairs += key_in_query(service, operation)
    if cookies:
        headers["cookie"] = "; ".join(cookies)
    path = service.base_path + operation.path
    for value in service.behaviour.path_values(operation, world):
        start, end = path.index("{"), path.index("}") + 1
        path = path[:start] + quote(str(value), safe="") + path[end:]
    target = path + ("?" + urlencode(pairs) if pairs else "")
    data = b""
    if operation.body is not None:
        name, data = written_body(operation, synthesiser, random, world.began, body)
        headers["content-type"] = name
    return Request(operation.method, target, headers, data)


def credentials(service, operation) -> dict:
    """Return headers that satisfy the first security requirement."""
    headers = {}
    schemes = service.contract.security_schemes
    for name in next(iter(operation.security), {}):
        scheme = schemes[name]
        if scheme["type"] == "apiKey" and scheme["in"] == "header":
            headers[scheme["name"].lower()] = "key"
        elif scheme["type"] == "apiKey" and scheme["in"] == "cookie":
            headers["cookie"] = f"{scheme['name']}=key"
        elif scheme["type"] == "http" and scheme["scheme"].lower() == "basic":
            headers["authorization"] = "Basic dXNlcjpwYXNzd29yZA=="
        elif scheme["type"] != "apiKey":
            headers["authorization"] = "Bearer token"
    return headers


def key_in_query(service, operation) -> list:
    schemes = service.contract.security_schemes
    named = [schemes[name] for name in next(iter(operation.security), {})]
    return [(scheme["name"], "key") for scheme in named if scheme["type"] == "apiKey" and scheme["in"] == "query"]


def scalar(value) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def is_expressible(parameter, value) -> bool:
    """Whether a style has a way to write a value: none but deepObject writes what is in members of members."""
    if parameter.json or parameter.style == "deepObject":
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not any(isinstance(one, dict | list) for one in inner)


def text_of(parameter, value) -> str:
    """Write a value of a header, cookie or path."""
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
    """Write a value of the query, by its style."""
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


def written_body(operation, synthesiser, random, now, body) -> tuple[str, bytes]:
    """Return the media type and the bytes of a valid body."""
    media = operation.body.media_types
    name = next((name for name, one in media.items() if one.json), next(iter(media)))
    one = media[name]
    value = body
    if value is None:
        if one.schema is None:
            return name.replace("*", "octet-stream"), b"body"
        value = synthesiser.value(one.schema, random, now, optional=0.5)
    if one.json:
        return name, json.dumps(value).encode()
    if name == "application/x-www-form-urlencoded":
        pairs = [pair for key, item in value.items() for pair in deep(key, item)]
        return name, urlencode(pairs).encode()
    if name == "multipart/form-data":
        return multipart(value)
    return name.replace("*", "plain"), value if isinstance(value, bytes) else str(value).encode()


def multipart(value) -> tuple[str, bytes]:
    parts = []
    for key, item in value.items():
        for one in item if isinstance(item, list) else [item]:
            text = json.dumps(one) if isinstance(one, dict | list) else scalar(one)
            kind = "\r\nContent-Type: application/json" if isinstance(one, dict | list) else ""
            parts.append(f'--edge\r\nContent-Disposition: form-data; name="{key}"{kind}\r\n\r\n{text}\r\n')
    return "multipart/form-data; boundary=edge", ("".join(parts) + "--edge--\r\n").encode()


__all__ = ["Request", "Unsatisfiable", "request_for"]
