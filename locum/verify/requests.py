"""Build requests to operations from values of parameters and bodies, and send them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from time import perf_counter, time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from locum.generate.generator import Generator, Unsatisfiable
from locum.openapi.compile.security import compile_scheme
from locum.openapi.compile.targets import write_target
from locum.openapi.pointers import at
from locum.verify.exchanges import MOST_BYTES, Shown, late
from locum.verify.printing import basic, is_credential
from locum.world.clock import EPOCH
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.openapi.schemas.schemas import Schema

__all__ = ["Requests", "asgi_sender", "http_sender"]


@dataclass(slots=True)
class Requests:
    """Builds requests to the operations of one contract at a base URL, with or without credentials."""

    contract: Contract
    base_url: str
    token: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of every request."""
    seed: int = 0
    _generator: Generator = field(init=False)

    def __post_init__(self) -> None:
        """Create the generator for values without examples."""
        self._generator = Generator(self.contract.schemas)

    @property
    def usual(self) -> dict[str, str]:
        """The headers of every request, with names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    def of(
        self,
        operation: Operation,
        values: Mapping[tuple[str, str], Any],
        body: bytes | None = None,
        content_type: str = "",
        token: str | None = None,
    ) -> Shown:
        """Return the request with these values by location and name of their parameters.

        Undeclared parameters are sent in the default style. `token` overrides the usual one; if it is empty, no
        credentials are sent.
        """
        headers = self.usual
        if content_type:
            headers["content-type"] = content_type
        credentials = self._credentials(operation, self.token if token is None else token)
        target = write_target(operation, [*values.items(), *credentials])
        headers |= target.headers
        if target.cookies:
            headers["cookie"] = "; ".join(filter(None, [headers.get("cookie", ""), *target.cookies]))
        url = self.base_url + target.path
        return Shown(method=operation.method, url=url, headers=headers, body=body)

    def documented(self, operation: Operation) -> Shown | None:
        """Return a request with the examples of the contract, and generated values where there are none.

        Return None if a value cannot be generated.
        """
        try:
            values = {
                (parameter.location, parameter.name): self.value(operation, parameter)
                for parameter in operation.parameters
                if parameter.required
            }
            if operation.body is None or not operation.body.media_types:
                return self.of(operation, values)
            media = next(iter(operation.body.media_types.values()))
            example = next(iter(media.fitting.values()), None)
            if example is None and media.schema is not None:
                example = self._generator.value(media.schema, chance(self.seed, operation.operation_id), EPOCH)
            return self.of(operation, values, media.write(example), media.name)
        except (Unsatisfiable, TypeError, ValueError):
            return None

    def value(self, operation: Operation, parameter: Parameter) -> Any:
        """Return the first valid example of a parameter, else a generated value. Raises Unsatisfiable."""
        for example in _examples(self.contract, parameter):
            if parameter.schema.is_valid(example):
                return example
        random = chance(self.seed, operation.operation_id, parameter.location, parameter.name)
        return self._generator.value(parameter.schema, random, EPOCH)

    def made(self, schema: Schema) -> Any:
        """Generate a value that fits a schema. Raises Unsatisfiable."""
        return self._generator.value(schema, chance(self.seed, schema.pointer), EPOCH)

    def invented(self, operation: Operation, parameter: Parameter) -> Any:
        """Generate a value for a parameter without using its examples; None if there is none."""
        random = chance(self.seed, "invented", operation.operation_id, parameter.location, parameter.name)
        try:
            return self._generator.value(parameter.schema, random, EPOCH, examples=False)
        except Unsatisfiable:
            return None

    def without_credentials(self, operation: Operation, shown: Shown) -> Shown:
        """Return a request without credentials: those of declared security schemes, and credential headers."""
        headers = {name: value for name, value in shown.headers.items() if not is_credential(name)}
        keys = {name for (location, name), _ in self._credentials(operation, "x") if location == "query"}
        url, mark, query = shown.url.partition("?")
        pairs = [pair for pair in query.split("&") if pair.partition("=")[0] not in keys] if mark else []
        return replace(shown, url=url + ("?" + "&".join(pairs) if pairs else ""), headers=headers)

    def with_credentials(self, operation: Operation, shown: Shown) -> Shown:
        """Return a request with the usual credentials, as the operation declares them."""
        signed = self.of(operation, {})
        query = signed.url.partition("?")[2]
        url = shown.url + (("&" if "?" in shown.url else "?") + query if query else "")
        credentials = {name: value for name, value in signed.headers.items() if is_credential(name)}
        return replace(shown, url=url, headers={**shown.headers, **credentials})

    def _credentials(self, operation: Operation, token: str) -> list[tuple[tuple[str, str], str]]:
        """Return a token in the form of the operation's first security requirement; a bearer token without schemes."""
        if not token:
            return []
        schemes = self.contract.security_schemes
        if not schemes:
            return [(("header", "authorization"), f"Bearer {token}")]
        found = []
        for name in operation.security[0] if operation.security else ():
            scheme = compile_scheme(schemes.get(name))
            if scheme.is_key:
                found.append(((scheme.location, scheme.name), token))
            elif scheme.auth_scheme == "basic":
                found.append((("header", "authorization"), f"Basic {basic(token)}"))
            elif scheme.kind != "mutualTLS":
                found.append((("header", "authorization"), scheme.example(token)[1]))
        return found


