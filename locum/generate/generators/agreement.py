"""Agreement: rules that make related members of one object consistent.

`created_at` is not after `updated_at`, `completed: false` has no `completed_at`, `total` is price times quantity, an
`item_count` counts the items. The rules are found from the names of the members when an object is planned, so an
object without such members costs nothing. A rule never changes given members, and sets only values that the schema
accepts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeGuard

from locum.generate.files.making import FILES, ORIGIN
from locum.generate.generation import Unsatisfiable
from locum.generate.generators.amounts import amount_rules
from locum.generate.generators.quantities import quantity_rules
from locum.generate.vocabulary.hints import tokens
from locum.generate.vocabulary.texts import slugged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from locum.generate.generation import Generation
    from locum.generate.planning.nodes import Node

    Rule = Callable[["Draft"], None]

__all__ = ["Draft", "agreement_of", "opposite"]

_TRIES = 8


class Draft:
    """An object being generated, and the given members (`kept`) that must not change."""

    __slots__ = ("kept", "members", "named", "run")

    def __init__(
        self, run: Generation, members: dict[str, Any], named: Mapping[str, tuple[Node, bool]], kept: Collection[str]
    ) -> None:
        self.run = run
        self.members = members
        self.named = named
        self.kept = kept

    def is_open(self, name: str) -> bool:
        """Return whether a member is present and not given, so that it may change."""
        return name in self.members and name not in self.kept

    def set(self, name: str, value: Any) -> bool:
        """Set a member if it may change and its schema accepts the value; return whether it now has the value."""
        if self.members.get(name) == value and name in self.members:
            return True
        if name in self.kept or not self.named[name][0].fits(value):
            return False
        self.members[name] = value
        return True

    def clear(self, name: str) -> None:
        """Set a member to null, else remove it, if its schema allows that."""
        if not self.is_open(name) or self.members[name] is None or self.set(name, None):
            return
        if not self.named[name][1]:
            del self.members[name]


def agreement_of(
    named: Mapping[str, tuple[Node, bool]],
) -> Callable[[Generation, dict[str, Any], Collection[str]], None] | None:
    """Return a function that makes an object's members consistent; None if there is no rule for them."""
    words = {name: tokens(name) for name in named}
    rules: list[Rule] = [
        *_outcomes(words),
        *_happened(words),
        *_times(words),
        *_limits(words),
        *_opposites(words),
        *amount_rules(words),
        *_counts(words),
        *_slugs(words),
        *_qualified(words),
        *quantity_rules(words),
    ]
    if not rules:
        return None

    def settle(run: Generation, members: dict[str, Any], kept: Collection[str]) -> None:
        draft = Draft(run, members, named, kept)
        for rule in rules:
            rule(draft)

    return settle


# --- Success or failure ---

_SUCCESS = frozenset({"ok", "success", "successful", "succeeded"})
_ERRORS = frozenset({"error", "errors", "err"})
_OF_ERRORS = frozenset({"code", "message", "type", "detail", "details", "description", "reason", "info"})


def _outcomes(words: Mapping[str, list[str]]) -> list[Rule]:
    """Return the rule for an object with a flag of success: then it has no `error` and no `error_message`."""
    flags = [name for name, parts in words.items() if _is_flag(parts)]
    errors = [name for name, parts in words.items() if {*parts[:1]} & _ERRORS and {*parts[1:]} <= _OF_ERRORS]
    if not flags or not errors:
        return []

    def rule(draft: Draft) -> None:
        if any(draft.members.get(flag) is True for flag in flags):
            for name in errors:
                draft.clear(name)

    return [rule]


def _is_flag(parts: list[str]) -> bool:
    bare = [one for one in parts if one not in {"is", "was"}]
    return len(bare) == 1 and bare[0] in _SUCCESS


# --- What has happened, and when ---

_AT = frozenset({"at", "on", "date", "time", "timestamp", "datetime"})
_BY = frozenset({"by", "reason"})
_STATES = frozenset({"status", "state", "phase", "stage"})
_DONE = {
    "complete": "completed",
    "done": "completed",
    "canceled": "cancelled",
    "trashed": "deleted",
    "finish": "finished",
}
_ALWAYS = frozenset({"created", "updated", "modified", "changed", "inserted", "last", "first", "due", "registered"})


