"""Requests of entries that can be sent again: the caller's credential and other secrets become named variables.

The credential of the caller is `LOCUM_TOKEN`. Any other redacted value is a variable of its own name (`CVC` for the
member `cvc`), so that the token of the caller is sent nowhere but where it was.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote_plus

from locum.redaction import REDACTED

if TYPE_CHECKING:
    from locum.world.journal import Entry

__all__ = ["TOKEN", "Piece", "RepeatableRequest", "pieces_of", "repeatable"]


TOKEN = "LOCUM_TOKEN"  # noqa: S105 (the name of a variable)
"""The environment variable for the credential of the caller."""

_OF_THE_CONNECTION = frozenset(
    {
        "host",
        "connection",
        "content-length",
        "accept-encoding",
        "content-encoding",
        "transfer-encoding",
        "user-agent",
        "keep-alive",
    }
)
_OF_THE_BROWSER = re.compile(r"(?:sec-|origin\Z|referer\Z|dnt\Z|accept-language\Z|priority\Z|pragma\Z|cache-control\Z)")
"""Headers that a browser adds to each request of a page."""

_OF_THE_SHELL = frozenset({TOKEN, "PATH", "HOME", "USER", "PWD", "SHELL", "LANG", "TERM", "IFS", "ENV", "UID"})
"""Variables with a meaning of their own: no secret is named like them."""

_MARK = "\0"
"""Encloses the name of a variable in a text of a repeatable request. Headers and URLs cannot contain it."""
_VARIABLE = re.compile(f"{_MARK}([A-Z0-9_]+){_MARK}")
_WRITTEN = re.compile(r"\\u0000([A-Z0-9_]+)\\u0000")
"""A variable in a text of JSON, which escapes the marks."""


class Piece(NamedTuple):
    """A piece of a text: literal, or the name of a variable."""

    text: str
    is_variable: bool


@dataclass(frozen=True, slots=True)
class RepeatableRequest:
    """A request that can be sent again. `pieces_of` splits its texts at the variables."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None
    whole: bool
    """Whether the body is complete: not cut, and of a form that can be shown."""

    @property
    def redacted(self) -> bool:
        """Whether it contains REDACTED, for a secret whose name is not known."""
        return any(REDACTED in text for text in self._texts)

    @property
    def variables(self) -> list[str]:
        """The names of the variables, in the order of their first use."""
        return list(dict.fromkeys(name for text in self._texts for name in _VARIABLE.findall(text)))

    @property
    def _texts(self) -> list[str]:
        return [self.path, *self.headers.values(), self.body or ""]


@dataclass(slots=True)
class _Variables:
    """Names the variables of one request: the second value of a name is `CVC_2`."""

    taken: dict[str, str] = field(default_factory=dict)
    """The place of each variable."""

    def replace(self, text: str, name: str, place: str) -> str:
        """Replace what is redacted in a text by the variable of a name."""
        return text.replace(REDACTED, self._marked(name, place)) if REDACTED in text else text

    def _marked(self, name: str, place: str) -> str:
        base = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").upper() or "SECRET"
        base = f"SECRET_{base}" if base[0].isdigit() else f"{base}_VALUE" if base in _OF_THE_SHELL else base
        found, number = base, 2
        while self.taken.setdefault(found, place) != place:
            found, number = f"{base}_{number}", number + 1
        return f"{_MARK}{found}{_MARK}"


def repeatable(entry: Entry) -> RepeatableRequest:
    """Return the request of an entry, without headers of the connection and of the browser."""
    request, variables = entry.request, _Variables()
    credentials = set(entry.credentials)
    headers = {}
    for name, value in request.headers.items():
        if name in _OF_THE_CONNECTION or _OF_THE_BROWSER.match(name):
            continue
        if ("header", name) in credentials:
            headers[name] = value.replace(REDACTED, f"{_MARK}{TOKEN}{_MARK}")
        elif name == "cookie":
            headers[name] = _pairs_marked(value, "cookie", "; ", credentials, variables)
        else:
            headers[name] = variables.replace(value, name, f"header {name}")
    path, _, query = entry.path.partition("?")
    path = _path_marked(path, entry, variables)
    query = _pairs_marked(query, "query", "&", credentials, variables)
    body = None
    if request.form == "json":
        text = json.dumps(_marked(request.body, "", variables), ensure_ascii=False)
        body = _WRITTEN.sub(rf"{_MARK}\1{_MARK}", text)
    elif request.form == "form" and isinstance(request.body, dict):
        body = _form(request.body, variables)
    elif request.form == "text":
        body = _without_marks(str(request.body))
    whole = not request.cut and request.form in {"json", "form", "text", "none"}
    return RepeatableRequest(entry.method, path + ("?" + query if query else ""), headers, body, whole)


def pieces_of(text: str) -> list[Piece]:
    """Split a text at the variables."""
    parts = _VARIABLE.split(text)
    return [Piece(part, bool(index % 2)) for index, part in enumerate(parts) if part]


def _marked(value: Any, name: str, variables: _Variables, place: str = "") -> Any:
    """Replace what is redacted in a JSON value by variables with the names of the members."""
    if isinstance(value, dict):
        return {key: _marked(member, key, variables, f"{place}/{key}") for key, member in value.items()}
    if isinstance(value, list):
        return [_marked(item, name, variables, f"{place}/{index}") for index, item in enumerate(value)]
    return variables.replace(_without_marks(value), name, f"body {place}") if isinstance(value, str) else value


def _without_marks(text: str) -> str:
    """Return a text that a client sent without what would read as a variable."""
    return _VARIABLE.sub("\ufffd", text)


def _form(fields: dict[str, Any], variables: _Variables) -> str:
    pairs = [(name, one) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])]
    return "&".join(
        f"{quote(name, safe='[]')}={variables.replace(quote(str(one), safe='[]'), name, f'form {index}')}"
        for index, (name, one) in enumerate(pairs)
    )


def _path_marked(path: str, entry: Entry, variables: _Variables) -> str:
    """Replace redacted segments of a path by variables with the names of its parameters."""
    if REDACTED not in path:
        return path
    segments, declared = path.split("/"), entry.template.split("/")
    names = declared if len(declared) == len(segments) else segments
    return "/".join(
        variables.replace(segment, name.strip("{}") if "{" in name else "secret", f"path {index}")
        for index, (segment, name) in enumerate(zip(segments, names, strict=True))
    )


def _pairs_marked(text: str, location: str, mark: str, credentials: set[tuple[str, str]], variables: _Variables) -> str:
    """Replace redacted values in a query or a cookie header."""
    found = []
    for pair in text.split(mark.strip()):
        raw, link, value = pair.partition("=")
        name = unquote_plus(raw.strip())
        if (location, name) in credentials:
            value = value.replace(REDACTED, f"{_MARK}{TOKEN}{_MARK}")
        else:
            value = variables.replace(value, name, f"{location} {name}")
        found.append(raw + link + value)
    return mark.strip().join(found)
