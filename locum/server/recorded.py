"""Recorded fixtures: a folder of records (`locum record`), and of responses that are no records."""

from __future__ import annotations

import base64
import binascii
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from locum.errors import ApiError
from locum.generate.generator import Unsatisfiable
from locum.openapi.near_names import meant
from locum.openapi.paths import expressions_of
from locum.options import Locale
from locum.redaction import Place, Redaction, Secrets
from locum.redaction.pseudonyms import Pseudonyms
from locum.server.execution import RecordedResponse
from locum.server.handlers import StartError
from locum.server.record_files import read_records
from locum.server.seed_data import SeedFile, load_seed_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from locum.infer.request import Request
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.operations import Operation
    from locum.responses import Response
    from locum.server.services import Service
    from locum.world.worlds import World

__all__ = [
    "EXAMPLES",
    "Asked",
    "RecordedExamples",
    "ReplayedExample",
    "asked_in",
    "examples_file",
    "load_recorded",
    "read_examples",
    "record_files",
]

EXAMPLES = "_examples"
"""The name, without suffix, of the file with the responses that are no records."""
RECORDING = "_recording"
"""The name, without suffix, of the file that says how a recording was redacted."""
_SUFFIXES = (".json", ".yaml", ".yml", ".csv")


class Redacted(NamedTuple):
    """How the values of members were replaced by pseudonyms, so that it can be done again."""

    members: tuple[str, ...] = ()
    seed: int = 0
    locale: str = "en"

    @property
    def pseudonyms(self) -> Pseudonyms:
        """The pseudonyms of the same values, as they were made."""
        return Pseudonyms(self.members, self.seed, self.locale)

    @classmethod
    def read(cls, folder: Path) -> Redacted:
        """Read the file in the folder of a fixture; without one, nothing was replaced. Raises OSError, ValueError."""
        file = _file_named(folder, RECORDING)
        if file is None:
            return cls()
        content = read_records(file)
        try:
            redact = tuple(str(member) for member in content["redact"])
            return cls(redact, int(content.get("seed", 0)), Locale(content.get("locale", "en")).value)
        except (KeyError, TypeError, AttributeError, ValueError):
            message = "`redact` is a list of members, `seed` a number, `locale` a language"
            raise ValueError(message) from None

    def plain(self) -> dict[str, Any]:
        """Return the form in a file."""
        return {"redact": list(self.members), "seed": self.seed, "locale": self.locale}


class Recording(NamedTuple):
    """The recorded responses of one operation, by request and in turn; None means that the records have one."""

    by_request: dict[str, list[RecordedExamples | None]]
    redacted: Redacted


class RecordedExamples(NamedTuple):
    """A recorded response. `body` is a JSON value, a text, or bytes."""

    status: int
    headers: dict[str, str]
    body: Any = None

    def plain(self) -> dict[str, Any]:
        """Return the form in a file."""
        head: dict[str, Any] = {"status": self.status} | ({"headers": self.headers} if self.headers else {})
        if isinstance(self.body, bytes):
            return {**head, "base64": base64.b64encode(self.body).decode()}
        return head if self.body is None else {**head, "body": self.body}

    @classmethod
    def from_plain(cls, plain: Any) -> RecordedExamples:
        """Read the form in a file. Raises ValueError."""
        status = plain.get("status") if isinstance(plain, dict) else None
        headers = plain.get("headers", {}) if isinstance(plain, dict) else None
        if not isinstance(status, int) or not isinstance(headers, dict):
            message = "a response is an object with `status`, and with `headers` and `body` if it has any"
            raise ValueError(message)  # noqa: TRY004 (of the file's content)
        body = plain.get("body")
        if "base64" in plain:
            try:
                body = base64.b64decode(str(plain["base64"]), validate=True)
            except binascii.Error:
                message = "`base64` is not valid base64"
                raise ValueError(message) from None
        return cls(status, {str(name): str(value) for name, value in headers.items()}, body)


