"""Liquid without reach or appetite: no clock, no files, no endless work, no secrets.

Every loop, filter and template spends from an `Allowance`; what would grow without end fails.
"""

from __future__ import annotations

import math
from collections.abc import Sized
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

import orjson
from liquid import BoundTemplate, Environment, Expression, Node, RenderContext
from liquid.builtin.expressions.primitive import IntegerLiteral, RangeLiteral
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import LiquidError
from liquid.filter import with_context

from handlers.workflows.limits import VALUE_WEIGHT, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

__all__ = ["SOURCE_LENGTH", "TEXT_LENGTH", "Allowance", "Overspent", "Sandbox", "environment", "moment_of"]

SOURCE_LENGTH = 20_000
"""Characters of one template."""

TEXT_LENGTH = 65_536
"""Characters of one value or one template's output."""

_RANGE = 1_000
_BITS = 256


class Overspent(Exception):
    """A template that wants more work or more room than it gets."""


class Allowance:
    """The work that the templates of one run may do, in units of about a loop's turn."""

    __slots__ = ("left",)

    def __init__(self, units: int = 10_000) -> None:
        self.left = units

    def spend(self, units: int) -> None:
        """Take from what is left; fail when there is not enough."""
        self.left -= units
        if self.left < 0:
            raise Overspent("the templates do too much work")


class Sandbox(RenderContext):
    """A render context that spends: each loop pays for its turns, and for the items that it skips."""

    allowance = Allowance(0)
    turn = 1

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Pay for the turns of a loop before the first."""
        self.allowance.spend(length * self.turn)

    def stopindex(self, key: str, index: int | None = None) -> int:
        """Pay for the items up to the last one of a loop."""
        self.allowance.spend(1 + (index or 0) // 100)
        return super().stopindex(key, index)


class _SandboxedTemplate(BoundTemplate):
    context_class = Sandbox


class _JsonOutputNode(OutputNode):
    """An output that writes objects and lists as JSON."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        if isinstance(value, dict | list):
            return buffer.write(_json(value, context=context))
        return super().render_to_output(context, buffer)


class _JsonOutput(Output):
    node_class = _JsonOutputNode


class _Environment(Environment):
    """The Liquid language as workflows may use it."""

    template_class = _SandboxedTemplate
    output_stream_limit = TEXT_LENGTH
    local_namespace_limit = 4 * TEXT_LENGTH

    def __init__(self) -> None:
        super().__init__()
        del self.tags["include"], self.tags["render"]
        self.add_tag(_JsonOutput)
        self.filters.update({"date": _date, "json": _json})
        self.filters.update({name: _bounded(name, function) for name, function in self.filters.items()})

    def from_string(self, source: str, *args: Any, **kwargs: Any) -> BoundTemplate:
        """Parse a template of bounded length whose ranges are written out."""
        if len(source) > SOURCE_LENGTH:
            raise Overspent(f"a template has at most {SOURCE_LENGTH:,} characters")
        template = super().from_string(source, *args, **kwargs)
        _check_ranges(template.nodes, Sandbox(template))
        return template


def _check_ranges(nodes: Iterable[Node], context: RenderContext) -> None:
    """Let a range count only between small whole numbers: a loop walks all of it, even what it skips."""
    ahead: list[Node | Expression] = list(nodes)
    while ahead:
        part = ahead.pop()
        if isinstance(part, RangeLiteral) and not all(
            isinstance(end, IntegerLiteral) and abs(end.value) <= _RANGE for end in (part.start, part.stop)
        ):
            raise Overspent(f"the ends of a range must be whole numbers up to {_RANGE:,}")
        if isinstance(part, Node):
            ahead += part.children(context)
            # A `when` holds its one expression as an attribute.
            own = part.expressions() if callable(part.expressions) else part.expressions
            ahead += own
        else:
            ahead += part.children()


def _bounded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a filter so that it pays for its input and refuses to grow."""
    wants_context = getattr(function, "with_context", False)

    @wraps(function)
    def filtered(value: Any, *args: Any, context: Sandbox, **kwargs: Any) -> Any:
        sizes = [_size(part) for part in (value, *args, *kwargs.values())]
        context.allowance.spend(1 + _work(name, sizes) // 1_000)
        if name == "join" and isinstance(value, Sized) and args:
            _check_size(len(value) * len(str(args[0])))
        if name.startswith("replace") and len(args) > 1:
            _check_size(str(value).count(str(args[0])) * len(str(args[1])))
        if wants_context:
            kwargs["context"] = context
        result = function(value, *args, **kwargs)
        _size(result)
        return result

    return with_context(filtered)


def _work(name: str, sizes: list[int]) -> int:
    """Estimate the work of a filter; some compare everything with everything."""
    work = sum(sizes)
    return work * work if name in {"strip_html", "uniq"} else work


def _size(value: Any) -> int:
    """Return the size of a value; fail when it is too large to work with."""
    if isinstance(value, int):
        if value.bit_length() > _BITS:
            raise Overspent("a number is too large")
        return 1
    if isinstance(value, dict | list | tuple):
        weight = weigh(value, VALUE_WEIGHT)
        if weight > VALUE_WEIGHT:
            raise Overspent("a value is too large")
        return weight
    size = len(value) if isinstance(value, Sized) else 1
    _check_size(size)
    return size


def _check_size(size: int) -> None:
    """Fail when a value is or would become too large."""
    if size > TEXT_LENGTH:
        raise Overspent(f"a text has more than {TEXT_LENGTH:,} characters")


@with_context
def _json(value: Any, *, context: RenderContext) -> str:
    """Write a value as JSON: the filter `json`."""
    if isinstance(context, Sandbox):
        context.allowance.spend(_size(value) // 1_000)
    try:
        return orjson.dumps(value, default=str).decode()
    except orjson.JSONEncodeError as fault:
        raise LiquidError("the value cannot be written as JSON", token=None) from fault


@with_context
def _date(value: Any, form: Any = "%Y-%m-%d", *, context: RenderContext) -> Any:
    """Write a moment in a strftime form: the filter `date`; what is no moment stays as it is."""
    if value in ("now", "today"):
        value = context.resolve("now")
    moment = moment_of(value)
    return value if moment is None else moment.strftime(str(form)[:100])


def moment_of(value: Any) -> datetime | None:
    """Read a moment: ISO 8601 text, or seconds since 1970."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip()[:40])
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def environment() -> Environment:
    """Return the language; templates cannot change it, so that one serves all runs."""
    return _LANGUAGE


_LANGUAGE = _Environment()
