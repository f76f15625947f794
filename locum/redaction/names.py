"""Names: which members, headers and parameters hold a secret."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

__all__ = ["holds_secret", "is_container", "is_harmless", "is_secret", "words_of"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST = 200
"""Of a longer name the end counts."""
_TYPED = frozenset({"password", "passwords", "passwd", "pwd", "passcode", "pin", "otp", "totp", "cvv", "cvc"}) | {
    *("card number", "security code", "verification code", "otp code", "pin code", "mfa code"),
}
"""What people type, digits too."""
_CONTAINERS = frozenset(
    {"session", "auth", "bearer", "credential", "credentials", "creds", "signature", "signatures"}
) | {
    *("pin", "otp", "authorization", "card number", "cards number"),
}
"""Names of objects, too: then each member counts by its own name."""
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
"""What ends a word that is written without a mark between its words: `userpassword`, `APITOKEN`."""
_BESIDE = frozenset(
    {"value", "values", "text", "data", "plain", "pem", "confirmation", "confirm", "repeat", "hash"}
) | {
    *("raw", "base", "encoded", "header", "string", "b"),
}
"""What may follow the word that counts: `private_key_data`, `password_confirmation`, `token_b64`."""
_PLACES = frozenset(
    {"page", "next", "previous", "prev", "continuation", "cursor", "sync", "delta", "start", "end", "max", "total"}
    | {"input", "output", "prompt", "completion", "paging", "pagination", "idempotency", "public", "last", "first"}
    | {"min", "cached", "reasoning", "used", "remaining"}
)
"""Before `token`: a place in a list, or a count of words, and nothing to hide."""
_HARMLESS = frozenset(
    {"true", "false", "null", "none", "nil", "undefined", "yes", "no", "on", "off", "required", "optional", "string"}
    | {"string!", "boolean", "{}", "[]"}
)
"""Values that are no secrets under any name: `Access-Control-Allow-Credentials: true`."""


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case: `clientSecret` and `client-secret` alike."""
    return [word.lower() for word in _WORD.findall(name[-_LONGEST:])]


def is_secret(name: str) -> bool:
    """Whether what has this name plainly is a secret: `client_secret`, `X-Api-Key`, `user[password]`."""
    return _what(name[-_LONGEST:]) != ""


def is_container(name: str) -> bool:
    """Whether an object of this name is a secret by its members only: `session`, `credentials`."""
    return _what(name[-_LONGEST:]) in _CONTAINERS


def is_harmless(name: str, text: str) -> bool:
    """Whether a text is no secret, whatever its name is: a switch, or a number of what no one types."""
    text = text.strip()
    if text.lower() in _HARMLESS or not text:
        return True
    return len(text) < 8 and text.isdecimal() and _what(name[-_LONGEST:]) not in _TYPED  # noqa: PLR2004 (shorter than a date)


def holds_secret(name: str, value: Any) -> bool:
    """Whether a member of this name and value holds a secret: of numbers, only those that people type."""
    if value is None or isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return _what(name[-_LONGEST:]) in _TYPED
    if isinstance(value, dict) and is_container(name):
        return False
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return False  # `secrets: [{name: ...}]` tells of secrets; each says for itself what it holds
    return is_secret(name) and not (isinstance(value, str) and value.strip().lower() in _HARMLESS)


@lru_cache(maxsize=4096)
def _what(name: str) -> str:
    """Return the word that makes a name that of a secret; empty for none."""
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
    # `APIkey` parts into `ap` and `ikey`.
    for glued in (last, "".join(words[-2:])):
        ends = glued.endswith(_GLUED) if glued is last else glued in _GLUED
        if ends:
            return "card number" if glued.endswith("cardnumber") else "password" if "pass" in glued else glued
    return ""
