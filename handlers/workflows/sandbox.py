"""A sandbox for Liquid templates: no access to the clock, files or secrets, and bounded work.

Every loop, filter and template spends from a `Budget`; a template that exceeds it fails.
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

__all__ = ["SOURCE_LENGTH", "TEXT_LENGTH", "Budget", "LimitExceeded", "Sandbox", "get_environment", "parse_moment"]

SOURCE_LENGTH = 20_000
"""Maximum length of a template, in characters."""

TEXT_LENGTH = 65_536
"""Maximum length of a value or of a template's output, in characters."""

_RANGE = 1_000
_BITS = 256


class LimitExceeded(Exception):
    """A template exceeds a limit of time or size."""


class Budget:
    """The work that the templates of one run may do, in units of about one loop iteration."""

    __slots__ = ("left",)

    def __init__(self, units: int = 10_000) -> None:
        self.left = units

    def spend(self, units: int) -> None:
        """Subtract units; raise `LimitExceeded` if not enough are left."""
        self.left -= units
        if self.left < 0:
            raise LimitExceeded("the templates do too much work")


class Sandbox(RenderContext):
    """A render context in which loops spend for their iterations and for the items that they skip."""

    budget = Budget(0)
    iteration_cost = 1

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Spend for all iterations of a loop before the first one."""
        self.budget.spend(length * self.iteration_cost)

    def stopindex(self, key: str, index: int | None = None) -> int:
        """Spend for the items up to the last one of a loop."""
        self.budget.spend(1 + (index or 0) // 100)
        return super().stopindex(key, index)


class _SandboxedTemplate(BoundTemplate):
    context_class = Sandbox


class _JsonOutputNode(OutputNode):
    """Render objects and lists as JSON."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        if isinstance(value, dict | list):
            return buffer.write(_json(value, context=context))
        return super().render_to_output(context, buffer)


class _JsonOutput(Output):
    node_class = _JsonOutputNode


class _Environment(Environment):
    """Liquid as workflows may use it."""

    template_class = _SandboxedTemplate
    output_stream_limit = TEXT_LENGTH
    local_namespace_limit = 4 * TEXT_LENGTH

    def __init__(self) -> None:
        super().__init__()
        del self.tags["include"], self.tags["render"]
        self.add_tag(_JsonOutput)
        self.filters.update({"date": _date, "json": _json})
        self.filters.update({name: _bound(name, function) for name, function in self.filters.items()})

    def from_string(self, source: str, *args: Any, **kwargs: Any) -> BoundTemplate:
        """Parse a template; raise `LimitExceeded` if it is too long or has an unbounded range."""
        if len(source) > SOURCE_LENGTH:
            raise LimitExceeded(f"a template has at most {SOURCE_LENGTH:,} characters")
        template = super().from_string(source, *args, **kwargs)
        _check_ranges(template.nodes, Sandbox(template))
        return template


def _check_ranges(nodes: Iterable[Node], context: RenderContext) -> None:
    """Allow only ranges between small integer literals: a loop walks a whole range, even what it skips."""
    ahead: list[Node | Expression] = list(nodes)
    while ahead:
        element = ahead.pop()
        if isinstance(element, RangeLiteral) and not all(
            isinstance(end, IntegerLiteral) and abs(end.value) <= _RANGE for end in (element.start, element.stop)
        ):
            raise LimitExceeded(f"the ends of a range must be whole numbers up to {_RANGE:,}")
        if isinstance(element, Node):
            ahead += element.children(context)
            # In `when`, `expressions` is an attribute, not a method.
            own = element.expressions() if callable(element.expressions) else element.expressions
            ahead += own
        else:
            ahead += element.children()


def _bound(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a filter so that it spends for its input, and fails if its result is too large."""
    wants_context = getattr(function, "with_context", False)

    @wraps(function)
    def filtered(value: Any, *args: Any, context: Sandbox, **kwargs: Any) -> Any:
        sizes = [_size(argument) for argument in (value, *args, *kwargs.values())]
        context.budget.spend(1 + _work(name, sizes) // 1_000)
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
    """Estimate the work of a filter; that of some is quadratic."""
    work = sum(sizes)
    return work * work if name in {"strip_html", "uniq"} else work


def _size(value: Any) -> int:
    """Return the size of a value; raise `LimitExceeded` if it is too large."""
    if isinstance(value, int):
        if value.bit_length() > _BITS:
            raise LimitExceeded("a number is too large")
        return 1
    if isinstance(value, dict | list | tuple):
        weight = weigh(value, VALUE_WEIGHT)
        if weight > VALUE_WEIGHT:
            raise LimitExceeded("a value is too large")
        return weight
    size = len(value) if isinstance(value, Sized) else 1
    _check_size(size)
    return size


def _check_size(size: int) -> None:
    """Raise `LimitExceeded` if a value is or would become too large."""
    if size > TEXT_LENGTH:
        raise LimitExceeded(f"a text has more than {TEXT_LENGTH:,} characters")


@with_context
def _json(value: Any, *, context: RenderContext) -> str:
    """Return a value as JSON: the filter `json`."""
    if isinstance(context, Sandbox):
        context.budget.spend(_size(value) // 1_000)
    try:
        return orjson.dumps(value, default=str).decode()
    except orjson.JSONEncodeError as error:
        raise LiquidError("the value cannot be written as JSON", token=None) from error


@with_context
def _date(value: Any, form: Any = "%Y-%m-%d", *, context: RenderContext) -> Any:
    """Format a time with strftime: the filter `date`. Any other value is returned unchanged."""
    if value in ("now", "today"):
        value = context.resolve("now")
    moment = parse_moment(value)
    return value if moment is None else moment.strftime(str(form)[:100])


def parse_moment(value: Any) -> datetime | None:
    """Parse a time: ISO 8601 text, or seconds since 1970."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip()[:40])
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def get_environment() -> Environment:
    """Return the Liquid environment. Templates cannot change it, so all runs share one."""
    return _ENVIRONMENT


_ENVIRONMENT = _Environment()
