"""Prepare Schemathesis: its configuration, a new world per case, and renewal of the token."""

from __future__ import annotations

import contextlib
import os
import random
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from locum.files import default_cache, private_folder
from locum.openapi.compile.security import compile_scheme
from locum.options import WORLD_HEADER
from locum.verify.codes.codes import BEHAVIOUR_CHECKS
from locum.verify.engine.configuration import configuration_of
from locum.verify.plans import OWN_PHASES, PHASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.verify.exchanges import Shown
    from locum.verify.plans import OperationChoice, Plan

__all__ = ["Missing", "NotTestable", "Renewal", "in_worlds", "prepared", "renewed", "renewing", "tidy"]


@contextmanager
def in_worlds(schema: Any, world: Callable[[], str] | None) -> Iterator[None]:
    """Start every independent case and stateful sequence in a new world, so that earlier requests have no effect."""
    if world is None:
        yield
        return
    import schemathesis  # noqa: PLC0415 (an extra, and a second to import)

    build, new = schema.build_state_machine, world

    def in_a_world(**given: Any) -> Any:
        class Walk(build(**given)):  # type: ignore[misc]  # Schemathesis creates a class per document
            def __init__(self) -> None:
                super().__init__()
                self._world = new()

            def before_call(self, case: Any) -> None:
                case.headers[WORLD_HEADER] = self._world
                super().before_call(case)

        return Walk

    def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 (the arguments of hooks)
        if case.operation.schema is schema and WORLD_HEADER not in case.headers:
            case.headers[WORLD_HEADER] = new()

    schema.build_state_machine = in_a_world
    schemathesis.hook("before_call")(before_call)  # hooks can only be registered for all schemas
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)


_UNAUTHENTICATED = 401
_KNOWN = frozenset({*range(200, 300), 403})
"""Statuses that show a valid token. Others may come before the server checks it."""
_MOST_USELESS = 3


class Renewal:
    """The tokens of a run: the first one and its replacements.

    A token that was accepted before and then gets 401 has expired. After three useless tokens in a row, no more are
    requested.
    """

    def __init__(self, first: str, ask: Callable[[], str]) -> None:
        """`ask` returns a new token, or raises ValueError."""
        self.tokens = [first]
        self.problem = ""
        """Why the token could not be renewed; empty if there was no problem."""
        self._ask = ask
        self._was_good = False
        self._useless = 0
        self._lock = Lock()

    @property
    def token(self) -> str:
        """The current token."""
        return self.tokens[-1]

    def take_status(self, token: str, status: int) -> None:
        """Record the status of a request with a token, and renew the token if it has expired."""
        with self._lock:
            if token != self.token or self.problem:
                return
            if status != _UNAUTHENTICATED:
                self._was_good = True
                self._useless = 0 if status in _KNOWN else self._useless
            elif self._was_good:
                self._renew()

    def _renew(self) -> None:
        self._was_good = False
        self._useless += 1
        if self._useless > _MOST_USELESS:
            self.problem = f"{_MOST_USELESS} tokens in a row were not accepted"
            return
        try:
            self.tokens.append(self._ask())
        except ValueError as problem:
            self.problem = str(problem)


@contextmanager
def renewing(schema: Any, renewal: Renewal | None) -> Iterator[None]:
    """Replace the token by the current one in every request of a run, in headers, query and cookies."""
    if renewal is None:
        yield
        return
    import schemathesis  # noqa: PLC0415 (an extra, and a second to import)

    first = renewal.tokens[0]

    def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 (the arguments of hooks)
        if case.operation.schema is schema and renewal.token != first:
            for part in (case.headers, case.query, case.cookies, kwargs.get("headers"), kwargs.get("params")):
                _replace(part, first, renewal.token)

    def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ARG001 (as above)
        if case.operation.schema is schema:
            sent = f"{response.request.url} {' '.join(map(str, response.request.headers.values()))}"
            probe = response.request.method.upper() != case.operation.method.upper()
            if renewal.token in sent and not probe:
                renewal.take_status(renewal.token, response.status_code)

    schemathesis.hook("before_call")(before_call)  # hooks can only be registered for all schemas
    schemathesis.hook("after_call")(after_call)
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)
        schemathesis.hooks.unregister(after_call)