def _event(parts: list[str]) -> str | None:
    """Return the event whose time, author or reason a member holds: `completed` for `completed_at`."""
    if len(parts) > 1 and parts[-1] in _AT | _BY:
        event = parts[-2]
    elif len(parts) > 1 and parts[0] == "date":
        event = parts[1]
    else:
        return None
    return (
        _DONE.get(event, event)
        if event.endswith("ed") or event in {"deletion", "paid", "sent", "read", "seen", "done"}
        else None
    )


def _happened(words: Mapping[str, list[str]]) -> list[Rule]:
    found: list[Rule] = []
    events: dict[str, list[str]] = {}
    flagged: set[str] = set()
    for name, parts in words.items():
        event = _event(parts)
        if event is not None and event not in _ALWAYS:
            events.setdefault(event, []).append(name)
    for name, parts in words.items():
        bare = [word for word in parts if word not in {"is", "has", "was", "been"}]
        if len(bare) == 1 and (stamps := events.get(_DONE.get(bare[0], bare[0]))):
            found.append(_flagged(name, stamps))
            flagged.update(stamps)
        elif parts[-1:] and parts[-1] in _STATES and events:
            found.append(_reached(name, events))
    gone = [name for event in events if event in _GONE for name in events[event] if name not in flagged]
    return [*found, _absent(gone)] if gone else found


_FINAL = frozenset(
    {"closed", "completed", "cancelled", "merged", "resolved", "archived", "finished", "ended", "failed", "rejected"}
)
_GONE = frozenset({"deleted", "deletion", "removed"})
"""Removed records are not shown, so these timestamps are always empty."""


def _absent(names: list[str]) -> Rule:
    def rule(draft: Draft) -> None:
        for name in names:
            draft.clear(name)

    return rule


def _flagged(flag: str, stamps: list[str]) -> Rule:
    times = [name for name in stamps if _is_time(name)]

    def rule(draft: Draft) -> None:
        value = draft.members.get(flag)
        if not isinstance(value, bool):
            return
        given = [name for name in times if name in draft.kept]
        if given and draft.is_open(flag):
            draft.set(flag, any(draft.members[name] is not None for name in given))
            value = draft.members[flag]
        if not value:
            for name in stamps:
                draft.clear(name)
            if any(draft.members.get(name) is not None for name in times) and draft.is_open(flag):
                draft.set(flag, value=True)  # the schema requires a time
            return
        for name in times:
            if draft.members.get(name, "") is None and draft.is_open(name) and not _made_again(draft, name):
                draft.set(flag, value=False)

    return rule


def _is_time(name: str) -> bool:
    parts = tokens(name)
    return parts[-1] in _AT or parts[0] == "date"


def _made_again(draft: Draft, name: str) -> bool:
    """Generate a member until it is not null; return whether that succeeded."""
    for _ in range(_TRIES * 4):
        try:
            value = draft.named[name][0].make(draft.run, 1)
        except Unsatisfiable:
            return False
        if value is not None:
            draft.members[name] = value
            return True
    return False


def _reached(state: str, events: Mapping[str, list[str]]) -> Rule:
    def rule(draft: Draft) -> None:
        present = draft.members.get(state)
        if not isinstance(present, str):
            return
        values = draft.named[state][0].values()
        # Without declared values, a status is one of the usual words: `open` is not `closed`.
        reached = {"_".join(tokens(str(value))) for value in values} if values else _FINAL
        reached = {_DONE.get(value, value) for value in reached}
        now = "_".join(tokens(present))
        for event, stamps in events.items():
            if event in reached and event != _DONE.get(now, now):
                for name in stamps:
                    draft.clear(name)

    return rule


# --- The order of times ---

