"""Write YAML that this package reads as the same values."""

from __future__ import annotations

import re
from typing import Any

import yaml

__all__ = ["as_yaml"]


class _Dumper(yaml.SafeDumper):
    """Quotes texts that YAML 1.2 takes for numbers, and the YAML 1.1 of PyYAML does not: `6e761`, `0o17`."""


_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"),
    list("-+.0123456789"),
)


def as_yaml(value: Any, *, sort_keys: bool = False, width: int = 120) -> str:
    """Return a JSON value as YAML."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=sort_keys, allow_unicode=True, width=width)
