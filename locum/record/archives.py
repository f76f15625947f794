"""Archives: the exchanges in HTTP Archives (HAR 1.2) of browsers, proxies and journals."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locum.generate.files.making import ORIGIN
from locum.openapi.compile.router import ClaimedTwice, Router
from locum.proxy.exchange import ForwardedExchange
from locum.verify.observed.har_files import archived

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from locum.openapi.compile.operations import Operation
    from locum.server.services import Service
    from locum.verify.exchanges import Shown

__all__ = ["exchange_of", "exchanges_in", "home_of", "origins_in"]


def origins_in(archives: Iterable[Any], services: Sequence[Service]) -> dict[str, str]:
    """Return the addresses of the APIs in archives, each with the one to write instead. Raises NoArchive."""
    urls = [urlsplit(shown.url) for archive in archives for shown in archived(archive)]
    origins = dict.fromkeys(f"{url.scheme}://{url.netloc}" for url in urls if url.netloc)
    return {origin + service.base_path: home_of(service) for origin in origins for service in services}


def home_of(service: Service) -> str:
    """Return the address of an API to write in a fixture, which its mock replaces by its own."""
    servers = service.contract.document.content.get("servers")
    urls = [one.get("url") for one in servers if isinstance(one, dict)] if isinstance(servers, list) else []
    home = next((url for url in urls if isinstance(url, str) and "://" in url and "{" not in url), None)
    return ORIGIN + service.base_path if home is None else home.rstrip("/")


def exchanges_in(archive: Any, services: Sequence[Service]) -> Iterator[ForwardedExchange | Shown]:
    """Yield the exchanges in an archive, those that no document declares as they are. Raises NoArchive."""
    router: Router[Operation] = Router()
    for service in services:
        for path, method, place in service.places():
            with suppress(ClaimedTwice):  # the first of two equal paths wins
                router.add(method.upper(), place, service.contract.operations[path, method])
    for shown in archived(archive):
        url = urlsplit(shown.url)
        match = router.match(url.path)
        operation = match.route.target(shown.method, url.query.encode()) if match is not None else None
        if match is None or operation is None:
            yield shown
            continue
        yield exchange_of(operation, match.values, shown)


def exchange_of(operation: Operation, values: tuple[str, ...], shown: Shown) -> ForwardedExchange:
    """Return a request and its response as an exchange; `values` are those of the path, percent-encoded."""
    return ForwardedExchange(
        operation,
        values,
        urlsplit(shown.url).query.encode("latin-1", "replace"),
        _lines(shown.headers),
        shown.body or b"",
        shown.status,
        _lines(shown.response_headers),
        None if shown.cut else shown.response_body,
    )


def _lines(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers as a client sends them. A body of an archive has no content coding any more."""
    return [
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
        if name != "content-encoding"
    ]
