"""Preferences: choose the response with a `Prefer` header (RFC 7240) or in the query.

`Prefer: code=404, example=gone, dynamic=true, seed=7`, or `?__code=404&__example=gone`. The first of repeated
preferences counts, and the header precedes the query. Other preferences are ignored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_plus

from locum.errors import Faulty, NotAcceptable, NotFound
from locum.openapi.compile.operations import DeclaredResponse
from locum.server.errors import bearer_challenge, preferred
from locum.server.negotiation import liked
from locum.server.responses import BrokenResponse, problem, render
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from locum.infer.actions.generated import GenerateResponse
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.operations import Operation
    from locum.server.http import HttpResponse
    from locum.world.worlds import World

__all__ = ["PreferenceChoices", "Preferences", "applied", "preferences", "unfit_preference"]


_NAMES = frozenset({"code", "example", "dynamic", "seed"})
_TWIN = "__"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class Preferences(NamedTuple):
    """The preferences of a request; None for each that is not given."""

    code: str | None = None
    example: str | None = None
    dynamic: bool | None = None
    seed: str | None = None

    @property
    def choose(self) -> bool:
        """Whether they choose a response, so that the operation does not run."""
        return self.code is not None or self.example is not None or self.seed is not None or self.dynamic is True

    @property
    def passes_over_examples(self) -> bool:
        """Whether examples are ignored. `seed` without `example` implies it: examples do not depend on a seed."""
        return self.dynamic if self.dynamic is not None else self.seed is not None and self.example is None


def preferences(header: bytes, query: bytes, declared: frozenset[str] = frozenset()) -> tuple[Preferences, bytes]:
    """Read the preferences; return them, and the query without them.

    `declared` are the names of the operation's own query parameters, which are never removed.
    """
    found: dict[str, str] = {}
    for name, value in _preferred(header.decode("latin-1")):
        found.setdefault(name, value)
    if _TWIN.encode() in query:
        others = []
        for pair in query.split(b"&"):
            name, _, value = (unquote_plus(part.decode("latin-1")) for part in pair.partition(b"="))
            if name.startswith(_TWIN) and name[2:] in _NAMES and name not in declared:
                found.setdefault(name[2:], value)
            else:
                others.append(pair)
        query = b"&".join(others)
    dynamic = found.get("dynamic")
    is_dynamic = None if dynamic is None else dynamic.lower() not in {"false", "0"}
    return Preferences(found.get("code"), found.get("example"), is_dynamic, found.get("seed")), query


def applied(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the header that lists the applied preferences (RFC 7240, section 3)."""
    value = ", ".join(f"{name}={_quoted(text)}" for name, text in pairs)
    return {"Preference-Applied": value} if value else {}


def _quoted(value: str) -> str:
    if _TOKEN.match(value):
        return value
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in value)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _preferred(header: str) -> Iterator[tuple[str, str]]:
    for piece in _pieces(header):
        name, _, value = piece.partition("=")
        name, value = name.strip().lower(), value.strip()
        if value[:1] == '"':
            value = re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"'))
        if name in _NAMES:
            yield name, value


def _pieces(header: str) -> Iterator[str]:
    """Split a header at commas and semicolons that are not in quotes."""
    piece: list[str] = []
    quoted = escaped = False
    for letter in header:
        if letter in ",;" and not quoted:
            yield "".join(piece)
            piece = []
            continue
        if letter == '"' and not escaped:
            quoted = not quoted
        escaped = quoted and letter == "\\" and not escaped
        piece.append(letter)
    yield "".join(piece)


_FIRST, _LAST, _ERRORS, _FAILED = 200, 599, 400, 500
_UNAUTHENTICATED = 401
"""The lowest and highest status, and where errors begin."""


