"""Queries: the JSONPath of rule sets, in Spectral's dialect, on python-jsonpath.

Spectral's dialect is that of JSONPath Plus: names in brackets without quotes, `~` for the names of members, `^` for the
parent, and filters in JavaScript, of which the usual comparisons are translated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.patterns import allowance
from locum.openapi.pointers import BrokenReference, at, pointer_of
from locum.review.lint.functions import expression_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Query", "QueryMatch", "UnsupportedQuery", "compile_query", "lazily_resolved"]

_BARE = re.compile(r"\[\s*([A-Za-z_$][\w$-]*(?:\s*,\s*[A-Za-z_$][\w$-]*)*)\s*\]")
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<regex>/(?:[^/\\]|\\.)+/[a-z]*)"""
    r"""|(?P<path>[@$](?:property|parentProperty|parent|path|root)?(?:\.[\w$-]+|\[[^\]]*\])*(?:\([^()]*\))?)"""
    r"""|(?P<sign>===|!==|==|!=|<=|>=|=~|&&|\|\||[<>!()])|(?P<word>void\s+0|[\w.+-]+)|(?P<wrong>\S))"""
)
_COMPARISONS = frozenset({"==", "!=", "<=", ">=", "<", ">", "=~"})
_ABSENT = frozenset({"void 0", "undefined"})


class UnsupportedQuery(ValueError):
    """A query that cannot be read; the message says which part."""


class QueryMatch(NamedTuple):
    """A selected value, and the steps to it; with `is_name` the name of a member is selected, not its value."""

    steps: tuple[str | int, ...]
    value: Any
    is_name: bool = False


class Query(NamedTuple):
    """A compiled query."""

    text: str
    compiled: Any
    of_names: bool
    """Whether it selects the names of members (`~`)."""
    ascends: int
    """How many parents it goes up at the end (`^`)."""

    @property
    def descends(self) -> bool:
        """Whether it searches all levels (`..`), so that references need not be followed."""
        return ".." in self.text

    def find(self, document: Any) -> Iterator[QueryMatch]:
        """Yield the selected values."""
        for match in self.compiled.finditer(document):
            steps, value = tuple(match.parts), match.obj
            if self.ascends:
                steps = steps[: len(steps) - self.ascends]
                value = document
                for step in steps:
                    value = value[step]
            if self.of_names:
                if steps:
                    yield QueryMatch(steps, steps[-1], is_name=True)
                continue
            yield QueryMatch(steps, value)


def compile_query(text: str) -> Query:
    """Compile a query. Raises UnsupportedQuery."""
    from jsonpath import JSONPathEnvironment, JSONPathError  # noqa: PLC0415 (only rule sets need it; it takes 0.1 s)

    query = text.strip()
    of_names = query.endswith("~")
    query = query.removesuffix("~")
    ascends = len(query) - len(query.rstrip("^"))
    query = query.rstrip("^")
    if "^" in _without_texts(query):
        raise UnsupportedQuery(f"{text!r}: ^ is supported at the end only")
    try:
        environment = JSONPathEnvironment()
        environment.function_extensions |= {"truthy": _Truthy(), "matches": _Matches()}
        return Query(text, environment.compile(_translated(query)), of_names, ascends)
    except (JSONPathError, TypeError) as problem:
        reason = str(problem.args[0]) if problem.args else "it cannot be parsed"
        raise UnsupportedQuery(f"{text!r}: {reason}") from None


def _without_texts(query: str) -> str:
    return re.sub(r""""[^"]*"|'[^']*'|/[^/]*/""", "", query)


class _Truthy:
    """The function `truthy(@.x)`: whether JavaScript takes a value for true."""

    def __init__(self) -> None:
        from jsonpath.function_extensions import ExpressionType  # noqa: PLC0415 (as above)

        self.arg_types = [ExpressionType.VALUE]
        self.return_type = ExpressionType.LOGICAL

    def __call__(self, value: Any) -> bool:
        if isinstance(value, list | dict | Mapping | Sequence) and not isinstance(value, str):
            return True
        return isinstance(value, str | int | float) and bool(value)


class _Matches:
    """The function `matches(@.x, 'pattern')`, with a bounded number of steps."""

    def __init__(self) -> None:
        from jsonpath.function_extensions import ExpressionType  # noqa: PLC0415 (as above)

        self.arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]
        self.return_type = ExpressionType.LOGICAL

    def __call__(self, value: Any, pattern: Any) -> bool:
        if not isinstance(value, str):
            return False
        with allowance():
            return expression_of(pattern)(value)


def _translated(query: str) -> str:
    """Translate the parts of a query that RFC 9535 writes differently."""
    pieces: list[str] = []
    index = 0
    while index < len(query):
        start = query.find("?(", index)
        if start < 0:
            pieces.append(_quoted(query[index:]))
            break
        end = _closing(query, start + 1)
        pieces += [_quoted(query[index:start]), "?", _filter(query[start + 2 : end])]
        index = end + 1
    return "".join(pieces)


def _quoted(query: str) -> str:
    """Quote bare names in brackets: `[get,put]`."""
    return _BARE.sub(lambda match: "[" + ",".join(f"'{name.strip()}'" for name in match[1].split(",")) + "]", query)


