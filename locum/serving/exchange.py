"""The one pass: a request to one operation, from its bytes to the answer's.

In this order: authenticate, chosen answer, path, query, headers and cookies (reading.py),
permission, acceptable media type, body (reading.py), handle, validate the answer (rendering.py),
send, journal.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from locum.answers import Answer
from locum.behaviour.asked import Asked
from locum.contract.json_values import write_json
from locum.refusals import Faulty, Forbidden, NotAcceptable, Refusal
from locum.serving.negotiation import best
from locum.serving.reading import Reader
from locum.serving.refusing import broken, preferred, refuse
from locum.serving.rendering import BrokenAnswer, Rendered, problem, render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from locum.callers import Caller
    from locum.contract.operations import DeclaredResponse, Operation
    from locum.contract.schemas import Schema
    from locum.serving.authentication import Guard
    from locum.serving.binding import Binding
    from locum.serving.refusing import Word
    from locum.state.worlds import World

__all__ = ["Exchange"]

logger = logging.getLogger("locum")

_CODE = re.compile(r"\bcode\s*=\s*\"?(\d{3})\b")
_TRIVIAL_ACCEPTS = frozenset({b"*/*", b"application/json"})
_MOST_ACCEPTS = 100
_NO_HEADERS: dict[str, str] = {}


class Exchange:
    """Plays one operation."""

    __slots__ = (
        "_acceptable",
        "_api_name",
        "_binding",
        "_empty",
        "_guard",
        "_offered",
        "_reader",
        "_stand_in",
        "_success",
        "_talkative",
        "_usual",
        "_word",
        "operation",
        "template",
    )

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        operation: Operation,
        binding: Binding,
        word: Word,
        api_name: str,
        guard: Guard | None,
        *,
        template: str,
        stand_in: Caller,
        most_bytes: int,
    ) -> None:
        self.operation = operation
        self.template = template
        self._binding = binding
        self._word = word
        self._api_name = api_name
        self._guard = guard
        self._stand_in = stand_in
        self._talkative = logger.isEnabledFor(logging.DEBUG)
        self._reader = Reader(operation, template, binding.arguments, most_bytes)
        self._success = operation.declares(operation.success)
        self._offered = tuple(self._success.media_types) if self._success else ()
        # What nearly every operation answers: one media type, which is JSON, and no headers.
        self._usual = _only_json(self._success)
        self._empty = operation.success == 204 and self._success is not None and _is_bare(self._success)  # noqa: PLR2004
        self._acceptable: set[bytes] = set(_TRIVIAL_ACCEPTS if "application/json" in self._offered else {b"*/*"})

    async def __call__(  # noqa: PLR0913, PLR0917 (ASGI's three, and what the router found)
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        world: World,
        values: tuple[str, ...],
        headers: Mapping[bytes, bytes],
    ) -> None:
        """Answer one request. `values` are the decoded template expressions of its path."""
        clock = world.clock
        clock.tick()
        verdict = ""
        try:
            query = scope["query_string"]
            caller = self._stand_in if self._guard is None else self._guard.admit(headers, query, world)
            chosen = self._chosen(headers) if b"prefer" in headers else None
            if chosen is None:
                arguments = self._reader.parameters(values, query, headers)
                permission = self._binding.permission
                if permission is not None and not caller.may(permission):
                    message = f"This needs the permission {permission}, which you do not hold."
                    raise Forbidden(message, code="permission_denied")  # noqa: TRY301 (judged in order, refused below)
                if b"accept" in headers and headers[b"accept"] not in self._acceptable:
                    self._negotiate(headers[b"accept"])
                if self.operation.body is not None:
                    body = await self._reader.body(headers, receive)
                    if "body" in self._binding.arguments:
                        arguments["body"] = body
                answer = self._play(arguments, values, caller, world, scope, headers)
            else:
                answer, verdict = chosen, "preferred"
        except Refusal as refusal:
            verdict = refusal.code
            answer = self._refuse(refusal, world)
        except Exception:
            logger.exception("%s: the handler failed.", self.operation.operation_id)
            verdict = "handler_failed"
            message = f"The handler of {self.operation.operation_id} failed; the server's log has the trace."
            answer = self._refuse(Faulty(message, code=verdict), world)
        status, head, data = answer
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else data})
        world.journal.record(
            (clock.seconds, scope["method"], self.template, self.operation.operation_id, status, verdict)
        )
        if self._talkative:
            logger.debug("%s %s -> %s %s [%s]", scope["method"], self.template, status, verdict, world.name)

    def _chosen(self, headers: Mapping[bytes, bytes]) -> Rendered | None:
        """Answer `Prefer: code=409` (RFC 7240), if the operation declares that status."""
        asked = _CODE.search(headers[b"prefer"].decode("latin-1"))
        status = int(asked[1]) if asked else 0
        # A default response declares every status that an answer can have, and no other number.
        declared = self.operation.declares(status) if 200 <= status <= 599 else None  # noqa: PLR2004
        if declared is None:
            return None
        if status >= 400:  # noqa: PLR2004 (the error statuses of HTTP)
            raise preferred(status)
        media = next(iter(declared.media_types.values()), None)
        if media is not None and media.example is None:
            return None
        try:
            body = None if media is None else media.example
            return render(status, declared, body, {"Preference-Applied": f"code={status}"}, media)
        except BrokenAnswer:
            return None  # an example that breaks its own schema is not served

    def _negotiate(self, accept: bytes) -> None:
        """Refuse what no declared success can satisfy; remember what can."""
        if self._offered and best(accept.decode("latin-1"), self._offered) is None:
            message = "This operation answers with " + " or ".join(self._offered) + " only."
            raise NotAcceptable(message)
        if len(self._acceptable) < _MOST_ACCEPTS:
            self._acceptable.add(accept)

    def _play(  # noqa: PLR0913, PLR0917 (all that is known of a request)
        self,
        arguments: dict[str, Any],
        values: tuple[str, ...],
        caller: Caller,
        world: World,
        scope: Scope,
        headers: Mapping[bytes, bytes],
    ) -> Rendered:
        """Let the handler act, and check what it gives back."""
        binding = self._binding
        if binding.generated:
            result = binding.handler(Asked(arguments, values, world, caller, scope, headers))
        else:
            for name in binding.from_world:
                arguments[name] = getattr(world, name)
            if "caller" in binding.arguments:
                arguments["caller"] = caller
            if "page_url" in binding.arguments:
                arguments["page_url"] = self._page_url(scope, headers, world)
            result = binding.handler(**arguments)
        declared: DeclaredResponse | None = self._success
        status, extra = self.operation.success, _NO_HEADERS
        if isinstance(result, Answer):
            extra, status = result.headers, result.status or status
            declared = self.operation.declares(status)
            result = result.body
        elif self._usual is not None and self._usual[0].is_valid(result):
            data = write_json(result)
            return status, [self._usual[1], (b"content-length", b"%d" % len(data))], data
        elif result is None and self._empty:
            return status, [], b""
        try:
            if declared is None:
                message = f"response {status} is not declared"
                raise BrokenAnswer(message)  # noqa: TRY301 (one way out for every breach)
            media = None
            accept = headers.get(b"accept")
            if accept is not None and len(declared.media_types) > 1:
                choice = best(accept.decode("latin-1"), tuple(declared.media_types))
                media = declared.media_types[choice] if choice else None
            return render(status, declared, result, extra, media)
        except BrokenAnswer as breach:
            refusal = broken(breach, self.operation)
            logger.exception("%s", refusal.message)
            raise refusal from None

    def _page_url(self, scope: Scope, headers: Mapping[bytes, bytes], world: World) -> Callable[[str, str], str]:
        host = headers.get(b"host", b"127.0.0.1").decode("latin-1")
        root = f"{scope.get('scheme', 'http')}://{host}/__locum/pages/{world.name}/{self._api_name}"
        return lambda page, token: f"{root}/{page}/{token}"

    def _refuse(self, refusal: Refusal, world: World) -> Rendered:
        try:
            return refuse(refusal, self.operation, self._word, world)
        except Exception as breach:
            logger.exception("%s: the API's own words for a refusal failed.", self.operation.operation_id)
            reason = breach if isinstance(breach, BrokenAnswer) else BrokenAnswer("its words for a refusal failed")
            return problem(broken(reason, self.operation))


def _is_bare(declared: DeclaredResponse) -> bool:
    """Whether a response has neither body nor headers."""
    return not declared.media_types and not declared.headers


def _only_json(declared: DeclaredResponse | None) -> tuple[Schema, tuple[bytes, bytes]] | None:
    """Return the schema and the Content-Type of a response that is JSON and nothing else."""
    if declared is None or declared.headers or len(declared.media_types) != 1:
        return None
    media = next(iter(declared.media_types.values()))
    return (media.schema, media.header) if media.json and media.schema is not None else None
