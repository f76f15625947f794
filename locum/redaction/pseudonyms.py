"""Pseudonyms: each value of chosen members becomes another plausible value, the same one everywhere."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any

from locum.generate.generation import Generation, GenerationOptions
from locum.generate.vocabulary.hints import Hint
from locum.generate.vocabulary.names import is_generic, text_for
from locum.redaction.known import SHORT, spellings
from locum.redaction.names import words_of
from locum.redaction.texts import REDACTED
from locum.world.clock import EPOCH
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from locum.infer.resources.shapes import Shapes
    from locum.openapi.schemas.schemas import Schema

__all__ = ["Pseudonyms"]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+\Z")
_NAME = re.compile(r"[A-Z][\w'-]+(?: [A-Z][\w.'-]*)*\Z")
"""What may be the name of a person."""
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9]+(?:[-_/.:][A-Za-z0-9]+)*\Z")
"""What has a form rather than words: a number, a code."""
_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_WORDS, _TRIES = 8, 50
"""How many pseudonyms are tried that are words, and that have the form of the value."""
_PREFIX = 4
"""The number of first letters by which values are searched in texts."""
_FIRST_DIGITS = "123456789"


class Pseudonyms:
    """Replaces the values of members by other values.

    A member is chosen by its name in any style, or by the last words of it: `email` chooses `Email` and
    `billing_email`; `user.name` chooses `name` in an object `user` only. The same seed gives the same value the same
    pseudonym in every recording, except where two values would get one pseudonym.
    """

    def __init__(self, members: Iterable[str], seed: int = 0, locale: str = "en") -> None:
        self._chosen = [[words_of(step) for step in member.split(".")] for member in members if member.strip(".")]
        self._seed = seed
        self._locale = locale
        self._known: dict[Any, Any] = {}
        self._taken: set[Any] = set()
        self._index: dict[str, dict[int, dict[str, str]]] = {}
        """The pseudonyms of known values by all their spellings; these by their first letters, then by length."""

    def __bool__(self) -> bool:
        return bool(self._chosen)

    def __len__(self) -> int:
        return len(self._known)

    def learn(self, value: Any, schema: Schema | None, shapes: Shapes, above: tuple[str, ...] = ()) -> Any:
        """Return a JSON value with pseudonyms in the chosen members, and remember them; `above` are its names."""
        if not self._chosen:
            return value
        if isinstance(value, dict):
            inner = shapes.of(schema).properties if schema is not None else {}
            return {name: self.learn(one, inner.get(name), shapes, (*above, name)) for name, one in value.items()}
        if isinstance(value, list):
            items = shapes.of(schema).items if schema is not None else None
            return [self.learn(one, items, shapes, above) for one in value]
        if not self._is_chosen(above):
            return value
        return self._instead(value, above[-1], None if schema is None else schema.is_valid)

    def everywhere(self, value: Any) -> Any:
        """Return a value in which every known value has its pseudonym, also within texts."""
        if not self._known:
            return value
        if isinstance(value, str):
            instead = self._known.get(value)
            return instead if isinstance(instead, str) else self._text(value)
        if isinstance(value, dict):
            return {self.everywhere(name): self.everywhere(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.everywhere(one) for one in value)
        return value

    def _text(self, text: str) -> str:
        """Replace the values in a text, however they are spelt."""
        if len(text) < SHORT:
            return text
        pieces, at, start, index = [], 0, 0, self._index
        while at < len(text):
            here = index.get(text[at : at + _PREFIX])
            lengths = [length for length in here if text[at : at + length] in here[length]] if here else ()
            if not here or not lengths:
                at += 1
                continue
            longest = max(lengths)
            pieces += [text[start:at], here[longest][text[at : at + longest]]]
            at = start = at + longest
        return "".join([*pieces, text[start:]]) if pieces else text

    def _is_chosen(self, above: tuple[str, ...]) -> bool:
        """Return whether a member is chosen: by its own name or, with dots, also by those of the objects around it.

        Of an object that is chosen, every member is.
        """
        steps = [words_of(name) for name in above]
        return any(
            all(_ends_with(step, wanted) for step, wanted in zip(steps[start:], chosen, strict=False))
            for chosen in self._chosen
            for start in range(len(steps) - len(chosen) + 1)
        )

    def _instead(self, value: Any, name: str, fits: Callable[[Any], bool] | None) -> Any:
        if not isinstance(value, str | int | float) or isinstance(value, bool) or value in ("", REDACTED):
            return value
        if value in self._taken and value not in self._known:
            return value  # a pseudonym of an earlier recording
        if value not in self._known:
            fitting = (one for one in self._candidates(value, name) if fits is None or fits(one))
            chosen = next((one for one in fitting if one not in self._taken and one != value), None)
            if chosen is None:  # an enumeration with few values, or a schema that nothing fits
                chosen = next((one for one in self._candidates(value, name) if fits is None or fits(one)), REDACTED)
            self._known[value] = chosen
            self._taken.add(chosen)
            for one in spellings(value) if isinstance(value, str) and len(value) >= SHORT else ():
                self._index.setdefault(one[:_PREFIX], {}).setdefault(len(one), {})[one] = str(chosen)
        return self._known[value]

    def _candidates(self, value: Any, name: str) -> Iterator[Any]:
        """Yield pseudonyms, the most plausible first. They depend on the seed and the value alone."""
        folded = value.casefold() if isinstance(value, str) else value
        if isinstance(value, str) and not _CODE.match(value):
            text = text_for(Hint("email" if _EMAIL.match(value) else name))
            if (text is None or is_generic(text)) and _NAME.match(value):
                text = text_for(Hint("full_name" if " " in value else "first_name"))
            if text is not None and not is_generic(text):
                for attempt in range(_WORDS):
                    random = chance(self._seed, "pseudonym", folded, attempt)
                    made = text(Generation(random, EPOCH, GenerationOptions(locale=self._locale)))
                    if attempt > 1 and "@" in made:  # there are more addresses than names
                        made = made.replace("@", f"{random.randrange(10, 10_000)}@", 1)
                    yield made
        for attempt in range(_TRIES):
            random = chance(self._seed, "pseudonym", folded, "form", attempt)
            if isinstance(value, str):
                yield "".join(
                    next((random.choice(letters) for letters in _CLASSES if letter in letters), letter)
                    for letter in value
                )
            elif isinstance(value, int):
                digits = str(abs(value))
                made = random.choice(_FIRST_DIGITS) + "".join(random.choices(string.digits, k=len(digits) - 1))
                yield int(made) * (-1 if value < 0 else 1)
            else:
                yield round(value * random.uniform(0.5, 1.5), len(repr(value).partition(".")[2]))


def _ends_with(words: list[str], wanted: list[str]) -> bool:
    """Return whether a name's last words are those wanted; the last may be a plural: `emails`."""
    if not wanted or len(words) < len(wanted):
        return False
    own = words[-len(wanted) :]
    return own[:-1] == wanted[:-1] and own[-1] in {wanted[-1], wanted[-1] + "s", wanted[-1] + "es"}
