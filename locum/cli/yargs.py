"""Parse command lines as yargs does, which Prism uses.

Option names are case-insensitive and may omit dashes: `--verboseLevel`, `--verbose-level`. A switch takes
a value or a `no-` prefix: `--cors=false`, `--cors false`, `--no-cors`, `-m=false`.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["YargsCommand"]

_TRUTH = {"true": True, "false": False}


class YargsCommand(click.Command):
    """A command that rewrites yargs arguments to click arguments before click parses them."""

    passing: tuple[str, ...] = ()
    """Prefixes of options that are accepted without effect. Those given are listed in `context.meta["passed"]`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse arguments. Raises NoSuchOption with the most similar names."""
        return super().parse_args(ctx, list(self._rewritten(ctx, args)))

    def _rewritten(self, ctx: click.Context, args: list[str]) -> Iterator[str]:
        named = {
            _plain(name): option for option in self._options(ctx) for name in (*option.opts, *option.secondary_opts)
        }
        left = list(reversed(args))
        while left:
            word = left.pop()
            if word == "--":
                yield from (word, *reversed(left))
                return
            if not word.startswith("-") or word == "-":
                yield word
                continue
            name, equals, value = word.partition("=")
            option = named.get(_plain(name)) if name.startswith("--") else self._short(ctx, name)
            if option is None and name.startswith("--"):
                if not _plain(name).removeprefix("no").startswith(tuple(map(_plain, self.passing))):
                    near = get_close_matches(_plain(name), named, n=3, cutoff=0.6)
                    names = [known for one in dict.fromkeys(map(named.__getitem__, near)) for known in one.opts[-1:]]
                    raise click.NoSuchOption(name, possibilities=names, ctx=ctx)
                ctx.meta.setdefault("passed", []).append(name)
                if not equals and left and (left[-1] in _TRUTH or left[-1].isdecimal()):
                    left.pop()
                continue
            if option is None:
                yield word
                continue
            if not option.is_flag:
                yield option.opts[-1] if name.startswith("--") else name
                if equals:
                    yield value
                elif left:
                    yield left.pop()  # the value, even if it starts with a dash
                continue
            if not equals and left and left[-1] in _TRUTH:
                equals, value = "=", left.pop()
            given = _TRUTH.get(value.lower()) if equals else True
            if given is None:
                raise click.BadOptionUsage(name, f"Option {name!r} must be true or false, not {value!r}.", ctx=ctx)
            negated = _plain(name) in map(_plain, option.secondary_opts)
            if given is not negated:
                yield name if not name.startswith("--") else option.opts[-1]
            elif option.secondary_opts:
                yield option.secondary_opts[0]

    def _options(self, ctx: click.Context) -> list[click.Option]:
        return [parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option)]

    def _short(self, ctx: click.Context, name: str) -> click.Option | None:
        """Return the option with a one-letter name; None for combined letters (`-dp`), which click parses."""
        return next((option for option in self._options(ctx) if name in option.opts), None)


def _plain(name: str) -> str:
    return name.lower().replace("-", "")
