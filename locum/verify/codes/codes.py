"""All codes of findings. A code never changes its meaning and is never reused."""

from __future__ import annotations

from locum.verify.codes.behaviour import BEHAVIOUR
from locum.verify.codes.bodies import BODIES
from locum.verify.codes.code import Code
from locum.verify.codes.requests import REQUESTS
from locum.verify.codes.responses import RESPONSES
from locum.verify.codes.runs import RUNS

__all__ = ["BEHAVIOUR_CHECKS", "CODES", "GROUPS", "Code", "behaviour_check_of", "code_of", "group_of"]

CODES: dict[str, Code] = {code.code: code for code in (*RESPONSES, *BODIES, *REQUESTS, *RUNS, *BEHAVIOUR)}
"""All codes by name, in order."""


GROUPS = ("responses", "requests", "behaviour")
"""The groups of checks: what responses show by themselves, how requests are checked, and what sequences show."""


def group_of(code: str) -> str:
    """Return the group of checks that a code belongs to."""
    if code.startswith(("L05", "L060", "L061", "L062")):
        return "requests"
    return "behaviour" if code.startswith(("L063", "L07", "L1")) else "responses"


def code_of(name: str) -> Code | None:
    """Find a code by its name or rule, in any case, with `-` or `_`: `l020`, `property_missing`."""
    wanted = name.strip()
    found = CODES.get(wanted.upper())
    return found or next((code for code in CODES.values() if code.rule == wanted.lower().replace("-", "_")), None)


_SHARED = {
    "L060": "credentials-are-required",
    "L062": "credentials-are-required",
    "L063": "objects-have-owners",
    "L070": "delete-is-final",
    "L071": "create-is-kept",
}
"""Codes that Schemathesis checks have, too."""
_OF_BEHAVIOUR = {code.code: code.check for code in BEHAVIOUR} | _SHARED
BEHAVIOUR_CHECKS = frozenset(_OF_BEHAVIOUR.values())
"""The names of the behaviour checks, by which `x-locum-behaviour` turns them off."""


def behaviour_check_of(code: str) -> str:
    """Return the name of the behaviour check with a code; empty if there is none."""
    return _OF_BEHAVIOUR.get(code, "")