class PreferenceChoices:
    """Creates any response that an operation declares. No handler runs, and no state changes."""

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        operation: Operation,
        generate_response: GenerateResponse,
        *,
        worded: bool,
        must_suit: bool = True,
        challenge: Callable[[World], dict[str, str]] = lambda _: bearer_challenge(),
        prism: bool = False,
    ) -> None:
        """Prepare for one operation.

        `worded` is whether the API formats its own errors, which precede examples. `must_suit` is whether an `Accept`
        header that matches no media type is rejected with 406. `challenge` returns the WWW-Authenticate header of a
        401. With `prism` errors have Prism's format.
        """
        self._must_suit = must_suit
        self._operation = operation
        self._generate_response = generate_response
        self._worded = worded
        self._challenge = challenge
        self._prism = prism

    def respond(self, wanted: Preferences, accept: bytes | None, url: str, world: World) -> tuple[HttpResponse, str]:
        """Return the chosen response, and its verdict for the journal.

        A response that is not declared is problem details with 404. Raises ApiError for an error that the API formats
        itself, and NotAcceptable.
        """
        status = _status(self._operation, wanted.code)
        if status is None:
            declared = ", ".join(self._operation.responses) or "none"
            return self._unknown(f"The response {wanted.code!r} is not declared. Declared: {declared}.")
        response = self._operation.declares(status) or DeclaredResponse(str(status), "", {}, {})
        honoured = [("code", wanted.code)] if wanted.code is not None else []
        dynamic, verdict, media, body = wanted.passes_over_examples, "preferred", None, None
        # None leaves the choice to the server's setting.
        is_dynamic = dynamic if dynamic or wanted.dynamic is not None else None
        seed = (world.seed,) if wanted.seed is None else ("seed", wanted.seed)
        random = chance(0, *seed, self._operation.method, url, status)
        chosen = unfit = False
        if response.media_types:
            offered = self._offered(response, accept, status)
            media = offered[0]
            if wanted.example is not None:
                named = next((one for one in offered if wanted.example in one.examples), None)
                if named is None:
                    names = ", ".join(dict.fromkeys(name for one in offered for name in one.examples)) or "none"
                    return self._unknown(f"The response {status} has no example {wanted.example!r}. Declared: {names}.")
                media, chosen = named, wanted.example in named.fitting
                verdict = verdict if chosen else "broken_example"
                if chosen:
                    honoured.append(("example", wanted.example))
                    body = named.fitting[wanted.example]
            elif media.examples and not media.fitting and not dynamic:
                verdict = "broken_example"
        elif wanted.example is not None:
            return self._unknown(f"The response {status} declares no body, and so no example {wanted.example!r}.")
        headers = self._generate_response.headers(response, random, world.began, world.clock.now, dynamic=is_dynamic)
        if status == _UNAUTHENTICATED and "www-authenticate" not in map(str.lower, headers):
            headers |= self._challenge(world)  # RFC 9110, section 15.5.2
        if not chosen:
            honoured += [("dynamic", "true")] if wanted.dynamic else []
            honoured += [("seed", wanted.seed)] if wanted.seed is not None else []
            if status >= _ERRORS and media is not None and not dynamic and (self._worded or not media.fitting):
                raise preferred(status, headers | applied(honoured))
            if media is not None:
                body, unfit = self._generate_response.value_or_closest(media, random, world.began, dynamic=is_dynamic)
        unchecked = self._generate_response.closest_headers(response, headers, world)
        verdict = "contract_unsatisfiable" if unfit or unchecked else verdict
        try:
            head = headers | applied(honoured)
            return render(status, response, body, head, media, fits=unfit, unchecked=unchecked), verdict
        except BrokenResponse as cause:
            message = f"No value could be generated that fits the declared response: {cause}."
            raise Faulty(message, code="contract_broken") from None

    def _offered(self, response: DeclaredResponse, accept: bytes | None, status: int) -> list[MediaType]:
        found = list(liked(accept, response.offered))
        if not found and status < _ERRORS and self._must_suit:
            declared = ", ".join(media.name for media in response.offered)
            message = f"No declared media type matches the Accept header. Declared: {declared}."
            raise NotAcceptable(message)
        return found or list(response.offered)

    def _unknown(self, message: str) -> tuple[HttpResponse, str]:
        error = NotFound(message, code="no_such_response")
        return problem(error, prism=self._prism), error.code


def unfit_preference(operation: Operation, prefer: str) -> str | None:
    """Return why a `Prefer` header chooses no response of an operation; None if it does."""
    wanted, _ = preferences(prefer.encode("latin-1"), b"")
    if not wanted.choose:
        return "No known preference. Use code=404, example=NAME, dynamic=true or seed=TEXT."
    status = _status(operation, wanted.code)
    declared = ", ".join(operation.responses) or "none"
    if status is None:
        return f"The response {wanted.code!r} is not declared. Declared: {declared}."
    response = operation.declares(status)
    names = [name for media in (response.media_types.values() if response else ()) for name in media.examples]
    if wanted.example is not None and wanted.example not in names:
        known = ", ".join(dict.fromkeys(names)) or "none"
        return f"The response {status} has no example {wanted.example!r}. Declared: {known}."
    return None


def _status(operation: Operation, code: str | None) -> int | None:
    """Return the status for a code: the status itself, the first of a range (`4XX`), or one that `default` declares."""
    if code is None:
        return operation.success
    if code.isascii() and code.isdigit() and len(code) == len("200"):
        status = int(code)
        return status if _FIRST <= status <= _LAST and operation.declares(status) else None
    key = "default" if code.lower() == "default" else code.upper()
    if key not in operation.responses or key.startswith("1"):
        return None
    usual = [operation.success, _FAILED, *range(_ERRORS, _LAST + 1)]
    among = usual if key == "default" else range(int(key[0]) * 100, int(key[0]) * 100 + 100)
    return next((one for one in among if (operation.declares(one) or _NOTHING).status == key), None)


_NOTHING = DeclaredResponse("", "", {}, {})
