"""Expressions: filters in a language, such as `status eq 'open' and price gt 5` (OData).

Google's AIP-160 writes `status = open AND price > 5`, SCIM (RFC 7644, section 3.4.2.2) `userName sw "ada"`, Docker
`{"name": ["web"], "label": ["team=shop"]}`. What cannot be parsed does not filter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import words_of
from locum.openapi.wire.json_values import read_json
from locum.openapi.wire.styles import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.infer.lists.properties import Property

    Test = Callable[[dict[str, Any]], bool]
    Compare = Callable[[Property, str, Any], Test | None]
    """Returns the predicate of a property, an operator of `OPERATORS` and a value."""
    Find = Callable[[tuple[str, ...]], Property | None]

__all__ = ["predicate_of"]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")
      | (?P<sign><=|>=|!=|==|=|<|>|:|\(|\)|,|-(?=\w+\s*:))
      | (?P<word>[^\s'"<>=!:(),]+(?::[0-9][^\s'"<>=!(),]*)?)
    )""",
    re.VERBOSE,
)
_LONGEST, _MOST = 2_000, 64
"""Limits of the characters and the tokens of an expression."""

_OPERATORS = {
    "=": "eq", "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", ":": "eq",
    **{name: name for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    "co": "contains", "sw": "startswith", "ew": "endswith", "contains": "contains", "like": "contains", "in": "in",
}  # fmt: skip
_FUNCTIONS = frozenset({"contains", "startswith", "endswith"})
_VALUES = {"true": True, "false": False, "null": None}


class _Unparsable(ValueError):
    """The text is no expression, or names no property of the records."""


def predicate_of(text: str, find: Find, compare: Compare) -> Test | None:
    """Return the predicate of an expression; None if it cannot be parsed, or names an unknown property."""
    if len(text) > _LONGEST:
        return None
    if text.lstrip()[:1] == "{":
        return _predicate_of_object(text, find)
    try:
        return _Parser(list(_tokens(text)), find, compare).parsed()
    except _Unparsable:
        return None


def _predicate_of_object(text: str, find: Find) -> Test | None:
    """Return the predicate of an object of lists: of each member, one of the values is in the record."""
    try:
        wanted = read_json(text.encode())
    except Unreadable:
        return None
    tests: list[Test] = []
    for name, values in list(wanted.items())[:_MOST] if isinstance(wanted, dict) else ():
        found = find(words_of(name))
        listed = list(values)[:_MOST] if isinstance(values, list | dict) else [values]
        if found is not None and listed:
            tests.append(_has_any(found, [str(value) for value in listed]))
    return (lambda record: all(test(record) for test in tests)) if tests else None


def _has_any(found: Property, wanted: list[str]) -> Test:
    def test(record: dict[str, Any]) -> bool:
        texts: list[str] = []
        for value in found.values(record):
            if isinstance(value, dict):  # labels: `team` or `team=shop`
                texts += [text for key, inner in value.items() for text in (str(key), f"{key}={inner}")]
            else:
                texts += map(str, value if isinstance(value, list) else [value])
        whole = any(isinstance(value, dict) for value in found.values(record))
        return any(one == text if whole else one in text for one in wanted for text in texts)

    return test


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise _Unparsable
        yield str(found.lastgroup), found[str(found.lastgroup)]
        place = found.end()


class _Parser:
    """A parser by recursive descent: `or` binds weaker than `and`, which binds weaker than `not`."""

    def __init__(self, tokens: list[tuple[str, str]], find: Find, compare: Compare) -> None:
        if len(tokens) > _MOST:
            raise _Unparsable
        self._tokens = tokens
        self._at = 0
        self._find = find
        self._compare = compare

    def parsed(self) -> Test:
        test = self._any()
        if self._at != len(self._tokens):
            raise _Unparsable
        return test

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise _Unparsable
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, *texts: str) -> bool:
        """Consume the next token if it is one of some signs or words."""
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if kind == "text" or text.lower() not in texts:
            return False
        self._at += 1
        return True

    def _any(self) -> Test:
        tests = [self._all()]
        while self._take("or"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda record: any(test(record) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._take("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests)

    def _one(self) -> Test:
        if self._take("not", "-"):
            test = self._one()
            return lambda record: not test(record)
        if self._take("("):
            test = self._any()
            self._expect(")")
            return test
        kind, name = self._next()
        if kind != "word":
            raise _Unparsable
        if name.lower() in _FUNCTIONS and self._take("("):
            _, member = self._next()
            self._expect(",")
            value = self._value()
            self._expect(")")
            return self._test(member, name.lower(), value)
        _, operator = self._next()
        meant = _OPERATORS.get(operator.lower())
        if meant is None:
            raise _Unparsable
        return self._test(name, meant, self._values() if meant == "in" else self._value())

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise _Unparsable

    def _values(self) -> list[Any]:
        self._expect("(")
        found = [self._value()]
        while self._take(","):
            found.append(self._value())
        self._expect(")")
        return found

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "sign":
            raise _Unparsable
        if kind == "text":
            return text[1:-1].replace("''", "'") if text[0] == "'" else re.sub(r"\\(.)", r"\1", text[1:-1])
        return _VALUES.get(text.lower(), text)

    def _test(self, name: str, operator: str, value: Any) -> Test:
        found = self._find(words_of(name.replace("/", ".")))
        if found is None:
            raise _Unparsable
        if value is None:  # `closedAt eq null`
            is_wanted = operator != "ne"
            return lambda record: all(one is None for one in found.values(record)) is is_wanted
        test = self._compare(found, operator, value)
        if test is None:
            raise _Unparsable
        return test
