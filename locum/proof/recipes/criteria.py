"""Criteria: what must be true of an answer (Arazzo Specification 1.0.1, "Criterion Object")."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from locum.openapi.patterns import TOO_COSTLY, is_pattern, trial
from locum.proof.recipes.expressions import NoValue, value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.proof.recipes.expressions import Known

__all__ = ["TYPES", "Criterion", "Malformed", "expressions_of"]

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


class Malformed(ValueError):  # noqa: N818 (named for what it is)
    """A condition that cannot be read; says why."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition. Raises Malformed where it cannot be read."""

    condition: str
    type: str = "simple"
    context: str = ""
    """The expression whose value a regular expression or a JSONPath is about."""

    def __post_init__(self) -> None:
        """Read the condition once, so that what is wrong with it is known before anything is sent."""
        if self.type == "simple":
            _parsed(self.condition)
        elif self.type == "regex":
            if not is_pattern(self.condition):
                raise Malformed(f"{self.condition!r} is no regular expression of ECMA 262")
        else:
            _compiled(self.condition)

    def holds(self, known: Known) -> bool:
        """Whether it is true. Raises NoValue where an expression leads to nothing."""
        if self.type == "simple":
            return bool(_value(_parsed(self.condition), known))
        value = value_of(self.context, known)
        if self.type == "regex":
            found = trial(self.condition)(value if isinstance(value, str) else str(value))
            if found is None:
                raise NoValue(f"its value {TOO_COSTLY} {self.condition}")
            return found
        return bool(_compiled(self.condition).findall(value))

    def seen(self, known: Known) -> str:
        """Say what was there instead: the values of the expressions in it."""
        found = []
        for expression in dict.fromkeys(expressions_of(self)):
            value = value_of(expression, known)
            found.append(f"{expression} is {_said(value)}")
        return " and ".join(found) or "it is never so"

    def __str__(self) -> str:
        """Return it as it was written."""
        return self.condition if self.type == "simple" else f"{self.context} {self.condition}"


def expressions_of(criterion: Criterion) -> list[str]:
    """Return the expressions in a criterion."""
    if criterion.type != "simple":
        return [criterion.context]
    return [word for _, word in _tokens(criterion.condition) if word.startswith("$")]


def _said(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _compiled(path: str) -> Any:
    # Imported here: few recipes have one, and it takes a tenth of a second.
    from jsonpath import JSONPathEnvironment, JSONPathError  # noqa: PLC0415

    try:
        return JSONPathEnvironment(strict=True).compile(path)
    except JSONPathError:
        raise Malformed(f"{path!r} is no JSONPath of RFC 9535") from None


def _tokens(condition: str) -> list[tuple[str, str]]:
    found, place, end = [], 0, len(condition.rstrip())
    while place < end:
        token = _TOKEN.match(condition, place)
        if token is None:
            raise Malformed(f"{condition!r} cannot be read from {condition[place:].strip()!r} on")
        found.append((str(token.lastgroup), token[str(token.lastgroup)]))
        place = token.end()
    return found


def _parsed(condition: str) -> _Node:
    tokens = _tokens(condition)
    node = _either(tokens, condition)
    if tokens:
        raise Malformed(f"{condition!r} goes on with {tokens[0][1]!r} where it should end")
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
        raise Malformed(f"{condition!r} ends where a value should stand")
    kind, text = tokens.pop(0)
    if (kind, text) == ("sign", "!"):
        return ("!", _operand(tokens, condition))
    if (kind, text) == ("sign", "("):
        node = _either(tokens, condition)
        if not tokens or tokens.pop(0) != ("sign", ")"):
            raise Malformed(f"{condition!r} has an open parenthesis")
        return node
    if kind == "sign":
        raise Malformed(f"{condition!r} has {text!r} where a value should stand")
    if kind == "text":
        return ("value", text.replace("''", "'"))
    if text.startswith("$"):
        return ("expression", text)
    if text in _WORDS:
        return ("value", _WORDS[text])
    try:
        return ("value", float(text) if "." in text else int(text))
    except ValueError:
        raise Malformed(
            f"{text!r} is no value: texts stand in single quotes, as in {condition!r} they do not"
        ) from None


def _value(node: _Node, known: Known) -> Any:
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
    """Texts are compared without regard to case, as the specification wants it."""
    return value.casefold() if isinstance(value, str) else value


def _comparable(left: Any, right: Any) -> bool:
    numbers = all(isinstance(value, int | float) for value in (left, right))
    return numbers or all(isinstance(value, str) for value in (left, right))
