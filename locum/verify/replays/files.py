"""Replays as files: an Arazzo document and a shell script for each cause, without secrets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from locum.files import replace_file
from locum.verify.replays.arazzo_file import content_of, written
from locum.verify.replays.shell import commands_of, script_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from locum.openapi.compile.contracts import Contract
    from locum.verify.causes.causes import Cause
    from locum.verify.exchanges import Shown
    from locum.verify.replays.replay import Replay

__all__ = ["Writing", "write_replays"]


@dataclass(frozen=True, slots=True)
class Writing:
    """How the replays of a run are written."""

    contract: Contract
    base_url: str
    given: tuple[str, ...]
    """The names of headers that every request has."""
    without_secrets: Callable[[Shown], Shown]
    hide: Callable[[Any, Sequence[Shown]], Any]
    """Removes secrets from a JSON value: those of the run, and those that some exchanges issued."""

    def content(self, replay: Replay) -> dict[str, Any]:
        """Return a replay as the content of an Arazzo document without secrets."""
        content: dict[str, Any] = self.hide(
            content_of(replay, self.contract, self.base_url, self.given), [step.shown for step in replay.steps]
        )
        return content

    def commands(self, replay: Replay) -> list[str]:
        """Return the commands of a replay without secrets."""
        return commands_of(self._redacted(replay), self.content(replay), self.base_url)

    def arazzo(self, replay: Replay) -> str:
        """Return the Arazzo document of a replay."""
        return written(self.content(replay))

    def script(self, replay: Replay) -> str:
        """Return the shell script of a replay."""
        return script_of(self._redacted(replay), self.content(replay), self.base_url)

    def _redacted(self, replay: Replay) -> Replay:
        steps = tuple(replace(step, shown=self.without_secrets(step.shown)) for step in replay.steps)
        return replace(replay, steps=steps)


def write_replays(folder: Path, causes: Iterable[Cause], writing: Writing) -> Sequence[Path]:
    """Write the replays of causes to a folder, and return the Arazzo documents. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    found, names = [], set[str]()
    for cause in causes:
        if cause.replay is None:
            continue
        name = cause.replay.name
        if name in names:
            name = f"{name}-{cause.fingerprint[:6]}"
        names.add(name)
        file = folder / f"{name}.arazzo.yaml"
        replace_file(file, writing.arazzo(cause.replay))
        replace_file(folder / f"{name}.sh", writing.script(cause.replay))
        found.append(file)
    return found
