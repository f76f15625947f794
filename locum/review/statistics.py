"""Statistics: how large a contract is, and how much of it is documented, protected and used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import BrokenReference, follow, join, pointer_of
from locum.openapi.schemas.dialects import Direction
from locum.openapi.wire.json_values import write_json
from locum.review.lint.openapi_rules import RULES
from locum.review.lint.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.contracts import Contract

__all__ = ["Share", "Statistics", "statistics_of"]

_DEEPEST = 50
_MOST_BODIES = 5
_DATA = frozenset({"example", "examples", "default", "enum", "const"})


@dataclass(frozen=True, slots=True)
class Share:
    """How many of all have something."""

    with_it: int
    of: int

    @property
    def percent(self) -> float:
        """The share in percent; 100 of nothing."""
        return 100 * self.with_it / self.of if self.of else 100.0

    def __str__(self) -> str:
        """Return the share in words."""
        return f"{self.with_it} of {self.of} ({self.percent:.0f} %)" if self.of else "none"


@dataclass(slots=True)
class Statistics:
    """The figures of one document."""

    title: str
    place: str
    version: str
    operations: int = 0
    methods: dict[str, int] = field(default_factory=dict)
    deprecated: int = 0
    parameters: int = 0
    responses: int = 0
    webhooks: int = 0
    schemas: int = 0
    """Schema objects of any kind."""
    named_schemas: int = 0
    depth: int = 0
    """The levels of objects and lists in the deepest body; a circular one counts as far as its first repetition."""
    circular: int = 0
    """Named schemas that contain themselves."""
    secured: Share = field(default_factory=lambda: Share(0, 0))
    described: Share = field(default_factory=lambda: Share(0, 0))
    properties_described: Share = field(default_factory=lambda: Share(0, 0))
    with_examples: Share = field(default_factory=lambda: Share(0, 0))
    """Media types of requests and responses with an example, their own or one of the schema."""
    security_schemes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    """Components that nothing refers to."""
    longest_examples: tuple[tuple[str, int], ...] = ()
    """The places of the longest examples of bodies, with their bytes as JSON."""
    bytes: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the figures as a JSON object."""
        found: dict[str, Any] = {}
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, Share):
                value = {"count": value.with_it, "of": value.of, "percent": round(value.percent, 1)}
            elif name == "longest_examples":
                value = [{"pointer": pointer, "bytes": size} for pointer, size in value]
            found[name] = list(value) if isinstance(value, tuple) else value
        return found

    @property
    def rows(self) -> Iterator[tuple[str, str]]:
        """The figures as a table for people."""
        methods = ", ".join(f"{count} {name}" for name, count in self.methods.items())
        yield "operations", f"{self.operations}" + (f" ({methods})" if methods else "")
        yield "deprecated operations", str(self.deprecated)
        yield "webhooks", str(self.webhooks)
        yield "parameters", str(self.parameters)
        yield "responses", str(self.responses)
        yield "schemas", f"{self.schemas}, {self.named_schemas} of them named, {self.circular} circular"
        yield "deepest body", f"{self.depth} levels"
        yield "operations with security", str(self.secured)
        yield "security schemes", ", ".join(self.security_schemes) or "none"
        yield "operations with a description", str(self.described)
        yield "properties with a description", str(self.properties_described)
        yield "bodies with an example", str(self.with_examples)
        yield "unused components", str(len(self.unused)) + (f": {_some(self.unused)}" if self.unused else "")
        longest = ", ".join(f"#{pointer} ({size:,} bytes)" for pointer, size in self.longest_examples[:1])
        yield "longest example of a body", longest or "none"
        yield "size", f"{self.bytes:,} bytes"


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(name.removeprefix("/components/") for name in names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004 (those shown)


def statistics_of(contract: Contract) -> Statistics:
    """Return the figures of a contract."""
    subject = Subject(contract)
    document = contract.as_read
    content = document.content
    found = Statistics(
        document.title, document.place, str(subject.content.get("openapi", subject.content.get("swagger")))
    )
    operations = list(contract.operations.values())
    found.operations = len(operations)
    found.methods = dict(Counter(one.method for one in operations).most_common())
    found.deprecated = sum(one.deprecated for one in operations)
    found.parameters = sum(len(one.parameters) for one in operations)
    found.responses = sum(len(one.responses) for one in operations)
    webhooks = content.get("webhooks")
    found.webhooks = len(webhooks) if isinstance(webhooks, dict) else 0
    found.secured = Share(sum(any(one.security) for one in operations), len(operations))
    found.described = Share(sum(bool(one.summary or one.description) for one in operations), len(operations))
    schemas = list(_schemas(content))
    found.schemas = len(schemas)
    properties = [part for _, one in schemas for part in _members(one)]
    described = sum(bool(_text(content, part)) for part in properties)
    found.properties_described = Share(described, len(properties))
    components = content.get("components")
    named = components.get("schemas") if isinstance(components, dict) else None
    named = named if isinstance(named, dict) else {}
    found.named_schemas = len(named)
    walk = _Depths(content)
    found.circular = sum(walk.is_circular(join("/components/schemas", name)) for name in named)
    _bodies(contract, found, walk)
    try:
        found.security_schemes = tuple(
            f"{name} ({scheme.get('type', 'any')})"
            for name, scheme in contract.security_schemes.items()
            if isinstance(scheme, dict)
        )
    except BrokenReference:
        found.security_schemes = ()
    rule = "oas2-unused-definition" if subject.version == "2" else "oas3-unused-component"
    found.unused = tuple(pointer for pointer, _ in RULES[rule].check(subject))
    found.bytes = len(document.source) + sum(len(part.source) for part in document.parts)
    return found


def _bodies(contract: Contract, found: Statistics, walk: _Depths) -> None:
    """Count the bodies with examples, and find the deepest and the longest."""
    count = shown = 0
    sizes: dict[str, int] = {}
    seen: set[int] = set()
    for operation in contract.operations.values():
        medias = [(Direction.REQUEST, one) for one in (operation.body.media_types.values() if operation.body else ())]
        medias += [
            (Direction.RESPONSE, one)
            for response in operation.responses.values()
            for one in response.media_types.values()
        ]
        for _, media in medias:
            if id(media) in seen:
                continue
            seen.add(id(media))
            count += 1
            schema = media.schema
            raw = schema.raw if schema is not None and isinstance(schema.raw, dict) else {}
            shown += bool(media.examples) or "example" in raw or "examples" in raw
            if schema is not None:
                found.depth = max(found.depth, walk.of(schema.pointer))
            for name, value in media.examples.items():
                try:
                    sizes[f"{operation.pointer} {media.declared} {name}".rstrip()] = len(write_json(value))
                except (TypeError, ValueError):
                    continue
    found.with_examples = Share(shown, count)
    found.longest_examples = tuple(sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_BODIES])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _members(schema: dict[str, Any]) -> list[Any]:
    properties = schema.get("properties")
    return list(properties.values()) if isinstance(properties, dict) else []


