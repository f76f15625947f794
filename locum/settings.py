"""Settings: one table that defines the command line, the environment variables and the documentation."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locum.files import read_text
from locum.options import (
    DEVELOPMENT_SECRET,
    MOST_BYTES,
    MOST_RECORDS,
    MOST_WORLD_BYTES,
    WORLD_HEADER,
    WORLD_IDLE,
    AuthMode,
    CrossSite,
    Durability,
    Limits,
    Locale,
    MockWhen,
    OnViolation,
    ReadOnly,
    Undeclared,
    UnknownIds,
    Validation,
    bundled,
    without_credentials,
)
from locum.trust import settings_table, trusted_root

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SECRET", "SERVING", "TABLE", "Settings", "from_project", "settings_of", "without_doors"]


_LIMITS = Limits()


def _setting(default: Any, explanation: str) -> Any:
    return field(default=default, metadata={"help": explanation})


def _of_proxy(default: Any, explanation: str) -> Any:
    """Define a setting that only `locum proxy` has."""
    return field(default=default, metadata={"help": explanation, "proxy": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a server; they are fixed before the port opens.

    Each field is the option `--like-this`, the environment variable `LOCUM_LIKE_THIS` and the key `like-this` of
    `[tool.locum]` in pyproject.toml. The first of these that is given counts.
    """

    host: str = _setting(
        "127.0.0.1", "The address to listen on. Any but a loopback address can be reached from other machines."
    )
    port: int = _setting(4010, "The port to listen on; 0 picks a free one and prints it.")
    tls: bool = _setting(
        default=False, explanation="Serve HTTPS with a certificate that is made for this machine and kept."
    )
    tls_cert: Path | None = _setting(None, "Serve HTTPS with the certificate in this file (PEM), and its chain.")
    tls_key: Path | None = _setting(
        None, "A file (PEM) with the key of --tls-cert, without a password. Default: it is in the same file."
    )
    specs: tuple[Path | str, ...] = _setting(
        (bundled("specs"),), "An OpenAPI document or a folder of documents; may be repeated. Default: the bundled ones."
    )
    handlers: Path | None = _setting(
        None, "The folder of handlers, one module per document. Default: the folder of each document, if it is trusted."
    )
    base_path: str | None = _setting(
        None, "The base path of the operations. Default: the path of the document's first server."
    )
    overlay: tuple[Path, ...] = _setting(
        (), "An OpenAPI overlay, applied to the document that it extends, else to all; may be repeated."
    )
    allow_refs: bool = _setting(
        default=False,
        explanation="Allow references to files outside the document's folder. Remote references stay forbidden.",
    )
    strict: bool = _setting(
        default=False, explanation="Reject documents with problems; always on for the bundled ones."
    )
    lenient: bool = _setting(
        default=False,
        explanation="Deprecated, without effect: documents with problems are served unless --strict is set.",
    )
    auth: AuthMode = _setting(
        AuthMode.STRICT,
        "How credentials are checked: strict verifies them, any accepts every non-empty credential, off requires none.",
    )
    validate_requests: Validation = _setting(
        Validation.ENFORCE,
        "How to handle a request that breaks its contract: enforce rejects it, report serves it and marks it in the "
        "journal, off serves it.",
    )
    read_only: ReadOnly = _setting(
        ReadOnly.COMPARE,
        "Read-only properties in a PUT or PATCH: compare ignores them if unchanged, reject rejects the request.",
    )
    unknown_ids: UnknownIds = _setting(
        UnknownIds.GENERATE,
        "The response to an unknown id where no operation lists or creates records: generate (a generated record) "
        "or 404.",
    )
    jwt_secret: str = _setting(
        DEVELOPMENT_SECRET, "The secret (HS256) that signs tokens. Default: the documented development secret."
    )
    signing_key: Path | None = _setting(
        None,
        "A file with the RSA key (PEM) that signs the tokens of logins. Default: a key that is generated once per "
        "machine.",
    )
    redirect_uri: tuple[str, ...] = _setting(
        (), "A redirect URI to allow after a login, besides those on loopback; may be repeated."
    )
    audience: tuple[str, ...] = _setting(
        (), "An audience (claim aud) to accept, besides that of this server; may be repeated."
    )
    world_header: str = _setting(WORLD_HEADER, "The request header that names a world.")
    strict_worlds: bool = _setting(
        default=False, explanation="Reject requests that name no world, so that a missing header fails loudly."
    )
    seed: int = _setting(
        0, "The seed of generated records, ids and secrets. The same seed and requests give the same responses."
    )
    empty: bool = _setting(default=False, explanation="Start every world without seed data.")
    real_clock: bool = _setting(
        default=False, explanation="Use the machine's clock in worlds, instead of advancing a second with each request."
    )
    seed_data: tuple[Path, ...] = _setting(
        (),
        "A file of records (JSON, YAML or CSV) that replace the generated ones; may be repeated.",
    )
    locale: Locale = _setting(
        Locale.EN, "The language of generated names, places and prose. Accept-Language is not used."
    )
    dynamic: bool = _setting(default=False, explanation="Generate values, even where the document has examples.")
    cors: tuple[str, ...] = _setting(
        (), "An origin whose pages may use the APIs, besides those on loopback; may be repeated; * for all."
    )
    control_cors: tuple[str, ...] = _setting(
        (), "An origin whose pages may use the control API, besides the server's own; may be repeated; * for all."
    )
    allowed_host: tuple[str, ...] = _setting(
        (),
        "A host name to accept, besides loopback names, IP addresses and the name of --host; may be repeated; "
        "*.example.test for its subdomains, * for all.",
    )
    cross_site: CrossSite = _setting(
        CrossSite.PAGES,
        "Requests of pages whose origin is not in --cors. pages: they may open login, logout and consent pages, and "
        "read without side effects; none: they are rejected; all: they are accepted.",
    )
    sandbox_pages: bool = _setting(
        default=True,
        explanation="Isolate mocked HTML, SVG and XML from the origin of the control API (Content-Security-Policy: "
        "sandbox), and disable media type sniffing.",
    )
    max_body: int = _setting(4 * 1024 * 1024, "The maximum size of a request body, in bytes.")
    max_header: int = _setting(_LIMITS.header, "The maximum size of a request's URL and headers together, in bytes.")
    max_header_count: int = _setting(_LIMITS.headers, "The maximum number of headers of a request.")
    max_url: int = _setting(_LIMITS.url, "The maximum size of a request's URL, in bytes.")
    idle_timeout: float = _setting(_LIMITS.idle, "Seconds after which an idle connection is closed.")
    request_timeout: float = _setting(
        _LIMITS.request, "Seconds within which a request, including its body, must arrive."
    )
    max_connections: int = _setting(_LIMITS.connections, "The maximum number of concurrent connections.")
    max_unread: int = _setting(
        _LIMITS.unread,
        "The maximum size of responses that clients have not read yet, in bytes, for all connections together.",
    )
    max_worlds: int = _setting(1000, "The maximum number of worlds.")
    world_idle: float = _setting(
        WORLD_IDLE, "Seconds after which an unused world is deleted; with a folder of --state it only leaves memory."
    )
    max_records: int = _setting(MOST_RECORDS, "The maximum number of records of a world.")
    max_world_bytes: int = _setting(MOST_WORLD_BYTES, "The maximum size of a world including its journal, in bytes.")
    max_bytes: int = _setting(MOST_BYTES, "The maximum size of all worlds together, in bytes.")
    state: Path | None = _setting(
        None,
        "Where to store worlds and fixtures: a folder; or fixtures only: a file that ends in .json. Default: in "
        "memory.",
    )
    durability: Durability = _setting(
        Durability.FAST,
        "With a folder of --state: fast stores the effects of requests within a tenth of a second, full before the "
        "response leaves.",
    )
    fixture: str = _setting(
        "", "The fixture that every world starts from: a snapshot of --state, or a folder of records."
    )
    control_token: str = _setting(
        "", "The token that the control API requires. Default: a random one if --host is not loopback, else none."
    )
    cache: bool = _setting(
        default=True, explanation="Cache parsed documents that are valid in the user's cache folder."
    )
    log_level: str = _setting("info", "The log level: debug, info, warning or error.")
    upstream: str = _of_proxy("", "The URL of the real server, with the path of its operations if there is one.")
    upstream_insecure: bool = _of_proxy(
        default=False, explanation="Accept every certificate of an https upstream, even an invalid one."
    )
    upstream_ca: Path | None = _of_proxy(
        None, "A file (PEM) with the authorities that sign the upstream's certificate. Default: those of the system."
    )
    upstream_cert: Path | None = _of_proxy(None, "A file (PEM) with the certificate that is shown to the upstream.")
    upstream_key: Path | None = _of_proxy(
        None, "A file (PEM) with the key of --upstream-cert. Default: it is in the same file."
    )
    upstream_timeout: float = _of_proxy(
        60.0, "Seconds within which the upstream must accept a connection, and in which it may send nothing."
    )
    upstream_spec: Path | str | None = _of_proxy(
        None, "The upstream's own OpenAPI document: operations that it lacks are mocked."
    )
    rewrite_redirects: bool = _of_proxy(
        default=False, explanation="In redirects to the upstream, replace its URL by that of this server."
    )
    on_violation: OnViolation = _of_proxy(
        OnViolation.REPORT,
        "How to handle a request or response that breaks the contract: report passes it on and marks it, block "
        "replaces it by an error.",
    )
    validate_limit: int = _of_proxy(
        4 * 1024 * 1024, "The maximum size of a body that is validated, in bytes; larger ones pass and are marked."
    )
    undeclared: Undeclared = _of_proxy(
        Undeclared.REJECT, "How to handle a request that no operation matches: reject it with 404, or forward it."
    )
    mock_when: tuple[MockWhen, ...] = _of_proxy(
        (),
        "When the mock responds instead of the upstream: unimplemented, if the upstream lacks the operation; missing, "
        "if it lacks the record; error, if it fails or is unreachable; never, the default. May be repeated.",
    )
    source: tuple[str, ...] = _of_proxy(
        (), "Who responds to an operation: OPERATION=mock or OPERATION=upstream; may be repeated."
    )
    merge_lists: bool = _of_proxy(
        default=False, explanation="Add records that the mock created to lists of the upstream without pages."
    )
    like_prism: bool = False
    """Whether documents are served as by Prism. Not an option: `locum mock` sets it."""
    together: bool = False
    """Whether operations with their own servers are also served below the document's server. `locum verify` sets it."""
    keeps_worlds: bool = False
    """Whether a folder of `state` keeps worlds, too. Not an option: a server that holds the folder's lock sets it."""

    def plain(self) -> dict[str, Any]:
        """Return every setting by name as JSON, without the secrets."""
        names = TABLE if self.upstream else SERVING
        shown = {name.replace("_", "-"): _plain(getattr(self, name)) for name in names if name not in SECRET}
        return shown | ({"upstream": without_credentials(self.upstream)} if self.upstream else {})

    def __repr__(self) -> str:
        """Return a short text without secrets."""
        return f"Settings({self.host}:{self.port}, specs={self.specs}, handlers={self.handlers})"


