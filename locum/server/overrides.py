"""Overrides: responses that a preference or an injected fault chooses, instead of the operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.server.errors import bearer_challenge
from locum.server.fault_injection import InjectedFault, injected_fault
from locum.server.preferences import PreferenceChoices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.callers import Caller
    from locum.infer.actions.generated import GenerateResponse
    from locum.openapi.compile.operations import Operation
    from locum.server.authentication import Guard
    from locum.server.http import HttpRequest, HttpResponse
    from locum.server.preferences import Preferences
    from locum.world.worlds import World

__all__ = ["Overrides"]


class Overrides:
    """Creates the responses that preferences and faults request from one operation."""

    __slots__ = ("_api_name", "_choices", "_guard", "_operation")

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        operation: Operation,
        generate_response: GenerateResponse,
        guard: Guard | None,
        api_name: str,
        *,
        worded: bool,
        must_suit: bool,
        prism: bool,
    ) -> None:
        """Prepare; `worded`, `must_suit` and `prism` as in Choices."""
        self._operation = operation
        self._guard = guard
        self._api_name = api_name
        self._choices = PreferenceChoices(
            operation, generate_response, worded=worded, must_suit=must_suit, challenge=self._challenge, prism=prism
        )

    def chosen(self, preferred: Preferences, request: HttpRequest, world: World) -> tuple[HttpResponse, str]:
        """Return the declared response that a preference chooses, and its verdict for the journal."""
        raw = request.scope.get("raw_path")
        target = raw.decode("latin-1") if raw else request.scope["path"]
        return self._choices.respond(preferred, request.headers.get(b"accept"), target, world)

    def injected_fault(
        self, world: World, headers: Mapping[bytes, bytes], caller: Caller | None
    ) -> InjectedFault | None:
        """Return the faults to inject into a request, or None."""
        operation = self._operation
        return injected_fault(operation.operation_id, operation.method, self._api_name, world, headers, caller)

    def fault(self, injected: InjectedFault, request: HttpRequest, world: World) -> tuple[HttpResponse, str]:
        """Return the response of a fault: the declared one for its status, else problem details."""
        return injected.replacement(
            self._operation,
            lambda preferred: self.chosen(preferred, request, world)[0],
            lambda: self._challenge(world),
        )

    def _challenge(self, world: World) -> dict[str, str]:
        """Return the WWW-Authenticate header of a requested 401."""
        if self._guard is None:
            return bearer_challenge()
        return self._guard.challenge(world, "invalid_token", "This response was requested.")
