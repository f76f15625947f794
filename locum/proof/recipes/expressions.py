"""Runtime expressions: what stands for a value of a request, an answer, or an earlier step.

Arazzo Specification 1.0.1, "Runtime Expressions". `$url`, `$method`, `$statusCode`, `$request...`, `$response...`,
`$inputs...` and `$steps...` are known; the others lead out of one document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from locum.openapi.pointers import BrokenReference, at
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.styles import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.proof.findings import Shown

__all__ = ["Known", "NoValue", "expressions_in", "form_of", "value_of"]

_ALONE = re.compile(r"\$[A-Za-z]")
"""How a text begins that is an expression: `$5` is a price."""
_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")
_FORMS = re.compile(
    r"""\$(?:
      (?P<whole>url|method|statusCode)
    | (?P<side>request|response)\.(?:
        (?P<place>header|query|path)\.(?P<name>[^\s{}\#]+)
      | body(?:\#(?P<pointer>/[^{}]*)?)?
      )
    | inputs\.(?P<input>[A-Za-z0-9_.-]+)(?:\#(?P<of_input>/[^{}]*))?
    | steps\.(?P<step>[A-Za-z0-9_-]+)\.outputs\.(?P<output>[A-Za-z0-9_-]+)(?:\#(?P<of_output>/[^{}]*))?
    )\Z""",
    re.VERBOSE,
)  # fmt: skip


class NoValue(LookupError):  # noqa: N818 (named for what it is)
    """An expression that leads to nothing here; says why."""


@dataclass(slots=True)
class Known:
    """What expressions can lead to."""

    inputs: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The outputs of the steps that were done."""
    shown: Shown | None = None
    """The exchange that was made last."""
    path: dict[str, str] = field(default_factory=dict)
    """The path parameters of its request."""


def form_of(expression: str) -> dict[str, str] | None:
    """Return the parts of an expression, by name; None for what is none."""
    found = _FORMS.match(expression)
    return {name: text for name, text in found.groupdict().items() if text is not None} if found else None


def expressions_in(template: Any) -> Iterator[str]:
    """Yield the expressions in a value: a text that is one, or that holds some in braces."""
    if isinstance(template, str):
        if _ALONE.match(template):
            yield template
        else:
            yield from _EMBEDDED.findall(template)
    elif isinstance(template, dict):
        for member in template.values():
            yield from expressions_in(member)
    elif isinstance(template, list):
        for item in template:
            yield from expressions_in(item)


def value_of(template: Any, known: Known) -> Any:
    """Return a value with what its expressions lead to in their place. Raises NoValue.

    A text that is an expression becomes whatever that is; one that holds some in braces stays a text.
    """
    if isinstance(template, str):
        if _ALONE.match(template):
            return _led(template, known)
        return _EMBEDDED.sub(lambda found: _as_text(_led(found[1], known)), template)
    if isinstance(template, dict):
        return {name: value_of(member, known) for name, member in template.items()}
    if isinstance(template, list):
        return [value_of(item, known) for item in template]
    return template


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _led(expression: str, known: Known) -> Any:
    parts = form_of(expression)
    if parts is None:
        raise NoValue(f"{expression} is no runtime expression")
    if "input" in parts:
        return _within(_member(known.inputs, parts["input"], expression), parts.get("of_input"), expression)
    if "step" in parts:
        outputs = _member(known.steps, parts["step"], expression)
        return _within(_member(outputs, parts["output"], expression), parts.get("of_output"), expression)
    shown = known.shown
    if shown is None:
        raise NoValue(f"{expression} is asked for before there is an answer")
    if "whole" in parts:
        return {"url": shown.url, "method": shown.method, "statusCode": shown.status}[parts["whole"]]
    return _of_exchange(shown, parts, expression, known)


def _of_exchange(shown: Shown, parts: dict[str, str], expression: str, known: Known) -> Any:
    asks = parts["side"] == "request"
    place, name = parts.get("place"), parts.get("name", "")
    if place == "header":
        return _member(shown.headers if asks else shown.answer_headers, name.lower(), expression)
    if place == "path":
        return _member(known.path, name, expression)
    if place == "query":
        return _member(parse_qs(urlsplit(shown.url).query, keep_blank_values=True), name, expression)[0]
    data = (shown.body or b"") if asks else shown.answer
    try:
        value = read_json(data)
    except Unreadable:
        if "pointer" in parts:
            raise NoValue(f"{expression} leads into a body that is no JSON") from None
        return data.decode("utf-8", "replace")
    return _within(value, parts.get("pointer"), expression)


def _member(mapping: dict[str, Any], name: str, expression: str) -> Any:
    if name not in mapping:
        raise NoValue(f"{expression} leads to nothing: there is no {name!r}")
    return mapping[name]


def _within(value: Any, pointer: str | None, expression: str) -> Any:
    try:
        return at(value, pointer or "")
    except BrokenReference as problem:
        raise NoValue(f"{expression} leads to nothing: {problem}") from None
