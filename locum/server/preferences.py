"""Preferences: which answer a client asks for (`Prefer`, RFC 7240), by header or in the query.

`Prefer: code=404, example=gone, dynamic=true, seed=7`, or `?__code=404&__example=gone`. Of what is
said twice the first counts, and the header before the query. Other preferences are not ours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_plus

from locum.errors import Faulty, NotAcceptable, NotFound
from locum.openapi.compile.operations import DeclaredResponse
from locum.server.errors import bearer_challenge, preferred
from locum.server.responses import BrokenResponse, Rendered, liked, problem, render
from locum.world.identifiers import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from locum.infer.actions.generated import GenerateResponse
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.operations import Operation
    from locum.world.worlds import World

__all__ = ["Choices", "Preferences", "applied", "preferences", "unfit_preference"]


_NAMES = frozenset({"code", "example", "dynamic", "seed"})
_TWIN = "__"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class Preferences(NamedTuple):
    """What is preferred; None where nothing is said."""

    code: str | None = None
    example: str | None = None
    dynamic: bool | None = None
    seed: str | None = None

    @property
    def choose(self) -> bool:
        """Whether an answer is chosen with them, instead of what the operation does."""
        return self.code is not None or self.example is not None or self.seed is not None or self.dynamic is True

    @property
    def passes_over_examples(self) -> bool:
        """Whether the value is to be made, whatever examples there are: another seed shows in nothing else."""
        return self.dynamic if self.dynamic is not None else self.seed is not None and self.example is None


def preferences(header: bytes, query: bytes, declared: frozenset[str] = frozenset()) -> tuple[Preferences, bytes]:
    """Read what is preferred; return it, and the query without it.

    `declared` are the names of the operation's own query parameters, which are never taken out.
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
    said = None if dynamic is None else dynamic.lower() not in {"false", "0"}
    return Preferences(found.get("code"), found.get("example"), said, found.get("seed")), query


def applied(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the header that says which preferences were heeded (RFC 7240, section 3)."""
    said = ", ".join(f"{name}={_word(value)}" for name, value in pairs)
    return {"Preference-Applied": said} if said else {}


def _word(value: str) -> str:
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
    """Part a header at its commas and semicolons, those in quotes excepted."""
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
"""The statuses that an answer can have, and where errors begin."""


class Choices:
    """Gives any answer that one operation declares. Nothing is done: no handler runs, no state changes."""

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        operation: Operation,
        answering: GenerateResponse,
        *,
        worded: bool,
        must_suit: bool = True,
        challenge: Callable[[World], dict[str, str]] = lambda _: bearer_challenge(),
        prism: bool = False,
    ) -> None:
        """`worded` is whether the API formats its own errors, which goes before examples.

        `must_suit` is whether an Accept header that no media type suits is answered with 406; `challenge` returns
        the WWW-Authenticate header of a 401. With `prism` errors are as Prism has them.
        """
        self._must_suit = must_suit
        self._operation = operation
        self._answering = answering
        self._worded = worded
        self._challenge = challenge
        self._prism = prism

    def answer(self, asked: Preferences, accept: bytes | None, url: str, world: World) -> tuple[Rendered, str]:
        """Return the answer, and the journal's word for it.

        What is not declared is refused with problem details. Raises a Refusal for an error that
        the API's words tell, and NotAcceptable.
        """
        status = _status(self._operation, asked.code)
        if status is None:
            declared = ", ".join(self._operation.responses) or "none"
            return self._unknown(f"The response {asked.code!r} is not declared here. Declared are: {declared}.")
        response = self._operation.declares(status) or DeclaredResponse(str(status), "", {}, {})
        said = [("code", asked.code)] if asked.code is not None else []
        dynamic, verdict, media, body = asked.passes_over_examples, "preferred", None, None
        # What is not said is as the server is set.
        wish = dynamic if dynamic or asked.dynamic is not None else None
        seed = (world.seed,) if asked.seed is None else ("seed", asked.seed)
        random = chance(0, *seed, self._operation.method, url, status)
        chosen = unfit = False
        if response.media_types:
            offered = self._offered(response, accept, status)
            media = offered[0]
            if asked.example is not None:
                named = next((one for one in offered if asked.example in one.examples), None)
                if named is None:
                    names = ", ".join(dict.fromkeys(name for one in offered for name in one.examples)) or "none"
                    return self._unknown(f"The response {status} has no example {asked.example!r}. There are: {names}.")
                media, chosen = named, asked.example in named.fitting
                verdict = verdict if chosen else "broken_example"
                if chosen:
                    said.append(("example", asked.example))
                    body = named.fitting[asked.example]
            elif media.examples and not media.fitting and not dynamic:
                verdict = "broken_example"
        elif asked.example is not None:
            return self._unknown(f"The response {status} has no body, so no example {asked.example!r}.")
        made = self._answering.headers(response, random, world.began, world.clock.now, dynamic=wish)
        if status == _UNAUTHENTICATED and "www-authenticate" not in map(str.lower, made):
            made |= self._challenge(world)  # RFC 9110, section 15.5.2
        if not chosen:
            said += [("dynamic", "true")] if asked.dynamic else []
            said += [("seed", asked.seed)] if asked.seed is not None else []
            if status >= _ERRORS and media is not None and not dynamic and (self._worded or not media.fitting):
                raise preferred(status, made | applied(said))
            if media is not None:
                body, unfit = self._answering.value_or_closest(media, random, world.began, dynamic=wish)
        unchecked = self._answering.closest_headers(response, made, world)
        verdict = "contract_unsatisfiable" if unfit or unchecked else verdict
        try:
            head = made | applied(said)
            return render(status, response, body, head, media, fits=unfit, unchecked=unchecked), verdict
        except BrokenResponse as breach:
            message = f"No answer could be made that fits the declared one: {breach}."
            raise Faulty(message, code="contract_broken") from None

    def _offered(self, response: DeclaredResponse, accept: bytes | None, status: int) -> list[MediaType]:
        found = list(liked(accept, response.offered))
        if not found and status < _ERRORS and self._must_suit:
            message = "This response is " + " or ".join(media.name for media in response.offered) + " only."
            raise NotAcceptable(message)
        return found or list(response.offered)

    def _unknown(self, message: str) -> tuple[Rendered, str]:
        error = NotFound(message, code="no_such_answer")
        return problem(error, prism=self._prism), error.code


def unfit_preference(operation: Operation, prefer: str) -> str | None:
    """Say why a `Prefer` header asks for nothing that an operation can answer; None where it does."""
    asked, _ = preferences(prefer.encode("latin-1"), b"")
    if not asked.choose:
        return "This prefers nothing: say code=404, example=NAME, dynamic=true or seed=TEXT."
    status = _status(operation, asked.code)
    declared = ", ".join(operation.responses) or "none"
    if status is None:
        return f"The response {asked.code!r} is not declared here. Declared are: {declared}."
    response = operation.declares(status)
    names = [name for media in (response.media_types.values() if response else ()) for name in media.examples]
    if asked.example is not None and asked.example not in names:
        known = ", ".join(dict.fromkeys(names)) or "none"
        return f"The response {status} has no example {asked.example!r}. There are: {known}."
    return None


def _status(operation: Operation, code: str | None) -> int | None:
    """Return the status that a code means: itself, the first of a range (`4XX`) or one of the default's."""
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
