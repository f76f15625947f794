"""Redact what looks like a secret, or follows the name of one, in texts.

Each search goes through a text once, whatever is in it: quantifiers are possessive or bounded, and a match begins
only where the one before it could not have.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from locum.redaction.names import is_container, is_harmless, is_secret
from locum.redaction.places import REDACTED, SecretPaths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["REDACTED", "Texts", "decoded_basic"]

_SCHEMES = r"(?:Basic|Bearer|Digest|DPoP|Hawk|HOBA|Mutual|Negotiate|NTLM|SCRAM-SHA-\d{1,3}|vapid|Token|ApiKey)"
_STARTS = r"(?:(?<![\w-])|(?<=%[2357][0-9A-Fa-f]))"
"""Before a word: no word character, or the end of a percent-encoded character."""
_SHAPES = [
    re.compile(_STARTS + r"eyJ[\w-]{4,}+\.[\w-]{4,}+(?:\.[\w-]*+){1,3}"),  # RFC 7519 and RFC 7516: `{"` in base64
    re.compile(
        r"(?:(?<=Bearer )|(?<=BEARER )|(?<=Bearer%20)|(?<=Bearer\+))(?!(?:realm|error|scope|resource)\w*=)"
        r"(?!(?i:tokens?|auth\w*|schemes?|credentials?|formats?|access|header|key)\b)[\w.~+/-]{6,}+=*+"
    ),
    re.compile(r"(?<=[Bb]earer )(?=[^\s\d]{0,200}+\d|\S{24})[\w.~+/-]{8,}+=*+"),
    # RFC 3986, section 3.2.1: user information
    re.compile(r"(?<=://)[^\s/:@\"'<>]*+:[^\s/\"'<>]{1,1000}(?=@)"),
    re.compile(r"(?<=://)(?=[^\s/:@\"'<>\d]{0,200}+\d)[^\s/:@\"'<>]{8,}+(?=@)"),
    re.compile(
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
        re.DOTALL,
    ),
    # Prefixes of credentials of well-known services.
    re.compile(r"\b(?:[srp]k_(?:live|test)_\w{8,}+|gh[pousr]_\w{20,}+|github_pat_\w{20,}+|glpat-[\w-]{16,}+)"),
    re.compile(r"(?<![\w-])(?:xox[abeprs]-[\w-]{10,}+|AIza[\w-]{30,}+|npm_\w{30,}+|whsec_\w{16,}+)"),
]
_BASIC = re.compile(r"\b[Bb]asic(?:[ \t]{1,8}|%20|\+)([A-Za-z0-9+/_-]{4,}+=*+)")
_MEMBER = re.compile(
    r"(?<![\w.\[\]-])(?P<name>[\w.\[\]-]{2,}+)(?P<closed>\\{0,8}+[\"'])?+"
    r"[ \t]{0,16}+(?P<mark>:=|=>|=|:(?!//))[ \t]{0,16}+"
)
_ENCODED = re.compile(
    r"(?<![A-Za-z0-9_.-])(?P<name>(?:[A-Za-z0-9_.-]|%5[BDbd]){2,}+)(?:%22)?+(?:%20|\+){0,4}+(?:%3[AaDd])(?:%20|\+){0,4}+(?P<value>(?:%22)?+)"
)
_ENCODED_END = re.compile(r"%26|[&\s\"'<>]")
_SCHEME = re.compile(_SCHEMES + r"(?:[ \t]{1,8}+|%20|\+)", re.IGNORECASE)
_STRINGS = {quote: re.compile(rf"(?:[^{quote}\\]|\\.)*+", re.DOTALL) for quote in "\"'"}
_ASSIGNED = re.compile(r"(?:(?!&[\w.%\[\]-]{1,80}+=)[^\r\n])*+")
_ASSIGNED_IN_MARKUP = re.compile(r"(?:(?!&[\w.%\[\]-]{1,80}+=)[^\r\n<])*+")
_QUOTED_LINES = {quote: re.compile(rf"[^{quote}\r\n]*+") for quote in "\"'"}
_MARKUP = re.compile(r"\s{0,200}+<")
_FIRST_WORD = re.compile(r"(?<![\w-])([A-Za-z]{2,20})[ \t]\Z")
_FLAG = re.compile(r"(?<![\w-])--(?P<name>[A-Za-z][\w-]{1,80}+)[ \t]{1,8}+(?P<quote>[\"'])?+")
_USER = re.compile(
    r"(?<=[ \t]-u )[\"']?[^\s\"':]{0,200}:([^\s\"']{1,200})|(?<=[ \t]--user )[\"']?[^\s\"':]{0,200}:([^\s\"']{1,200})"
)
_SENTENCE = re.compile(
    r"\b(?:pass(?:word|wd|phrase|code)|pin|otp|cvc2?|cvv2?|secret|token|(?:api|access|secret|private)[ -]?key"
    r"|(?:one-time|security|verification)[ -]code)[ \t]{1,4}(?:is|was)(?:[ \t]{1,4}now)?(?:[ \t]{1,4}|:[ \t]{0,4})"
    r"(?P<quote>[\"'`])?+(?P<value>[^\s\"'`<>]{3,}+)",
    re.IGNORECASE,
)
"""A secret in a sentence: `my password is hunter2`."""
_ORDINARY = re.compile(r"[A-Za-z]++(?:-[A-Za-z]++)*+|\d{1,3}|\d{1,6}-[A-Za-z]++|\d{1,9}(?:ms|s|h|d)")
"""Words after the name of a secret that are no secrets: `required`, `4-digit`, `3600s`."""
_CARD = re.compile(r"(?<![\w-])\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}(?![\w-])")
_WORD_OF_TEXT = re.compile(r"[^&\s;\"'<>]*+")
_BARE = re.compile(r"[^,}\]\r\n]*+")
_LINE_START = re.compile(r"[ \t]{0,40}(?:-[ \t]{1,8}|export[ \t]{1,8}|set[ \t]{1,8})?\Z")
_BLOCK = re.compile(r"[|>][+-]?\d?[ \t]{0,8}\r?\n|[ \t]{0,8}\r?\n(?=[ \t]{1,80}- )")
_NEXT_LINE = re.compile(r"[ \t]{0,8}\r?\n[ \t]{0,80}(?=[\"'])")
_PAIR = re.compile(
    r"\b(?:name|key|header|field|id)\\{0,8}+[\"']?[ \t]{0,8}+[:=][ \t]{0,8}+\\{0,8}+[\"']"
    r"(?P<name>[^\"'\\<>]{2,200}+)\\{0,8}+[\"']"
    r"[\s,]{0,40}+(?:type=[\"'][^\"'<>]{0,40}[\"']\s{0,8})?(?:\\{0,8}+[\"'])?"
    r"(?:value|content|data)(?:\\{0,8}+[\"'])?[ \t]{0,8}+[:=][ \t]{0,8}+(?P<quote>\\{0,8}+[\"'])"
)
_ELEMENT = re.compile(r"<(?P<tag>(?:[\w.-]{1,80}:)?(?P<name>[\w.-]{2,80}+))(?P<rest>\s[^<>]{0,2000})?>")
_NAMED_ELEMENT = re.compile(
    r"<(?P<tag>[\w.:-]{1,80}+)\s[^<>]{0,400}?\b(?:name|key|id)=[\"'](?P<name>[^\"'<>]{2,80})[\"'][^<>]{0,400}>"
)
_CLOSER = re.compile(r"</([\w.:-]{1,160}+)\s{0,8}>")
_PART = re.compile(
    r"^content-disposition:(?>[^\r\n]{0,400}?\bname=\"?)(?P<name>[^\"\r\n;]{2,200}+)[^\r\n]{0,400}+"
    r"(?:\r?\n[^\r\n]{1,400}+){0,10}\r?\n\r?\n",  # not `{0,10}+`: Python 3.11.2 loses its place then
    re.IGNORECASE | re.MULTILINE,
)


class Texts:
    """Redacts what looks like a secret in texts, by general rules and by those of the served APIs."""

    def __init__(self, prefixes: Iterable[str] = (), templates: Iterable[str] = ()) -> None:
        """`prefixes` are prefixes of credentials, `templates` path templates with secret parameters."""
        own = (re.compile(_STARTS + re.escape(prefix) + r"[\w.~+/-]{8,}+") for prefix in prefixes if prefix)
        self._shapes = [*_SHAPES, *own]
        self._paths = SecretPaths(templates)

    def without(self, text: str) -> str:
        """Redact what looks like a secret, and values that follow the name of one."""
        if "-----BEGIN" in text:
            text = _SHAPES[5].sub(REDACTED, text)
        if "<" in text:
            text = _cut(text, _elements(text))
        if "isposition:" in text or "ISPOSITION:" in text:
            text = _cut(text, _parts(text))
        if ":" in text or "=" in text:
            text = _cut(text, _pairs(text))
            text = _cut(text, _members(text))
        if " -" in text:
            text = _cut(text, _flags(text))
            text = _USER.sub(_hide_groups_of_user, text)
        if "%3" in text:
            text = _cut(text, _encoded_members(text))
        for shape in self._shapes:
            text = shape.sub(REDACTED, text)
        if " is" in text or " was" in text:
            text = _cut(text, _sentences(text))
        if "asic" in text:
            text = _BASIC.sub(_hide_basic, text)
        text = _CARD.sub(_hide_card, text)
        return self._paths.without(text)


def decoded_basic(credentials: str) -> str | None:
    """Decode basic credentials (RFC 7617) to `ada:secret`; None if they are invalid."""
    padded = credentials.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode()
    except ValueError:
        return None
    return text if ":" in text and text.isprintable() else None


def _cut(text: str, spans: Iterator[tuple[int, int]]) -> str:
    """Return a text with these spans redacted, which are in order."""
    pieces, at = [], 0
    for start, end in spans:
        if start >= at and end > start and text[start:end].strip() not in {"", REDACTED}:
            pieces += [text[at:start], REDACTED]
            at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def _members(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of values after the name of a secret and a separator: `password: a`, `token=a`."""
    marked = _MARKUP.match(text) is not None
    at = 0
    while (found := _MEMBER.search(text, at)) is not None:
        at = found.end()
        name, start = found["name"], found.start()
        if not is_secret(name):
            word = _FIRST_WORD.search(text, max(start - 24, 0), start)
            if word is None or not is_secret(name := f"{word[1]} {name}"):
                continue
        if text[start - 1 : start] == "$":  # `$token` is a GraphQL variable
            continue
        begin, end = _value(text, found, marked=marked)
        if end > begin and not is_harmless(name, text[begin:end]):
            yield begin, end
            at = end


