"""Files of records: JSON, YAML and CSV, in which records stand under the name or the path of their collection."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

from locum.files import read_text
from locum.infer.records.identifiers import ALONE
from locum.openapi.compile.router import ClaimedTwice, Router
from locum.openapi.near_names import meant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from locum.infer.behaviour import Behaviour
    from locum.infer.records.identifiers import Parents
    from locum.infer.resources.resources import Resource

__all__ = ["Collections", "RecordHome", "UnknownCollection", "path_below", "read_records", "stem_of"]

_EXPRESSION = re.compile(r"\{[^{}]*\}")


class RecordHome(NamedTuple):
    """Where the records under one name of a file belong."""

    behaviour: Behaviour
    resource: Resource
    parents: Parents | None = None
    """The path values above the records; None if the name is that of the collection, for all parents."""
    key: str | None = None
    """The key of the one record, if the name is the path of a record."""


class UnknownCollection(Exception):
    """A name in a file is not that of one collection. The message says what it could be."""


class Collections:
    """Finds the collection that a name in a file stands for."""

    def __init__(self, behaviours: Iterable[Behaviour]) -> None:
        self._known = [(behaviour, resource) for behaviour in behaviours for resource in behaviour.resources]
        self._routers: dict[bool, Router[RecordHome]] = {}

    def home(self, name: str, *, is_list: bool = True) -> RecordHome:
        """Return where the records under a name belong. Raises UnknownCollection.

        A name is the path of a collection as in the document (`/pets/{petId}/toys`), its last word (`toys`), the
        path of the collection below one record (`/pets/7/toys`), or that of one record (`/pets/7`, `/settings`). Paths
        can be alike: `is_list` says whether the name has a list of records, or one record.
        """
        wanted, known = _plain(name), self._known
        named = [one for one in known if _plain(one[1].path) == wanted]
        named = named or [one for one in known if _last(one[1]) == wanted.rpartition("/")[2] == wanted]
        if not named and name.startswith("/"):
            match = self._routes(of_lists=is_list).match(name)
            home = match.route.target("GET", b"") if match is not None else None
            if match is not None and home is not None:
                values = tuple(map(unquote, match.values))
                depth = home.resource.depth
                key = ALONE if home.resource.singleton else values[depth] if len(values) > depth else None
                return home._replace(parents=values[:depth], key=key)
        if len(named) > 1:
            tops = [one for one in named if one[1].depth == 0]
            named = tops if len(tops) == 1 else named
        if len(named) == 1:
            return RecordHome(*named[0])
        paths = sorted(one.path for _, one in (named or known))
        if named:
            message = f"several collections have this name. Write one of their paths: {', '.join(paths)}."
            raise UnknownCollection(message)
        hint = meant(name, [*paths, *(_last(one) for _, one in known)])
        raise UnknownCollection(f"no collection has this name or path.{hint}")

    def _routes(self, *, of_lists: bool) -> Router[RecordHome]:
        """Return a router of the paths of collections, or of those of single records."""
        router = self._routers.get(of_lists)
        if router is None:
            router = self._routers[of_lists] = Router()
            for behaviour, resource in self._known:
                path = resource.item
                if of_lists or resource.singleton:
                    path = None if of_lists and resource.singleton else resource.path
                if path is not None:
                    with suppress(ClaimedTwice):  # of two documents, the first counts
                        router.add("GET", path, RecordHome(behaviour, resource))
        return router


def path_below(resource: Resource, parents: Parents, key: str | None = None) -> str:
    """Return the path of a collection below its parents, or of one record of it: the name that a file has for it."""
    template = resource.item if key is not None and resource.item is not None else resource.path
    values = iter([*parents, *([] if key is None else [key])])
    return _EXPRESSION.sub(lambda _: quote(next(values, ""), safe=""), template)


def stem_of(path: str) -> str:
    """Return the file name for the records of a path, without its suffix: `pets.toys` for `/pets/{petId}/toys`."""
    words = [step for step in path.lower().split("/") if step and "{" not in step]
    return re.sub(r"[^a-z0-9.-]+", "-", ".".join(words)).strip("-.") or "records"


def read_records(file: Path) -> Any:
    """Return the content of a file of records. Raises OSError, and ValueError with the reason.

    The records of a CSV file have texts only. Dates of YAML are texts, as JSON has no type for them.
    """
    text = read_text(file)
    if file.suffix.lower() == ".csv":
        import csv  # noqa: PLC0415 (for such files only)
        import io  # noqa: PLC0415 (as above)

        return [
            {name: value for name, value in row.items() if name and value not in {None, ""}}
            for row in csv.DictReader(io.StringIO(text, newline=""))
        ]
    if file.suffix.lower() == ".json":
        import json  # noqa: PLC0415 (its errors name line and column)

        try:
            return json.loads(text)
        except RecursionError:
            message = "it is nested too deeply"
            raise ValueError(message) from None
    import yaml  # noqa: PLC0415 (for such files only)

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506 (a safe loader, without dates)
    except yaml.YAMLError as problem:
        raise ValueError(str(problem)) from None
    except RecursionError:
        message = "it is nested too deeply"
        raise ValueError(message) from None


def _loader() -> Any:
    """Return a safe loader that reads dates as text."""
    import yaml  # noqa: PLC0415 (as above)

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


def _plain(path: str) -> str:
    return path.strip("/").lower().replace("-", "_")


def _last(resource: Resource) -> str:
    words = [step for step in resource.path.split("/") if step and "{" not in step]
    return words[-1].lower().replace("-", "_") if words else ""
