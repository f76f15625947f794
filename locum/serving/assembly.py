"""An assembly: what a server is made of, before it is put into layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from locum.serving.admission import Admission
from locum.serving.cross_site import ForeignPages
from locum.serving.hosts import Hosts
from locum.serving.picking import Picker
from locum.state.fixtures import Fixtures

if TYPE_CHECKING:
    from locum.serving.authentication import Authentication
    from locum.serving.services import Service
    from locum.settings import Settings
    from locum.state.worlds import Worlds

__all__ = ["Assembly"]


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """The services that are served, the worlds in which they are, who may ask, and how all of it is set."""

    settings: Settings
    services: list[Service]
    worlds: Worlds
    authentication: Authentication
    fixtures: Fixtures = field(default_factory=Fixtures)

    @cached_property
    def picker(self) -> Picker:
        """Finds the world of a request."""
        settings, claimed = self.settings, self.authentication.tokens.world_of
        return Picker(self.worlds, claimed, header=settings.world_header, strict=settings.strict_worlds)

    @cached_property
    def admission(self) -> Admission:
        """Judges which requests are served at all."""
        settings = self.settings
        hosts = Hosts(settings.host, settings.allowed_host)
        return Admission(hosts, ForeignPages(settings.cors, settings.cross_site), settings.world_header)