def _value(text: str, found: re.Match[str], *, marked: bool) -> tuple[int, int]:
    """Return the span of the value that follows a name."""
    at, name = found.end(), found["name"]
    if (line := _NEXT_LINE.match(text, at)) is not None:
        at = line.end()
    first = text[at : at + 1]
    escapes = at
    while text[escapes : escapes + 1] == "\\" and escapes - at < 8:  # noqa: PLR2004 (nested three levels)
        escapes += 1
    quote = text[escapes : escapes + 1]
    if quote and quote in "\"'":
        return _string(text, at, escapes)
    if first == "$" and found["mark"] == ":":
        return at, at
    if first and first in "{[":
        return (at, at) if is_container(name) else (at, _closed(text, at))
    if found["mark"] == ":" and (block := _BLOCK.match(text, at)) is not None:  # a block or list of YAML
        return block.end(), _end_of_block(text, found.start(), block.end())
    before = text[found.start() - 1 : found.start()]
    scheme = _SCHEME.match(text, at)
    if scheme is not None and name.lower().endswith("authorization"):
        at = scheme.end()
    if found["closed"]:
        return at, _BARE.match(text, scheme.end() if scheme else at).end()  # type: ignore[union-attr] # (an empty match, too)
    if before and before in "\"'":
        # Name and value are inside quotes: `-H 'Authorization: Bearer a'`.
        return at, _QUOTED_LINES[before].match(text, at).end()  # type: ignore[union-attr] # (an empty match, too)
    line_start = text.rfind("\n", max(0, found.start() - 80), found.start()) + 1
    assigned = found["mark"] != ":"
    if assigned and _LINE_START.match(text[max(line_start, found.start() - 80) : found.start()]) is None:
        return at, _WORD_OF_TEXT.match(text, scheme.end() if scheme else at).end()  # type: ignore[union-attr]
    rest = _ASSIGNED_IN_MARKUP if marked else _ASSIGNED
    return at, rest.match(text, at).end()  # type: ignore[union-attr] # (as above)


