"""The linter: apply a rule set to a document, and leave out what is ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.lint.diagnostics import Diagnostic, Severity
from locum.openapi.pointers import BrokenReference, at, join, pointer_of
from locum.openapi.repair.repairs import shortly
from locum.review.lint.functions import FUNCTIONS, MISSING, plain
from locum.review.lint.openapi_rules import RULES
from locum.review.lint.queries import lazily_resolved
from locum.review.lint.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.review.lint.queries import QueryMatch
    from locum.review.lint.rulesets import LintRule, Ruleset, Then

__all__ = ["lint_with"]


def lint_with(ruleset: Ruleset, contract: Contract) -> list[Diagnostic]:
    """Return the diagnostics of a rule set for a document, errors first, then by place."""
    subject = Subject(contract)
    found: list[tuple[str, LintRule, str]] = []
    overridden = {name for override in ruleset.overrides for name in override.severities}
    for rule in ruleset.rules.values():
        if (rule.severity is not None or rule.name in overridden) and _applies(rule, subject.version):
            found += [(pointer, rule, message) for pointer, message in dict.fromkeys(_run(rule, subject))]
    return _located(ruleset, contract, found)


def _applies(rule: LintRule, version: str) -> bool:
    return not rule.formats or any(version.startswith(one) for one in rule.formats)


def _run(rule: LintRule, subject: Subject) -> Iterator[tuple[str, str]]:
    if not rule.queries:
        for pointer, message in RULES[rule.name].check(subject):
            yield pointer, message or rule.description
        return
    resolved = lazily_resolved(subject.content)
    for query in rule.queries:
        whole = subject.content if query.descends or not rule.resolved else resolved
        for match in query.find(whole):
            for then in rule.then:
                yield from _apply(rule, then, match, subject.content)


def _apply(rule: LintRule, then: Then, match: QueryMatch, content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for steps, value in _fields(then.field, match):
        check, _ = FUNCTIONS[then.function]
        for error, inner in check(value, then.options):
            whole = (*steps, *inner)
            name = str(whole[-1]) if whole else ""
            shown = _shown(name, error, rule)
            yield (
                _pointer(content, whole),
                _message(rule, shown, whole, value),
            )


def _shown(name: str, error: str, rule: LintRule) -> str:
    if error.startswith("must ") and name and "{{error}}" not in rule.message:
        return f'"{name}" property {error}'
    return error


def _fields(field: str, match: QueryMatch) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield the values of a field of a selected value; `@key` are the names of its members."""
    if not field or match.is_name:
        yield match.steps, plain(match.value) if isinstance(match.value, str) else match.value
        return
    if field == "@key":
        value = match.value
        keys = list(value) if hasattr(value, "keys") else list(range(len(value))) if isinstance(value, list) else []
        yield from (((*match.steps, key), key if isinstance(key, str) else str(key)) for key in keys)
        return
    value, steps = match.value, match.steps
    for step in _steps(field):
        if hasattr(value, "keys"):
            value = value.get(step, MISSING)
        elif step.isdecimal() and hasattr(value, "__len__") and not isinstance(value, str) and int(step) < len(value):
            value = value[int(step)]
        else:
            value = MISSING
        steps = (*steps, step)
        if value is MISSING:
            break
    yield steps, value


def _steps(field: str) -> list[str]:
    return [
        step
        for step in field.replace("['", ".").replace("']", "").replace("[", ".").replace("]", "").split(".")
        if step
    ]


def _pointer(content: dict[str, Any], steps: tuple[str | int, ...]) -> str:
    """Return where steps through resolved references lead in the document as written."""
    pointer, value = "", content
    for step in steps:
        seen = 0
        while isinstance(value, dict) and isinstance(value.get("$ref"), str) and step not in value and seen < 100:  # noqa: PLR2004 (ends circles)
            try:
                pointer = pointer_of(value["$ref"])
                value = at(content, pointer)
            except BrokenReference:
                break
            seen += 1
        pointer = join(pointer, step)
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError, ValueError):
            value = None  # type: ignore[assignment]
    return pointer


def _message(rule: LintRule, error: str, steps: tuple[str | int, ...], value: Any) -> str:
    text = rule.message or rule.description or error
    replacements = {
        "error": error,
        "description": rule.description,
        "path": "#" + join("", *steps),
        "property": str(steps[-1]) if steps else "",
        "value": "" if value is MISSING else shortly(plain(value)),
    }
    for name, shown in replacements.items():
        text = text.replace("{{" + name + "}}", shown)
    return " ".join(text.split())


def _located(ruleset: Ruleset, contract: Contract, found: list[tuple[str, LintRule, str]]) -> list[Diagnostic]:
    document = contract.as_read
    places = document.places([pointer for pointer, _, _ in found])
    diagnostics = []
    for pointer, rule, message in found:
        place = places[pointer]
        severity = _severity(ruleset, rule, place.file, place.pointer)
        if severity is not None:
            link = f"See {rule.url}." if rule.url else ""
            diagnostics.append(Diagnostic(rule.name, severity, *place, message, link))
    return sorted(
        dict.fromkeys(diagnostics),
        key=lambda one: (one.severity, one.file, one.line, one.column, one.code, one.pointer),
    )


def _severity(ruleset: Ruleset, rule: LintRule, file: str, pointer: str) -> Severity | None:
    severity = rule.severity
    for override in ruleset.overrides:
        if rule.name in override.severities and override.concerns(file, pointer):
            severity = override.severities[rule.name]
    return severity
