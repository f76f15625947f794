"""Amounts: quantity times price is the amount, and the parts add up to the total."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from locum.generate.vocabulary.hints import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from locum.generate.generators.agreement import Draft

    Rule = Callable[[Draft], None]

__all__ = ["amount_rules"]

_QUANTITIES = frozenset({"quantity", "qty", "units"})
_PRICES = frozenset(
    {"price", "unit_price", "unit_amount", "unit_cost", "price_per_unit", "rate", "item_price", "base_price"}
)
_FACTORS = (_QUANTITIES, _PRICES)
_GROSS = ("variation_total_price", "gross_sales")
_PRODUCTS = (
    *_GROSS, "line_total", "line_amount", "total_price", "total_amount", "amount_total", "amount", "subtotal", "total",
)  # fmt: skip
_SUBTOTALS = frozenset({
    "subtotal", "sub_total", "amount_subtotal", "subtotal_amount", "net", "net_amount", "subtotal_price", "gross_sales",
})  # fmt: skip
_TOTALS = frozenset({"total", "amount_total", "total_amount", "grand_total", "gross", "gross_amount", "total_price"})
_ADDED = frozenset(
    {
        "tax", "total_tax", "tax_amount", "vat", "shipping", "shipping_cost", "shipping_amount", "delivery_fee", "tip",
        "total_tip", "total_service_charge",
    }
)  # fmt: skip
_DUE = ("net_amount_due", "amount_due", "balance_due", "due_amount")
_PAID = ("amount_paid", "paid_amount", "total_paid")
_STATES = ("status", "state", "payment_status")
_DONE = frozenset(
    [
        "succeeded",
        "success",
        "successful",
        "paid",
        "captured",
        "completed",
        "complete",
        "settled",
        "processed",
        "finished",
    ]
)
_AUTHORIZED = frozenset(["requires_capture", "authorized", "authorised", "uncaptured", "capturable", "approved"])
_REFUNDED = frozenset({"refunded"})
"""`_DONE`, `_AUTHORIZED`, `_REFUNDED`: statuses of received, authorised and refunded payments."""
_TAKEN = frozenset({"discount", "total_discount", "discount_amount"})
_UNITS = frozenset({"money", "cents"})
"""Last words of members that hold an amount: `total_money`."""
_LINES = frozenset({"items", "lines", "line_items", "lineitems", "positions", "order_items", "products", "entries"})
_REST = (("due", "paid", "remaining"), ("total", "used", "available"), ("limit", "used", "remaining"))


def amount_rules(words: Mapping[str, list[str]]) -> list[Rule]:
    """Return the rules for the amounts among an object's members, the parts before the totals."""
    names: dict[str, str] = {}
    for name, parts in words.items():
        names.setdefault(_plain(parts), name)
    found: list[Rule] = []
    quantity = next((names[one] for one in names if one in _QUANTITIES), None)
    price = next((names[one] for one in names if one in _PRICES), None)
    gross = [names[one] for one in _GROSS if one in names]
    products = gross or [names[one] for one in _PRODUCTS if one in names][:1]
    if quantity is not None and price is not None:
        found += [_multiplied(quantity, price, product) for product in products]
    subtotal = next((names[one] for one in names if one in _SUBTOTALS), None)
    total = next((names[one] for one in names if one in _TOTALS), None)
    lines = next((names[one] for one in names if one in _LINES), None)
    added = [names[one] for one in names if one in _ADDED]
    taken = [names[one] for one in names if one in _TAKEN]
    if lines is not None and (subtotal or (total and not added and not taken)):
        found.append(_summed(lines, subtotal or str(total)))
    elif lines is not None and total is not None:  # each line has taxes and discounts of its own
        found += [_summed(lines, name, own=True) for name in (*added, *taken, total)]
    if subtotal is not None and total is not None:
        found.append(_added_up(subtotal, total, added, taken))
    due = next((names[one] for one in _DUE if one in names), None)
    paid = next((names[one] for one in _PAID if one in names), None)
    if due is not None and paid is not None and total is not None and not any("remaining" in one for one in names):
        found.append(_owed(total, paid, due))
    if due is not None and total is not None and not any("paid" in one.split("_") for one in names):
        found.append(_equal(total, due))
    for wanted in _REST:
        members = [next((names[one] for one in names if word in one.split("_")), None) for word in wanted]
        if None not in members and len(set(members)) == len(wanted):
            found.append(_left(*[str(member) for member in members]))
    state = next((names[one] for one in _STATES if one in names), None)
    for word, when in (
        ("refunded", _REFUNDED), ("captured", _DONE), ("received", _DONE), ("paid", _DONE), ("capturable", _AUTHORIZED)
    ):  # fmt: skip
        so_far = names.get(f"amount_{word}")
        if so_far is not None and "amount" in names:
            found.append(_so_far(names["amount"], so_far, names.get(word), state, when))
    return found


def _plain(parts: list[str]) -> str:
    """Return the words of a member's name without that for the unit: `total` for `total_money`."""
    return "_".join(parts[:-1] if len(parts) > 1 and parts[-1] in _UNITS else parts)


def _held_in(value: Any) -> str | None:
    """Return the member of an object that is its amount: `{"amount": 5, "currency": "EUR"}`; None otherwise."""
    if not isinstance(value, dict) or not any("currency" in name.lower() for name in value):
        return None
    return next((name for name in ("amount", "value", "units") if name in value), None)


