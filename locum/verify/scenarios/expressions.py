"""Matching: the part of a text that a scenario wants (`x-locum-match`), in linear time.

It is RE2 that finds groups, because Python's `re` may run without end and the validator's engine shows no groups.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from locum.openapi.patterns import TOO_COSTLY, is_pattern, trial
from locum.openapi.pointers import BrokenReference, at
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.styles import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.verify.exchanges import Shown

__all__ = [
    "TYPES",
    "Criterion",
    "KnownValues",
    "MalformedExpression",
    "NoValue",
    "expressions_in",
    "expressions_of",
    "form_of",
    "matched_part",
    "problem_of",
    "value_of",
]


def problem_of(pattern: Any) -> str:
    """Return why a pattern is invalid; an empty text if it is valid."""
    if not isinstance(pattern, str):
        return "it is no text"
    import re2  # noqa: PLC0415 (of the extra `verify`; few scenarios need it)

    try:
        _compiled_match(pattern)
    except re2.error as problem:
        return str(problem.args[0] if problem.args else problem)
    return ""


def matched_part(pattern: str, text: str) -> str | None:
    """Return the first group of the first match, or the match if there is no group; None if nothing matches."""
    expression = _compiled_match(pattern)
    found = expression.search(text)
    return None if found is None else str(found[1 if expression.groups else 0] or "")


def _compiled_match(pattern: str) -> Any:
    import re2  # noqa: PLC0415 (as above)

    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


_ALONE = re.compile(r"\$[A-Za-z]")
"""The prefixes of expressions. `$5` is a price, and not an expression."""
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


class NoValue(LookupError):
    """An expression has no value. The message gives the reason."""


@dataclass(slots=True)
class KnownValues:
    """The values that expressions can refer to."""

    inputs: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The outputs of the completed steps."""
    shown: Shown | None = None
    """The last exchange."""
    path: dict[str, str] = field(default_factory=dict)
    """The path parameters of its request."""


def form_of(expression: str) -> dict[str, str] | None:
    """Return the parts of an expression by name; None if it is not an expression."""
    found = _FORMS.match(expression)
    return {name: text for name, text in found.groupdict().items() if text is not None} if found else None


def expressions_in(template: Any) -> Iterator[str]:
    """Yield the expressions in a value: a string that is an expression, or contains some in braces."""
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


def value_of(template: Any, known: KnownValues) -> Any:
    """Replace the expressions in a value by their values. Raises NoValue.

    A string that is an expression becomes its value of any type; one with expressions in braces stays a string.
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


def _led(expression: str, known: KnownValues) -> Any:
    parts = form_of(expression)
    if parts is None:
        raise NoValue(f"{expression} is not a runtime expression")
    if "input" in parts:
        return _within(_member(known.inputs, parts["input"], expression), parts.get("of_input"), expression)
    if "step" in parts:
        outputs = _member(known.steps, parts["step"], expression)
        return _within(_member(outputs, parts["output"], expression), parts.get("of_output"), expression)
    shown = known.shown
    if shown is None:
        raise NoValue(f"{expression} is used before there is a response")
    if "whole" in parts:
        return {"url": shown.url, "method": shown.method, "statusCode": shown.status}[parts["whole"]]
    return _of_exchange(shown, parts, expression, known)


def _of_exchange(shown: Shown, parts: dict[str, str], expression: str, known: KnownValues) -> Any:
    asks = parts["side"] == "request"
    place, name = parts.get("place"), parts.get("name", "")
    if place == "header":
        return _member(shown.headers if asks else shown.response_headers, name.lower(), expression)
    if place == "path":
        return _member(known.path, name, expression)
    if place == "query":
        return _member(parse_qs(urlsplit(shown.url).query, keep_blank_values=True), name, expression)[0]
    data = (shown.body or b"") if asks else shown.response_body
    try:
        value = read_json(data)
    except Unreadable:
        if "pointer" in parts:
            raise NoValue(f"{expression} needs a JSON body") from None
        return data.decode("utf-8", "replace")
    return _within(value, parts.get("pointer"), expression)


def _member(mapping: dict[str, Any], name: str, expression: str) -> Any:
    if name not in mapping:
        raise NoValue(f"{expression} has no value: {name!r} is missing")
    return mapping[name]


def _within(value: Any, pointer: str | None, expression: str) -> Any:
    try:
        return at(value, pointer or "")
    except BrokenReference as problem:
        raise NoValue(f"{expression} has no value: {problem}") from None


TYPES = ("simple", "regex", "jsonpath")
_TOKEN = re.compile(r"\s*(?:(?P<sign>&&|\|\||[=!<>]=|[<>!()])|'(?P<text>(?:[^']|'')*)'|(?P<word>[^\s()<>=!&|']+))")
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = {"true": True, "false": False, "null": None}

_LONGEST = 60

_Node = tuple[Any, ...]
_Reader: TypeAlias = "Callable[[list[tuple[str, str]], str], _Node]"


class MalformedExpression(ValueError):
    """A condition cannot be parsed. The message gives the reason."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition. Raises Malformed if it cannot be parsed."""

    condition: str
    type: str = "simple"
    context: str = ""
    """The expression whose value a regular expression or a JSONPath applies to."""

    def __post_init__(self) -> None:
        """Parse the condition, so that errors are known before any request is sent."""
        if self.type == "simple":
            _parsed(self.condition)
        elif self.type == "regex":
            if not is_pattern(self.condition):
                raise MalformedExpression(f"{self.condition!r} is not a regular expression of ECMA 262")
        else:
            _compiled(self.condition)

    def holds(self, known: KnownValues) -> bool:
        """Whether it is true. Raises NoValue if an expression has no value."""
        if self.type == "simple":
            return bool(_value(_parsed(self.condition), known))
        value = value_of(self.context, known)
        if self.type == "regex":
            found = trial(self.condition)(value if isinstance(value, str) else str(value))
            if found is None:
                raise NoValue(f"its value {TOO_COSTLY} {self.condition}")
            return found
        return bool(_compiled(self.condition).findall(value))

    def seen(self, known: KnownValues) -> str:
        """Return the values of its expressions as text, to explain why it failed."""
        found = []
        for expression in dict.fromkeys(expressions_of(self)):
            value = value_of(expression, known)
            found.append(f"{expression} is {_clipped(value)}")
        return " and ".join(found) or "it is never so"

    def __str__(self) -> str:
        """Return its source text."""
        return self.condition if self.type == "simple" else f"{self.context} {self.condition}"


