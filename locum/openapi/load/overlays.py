"""Overlays: change a document without changing its file (OpenAPI Overlay Specification 1.0 and 1.1)."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote, urlsplit

from locum.openapi.load.files import BadDocument, place_of, read_bytes
from locum.openapi.load.parsing import parse
from locum.openapi.load.places import places_of
from locum.openapi.near_names import meant
from locum.openapi.pointers import at, join

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Overlay", "concerns", "read_overlay"]

_VERSIONS = ("1.0", "1.1")
_KEYS = ("target", "description", "update", "remove", "copy")


@dataclass(slots=True)
class Overlay:
    """An overlay; `notes` has its targets that matched nothing."""

    place: str
    source: bytes
    content: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    def apply(self, document: dict[str, Any]) -> None:
        """Apply the actions in order, in place. `extends` is ignored; see `concerns`.

        Raises BadDocument for a target that is not a JSONPath (RFC 9535), and if a change does not fit its target.
        """
        for index, action in enumerate(self.content["actions"]):
            self._act(document, action, join("/actions", index))

    def _act(self, document: dict[str, Any], action: dict[str, Any], pointer: str) -> None:
        target = join(pointer, "target")
        selected = self._select(document, action["target"], target)
        if not selected:
            self.notes.append(f"{self._at(target)}: {action['target']} matches nothing, so nothing is changed.")
        if action.get("remove") is True:
            # From the end, so that the indexes of earlier items stay valid.
            for steps in reversed(selected):
                self._remove(document, steps, target)
            return
        for name in ("copy", "update"):
            if name in action:
                change = self._copied(document, action[name], join(pointer, name)) if name == "copy" else action[name]
                for steps in selected:
                    self._update(document, steps, copy.deepcopy(change), join(pointer, name))

    def _select(self, document: dict[str, Any], query: str, pointer: str) -> list[tuple[str | int, ...]]:
        # Imported here: few documents have overlays, and it takes a tenth of a second.
        from jsonpath import JSONPathEnvironment, JSONPathError  # noqa: PLC0415

        try:
            found = [match.parts for match in JSONPathEnvironment(strict=True).finditer(query, document)]
        except JSONPathError as problem:
            reason = str(problem.args[0]) if problem.args else "cannot be parsed"
            self._reject(
                pointer, f"{query!r} is not a JSONPath of RFC 9535: {reason}. Write one like $.paths['/pets'].get."
            )
        return list(dict.fromkeys(found))

    def _copied(self, document: dict[str, Any], query: str, pointer: str) -> Any:
        found = self._select(document, query, pointer)
        if len(found) != 1:
            self._reject(pointer, f"{query} selects {len(found)} places, and a copy is made of one.")
        return at(document, join("", *found[0]))

    def _update(self, document: dict[str, Any], steps: tuple[str | int, ...], change: Any, pointer: str) -> None:
        place = at(document, join("", *steps))
        if isinstance(place, dict) and isinstance(change, dict):
            _merge(place, change)
        elif isinstance(place, list):
            place += change if isinstance(change, list) else [change]
        elif isinstance(place, dict) or not steps:
            self._reject(
                pointer, f"{join('', *steps) or 'the document'} is an object, and only an object is merged into it."
            )
        else:
            at(document, join("", *steps[:-1]))[steps[-1]] = change

    def _remove(self, document: dict[str, Any], steps: tuple[str | int, ...], pointer: str) -> None:
        if not steps:
            self._reject(pointer, "the whole document cannot be removed.")
        del at(document, join("", *steps[:-1]))[steps[-1]]

    def check(self) -> None:
        """Raise BadDocument if it breaks the specification."""
        version = self.content.get("overlay")
        if not isinstance(version, str) or not version.startswith(_VERSIONS):
            self._reject("/overlay", f"must say 1.0.0 or 1.1.0 in quotes, not {version!r}.")
        actions = self.content.get("actions")
        if not isinstance(actions, list) or not actions:
            self._reject("/actions", "an overlay needs `actions`: a list of what to change.")
        for index, action in enumerate(actions):
            pointer = join("/actions", index)
            if not isinstance(action, dict) or not isinstance(action.get("target"), str):
                self._reject(pointer, "an action needs a `target`: a JSONPath such as $.paths['/pets'].get.")
            for key in action:
                if key not in _KEYS and not key.startswith("x-"):
                    self._reject(
                        join(pointer, key),
                        f"{key!r} is not known here; an extension begins with x-.{meant(key, _KEYS)}",
                    )
            if "remove" in action and not isinstance(action["remove"], bool):
                self._reject(join(pointer, "remove"), "must be true or false.")

    def _at(self, pointer: str) -> str:
        line, column = places_of(self.place, self.source, [pointer])[pointer]
        return f"{self.place}:{line}:{column}: #{pointer}"

    def _reject(self, pointer: str, reason: str) -> NoReturn:
        raise BadDocument(f"{self._at(pointer)}: {reason}")


def read_overlay(path: Path | str, cache: Path | None = None) -> Overlay:
    """Read an overlay. Raises BadDocument if it cannot be read or is not an overlay."""
    place = place_of(path)
    source = read_bytes(place)
    content = parse(place, source, cache)
    if not isinstance(content, dict) or "overlay" not in content:
        raise BadDocument(f"{place}:1:1: this is not an overlay, which is an object with the key `overlay`.")
    overlay = Overlay(place, source, content)
    overlay.check()
    return overlay


def concerns(overlay: Overlay, document: Path | str) -> bool:
    """Whether an overlay is for a document: its `extends` names that document, or is missing."""
    extends = overlay.content.get("extends")
    if not isinstance(extends, str):
        return True
    return unquote(urlsplit(extends).path).rpartition("/")[2] == place_of(document).rpartition("/")[2]


def _merge(place: dict[str, Any], change: dict[str, Any]) -> None:
    """Merge objects, concatenate lists, and replace any other value."""
    for key, value in change.items():
        present = place.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            present += value
        else:
            place[key] = value