def renewed(send: Callable[[Shown], Shown], renewal: Renewal | None) -> Callable[[Shown], Shown]:
    """Wrap a send function so that requests have the current token."""
    if renewal is None:
        return send
    first = renewal.tokens[0]

    def send_with_token(request: Shown) -> Shown:
        token, headers = renewal.token, dict(request.headers)
        _replace(headers, first, token)
        exchange = send(replace(request, url=request.url.replace(first, token), headers=headers))
        if any(token in text for text in (exchange.url, *exchange.headers.values())):
            renewal.take_status(token, exchange.status)
        return exchange

    return send_with_token


def _replace(part: Any, old: str, new: str) -> None:
    if part:
        for name, value in list(part.items()):
            if isinstance(value, str) and old in value:
                part[name] = value.replace(old, new)


_INSTALL = "pip install 'schemathesis>=4.32,<5'"
"""Installs what the extra `verify` adds, however locum itself was installed."""
_MAJOR = "4"


class Missing(Exception):
    """Schemathesis is not installed, or in an unsupported version."""


class NotTestable(Exception):
    """Schemathesis cannot use its configuration or a document."""


def tidy() -> None:
    """Store Hypothesis' character tables in the user's cache folder instead of the current folder."""
    if os.environ.get("HYPOTHESIS_STORAGE_DIRECTORY"):
        return
    with contextlib.suppress(ModuleNotFoundError):
        from hypothesis.configuration import set_hypothesis_home_dir  # noqa: PLC0415 (an extra)

        with contextlib.suppress(OSError):
            private_folder(default_cache())
        set_hypothesis_home_dir(default_cache() / "hypothesis")


def prepared(contract: Contract, plan: Plan) -> Any:
    """Return a Schemathesis schema of a document, configured as planned. Raises Missing and NotTestable."""
    try:
        import schemathesis  # noqa: PLC0415 (an extra, and a second to import)
        from schemathesis.config import ConfigError, SchemathesisConfig  # noqa: PLC0415 (as above)
        from schemathesis.core.errors import SchemathesisError  # noqa: PLC0415 (as above)
    except ModuleNotFoundError as missing:
        raise Missing(f"Schemathesis is required ({missing.name} is not installed). Install it: {_INSTALL}") from None
    if schemathesis.__version__.split(".")[0] != _MAJOR:
        raise Missing(f"Schemathesis 4 is required; installed is {schemathesis.__version__}. Install it: {_INSTALL}")
    schemathesis.checks.load_all_checks()  # most are registered only when they are needed
    known = schemathesis.checks.CHECKS.get_all_names()
    unknown = [name for name in plan.checks if name not in known and name not in BEHAVIOUR_CHECKS]
    if unknown:
        raise NotTestable(
            f"Unknown check '{unknown[0]}'. Valid checks: {', '.join(sorted({*known, *BEHAVIOUR_CHECKS}))}."
        )
    try:
        given, place = configuration_of(plan)
        folder = str(place.parent) if place else None
        config = SchemathesisConfig.from_dict(_settings(given, contract, plan), base_dir=folder)
        schema = schemathesis.openapi.from_dict(contract.document.content, config=config)
        schema.filter_set = schema.config.operations.create_filter_set(**_filters(plan.choice))
    except (ConfigError, SchemathesisError, OSError, ValueError) as problem:
        raise NotTestable(f"{contract.document.place}: {' '.join(str(problem).split())[:500]}") from None
    if plan.application is not None:
        schema.app = plan.application
    return schema


