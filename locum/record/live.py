"""Live: record the exchanges of a running proxy, and write the fixture while it runs."""

from __future__ import annotations

import asyncio
import logging
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locum.proxy.exchange import ForwardedExchange
    from locum.record.recorder import Recorder
    from locum.record.summary import Summary

__all__ = ["LiveRecording"]

logger = logging.getLogger("locum")

_PAUSE = 0.5
"""The least number of seconds between two writes."""
_SHARE = 20
"""A write that takes long is followed by a pause that is so many times as long."""


class LiveRecording:
    """Writes a fixture soon after an exchange, since a process may be killed, and when the server stops."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._pause = 0.0
        self._pending: asyncio.TimerHandle | None = None

    def observe(self, exchange: ForwardedExchange) -> None:
        """Take an exchange, in the event loop."""
        self.recorder.observe(exchange)
        if self._pending is None:
            self._pending = asyncio.get_running_loop().call_later(self._pause, self._write)

    def _write(self) -> None:
        self._pending = None
        began = perf_counter()
        try:
            self.recorder.save()
        except OSError as problem:
            logger.error("%s: cannot be written: %s", self.recorder.fixture.folder, problem.strerror)  # noqa: TRY400
        self._pause = max(_PAUSE, _SHARE * (perf_counter() - began))

    def end(self) -> Summary:
        """Write what is not written yet, and return what the recording has changed. Raises OSError."""
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        return self.recorder.save()