def _examples(contract: Contract, parameter: Parameter) -> list[Any]:
    """Return the examples of a parameter and of its schema."""
    beside = at(contract.document.content, parameter.schema.pointer.rpartition("/")[0])
    raw = parameter.schema.raw if isinstance(parameter.schema.raw, dict) else {}
    found = []
    for place in (beside, raw):
        found += [place["example"]] if "example" in place else []
        examples = place.get("examples")
        if isinstance(examples, dict):
            found += [one["value"] for one in examples.values() if isinstance(one, dict) and "value" in one]
        elif isinstance(examples, list):
            found += examples
    return found


def asgi_sender(application: Any, headers: Mapping[str, str]) -> Callable[[Shown], Shown]:
    """Return a function that sends a request with these headers to an ASGI application, and adds the response."""

    def send(request: Shown) -> Shown:
        return asyncio.run(_call_asgi(application, replace(request, headers={**request.headers, **headers})))

    return send


def http_sender(client: httpx.Client, headers: Mapping[str, str], seconds: float) -> Callable[[Shown], Shown]:
    """Return a function that sends a request with these headers to a server, and adds the response.

    A response of more than `MOST_BYTES` is cut. The function raises httpx.HTTPError; ReadTimeout if the response is
    not complete within `seconds`.
    """
    import httpx  # noqa: PLC0415 (only a run against a server needs it)

    def send(request: Shown) -> Shown:
        sent_headers = {name.lower(): value for name, value in {**request.headers, **headers}.items()}
        began, at, data, cut = perf_counter(), time(), b"", False
        with client.stream(request.method, request.url, content=request.body, headers=sent_headers) as response:
            for chunk in response.iter_bytes():
                data += chunk
                if perf_counter() - began > seconds:
                    raise httpx.ReadTimeout(late(seconds))
                cut = len(data) > MOST_BYTES
                if cut:
                    break
        return replace(
            request,
            headers=sent_headers,
            status=response.status_code,
            response_headers={name.lower(): value for name, value in response.headers.items()},
            response_body=data,
            cut=cut,
            seconds=perf_counter() - began,
            at=at,
        )

    return send


async def _call_asgi(application: Any, request: Shown) -> Shown:
    url = urlsplit(request.url)
    path, query, body = url.path, url.query, request.body or b""
    pairs = {"host": "127.0.0.1", **request.headers, **({"content-length": str(len(body))} if body else {})}
    scope = {
        "type": "http",
        "method": request.method,
        "path": unquote(path),
        "raw_path": path.encode("latin-1", "replace"),
        "query_string": query.encode("latin-1", "replace"),
        "root_path": "",
        "scheme": "http",
        "headers": [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in pairs.items()],
    }
    response: dict[str, Any] = {"status": 0, "headers": [], "body": b""}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        response["status"] = message.get("status", response["status"])
        response["headers"] = message.get("headers", response["headers"])
        response["body"] += message.get("body", b"")

    await application(scope, receive, send)
    given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response["headers"]}
    return replace(request, status=response["status"], response_headers=given, response_body=response["body"])
