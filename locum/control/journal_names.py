"""Names: which members, headers and parameters plainly hold a secret."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

__all__ = ["holds_secret", "is_secret", "words_of"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_TYPED = frozenset({"password", "passwords", "passwd", "pwd", "passcode", "pin", "otp", "cvv", "cvc"})
"""What people type, digits too."""
_SECRETS = _TYPED | {
    *("passphrase", "secret", "secrets", "token", "tokens", "apikey", "apikeys", "jwt", "dsn"),
    *("authorization", "cookie", "cookies"),
}
_PAIRS = frozenset(
    f"{first} {second}"
    for first, seconds in {
        **dict.fromkeys(
            ("api", "access", "private", "secret", "signing", "encryption", "shared", "master"), "key keys"
        ),
        **dict.fromkeys(("account", "auth", "service", "storage"), "key keys"),
        **dict.fromkeys(("recovery", "backup"), "code codes"),
        **dict.fromkeys(("verification", "security", "authorization", "auth"), "code"),
        "connection": "string",
        "card": "number",
    }.items()
    for second in seconds.split()
)
_BESIDE = frozenset({"value", "values", "text", "data", "plain", "pem", "confirmation", "confirm", "repeat", "hash"})
"""What may follow the word that counts: `private_key_data`, `password_confirmation`."""
_PLACES = frozenset(
    {"page", "next", "previous", "prev", "continuation", "cursor", "sync", "delta", "start", "end", "max", "total"}
    | {"input", "output", "prompt", "completion", "paging", "pagination", "idempotency", "public", "last", "first"}
)
"""Before `token`: a place in a list, or a count of words, and nothing to hide."""


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case: `clientSecret` and `client-secret` alike."""
    return [word.lower() for word in _WORD.findall(name)]


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether what has this name plainly is a secret: `client_secret`, `X-Api-Key`, `user[password]`."""
    return _what(name) != ""


def holds_secret(name: str, value: Any) -> bool:
    """Whether a member of this name and value holds a secret: of numbers, only those that people type."""
    if value is None or isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return _what(name) in _TYPED
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return False  # `secrets: [{name: ...}]` tells of secrets; each says for itself what it holds
    return is_secret(name)


@lru_cache(maxsize=4096)
def _what(name: str) -> str:
    """Return the word that makes a name that of a secret; empty for none."""
    words = words_of(name)
    while words and (words[-1].isdigit() or (words[-1] in _BESIDE and len(words) > 1)):
        words.pop()
    if not words:
        return ""
    if words[-1] in _SECRETS:
        placed = words[-1] in {"token", "tokens"} and len(words) > 1 and words[-2] in _PLACES
        return "" if placed else words[-1]
    return " ".join(words[-2:]) if " ".join(words[-2:]) in _PAIRS else ""
