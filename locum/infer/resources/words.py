"""Words: split names into words, and compare names regardless of case style and number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.memo import memoized
from locum.openapi.pointers import pointer_of

if TYPE_CHECKING:
    from locum.infer.resources.shapes import Shape, Shapes

__all__ = ["plain_name", "plural", "same", "singular", "stem", "words_of"]


_BOUNDARY = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])"
    r"|(?<=[A-Z])(?=[A-Z][a-z])(?![A-Z]s(?![a-z]))"  # `HTTPServer` is two words, `petIDs` is not three
    r"|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"
)
_SEPARATORS = re.compile(r"[\W_]+")

_UNCOUNTABLE = """
    data metadata media news series species means headquarters information equipment software hardware firmware
    feedback sheep fish aircraft offspring analytics statistics logistics physics mathematics economics
    alias atlas bias canvas gas lens always yes has was does this chaos cosmos ethos kudos christmas pancreas iris
    aws cors css cvss dns ecs eks gps https iaas ios jenkins kubernetes nfs paas pos rds redis rss saas sms sns sqs
    tls vps aes
"""
"""Nouns with equal singular and plural; from the third line on, singulars that look like plurals."""

_IRREGULAR = {
    "person": "people", "child": "children", "man": "men", "woman": "women", "mouse": "mice", "goose": "geese",
    "foot": "feet", "tooth": "teeth", "ox": "oxen", "quiz": "quizzes",
    "index": "indices", "vertex": "vertices", "matrix": "matrices", "appendix": "appendices",
    "criterion": "criteria", "phenomenon": "phenomena", "bacterium": "bacteria", "erratum": "errata",
    "alumnus": "alumni", "radius": "radii", "nucleus": "nuclei", "stimulus": "stimuli", "locus": "loci",
    "analysis": "analyses", "axis": "axes", "basis": "bases", "crisis": "crises", "diagnosis": "diagnoses",
    "hypothesis": "hypotheses", "synthesis": "syntheses", "synopsis": "synopses", "thesis": "theses",
    "life": "lives", "knife": "knives", "wife": "wives", "shelf": "shelves", "half": "halves", "wolf": "wolves",
    "calf": "calves", "loaf": "loaves", "thief": "thieves", "scarf": "scarves", "leaf": "leaves", "self": "selves",
    "hero": "heroes", "potato": "potatoes", "tomato": "tomatoes", "echo": "echoes", "veto": "vetoes",
    "cargo": "cargoes", "mango": "mangoes", "torpedo": "torpedoes", "embargo": "embargoes",
    "epoch": "epochs", "stomach": "stomachs", "monarch": "monarchs", "tech": "techs",
}  # fmt: skip
_PLAIN = """
    movies cookies ties pies lies dies calories selfies zombies hoodies smoothies brownies rookies sorties
    caches headaches niches avalanches quiches creches uses reuses fuses muses excuses recluses
    shoes toes canoes foes oboes menus submenus cpus gpus vcpus tpus skus gurus haikus
    apis wikis kpis taxis uis guis uris emojis pois dois alibis safaris bases
"""
"""Plurals that only lose their `s`, against the rule for their ending."""

_SINGULARS = {many: one for one, many in _IRREGULAR.items()} | {
    "indexes": "index", "vertexes": "vertex", "appendixes": "appendix", "schemata": "schema", "buses": "bus",
    "aliases": "alias", "atlases": "atlas", "biases": "bias", "canvases": "canvas", "gases": "gas", "lenses": "lens",
    "irises": "iris",
} | {many: many[:-1] for many in _PLAIN.split()} | {word: word for word in _UNCOUNTABLE.split()}  # fmt: skip
_ALIKE = frozenset(_UNCOUNTABLE.split())
_ENDINGS = (
    # (of the plural, of the singular); the first match counts
    ("ies", "y"),
    ("yses", "ysis"),
    ("sses", "ss"),
    ("shes", "sh"),
    ("ches", "ch"),
    ("xes", "x"),
    ("zzes", "zz"),
    ("auses", "ause"),
    ("ouses", "ouse"),
    ("uses", "us"),
    ("ss", "ss"),
    ("us", "us"),
    ("is", "is"),
    ("s", ""),
)
_LONGEST_THAT_IS_ONE = 2
"""Words of this length are never plurals: `is`, `us`, `os`."""


@memoized(10_000)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `petId`, `pet-id` and `pet.ID` are all `("pet", "id")`."""
    return tuple(word.lower() for word in _SEPARATORS.split(_BOUNDARY.sub("_", name)) if word)


@memoized(10_000)
def singular(word: str) -> str:
    """Return the singular of an English noun in lower case; a singular is returned unchanged."""
    if word in _SINGULARS:
        return _SINGULARS[word]
    if len(word) <= _LONGEST_THAT_IS_ONE:
        return word
    for ending, one in _ENDINGS:
        if word.endswith(ending):
            return word[: -len(ending)] + one
    return word


@memoized(10_000)
def plural(word: str) -> str:
    """Return the plural of an English noun in lower case; a plural is returned unchanged."""
    word = singular(word)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word + "es" in _SINGULARS:
        return word + "es"
    if word in _ALIKE:
        return word
    if word.endswith("y") and word[-2:-1] not in {"a", "e", "i", "o", "u", ""}:
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


@memoized(10_000)
def stem(name: str) -> str:
    """Return the normal form of a name, for comparison: `petid` for `petIDs` and `pet_id`."""
    return "".join(map(singular, words_of(name)))


def same(a: str, b: str) -> bool:
    """Return whether two names are equal except for case style and number."""
    return stem(a) == stem(b)


_EXTENTS = frozenset({
    "compact", "simple", "minimal", "nullable", "public", "private", "base", "brief", "ref", "reference", "summary",
    "response", "full", "mini", "short", "basic", "detail", "details", "detailed", "request", "dto", "entity", "model",
    "output", "read", "object", "resource", "item", "expanded", "extended", "with", "info", "simplified", "normal",
    "partial", "slim", "lite",
})  # fmt: skip
"""Words in a schema's name for the extent to which it shows a record."""


def plain_name(shape: Shape, shapes: Shapes) -> tuple[str, ...] | None:
    """Return the words of a component's name without those for its extent: `project` for `ProjectCompact`."""
    pointer = shapes.identity(shape.schema)
    head, _, name = pointer.rpartition("/")
    if not head.endswith("/schemas"):
        names = {_plain(pointer_of(one)) for one in _alternatives(shape)}
        return names.pop() if len(names) == 1 else None  # PublicUser or PrivateUser is a user
    return _plain(name)


def _alternatives(shape: Shape) -> list[str]:
    raw = shape.schema.raw if isinstance(shape.schema.raw, dict) else {}
    parts = [part for keyword in ("anyOf", "oneOf") for part in raw.get(keyword) or () if isinstance(part, dict)]
    return [part["$ref"] for part in parts if isinstance(part.get("$ref"), str)] if "properties" not in raw else []


def _plain(pointer: str) -> tuple[str, ...] | None:
    name = pointer.rpartition("/")[2]
    return tuple(singular(word) for word in words_of(name) if word not in _EXTENTS) or None
