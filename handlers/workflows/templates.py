"""Render templates with the values of a run: texts, JSON values and conditions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.output import LimitedStringIO

from handlers.workflows.limits import clip
from handlers.workflows.sandbox import SOURCE_LENGTH, TEXT_LENGTH, Budget, LimitExceeded, Sandbox, get_environment
from handlers.workflows.vault_view import VAULT_ID, SecretUnavailable, VaultView

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from liquid import BoundTemplate

__all__ = ["NodeFailed", "Templates"]

_PATH = re.compile(r"\s*\{\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+|\[\d{1,6}\])*)\s*\}\}\s*", re.ASCII)
_STEP = re.compile(r"[\w-]+")
_MISSING = object()
_FALSY = frozenset({"", "0", "false", "no", "off", "null", "none", "nil"})


class NodeFailed(Exception):
    """A node failed; the message is in the log and is the run's error message."""

    def __init__(self, message: str, milliseconds: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.milliseconds = milliseconds


class Templates:
    """Render the configuration of nodes with the values of one run.

    `values` changes while the run continues.
    """

    __slots__ = ("_budget", "_now", "_vault", "values")

    def __init__(self, values: dict[str, Any], vault: VaultView, now: Callable[[], datetime]) -> None:
        self.values = values
        self._vault = vault
        self._now = now
        self._budget = Budget()

    def text(self, source: object) -> str:
        """Render a template to text with masked secrets."""
        return self._text("" if source is None else str(source), self._vault)

    def revealed_text(self, source: object) -> str:
        """Render a template with the values of secrets. The result must not be stored."""
        self.text(source)  # raises first, so that error messages have masked secrets
        try:
            return self._text(str(source), self._vault.revealed)
        except NodeFailed:
            raise NodeFailed("The template cannot be rendered with its secrets.") from None

    def _text(self, source: str, vault: VaultView) -> str:
        """Render a template; raise `NodeFailed` with a message for the log if that fails."""
        try:
            if VAULT_ID.fullmatch(source):
                return vault[source]
            if "{{" not in source and "{%" not in source:
                return source
            return self._render(source, vault)
        except SecretUnavailable as error:
            raise NodeFailed(str(error)) from error
        except LimitExceeded as error:
            raise NodeFailed(f"The template was stopped: {error}.") from error
        except LiquidError as error:
            raise NodeFailed(f"The template cannot be rendered: {clip(str(error.message), 200)}.") from error
        except LiquidInterrupt as error:
            raise NodeFailed("The template breaks out of a loop that is not there.") from error
        except Exception as error:  # python-liquid raises undocumented exceptions
            raise NodeFailed("The template cannot be rendered.") from error

    def value(self, source: Any) -> Any:
        """Return a JSON value with all templates in it rendered.

        A text that is only a path, such as `{{ n1.items }}`, becomes the value at that path, not its text.
        """
        if isinstance(source, dict):
            return {key: self.value(inner) for key, inner in source.items()}
        if isinstance(source, list | tuple):
            return [self.value(inner) for inner in source]
        if not isinstance(source, str):
            return source
        found = self._value_at(source)
        return self.text(source) if found is _MISSING else found

    def is_true(self, expression: str) -> bool:
        """Evaluate a condition: a Liquid expression, or a template that renders to a truth value."""
        if "{{" not in expression and "{%" not in expression:
            expression = f"{{% if {expression} %}}true{{% else %}}false{{% endif %}}"
        return self.text(expression).strip().lower() not in _FALSY

    def _value_at(self, source: str) -> Any:
        """Return the value at a path; `_MISSING` if the text is not a path, or leads to a secret or to nothing."""
        if len(source) > SOURCE_LENGTH or not (found := _PATH.fullmatch(source)):
            return _MISSING
        value: Any = self.values
        if found[1].startswith("vault."):
            return _MISSING
        for step in _STEP.findall(found[1]):
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                return _MISSING
        return value

    def _render(self, source: str, vault: VaultView) -> str:
        """Render a template with the values of the run, the time and the vault."""
        tags = source.count("{{") + source.count("{%")
        # Spend for parsing even if it is cached: a run must not depend on earlier ones.
        self._budget.spend(1 + tags + len(source) // 50)
        template = _parse(source)
        moment = self._now().isoformat()
        context = Sandbox(template, globals={"now": moment, "today": moment, **self.values, "vault": vault})
        context.budget = self._budget
        context.iteration_cost = 1 + tags // 4 + len(source) // 500
        out = LimitedStringIO(TEXT_LENGTH)
        template.render_with_context(context, out)
        text = out.getvalue()
        self._budget.spend(len(text) // 1_000)
        return text


@lru_cache(maxsize=256)
def _parse(source: str) -> BoundTemplate:
    """Parse a template. Cached, because runs repeat the same templates."""
    return get_environment().from_string(source)
