"""Configured: the credentials that a schemathesis.toml holds, so that they can be hidden."""

from __future__ import annotations

import base64
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.proof.telling import is_credential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.proof.plans import Plan

__all__ = ["configured_credentials", "signs_in"]

_OF_AUTH = frozenset({"api_key", "bearer", "password"})


def configured_credentials(plan: Plan) -> tuple[str, ...]:
    """Return the values of headers that have the name of a credential, the keys, tokens and passwords of `auth`.

    What is fetched while a run goes on is none of them, nor what another file holds that this one names.
    """
    return tuple(dict.fromkeys(os.path.expandvars(text) for text in _credentials(_given(plan))))


def signs_in(plan: Plan) -> bool:
    """Whether the file says itself how to sign in, so that there are credentials that only the engine knows."""
    return "auth" in _given(plan)


def _given(plan: Plan) -> dict[str, Any]:
    try:
        from schemathesis.config import SchemathesisConfig  # noqa: PLC0415 (an extra, and a second to import)

        place = plan.configuration or SchemathesisConfig.discover().config_path
        return tomllib.loads(Path(place).read_text(encoding="utf-8")) if place else {}
    except (ImportError, OSError, ValueError):
        return {}  # whoever prepares the run says so


def _credentials(given: Any) -> Iterator[str]:
    if isinstance(given, list):
        for item in given:
            yield from _credentials(item)
    if not isinstance(given, dict):
        return
    for name, value in given.items():
        if name == "headers" and isinstance(value, dict):
            yield from (str(one) for header, one in value.items() if is_credential(header))
        elif name == "auth":
            yield from _of_auth(value)
        else:
            yield from _credentials(value)


def _of_auth(table: Any) -> Iterator[str]:
    if not isinstance(table, dict):
        return
    for name, value in table.items():
        if name == "payload" and isinstance(value, dict):
            yield from map(str, value.values())
        elif isinstance(value, str) and name in _OF_AUTH:
            yield value
        else:
            yield from _of_auth(value)
    if "username" in table and "password" in table:
        pair = os.path.expandvars(f"{table['username']}:{table['password']}")
        yield base64.b64encode(pair.encode()).decode()