def _number(value: Any) -> Decimal | None:
    """Return a value as an amount, or None; some APIs write amounts as text, or as objects with a currency."""
    name = _held_in(value)
    value = value if name is None else value[name] or 0
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _as(amount: Decimal, like: Any) -> Any:
    """Write an amount in the form of another value."""
    if isinstance(like, str):
        _, point, cents = like.partition(".")
        return f"{amount:.{len(cents)}f}" if point else f"{amount:.0f}"
    rounded = round(amount, 2)
    return int(rounded) if isinstance(like, int) or rounded == int(rounded) else float(rounded)


def _set(draft: Draft, name: str, amount: Decimal, source: Any = None) -> bool:
    """Set an amount; in an object, also the currency of the object that it is computed from (`source`)."""
    value = draft.members.get(name)
    held = _held_in(value)
    if held is None or not isinstance(value, dict):
        return name in draft.members and draft.set(name, _as(amount, value))
    currency = {one: source[one] for one in value if one != held and one in source} if isinstance(source, dict) else {}
    return draft.set(name, {**value, **currency, held: _as(amount, value[held])})


def _of(draft: Draft, name: str) -> Decimal | None:
    return _number(draft.members.get(name))


def _multiplied(quantity: str, price: str, product: str) -> Rule:
    def rule(draft: Draft) -> None:
        count, each, amount = _of(draft, quantity), _of(draft, price), _of(draft, product)
        if count is None or each is None or amount is None:
            return
        if _set(draft, product, count * each, draft.members[price]):
            return
        if (
            count
            and not isinstance(draft.members[price], dict)
            and _as(amount / count, draft.members[price]) == amount / count
            and _set(draft, price, amount / count)
        ):
            return
        if draft.set(quantity, 1):
            _set(draft, price, amount)

    return rule


def _owed(total: str, paid: str, due: str) -> Rule:
    left = _left(total, paid, due)

    def rule(draft: Draft) -> None:
        if draft.run.fresh and draft.is_open(paid) and _of(draft, paid) is not None:
            _set(draft, paid, Decimal(0))
        left(draft)

    return rule


def _equal(total: str, due: str) -> Rule:
    def rule(draft: Draft) -> None:
        amount = _of(draft, total)
        if amount is not None and _of(draft, due) is not None:
            _set(draft, due, amount, draft.members[total])

    return rule


def _summed(lines: str, total: str, *, own: bool = False) -> Rule:
    """Set a total to the sum of the amounts of the lines; with `own`, of their member with the same name."""

    def rule(draft: Draft) -> None:
        items = draft.members.get(lines)
        if not isinstance(items, list) or not items:
            return
        amounts = [
            _number(item.get(total)) if own else next((one for one in _amounts(item) if one is not None), None)
            for item in items
            if isinstance(item, dict)
        ]
        if len(amounts) == len(items) and None not in amounts:
            _set(draft, total, sum((one for one in amounts if one is not None), Decimal(0)), items[0].get(total))

    return rule


def _amounts(line: Mapping[str, Any]) -> Iterator[Decimal | None]:
    """Yield the amounts of a line, the most specific first."""
    names = {_plain(tokens(name)): name for name in line}
    yield from (_number(line[names[one]]) for one in _PRODUCTS if one in names)
    factors = [next((_number(line[names[one]]) for one in names if one in known), None) for known in _FACTORS]
    if None not in factors:
        yield (factors[0] or Decimal(0)) * (factors[1] or Decimal(0))


def _added_up(subtotal: str, total: str, added: list[str], taken: list[str]) -> Rule:
    def rule(draft: Draft) -> None:
        net, gross = _of(draft, subtotal), _of(draft, total)
        if net is None or gross is None:
            return
        for name in (*added, *taken):
            part = _of(draft, name)
            if part is not None and draft.run.fresh and draft.is_open(name):  # nothing was added to a new record
                _set(draft, name, Decimal(0), draft.members[subtotal])
                continue
            if (
                part is not None and part > net and draft.is_open(name)
            ):  # a tax or discount does not exceed the net amount
                _set(draft, name, round(net / 5, 2 if part != int(part) else 0))
        more = sum((_of(draft, name) or Decimal(0) for name in added), Decimal(0))
        less = sum((_of(draft, name) or Decimal(0) for name in taken), Decimal(0))
        if not _set(draft, total, net + more - less, draft.members[subtotal]):
            _set(draft, subtotal, gross - more + less)

    return rule


def _left(whole: str, part: str, rest: str) -> Rule:
    def rule(draft: Draft) -> None:
        all_of_it, some = _of(draft, whole), _of(draft, part)
        if all_of_it is None or some is None or _of(draft, rest) is None:
            return
        if some > all_of_it and _set(draft, part, all_of_it):
            some = all_of_it
        _set(draft, rest, max(all_of_it - some, Decimal(0)))

    return rule


def _so_far(amount: str, part: str, flag: str | None, state: str | None, when: frozenset[str]) -> Rule:
    """Set the captured or refunded amount to all or nothing, by its flag, else by the status."""

    def rule(draft: Draft) -> None:
        whole, some = _of(draft, amount), _of(draft, part)
        if whole is None or some is None:
            return
        status = draft.members.get(state) if state else None
        is_all = draft.members.get(flag) if flag else status in when if isinstance(status, str) else when is _DONE
        _set(draft, part, whole if is_all is True else Decimal(0))

    return rule
