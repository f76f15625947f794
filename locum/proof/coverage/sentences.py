"""Sentences: a cell that was never seen, as a person says it."""

from __future__ import annotations

import re

__all__ = ["MARK", "of_request", "parted", "sentence_of"]

_BRANCH = r"(?::(?:oneOf|anyOf)/\d+|:\w+|=.*)"
_CELL = re.compile(
    rf"""(?:
      (?P<answer>answer)\ (?P<status>\S+)(?:\ (?P<media>.+))?
    | (?P<location>path|query|header|cookie)\ (?P<parameter>.+?)(?P<of_parameter>(?:/.*)?{_BRANCH})
    | request:(?P<body>present|absent)
    | (?P<side>request|\S+)\ (?P<type>[^\s/]+/[^\s;]+(?:;\s*[^\s/]+)*)\ (?P<path>(?:/.*?)?)(?P<mark>{_BRANCH})
    )\Z""",
    re.VERBOSE,
)
MARK = re.compile(rf"(?P<path>(?:/.*?)?)(?P<mark>{_BRANCH})\Z")
"""The end of a cell's name: where in a value, and which branch is taken there."""
_PLACES = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}
_PHRASES = {
    ":null": "is null",
    ":value": "is not null",
    ":empty": "is an empty list",
    ":filled": "has items",
    ":minimum": "is at its minimum",
    ":maximum": "is at its maximum",
    ":minLength": "is as short as it may be",
    ":maxLength": "is as long as it may be",
    ":minItems": "has as few items as it may",
    ":maxItems": "has as many items as it may",
}


def parted(cell: str) -> dict[str, str]:
    """Return the parts of a cell's name, by what they are; empty for what is no name of a cell."""
    found = _CELL.match(cell)
    return {name: text for name, text in found.groupdict().items() if text is not None} if found else {}


def of_request(cell: str) -> bool:
    """Whether a cell is about what is asked: a parameter, or the body of a request."""
    return cell.partition(" ")[0].partition(":")[0] in {"request", "path", "query", "header", "cookie"}


def sentence_of(cell: str) -> str:
    """Say a cell that was never seen, as in `No answer 200 (application/json) whose /tags is an empty list.`."""
    parts = parted(cell)
    if "answer" in parts:
        return f"No answer {parts['status']}{_typed(parts.get('media', ''))}."
    if "location" in parts:
        within = MARK.match(parts["of_parameter"])
        path, mark = (within["path"], within["mark"]) if within else ("", "")
        owner = f"{parts['parameter']} in the {_PLACES[parts['location']]}"
        return f"No request{_phrase(path, mark, owner)}."
    if "body" in parts:
        return "No request with a body." if parts["body"] == "present" else "No request without a body."
    if "side" in parts:
        what = "request" if parts["side"] == "request" else f"answer {parts['side']}"
        return f"No {what}{_typed(parts['type'])}{_phrase(parts['path'], parts['mark'], '')}."
    return f"Never seen: {cell}."


def _typed(media_type: str) -> str:
    return f" ({media_type})" if media_type else ""


def _phrase(path: str, mark: str, owner: str) -> str:
    name = f"{path} of {owner}" if path and owner else path or owner
    if mark in {":present", ":absent"}:
        return f" {'with' if mark == ':present' else 'without'} {name}"
    if mark.startswith("="):
        said = f"is {mark[1:]}"
    elif mark.startswith((":oneOf/", ":anyOf/")):
        keyword, _, index = mark[1:].partition("/")
        said = f"is alternative {index} of its {keyword}"
    else:
        said = _PHRASES.get(mark, mark)
    return f" whose {name} {said}" if name else f" that {said}"
