"""One run of Schemathesis over one API, in process: every check, every phase, nothing left out.

This is the one place that knows Schemathesis' engine, whose events are internal to it.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.conftest import token

EXAMPLES = int(os.environ.get("LOCUM_FUZZ", "40"))
"""Cases per operation in the fuzzing phase, and scenarios in the stateful one."""


@dataclass
class Report:
    """What a run saw."""

    operations: int = 0
    cases: int = 0
    checks: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    phases: Counter = field(default_factory=Counter)
    validated: Counter = field(default_factory=Counter)
    """(operation, status) of answers whose body a check has validated."""
    seconds: float = 0

    def __str__(self) -> str:
        names = ", ".join(f"{name} {count}" for name, count in sorted(self.checks.items()))
        return (
            f"{self.operations} operations, {self.cases} cases, {sum(self.checks.values())} checks "
            f"({names}), {len(self.failures)} failures, {len(self.errors)} errors, {self.seconds:.0f} s"
        )


def run(application, service, known, *, callers=None, seed=20260101) -> Report:
    """Fuzz one service. `known` gives ids that exist: {(operationId, parameter): value}.

    `callers` gives another Authorization header than the administrator's, by operationId.
    """
    config = SchemathesisConfig.from_dict(_config(service, seed))
    schema = schemathesis.openapi.from_dict(service.contract.document.content, config=config)
    schema.app = application
    report = Report(operations=len(service.contract.operations))
    by_label = {f"{o.method} {o.path}": o.operation_id for o in service.contract.operations.values()}
    scenery = _Scenery(application, service, known, callers or {})

    def before_call(context, case, kwargs) -> None:
        scenery.arrange(case)

    schemathesis.hook("before_call")(before_call)  # this hook exists for all schemas at once only
    try:
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                _count(report, event.recorder, by_label)
            elif isinstance(event, events.NonFatalError | events.FatalError):
                report.errors.append(str(getattr(event, "value", None) or getattr(event, "exception", event)))
            elif isinstance(event, events.EngineFinished):
                report.seconds = event.running_time
    finally:
        schemathesis.hooks.unregister(before_call)
    return report


def _config(service, seed) -> dict:
    return {
        "seed": seed,
        "base-url": "http://127.0.0.1:4010" + service.base_path,
        "continue-on-failure": True,
        "cache": {"enabled": False},
        "generation": {"database": "none", "deterministic": seed is not None},
        "checks": {"enabled": True},
        "auth": {"openapi": _credentials(service)},
        "phases": {
            "examples": {"enabled": True},
            "coverage": {"enabled": True},
            "fuzzing": {"enabled": True, "generation": {"max-examples": EXAMPLES}},
            "stateful": {"enabled": True, "generation": {"max-examples": EXAMPLES}},
        },
    }


def _credentials(service) -> dict:
    """The administrator's token for every bearer scheme that the contract declares."""
    schemes = service.contract.security_schemes
    return {name: {"bearer": token()} for name, scheme in schemes.items() if scheme["type"] == "http"}


class _Scenery:
    """Gives each case of the unit phases a world of its own, and names things that exist.

    A scenario of the stateful phase makes its things itself, in one world that all share.
    """

    def __init__(self, application, service, known, callers) -> None:
        self._application = application
        self._service = service
        self._known = known
        self._callers = callers
        self._count = 0

    def arrange(self, case) -> None:
        operation_id = case.operation.definition.raw.get("operationId")
        if operation_id in self._callers and case.headers.get("Authorization") == "Bearer " + token():
            case.headers["Authorization"] = self._callers[operation_id]
        stateful = case.meta is not None and case.meta.phase.name.value == "stateful"
        world = f"stateful-{self._service.name}"
        if not stateful:
            self._count += 1
            self._application.worlds.drop(f"{self._service.name}-{self._count - 1}")
            world = f"{self._service.name}-{self._count}"
            if case.meta is not None and case.meta.generation.mode.is_positive and self._count % 4:
                for name in list(case.path_parameters or {}):
                    if (operation_id, name) in self._known:
                        case.path_parameters[name] = self._known[operation_id, name]
        case.headers["X-Locum-World"] = world


def _count(report, recorder, by_label) -> None:
    for case_id, interaction in recorder.interactions.items():
        report.cases += 1
        checks = recorder.checks.get(case_id, [])
        case = recorder.cases[case_id].value
        if case.meta is not None:
            report.phases[case.meta.phase.name.value] += 1
        for check in checks:
            report.checks[check.name] += 1
            if check.status.value != "success":
                failure = check.failure_info.failure if check.failure_info else None
                sample = check.failure_info.code_sample if check.failure_info else ""
                status = interaction.response.status_code if interaction.response is not None else "none"
                body = (interaction.response.content or b"")[:300] if interaction.response is not None else b""
                report.failures.append(
                    f"{check.name}: {case.operation.label}: {status}: {getattr(failure, 'title', '')} "
                    f"{getattr(failure, 'message', '')}\n  {sample}\n  {body!r}"
                )
        if interaction.response is None:
            continue
        if any(check.name == "response_schema_conformance" and check.status.value == "success" for check in checks):
            operation_id = by_label.get(case.operation.label)
            if operation_id:
                report.validated[operation_id, interaction.response.status_code] += 1
