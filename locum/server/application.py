"""The application: services, worlds and settings, assembled into ASGI layers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.control.documentation import Documentation
from locum.control.front_page import FrontPage
from locum.control.layer import PREFIX, ControlLayer
from locum.errors import ApiError, NotFound
from locum.infer.records.records import StoredResponse
from locum.oidc.keys import SigningKeys
from locum.oidc.token_endpoint import Grant, Session
from locum.openapi.compile.router import ClaimedTwice
from locum.options import bundled
from locum.server.admission import Admission
from locum.server.asgi import send_response
from locum.server.authentication import ANONYMOUS, Authentication
from locum.server.binding import disagreements_of
from locum.server.connexion_api import (
    API,
    ConnexionMiddleware,
    ExceptionMiddleware,
    LifespanMiddleware,
    ServerErrorMiddleware,
)
from locum.server.control import Control
from locum.server.durable import open_engine
from locum.server.handlers import EXIT_FINDINGS, StartError, known_callers
from locum.server.origins import ForeignPages, Hosts, cross_origin, host_problems
from locum.server.pipeline import PipelineOptions
from locum.server.registration import HandlerResolver, LoadedSpecification
from locum.server.responses import problem
from locum.server.routing import ContractLayer
from locum.server.services import load_services, sources_of
from locum.server.tokens import Tokens
from locum.server.world_selection import Picker
from locum.state.engine import StateError
from locum.state.worlds import StoredWorlds
from locum.world.clock import Clock, RealClock
from locum.world.fixtures import Fixtures
from locum.world.forms import form_of, tagged_place, write_form
from locum.world.ledger import give_back_regularly
from locum.world.record_types import register
from locum.world.worlds import DEFAULT, Worlds

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from locum.control.operations.upstreams import ProxyView
    from locum.infer.behaviour import Behaviour
    from locum.oidc.issuer import Issuer
    from locum.server.services import Service
    from locum.settings import Settings

__all__ = ["Application", "Assembly", "create"]


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """The parts of a server: settings, services, worlds, authentication and fixtures."""

    settings: Settings
    services: list[Service]
    worlds: Worlds
    authentication: Authentication
    fixtures: Fixtures = field(default_factory=Fixtures)
    notes: tuple[str, ...] = ()
    """Notes for the user on the files of records."""
    layer: Callable[..., Any] = ContractLayer
    """Makes the layer that serves operations."""
    proxying: ProxyView | None = None
    """What the control API shows of a proxy; None if the server is none."""

    @cached_property
    def picker(self) -> Picker:
        """The object that finds the world of a request."""
        settings, claimed = self.settings, self.authentication.tokens.world_of
        return Picker(self.worlds, claimed, header=settings.world_header, strict=settings.strict_worlds)

    @cached_property
    def admission(self) -> Admission:
        """The checks of Host headers and foreign pages."""
        settings = self.settings
        hosts = Hosts(settings.host, settings.allowed_host)
        return Admission(hosts, ForeignPages(settings.cors, settings.cross_site), settings.world_header)


class Application(ConnexionMiddleware):  # type: ignore[misc]  # Connexion has no types
    """The ASGI application that serves a list of services."""

    def __init__(self, assembly: Assembly) -> None:
        settings, worlds = assembly.settings, assembly.worlds
        self.services = assembly.services
        self.worlds = worlds
        self.fixtures = assembly.fixtures
        self.notes = assembly.notes
        self.control = Control(assembly, lambda: self.issuer, lambda: self.app)
        self._assembly = assembly
        self.picker = assembly.picker
        documents = [(service.contract.document, service.base_path, service.base_paths) for service in self.services]
        documentation = Documentation(documents, lambda: self.control.service.contract.document)
        layers: list[Any] = [
            partial(
                assembly.layer,
                picker=assembly.picker,
                copier=assembly.picker.copy,
                authentication=assembly.authentication,
                options=PipelineOptions(
                    most_bytes=settings.max_body,
                    anonymous=assembly.authentication.anonymous,
                    validation=settings.validate_requests,
                    prism=settings.like_prism,
                    sandbox=settings.sandbox_pages,
                ),
                origins=settings.cors,
                admission=assembly.admission,
            ),
            ServerErrorMiddleware,
            ExceptionMiddleware,
            partial(
                ControlLayer,
                documentation=documentation,
                front_page=FrontPage(documents),
                worlds=worlds,
                apis={service.name: service.api for service in self.services},
                control=self.control,
                issuer=self._issue,
                share=partial(cross_origin, origins=settings.cors),
            ),
            LifespanMiddleware,
        ]
        super().__init__(partial(_nothing, worlds), import_name="locum", middlewares=layers)
        for service in self.services:
            self.apis.append(
                API(
                    LoadedSpecification(service.contract, service.base_path),
                    base_path=service.base_path,
                    resolver=HandlerResolver(service),
                    service=service,
                )
            )
        # Built now instead of at the first request, so that errors stop the start.
        self.app, self.middleware_stack = self._build_middleware_stack()

    @cached_property
    def issuer(self) -> Issuer:
        """The OpenID provider, created at its first use."""
        # Imported here: many servers never handle a login.
        from locum.oidc.clients import Desk, Redirects  # noqa: PLC0415
        from locum.oidc.issuer import Issuer  # noqa: PLC0415

        settings, authentication = self._assembly.settings, self._assembly.authentication
        tokens = authentication.tokens
        desk = Desk(authentication.known, tokens.keys, Redirects(settings.cors, settings.redirect_uri), tokens.claims)
        return Issuer(desk, partial(cross_origin, origins=settings.cors))

    async def _issue(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the OpenID provider, in the world of the request."""
        try:
            world = self._assembly.picker(scope, dict(scope["headers"]))
        except ApiError as error:
            await send_response(problem(error), scope, receive, send)
            return
        await self.issuer(scope, receive, send, world, scope["path"])


