"""One run of Schemathesis over one API, in process, with every check and every phase.

Only this module uses Schemathesis' engine, whose events are not a public API.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.conftest import token

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = int(os.environ.get("LOCUM_FUZZ", "40"))
"""Cases per operation in the fuzzing phase, and scenarios in the stateful one."""
FEWER = int(os.environ.get("LOCUM_FUZZ", "15"))
"""The same for the control API, which has more operations than the others together."""

SEED = 20260101 if "LOCUM_FUZZ" not in os.environ else random.SystemRandom().randrange(2**31)
"""The same in CI; a random one for `make fuzz`, printed in every report."""


@dataclass
class Report:
    """The result of a run."""

    operations: int = 0
    cases: int = 0
    checks: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    phases: Counter = field(default_factory=Counter)
    validated: Counter = field(default_factory=Counter)
    """(operation, status) of responses whose body a check has validated."""
    seconds: float = 0

    def __str__(self) -> str:
        names = ", ".join(f"{name} {count}" for name, count in sorted(self.checks.items()))
        return (
            f"{self.operations} operations, {self.cases} cases, {sum(self.checks.values())} checks "
            f"({names}), {len(self.failures)} failures, {len(self.errors)} errors, {self.seconds:.0f} s, seed {SEED}"
        )


@dataclass
class Setup:
    """Test data with which valid requests succeed in the state of an API."""

    known: dict = field(default_factory=dict)
    """Ids that exist: {(operationId, parameter): value}."""
    callers: dict = field(default_factory=dict)
    """Another Authorization header than the administrator's, by operationId."""
    bodies: dict = field(default_factory=dict)
    """Required members of a body, by operationId."""
    tidy: dict = field(default_factory=dict)
    """Functions that stay below limits before an operation in the stateful phase, by operationId."""
    prepare: Callable | None = None
    """A function called before each case, with the application and the case. If set, all cases share their worlds."""


def run(application, service, setup, seed=None) -> Report:
    """Fuzz one service."""
    config = SchemathesisConfig.from_dict(_config(service, SEED if seed is None else seed))
    schema = schemathesis.openapi.from_dict(service.contract.document.content, config=config)
    schema.app = application
    report = Report(operations=len(service.contract.operations))
    by_label = {f"{o.method} {o.path}": o.operation_id for o in service.contract.operations.values()}
    arrangement = _Arrangement(application, service, setup)
    application.worlds.drop("default")

    def before_call(context, case, kwargs) -> None:
        arrangement.arrange(case)

    schemathesis.hook("before_call")(before_call)  # this hook is global to all schemas
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
    examples = FEWER if service.name == "control" else EXAMPLES
    return {
        "seed": seed,
        "base-url": "http://127.0.0.1:4010" + service.base_path,
        "continue-on-failure": True,
        "cache": {"enabled": False},
        "generation": {"database": "none", "deterministic": "LOCUM_FUZZ" not in os.environ},
        "checks": {"enabled": True},
        # Snapshots and records are validated beyond the contract, and rejected with 422.
        "operations": [
            {
                "include-operation-id": ["restoreSnapshot", "putRecord"],
                "checks": {"positive_data_acceptance": {"enabled": False}},
            }
        ]
        if service.name == "control"
        else [],
        "auth": {"openapi": _credentials(service)},
        "phases": {
            "examples": {"enabled": True},
            "coverage": {"enabled": True},
            "fuzzing": {"enabled": True, "generation": {"max-examples": examples}},
            "stateful": {"enabled": True, "generation": {"max-examples": examples}},
        },
    }


def _credentials(service) -> dict:
    """The administrator's token for every bearer scheme that the contract declares."""
    schemes = service.contract.security_schemes
    return {name: {"bearer": token()} for name, scheme in schemes.items() if scheme["type"] == "http"}


class _Arrangement:
    """Give each case of the unit phases its own world, and ids of existing records.

    Most valid cases get such ids and bodies; every fourth stays as generated. Scenarios of the
    stateful phase share the default world and get no ids: they follow links.
    """

    def __init__(self, application, service, setup) -> None:
        self._application = application
        self._name = service.name
        self._scenery = setup
        self._count = 0

    def arrange(self, case) -> None:
        operation_id = case.operation.definition.raw.get("operationId")
        setup = self._scenery
        self._count += 1
        if operation_id in setup.callers and case.headers.get("Authorization") == "Bearer " + token():
            case.headers["Authorization"] = setup.callers[operation_id]
        stateful = case.meta is not None and case.meta.phase.name.value == "stateful"
        if stateful and operation_id in setup.tidy:
            setup.tidy[operation_id](self._application)
        if setup.prepare is not None:
            setup.prepare(self._application, case)
        if case.meta is not None and case.meta.generation.mode.is_positive and self._count % 4:
            if operation_id in setup.bodies and isinstance(case.body, dict):
                case.body = {**case.body, **setup.bodies[operation_id]}
            for name in list(case.path_parameters or {}):
                if not stateful and (operation_id, name) in setup.known:
                    case.path_parameters[name] = setup.known[operation_id, name]
        if not stateful and setup.prepare is None:
            self._application.worlds.drop(f"{self._name}-{self._count - 1}")
            case.headers["X-Locum-World"] = f"{self._name}-{self._count}"


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
