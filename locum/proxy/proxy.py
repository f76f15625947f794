"""Proxy: the options of a proxy, made of the settings, and what all of its requests share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from locum.errors import Invalid
from locum.openapi.load.documents import read
from locum.openapi.servers import base_path_of
from locum.options import MockWhen, OnViolation, Undeclared
from locum.proxy.addresses import Address, parse_address
from locum.proxy.deciding import EXTENSION, SOURCES, Decider, declared_source
from locum.proxy.upstream import Transport, Upstreams, tls_context
from locum.server.handlers import EXIT_FINDINGS, StartError
from locum.server.services import sources_of
from locum.world.proxying import Decision

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence

    from starlette.types import Scope

    from locum.openapi.compile.operations import Operation
    from locum.proxy.exchange import Observer
    from locum.proxy.upstream import Upstream
    from locum.server.services import Service
    from locum.settings import Settings
    from locum.world.world import World

__all__ = ["Proxy", "ProxyOptions", "make_proxy"]

_EXPRESSION = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyOptions:
    """What the user chose for all requests."""

    address: Address
    """The upstream of the server."""
    limit: int
    """The maximum size of a body that is validated, in bytes."""
    most_bytes: int
    """The maximum size of a body that the mock receives, in bytes."""
    blocks: bool = False
    """Whether requests and responses that break the contract are blocked."""
    forwards_undeclared: bool = False
    rewrites_redirects: bool = False
    merges_lists: bool = False
    observe: Observer | None = None
    """Receives each completed exchange of a declared operation."""
    stopped: Callable[[], None] | None = None
    """Is called when the server stops."""


class Proxy:
    """Finds the upstream of a world, and decides who responds."""

    def __init__(self, options: ProxyOptions, decider: Decider, upstreams: Upstreams) -> None:
        self.options = options
        self.decider = decider
        self.upstreams = upstreams

    def close(self) -> None:
        """Close the idle connections to upstreams; the server has stopped."""
        self.upstreams.close()
        if self.options.stopped is not None:
            self.options.stopped()

    def upstream_of(self, world: World) -> Upstream:
        """Return the upstream of a world: its own, else that of the server."""
        own = world.proxying.upstream
        return self.upstreams.at(parse_address(own) if own else self.options.address)

    def rewriting(self, world: World, scope: Scope, headers: Mapping[bytes, bytes]) -> tuple[bytes, bytes] | None:
        """Return the URL of the upstream and that of this server, if redirects are rewritten."""
        if not self.options.rewrites_redirects or b"host" not in headers:
            return None
        own = f"{scope.get('scheme', 'http')}://".encode("ascii") + headers[b"host"]
        root = scope.get("root_path", "").encode("utf-8", "replace")
        return self.upstream_of(world).address.url.encode("ascii"), own + root

    # What the control API needs

    @property
    def url(self) -> str:
        """The URL of the server's upstream, without credentials."""
        return self.options.address.url

    def check_upstream(self, url: str) -> None:
        """Raise Invalid for a URL that cannot be an upstream."""
        try:
            parse_address(url)
        except ValueError as problem:
            raise Invalid(str(problem), code="upstream_invalid") from None

    def decide(self, operation: Operation, world: World) -> Decision:
        """Return who responds to the next request for an operation."""
        return self.decider.before(operation, world)


def make_proxy(
    settings: Settings,
    services: Sequence[Service],
    observe: Observer | None = None,
    stopped: Callable[[], None] | None = None,
) -> Proxy:
    """Return the proxy that the settings describe. Raises StartError, with sentences about what is wrong."""
    if not settings.upstream:
        message = "--upstream is missing: the URL of the real server, such as http://127.0.0.1:8000."
        raise StartError([message])
    try:
        address = parse_address(settings.upstream)
    except ValueError as problem:
        message = f"--upstream: {problem}"
        raise StartError([message]) from None
    if MockWhen.NEVER in settings.mock_when and len(set(settings.mock_when)) > 1:
        message = "--mock-when never excludes every other value."
        raise StartError([message])
    options = ProxyOptions(
        address=address,
        limit=settings.validate_limit,
        most_bytes=settings.max_body,
        blocks=settings.on_violation is OnViolation.BLOCK,
        forwards_undeclared=settings.undeclared is Undeclared.FORWARD,
        rewrites_redirects=settings.rewrite_redirects,
        merges_lists=settings.merge_lists,
        observe=observe,
        stopped=stopped,
    )
    decider = Decider(frozenset(settings.mock_when) - {MockWhen.NEVER}, _fixed(settings, services))
    transport = Transport(timeout=settings.upstream_timeout, tls=_tls(settings))
    return Proxy(options, decider, Upstreams(transport, settings.max_worlds))


