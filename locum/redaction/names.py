"""Decide by name which members, headers and parameters contain a secret."""

from __future__ import annotations

import re
from typing import Any

from locum.memo import memoized

__all__ = ["holds_secret", "is_container", "is_harmless", "is_secret", "words_of"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST = 200
"""The maximum length of a name. Of a longer one only the end is checked."""
_TYPED = frozenset({"password", "passwords", "passwd", "pwd", "passcode", "pin", "otp", "totp", "cvv", "cvc"}) | {
    *("card number", "security code", "verification code", "otp code", "pin code", "mfa code"),
}
"""Secrets that users type, which may be digits."""
_CONTAINERS = frozenset(
    {"session", "auth", "bearer", "credential", "credentials", "creds", "signature", "signatures"}
) | {
    *("pin", "otp", "authorization", "card number", "cards number"),
}
"""Names that objects may have, too: then each member is checked by its own name."""
_SECRETS = (
    _TYPED
    | _CONTAINERS
    | {
        *("passphrase", "secret", "secrets", "token", "tokens", "apikey", "apikeys", "jwt", "dsn", "sig", "hmac"),
        *("cookie", "cookies", "sessionid", "jsessionid", "phpsessid"),
    }
)
_PAIRS = frozenset(
    f"{first} {second}"
    for first, seconds in {
        **dict.fromkeys(
            ("api", "access", "private", "secret", "signing", "encryption", "shared", "master"), "key keys"
        ),
        **dict.fromkeys(("account", "service", "storage", "client", "session"), "key keys"),
        **dict.fromkeys(("recovery", "backup"), "code codes"),
        **dict.fromkeys(("verification", "security", "authorization", "otp", "pin", "mfa"), "code"),
        "auth": "key keys code",
        "connection": "string",
        **dict.fromkeys(("card", "cards"), "number"),
        "pass": "phrase word code",
        "cookie": "jar",
        "code": "verifier",
        "client": "assertion key",
        "token": "hint",
        "session": "id key",
    }.items()
    for second in seconds.split()
)
_GLUED = (
    *("password", "passwords", "passwd", "passphrase", "passcode", "secret", "apikey", "apikeys", "authkey"),
    *("authtoken", "accesstoken", "refreshtoken", "idtoken", "bearertoken", "sessiontoken", "csrftoken"),
    *("apitoken", "sessionid", "privatekey", "accesskey", "secretkey", "signingkey", "cardnumber"),
    "credentials",
)
"""Ends of names without separators: `userpassword`, `APITOKEN`."""
_BESIDE = frozenset(
    {"value", "values", "text", "data", "plain", "pem", "confirmation", "confirm", "repeat", "hash"}
) | {
    *("raw", "base", "encoded", "header", "string", "b"),
}
"""Words that may follow the decisive word: `private_key_data`, `password_confirmation`, `token_b64`."""
_PLACES = frozenset(
    {"page", "next", "previous", "prev", "continuation", "cursor", "sync", "delta", "start", "end", "max", "total"}
    | {"input", "output", "prompt", "completion", "paging", "pagination", "idempotency", "public", "last", "first"}
    | {"min", "cached", "reasoning", "used", "remaining"}
)
"""Words before `token` that mean a position in a list, or a word count, and no secret."""
_HARMLESS = frozenset(
    {"true", "false", "null", "none", "nil", "undefined", "yes", "no", "on", "off", "required", "optional", "string"}
    | {"string!", "boolean", "{}", "[]"}
)
"""Values that are no secrets under any name: `Access-Control-Allow-Credentials: true`."""


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case, the same for `clientSecret` and `client-secret`."""
    return [word.lower() for word in _WORD.findall(name[-_LONGEST:])]


def is_secret(name: str) -> bool:
    """Whether a value with this name is a secret: `client_secret`, `X-Api-Key`, `user[password]`."""
    return _what(name[-_LONGEST:]) != ""


def is_container(name: str) -> bool:
    """Whether only the members of an object with this name can be secrets: `session`, `credentials`."""
    return _what(name[-_LONGEST:]) in _CONTAINERS


def is_harmless(name: str, text: str) -> bool:
    """Whether a text is no secret under any name: a switch, or a number that users do not type."""
    text = text.strip()
    if text.lower() in _HARMLESS or not text:
        return True
    return len(text) < 8 and text.isdecimal() and _what(name[-_LONGEST:]) not in _TYPED  # noqa: PLR2004 (shorter than a date)


def holds_secret(name: str, value: Any) -> bool:
    """Whether a member with this name and value is a secret. Numbers only if users type them."""
    if value is None or isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return _what(name[-_LONGEST:]) in _TYPED
    if isinstance(value, dict) and is_container(name):
        return False
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return False  # `secrets: [{name: ...}]` describes secrets: each member is checked by its own name
    return is_secret(name) and not (isinstance(value, str) and value.strip().lower() in _HARMLESS)


@memoized(4096)
def _what(name: str) -> str:
    """Return the word that makes a name that of a secret; empty if there is none."""
    words = words_of(name)
    while words and (words[-1].isdigit() or (words[-1] in _BESIDE and len(words) > 1)):
        if " ".join(words[-2:]) in _PAIRS:
            break
        words.pop()
    if not words:
        return ""
    last, pair = words[-1], " ".join(words[-2:])
    if last in _SECRETS:
        placed = last in {"token", "tokens"} and len(words) > 1 and words[-2] in _PLACES
        return "" if placed else last
    if pair in _PAIRS:
        return pair
    # `APIkey` is split into `ap` and `ikey`.
    for glued in (last, "".join(words[-2:])):
        ends = glued.endswith(_GLUED) if glued is last else glued in _GLUED
        if ends:
            return "card number" if glued.endswith("cardnumber") else "password" if "pass" in glued else glued
    return ""