def _closing(query: str, opening: int) -> int:
    """Return the position of the parenthesis that closes the one at a position."""
    depth, index, quote = 0, opening, ""
    while index < len(query):
        letter = query[index]
        if quote:
            if letter == "\\":
                index += 1
            elif letter == quote:
                quote = ""
        elif letter in "\"'":
            quote = letter
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth == 0:
                return index
        index += 1
    raise UnsupportedQuery(f"{query!r}: a parenthesis is not closed")


def _filter(expression: str) -> str:
    """Translate a filter in JavaScript."""
    tokens: list[tuple[str, str]] = []
    index = 0
    expression = expression.strip()
    while index < len(expression):
        match = _TOKEN.match(expression, index)
        if match is None or match.lastgroup in {None, "wrong"}:
            raise UnsupportedQuery(f"the filter {expression!r} is not supported")
        tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        index = match.end()
        while index < len(expression) and expression[index].isspace():
            index += 1
    return "(" + " ".join(_terms(tokens, expression)) + ")"


def _terms(tokens: list[tuple[str, str]], whole: str) -> Iterator[str]:
    signs = {"===": "==", "!==": "!="}
    position = 0
    while position < len(tokens):
        kind, text = tokens[position]
        text = signs.get(text, text)
        following = signs.get(tokens[position + 1][1], tokens[position + 1][1]) if position + 1 < len(tokens) else ""
        if kind == "path" and following in {"==", "!="} and position + 2 < len(tokens):
            other = re.sub(r"\s+", " ", tokens[position + 2][1])
            if other in _ABSENT:
                yield ("!" if following == "==" else "") + _path(text, whole)
                position += 3
                continue
            if other == "null" and text == "@":
                yield "(@ == null)" if following == "==" else "(@ != null)"
                position += 3
                continue
        before = signs.get(tokens[position - 1][1], tokens[position - 1][1]) if position else ""
        if kind == "path":
            compared = following in _COMPARISONS or before in _COMPARISONS
            yield _path(text, whole) if compared else _test(text, whole)
        elif kind == "word" and text not in {"true", "false", "null"} and not re.fullmatch(r"-?\d+(\.\d+)?", text):
            raise UnsupportedQuery(f"{text!r} in the filter {whole!r} is not supported")
        else:
            yield text
        position += 1


def _path(text: str, whole: str) -> str:
    if text == "@property":
        return "#"
    if text.endswith(".length"):
        return f"length({text.removesuffix('.length')})"
    if text.startswith(("@parent", "@path", "@root", "@property")) or text.endswith(")"):
        raise UnsupportedQuery(f"{text!r} in the filter {whole!r} is not supported")
    return _quoted(text)


def _test(text: str, whole: str) -> str:
    """Translate a path that stands alone: JavaScript takes its value for true or false."""
    match = re.fullmatch(
        r"(@property|@(?:\.[\w$-]+|\[[^\]]*\])*?)\.(match|test|includes|startsWith|endsWith)\((.*)\)", text
    )
    if match is None:
        # The first test is whether there is a value; the function is called without one, too.
        return f"({_path(text, whole)} && truthy({_path(text, whole)}))" if text != "@" else "(@ != null)"
    subject, function, argument = _path(match[1], whole), match[2], match[3].strip()
    if function == "match" and argument.startswith("/"):
        expression_of(argument)  # raises WrongOptions for what is no pattern
        return f"matches({subject}, {json.dumps(argument)})"
    plain = argument[1:-1] if argument[:1] in "\"'" else None
    if function == "includes" and plain is not None:
        return f"{subject} contains '{plain}'"
    if function in {"startsWith", "endsWith"} and plain is not None:
        escaped = re.escape(plain)
        pattern = f"^{escaped}" if function == "startsWith" else f"{escaped}$"
        return f"matches({subject}, {json.dumps(pattern)})"
    raise UnsupportedQuery(f"{text!r} in the filter {whole!r} is not supported")


def lazily_resolved(document: Any) -> Any:
    """Return a document in which members that are references appear as their targets; circles are left as they are."""
    return _view(document, document, frozenset())


def _view(root: Any, value: Any, above: frozenset[int]) -> Any:
    seen = above
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        if id(value) in seen:
            return value
        seen |= {id(value)}
        try:
            value = at(root, pointer_of(value["$ref"]))
        except BrokenReference:
            return value
    if isinstance(value, dict):
        return _Object(root, value, seen)
    return _List(root, value, seen) if isinstance(value, list) else value


class _Object(Mapping[str, Any]):
    def __init__(self, root: Any, value: dict[str, Any], above: frozenset[int]) -> None:
        self._root, self.plain, self._above = root, value, above

    def __getitem__(self, key: str) -> Any:
        return _view(self._root, self.plain[key], self._above)

    def __iter__(self) -> Iterator[str]:
        return iter(self.plain)

    def __len__(self) -> int:
        return len(self.plain)


class _List(Sequence[Any]):
    def __init__(self, root: Any, value: list[Any], above: frozenset[int]) -> None:
        self._root, self.plain, self._above = root, value, above

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [_view(self._root, value, self._above) for value in self.plain[index]]
        return _view(self._root, self.plain[index], self._above)

    def __len__(self) -> int:
        return len(self.plain)
