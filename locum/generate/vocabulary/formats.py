"""Formats: strings in the formats of JSON Schema and OpenAPI."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from locum.generate.files.making import file_of, media_type_of
from locum.generate.vocabulary import ranges as moments
from locum.generate.vocabulary import texts
from locum.generate.vocabulary.hints import tokens
from locum.generate.vocabulary.names import text_for
from locum.generate.vocabulary.texts import FileUrl, PageUrl

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.generate.generation import Generation
    from locum.generate.vocabulary.hints import Hint
    from locum.generate.vocabulary.texts import Text

__all__ = ["content_text", "fitting", "format_text"]

_DATED: dict[str, Callable[[str], Text]] = {"date": moments.date, "date-time": moments.date_time}


def _base64(media_type: str, hint: Hint) -> Text:
    """Return a generator of base64 files (RFC 4648, section 4) of a media type, else of the type for the name."""
    ending = next((ending for words, ending in _ENDINGS if words & set(tokens(hint.name))), "txt")
    media_type = media_type or media_type_of(f"file.{ending}")
    return lambda run: b64encode(file_of(media_type, texts.title(run))).decode()


_ENDINGS = (
    (
        frozenset(
            {"image", "photo", "picture", "avatar", "logo", "icon", "thumbnail", "png", "qr", "barcode", "screenshot"}
        ),
        "png",
    ),
    (frozenset({"pdf", "document", "invoice", "receipt"}), "pdf"),
    (frozenset({"audio", "sound", "voice", "recording"}), "wav"),
    (frozenset({"zip", "archive"}), "zip"),
)


def content_text(media_type: str) -> Text:
    """Return a generator of the text of a file (`contentMediaType` without encoding)."""
    if media_type.endswith("json"):
        return lambda run: f'{{"name": "{texts.slug(run)}"}}'
    return lambda run: file_of(media_type, texts.title(run)).decode("utf-8", "replace")


_FORMATS: dict[str, Text] = {
    "base64url": lambda run: texts.token(run, 16),
    "color": texts.colour_code,
    "decimal": texts.price,
    "duration": moments.duration,
    "email": texts.email,
    "hostname": texts.domain,
    "http-url": texts.url,
    "idn-email": texts.email,
    "idn-hostname": texts.domain,
    "ipv4": texts.ipv4,
    "ipv6": texts.ipv6,
    "iri": texts.url,
    "iri-reference": texts.url,
    "json-pointer": lambda run: f"/{texts.word(run)}/{run.between(0, 9)}",
    "mac": texts.mac,
    "md5": texts.hexadecimal(32),
    "password": lambda run: texts.token(run, 14),
    "phone": texts.phone,
    "regex": lambda run: f"^{texts.word(run)}-[0-9]+$",
    "relative-json-pointer": lambda run: f"{run.between(0, 3)}/{texts.word(run)}",
    "semver": texts.version,
    "sha256": texts.hexadecimal(64),
    "slug": texts.slug,
    "tel": texts.phone,
    "time": moments.time_of_day,
    "timestamp": moments.date_time(""),
    "uri": texts.url,
    "uri-reference": texts.url,
    "uri-template": lambda run: f"https://{run.pick(('example.com', 'example.org'))}/{texts.word(run)}/{{id}}",
    "url": texts.url,
    "uuid": texts.uuid,
}
_FILES = frozenset({"base64", "binary", "byte"})
_PLACES = {texts.site, texts.avatar}
_ADDRESSES = frozenset({"uri", "url", "uri-reference", "iri", "iri-reference"})


def format_text(name: str, hint: Hint, media_type: str | None = None) -> Text | None:
    """Return the generator of a format, or None. The property's name chooses the time, or the kind of URL or file."""
    if name in _FILES:
        return _base64(media_type or "", hint)
    dated = _DATED.get(name)
    if dated is not None:
        return dated(hint.name)
    named = text_for(hint) if name in _ADDRESSES else None
    return named if named in _PLACES or isinstance(named, FileUrl | PageUrl) else _FORMATS.get(name)


def fitting(name: str, run: Generation, low: int, high: int) -> list[str]:
    """Return strings of a format with unusual lengths, from `low` to `high`."""
    size = run.between(low, min(high, low + 8))
    return [text for wanted in {low, size, high} if wanted < _LONGEST for text in _of_length(name, run, wanted)]


_LONGEST = 100_000
_LABEL = 63
"""Maximum length of one label of a host name (RFC 1035, section 2.3.4)."""

_LOCAL = 60
"""Characters before the @; 64 are allowed (RFC 5321, section 4.5.3.1.1)."""


def _of_length(name: str, run: Generation, size: int) -> list[str]:
    def filler(length: int) -> str:
        return texts.token(run, length, "abcdefghijklmnopqrstuvwxyz") if length > 0 else ""

    if name in {"email", "idn-email"}:
        return [_mailbox(filler, size)]
    if name in {"hostname", "idn-hostname"}:
        return [_host(filler, size)]
    if name in _ADDRESSES:
        return ["https://example.com/" + filler(size - 20), "a:" + filler(size - 2), filler(size)]
    if name == "date-time":
        return [f"{run.now.isoformat()[:19]}.{'0' * (size - 21)}Z", f"{run.now.isoformat()[:19]}+00:00"]
    if name == "time":
        return [f"09:00:00.{'0' * (size - 10)}Z", "09:00:00+00:00"]
    if name == "duration":
        return [f"P{'1' * (size - 2)}D"]
    if name == "ipv4":
        return ["1.1.1.1", "192.0.2.1", "198.51.100.7", "203.0.113.254"]
    if name == "ipv6":
        return ["::", "::1", "2001:db8::1", "2001:0db8:0000:0000:0000:0000:0000:0001"]
    if name == "json-pointer":
        return ["/" + filler(size - 1) if size else ""]
    if name == "relative-json-pointer":
        return ["1/" + filler(size - 2), "0"]
    return [filler(size)]


def _mailbox(filler: Callable[[int], str], size: int) -> str:
    domain = "example.com" if size > len("ab@example.com") else "b.co" if size > len("a@b.co") else "b"
    local = min(size - len(domain) - 1, _LOCAL)
    rest = size - len(domain) - 1 - local
    if rest == 1:  # a dot needs a letter before it
        local, rest = local - 1, 2
    return f"{filler(local)}@{_host(filler, rest - 1)}.{domain}" if rest else f"{filler(local)}@{domain}"


def _host(filler: Callable[[int], str], size: int) -> str:
    labels = []
    while size > _LABEL:
        labels.append(filler(_LABEL - 13))
        size -= _LABEL - 12
    return ".".join([*labels, filler(size)])
