"""Constants: the members that say of what kind a record is, which are the same in every record of a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.vocabulary.hints import tokens
from locum.generate.vocabulary.names import words_of_kind
from locum.openapi.pointers import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.generate.planning.parts import Merged
    from locum.generate.vocabulary.hints import Hint
    from locum.openapi.compile.schemas import Schemas

__all__ = ["constant_of", "own_name", "says_kind"]

_NAMES = frozenset(
    {
        ("object",), ("type",), ("kind",), ("resource", "type"), ("object", "type"), ("record", "type"),
        ("entity", "type"), ("typename",), ("api", "version"), ("node", "type"), ("object", "name"),
    }
)  # fmt: skip
_GROUP = "x-kubernetes-group-version-kind"
_JSON_API = frozenset({"id", "type", "attributes", "relationships", "links", "meta"})
"""The members of a record in JSON:API, whose `type` is a plural: `articles`."""


def says_kind(hint: Hint) -> bool:
    """Whether a member says of what kind its record is: `object`, `resource_type`, `apiVersion`."""
    return bool(hint.holder) and tuple(tokens(hint.name)) in _NAMES


def constant_of(merged: Merged, schemas: Schemas, judge: Callable[[Any], bool]) -> Any:
    """Return the one value that schemas give to a kind member; None where there is none, or a choice.

    That is the single value of an alternative (`anyOf: [string, {enum: [invoice]}]`), else the only example, of the
    most special schema that has one.
    """
    alternatives = {
        value
        for choice in merged.choices
        for alternative in choice.alternatives[: choice.likely]
        for part in alternative
        for value in _single(follow(schemas.document, part.schema))
    }
    if len(alternatives) == 1 and judge(value := next(iter(alternatives))):
        return value
    for schema in reversed([*merged.described, *merged.fragments]):
        examples = list(_examples(schema))
        fitting = [example for example in examples if isinstance(example, str) and judge(example)]
        if fitting:
            return fitting[0] if len(set(fitting)) == 1 else None
    return None


def _single(schema: Any) -> Iterator[str]:
    values = schema.get("enum") if isinstance(schema, dict) else None
    if isinstance(schema, dict) and isinstance(schema.get("const"), str):
        yield schema["const"]
    elif isinstance(values, list) and len(values) == 1 and isinstance(values[0], str):
        yield values[0]


def _examples(schema: dict[str, Any]) -> Iterator[Any]:
    if "example" in schema:
        yield schema["example"]
    yield from schema["examples"] if isinstance(schema.get("examples"), list) else ()


def own_name(hint: Hint, schemas: Schemas) -> str:
    """Return what a kind member says where its schema leaves that open: the name of the record's schema.

    It is written as the API's other kinds are: `Pod` beside an `apiVersion`, `articles` in JSON:API, else `tax_rate`.
    """
    components = (schemas.document.get("components") or {}).get("schemas") or {}
    holder = components.get(hint.holder)
    holder = holder if isinstance(holder, dict) else {}
    properties = holder.get("properties") or {}
    said = tuple(tokens(hint.name))
    groups = holder.get(_GROUP)
    group = groups[0] if isinstance(groups, list) and groups and isinstance(groups[0], dict) else None
    if said == ("api", "version"):
        return _version(group, hint.holder)
    if group is not None and isinstance(group.get("kind"), str):
        return str(group["kind"])
    words = words_of_kind(hint.holder) or ["object"]
    if said == ("typename",) or hint.name in {"@type", "resourceType"} or "apiVersion" in properties:
        last = hint.holder.rpartition(".")[2]
        return last if last.isalnum() and last[:1].isupper() else "".join(map(str.capitalize, words))
    if "attributes" in properties and properties.keys() <= _JSON_API:
        return "-".join([*words[:-1], _plural(words[-1])])
    return "_".join(words)


def _version(group: dict[str, Any] | None, holder: str) -> str:
    if group is not None:
        return "/".join(filter(None, (str(group.get("group") or ""), str(group.get("version") or "v1"))))
    steps = holder.split(".")  # io.k8s.api.apps.v1.Deployment
    if len(steps) > 3 and steps[-2][:1] == "v" and steps[-2][1:2].isdigit():  # noqa: PLR2004 (a group at least)
        return steps[-2] if steps[-3] in {"core", "meta"} else f"{steps[-3]}/{steps[-2]}"
    return "v1"


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