def _string(text: str, at: int, quoted: int) -> tuple[int, int]:
    """Return where the inside of a string is; `quoted` is its quote, before which there may be backslashes."""
    opening = text[at : quoted + 1]
    if opening == '"' and text.startswith('"""', at):
        end = text.find('"""', at + 3)
        return at + 3, len(text) if end < 0 else end
    if len(opening) == 1:
        return at + 1, _STRINGS[opening].match(text, at + 1).end()  # type: ignore[union-attr] # (an empty match, too)
    end = text.find(opening, quoted + 1)
    while end > 0 and text[end - 1] == "\\":  # more escaped than the one that opened it
        end = text.find(opening, end + 1)
    return quoted + 1, len(text) if end < 0 else end


def _closed(text: str, at: int) -> int:
    """Return the position of the matching closing bracket, or the end of the text."""
    depth = 0
    for found in _BRACKETS.finditer(text, at):
        depth += (found[0] in "{[") - (found[0] in "}]")
        if depth == 0:
            return found.end()
    return len(text)


_BRACKETS = re.compile(r"[{}\[\]]|\"(?:[^\"\\]|\\.)*+\"?", re.DOTALL)


def _end_of_block(text: str, name: int, at: int) -> int:
    """Return the end of a YAML block: the first line that is not indented more than its name."""
    start = text.rfind("\n", max(name - 200, 0), name) + 1
    indent = len(text[start:name]) - len(text[start:name].lstrip(" "))
    end = at
    for line in _LINE.finditer(text, at):
        inner = line[0].rstrip("\r\n")
        if inner.strip() and len(inner) - len(inner.lstrip(" ")) <= indent:
            break
        end = line.end()
        if end == len(text):
            break
    while end > at and text[end - 1] in "\r\n":
        end -= 1
    return end


