"""Redaction: a request and its answer, without the secrets in them.

What is taken out: credentials (Authorization, Cookie and the like, every declared API key), what a
contract declares `writeOnly` or of the format `password`, what has the name of a secret, and what looks
like one. What was found so is then taken out wherever else it stands in the same exchange.
"""

from __future__ import annotations

import base64
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, unquote_plus

from locum.control.journal_bodies import content_of
from locum.control.journal_names import holds_secret, is_secret
from locum.control.journal_places import Place
from locum.control.journal_texts import REDACTED, Texts
from locum.openapi.compile.segments import Segment
from locum.openapi.paths import expressions_of, path_of
from locum.openapi.patterns import allowance
from locum.state.entries import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.state.journal import Cut

__all__ = ["REDACTED", "Redaction", "Secrets"]

_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key"})
_SCHEMES = re.compile(
    r"(?:Basic|Bearer|Digest|DPoP|Hawk|HOBA|Mutual|Negotiate|NTLM|SCRAM-SHA-\d+|vapid|Token|ApiKey) ", re.IGNORECASE
)
_SHORT = 6
"""Shorter secrets are not looked for elsewhere: they may be a part of any word."""


class Redaction:
    """What the served APIs say about where secrets are."""

    def __init__(self) -> None:
        self._served: list[tuple[Contract, Sequence[str], tuple[str, ...]]] = []

    def add(self, contract: Contract, templates: Sequence[str], prefixes: tuple[str, ...] = ()) -> None:
        """Take into account an API that is served, before the first entry is read.

        `templates` are the paths of its operations as they are served, `prefixes` how the credentials begin that it
        gives out.
        """
        self._served.append((contract, templates, prefixes))

    @cached_property
    def api_keys(self) -> dict[str, set[str]]:
        """The names of API keys by location, headers in lower case."""
        found: dict[str, set[str]] = {"header": set(_CREDENTIALS), "query": set(), "cookie": set()}
        for contract, _, _ in self._served:
            for scheme in contract.security_schemes.values():
                if scheme.get("type") == "apiKey" and scheme.get("in") in found:
                    name = scheme["name"]
                    found[scheme["in"]].add(name.lower() if scheme["in"] == "header" else name)
        return found

    @cached_property
    def texts(self) -> Texts:
        """Takes out of texts what looks like a secret."""
        prefixes = dict.fromkeys(prefix for _, _, some in self._served for prefix in some)
        templates = [template for _, served, _ in self._served for template in served]
        return Texts(prefixes, dict.fromkeys(templates))

    def named(self, location: str, name: str) -> bool:
        """Whether a parameter of this name is a secret."""
        known = self.api_keys.get(location, ())
        return (name.lower() if location == "header" else name) in known or is_secret(name)