def _unfit(behaviours: Mapping[str, Behaviour], key: Hashable, table: dict[Any, Any]) -> tuple[Any, str] | None:
    """Return why a table of a snapshot cannot be served, with the key of the record (None for the whole table)."""
    if isinstance(key, type):
        return _unfit_bundled(key, table) if key.__module__.partition(".")[0] == bundled("handlers").name else None
    if not isinstance(key, tuple):
        return None
    behaviour = behaviours.get(key[0]) if key and isinstance(key[0], str) else None
    return (None, "belongs to a document that is not served here") if behaviour is None else behaviour.unfit(key, table)


def _unfit_bundled(kind: type, table: dict[Any, Any]) -> tuple[Any, str] | None:
    """Return the first record that breaks the annotations of its class, which the bundled handlers rely on."""
    for key, record in table.items():
        place = tagged_place(write_form(form_of(kind), record, ""))
        if place is not None:
            return key, f"has a value at {place or '/'} that does not fit {kind.__qualname__}"
    return None


def _server_urls(services: Sequence[Service]) -> Iterator[str]:
    """Yield the server URLs of the documents: clients request tokens for them as audiences."""
    for service in services:
        servers = service.contract.document.content.get("servers")
        for server in servers if isinstance(servers, list) else ():
            if isinstance(server, dict) and "://" in str(server.get("url")):
                yield str(server["url"])