def expressions_of(criterion: Criterion) -> list[str]:
    """Return the expressions in a criterion."""
    if criterion.type != "simple":
        return [criterion.context]
    return [word for _, word in _tokens(criterion.condition) if word.startswith("$")]


def _clipped(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _compiled(path: str) -> Any:
    # Imported here: few scenarios need it, and it takes 0.1 s.
    from jsonpath import JSONPathEnvironment, JSONPathError  # noqa: PLC0415

    try:
        return JSONPathEnvironment(strict=True).compile(path)
    except JSONPathError:
        raise MalformedExpression(f"{path!r} is not a JSONPath of RFC 9535") from None


def _tokens(condition: str) -> list[tuple[str, str]]:
    found, place, end = [], 0, len(condition.rstrip())
    while place < end:
        token = _TOKEN.match(condition, place)
        if token is None:
            raise MalformedExpression(f"{condition!r}: unexpected {condition[place:].strip()!r}")
        found.append((str(token.lastgroup), token[str(token.lastgroup)]))
        place = token.end()
    return found


def _parsed(condition: str) -> _Node:
    tokens = _tokens(condition)
    node = _either(tokens, condition)
    if tokens:
        raise MalformedExpression(f"{condition!r}: unexpected {tokens[0][1]!r} after the end")
    return node


def _either(tokens: list[tuple[str, str]], condition: str) -> _Node:
    return _chained("||", _both, tokens, condition)


def _both(tokens: list[tuple[str, str]], condition: str) -> _Node:
    return _chained("&&", _comparison, tokens, condition)


def _chained(sign: str, below: _Reader, tokens: list[tuple[str, str]], condition: str) -> _Node:
    node = below(tokens, condition)
    while tokens and tokens[0] == ("sign", sign):
        tokens.pop(0)
        node = (sign, node, below(tokens, condition))
    return node


def _comparison(tokens: list[tuple[str, str]], condition: str) -> _Node:
    left = _operand(tokens, condition)
    if tokens and tokens[0][0] == "sign" and tokens[0][1] in _COMPARED:
        sign = tokens.pop(0)[1]
        return (sign, left, _operand(tokens, condition))
    return left


def _operand(tokens: list[tuple[str, str]], condition: str) -> _Node:
    if not tokens:
        raise MalformedExpression(f"{condition!r}: a value is missing at the end")
    kind, text = tokens.pop(0)
    if (kind, text) == ("sign", "!"):
        return ("!", _operand(tokens, condition))
    if (kind, text) == ("sign", "("):
        node = _either(tokens, condition)
        if not tokens or tokens.pop(0) != ("sign", ")"):
            raise MalformedExpression(f"{condition!r}: a closing parenthesis is missing")
        return node
    if kind == "sign":
        raise MalformedExpression(f"{condition!r}: {text!r} is not a value")
    if kind == "text":
        return ("value", text.replace("''", "'"))
    if text.startswith("$"):
        return ("expression", text)
    if text in _WORDS:
        return ("value", _WORDS[text])
    try:
        return ("value", float(text) if "." in text else int(text))
    except ValueError:
        raise MalformedExpression(f"{condition!r}: {text!r} is not a value; strings need single quotes") from None


def _value(node: _Node, known: KnownValues) -> Any:
    sign = node[0]
    if sign == "value":
        return node[1]
    if sign == "expression":
        return value_of(node[1], known)
    if sign == "!":
        return not _value(node[1], known)
    if sign == "&&":
        return bool(_value(node[1], known)) and bool(_value(node[2], known))
    if sign == "||":
        return bool(_value(node[1], known)) or bool(_value(node[2], known))
    left, right = (_folded(_value(part, known)) for part in node[1:])
    if sign not in {"==", "!="} and not _comparable(left, right):
        raise NoValue(f"{left!r} and {right!r} cannot be compared with {sign}")
    return _COMPARED[sign](left, right)


def _folded(value: Any) -> Any:
    """Strings are compared case-insensitively, as in the Arazzo specification."""
    return value.casefold() if isinstance(value, str) else value


def _comparable(left: Any, right: Any) -> bool:
    numbers = all(isinstance(value, int | float) for value in (left, right))
    return numbers or all(isinstance(value, str) for value in (left, right))
