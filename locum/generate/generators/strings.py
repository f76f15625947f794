"""Strings: texts that fit lengths, patterns and formats."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import jsonschema_rs

from locum.generate.generation import Unsatisfiable
from locum.generate.patterns import match_of
from locum.generate.vocabulary import texts
from locum.generate.vocabulary.formats import content_text, fitting, format_text
from locum.generate.vocabulary.likeness import REFINEMENTS, examples_in, form_of, like, text_of_description, values_in
from locum.generate.vocabulary.names import OPAQUE, REFINED, is_generic, is_prose, text_for
from locum.openapi.patterns import matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.generate.generation import Generation
    from locum.generate.planning.keywords import Merged
    from locum.generate.vocabulary.hints import Hint
    from locum.generate.vocabulary.texts import Text

__all__ = ["string_generator"]

_LONGEST = 1 << 20
"""Limit of the characters in a string."""

_ROOM = 12
_TRIES = 40
"""Attempts at a string that matches a pattern."""


@cache
def _has_format(name: str) -> Callable[[Any], bool]:
    validator: Callable[[Any], bool] = jsonschema_rs.Draft202012Validator(
        {"format": name}, validate_formats=True
    ).is_valid
    return validator


def string_generator(merged: Merged, hint: Hint, own: Text | None = None) -> Text:
    """Return the generator of a schema's strings: by format, name and description, then by pattern and length.

    `own` is the preferred text, if the schema accepts it.
    """
    low, high = merged.least.get("minLength", 0), min(merged.most.get("maxLength", _LONGEST), _LONGEST)
    if low > high:
        raise Unsatisfiable
    formats = merged.formats or (["byte"] if merged.encoding == "base64" else [])
    text = own or _usual(merged, formats, hint)
    if not merged.patterns and (low, high) == (0, _LONGEST) and len(formats) <= 1:
        return text
    limits = _Limits(merged.patterns, formats, low, high)
    validators = [matcher(pattern) for pattern in merged.patterns] + [_has_format(name) for name in formats]

    def make(run: Generation) -> str:
        for candidate in _candidates(run, text, limits):
            if low <= len(candidate) <= high and all(validator(candidate) for validator in validators):
                return candidate
        raise Unsatisfiable

    return make


def _usual(merged: Merged, formats: list[str], hint: Hint) -> Text:
    """Return the realistic text for a place, by its format, name, description, or the form of its examples."""
    text = next((text for name in formats if (text := format_text(name, hint, merged.media_type))), None)
    if merged.media_type and text is None:
        return content_text(merged.media_type)
    named = None if text else text_for(hint)
    schemas = [*merged.described, *merged.fragments]
    if text is None and (named is None or is_generic(named) or named in OPAQUE):
        descriptions = [schema["description"] for schema in schemas if isinstance(schema.get("description"), str)]
        text = next((found for one in descriptions if (found := text_of_description(one))), None)
        quoted = [] if text or named else [value for one in descriptions for value in examples_in(one)]
        text = text or named or _quoted(quoted) or texts.word
    elif named == texts.STATE:
        descriptions = [schema["description"] for schema in schemas if isinstance(schema.get("description"), str)]
        values = [value for one in descriptions for value in values_in(one)] + [
            one for schema in schemas for one in _strings(schema)
        ]
        text = _quoted(list(dict.fromkeys(values)))
    elif named in REFINED:
        descriptions = [schema["description"] for schema in schemas if isinstance(schema.get("description"), str)]
        text = next((found for one in descriptions if (found := text_of_description(one)) in REFINEMENTS), None)
    text = text or named or texts.word
    shown = [value for schema in schemas for value in _strings(schema)]
    if not shown:
        return text
    if named is None or is_generic(named) or named in OPAQUE:
        formed = form_of(shown[0], hint.name) if not formats else None
        if formed is not None:
            return formed
        if not formats or text is texts.url:
            return _alike(shown, text)
    return text


def _strings(schema: dict[str, Any]) -> Iterator[str]:
    examples = schema.get("examples")
    for value in [schema.get("example"), *(examples if isinstance(examples, list) else ())]:
        if isinstance(value, str) and value:
            yield value


def _quoted(values: list[str]) -> Text | None:
    return (lambda run: run.pick(values)) if values else None


def _alike(shown: list[str], text: Text) -> Text:
    """Return a generator of texts in the form of examples, if the generation is `alike`."""

    def alike(run: Generation) -> str:
        if not run.alike:
            return text(run)
        example = run.pick(shown)
        made = like(run, example)
        return f"{made}-{run.between(2, 999)}" if made == example and text is texts.identifier else made

    return alike


class _Limits(NamedTuple):
    """The constraints of a string."""

    patterns: list[str]
    formats: list[str]
    low: int
    high: int


def _candidates(run: Generation, text: Text, limits: _Limits) -> Iterator[str]:
    """Yield strings that may fit, realistic ones first."""
    patterns, formats, low, high = limits
    usual = text(run)
    yield usual
    if not patterns and not formats:
        size = min(max(len(usual), low), high)
        if is_prose(text) or " " in usual:
            yield texts.sized(run, usual, low, high)
            yield texts.prose(run, low, high)
        else:
            yield usual[:high] if len(usual) > high and not usual[high - 1 : high].isspace() else usual
            yield texts.token(run, size)
    for name in formats:
        yield from fitting(name, run, low, high)
    for attempt in range(_TRIES if patterns else 0):
        odd = attempt > 1 and attempt % 2 == 1
        # A pattern without an anchor at one end leaves room for what a format requires.
        room = min(high, low + _ROOM * (attempt % 4)) if formats else low
        made = [match.string(run, room, high, odd=odd) for match in map(match_of, patterns) if match is not None]
        yield from made
        if len(made) > 1:  # one pattern may be for the beginning, another for the end
            yield "".join(made)
            yield "".join(reversed(made))
    if patterns:  # for a pattern that cannot be parsed or that has a lookaround
        yield from (texts.token(run, size) for size in (0, low, low + 1, low + 4, low + 12) for _ in range(4))