SECRET = frozenset({"jwt_secret", "control_token"})
"""The settings that are never shown."""


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) if isinstance(part, Enum) else str(part) for part in value]
    if isinstance(value, Enum):
        return value.value
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


TABLE = {setting.name: setting for setting in fields(Settings) if "help" in setting.metadata}
"""Every setting by name; `metadata["help"]` is its help text."""


SERVING = [name for name, setting in TABLE.items() if "proxy" not in setting.metadata]
"""The names of the settings of `locum serve`; the others are those of `locum proxy` only."""


def settings_of(given: Mapping[str, Any]) -> Settings:
    """Return settings from plain values by name: strings for paths, lists for settings that may be repeated.

    Raises ValueError for an unknown setting or an invalid value.
    """
    read: dict[str, Any] = {}
    for key, value in given.items():
        name = key.replace("-", "_")
        if name not in TABLE:
            message = f"Unknown setting '{key}'. Valid settings: {', '.join(sorted(TABLE))}."
            raise ValueError(message)
        default, path = TABLE[name].default, "Path" in str(TABLE[name].type)
        if isinstance(default, tuple):
            parts = [value] if isinstance(value, str | Path | Enum) else value
            kind = _members_of(name)
            read[name] = tuple(_member(kind, key, one) if kind else _placed(one) if path else one for one in parts)
        elif isinstance(default, Enum):
            read[name] = _member(type(default), key, value)
        else:
            read[name] = _placed(value) if path and value is not None else value
    return Settings(**read)


