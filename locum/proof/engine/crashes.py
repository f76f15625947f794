"""Crash files: what `st replay` asks again, as `st run` leaves it where `[cache]` is enabled in schemathesis.toml."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locum.proof.telling import Secrets

__all__ = ["Crashes"]


class Crashes:
    """Writes a file for each failure of a run, without credentials, and removes those of what fails no more."""

    def __init__(self, schema: Any, place: str, secrets: Secrets) -> None:
        """`place` is where the document is. Nothing is written unless the configuration file wants it."""
        self._secrets = secrets
        self._writer: Any = None
        self._failed: set[str] = set()
        self._tried: set[str] = set()
        config = schema.config
        if not config.cache.enabled:
            return
        from schemathesis.core.cache.io import effective_directory  # noqa: PLC0415 (an extra, and a second to import)
        from schemathesis.reporting.crashes import CrashWriter  # noqa: PLC0415 (as above)

        title = config.named_project_title((schema.raw_schema.get("info") or {}).get("title"))
        self._writer = CrashWriter(directory=effective_directory(config.cache.directory, title) / "crashes")
        self._writer.open(schema_location=place, base_url=config.base_url or "", tls_verify=config.tls_verify)

    def take(self, recorder: Any) -> None:
        """Take what was recorded while one operation was tried, or one walk was made."""
        if self._writer is None:
            return
        from schemathesis.config import SanitizationConfig  # noqa: PLC0415 (as above)
        from schemathesis.reporting.crashes import CrashFile, build_crashes_from_recorder  # noqa: PLC0415 (as above)

        failing = recorder.failing_case_ids()
        self._tried.update(node.value.operation.label for node in recorder.cases.values())
        self._failed.update(recorder.cases[case].value.operation.label for case in failing)
        for case in failing:
            found = build_crashes_from_recorder(
                recorder=recorder, failing_case_id=case, sanitization=SanitizationConfig()
            )
            for crash in found:
                # What Schemathesis hides is headers by their names; a token may stand anywhere.
                text = self._secrets.words(json.dumps(crash.to_dict(), ensure_ascii=False))
                self._writer.write(CrashFile.from_dict(json.loads(text)))

    def end(self) -> None:
        """Remove the files of operations that were tried, and did not fail."""
        for label in self._tried - self._failed if self._writer is not None else ():
            self._writer.remove_by_operation(label)
