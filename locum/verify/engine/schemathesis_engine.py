"""Run Schemathesis on a document, and yield what happens as events."""

from __future__ import annotations

import ast
import json
from contextlib import contextmanager
from functools import cache
from itertools import count
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from locum.verify.engine.configuration import configured_credentials, signs_in
from locum.verify.engine.preparation import in_worlds, prepared, renewing
from locum.verify.exchanges import (
    MOST_BYTES,
    SECONDS,
    Ended,
    EngineError,
    Event,
    Exchange,
    FailedCheck,
    Progress,
    Shown,
    late,
)
from locum.verify.printing import PrintedSecrets, is_credential, without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.verify.plans import Plan

__all__ = ["Crashes", "events_of", "in_time", "one_at_a_time"]


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Serialize `ast.parse` across threads.

    Hypothesis parses the source of the functions that it runs. In CPython (gh-106905, seen with 3.11.7) two workers
    that do so at the same time raise `SystemError: AST constructor recursion depth mismatch`.
    """
    parse, lock = ast.parse, Lock()

    def alone(*given: Any, **named: Any) -> Any:
        with lock:
            return parse(*given, **named)

    ast.parse = alone
    try:
        yield
    finally:
        ast.parse = parse


class Crashes:
    """Writes a crash file without credentials for each failure of a run, and removes those that no longer occur."""

    def __init__(self, schema: Any, place: str, secrets: PrintedSecrets) -> None:
        """`place` locates the document. Files are only written if the configuration file enables the cache."""
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
        """Write the failures of one recorded scenario."""
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
                # Schemathesis redacts only headers, by name; a token may be anywhere.
                text = self._secrets.words(json.dumps(crash.to_dict(), ensure_ascii=False))
                self._writer.write(CrashFile.from_dict(json.loads(text)))

    def end(self) -> None:
        """Remove the files of operations that were tried and did not fail."""
        for label in self._tried - self._failed if self._writer is not None else ():
            self._writer.remove_by_operation(label)


_CHUNK = 64 * 1024
_EVENTS = "text/event-stream"


@contextmanager
def in_time(schema: Any) -> Iterator[None]:
    """Limit each response of a server to the request timeout and to `MOST_BYTES`.

    The timeout of Requests applies to each read: a server that sends one byte per second never exceeds it.
    """
    import schemathesis  # noqa: PLC0415 (an extra, and a second to import)

    def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 (what hooks are called with)
        if case.operation.schema is schema:
            seconds = schema.config.request_timeout_for(operation=case.operation) or SECONDS
            kwargs["hooks"] = {"response": lambda response, *_, **__: _read(response, seconds)}

    schemathesis.hook("before_call")(before_call)  # this hook exists for all schemas at once only
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)


def _read(response: Any, seconds: float) -> None:
    """Read the body of a response of Requests. A body that is too large is cut and marked as such.

    Raises requests.Timeout if the response is not complete in time.
    """
    from requests import exceptions  # noqa: PLC0415 (Schemathesis brings it)
    from schemathesis.core.transport import STREAM_CUT_SHORT_ATTRIBUTE  # noqa: PLC0415 (as above)

    if response.headers.get("Content-Type", "").startswith(_EVENTS):
        return  # the engine limits these itself
    chunks: list[bytes] = []
    size, cut, deadline = 0, False, monotonic() + seconds
    for chunk in _chunks(response):
        chunks.append(chunk)
        size += len(chunk)
        if monotonic() > deadline:
            response.close()
            raise exceptions.Timeout(late(seconds))
        cut = size > MOST_BYTES
        if cut:
            break
    # Requests sets these itself when it has read a body.
    response._content = b"".join(chunks)  # noqa: SLF001 (there is no public way to set it)
    response._content_consumed = True  # noqa: SLF001 (as above)
    if cut:
        setattr(response, STREAM_CUT_SHORT_ATTRIBUTE, True)
        response.close()


def _chunks(response: Any) -> Iterator[bytes]:
    """Yield the body in chunks. Raises the same exceptions as Requests."""
    from requests import exceptions  # noqa: PLC0415 (Schemathesis brings it)
    from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError  # noqa: PLC0415 (as above)

    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            yield chunk
    except ProtocolError as problem:
        raise exceptions.ChunkedEncodingError(problem) from None
    except DecodeError as problem:
        raise exceptions.ContentDecodingError(problem) from None
    except ReadTimeoutError as problem:
        raise exceptions.ConnectionError(problem) from None


_PROBES = {
    "unspecified_http_method": "method",
    "malformed_content_type": "media_type",
    "unsupported_content_type": "media_type",
}


def events_of(contract: Contract, plan: Plan) -> Iterator[Event]:
    """Run Schemathesis as planned, and yield events, the last of which is Ended. Raises Missing and NotTestable."""
    schema = prepared(contract, plan)
    operations = _operations(schema)
    yield Progress(phase="start", operations=len(operations))
    limited = in_worlds(schema, plan.world) if plan.application is not None else in_time(schema)
    with limited, renewing(schema, plan.renewal), one_at_a_time():
        secrets = PrintedSecrets(plan.tokens, plan.headers, plan.secrets, configured_credentials(plan))
        crashes = Crashes(schema, str(contract.document.place), secrets)
        yield from _translated(schema, operations, _Recorded(schema.config, plan), crashes)


def _translated(
    schema: Any, operations: dict[str, tuple[str, str]], run: _Recorded, crashes: Crashes
) -> Iterator[Event]:
    from schemathesis.engine import events, from_schema  # noqa: PLC0415 (an extra, and a second to import)
    from schemathesis.errors import NoLinksFound  # noqa: PLC0415 (as above)

    stream = from_schema(schema).execute()
    try:
        for event in stream:
            if isinstance(event, events.ScenarioStarted):
                yield Progress(phase=str(event.phase.value), operation=event.label or "")
            elif isinstance(event, events.ScenarioFinished):
                crashes.take(event.recorder)
                yield from _Scenario(event.recorder, str(event.phase.value), run).events()
            elif isinstance(event, events.NonFatalError):
                if not isinstance(event.value, NoLinksFound):  # the selected operations have no links
                    yield _engine_error(event)
            elif isinstance(event, events.FatalError):
                yield EngineError(operation="", message=_words(event.exception))
            elif isinstance(event, events.Interrupted):
                yield EngineError(operation="", message="The run was interrupted.")
            elif isinstance(event, events.EngineFinished):
                crashes.end()
                yield Ended(
                    reason=str(event.stop_reason.value),
                    seconds=event.running_time,
                    seed=schema.config.seed,
                    operations=tuple(operations.values()),
                    headers=dict(schema.config.headers or {}),
                    hides=run.hides,
                    tls_verify=schema.config.tls_verify is not False,
                    request_timeout=schema.config.request_timeout or SECONDS,
                )
    finally:
        stream.stop()


def _operations(schema: Any) -> dict[str, tuple[str, str]]:
    """Return the operations to try by label. The engine reports those that it cannot use."""
    found = {}
    for result in schema.get_all_operations():
        operation = result.ok() if hasattr(result, "ok") else None
        if operation is not None:
            found[operation.label] = (operation.path, operation.method.lower())
    return found


class _Recorded:
    """State that all scenarios of a run share: exchange numbers, disabled checks, and the baseline."""

    def __init__(self, config: Any, plan: Plan) -> None:
        others = {
            name
            for name, value in (config.headers or {}).items()
            if name not in plan.headers and is_credential(name) and not (plan.token and plan.token in str(value))
        }
        self.hides = bool(others) or signs_in(plan)
        """Whether only the configuration file knows some credentials."""
        self.numbers = count(1)
        self.baseline = config.load_baseline()
        self._config = config
        self.off = cache(self._off)

    def _off(self, operation: Any, phase: str) -> frozenset[str]:
        from schemathesis.checks import CHECKS  # noqa: PLC0415 (an extra, and a second to import)

        checks = self._config.checks_config_for(operation=operation, phase=phase)
        return frozenset(name for name in CHECKS.get_all_names() if not checks.get_by_name(name=name).enabled)

    def is_known(self, check: Any) -> bool:
        """Whether a failure is in the baseline."""
        return self.baseline is not None and bool(self.baseline.match(check.failure_info.failure, check.name))


class _Scenario:
    """The record of one operation in one phase, or of one stateful sequence."""

    def __init__(self, recorder: Any, phase: str, run: _Recorded) -> None:
        self._recorder = recorder
        self._phase = phase
        self._run = run
        self._exchanges: dict[str, Exchange] = {}

    def events(self) -> Iterator[Event]:
        """Yield all exchanges, then all failed checks."""
        for case_id, interaction in self._recorder.interactions.items():
            self._exchanges[case_id] = self._exchange(case_id, interaction)
        yield from self._exchanges.values()
        for case_id, checks in self._recorder.checks.items():
            for check in checks:
                if check.failure_info is not None and not self._run.is_known(check):
                    yield from self._failed_check(case_id, check)

    def _exchange(self, case_id: str, interaction: Any) -> Exchange:
        case = self._recorder.cases[case_id].value
        broken, broken_by = _broken(case.meta)
        checks = self._recorder.checks.get(case_id, ())
        known = {check.name for check in checks if check.failure_info is not None and self._run.is_known(check)}
        return Exchange(
            number=next(self._run.numbers),
            path=case.operation.path,
            method=case.operation.method.lower(),
            shown=_shown(interaction, hides=self._run.hides),
            phase=self._phase,
            positive=None if case.meta is None else case.meta.generation.mode.is_positive,
            probe=_PROBES.get(_scenario_of(case.meta), ""),
            broken=broken,
            broken_by=broken_by,
            off=self._run.off(case.operation, self._phase) | known,
        )

    def _failed_check(self, case_id: str, check: Any) -> Iterator[FailedCheck]:
        failure = check.failure_info.failure
        exchange = self._exchanges.get(failure.case_id or case_id) or self._exchanges.get(case_id)
        if exchange is None:
            return  # its request was never sent
        steps = [self._exchanges[step.case_id] for step in check.failure_info.steps if step.case_id in self._exchanges]
        yield FailedCheck(
            check=check.name,
            kind=type(failure).__name__,
            title=failure.title,
            message=failure.message,
            blamed=failure.operation or "",
            exchange=exchange,
            steps=tuple(steps),
        )


def _shown(interaction: Any, *, hides: bool) -> Shown:
    request, response = interaction.request, interaction.response
    headers = {name.lower(): ", ".join(values) for name, values in request.headers.items()}
    return Shown(
        method=request.method,
        url=request.uri,
        headers=without_credentials(headers) if hides else headers,
        body=request.body,
        status=response.status_code if response is not None else 0,
        response_headers={name.lower(): ", ".join(values) for name, values in response.headers.items()}
        if response
        else {},
        response_body=response.content or b"" if response is not None else b"",
        cut=response is not None
        and (response.stream_cut_short or len(response.content or b"") < response.content_size),
        seconds=response.elapsed if response is not None else 0.0,
        at=interaction.timestamp,
    )


def _scenario_of(meta: Any) -> str:
    scenario = getattr(meta.phase.data, "scenario", None) if meta is not None else None
    return str(getattr(scenario, "value", ""))


def _broken(meta: Any) -> tuple[str, str]:
    """Return which part of a request is invalid, and how; empty for a valid request."""
    if meta is None or meta.generation.mode.is_positive:
        return "", ""
    data = meta.phase.data
    places = [str(place.value) for place, component in meta.components.items() if component.mode.is_negative]
    location = getattr(data, "parameter_location", None)
    place = str(location.value) if location is not None else places[0] if places else ""
    how = " ".join(str(part) for part in (getattr(data, "parameter", None), getattr(data, "description", None)) if part)
    return place, how


def _engine_error(event: Any) -> EngineError:
    import requests  # noqa: PLC0415 (Schemathesis brings it)

    name = type(event.value).__name__
    return EngineError(
        operation=event.label,
        message=f"{event.info.title}: {_words(event.value)}",
        unreachable=name == "ServerUnavailable",
        without_response=isinstance(event.value, requests.RequestException) or name in _WITHOUT_RESPONSE,
    )


_WITHOUT_RESPONSE = frozenset({"UnresponsiveOperationError", "UnhealthyAPIError"})


def _words(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:500] or type(problem).__name__
