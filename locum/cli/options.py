"""Turn the table of settings into options and arguments of a command."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum.options import MockWhen
from locum.settings import SECRET, TABLE, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DOCUMENTS", "PLACE", "options"]

DOCUMENTS = ("specs", "handlers", "base_path", "overlay", "allow_refs", "strict", "lenient", "cache", "log_level")
"""The settings of commands that read documents."""

_UNSHOWN = SECRET | {"upstream"}
"""Settings whose defaults may contain credentials."""
_SHORT = {"port": "-p", "dynamic": "-d"}


class _Place(click.Path):
    """A path or a URL."""

    name = "path or address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a URL unchanged, anything else as a path."""
        return value if isinstance(value, str) and "://" in value else super().convert(value, param, ctx)


PLACE = _Place(path_type=Path)
"""The type of an option that names a document."""


class _Member(click.Choice):  # type: ignore[type-arg]  # generic since click 8.2 only
    """A choice of the members of an Enum by value, case-insensitive.

    click.Choice accepts an Enum, but releases since 8.2 match the names of its members and older ones their values.
    Strings mean the same in all releases.
    """

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__([str(member.value) for member in kind], case_sensitive=False)
        self._kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the member with this value. A member is returned unchanged."""
        return value if isinstance(value, self._kind) else self._kind(super().convert(value, param, ctx))


def options(*names: str, **defaults: Any) -> Callable[[Any], Any]:
    """Add the options of these settings to a command, which is called with `settings`.

    `defaults` replace those of the settings, by name.
    If `specs` is among them, the command also takes documents as arguments.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        def with_settings(**given: Any) -> Any:
            documents = given.pop("documents", ())
            values = {name: given.pop(name) for name in names}
            if documents:
                values["specs"] = documents
            return command(settings=Settings(**values), **given)

        with_settings.__name__ = command.__name__
        with_settings.__doc__ = command.__doc__
        with_settings.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
        decorated: Callable[..., Any] = with_settings
        for name in reversed(names):
            decorated = _option(name, defaults.get(name, TABLE[name].default))(decorated)
        if "specs" in names:
            decorated = click.argument("documents", nargs=-1, type=PLACE)(decorated)
        return decorated

    return decorate


def _option(name: str, default: Any) -> Callable[[Any], Any]:
    setting = TABLE[name]
    flag = "--" + name.replace("_", "-")
    more: dict[str, Any] = {
        "default": default,
        "show_default": default is not False and default != "" and name not in _UNSHOWN,
        "help": setting.metadata["help"],
    }
    if isinstance(default, bool):
        flag += "/--no-" + name.replace("_", "-")
        more["is_flag"] = True
    elif isinstance(default, Enum):
        more |= {"type": _Member(type(default)), "default": default.value}
    elif isinstance(default, tuple):
        more |= {"multiple": True, "show_default": False}
        if name == "mock_when":
            more["type"] = _Member(MockWhen)
    if "Path" in str(setting.type):
        more |= {
            "type": PLACE if name in {"specs", "upstream_spec"} else click.Path(path_type=Path),
            "show_default": False,
        }
    if name == "log_level":
        more["type"] = click.Choice(["debug", "info", "warning", "error"])
    if name == "port":
        more["type"] = click.IntRange(0, 65535)
    elif name.startswith("max_") or name == "validate_limit":
        more["type"] = click.IntRange(1)
    elif isinstance(default, float):
        more["type"] = click.FloatRange(0, min_open=True)
    flags = [_SHORT[name], flag] if name in _SHORT else [flag]
    return click.option(*flags, name, envvar="LOCUM_" + name.upper(), **more)