def create(
    settings: Settings, wrap: Callable[[list[Service]], tuple[Callable[..., Any], ProxyView]] | None = None
) -> Application:
    """Load, check and assemble everything.

    `wrap` is given for a proxy: it returns what makes the layer that serves operations, and what is shown of the proxy.
    Raises BadDocument or StartError, with sentences about what is wrong.
    """
    register(Grant, Session, StoredResponse)
    found = host_problems(settings.allowed_host)
    if found:
        raise StartError(found)
    services = load_services(sources_of(settings))
    found = disagreements_of(services)
    found += [
        f"{service.contract.document.path}: the path {path} is below {PREFIX}, which is reserved for locum."
        for service in services
        for path, _, place in service.places()
        if (place + "/").startswith(PREFIX)
    ]
    if found:
        raise StartError(found, code=EXIT_FINDINGS)
    callers = known_callers(settings.specs, settings.handlers)
    seeders = {service.name: service.api.seed for service in services if service.api.seed and not settings.empty}
    fixtures = Fixtures(settings.state, settings.max_bytes // 2)
    try:
        engine = open_engine(settings)
        worlds = (Worlds if engine is None else partial(StoredWorlds, engine=engine))(
            seeders,
            seed=settings.seed,
            bare=settings.empty,
            clock=RealClock() if settings.real_clock else Clock(),
            most=settings.max_worlds,
            most_records=settings.max_records,
            most_world_bytes=settings.max_world_bytes,
            most_bytes=settings.max_bytes,
            others=lambda: fixtures.bytes,
            idle=settings.world_idle,
            events={service.name: service.api.events for service in services if service.api.events},
            unfit=partial(_unfit, {service.name: service.behaviour for service in services}),
        )
    except (ApiError, StateError) as error:
        raise StartError([str(error)]) from None
    notes: list[str] = []
    folder = _folder_of(settings.fixture, fixtures)
    if worlds.is_stored(DEFAULT) and (settings.seed_data or settings.fixture):
        notes.append("Stored worlds keep their records. New ones, and resets, begin with --seed-data and --fixture.")
    if settings.seed_data:
        from locum.server.seed_data import SeedFile, load_seed_data  # noqa: PLC0415 (most servers have none)

        notes += load_seed_data([SeedFile(file, services) for file in settings.seed_data], worlds.default)
    if folder is not None:
        from locum.server.recorded import load_recorded  # noqa: PLC0415 (as above)

        notes += load_recorded(folder, services, worlds.default)
    elif settings.fixture:
        try:
            worlds.begin_as(fixtures.get(settings.fixture))
        except ApiError as error:
            hint = " A folder of records, as `locum record` writes it, is a fixture, too." * isinstance(error, NotFound)
            raise StartError([f"--fixture {settings.fixture}: {error.message}{hint}"]) from None
    authentication = Authentication(
        mode=settings.auth,
        tokens=Tokens(settings.jwt_secret, _keys(settings)),
        keys=tuple(key for service in services for key in service.api.keys),
        anonymous=callers[0] if callers else ANONYMOUS,
        known=callers,
        audiences=frozenset(one.rstrip("/") for one in (*settings.audience, *_server_urls(services))),
    )
    layer, proxying = (ContractLayer, None) if wrap is None else wrap(services)
    try:
        return Application(
            Assembly(
                settings=settings,
                services=services,
                worlds=worlds,
                authentication=authentication,
                fixtures=fixtures,
                notes=tuple(notes),
                layer=layer,
                proxying=proxying,
            )
        )
    except ClaimedTwice as claimed:
        raise StartError([str(claimed)]) from None


def _folder_of(name: str, fixtures: Fixtures) -> Path | None:
    """Return the folder of records that a fixture is: below that of `--state`, else a path; None for a snapshot."""
    if not name or "\0" in name:
        return None
    below = fixtures.folder(name)
    if below is not None and below.is_dir():
        return below
    try:
        is_snapshot = name in fixtures.names()
    except ApiError:
        return None  # reading the snapshot reports it
    return Path(name) if not is_snapshot and Path(name).is_dir() else None


def _keys(settings: Settings) -> SigningKeys:
    """Return the signing key. A given one is read at once, so that an invalid file stops the start."""
    keys = SigningKeys(settings.signing_key)
    if settings.signing_key is not None:
        try:
            keys.known()
        except ApiError as error:
            raise StartError([error.message]) from None
    return keys


async def _nothing(worlds: Worlds, scope: Any, receive: Any, send: Any) -> None:
    """End the chain of layers: only the lifespan protocol is left to handle."""
    if scope["type"] == "lifespan":
        giving_back = asyncio.create_task(give_back_regularly(worlds.account_gaps))
        message = {"type": ""}
        while message["type"] != "lifespan.shutdown":
            message = await receive()
            await send({"type": message["type"] + ".complete"})
        giving_back.cancel()