class Asked(NamedTuple):
    """What a recorded request is found by: its path values, its declared query parameters, and its body.

    Secrets are hidden, so that a request with another password is the same request.
    """

    path: tuple[str, ...]
    query: dict[str, list[str]]
    body: Any

    @property
    def key(self) -> str:
        """A text that is the same for the same request."""
        return json.dumps([self.path, self.query, self.body], sort_keys=True, ensure_ascii=False, default=str)

    def plain(self) -> dict[str, Any]:
        """Return the form in a file."""
        query = {name: values[0] if len(values) == 1 else values for name, values in self.query.items()}
        parts = {"path": list(self.path), "query": query, "body": self.body}
        return {name: part for name, part in parts.items() if part not in ([], {}, None)}

    @classmethod
    def from_plain(cls, plain: Any) -> Asked:
        """Read the form in a file. Raises ValueError."""
        path, query = plain.get("path", []), plain.get("query", {})
        if not isinstance(path, list) or not isinstance(query, dict):
            message = "`path` is a list of texts, `query` an object"
            raise ValueError(message)  # noqa: TRY004 (of the file's content)
        pairs = {str(name): value if isinstance(value, list) else [value] for name, value in query.items()}
        return cls(
            tuple(map(str, path)), {name: list(map(str, values)) for name, values in pairs.items()}, plain.get("body")
        )


def asked_in(  # noqa: PLR0913, PLR0917 (a request, and what is hidden in it)
    operation: Operation,
    path: tuple[str, ...],
    query_string: bytes,
    body: Any,
    redaction: Redaction,
    pseudonyms: Pseudonyms | None = None,
    shapes: Shapes | None = None,
) -> Asked:
    """Return what a request is found by; `body` is the parsed body."""
    secrets, places = Secrets(redaction), {parameter.name: parameter for parameter in operation.by_location["query"]}
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True):
        base = name.partition("[")[0]
        if name in places or base in places or operation.by_location.get("querystring"):
            hidden = redaction.named("query", name) or (base in places and Place(places[base].schema).secret)
            query.setdefault(name, []).append(secrets.hide(value) if hidden else secrets.text(value))
    if isinstance(body, bytes):
        body = f"[{len(body)} bytes]"
    media = next(iter(operation.body.media_types.values()), None) if operation.body is not None else None
    schema = media.schema if media is not None else None
    body = None if body is None else secrets.elsewhere(secrets.value(body, Place(schema)))
    path = tuple(map(secrets.text, path))
    if pseudonyms and shapes is not None:
        body = pseudonyms.learn(body, schema, shapes)
        query = {
            name: [pseudonyms.learn(one, None, shapes, (name,)) for one in values] for name, values in query.items()
        }
        names = expressions_of(operation.path)
        path = tuple(pseudonyms.learn(one, None, shapes, (name,)) for name, one in zip(names, path, strict=False))
        path, query, body = pseudonyms.everywhere([path, query, body])
    return Asked(path, dict(sorted(query.items())), body)


class ReplayedExample:
    """Responds as recorded to the requests that were recorded; runs the operation's own action for all others.

    The nth request gets the nth recorded response, and later ones the last. None in place of a response means that
    the records have it.
    """

    def __init__(  # noqa: PLR0913 (an action, its recording, and what is hidden)
        self,
        operation: Operation,
        otherwise: Callable[[Request], Response],
        recording: Recording,
        redaction: Redaction,
        shapes: Shapes,
        *,
        changes: bool = False,
    ) -> None:
        """Set up the action. `changes` says that the operation's own action is run for what it changes."""
        self._operation = operation
        self._otherwise = otherwise
        self._recorded = recording.by_request
        self._redacted = recording.redacted
        self._redaction = redaction
        self._shapes = shapes
        self._changes = changes
        self._turns = ("turns of recorded responses", operation.method, operation.path)

    def __call__(self, request: Request) -> Response:
        """Return the response."""
        query = request.scope.get("query_string", b"")
        hidden = self._redaction, self._redacted.pseudonyms, self._shapes
        key = asked_in(self._operation, request.path, query, request.body, *hidden).key
        found = self._recorded.get(key)
        if found is None:
            return self._otherwise(request)
        recorded = found[self._turn(request.world, key, len(found)) if len(found) > 1 else 0]
        if recorded is None:
            return self._otherwise(request)
        if self._changes:
            with suppress(ApiError, Unsatisfiable):
                self._otherwise(request)
        return RecordedResponse(recorded.body, recorded.headers, recorded.status)

    def _turn(self, world: World, key: str, count: int) -> int:
        """Return the index of the response whose turn it is in a world."""
        table: dict[str, Any] = world.store.table(self._turns) or world.store.keep(self._turns, {}, lasting=False)
        turn = int(table.get(key, 0))
        table[key] = min(turn + 1, count - 1)
        return turn


