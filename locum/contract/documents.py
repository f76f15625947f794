"""Documents: finding and reading OpenAPI files."""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import orjson
import yaml

from locum.contract.cache import recall, remember

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BadDocument", "Document", "documents_in", "read"]

_SUFFIXES = (".yaml", ".yml", ".json")
_EDITION = "1"
"""Raise it when parsing changes: what was parsed before is then parsed again."""

_MOST_BYTES = 64 * 1024 * 1024


class BadDocument(ValueError):  # noqa: N818 (named for what it is, as every refusal is)
    """A document that cannot be served; says the file, the place and what to do."""


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document as it was read. `name` is the file's name without its ending."""

    name: str
    path: Path
    source: bytes
    content: dict[str, Any]

    @property
    def digest(self) -> str:
        """The SHA-256 of the source, in hexadecimal."""
        return hashlib.sha256(self.source).hexdigest()

    @property
    def title(self) -> str:
        """The title that the document gives itself."""
        return str((self.content.get("info") or {}).get("title", self.name))

    @property
    def base_path(self) -> str:
        """The path of the first server, its variables filled in; empty for none."""
        servers = self.content.get("servers") or [{}]
        url = str(servers[0].get("url", ""))
        for name, variable in (servers[0].get("variables") or {}).items():
            url = url.replace("{" + name + "}", str(variable.get("default", "")))
        path = urlsplit(url).path.strip("/")
        return "/" + path if path else ""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2 as JSON knows it (OpenAPI 3.0.3, section 4.2): dates, `no`, `012` and `12:30` stay text."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


for _tag, _first, _pattern in (
    ("bool", "tTfF", r"true|True|TRUE|false|False|FALSE"),
    ("null", ["~", "n", "N", ""], r"~|null|Null|NULL|"),
    ("int", "-0123456789", r"-?(0|[1-9][0-9]*)"),
    ("float", "-0123456789", r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?"),
    ("merge", "<", r"<<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))


def documents_in(folder: Path) -> list[Path]:
    """List the document files of a folder (or the one file given), by name.

    Raises BadDocument where there is none.
    """
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        message = f"{folder}: there is no such file or folder. Name one with --specs."
        raise BadDocument(message)
    files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())
    if not files:
        message = f"{folder}: no OpenAPI document (.yaml, .yml or .json) is in this folder."
        raise BadDocument(message)
    return files


def read(path: Path, cache: Path | None = None) -> Document:
    """Read one document; what was parsed before is found again in the cache, by its digest.

    Raises BadDocument where it is not readable, not YAML or JSON, or not OpenAPI 3.
    """
    try:
        source = path.read_bytes()
    except OSError as problem:
        message = f"{path}: cannot be read ({problem.strerror})."
        raise BadDocument(message) from None
    if len(source) > _MOST_BYTES:
        message = f"{path}: larger than {_MOST_BYTES // 1024 // 1024} MiB, which is more than locum reads."
        raise BadDocument(message)
    content = _parse(path, source) if path.suffix == ".json" else _parse_once(path, source, cache)
    version = content.get("openapi") if isinstance(content, dict) else None
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1", "3.2")):
        message = f"{path}: /openapi must say 3.0, 3.1 or 3.2, not {version!r}."
        raise BadDocument(message)
    return Document(path.stem, path, source, content)


def _parse_once(path: Path, source: bytes, cache: Path | None) -> Any:
    """Parse YAML, which takes twenty times as long as the JSON that is remembered of it."""
    name = f"parsed-{_EDITION}-{hashlib.sha256(source).hexdigest()}.json"
    remembered = recall(cache, name)
    if remembered is not None:
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(remembered)
    content = _parse(path, source)
    with contextlib.suppress(TypeError):  # an integer beyond 64 bits stays unremembered
        remember(cache, name, orjson.dumps(content))
    return content


def _parse(path: Path, source: bytes) -> Any:
    try:
        if path.suffix == ".json":
            return orjson.loads(source)
        return _plain(yaml.load(source, Loader=_Loader))  # noqa: S506 (a subclass of the safe loader)
    except (orjson.JSONDecodeError, yaml.YAMLError, UnicodeDecodeError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        line, column = (
            (mark.line + 1, mark.column + 1) if mark else (getattr(problem, "lineno", 1), getattr(problem, "colno", 1))
        )
        reason = getattr(problem, "problem", None) or getattr(problem, "msg", None) or "cannot be parsed"
        message = f"{path}:{line}:{column}: {reason}."
        raise BadDocument(message) from None


def _plain(value: Any) -> Any:
    """Make every key text, as in JSON: YAML reads the status `200:` as a number."""
    if isinstance(value, dict):
        return {key if type(key) is str else orjson.dumps(key).decode(): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