_LINE = re.compile(r"[^\n]*+(?:\n|\Z)")


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of values in pairs of name and value: `"name": "token", "value": "a"`."""
    for found in _PAIR.finditer(text):
        if is_secret(found["name"]):
            _, end = _string(text, found.start("quote"), found.end("quote") - 1)
            yield found.end(), end


def _encoded_members(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of percent-encoded values: `password%3Da`, `%22password%22%3A%22a%22`."""
    at = 0
    while (found := _ENCODED.search(text, at)) is not None:
        at = found.end()
        name = re.sub(r"%5[BDbd]", "_", found["name"])
        name = name[2:] if found.start() and text[found.start() - 1] == "%" else name
        if is_secret(name):
            if found["value"]:
                end = text.find("%22", at)
            else:
                stop = _ENCODED_END.search(text, at)
                end = -1 if stop is None else stop.start()
            at, start = (len(text) if end < 0 else end), at
            yield start, at


def _elements(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of element contents with the name of a secret: `<token>a</token>`."""
    opened = [
        (found.end(), found["tag"], found["name"])
        for pattern in (_ELEMENT, _NAMED_ELEMENT)
        for found in pattern.finditer(text)
        if not found[0].endswith("/>") and is_secret(found["name"])
    ]
    if not opened:
        return
    closers: dict[str, list[int]] = {}
    for found in _CLOSER.finditer(text):
        closers.setdefault(found[1], []).append(found.start())
    at, marked = 0, _MARKUP.match(text) is not None
    for start, tag, name in sorted(opened):
        if start < at:
            continue
        ends = closers.get(tag, [])
        index = bisect_left(ends, start)
        if index < len(ends):
            end = ends[index]
        elif marked:
            end = text.find("<", start)  # it is not closed: it was cut, or is a void element of HTML
            end = len(text) if end < 0 else end
        else:
            continue
        inner = text[start : min(end, start + 100)].lstrip()
        nested = inner[:1] == "<" and not inner.startswith("<![CDATA[")
        if not (nested and is_container(name)) and not is_harmless(name, inner):
            yield start, end
            at = end


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of multipart contents with the name of a secret."""
    at = 0
    while (found := _PART.search(text, at)) is not None:
        at = found.end()
        if is_secret(found["name"]):
            end = text.find("\n--", at)
            at, start = (len(text) if end < 0 else end), at
            yield start, at


def _flags(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of values of command options: `--password a`, `-u ada:a`."""
    for found in _FLAG.finditer(text):
        if is_secret(found["name"]):
            rest = _QUOTED_LINES[found["quote"]] if found["quote"] else _WORD_OF_TEXT
            yield found.end(), rest.match(text, found.end()).end()  # type: ignore[union-attr] # (an empty match, too)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of secrets in sentences: a quoted value, or one that is not an ordinary word."""
    for found in _SENTENCE.finditer(text):
        value = found["value"].rstrip(".,;:!?)]}")
        if found["quote"] or not _ORDINARY.fullmatch(value):
            yield found.start("value"), found.start("value") + len(value)


def _hide_card(found: re.Match[str]) -> str:
    digits = [int(letter) for letter in found[0] if letter.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return found[0] if (doubled + sum(digits[-1::-2])) % 10 else REDACTED


def _hide_groups_of_user(found: re.Match[str]) -> str:
    return found[0][: found.start(found.lastindex or 0) - found.start()] + REDACTED


def _hide_basic(found: re.Match[str]) -> str:
    if decoded_basic(found[1]) is None:
        return found[0]
    return found[0][: found.start(1) - found.start()] + REDACTED
