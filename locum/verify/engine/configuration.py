"""Read schemathesis.toml, and find the credentials in it that must be hidden."""

from __future__ import annotations

import base64
import logging
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.files import read_text
from locum.trust import reason_against
from locum.verify.printing import is_credential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.verify.plans import Plan

__all__ = ["configuration_of", "configured_credentials", "signs_in"]

logger = logging.getLogger("locum")

_NAME = "schemathesis.toml"
_MOST_BYTES = 4 * 1024 * 1024
_OF_AUTH = frozenset({"api_key", "bearer", "password"})
_DOORS = frozenset({"directory", "hooks", "proxy", "reports"})
"""Keys that import a module, write files, or send requests through a proxy."""


def configured_credentials(plan: Plan) -> tuple[str, ...]:
    """Return the values of credential headers, and the keys, tokens and passwords of `auth`.

    Values that are fetched during the run, or that are in other files, are not included.
    """
    return tuple(dict.fromkeys(os.path.expandvars(text) for text in _credentials(_given(plan))))


def signs_in(plan: Plan) -> bool:
    """Whether the file has `auth`, so that only the engine knows some credentials."""
    return "auth" in _given(plan)


def _given(plan: Plan) -> dict[str, Any]:
    try:
        return configuration_of(plan)[0]
    except (OSError, ValueError):
        return {}  # reported by `prepared`


def configuration_of(plan: Plan) -> tuple[dict[str, Any], Path | None]:
    """Return the content and the path of schemathesis.toml. Raises OSError and ValueError.

    Schemathesis' own search would import the `hooks` of the file. If the file was found, not named, and its folder is
    not trusted, keys that run code, write files or send requests elsewhere are ignored.
    """
    place = plan.configuration or _discovered()
    if place is None:
        return {}, None
    given = tomllib.loads(read_text(place, _MOST_BYTES))
    if plan.configuration is None:
        reason = reason_against(place.parent)
        doors = sorted(_without_doors(given)) if reason else []
        if doors:
            logger.warning("%s is read without %s: %s.", place, ", ".join(doors), reason)
    return given, place


def _discovered() -> Path | None:
    """Return the schemathesis.toml of the current folder or its parents, up to the root of the repository."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / _NAME).is_file():
            return folder / _NAME
        if (folder / ".git").is_dir():
            break
    return None


def _without_doors(given: Any) -> set[str]:
    """Remove the keys that need trust from a configuration, in place, and return them."""
    found: set[str] = set()
    if isinstance(given, dict):
        found = set(_DOORS & given.keys())
        for key in found:
            del given[key]
    for value in given.values() if isinstance(given, dict) else given if isinstance(given, list) else ():
        found |= _without_doors(value)
    return found


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
