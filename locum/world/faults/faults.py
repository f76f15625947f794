"""The faults of a world: which there are, how often each has hit, and what is left in whose bucket."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.errors import Conflict, Invalid, NotFound
from locum.world.faults.forms import fault_of, plain_of, text_of
from locum.world.identifiers import chance

if TYPE_CHECKING:
    from locum.world.faults.fault import Fault, Limit

__all__ = ["Active", "Faults", "Hit", "Left"]

_MOST = 100
_MOST_BUCKETS = 10_000
_FAULT, _BUCKET = 2048, 512
"""Bytes that one takes."""
_LONGEST_CALLER = 200


@dataclass(frozen=True, slots=True)
class Active:
    """A fault, how many requests it concerned so far, and how many of these it hit."""

    fault: Fault
    seen: int = 0
    hits: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """One fault that hits a request: under which id, for which time, and how late it makes it, in seconds."""

    name: str
    fault: Fault
    count: int
    delay: float

    def __str__(self) -> str:
        return f"{self.name} ({text_of(self.fault)}), hit {self.count}"


class Left(NamedTuple):
    """What is left in a caller's bucket: whole requests, the seconds until there is one, and until it is full."""

    requests: int
    seconds: float
    full: float


class Faults:
    """The faults of one world, in the order in which they were added."""

    __slots__ = ("_buckets", "_made", "active")

    def __init__(self) -> None:
        self.active: dict[str, Active] = {}
        """By id; empty where there are none, which is all that an ordinary request asks."""
        self._made = 0
        self._buckets: dict[tuple[str, str], tuple[float, int]] = {}
        """By fault and caller: how much is in it, and at which moment, in microseconds since 1970."""

    @property
    def bytes(self) -> int:
        """About how many bytes they take."""
        return _FAULT * len(self.active) + _BUCKET * len(self._buckets)

    def add(self, fault: Fault) -> str:
        """Add a fault and return its id. Raises Conflict where there are too many."""
        if len(self.active) >= _MOST:
            raise Conflict(f"A world has at most {_MOST} faults. Remove one.", code="faults_full")
        self._made += 1
        name = f"f{self._made}"
        self.active[name] = Active(fault)
        return name

    def one(self, name: str) -> Active:
        """Return a fault. Raises NotFound."""
        if name not in self.active:
            known = ", ".join(self.active) or "none"
            raise NotFound(f"There is no fault of this id. There are: {known}.", code="no_such_fault")
        return self.active[name]

    def remove(self, name: str) -> None:
        """Remove a fault. Raises NotFound."""
        self.one(name)
        del self.active[name]

    def clear(self) -> None:
        """Remove all faults; ids are not used again."""
        self.active.clear()
        self._buckets.clear()

    def fork(self) -> Faults:
        """Return faults that go on by themselves from here."""
        twin = Faults()
        twin.active, twin._made, twin._buckets = self.active.copy(), self._made, self._buckets.copy()
        return twin

    def injected(self, operation: str, method: str, api: str, seed: int) -> list[Hit]:
        """Return what hits a request to an operation: all that delay it, up to the first that answers it.

        The same requests in worlds of one seed are hit at the same places.
        """
        hits = []
        for name, active in list(self.active.items()):
            fault, seen, count = active.fault, active.seen, active.hits
            if not fault.concerns(operation, method, api) or count == fault.times:
                continue
            seen += 1
            random = chance(seed, "fault", name, seen)
            struck = seen > fault.skip and (fault.probability == 1 or random.random() < fault.probability)
            self.active[name] = Active(fault, seen, count + struck)
            if struck:
                delay = 0.0 if fault.latency is None else fault.latency.draw(random)
                hits.append(Hit(name, fault, count + 1, delay))
                if fault.answers:
                    break
        return hits

    def take(self, name: str, limit: Limit, caller: str, now: int) -> tuple[bool, Left]:
        """Take a request out of a caller's bucket at a moment; say whether there was one, and what is left."""
        if len(caller) > _LONGEST_CALLER:
            caller = hashlib.blake2b(caller.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        level, then = self._buckets.pop((name, caller), (float(limit.requests), now))
        rate = limit.requests / limit.seconds
        level = min(limit.requests, level + max(now - then, 0) / 1_000_000 * rate)
        # What fell a hair short by rounding is there.
        allowed = level >= 1 - 1e-9
        level = max(level - allowed, 0.0)
        if len(self._buckets) >= _MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[name, caller] = level, now
        return allowed, Left(int(level + 1e-9), max(1 - level, 0) / rate, (limit.requests - level) / rate)

    def form(self) -> list[dict[str, Any]]:
        """Return what a snapshot keeps: the faults, and how often each has hit; buckets are full again."""
        return [
            {"id": name, "seen": active.seen, "hits": active.hits, **plain_of(active.fault)}
            for name, active in self.active.items()
        ]

    @classmethod
    def of_form(cls, form: Any) -> Faults:
        """Return the faults of a snapshot. Raises Invalid."""
        faults = cls()
        if not isinstance(form, list) or len(form) > _MOST:
            raise Invalid(f"faults should be a list of at most {_MOST}.", code="fault_unfit")
        for written in form:
            if not isinstance(written, dict):
                raise Invalid("a fault should be an object.", code="fault_unfit")
            members = dict(written)
            name, seen, hits = members.pop("id", None), members.pop("seen", 0), members.pop("hits", 0)
            number = name[1:] if isinstance(name, str) and name[:1] == "f" else ""
            if not (number.isascii() and number.isdigit() and len(number) < 10) or name in faults.active:  # noqa: PLR2004
                raise Invalid("a fault should have an id of its own, as f1.", code="fault_unfit")
            if type(seen) is not int or type(hits) is not int or not 0 <= hits <= seen:
                raise Invalid(f"the fault {name} should have been seen as often as it hit.", code="fault_unfit")
            faults.active[name] = Active(fault_of(members), seen, hits)
            faults._made = max(faults._made, int(number))
        return faults
