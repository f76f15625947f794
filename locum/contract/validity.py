"""Whether a document is valid OpenAPI; an unchanged one is judged once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs

from locum.contract.cache import recall, remember
from locum.contract.references import join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from locum.contract.documents import Document

__all__ = ["faults_of"]

_EDITION = "3"
"""Raise it when the judgement changes: what was judged before is then judged again."""

_DATA = frozenset({"example", "examples", "default", "enum", "const"})
"""Keywords whose values are no schemas, whatever they look like."""


def faults_of(document: Document, cache: Path | None) -> list[str]:
    """Say in sentences what openapi-spec-validator finds wrong.

    `cache` is the folder in which the digests of valid documents are remembered; None for no
    memory. A cache that cannot be read or written is only slower.
    """
    mark = f"valid-{_EDITION}-{document.digest}"
    if recall(cache, mark) is not None:
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
        errors = [error for error in judge(document.content).iter_errors() if not _is_about_a_pattern(error)]
        faults = [_sentence(document, error) for error in errors]
    except Exception as problem:  # noqa: BLE001 (an unresolvable reference raises whatever its resolver raises)
        faults = [f"{document.path}: {type(problem).__name__}: {str(problem).splitlines()[0][:200]}"]
    faults += [
        f"{document.path}: {pointer}: is not a regular expression of ECMA 262"
        for pointer in _unreadable_patterns(document.content)
    ]
    if not faults:
        remember(cache, mark, b"")
    return faults


def _is_about_a_pattern(error: Any) -> bool:
    return (getattr(error, "validator", None), getattr(error, "validator_value", None)) == ("format", "regex")


def _unreadable_patterns(value: Any, pointer: str = "") -> Iterator[str]:
    """Yield the pointers of patterns that are none of ECMA 262.

    openapi-spec-validator takes patterns for Python's: it refuses good ones, and passes some by
    which no value could be judged.
    """
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unreadable_patterns(item, join(pointer, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in _DATA or key.startswith("x-"):
                continue
            if key == "pattern" and isinstance(item, str) and not _is_pattern(item):
                yield join(pointer, key)
            elif key == "patternProperties" and isinstance(item, dict):
                yield from (join(pointer, key, pattern) for pattern in item if not _is_pattern(pattern))
            yield from _unreadable_patterns(item, join(pointer, key))


def _is_pattern(text: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": text})
    except jsonschema_rs.ValidationError:
        return False
    return True


def _sentence(document: Document, error: Any) -> str:
    pointer = join("", *getattr(error, "path", ()))
    message = str(getattr(error, "message", error)).splitlines()[0]
    if len(message) > 300:  # noqa: PLR2004 (longer ones quote whole schemas)
        message = message[:300] + " ..."
    return f"{document.path}: {pointer or '/'}: {message}"