_IN_ORDER = """
birth born dob founded
created creation inserted registered joined added ordered placed requested queued submitted issued received
since start starts started begin begins began from opens opened open departure departs departed checkin first \
accepted confirmed activated enrolled hired pickup effective approved published paid scheduled
arrival arrives arrived checkout end ends ended to until finish finished completed complete closed close closes stop \
stops stopped delivered resolved shipped merged processed last returned dropoff failed
updated modified changed edited seen
cancelled canceled archived deleted removed revoked trashed terminated
due expires expired expiry expiration expire renews deadline
"""
_ORDER = {word: rank for rank, line in enumerate(_IN_ORDER.strip().splitlines()) for word in line.split()}
"""The order of events, by the words of members."""

_TWO = {("check", "in"): "checkin", ("check", "out"): "checkout", ("drop", "off"): "dropoff", ("pick", "up"): "pickup"}
_OF_TIMES = frozenset({"at", "on", "date", "time", "timestamp", "datetime", "day", "utc", "ts", "by", "estimated"})


def _ranked(parts: list[str]) -> tuple[str, int] | None:
    """Return the subject of a timestamp, without its event word, and the rank of that word."""
    joined: list[str] = []
    for word in parts:
        if joined and (joined[-1], word) in _TWO:
            joined[-1] = _TWO[joined[-1], word]
        else:
            joined.append(word)
    found = next((word for word in joined if word in _ORDER), None)
    if found is None:
        return None
    rest = [word for word in joined if word != found and word not in _OF_TIMES]
    if rest == ["seen"]:
        rest = []
    return "_".join(rest), _ORDER[found]


def _times(words: Mapping[str, list[str]]) -> list[Rule]:
    groups: dict[str, list[tuple[int, str]]] = {}
    for name, parts in words.items():
        ranked = _ranked(parts)
        if ranked is not None:
            groups.setdefault(ranked[0], []).append((ranked[1], name))
    return [_ordered(sorted(group, key=lambda one: one[0])) for group in groups.values() if len(group) > 1]


def _ordered(group: list[tuple[int, str]]) -> Rule:
    def rule(draft: Draft) -> None:
        written = [value for _, name in group if (value := draft.members.get(name)) is not None]
        if _are_in_order(written):  # nearly always; found without parsing them
            return
        moments = {name: moment for _, name in group if (moment := _moment(draft.members.get(name))) is not None}
        present = [(rank, name) for rank, name in group if name in moments]
        if len(present) < 2:  # noqa: PLR2004 (two make an order)
            return
        if all(moments[one[1]] <= moments[two[1]] for one, two in pairwise(present)):
            return
        opened = [(rank, name) for rank, name in present if name not in draft.kept]
        values = sorted(moments[name] for _, name in opened)
        for (_, name), moment in zip(opened, values, strict=True):
            _write(draft, name, moment, moments)
        # Given members are kept; the others are moved before or after them.
        for at, (rank, name) in enumerate(present):
            if name in draft.kept:
                for earlier_rank, earlier in present[:at]:
                    if earlier_rank < rank and moments[earlier] > moments[name]:
                        _write(draft, earlier, moments[name] - timedelta(days=1), moments)
                for later_rank, later in present[at + 1 :]:
                    if later_rank > rank and moments[later] < moments[name]:
                        _write(draft, later, moments[name] + timedelta(days=later_rank - rank), moments)

    return rule


def _are_in_order(values: list[Any]) -> bool:
    """Return whether values are in order and of one textual form of dates or UTC times, which sorts as text."""
    first = values[0] if values else ""
    if not isinstance(first, str) or not (first.endswith("Z") or len(first) == len("2026-01-31")):
        return len(values) < 2  # noqa: PLR2004 (two make an order)
    form = len(first), first[-1] == "Z"
    if not all(isinstance(value, str) and (len(value), value[-1:] == "Z") == form for value in values):
        return False
    return all(one <= other for one, other in pairwise(values))


def _write(draft: Draft, name: str, moment: datetime, moments: dict[str, datetime]) -> None:
    if draft.set(name, _written(moment, draft.members[name])):
        moments[name] = moment


_SECONDS = range(100_000_000, 10_000_000_000)
_MILLISECONDS = range(100_000_000_000, 10_000_000_000_000)


def _held(value: Any) -> str | None:
    """Return the member of an object that is its time: `start: {dateTime: ..., timeZone: ...}`; None otherwise."""
    if not isinstance(value, dict):
        return None
    return next((name for name in value if tokens(name)[-1:] and tokens(name)[-1] in _AT), None)


