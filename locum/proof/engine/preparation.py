"""Preparation: a document and a plan as Schemathesis wants them. It uses its public side only: loading, settings."""

from __future__ import annotations

import contextlib
import os
import random
from typing import TYPE_CHECKING, Any

from locum.files import private_folder
from locum.openapi.compile.security import compile_scheme
from locum.openapi.load.cache import default_cache
from locum.proof.engine.configured import configuration_of
from locum.proof.plans import DIRECTED, PHASES

if TYPE_CHECKING:
    from locum.openapi.compile.contracts import Contract
    from locum.proof.plans import Choice, Plan

__all__ = ["Missing", "Unfit", "prepared", "tidy"]

_INSTALL = "pip install 'schemathesis>=4.32,<5'"
"""What the extra `verify` adds: this command works however locum itself was installed."""
_MAJOR = "4"


class Missing(Exception):  # noqa: N818 (named for what it is, as every refusal is)
    """Schemathesis is not installed, or not in a version that is known."""


class Unfit(Exception):  # noqa: N818 (as above)
    """What Schemathesis is told, or a document, is nothing that it can use."""


def tidy() -> None:
    """Let Hypothesis keep its tables of characters in the user's cache folder, and not in the current one."""
    if os.environ.get("HYPOTHESIS_STORAGE_DIRECTORY"):
        return
    with contextlib.suppress(ModuleNotFoundError):
        from hypothesis.configuration import set_hypothesis_home_dir  # noqa: PLC0415 (an extra)

        with contextlib.suppress(OSError):
            private_folder(default_cache())
        set_hypothesis_home_dir(default_cache() / "hypothesis")


def prepared(contract: Contract, plan: Plan) -> Any:
    """Return Schemathesis' schema of a document, set as planned. Raises Missing and Unfit."""
    try:
        import schemathesis  # noqa: PLC0415 (an extra, and a second to import)
        from schemathesis.config import ConfigError, SchemathesisConfig  # noqa: PLC0415 (as above)
        from schemathesis.core.errors import SchemathesisError  # noqa: PLC0415 (as above)
    except ModuleNotFoundError as missing:
        raise Missing(f"Proving needs Schemathesis ({missing.name} is not installed): {_INSTALL}") from None
    if schemathesis.__version__.split(".")[0] != _MAJOR:
        raise Missing(f"Proving needs Schemathesis 4, and {schemathesis.__version__} is installed: {_INSTALL}")
    known = schemathesis.checks.CHECKS.get_all_names()
    strange = [name for name in plan.checks if name not in known]
    if strange:
        raise Unfit(f"{strange[0]} is no check of Schemathesis'. There are: {', '.join(sorted(known))}.")
    try:
        given, place = configuration_of(plan)
        folder = str(place.parent) if place else None
        config = SchemathesisConfig.from_dict(_settings(given, contract, plan), base_dir=folder)
        schema = schemathesis.openapi.from_dict(contract.document.content, config=config)
        schema.filter_set = schema.config.operations.create_filter_set(**_filters(plan.choice))
    except (ConfigError, SchemathesisError, OSError, ValueError) as problem:
        raise Unfit(f"{contract.document.place}: {' '.join(str(problem).split())[:500]}") from None
    if plan.application is not None:
        schema.app = plan.application
    return schema


def _settings(given: dict[str, Any], contract: Contract, plan: Plan) -> dict[str, Any]:
    """Return what a configuration file says, with what is planned before it."""
    usual: dict[str, Any] = {
        "seed": random.SystemRandom().randrange(2**31),  # told in the summary, and short enough to be typed again
        "continue-on-failure": True,
        "cache": {"enabled": False},
        "generation": {"database": "none"},
        "checks": {"enabled": True},
        "phases": {name: {"enabled": True} for name in PHASES if name != DIRECTED},
    }
    planned: dict[str, Any] = {
        "base-url": plan.base_url,
        # Findings are redacted here, and an answer is judged as a whole.
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
        planned["checks"] = {"enabled": False} | {name: {"enabled": True} for name in plan.checks}
    schemes = _schemes(contract, plan.token)
    if schemes and "auth" not in given:
        planned["auth"] = {"openapi": schemes}
    settings = _over(_over(usual, given), planned)
    settings["project"] = [_over(project, {"base-url": plan.base_url}) for project in given.get("project", [])]
    return settings


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return two tables as one: what stands above goes before what stands below."""
    merged = dict(below)
    for name, value in above.items():
        under = below.get(name)
        merged[name] = _over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def _schemes(contract: Contract, token: str) -> dict[str, Any]:
    """Say the token to every declared scheme that has a place for it, so that it can be taken away again."""
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
    """Return the headers of every request: those that are given, and the token where no declared scheme carries it."""
    headers = dict(plan.headers)
    if plan.token and not _schemes(contract, plan.token):
        schemes = map(compile_scheme, contract.security_schemes.values())
        # Digest, Hawk and the like: Schemathesis has no place for them.
        own = next((scheme.example(plan.token)[1] for scheme in schemes if scheme.word), f"Bearer {plan.token}")
        headers.setdefault("Authorization", own)
    return headers


def _filters(choice: Choice) -> dict[str, Any]:
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
