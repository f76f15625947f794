"""Worlds: letting what Schemathesis sends begin anew, again and again, where the stand-in is what is proved."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["in_worlds"]

WORLD_HEADER = "X-Locum-World"


@contextmanager
def in_worlds(schema: Any, world: Callable[[], str] | None) -> Iterator[None]:
    """Let every case of its own, and every walk, begin in a new world, so that what came before refuses nothing."""
    if world is None:
        yield
        return
    import schemathesis  # noqa: PLC0415 (an extra, and a second to import)

    build, new = schema.build_state_machine, world

    def in_a_world(**given: Any) -> Any:
        class Walk(build(**given)):  # type: ignore[misc]  # Schemathesis makes one for each document
            def __init__(self) -> None:
                super().__init__()
                self._world = new()

            def before_call(self, case: Any) -> None:
                case.headers[WORLD_HEADER] = self._world
                super().before_call(case)

        return Walk

    def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 (what hooks are called with)
        if case.operation.schema is schema and WORLD_HEADER not in case.headers:
            case.headers[WORLD_HEADER] = new()

    schema.build_state_machine = in_a_world
    schemathesis.hook("before_call")(before_call)  # this hook exists for all schemas at once only
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)
