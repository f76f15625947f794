"""The faults of a world: which are active, how often each was applied, and the token buckets of rate limits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.errors import Conflict, Invalid, NotFound
from locum.world.faults.forms import fault_of, plain_of, text_of
from locum.world.seeded import chance

if TYPE_CHECKING:
    from locum.world.faults.fault import Fault, Limit

__all__ = ["Active", "Faults", "Hit", "Left"]

_MOST = 100
_MOST_BUCKETS = 10_000
_FAULT, _BUCKET = 2048, 512
"""Estimated bytes of a fault and of a bucket."""
_LONGEST_CALLER = 200


@dataclass(frozen=True, slots=True)
class Active:
    """An active fault, the number of requests that it matched, and the number to which it was applied."""

    fault: Fault
    seen: int = 0
    hits: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A fault that is applied to a request: its id, its number of hits including this one, the delay in seconds."""

    name: str
    fault: Fault
    count: int
    delay: float

    def __str__(self) -> str:
        return f"{self.name} ({text_of(self.fault)}), hit {self.count}"


class Left(NamedTuple):
    """The state of a caller's bucket: the requests left, the seconds until the next one, and until it is full."""

    requests: int
    seconds: float
    full: float


class Faults:
    """The faults of one world, in the order in which they were added."""

    __slots__ = ("_buckets", "_last", "active")

    def __init__(self) -> None:
        self.active: dict[str, Active] = {}
        """The active faults by id; an ordinary request only checks that it is empty."""
        self._last = 0
        self._buckets: dict[tuple[str, str], tuple[float, int]] = {}
        """The level of each bucket and its time, in microseconds since 1970, by fault and caller."""

    @property
    def bytes(self) -> int:
        """An estimate of the bytes that they take."""
        return _FAULT * len(self.active) + _BUCKET * len(self._buckets)

    def add(self, fault: Fault) -> str:
        """Add a fault and return its id. Raises Conflict if there are too many."""
        if len(self.active) >= _MOST:
            raise Conflict(f"A world has at most {_MOST} faults. Remove one.", code="faults_full")
        self._last += 1
        name = f"f{self._last}"
        self.active[name] = Active(fault)
        return name

    def one(self, name: str) -> Active:
        """Return a fault. Raises NotFound."""
        if name not in self.active:
            known = ", ".join(self.active) or "none"
            raise NotFound(f"There is no fault {name[:20]!r}. Active faults: {known}.", code="no_such_fault")
        return self.active[name]

    def remove(self, name: str) -> None:
        """Remove a fault. Raises NotFound."""
        self.one(name)
        del self.active[name]

    def clear(self) -> None:
        """Remove all faults; their ids are not reused."""
        self.active.clear()
        self._buckets.clear()

    def fork(self) -> Faults:
        """Return an independent copy."""
        twin = Faults()
        twin.active, twin._last, twin._buckets = self.active.copy(), self._last, self._buckets.copy()
        return twin

    def injected(self, operation: str, method: str, api: str, seed: int) -> list[Hit]:
        """Return the faults that apply to a request: all that delay it, up to the first with an outcome.

        In worlds with the same seed, the same requests get the same faults.
        """
        hits = []
        for name, active in list(self.active.items()):
            fault, seen, count = active.fault, active.seen, active.hits
            if not fault.concerns(operation, method, api) or count == fault.times:
                continue
            seen += 1
            random = chance(seed, "fault", name, seen)
            applies = seen > fault.skip and (fault.probability == 1 or random.random() < fault.probability)
            self.active[name] = Active(fault, seen, count + applies)
            if applies:
                delay = 0.0 if fault.latency is None else fault.latency.draw(random)
                hits.append(Hit(name, fault, count + 1, delay))
                if fault.sets_response:
                    break
        return hits

    def take(self, name: str, limit: Limit, caller: str, now: int) -> tuple[bool, Left]:
        """Take a request from a caller's bucket; return whether there was one, and the new state of the bucket."""
        if len(caller) > _LONGEST_CALLER:
            caller = hashlib.blake2b(caller.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        level, then = self._buckets.pop((name, caller), (float(limit.requests), now))
        rate = limit.requests / limit.seconds
        level = min(limit.requests, level + max(now - then, 0) / 1_000_000 * rate)
        # Tolerates rounding errors.
        allowed = level >= 1 - 1e-9
        level = max(level - allowed, 0.0)
        if len(self._buckets) >= _MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[name, caller] = level, now
        return allowed, Left(int(level + 1e-9), max(1 - level, 0) / rate, (limit.requests - level) / rate)

    def form(self) -> list[dict[str, Any]]:
        """Return the faults and their counts for a snapshot, without buckets: after a restore they are full."""
        return [
            {"id": name, "seen": active.seen, "hits": active.hits, **plain_of(active.fault)}
            for name, active in self.active.items()
        ]

    @classmethod
    def of_form(cls, form: Any) -> Faults:
        """Read the faults of a snapshot. Raises Invalid."""
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
                raise Invalid("a fault should have a unique id such as f1.", code="fault_unfit")
            if type(seen) is not int or type(hits) is not int or not 0 <= hits <= seen:
                raise Invalid(f"the fault {name} should have at least as many `seen` as `hits`.", code="fault_unfit")
            faults.active[name] = Active(fault_of(members), seen, hits)
            faults._last = max(faults._last, int(number))
        return faults
