"""Rules between the paths and operations of a document, which no schema of one object can state."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import methods_of
from locum.openapi.lint.diagnostics import Finding, Severity
from locum.openapi.near_names import meant
from locum.openapi.pointers import BrokenReference, follow, home_of, join, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["rule_findings"]

_TEMPLATE = re.compile(r"\{[^{}]*\}")


def rule_findings(content: dict[str, Any]) -> Iterator[Finding]:
    """Yield what the paths, operations and requirements of a repaired document contradict one another in."""
    yield from _equal_paths(content)
    yield from _ambiguous_paths(list(content.get("paths") or ()))
    yield from _scopes(content)


def _equal_paths(content: dict[str, Any]) -> Iterator[Finding]:
    first: dict[tuple[str, str], str] = {}
    for path, method, pointer in _operations(content):
        other = first.setdefault((_TEMPLATE.sub("{}", "/" + path.removeprefix("/")), method), path)
        if other != path:
            difference = "the names of its parameters" if "{" in path else "a slash"
            message = f"its path is that of {other} but for {difference}. Join the two."
            yield Finding(pointer, "equal-paths", Severity.ERROR, message, "The first one is served.")


def _operations(content: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for path, item in (content.get("paths") or {}).items():
        if path.startswith("x-"):
            continue
        try:
            target, home = home_of(content, item, join("/paths", path))
        except BrokenReference:
            continue
        for method, steps in methods_of(target).items() if isinstance(target, dict) else ():
            yield path, method, join(home, *steps)


def _ambiguous_paths(paths: list[str]) -> Iterator[Finding]:
    """Yield pairs of paths that match one request, and neither is more concrete (OpenAPI 3.0.3, section 4.7.8.2)."""
    by_length: dict[int, list[tuple[str, list[str]]]] = {}
    for path in paths:
        if "{" in path and not path.startswith("x-"):
            steps = path.partition("?")[0].split("/")
            by_length.setdefault(len(steps), []).append((path, steps))
    for alike in by_length.values():
        for (one, steps), (other, others) in combinations(alike, 2):
            if _are_ambiguous(steps, others):
                message = f"{one} and {other} match the same request, and neither is more concrete."
                fallback = "The one whose first differing step is concrete is served."
                yield Finding(join("/paths", other), "ambiguous-paths", Severity.INFO, message, fallback)


def _are_ambiguous(steps: list[str], others: list[str]) -> bool:
    concrete = [False, False]
    for step, other in zip(steps, others, strict=True):
        if step == other:
            continue
        templated, other_templated = "{" in step, "{" in other
        if not templated and not other_templated:
            return False
        if templated != other_templated:
            if not _is_whole(other if other_templated else step):
                return False  # `{id}.json` and a literal: one of them tells
            concrete[other_templated] = True
    return all(concrete)


def _is_whole(step: str) -> bool:
    return _TEMPLATE.fullmatch(step) is not None


def _scopes(content: dict[str, Any]) -> Iterator[Finding]:
    """Yield scopes that a requirement names and its OAuth 2 scheme does not declare."""
    declared = {
        name: _declared_scopes(content, scheme)
        for name, scheme in ((content.get("components") or {}).get("securitySchemes") or {}).items()
    }
    holders = [("", content)]
    for _, _, pointer in _operations(content):
        operation = resolve(content, pointer)[0]
        if "security" in operation:
            holders.append((pointer, operation))
    for pointer, holder in holders:
        for index, requirement in enumerate(holder.get("security") or ()):
            for name, scopes in requirement.items():
                known = declared.get(name)
                for number, scope in enumerate(scopes if known is not None else ()):
                    if scope not in (known or ()):
                        message = f"the scope {scope!r} is not declared by the security scheme {name!r}."
                        place = join(pointer, "security", index, name, number)
                        yield Finding(place, "undeclared-scope", Severity.WARNING, message + meant(scope, known or ()))


def _declared_scopes(content: dict[str, Any], scheme: Any) -> list[str] | None:
    scheme = follow(content, scheme)
    flows = scheme.get("flows") if scheme.get("type") == "oauth2" else None
    if not isinstance(flows, dict) or not flows:
        return None
    lists = [flow.get("scopes") for flow in flows.values() if isinstance(flow, dict)]
    return [scope for scopes in lists if isinstance(scopes, dict) for scope in scopes]
