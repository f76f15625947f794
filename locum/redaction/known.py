"""Replace known secrets in any encoding."""

from __future__ import annotations

import base64
import html
import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from locum.redaction.texts import REDACTED, decoded_basic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["SHORT", "Known", "parts_of", "spellings"]

SHORT = 6
"""The minimum length of a secret to search for by default. Shorter ones may be parts of words."""
_LEAST_OF_BASE64 = 8
_FEW = 64
"""The maximum number of spellings that are searched one by one. For more, an index is used."""
_PREFIX = 4


class Known:
    """Known secrets. Each is replaced by `[redacted]`, or by its own placeholder."""

    def __init__(self, instead: Mapping[str, str] | Iterable[str]) -> None:
        """`instead` has the secrets, or a mapping of secrets to placeholders."""
        self._instead = dict(instead) if hasattr(instead, "items") else dict.fromkeys(instead, REDACTED)  # type: ignore[arg-type] # (a mapping)

    @cached_property
    def _spelt(self) -> list[tuple[str, str]]:
        """All spellings with their placeholders, longest first, as one may be a prefix of another."""
        spelt = {one: shown for secret, shown in self._instead.items() for one in spellings(secret)}
        return sorted(spelt.items(), key=lambda pair: (-len(pair[0]), pair[0]))

    @cached_property
    def _index(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for pair in self._spelt:
            found.setdefault(pair[0][:_PREFIX], []).append(pair)
        return found

    def __bool__(self) -> bool:
        return bool(self._instead)

    @property
    def is_short(self) -> bool:
        """Whether a secret is too short to be searched in texts."""
        return any(len(secret) < SHORT for secret in self._instead)

    def whole(self, text: str) -> str:
        """Return the placeholder of a text that is a secret; any other text as it is."""
        return self._instead.get(text, text) if text else text

    def text(self, text: str) -> str:
        """Replace the secrets in a text."""
        if not self._instead:
            return text
        if text == REDACTED:
            return text
        if len(self._spelt) > _FEW and len(text) > _FEW:
            return self._by_index(text)
        for one, shown in self._spelt:
            if one in text:
                text = text.replace(one, shown)
        return text

    def _by_index(self, text: str) -> str:
        pieces, at, start, index = [], 0, 0, self._index
        short = [pair for prefix, pairs in index.items() if len(prefix) < _PREFIX for pair in pairs]
        while at < len(text):
            here = index.get(text[at : at + _PREFIX], ()) or short
            found = next(((one, shown) for one, shown in here if text.startswith(one, at)), None)
            if found is None:
                at += 1
                continue
            pieces += [text[start:at], found[1]]
            at = start = at + len(found[0])
        return "".join([*pieces, text[start:]])

    def data(self, data: bytes) -> bytes:
        """Replace the secrets in bytes."""
        for one, shown in self._spelt:
            data = data.replace(one.encode("utf-8", "surrogatepass"), shown.encode())
        return data

    def value(self, value: Any) -> Any:
        """Replace the secrets in all strings and names of a value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(name): self.value(member) for name, member in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.value(item) for item in value)
        return value


def parts_of(value: str, name: str = "") -> tuple[str, ...]:
    """Return the secrets in the value of a header: the whole value, the credential after the scheme, a password."""
    if name.lower() == "cookie":
        pairs = (pair.partition("=") for pair in value.split(";"))
        return tuple(dict.fromkeys([value, *(text.strip() for _, _, text in pairs)]))
    scheme, _, credential = value.partition(" ")
    found = [value, credential.strip() if scheme.isalpha() else ""]
    pair = decoded_basic(found[1]) if scheme.lower() == "basic" else None
    if pair is not None:
        found += [pair, pair.partition(":")[2]]
    return tuple(dict.fromkeys(filter(None, found)))


def spellings(secret: str) -> tuple[str, ...]:
    """Return the spellings of a text: plain, in a URL, in JSON, in XML, in base64 alone and within longer base64."""
    quoted = (quote(secret, safe=""), quote(secret), quote_plus(secret), quote(quote(secret, safe=""), safe=""))
    escaped = (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret))
    lower = (re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), one) for one in quoted)
    plain = (secret, *quoted, *lower, *escaped, escaped[0].replace("/", "\\/"))
    return tuple(dict.fromkeys(filter(None, (*plain, *_in_base64(secret)))))


def _in_base64(secret: str) -> list[str]:
    """Return the part of the base64 of any text that a secret in it determines, at each of the three offsets."""
    data, found = secret.encode("utf-8", "surrogatepass"), list[str]()
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + data).decode()
        whole = (offset + len(data)) * 8 // 6
        inner = text[-(-offset * 8 // 6) : whole]
        if offset == 0:
            found += [text, text.rstrip("=")]
        if len(inner) >= _LEAST_OF_BASE64:
            found.append(inner)
    found = [one for one in found if len(one) >= _LEAST_OF_BASE64]
    return [*found, *(one.replace("+", "-").replace("/", "_") for one in found)]
