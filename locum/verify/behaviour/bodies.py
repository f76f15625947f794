"""Bodies: make request bodies that a server accepts, each with values of its own."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from locum.generate.files.making import ORIGIN
from locum.generate.generator import Generator, Unsatisfiable
from locum.infer.resources.words import stem, words_of
from locum.redaction.names import is_secret
from locum.verify.behaviour.agreement import agrees, at_place
from locum.verify.behaviour.subjects import media_of
from locum.world.clock import EPOCH
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.verify.behaviour.subjects import BehaviourSubject

__all__ = ["Bodies", "choices_of", "is_free_text", "may_be_unique", "with_record", "word"]

_SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in "aeiou")
_FREE = frozenset({
    "name", "title", "label", "text", "summary", "description", "note", "comment", "message", "subject", "body",
    "content", "caption", "heading", "headline", "remark", "username", "login", "slug", "handle", "nickname",
    "displayname", "fullname", "firstname", "lastname", "topic", "reason", "nick", "sku", "code", "reference", "tag",
})  # fmt: skip
"""Stems of members with text that a client chooses."""
_SENTENCES = frozenset({"text", "summary", "description", "note", "comment", "message", "body", "content"})
_UNIQUE = frozenset({"email", "username", "login", "slug", "handle", "sku", "code", "key", "externalid", "number"})
_RULES = ("enum", "const", "pattern", "format")
_MOST_MEMBERS = 40


def word(*seeds: Any) -> str:
    """Return a word in lower case that is in no dictionary; the same for the same seeds."""
    random = chance(0, "word", *map(str, seeds))
    return "".join(random.choice(_SYLLABLES) for _ in range(4))


def is_free_text(name: str, schema: Schema) -> bool:
    """Return whether a member is text without a form, by its name and schema: a title, a description."""
    raw = schema.resolve(schema.raw)
    if not isinstance(raw, dict) or any(rule in raw for rule in _RULES) or is_secret(name):
        return False
    kinds = raw.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    last = words_of(name)[-1:] or ("",)
    return "string" in kinds and (stem(name) in _FREE or stem(last[0]) in _FREE)


def choices_of(schema: Schema) -> list[Any]:
    """Return the values of a member with few of them: an enum, or a boolean."""
    raw = schema.resolve(schema.raw)
    if not isinstance(raw, dict):
        return []
    for part in (raw, *(schema.resolve(one) for word in ("anyOf", "oneOf", "allOf") for one in raw.get(word) or ())):
        if isinstance(part, dict) and isinstance(part.get("enum"), list):
            return [value for value in part["enum"] if value is not None]
        if isinstance(part, dict) and part.get("type") == "boolean":
            return [True, False]
    return []


def with_record(body: Any, place: tuple[str | int, ...], record: dict[str, Any]) -> Any:
    """Return a body with another record at its place."""
    if not place:
        return record
    step, rest = place[0], place[1:]
    if isinstance(step, int):
        return [with_record(body[0] if isinstance(body, list) and body else {}, rest, record)]
    inner = body.get(step) if isinstance(body, dict) else None
    return {**(body if isinstance(body, dict) else {}), step: with_record(inner, rest, record)}


class Bodies:
    """Makes the bodies of one contract's operations."""

    def __init__(self, contract: Contract, seed: int, known: Mapping[tuple[str, str], Any]) -> None:
        """`known` has the JSON body of a successful request by path and method, where there was one."""
        self._generator = Generator(contract.schemas)
        self._seed = seed
        self._known = known
        self._good: dict[tuple[str, str], int] = {}
        """The number of the first form that the server accepted, by operation."""

    def accepted(self, operation: Operation, form: int) -> None:
        """Record which form of a body the server accepted, so that it is tried first."""
        self._good[operation.path, operation.method] = form

    def forms(
        self, subject: BehaviourSubject, operation: Operation, number: int, references: Mapping[str, Any]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield bodies in several forms with their numbers, the most complete first: whole bodies with the envelope.

        `references` has the values of members that refer to other records. Other optional references are left out.
        """
        media = media_of(operation)
        if media is None or media.schema is None:
            return
        first = self._good.get((operation.path, operation.method), 0)
        for form in (first, *(one for one in range(5) if one != first)):
            try:
                body = self._form(subject, operation, form, number)
            except Unsatisfiable:
                continue
            if isinstance(body, dict | list):
                body = _without_files(body)
                yield form, self._finished(subject, operation, body, number, references)

    def _form(self, subject: BehaviourSubject, operation: Operation, form: int, number: int) -> Any:
        media = media_of(operation)
        assert media is not None  # noqa: S101 (the caller has checked it)
        assert media.schema is not None  # noqa: S101 (as above)
        random = chance(self._seed, "behaviour", operation.operation_id, form, number)
        if form == 0:
            return self._generator.value(
                media.schema, random, EPOCH, examples=False, optional=1.0, alike=True, fresh=True, turn=number
            )
        if form == 1:  # the optional members with few values, which filters use, and no others
            body = self._form(subject, operation, 0, number)
            place, schema = subject.place_in(operation), subject.sent_schema(operation)
            record = at_place(body, place)
            if schema is None or not isinstance(record, dict):
                raise Unsatisfiable
            shape = subject.shapes.of(schema)
            kept = {
                name: value
                for name, value in record.items()
                if name in shape.required or (name in shape.properties and choices_of(shape.properties[name]))
            }
            return with_record(body, place, kept)
        if form == 2:  # noqa: PLR2004 (only what is required)
            return self._generator.value(media.schema, random, EPOCH, examples=False, optional=0.0, turn=number)
        if form == 3:  # noqa: PLR2004 (an example of the document)
            example = next(iter(media.fitting.values()), None)
        else:
            example = self._known.get((operation.path, operation.method.lower()))
        if example is None:
            raise Unsatisfiable
        return deepcopy(example)

    def _finished(
        self, subject: BehaviourSubject, operation: Operation, body: Any, number: int, references: Mapping[str, Any]
    ) -> Any:
        """Return a body whose free texts are its own, and whose references are those given."""
        place, schema = subject.place_in(operation), subject.sent_schema(operation)
        record = at_place(body, place)
        if schema is None or not isinstance(record, dict):
            return body
        shape = subject.shapes.of(schema)
        for name in list(record)[:_MOST_MEMBERS]:
            member = shape.properties.get(name)
            if member is not None:
                record[name] = self.plain(name, member, record[name], number)
        certain = {relation.member for relation in subject.relations if relation.is_certain}
        for name in certain & record.keys() - references.keys():
            if name not in shape.required:
                del record[name]
        record |= {name: value for name, value in references.items() if name in shape.properties}
        return with_record(body, place, record)

    def plain(self, name: str, schema: Schema, value: Any, number: int) -> Any:
        """Return a value that servers store as it is: text of one word, at most two decimals."""
        changed = value
        raw = schema.resolve(schema.raw)
        raw = raw if isinstance(raw, dict) else {}
        if isinstance(value, str) and is_free_text(name, schema):
            changed = self.text(name, schema, number)
        elif isinstance(value, str) and raw.get("format") == "email":
            changed = f"{word(self._seed, name, number)}@example.com"
        elif isinstance(value, float):
            changed = round(value, 2)
        return changed if schema.is_valid(changed) else value

    def text(self, name: str, schema: Schema, number: int) -> str:
        """Return a text for a member, within its length."""
        raw = schema.resolve(schema.raw)
        least, most = raw.get("minLength", 0), raw.get("maxLength", 10_000)
        text = word(self._seed, name, number)
        if stem(name) in _SENTENCES and most >= len(text) * 2 + 1:
            text = f"{text} {word(self._seed, name, number, 'more')}"
        while len(text) < least:
            text += word(self._seed, name, number, len(text))
        return text[: max(int(most), 1)]

    def other(self, name: str, schema: Schema, value: Any, number: int) -> Any:
        """Return another valid value of a member; the same one if there is none."""
        choices = choices_of(schema)
        if choices:
            position = next((index for index, one in enumerate(choices) if agrees(one, value)), -1)
            following = [*choices[position + 1 :], *choices[: max(position, 0)]] or choices
            # The first one is often what a server sets if it ignores the value.
            return next((one for one in following if one is not choices[0]), following[0])
        if is_free_text(name, schema):
            text = self.text(name, schema, number)
            return text if schema.is_valid(text) else value
        for turn in range(4):
            random = chance(self._seed, "other", name, number, turn)
            try:
                made = self._generator.value(schema, random, EPOCH, examples=False, optional=1.0, turn=number + turn)
            except Unsatisfiable:
                return value
            made = self.plain(name, schema, _without_files(made), number + turn)
            if not agrees(made, value):
                return made
        return value


def _without_files(value: Any) -> Any:
    """Return a body whose URLs of generated files, which the mock rewrites, are those of an example domain."""
    if isinstance(value, dict):
        return {name: _without_files(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_files(item) for item in value]
    return value.replace(ORIGIN, "https://example.com") if isinstance(value, str) else value


def may_be_unique(names: Collection[str]) -> list[str]:
    """Return the members whose values may have to be unique, by their names."""
    return [name for name in names if stem(name) in _UNIQUE]