def _members_of(name: str) -> type[Enum] | None:
    """Return the type of the members of a setting that may be repeated, if it is an Enum."""
    return MockWhen if name == "mock_when" else None


def _member(kind: type[Enum], key: str, value: Any) -> Enum:
    """Return the enum member of a value, in upper or lower case as on the command line."""
    if isinstance(value, kind):
        return value
    members = {str(member.value).lower(): member for member in kind}
    if str(value).lower() not in members:
        message = f"Setting '{key}' is {value!r}. Valid values: {', '.join(members)}."
        raise ValueError(message)
    return members[str(value).lower()]


def _placed(value: Any) -> Any:
    return value if isinstance(value, str) and "://" in value else Path(value)


_MOST_TOML = 4 * 1024 * 1024


def from_project(folder: Path) -> dict[str, Any]:
    """Read `[tool.locum]` from the pyproject.toml in a folder; return the values by setting name.

    Raises ValueError for a file that is not TOML, and for an unknown setting.
    """
    file = folder / "pyproject.toml"
    try:
        table = settings_table(read_text(file, _MOST_TOML))
    except FileNotFoundError:
        return {}
    except (ValueError, OSError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        message = f"{file}: cannot be read: {reason}."
        raise ValueError(message) from None
    found = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in TABLE:
            message = f"{file}: [tool.locum]: unknown setting '{key}'. Valid settings: {', '.join(sorted(TABLE))}."
            raise ValueError(message)
        single = isinstance(TABLE[name].default, tuple) and isinstance(value, str)
        found[name] = [value] if single else value
    return found


_HARMLESS = frozenset(
    {
        "auth",  # of a mock only, which `host` and `cors` keep on this machine
        "base_path",
        "cache",
        "dynamic",
        "empty",
        "lenient",
        "log_level",
        "port",
        "real_clock",
        "seed",
        "strict",
        "strict_worlds",
        "validate_requests",
        "locale",
        "read_only",
        "unknown_ids",
        "world_header",
    }
)
"""The settings that an untrusted project file may set. Every other setting is a risk: it runs code, admits others,
names secrets or files, or raises a limit."""
_WITHIN = frozenset({"specs", "overlay"})
"""The settings in which an untrusted project file may name files of its own folder only."""


def without_doors(project: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the settings of a project file that apply, and the names of those ignored because it is not trusted.

    In a trusted folder all apply, except `handlers` if it names another folder that is not trusted.
    """
    kept, ignored = {}, []
    is_trusted = trusted_root(folder) is not None
    for name, value in project.items():
        if name == "handlers":
            counts = (
                is_trusted and isinstance(value, str) and "\0" not in value and trusted_root(folder / value) is not None
            )
        elif name in _WITHIN:
            counts = is_trusted or (isinstance(value, list) and all(_is_within(folder, part) for part in value))
        else:
            counts = is_trusted or name in _HARMLESS
        if counts:
            kept[name] = value
        else:
            ignored.append(name.replace("_", "-"))
    return kept, ignored


def _is_within(folder: Path, named: Any) -> bool:
    """Whether a path that a project file names is below its folder, after resolving links."""
    if not isinstance(named, str) or "://" in named:
        return False
    if "\0" in named:
        return False
    return Path(os.path.realpath(folder / named)).is_relative_to(os.path.realpath(folder))