def _moment(value: Any) -> datetime | None:
    """Return a date, a timestamp, or seconds or milliseconds since 1970 as a datetime; None for other values."""
    held = _held(value)
    value = value if held is None else value[held]
    if isinstance(value, str) and value[:4].isdigit() and value[4:5] == "-":
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    if isinstance(value, int) and not isinstance(value, bool):
        if value in _SECONDS:
            return datetime.fromtimestamp(value, UTC)
        if value in _MILLISECONDS:
            return datetime.fromtimestamp(value // 1000, UTC)
    return None


def _written(moment: datetime, like: Any) -> Any:
    held = _held(like)
    return _as_written(moment, like) if held is None else {**like, held: _as_written(moment, like[held])}


def _as_written(moment: datetime, like: Any) -> Any:
    """Write a time in the form of another value."""
    if isinstance(like, int):
        return int(moment.timestamp()) * (1000 if like in _MILLISECONDS else 1)
    if len(like) == len("2026-01-31"):
        return moment.isoformat()[:10]
    text = moment.astimezone(UTC).isoformat()[:19]
    return text + ("Z" if like.endswith("Z") else "+00:00" if like[-6:-5] in {"+", "-"} else "")


# --- Least and most ---

_ENDS = {"min": "max", "minimum": "maximum", "low": "high", "lower": "upper", "least": "most", "lowest": "highest",
         "from": "to", "start": "end", "floor": "ceiling"}  # fmt: skip


def _partners(words: Mapping[str, list[str]], ends: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return pairs of members with names that differ in one word: `min_price` and `max_price`."""
    by_words = {tuple(parts): name for name, parts in words.items()}
    found = []
    for parts, name in by_words.items():
        for at, word in enumerate(parts):
            other = by_words.get((*parts[:at], ends.get(word, ""), *parts[at + 1 :]))
            if other is not None:
                found.append((name, other))
    return found


def _limits(words: Mapping[str, list[str]]) -> list[Rule]:
    return [_limit(low, high) for low, high in _partners(words, _ENDS)]


def _limit(low: str, high: str) -> Rule:
    def rule(draft: Draft) -> None:
        least, most = draft.members.get(low), draft.members.get(high)
        if not (_is_number(least) and _is_number(most)) or least <= most:
            return
        if draft.is_open(low) and draft.is_open(high):
            if draft.named[low][0].fits(most) and draft.named[high][0].fits(least):
                draft.members[low], draft.members[high] = most, least
        elif not draft.set(high, least):
            draft.set(low, most)

    return rule


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


# --- Opposite ends differ ---

_OPPOSITES = {"origin": "destination", "from": "to", "source": "target", "sender": "recipient", "departure": "arrival",
              "buyer": "seller", "old": "new", "base": "head", "previous": "current", "home": "away",
              "pickup": "dropoff", "start": "end", "payer": "payee", "src": "dst",
              "follower": "followed", "before": "after"}  # fmt: skip
_MORE = {"source": "destination", "sender": "receiver", "from": "into", "previous": "next", "payer": "recipient"}


def opposite(name: str, names: Collection[str]) -> str | None:
    """Return the opposite of a member: `destination` of `origin`."""
    words = {other: tokens(other) for other in names}
    for ends in (_OPPOSITES, _MORE):
        for one, two in _partners(words, ends):
            if name in {one, two}:
                return two if name == one else one
    return None


def _opposites(words: Mapping[str, list[str]]) -> list[Rule]:
    pairs = [*_partners(words, _OPPOSITES), *_partners(words, _MORE)]
    return [_differing(one, two) for one, two in pairs]


def _differing(one: str, two: str) -> Rule:
    def rule(draft: Draft) -> None:
        value = draft.members.get(one)
        if value is None or isinstance(value, bool | list) or value != draft.members.get(two):
            return
        changing = two if draft.is_open(two) else one
        if not draft.is_open(changing):
            return
        node = draft.named[changing][0]
        for _ in range(_TRIES):
            before = draft.run.begin(placed=True)
            try:
                other = node.make(draft.run, 1)
            except Unsatisfiable:
                return
            finally:
                draft.run.resume(before)
            if other is not None and other != value:
                draft.members[changing] = other
                return

    return rule


# --- Counts of lists ---

_COUNTS = frozenset({"count", "total", "size", "length", "number"})
_OF_PAGES = frozenset(
    {"page", "pages", "limit", "offset", "cursor", "next", "more", "per", "pagination", "previous", "prev"}
)


def _counts(words: Mapping[str, list[str]]) -> list[Rule]:
    found: list[Rule] = []
    lists = {_single(parts): name for name, parts in words.items()}
    pages = any(not _OF_PAGES.isdisjoint(parts) for parts in words.values())
    for name, parts in words.items():
        if len(parts) > 1 and (parts[-1] in _COUNTS or parts[0] in {"num", "total", "count"}):
            subject = parts[1:] if parts[0] in {"num", "total", "count"} else parts[:-1]
            subject = subject[1:] if subject[:1] == ["of"] else subject
            if subject == ["of"] or not subject:
                continue
            other = lists.get(_single(subject))
            if parts[:2] == ["number", "of"]:
                other = lists.get(_single(parts[2:]))
            if other is not None and other != name:
                found.append(_counted(name, other))
        elif parts[:2] == ["number", "of"]:
            other = lists.get(_single(parts[2:]))
            found += [_counted(name, other)] if other is not None else []
        elif parts in (["count"], ["length"]) and not pages:
            found.append(_counted(name, None))
    return found


def _single(parts: list[str]) -> str:
    return "_".join(parts).removesuffix("s").removesuffix("ie").removesuffix("y")


def _counted(count: str, name: str | None) -> Rule:
    def rule(draft: Draft) -> None:
        members = draft.members
        lists = [name] if name is not None else [one for one, value in members.items() if isinstance(value, list)]
        if len(lists) == 1 and isinstance(members.get(lists[0]), list) and _is_number(members.get(count)):
            draft.set(count, len(members[lists[0]]))

    return rule


# --- Slugs and file names ---

_TITLES = (
    "name",
    "title",
    "full_name",
    "display_name",
    "displayName",
    "subject",
    "label",
    "headline",
    "username",
    "login",
)


def _slugs(words: Mapping[str, list[str]]) -> list[Rule]:
    title = next((name for name in _TITLES if name in words), None)
    if title is None:
        return []
    slugs = [name for name, parts in words.items() if parts in (["slug"], ["permalink"])]
    files = [
        name
        for name, parts in words.items()
        if parts and (parts[-1] in _PICTURED or parts[-1] in {"url", "uri", "link", "src"})
    ]

    def rule(draft: Draft) -> None:
        text = draft.members.get(title)
        short = slugged(text)[:60] if isinstance(text, str) else ""
        if not short:
            return
        for name in slugs:
            if draft.is_open(name) and isinstance(draft.members[name], str):
                draft.set(name, short)
        for name in files:
            value = draft.members.get(name)
            if isinstance(value, str) and value.startswith(_FILES) and name not in draft.kept:
                draft.set(name, f"{_FILES}{short}.{value.rpartition('.')[2]}")

    return [rule] if slugs or files else []


def _qualified(words: Mapping[str, list[str]]) -> list[Rule]:
    """Set the full name of a repository from its owner and name: `acme/billing-service`."""
    full = next((name for name in ("full_name", "fullName", "path_with_namespace") if name in words), None)
    if full is None or "name" not in words or "owner" not in words:
        return []

    def rule(draft: Draft) -> None:
        owner, name = draft.members.get("owner"), draft.members.get("name")
        who = (
            next((owner[one] for one in ("login", "username", "name") if one in owner), None)
            if isinstance(owner, dict)
            else owner
        )
        if isinstance(who, str) and isinstance(name, str) and draft.is_open(full):
            draft.set(full, f"{who}/{name}")

    return [rule]


_FILES = ORIGIN + FILES
_PICTURED = frozenset({"image", "avatar", "photo", "picture", "thumbnail", "logo", "icon", "cover", "banner", "poster"})
