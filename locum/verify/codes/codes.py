"""All codes of findings. A code never changes its meaning and is never reused."""

from __future__ import annotations

from locum.verify.codes.answers import ANSWERS
from locum.verify.codes.bodies import BODIES
from locum.verify.codes.code import Code
from locum.verify.codes.requests import REQUESTS
from locum.verify.codes.runs import RUNS

__all__ = ["CODES", "Code", "code_of"]

CODES: dict[str, Code] = {code.code: code for code in (*ANSWERS, *BODIES, *REQUESTS, *RUNS)}
"""All codes by name, in order."""


def code_of(name: str) -> Code | None:
    """Find a code by its name or rule, in any case, with `-` or `_`: `l020`, `property_missing`."""
    wanted = name.strip()
    found = CODES.get(wanted.upper())
    return found or next((code for code in CODES.values() if code.rule == wanted.lower().replace("-", "_")), None)