class Secrets:
    """The secrets of one exchange: it takes them out, and remembers them."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._found: set[str] = set()

    def hide(self, value: Any) -> Any:
        """Return a value with each of its leaves redacted."""
        if isinstance(value, dict):
            return {name: self.hide(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.hide(item) for item in value]
        if isinstance(value, str) and value:
            self._found.add(value)
        return value if value is None or value == "" else REDACTED

    def header(self, name: str, value: str, place: Place | None = None) -> str:
        """Return the value of a header without the secrets in it."""
        name = name.lower()
        if name in {"cookie", "set-cookie"}:
            return self._cookies(value, answer=name == "set-cookie")
        if self._redaction.named("header", name) or (place is not None and place.secret):
            scheme = _SCHEMES.match(value)
            kept, credential = (value[: scheme.end()], value[scheme.end() :]) if scheme else ("", value)
            self._found.update({value, credential, *_passwords(kept, credential)})
            return kept + REDACTED
        return self.text(value)

    def _cookies(self, value: str, *, answer: bool) -> str:
        pieces = value.split(";")
        secret = pieces[:1] if answer else pieces  # the attributes that follow are none (RFC 6265, section 4.1)
        shown = []
        for piece in secret:
            name, link, content = piece.partition("=")
            self._found.add(content.strip() if link else name.strip())
            shown.append(f"{name}={REDACTED}" if link else REDACTED)
        return ";".join(shown + pieces[len(secret) :])

    def query(self, query: str, places: Mapping[str, Place]) -> str:
        """Return a query without the secrets in it."""
        return "&".join(self._pair(pair, places) for pair in query.split("&")) if query else query

    def _pair(self, pair: str, places: Mapping[str, Place]) -> str:
        raw, link, value = pair.partition("=")
        name, text = unquote_plus(raw), unquote_plus(value)
        base = name.partition("[")[0]
        declared = base in places and places[base].holds_secrets()
        if text and (declared or self._redaction.named("query", name) or self._redaction.named("query", base)):
            self.hide(text)
            return f"{raw}={REDACTED}"
        shown = self.text(text)
        return pair if shown == text else f"{raw}{link}{quote(shown, safe='[]/:')}"

    def path(self, path: str, template: str, places: Mapping[str, Place]) -> tuple[str, dict[str, str]]:
        """Return a path as sent, and the values of its expressions by name, without the secrets in them."""
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

    def value(self, value: Any, place: Place, name: str = "") -> Any:
        """Return a JSON value without the secrets in it."""
        if place.secret or holds_secret(name, value):
            return self.hide(value)
        if isinstance(value, dict):
            # A header or a variable, as many lists have them: `{"name": "Authorization", "value": "..."}`.
            said = next((value[key] for key in ("name", "key", "header") if isinstance(value.get(key), str)), "")
            known = "value" in value and (is_secret(said) or said.lower() in self._redaction.api_keys["header"])
            return {
                key: self.hide(member)
                if (known and key == "value")
                or (key.lower() in self._redaction.api_keys["header"] and isinstance(member, str))
                else self.value(member, place.member(key), key)
                for key, member in value.items()
            }
        if isinstance(value, list):
            return [self.value(item, place.item(index), name) for index, item in enumerate(value)]
        return self.text(value) if isinstance(value, str) else value

    def message(
        self, headers: dict[str, str], data: bytes | Cut | None, place: Place, declared: Mapping[str, Place]
    ) -> Message:
        """Return a request's or an answer's headers and body without the secrets in them."""
        shown = {name: self.header(name, value, declared.get(name)) for name, value in headers.items()}
        content = content_of(data, headers.get("content-type", ""))
        form, value = content.form, content.value
        with allowance():
            value, form = self._shown(form, value, place)
        return Message(shown, value, form, content.size, content.cut)

    def _shown(self, form: str, value: Any, place: Place) -> tuple[Any, str]:
        """Return a body without the secrets in it, and its form."""
        if form == "text":
            # What cannot be parsed may hold a declared secret anywhere.
            withheld = place.holds_secrets()
            form, value = ("withheld", None) if withheld else ("text", self.members(value))
        elif form in {"json", "form"}:
            value = self.value(value, place)
        return value, form

    def text(self, text: str) -> str:
        """Return a text without what looks like a secret."""
        return self._redaction.texts.without(text)

    def members(self, text: str) -> str:
        """Return a text of some notation without what looks like a secret, or has the name of one."""
        return self._redaction.texts.without_members(text)

    def elsewhere(self, value: Any) -> Any:
        """Return a value without the secrets that were found: they may stand where nobody declared them."""
        found = sorted((one for one in self._found if len(one) >= _SHORT), key=lambda one: (-len(one), one))
        spelt = [spelling for one in found for spelling in dict.fromkeys((one, quote(one, safe=""), quote(one)))]
        return _without(value, spelt) if spelt else value


def _without(value: Any, spelt: list[str]) -> Any:
    if isinstance(value, str):
        for one in spelt:
            if one in value and value != REDACTED:
                value = value.replace(one, REDACTED)
        return value
    if isinstance(value, dict):
        return {_without(name, spelt): _without(member, spelt) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_without(item, spelt) for item in value)
    return value


def _passwords(kept: str, credential: str) -> set[str]:
    """Return what basic credentials (RFC 7617) hold."""
    if not kept.lower().startswith("basic"):
        return set()
    try:
        return {base64.b64decode(credential, validate=True).decode().partition(":")[2]}
    except ValueError:
        return set()


def places_of(schemas: Mapping[str, Any]) -> dict[str, Place]:
    """Return the places of parameters by name."""
    return {name: Place(schema) for name, schema in schemas.items()}
