"""Templates over a run's context: text, native values, conditions, and references to secrets."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.output import LimitedStringIO

from handlers.workflows.limits import clip
from handlers.workflows.safe import VAULT_ID, Safe, Unusable
from handlers.workflows.sandbox import SOURCE_LENGTH, TEXT_LENGTH, Allowance, Overspent, Sandbox, environment

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
    """A node that cannot do its work; the message goes into the log and the run's error message."""

    def __init__(self, message: str, milliseconds: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.milliseconds = milliseconds


class Templates:
    """Renders the configuration of nodes over the values of one run.

    `values` is the run's context by name, and changes while the run goes on.
    """

    __slots__ = ("_allowance", "_now", "_safe", "values")

    def __init__(self, values: dict[str, Any], safe: Safe, now: Callable[[], datetime]) -> None:
        self.values = values
        self._safe = safe
        self._now = now
        self._allowance = Allowance()

    def text(self, source: object) -> str:
        """Render a template to text, in which secrets are masked."""
        return self._text("" if source is None else str(source), self._safe)

    def revealed_text(self, source: object) -> str:
        """Render a template with the values of secrets, for the network's eyes only."""
        self.text(source)  # whatever is wrong is said with the masks on
        try:
            return self._text(str(source), self._safe.revealed)
        except NodeFailed:
            raise NodeFailed("The template cannot be rendered with its secrets.") from None

    def _text(self, source: str, safe: Safe) -> str:
        """Render, and say what went wrong for people."""
        try:
            if VAULT_ID.fullmatch(source):
                return safe[source]
            if "{{" not in source and "{%" not in source:
                return source
            return self._render(source, safe)
        except Unusable as fault:
            raise NodeFailed(str(fault)) from fault
        except Overspent as fault:
            raise NodeFailed(f"The template was stopped: {fault}.") from fault
        except LiquidError as fault:
            raise NodeFailed(f"The template cannot be rendered: {clip(str(fault.message), 200)}.") from fault
        except LiquidInterrupt as fault:
            raise NodeFailed("The template breaks out of a loop that is not there.") from fault
        except Exception as fault:  # the language is a large library, and odd templates find odd corners
            raise NodeFailed("The template cannot be rendered.") from fault

    def value(self, source: Any) -> Any:
        """Return a value with every template in it rendered.

        A text that is nothing but one path, `{{ n1.items }}`, gives the value itself, not its text.
        """
        if isinstance(source, dict):
            return {key: self.value(inner) for key, inner in source.items()}
        if isinstance(source, list | tuple):
            return [self.value(inner) for inner in source]
        if not isinstance(source, str):
            return source
        found = self._native(source)
        return self.text(source) if found is _MISSING else found

    def truth(self, expression: str) -> bool:
        """Decide a condition: a Liquid expression, or a template whose text says yes or no."""
        if "{{" not in expression and "{%" not in expression:
            expression = f"{{% if {expression} %}}true{{% else %}}false{{% endif %}}"
        return self.text(expression).strip().lower() not in _FALSY

    def _native(self, source: str) -> Any:
        """Follow a text that is one path; `_MISSING` where it is not, or leads to a secret or nowhere."""
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

    def _render(self, source: str, safe: Safe) -> str:
        """Render with everything that a template may see."""
        tags = source.count("{{") + source.count("{%")
        # Parsing is paid for even where it is remembered: a run must not depend on those before it.
        self._allowance.spend(1 + tags + len(source) // 50)
        template = _parse(source)
        moment = self._now().isoformat()
        context = Sandbox(template, globals={"now": moment, "today": moment, **self.values, "vault": safe})
        context.allowance = self._allowance
        context.turn = 1 + tags // 4 + len(source) // 500
        out = LimitedStringIO(TEXT_LENGTH)
        template.render_with_context(context, out)
        text = out.getvalue()
        self._allowance.spend(len(text) // 1_000)
        return text


@lru_cache(maxsize=256)
def _parse(source: str) -> BoundTemplate:
    """Parse a template; the same ones come back run after run."""
    return environment().from_string(source)
