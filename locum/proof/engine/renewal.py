"""Renewal: a token that runs out in the middle of a run is asked for again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.proof.findings import Shown

__all__ = ["Renewal", "renewed", "renewing"]

_UNAUTHENTICATED = 401
_KNOWN = frozenset({*range(200, 300), 403})
"""The answers to somebody who is known; other ones may come before anybody looks at a token."""
_MOST_IN_VAIN = 3


class Renewal:
    """The tokens of a run: the first one, and those that came in its place.

    A token that was answered otherwise before, and is answered with 401, has run out. Where one after another is good
    for nothing, no more is asked for.
    """

    def __init__(self, first: str, ask: Callable[[], str]) -> None:
        """`ask` gives a token. Raises ValueError where it has none."""
        self.tokens = [first]
        self.problem = ""
        """Why there is no other token, once one was wanted in vain."""
        self._ask = ask
        self._was_good = False
        self._in_vain = 0
        self._lock = Lock()

    @property
    def token(self) -> str:
        """The token that is good now."""
        return self.tokens[-1]

    def answered(self, token: str, status: int) -> None:
        """Learn how a request with a token was answered; ask for another one where that has run out."""
        with self._lock:
            if token != self.token or self.problem:
                return
            if status != _UNAUTHENTICATED:
                self._was_good = True
                self._in_vain = 0 if status in _KNOWN else self._in_vain
            elif self._was_good:
                self._renew()

    def _renew(self) -> None:
        self._was_good = False
        self._in_vain += 1
        if self._in_vain > _MOST_IN_VAIN:
            self.problem = f"{_MOST_IN_VAIN} tokens in a row were good for nothing"
            return
        try:
            self.tokens.append(self._ask())
        except ValueError as problem:
            self.problem = str(problem)


@contextmanager
def renewing(schema: Any, renewal: Renewal | None) -> Iterator[None]:
    """Let every request of a run have the token that is good when it is sent, wherever it stands."""
    if renewal is None:
        yield
        return
    import schemathesis  # noqa: PLC0415 (an extra, and a second to import)

    first = renewal.tokens[0]

    def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 (what hooks are called with)
        if case.operation.schema is schema and renewal.token != first:
            for part in (case.headers, case.query, case.cookies, kwargs.get("headers"), kwargs.get("params")):
                _replace(part, first, renewal.token)

    def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ARG001 (as above)
        if case.operation.schema is schema:
            sent = f"{response.request.url} {' '.join(map(str, response.request.headers.values()))}"
            probe = response.request.method.upper() != case.operation.method.upper()
            if renewal.token in sent and not probe:
                renewal.answered(renewal.token, response.status_code)

    schemathesis.hook("before_call")(before_call)  # these hooks exist for all schemas at once only
    schemathesis.hook("after_call")(after_call)
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)
        schemathesis.hooks.unregister(after_call)


def renewed(send: Callable[[Shown], Shown], renewal: Renewal | None) -> Callable[[Shown], Shown]:
    """Return a function that sends as another one does, with the token that is good when it is sent."""
    if renewal is None:
        return send
    first = renewal.tokens[0]

    def sent(asked: Shown) -> Shown:
        token, told = renewal.token, dict(asked.headers)
        _replace(told, first, token)
        answered = send(replace(asked, url=asked.url.replace(first, token), headers=told))
        if any(token in text for text in (answered.url, *answered.headers.values())):
            renewal.answered(token, answered.status)
        return answered

    return sent


def _replace(part: Any, old: str, new: str) -> None:
    if part:
        for name, value in list(part.items()):
            if isinstance(value, str) and old in value:
                part[name] = value.replace(old, new)
