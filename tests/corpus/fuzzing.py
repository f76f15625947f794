"""One bounded run of Schemathesis over one document, in process, with every check.

The valid cases of the unit phases use ids of existing records, each in a separate world; the scenarios
of the stateful phase share one world.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from locum.openapi.compile.security import compile_scheme
from tests.corpus.explanations import explain
from tests.corpus.requests import credentials
from tests.corpus.walks import SEED


@dataclass(frozen=True)
class Bounds:
    """Limits of a run."""

    examples: int = 5
    """Cases per operation in the fuzzing phase, and scenarios in the stateful one."""
    operations: int = 0
    """How many operations are sampled, by whole paths; 0 for all."""
    seconds: float = 0
    """Seconds after which no further operation is started; 0 for no limit."""
    stateful: bool = True


@dataclass
class Findings:
    """The result of a run."""

    operations: int = 0
    cases: int = 0
    checks: Counter = field(default_factory=Counter)
    failures: dict = field(default_factory=dict)
    """The first failure of each kind that may be in locum: {(check, operation, title): message}."""
    explained: dict = field(default_factory=dict)
    """Failures with another cause: {(check, operation, title): reason}."""
    errors: list[str] = field(default_factory=list)
    seconds: float = 0
    is_whole: bool = True
    """Whether the run finished within its time limit."""


def fuzz(application, service, bounds) -> Findings:
    """Fuzz one service, or a sample of it with a fixed seed."""
    content = drawn(service.contract.document.content, bounds.operations)
    schema = schemathesis.openapi.from_dict(content, config=SchemathesisConfig.from_dict(_config(service, bounds)))
    schema.app = application
    found = Findings()
    setup = _Setup(application, service)

    def before_call(context, case, kwargs) -> None:
        setup.arrange(case)

    began = time.monotonic()
    schemathesis.hook("before_call")(before_call)  # this hook is global to all schemas
    try:
        stream = from_schema(schema).execute()
        for event in stream:
            if isinstance(event, events.ScenarioFinished):
                _count(found, event.recorder, setup.operations)
            elif isinstance(event, events.NonFatalError | events.FatalError):
                found.errors.append(str(getattr(event, "value", None) or getattr(event, "exception", event))[:600])
            if bounds.seconds and time.monotonic() - began > bounds.seconds and found.is_whole:
                found.is_whole = False
                stream.stop()
    finally:
        schemathesis.hooks.unregister(before_call)
        application.worlds.drop("default")
    found.operations = sum(len(methods_of(item)) for item in content["paths"].values())
    found.seconds = time.monotonic() - began
    return found


def drawn(content, count) -> dict:
    """Return a document with about so many operations: whole paths, sampled with a fixed seed."""
    paths = {path: item for path, item in content["paths"].items() if not set(path) & set("#?")}
    if count:
        order = sorted(paths)
        Random(SEED).shuffle(order)
        kept, total = set(), 0
        for path in order:
            if total >= count:
                break
            kept.add(path)
            total += len(methods_of(paths[path]))
        paths = {path: item for path, item in paths.items() if path in kept}
    return {**content, "paths": paths}


def methods_of(item) -> list[str]:
    return [name for name in item if name in {"get", "put", "post", "delete", "options", "head", "patch", "trace"}]


def _config(service, bounds) -> dict:
    known = _known_credentials(service)
    return {
        "seed": SEED,
        "base-url": "http://127.0.0.1:4010" + service.base_path,
        "continue-on-failure": True,
        "cache": {"enabled": False},
        "generation": {"database": "none", "deterministic": True},
        "checks": {"enabled": True},
        **({"auth": {"openapi": known}} if known else {}),
        "phases": {
            "examples": {"enabled": True},
            "coverage": {"enabled": True},
            "fuzzing": {"enabled": True, "generation": {"max-examples": bounds.examples}},
            "stateful": {"enabled": bounds.stateful, "generation": {"max-examples": bounds.examples}},
        },
    }


def _known_credentials(service) -> dict:
    """Return credentials for the schemes that Schemathesis supports."""
    found = {}
    for name, scheme in service.contract.security_schemes.items():
        compiled = compile_scheme(scheme)
        if compiled.is_key:
            found[name] = {"api_key": "key"}
        elif compiled.kind == "http" and compiled.auth_scheme in {"basic", "bearer"}:
            basic = compiled.auth_scheme == "basic"
            found[name] = {"username": "user", "password": "password"} if basic else {"bearer": "token"}
    return found


class _Setup:
    """Give each case of the unit phases a separate world, and most valid ones ids of existing records."""

    def __init__(self, application, service) -> None:
        self._application = application
        self._service = service
        self.operations = {f"{one.method} {one.path}": one for one in service.contract.operations.values()}
        self._count = 0

    def arrange(self, case) -> None:
        """Change a case before it is sent."""
        self._count += 1
        operation = self.operations.get(case.operation.label)
        if operation is None or case.meta is None:
            return
        self._authorise(case, operation)
        if case.meta.phase.name.value == "stateful":
            return
        name = f"fuzz-{self._count}"
        self._application.worlds.drop(f"fuzz-{self._count - 1}")
        case.headers["X-Locum-World"] = name
        if case.meta.generation.mode.is_positive and self._count % 4 and case.path_parameters:
            values = self._service.behaviour.path_values(operation, self._application.worlds.named(name))
            expressions = [parameter.name for parameter in ordered(operation)]
            case.path_parameters.update(zip(expressions, values, strict=True))

    def _authorise(self, case, operation) -> None:
        """Add credentials of schemes that Schemathesis does not support: OAuth 2.0, OpenID Connect and others."""
        known = _known_credentials(self._service)
        if not set(next(iter(operation.security), {})) <= known.keys():
            for name, value in credentials(self._service, operation).items():
                if not name.startswith("?"):
                    case.headers.setdefault(name.title(), value)


def ordered(operation) -> list:
    """Return the path's parameters in the order of its expressions."""
    return sorted(operation.by_location["path"], key=lambda one: operation.path.index("{" + one.name + "}"))


def _count(found, recorder, operations) -> None:
    for case_id, interaction in recorder.interactions.items():
        found.cases += 1
        case = recorder.cases[case_id].value
        for check in recorder.checks.get(case_id, []):
            found.checks[check.name] += 1
            if check.status.value == "success":
                continue
            failure = check.failure_info.failure if check.failure_info else None
            sample = check.failure_info.code_sample if check.failure_info else ""
            reply = interaction.response
            said = f"{reply.status_code} {(reply.content or b'')[:300]!r}" if reply is not None else "no answer"
            title = str(getattr(failure, "title", ""))
            key = (check.name, case.operation.label, title)
            reason = explain(operations.get(case.operation.label), case, check.name, title, reply)
            if reason:
                found.explained.setdefault(key, reason)
                continue
            text = f"{getattr(failure, 'message', '')}\n  {sample[:700]}\n  {said}"
            found.failures.setdefault(key, text)