def _tls(settings: Settings) -> Callable[[], ssl.SSLContext]:
    """Return the function that makes the TLS context; files that are given are read at once."""

    @cache
    def context() -> ssl.SSLContext:
        return tls_context(
            settings.upstream_ca, settings.upstream_cert, settings.upstream_key, insecure=settings.upstream_insecure
        )

    given = [path for path in (settings.upstream_ca, settings.upstream_cert, settings.upstream_key) if path is not None]
    if settings.upstream_key is not None and settings.upstream_cert is None:
        message = "--upstream-key needs --upstream-cert, the certificate that belongs to the key."
        raise StartError([message])
    if given:
        try:
            context()
        except OSError as problem:
            names = " and ".join(map(str, given))
            reason = problem.strerror or str(problem)
            message = f"{names}: cannot be used for TLS: {reason}. Both certificates and keys must be PEM files."
            raise StartError([message]) from None
    return context


def _fixed(settings: Settings, services: Sequence[Service]) -> dict[str, Decision]:
    """Return who responds to operations by the upstream's document, the documents, and the settings; the last wins."""
    fixed: dict[str, Decision] = {}
    operations = [(service, operation) for service in services for operation in service.contract.operations.values()]
    sentences = []
    if settings.upstream_spec is not None:
        known = _paths_of(settings)
        for service, operation in operations:
            method = operation.method
            base = service.base_path_of(operation.path, method.lower())
            if not {(method, _plain(operation.path)), (method, _plain(base + operation.path))} & known:
                reason = f"The document of the upstream ({settings.upstream_spec}) has no such operation."
                fixed[operation.operation_id] = Decision("mock", reason)
    for service, operation in operations:
        declared = declared_source(operation)
        if declared in SOURCES:
            fixed[operation.operation_id] = Decision(declared, f"The document says so ({EXTENSION}).")
        elif declared is not None:
            place = f"{service.contract.document.path}: {operation.pointer}"
            sentences.append(f"{place}: {EXTENSION} is {declared!r}. Valid values: {', '.join(SOURCES)}.")
    names = {operation.operation_id for _, operation in operations}
    for text in settings.source:
        name, _, source = text.rpartition("=")
        if name in names and source in SOURCES:
            fixed[name] = Decision(source, f"The settings say so (--source {text}).")
        elif source not in SOURCES or not name:
            sentences.append(f"--source {text}: write OPERATION=mock or OPERATION=upstream.")
        else:
            near = get_close_matches(name, names, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`locum routes` lists all operations."
            sentences.append(f"--source {text}: unknown operation '{name}'. {hint}")
    if sentences:
        raise StartError(sentences, code=EXIT_FINDINGS)
    return fixed


def _paths_of(settings: Settings) -> set[tuple[str, str]]:
    """Return the methods and paths of the upstream's own document. Raises BadDocument."""
    assert settings.upstream_spec is not None  # noqa: S101 (the caller checked)
    document = read(settings.upstream_spec, sources_of(settings).cache)
    base = base_path_of(document.content.get("servers"))
    found = set()
    for path, item in (document.content.get("paths") or {}).items():
        for method in item if isinstance(item, dict) else ():
            for place in (path, base + path):
                found.add((method.upper(), _plain(place)))
    return found


def _plain(path: str) -> str:
    """Return a path template without the names of its expressions."""
    return _EXPRESSION.sub("{}", path)
