"""Feasibility: diagnostics for schemas that no generated value fits, and for unusable `x-locum-value` rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.generation import Unsatisfiable
from locum.generate.generators.examples import RULE, problem_of_rule
from locum.openapi.lint.diagnostics import LintFinding, Severity
from locum.openapi.pointers import BrokenReference, at, join, pointer_of
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import Schema
from locum.world.clock import EPOCH
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from locum.generate.generator import Generator
    from locum.openapi.compile.contracts import Contract

__all__ = ["rule_findings", "unsatisfiable_findings"]


def unsatisfiable_findings(contract: Contract, generator: Generator, proven: Collection[str]) -> Iterator[LintFinding]:
    """Yield a diagnostic for each schema of a request or response body that no generated value fits.

    `proven` are the pointers of contradictions that are already reported; schemas that contain one are skipped.
    """
    document = contract.document.content
    for schema in _schemas(contract):
        if _is_hopeless(generator, schema) and not _contains(document, schema.pointer, proven):
            message = "no value was found that fits this schema."
            yield LintFinding(
                schema.pointer, "unsatisfiable", Severity.WARNING, message, "The closest value is generated."
            )


def rule_findings(contract: Contract) -> Iterator[LintFinding]:
    """Yield a diagnostic for each unusable `x-locum-value`, with the reason and a correction."""
    waiting: list[tuple[str, Any, dict[str, Any]]] = [("", contract.document.content, {})]
    while waiting:
        pointer, part, siblings = waiting.pop()
        if isinstance(part, list):
            waiting += [(join(pointer, index), inner, {}) for index, inner in enumerate(part)]
        if not isinstance(part, dict):
            continue
        if RULE in part:
            schema = Schema(contract.schemas, pointer, Direction.RESPONSE)
            problem = problem_of_rule(part[RULE], schema.is_valid, siblings)
            if problem is not None:
                yield LintFinding(
                    join(pointer, RULE), "value-rule", Severity.WARNING, problem, "The value is generated."
                )
        for name, inner in part.items():
            if name == "properties" and isinstance(inner, dict):
                waiting += [(join(pointer, name, one), schema, inner) for one, schema in inner.items()]
            elif isinstance(inner, dict | list):
                waiting.append((join(pointer, name), inner, {}))


def _is_hopeless(generator: Generator, schema: Schema) -> bool:
    try:  # a value with only required properties takes a tenth of the time, and nearly always fits
        generator.value(schema, chance(0, schema.pointer), EPOCH, optional=0.0)
    except Unsatisfiable:
        return generator.is_hopeless(schema)
    return False


def _schemas(contract: Contract) -> Iterator[Schema]:
    seen: set[Schema] = set()
    for operation in contract.operations.values():
        bodies = [response.media_types for response in operation.responses.values()]
        bodies += [operation.body.media_types] if operation.body is not None else []
        for media_types in bodies:
            for media in media_types.values():
                if media.schema is not None and media.schema not in seen:
                    seen.add(media.schema)
                    yield media.schema


def _contains(document: dict[str, Any], pointer: str, proven: Collection[str]) -> bool:
    """Return whether a schema, or one that it refers to, contains one of some pointers."""
    seen, awaited = set(), [pointer]
    while awaited:
        here = awaited.pop()
        if here in seen:
            continue
        seen.add(here)
        if any(place == here or place.startswith(here + "/") for place in proven):
            return True
        try:
            parts: list[Any] = [at(document, here)]
            while parts:
                part = parts.pop()
                if isinstance(part, dict):
                    if isinstance(part.get("$ref"), str):
                        awaited.append(pointer_of(part["$ref"]))
                    parts += part.values()
                elif isinstance(part, list):
                    parts += part
        except BrokenReference:
            continue  # data that looks like a reference
    return False