def _text(content: dict[str, Any], part: Any) -> Any:
    if isinstance(part, dict) and "description" not in part:
        try:
            part = follow(content, part)
        except BrokenReference:
            return None
    return part.get("description") or part.get("title") if isinstance(part, dict) else None


def _schemas(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema object that says something of its own, with its pointer."""
    pending: list[tuple[str, Any]] = [("", content)]
    while pending:
        pointer, value = pending.pop()
        if isinstance(value, dict):
            if {"type", "properties", "allOf", "oneOf", "anyOf", "enum"} & value.keys() and "in" not in value:
                yield pointer, value
            pending += [(join(pointer, key), inner) for key, inner in value.items() if key not in _DATA]
        elif isinstance(value, list):
            pending += [(join(pointer, index), inner) for index, inner in enumerate(value)]


class _Depths:
    """The depths of schemas, circles cut off."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self._known: dict[str, int] = {}
        self._references: dict[str, frozenset[str]] = {}

    def of(self, pointer: str) -> int:
        """Return the levels of objects and lists below a schema."""
        return self._depth({"$ref": f"#{pointer}"}, frozenset())

    def _depth(self, part: Any, above: frozenset[str]) -> int:
        if not isinstance(part, dict) or len(above) > _DEEPEST:
            return 0
        reference = part.get("$ref")
        if isinstance(reference, str):
            if reference in above:
                return 0
            if reference in self._known:
                return self._known[reference]
            try:
                target = follow(self._content, part)
            except BrokenReference:
                return 0
            depth = self._depth(target, above | {reference})
            self._known[reference] = depth
            return depth
        inner = [
            *_members(part),
            *(part[key] for key in ("items", "additionalProperties") if isinstance(part.get(key), dict)),
        ]
        below = 1 + max((self._depth(one, above) for one in inner), default=0) if inner else 0
        beside = [one for key in ("allOf", "oneOf", "anyOf") for one in _list(part.get(key)) if isinstance(one, dict)]
        return max([below, *(self._depth(one, above) for one in beside)])

    def is_circular(self, pointer: str) -> bool:
        """Return whether a schema contains itself."""
        seen: set[str] = set()
        pending = [pointer]
        while pending:
            place = pending.pop()
            for target in self._targets(place):
                if target == pointer:
                    return True
                if target not in seen:
                    seen.add(target)
                    pending.append(target)
        return False

    def _targets(self, pointer: str) -> frozenset[str]:
        known = self._references
        if pointer not in known:
            found: set[str] = set()
            try:
                pending = [follow(self._content, {"$ref": f"#{pointer}"})]
            except BrokenReference:
                pending = []
            while pending:
                value = pending.pop()
                if isinstance(value, dict):
                    if isinstance(value.get("$ref"), str) and value["$ref"].startswith("#"):
                        found.add(pointer_of(value["$ref"]))
                    pending += [inner for key, inner in value.items() if key not in _DATA]
                elif isinstance(value, list):
                    pending += value
            known[pointer] = frozenset(found)
        return known[pointer]
