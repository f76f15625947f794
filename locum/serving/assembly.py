"""An assembly: what a server is made of, before it is put into layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from locum.control.issuer import SigningKey, default_key
from locum.serving.authentication import ANYBODY
from locum.serving.picking import Picker
from locum.state.fixtures import Fixtures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.callers import Caller
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
    people: Sequence[Caller] = (ANYBODY,)
    """Who can sign in, the default one first."""
    fixtures: Fixtures = field(default_factory=Fixtures)
    key: SigningKey = field(default_factory=lambda: SigningKey(default_key()))
    """What the local issuer signs with."""

    @cached_property
    def picker(self) -> Picker:
        """Finds the world of a request."""
        return Picker(self.worlds, header=self.settings.world_header, strict=self.settings.strict_worlds)

    @property
    def scopes(self) -> list[str]:
        """The scopes that any operation asks for, once each."""
        asked: dict[str, None] = {}
        for service in self.services:
            for operation in service.contract.operations.values():
                for requirement in operation.security:
                    asked.update(dict.fromkeys(scope for scopes in requirement.values() for scope in scopes))
        return list(asked)
