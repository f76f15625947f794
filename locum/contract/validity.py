"""Whether a document is valid OpenAPI; an unchanged one is judged once."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

if TYPE_CHECKING:
    from locum.contract.documents import Document

__all__ = ["default_cache", "faults_of"]

_EDITION = "2"
"""Raise it when the judgement changes: what was judged before is then judged again."""


def faults_of(document: Document, cache: Path | None) -> list[str]:
    """Say in sentences what openapi-spec-validator finds wrong.

    `cache` is the folder in which the digests of valid documents are remembered; None for no
    memory. A cache that cannot be read or written is only slower.
    """
    mark = None if cache is None else cache / f"valid-{_EDITION}-{document.digest}"
    if mark is not None and mark.exists():
        return []
    # Imported here: it takes longer than all the rest of the start together, and is rarely needed.
    import openapi_spec_validator  # noqa: PLC0415

    judges = {
        "3.0": openapi_spec_validator.OpenAPIV30SpecValidator,
        "3.1": openapi_spec_validator.OpenAPIV31SpecValidator,
        "3.2": openapi_spec_validator.OpenAPIV32SpecValidator,
    }
    judge = judges[str(document.content["openapi"])[:3]]
    try:
        faults = [_sentence(document, error) for error in judge(document.content).iter_errors() if _stands(error)]
    except Exception as problem:  # noqa: BLE001 (an unresolvable reference raises whatever its resolver raises)
        faults = [f"{document.path}: {type(problem).__name__}: {str(problem).splitlines()[0][:200]}"]
    if not faults and mark is not None:
        with contextlib.suppress(OSError):
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
    return faults


def default_cache() -> Path:
    """Return the user's cache folder for locum (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "locum"


def _stands(error: Any) -> bool:
    """Whether a fault is one: a pattern is ECMA 262's, and the validator takes it for Python's."""
    if (getattr(error, "validator", None), getattr(error, "validator_value", None)) != ("format", "regex"):
        return True
    try:
        jsonschema_rs.Draft202012Validator({"pattern": error.instance})
    except jsonschema_rs.ValidationError:
        return True
    return False


def _sentence(document: Document, error: Any) -> str:
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in getattr(error, "path", ()))
    message = str(getattr(error, "message", error)).splitlines()[0]
    if len(message) > 300:  # noqa: PLR2004 (longer ones quote whole schemas)
        message = message[:300] + " ..."
    return f"{document.path}: {pointer or '/'}: {message}"
