"""Redact the secrets in a request and its response.

What is taken out: credentials (Authorization, Cookie and the like, every declared API key), what a
contract declares `writeOnly` or of the format `password`, what has the name of a secret, and what looks
like one. What was found so is then taken out wherever else it stands in the same exchange.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, unquote_plus

from locum.openapi.compile.router import Segment
from locum.openapi.paths import expressions_of, path_of
from locum.openapi.patterns import allowance
from locum.redaction.bodies import content_of
from locum.redaction.known import SHORT, Known, parts_of
from locum.redaction.names import holds_secret, is_harmless, is_secret
from locum.redaction.places import Place
from locum.redaction.texts import REDACTED, Texts
from locum.world.journal import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.world.journal import Cut

__all__ = ["REDACTED", "Redaction", "Secrets"]

_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key"})
_SCHEMES = re.compile(
    r"(?:Basic|Bearer|Digest|DPoP|Hawk|HOBA|Mutual|Negotiate|NTLM|SCRAM-SHA-\d+|vapid|Token|ApiKey) ", re.IGNORECASE
)
_NAMES, _VALUES = ("name", "key", "header", "field", "id"), ("value", "values")
"""A common form of headers and variables in lists: `{"name": "Authorization", "value": "..."}`."""
_BOUND = re.compile(r"([A-Za-z_]\w{0,80}+)\s{0,8}+:\s{0,8}+\$(\w{1,80}+)")
"""A GraphQL argument with a variable: `password: $p`."""
_MOST_OF_INNER_JSON = 1024 * 1024


class Redaction:
    """The places of secrets that the served APIs declare."""

    def __init__(self) -> None:
        self._served: list[tuple[Contract, Sequence[str], tuple[str, ...]]] = []

    def add(self, contract: Contract, templates: Sequence[str], prefixes: tuple[str, ...] = ()) -> None:
        """Add a served API. Call it before the first entry is read.

        `templates` are the paths of its operations as they are served, `prefixes` how the credentials begin that it
        gives out.
        """
        self._served.append((contract, templates, prefixes))

    @cached_property
    def api_keys(self) -> dict[str, set[str]]:
        """The names of API keys by location. Headers are in lower case."""
        found: dict[str, set[str]] = {"header": set(_CREDENTIALS), "query": set(), "cookie": set()}
        for contract, _, _ in self._served:
            for scheme in contract.security_schemes.values():
                if scheme.get("type") == "apiKey" and scheme.get("in") in found:
                    name = scheme["name"]
                    found[scheme["in"]].add(name.lower() if scheme["in"] == "header" else name)
        return found

    @cached_property
    def texts(self) -> Texts:
        """The redactor of secrets in texts."""
        prefixes = dict.fromkeys(prefix for _, _, some in self._served for prefix in some)
        templates = [template for _, served, _ in self._served for template in served]
        return Texts(prefixes, dict.fromkeys(templates))

    def named(self, location: str, name: str) -> bool:
        """Whether a parameter of this name is a secret."""
        return self.declared(location, name) or is_secret(name)

    def declared(self, location: str, name: str) -> bool:
        """Whether a parameter of this name is an API key of a served contract."""
        return (name.lower() if location == "header" else name) in self.api_keys.get(location, ())


class Secrets:
    """Redacts the secrets of one exchange, and remembers their values."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._found: set[str] = set()
        self._known: Known | None = None
        self._count = 0

    @property
    def found(self) -> frozenset[str]:
        """The secrets that were redacted so far, without common words."""
        return frozenset(one for one in self._found if one.lower() not in _WORDS)

    def hide(self, value: Any) -> Any:
        """Return a value with every leaf redacted."""
        if isinstance(value, dict):
            return {name: self.hide(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.hide(item) for item in value]
        if isinstance(value, str) and value:
            self._found.add(value)
        return value if value is None or value == "" else REDACTED

    def header(self, name: str, value: str, place: Place | None = None) -> str:
        """Redact the value of a header."""
        name = name.lower()
        if name in {"cookie", "set-cookie"}:
            return self._cookies(value, is_response=name == "set-cookie")
        declared = self._redaction.declared("header", name) or (place is not None and place.secret)
        if declared or (is_secret(name) and not is_harmless(name, value)):
            scheme = _SCHEMES.match(value)
            kept, credential = (value[: scheme.end()], value[scheme.end() :]) if scheme else ("", value)
            self._found.update({credential, *parts_of(value)})
            return kept + REDACTED
        return self.text(value)

    def _cookies(self, value: str, *, is_response: bool) -> str:
        if "\n" in value:  # several lines of Set-Cookie
            return "\n".join(self._cookies(line, is_response=is_response) for line in value.split("\n"))
        pieces = value.split(";")
        secret = (
            pieces[:1] if is_response else pieces
        )  # the attributes that follow are no secrets (RFC 6265, section 4.1)
        shown = []
        for piece in secret:
            name, link, content = piece.partition("=")
            self._found.add(content.strip() if link else name.strip())
            shown.append(f"{name}={REDACTED}" if link else REDACTED)
        return ";".join(shown + pieces[len(secret) :])

    def query(self, query: str, places: Mapping[str, Place]) -> str:
        """Redact a query."""
        return "&".join(self._pair(pair, places) for pair in query.split("&")) if query else query

    def _pair(self, pair: str, places: Mapping[str, Place]) -> str:
        raw, link, value = pair.partition("=")
        name, text = unquote_plus(raw), unquote_plus(value)
        base = name.partition("[")[0]
        declared = (base in places and places[base].holds_secrets()) or self._redaction.declared("query", base)
        named = (is_secret(name) or is_secret(base)) and not is_harmless(name, text)
        if text and (declared or named or self._redaction.declared("query", name)):
            self.hide(text)
            return f"{raw}={REDACTED}"
        shown = self.string(text)
        return pair if shown == text else f"{raw}{link}{quote(shown, safe='[]/:')}"

    def path(self, path: str, template: str, places: Mapping[str, Place]) -> tuple[str, dict[str, str]]:
        """Redact a path and its parameters; return both."""
        steps, values = path.split("/"), {}
        declared = path_of(template).split("/")
        if len(steps) == len(declared):
            for index, (step, expected) in enumerate(zip(steps, declared, strict=True)):
                for name, sent in zip(expressions_of(expected), Segment.of(expected).match(step) or (), strict=False):
                    value = unquote(sent)
                    hidden = is_secret(name) or (name in places and places[name].secret)
                    values[name] = self.hide(value) if hidden else self.text(value)
                    if hidden:
                        steps[index] = steps[index].replace(sent, REDACTED)
        return self.text("/".join(steps)), values

    def value(self, value: Any, place: Place, name: str = "", above: str = "") -> Any:
        """Redact a JSON value. `name` is its own name, `above` that of the enclosing object."""
        if place.secret or holds_secret(name, value) or (above and holds_secret(f"{above}_{name}", value)):
            return self.hide(value)
        if isinstance(value, dict):
            value, hidden = self._without_bound(value), self._named_beside(value)
            return {
                key: self.hide(member)
                if key in hidden or (isinstance(member, str) and self._redaction.declared("header", key))
                else self.value(member, place.member(key), key, name)
                for key, member in value.items()
            }
        if isinstance(value, list):
            if len(value) == 2 and all(isinstance(item, str) for item in value) and is_secret(value[0]):  # noqa: PLR2004 (a header and its value)
                return [value[0], self.hide(value[1])]
            # `secrets: [{"name": "db"}]` describes secrets: each member is checked by its own name.
            own = "" if is_secret(name) and any(isinstance(item, dict) for item in value) else name
            return [self.value(item, place.item(index), own, above) for index, item in enumerate(value)]
        return self.string(value) if isinstance(value, str) else value

    def _named_beside(self, value: dict[str, Any]) -> set[str]:
        """Return the members with the secret that another member names: `value` beside `"name": "token"`."""
        for key in _NAMES:
            named = value.get(key)
            if isinstance(named, str) and (is_secret(named) or self._redaction.declared("header", named)):
                return {key for key in _VALUES if value.get(key) is not None and not isinstance(value[key], bool)}
        return set()

    def _without_bound(self, value: dict[str, Any]) -> dict[str, Any]:
        """Redact the GraphQL variables of arguments with the name of a secret."""
        query, variables = value.get("query"), value.get("variables")
        if not (isinstance(query, str) and isinstance(variables, dict) and "$" in query):
            return value
        bound = {variable for argument, variable in _BOUND.findall(query) if is_secret(argument)}
        shown = {name: self.hide(member) if name in bound else member for name, member in variables.items()}
        return {**value, "variables": shown}

    def message(
        self, headers: dict[str, str], data: bytes | Cut | None, place: Place, declared: Mapping[str, Place]
    ) -> Message:
        """Redact the headers and body of a request or response."""
        shown = {name: self.header(name, value, declared.get(name)) for name, value in headers.items()}
        content = content_of(data, headers.get("content-type", ""))
        form, value = content.form, content.value
        with allowance():
            value, form = self._shown(form, value, place)
        return Message(shown, value, form, content.size, content.cut)

    def _shown(self, form: str, value: Any, place: Place) -> tuple[Any, str]:
        """Redact a body; return it with its form."""
        if form == "text":
            # A body that cannot be parsed may contain a declared secret anywhere.
            withheld = place.holds_secrets()
            form, value = ("withheld", None) if withheld else ("text", self.string(value))
        elif form in {"json", "form"}:
            value = self.value(value, place)
        return value, form

    def text(self, text: str) -> str:
        """Redact what looks like a secret, or follows the name of one, in a text."""
        return self._redaction.texts.without(text)

    def string(self, text: str) -> str:
        """Redact a text, which may be JSON."""
        if text[:1] in {"{", "["} and len(text) <= _MOST_OF_INNER_JSON:
            try:
                value = json.loads(text)
                shown = self.value(value, _ANYWHERE)
            except (ValueError, RecursionError):
                return self.text(text)
            return text if shown == value else json.dumps(shown, ensure_ascii=False)
        return self.text(text)

    def elsewhere(self, value: Any) -> Any:
        """Redact the secrets that were found so far in a value: they may occur in undeclared places."""
        if self._known is None or self._count != len(self._found):
            self._count = len(self._found)
            self._known = Known(one for one in self._found if len(one) >= SHORT and one.lower() not in _WORDS)
        return self._known.value(value) if self._known else value


_ANYWHERE = Place(None)
_WORDS = frozenset({"required", "optional", "default", "enabled", "disabled", "bearer", "string", "authorization"})
"""Values under the name of a secret that are common words. They are not searched elsewhere."""


def places_of(schemas: Mapping[str, Any]) -> dict[str, Place]:
    """Return the places of parameters by name."""
    return {name: Place(schema) for name, schema in schemas.items()}