def record_files(folder: Path, services: Sequence[Service]) -> Iterator[SeedFile]:
    """Yield the files of records in a folder. With several APIs, those of each may be in a folder with its name."""
    for place, own in _folders(folder, services):
        for file in sorted(place.iterdir()):
            if file.suffix.lower() in _SUFFIXES and file.stem not in {EXAMPLES, RECORDING} and file.name[0] != ".":
                yield SeedFile(file, own, "--fixture")


def _folders(folder: Path, services: Sequence[Service]) -> Iterator[tuple[Path, list[Service]]]:
    yield folder, list(services)
    for service in services:
        if (folder / service.name).is_dir():
            yield folder / service.name, [service]


def load_recorded(folder: Path, services: Sequence[Service], world: World) -> list[str]:
    """Make the records of a folder the seed data, and have its responses given. Returns notes for the user.

    Raises StartError, with all problems.
    """
    try:
        files = list(record_files(folder, services))
    except OSError as problem:
        raise StartError([f"--fixture {folder}: cannot be read: {problem.strerror}."]) from None
    problems: list[str] = []
    redacted = Redacted()
    try:
        redacted = Redacted.read(folder)
    except (OSError, ValueError) as problem:
        problems.append(f"--fixture {folder}: {RECORDING}: cannot be read: {_reason(problem)}.")
    for place, own in _folders(folder, services):
        for service, name, entries in read_examples(place, own, problems):
            moved = service.behaviour.moved
            by_request = {
                asked.key: [
                    None if one is None else one._replace(headers=moved(one.headers), body=moved(one.body))
                    for one in responses
                ]
                for asked, responses in entries
            }
            service.recorded[name] = Recording(by_request, redacted)
    if not files and not any(service.recorded for service in services) and not problems:
        problems.append(f"--fixture {folder}: the folder has no files of records. `locum record` writes them.")
    if problems:
        raise StartError(problems)
    return load_seed_data(files, world, exact=True)


Entries = list[tuple[Asked, list[RecordedExamples | None]]]


def examples_file(folder: Path) -> Path | None:
    """Return the file of the responses in a folder; None if there is none."""
    return _file_named(folder, EXAMPLES)


def _file_named(folder: Path, stem: str) -> Path | None:
    return next((file for suffix in _SUFFIXES[:3] if (file := folder / f"{stem}{suffix}").is_file()), None)


def _reason(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or str(problem)


def read_examples(
    folder: Path, services: Sequence[Service], problems: list[str]
) -> Iterator[tuple[Service, str, Entries]]:
    """Yield the recorded responses in a folder: the API, the operationId, and the responses by request."""
    file = examples_file(folder)
    if file is None:
        return
    try:
        content = read_records(file)
    except (OSError, ValueError) as problem:
        problems.append(f"--fixture {file}: cannot be read: {_reason(problem)}.")
        return
    if not isinstance(content, dict):
        problems.append(f"--fixture {file}: must be an object of recorded requests by operationId.")
        return
    known = {op.operation_id: (one, op) for one in reversed(services) for op in one.contract.operations.values()}
    for name, entries in content.items():
        if name not in known:
            problems.append(f"--fixture {file}: {name}: no operation has this operationId.{meant(str(name), known)}")
            continue
        service, operation = known[name]
        try:
            yield service, name, [_entry(one, operation) for one in entries]
        except (ValueError, TypeError, AttributeError, KeyError) as problem:
            problems.append(f"--fixture {file}: {name}: {problem or 'not a list of recorded requests'}.")


def _entry(plain: dict[str, Any], operation: Operation) -> tuple[Asked, list[RecordedExamples | None]]:
    asked = Asked.from_plain(plain.get("request", {}))
    responses = [None if one is None else RecordedExamples.from_plain(one) for one in plain["responses"]]
    if not responses:
        message = "a recorded request has `responses`, at least one"
        raise ValueError(message)
    for one in responses:
        if one is not None and operation.declares(one.status) is None:
            message = f"the operation declares no response {one.status}"
            raise ValueError(message)
    return asked, responses