def _settings(given: dict[str, Any], contract: Contract, plan: Plan) -> dict[str, Any]:
    """Return the configuration of Schemathesis: defaults, then the file, then the plan, which takes precedence."""
    usual: dict[str, Any] = {
        "seed": random.SystemRandom().randrange(2**31),  # shown in the summary, and short enough to type again
        "continue-on-failure": True,
        "cache": {"enabled": False},
        "generation": {"database": "none"},
        "checks": {"enabled": True},
        "phases": {name: {"enabled": True} for name in PHASES if name not in OWN_PHASES},
    }
    planned: dict[str, Any] = {
        "base-url": plan.base_url,
        # locum redacts findings itself, and needs whole responses to check them.
        "output": {"sanitization": {"enabled": False}, "truncation": {"max-recorded-payload-size": 0}},
        "headers": _headers(contract, plan),
    }
    numbers = {
        "seed": plan.seed,
        "max-time": plan.seconds,
        "workers": plan.workers,
        "request-timeout": plan.request_timeout,
    }
    planned |= {name: number for name, number in numbers.items() if number is not None}
    if plan.max_examples is not None:
        planned["generation"] = {"max-examples": plan.max_examples}
    if plan.phases:
        planned["phases"] = {name: {"enabled": name in plan.phases} for name in usual["phases"]}
    if plan.checks:
        theirs = [name for name in plan.checks if name not in BEHAVIOUR_CHECKS]
        planned["checks"] = {"enabled": False} | {name: {"enabled": True} for name in theirs}
    schemes = _schemes(contract, plan.token)
    if schemes and "auth" not in given:
        planned["auth"] = {"openapi": schemes}
    settings = _over(_over(usual, given), planned)
    settings["project"] = [_over(project, {"base-url": plan.base_url}) for project in given.get("project", [])]
    return settings


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Merge two tables recursively; values of `above` take precedence."""
    merged = dict(below)
    for name, value in above.items():
        under = below.get(name)
        merged[name] = _over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def _schemes(contract: Contract, token: str) -> dict[str, Any]:
    """Return the credentials of each declared scheme that can carry the token, so that Schemathesis can omit them."""
    found: dict[str, Any] = {}
    for name, scheme in contract.security_schemes.items() if token else ():
        if scheme.get("type") == "http" and str(scheme.get("scheme", "")).lower() == "bearer":
            found[name] = {"bearer": token}
        elif scheme.get("type") == "http" and str(scheme.get("scheme", "")).lower() == "basic":
            user, _, password = token.partition(":")
            found[name] = {"username": user, "password": password or user}
        elif scheme.get("type") == "apiKey":
            found[name] = {"api_key": token}
    return found


def _headers(contract: Contract, plan: Plan) -> dict[str, str]:
    """Return the headers of every request: the given ones, and the token if no declared scheme carries it."""
    headers = dict(plan.headers)
    if plan.token and not _schemes(contract, plan.token):
        schemes = map(compile_scheme, contract.security_schemes.values())
        # Schemathesis does not support Digest, Hawk and similar schemes.
        own = next((scheme.example(plan.token)[1] for scheme in schemes if scheme.auth_scheme), f"Bearer {plan.token}")
        headers.setdefault("Authorization", own)
    return headers


def _filters(choice: OperationChoice) -> dict[str, Any]:
    filters: dict[str, Any] = {"include_by": None, "exclude_by": None, "exclude_deprecated": False}
    for mode in ("include", "exclude"):
        for by in ("path", "method", "name", "tag", "operation_id"):
            filters |= {f"{mode}_{by}": (), f"{mode}_{by}_regex": None}
    return filters | {
        "include_operation_id": choice.operations,
        "include_tag": choice.tags,
        "include_path": choice.paths,
        "exclude_operation_id": choice.without_operations,
        "exclude_tag": choice.without_tags,
        "exclude_path": choice.without_paths,
    }
