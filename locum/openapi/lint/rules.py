"""Rules across the paths and operations of a document, which a JSON Schema cannot express."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import methods_of
from locum.openapi.lint.diagnostics import LintFinding, Severity
from locum.openapi.near_names import meant
from locum.openapi.pointers import BrokenReference, follow, home_of, join, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["rule_findings"]

_TEMPLATE = re.compile(r"\{[^{}]*\}")
_MOST_STEPS = 200_000
"""The maximum number of path steps that are compared in the search for ambiguous paths."""
_PAIR_STEPS = 200
"""The steps that a reported pair counts for, so that at most a thousand are reported."""


def rule_findings(content: dict[str, Any]) -> Iterator[LintFinding]:
    """Yield the contradictions between paths, operations and security requirements of a repaired document."""
    yield from _equal_paths(content)
    yield from _ambiguous_paths(list(content.get("paths") or ()))
    yield from _scopes(content)


def _equal_paths(content: dict[str, Any]) -> Iterator[LintFinding]:
    first: dict[tuple[str, str], str] = {}
    for path, method, pointer in _operations(content):
        other = first.setdefault((_TEMPLATE.sub("{}", "/" + path.removeprefix("/")), method), path)
        if other != path:
            difference = "the names of its parameters" if "{" in path else "a slash"
            message = f"its path is that of {other} but for {difference}. Join the two."
            yield LintFinding(pointer, "equal-paths", Severity.ERROR, message, "The first one is served.")


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


@dataclass(slots=True)
class _Node:
    """One step of the tree of path templates; `{}` replaces every step that is a whole expression."""

    literals: dict[str, _Node] = field(default_factory=dict)
    templated: dict[str, _Node] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)


def _ambiguous_paths(paths: list[str]) -> Iterator[LintFinding]:
    """Yield pairs of paths that match the same request, neither more concrete (OpenAPI 3.0.3, section 4.7.8.2).

    Each path is compared with the earlier ones that can match the same request, found in a tree of their steps. In a
    large document every pair of paths may be ambiguous, so only the first ones are reported.
    """
    roots: dict[int, _Node] = {}
    left = _MOST_STEPS
    for path in paths:
        if "{" not in path or path.startswith("x-"):
            continue
        steps = ["{}" if _is_whole(step) else step for step in path.partition("?")[0].split("/")]
        root = roots.setdefault(len(steps), _Node())
        pending = [(root, 0, False, False)]
        while pending and left > 0:
            node, depth, concrete, other_concrete = pending.pop()
            left -= 1
            if depth < len(steps):
                pending += [
                    (inner, depth + 1, concrete or here, other_concrete or there)
                    for inner, here, there in _overlapping(node, steps[depth])
                ]
            elif concrete and other_concrete:
                for other in node.paths:
                    left -= _PAIR_STEPS
                    message = f"{other} and {path} match the same request, and neither is more concrete."
                    fallback = "The one whose first differing step is concrete is served."
                    yield LintFinding(join("/paths", path), "ambiguous-paths", Severity.INFO, message, fallback)
        for step in steps:
            root = (root.templated if "{" in step else root.literals).setdefault(step, _Node())
        root.paths.append(path)


def _overlapping(node: _Node, step: str) -> Iterator[tuple[_Node, bool, bool]]:
    """Yield the nodes that may match the same text as a step, and whether the step or the node is more concrete."""
    if "{" not in step:
        whole = node.templated.get("{}")  # `{id}.json` is left out: a literal is more concrete than it
        same = node.literals.get(step)
        if whole is not None:
            yield whole, True, False
        if same is not None:
            yield same, False, False
        return
    if step == "{}":
        for inner in node.literals.values():
            yield inner, False, True
    for inner in node.templated.values():
        yield inner, False, False


def _is_whole(step: str) -> bool:
    return _TEMPLATE.fullmatch(step) is not None


def _scopes(content: dict[str, Any]) -> Iterator[LintFinding]:
    """Yield the scopes of requirements that their OAuth 2 schemes do not declare."""
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
                        yield LintFinding(
                            place, "undeclared-scope", Severity.WARNING, message + meant(scope, known or ())
                        )


def _declared_scopes(content: dict[str, Any], scheme: Any) -> list[str] | None:
    scheme = follow(content, scheme)
    flows = scheme.get("flows") if scheme.get("type") == "oauth2" else None
    if not isinstance(flows, dict) or not flows:
        return None
    lists = [flow.get("scopes") for flow in flows.values() if isinstance(flow, dict)]
    return [scope for scopes in lists if isinstance(scopes, dict) for scope in scopes]
