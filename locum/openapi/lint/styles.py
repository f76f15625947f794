"""Examples of parameters and headers that their style has no way to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import Node, nodes
from locum.openapi.lint.diagnostics import Finding, Severity
from locum.openapi.pointers import home_of, join
from locum.openapi.repair.values import shortly
from locum.openapi.wire.styles import DEFAULT_STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["style_findings"]

_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
"""What parts the items, and cannot be in one: encoded or not, it is the separator (OpenAPI 3.1.1, appendix E)."""


def style_findings(content: dict[str, Any], roots: Iterable[Node] = ()) -> Iterator[Finding]:
    """Yield the examples that cannot be sent as the style of their parameter says (OpenAPI 3.1.1, section 4.8.12.3)."""
    for root in (Node("", "document", content), *roots):
        for node in nodes(root):
            if node.kind in {"parameter", "header"} and "schema" in node.value:
                yield from _of_parameter(content, node)


def _of_parameter(content: dict[str, Any], node: Node) -> Iterator[Finding]:
    value = node.value
    location = "header" if node.kind == "header" else str(value.get("in"))
    style = str(value.get("style", DEFAULT_STYLES.get(location)))
    explode = value.get("explode", style in {"form", "deepObject"})
    for place, example in _examples(content, node):
        reason = _inexpressible(example, style, location, explode=bool(explode))
        if reason:
            message = f"{shortly(example)} cannot be written in style {style}: {reason}."
            yield Finding(place, "inexpressible-example", Severity.WARNING, message)


def _examples(content: dict[str, Any], node: Node) -> Iterator[tuple[str, Any]]:
    if "example" in node.value:
        yield join(node.pointer, "example"), node.value["example"]
    for name, example in (node.value.get("examples") or {}).items():
        target, home = home_of(content, example, join(node.pointer, "examples", name))
        if isinstance(target, dict) and "value" in target:
            yield join(home, "value"), target["value"]


def _inexpressible(value: Any, style: str, location: str, *, explode: bool) -> str:
    """Return why a style has no way to write a value, empty where it has."""
    if style == "deepObject":
        return "" if isinstance(value, dict) else "it is for objects"
    if not isinstance(value, dict | list):
        return "it is for lists and objects" if style in _SEPARATORS else ""
    members = list(value.values()) if isinstance(value, dict) else value
    if any(isinstance(member, dict | list) for member in members):
        return "it has no form for a list or an object within another one"
    separator = "," if location == "header" else None if explode else _SEPARATORS.get(style)
    texts = [member for member in members if isinstance(member, str)]
    if separator and any(separator in text for text in texts):
        return f"an item holds {separator!r}, which separates the items"
    return ""
