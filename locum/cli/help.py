"""Help: commands and options under headings, so that the long lists of `locum`, `serve` and `verify` can be scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SETTINGS", "OptionsByTopic", "SubcommandsByTopic"]

SETTINGS: dict[str, Sequence[str]] = {
    "Documents and handlers": (
        "specs", "handlers", "base_path", "overlay", "allow_refs", "strict", "lenient", "cache", "watch",
    ),
    "Address": ("host", "port", "allowed_host", "tls", "tls_cert", "tls_key"),
    "Requests and credentials": (
        "auth", "validate_requests", "read_only", "unknown_ids", "jwt_secret", "signing_key", "redirect_uri",
        "audience",
    ),
    "The real server (locum proxy)": (
        "upstream", "upstream_ca", "upstream_cert", "upstream_key", "upstream_insecure", "upstream_timeout",
        "rewrite_redirects", "undeclared", "on_violation", "errors", "validate_limit",
    ),
    "What the mock does (locum proxy)": ("mock_when", "source", "upstream_spec", "merge_lists"),
    "Data": ("seed", "seed_data", "empty", "dynamic", "locale"),
    "Worlds": ("world_header", "strict_worlds", "real_clock", "state", "durability", "fixture", "world_idle"),
    "Web pages and the control API": ("cors", "control_cors", "cross_site", "sandbox_pages", "control_token"),
    "Limits": (
        "max_body", "max_header", "max_header_count", "max_url", "idle_timeout", "request_timeout", "max_connections",
        "max_unread", "max_worlds", "max_records", "max_world_bytes", "max_bytes",
    ),
    "Output": ("quiet", "verbose", "log_format", "log_level"),
}  # fmt: skip
"""The settings under the headings of `locum serve --help`."""

_OTHERS = "Options"
"""The heading of what no topic lists."""

_OF_SETTINGS = (
    "A setting can also be an environment variable (--max-body is LOCUM_MAX_BODY), or a key of [tool.locum] in "
    "pyproject.toml."
)


class OptionsByTopic(click.Command):
    """A command whose help lists its options by topic, and says where else its settings can be given."""

    def __init__(self, *given: Any, topics: Mapping[str, Sequence[str]] = SETTINGS, **named: Any) -> None:
        """Assemble the command; `topics` has the names of the parameters under each heading."""
        super().__init__(*given, **named)
        self._topics = topics
        if any(parameter.envvar for parameter in self.params):
            self.epilog = _OF_SETTINGS

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        topic_of: dict[str, str] = {}
        for heading, names in self._topics.items():
            for name in names:
                topic_of.setdefault(name, heading)
        rows: dict[str, list[tuple[str, str]]] = {heading: [] for heading in (_OTHERS, *self._topics)}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is not None and row[1]:
                rows[topic_of.get(parameter.name or "", _OTHERS)].append(row)
        _write(rows, formatter)


class SubcommandsByTopic(click.Group):
    """A group whose help lists its subcommands by topic."""

    def __init__(self, *given: Any, topics: Mapping[str, Mapping[str, str]], **named: Any) -> None:
        """Assemble the group; `topics` has a sentence for each subcommand under each heading."""
        super().__init__(*given, **named)
        self._topics = topics

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        """Write the subcommands."""
        _write({heading: list(listed.items()) for heading, listed in self._topics.items()}, formatter)


def _write(rows: Mapping[str, Sequence[tuple[str, str]]], formatter: click.HelpFormatter) -> None:
    """Write the rows under each heading; the columns of all headings have the same width."""
    widest = max((len(name) for listed in rows.values() for name, _ in listed), default=0)
    for heading, listed in rows.items():
        if listed:
            with formatter.section(heading):
                formatter.write_dl(
                    [(name.ljust(min(widest, _WIDEST)), explanation) for name, explanation in listed], _WIDEST
                )


_WIDEST = 30
"""The most characters of the first column."""
