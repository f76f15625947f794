"""Lists: they contain new records once; their pages respect a limit, are disjoint, complete and in a stable order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.verify.behaviour.bodies import is_free_text
from locum.verify.behaviour.expectations import BehaviourExpectation
from locum.verify.behaviour.listing import Listing, key_path, size_of, total_place, walk
from locum.verify.behaviour.problems import BehaviourScenario, Problem, label, short, status_expected
from locum.verify.behaviour.run_records import Blocked, IdentifierReused, is_success, key_is_sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.verify.behaviour.run_records import RunRecord
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject

__all__ = ["SCENARIOS"]

_FEW = 5
"""The number of records to create, so that there are several pages."""
_SMALL = 2
"""The size of a page."""
_MOST_LISTED = 60
"""Longer lists are not paged through in small pages."""
_EXISTS = "The list shows the records that exist."


def _contains(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    assert subject.list_all is not None  # noqa: S101 (`applies`)
    parents = run.parents_of(subject)
    first = run.create(subject, parents=parents)
    before = walk(run, subject, parents)
    try:
        record = run.create(subject, parents=parents)
    except IdentifierReused:
        yield _reused(run, subject, first)
        return
    after = walk(run, subject, parents)
    if str(record.key) in before.keys:
        yield _reused(run, subject, record)
        return
    count = after.keys.count(str(record.key))
    if count == 0 and after.is_complete and not after.may_be_capped:
        yield Problem(
            code="L110",
            operation=subject.list_all,
            message=f"{label(subject.maker)} created {short(record.key)}, and {label(subject.list_all)} does not "
            f"show it on {'its page' if len(after.pages) == 1 else f'any of {len(after.pages)} pages'}.",
            expectation=_listed(subject, record, after.steps, 1),
            why=_EXISTS,
        )
        return
    if count > 1:
        yield _twice(subject, after, record)
    else:
        yield from _made_twice(subject, before, after, record)
    yield from _total_wrong(run, subject, before, after)
    yield from _in_another_parent(run, subject, record)


def _reused(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord) -> Problem:
    maker = subject.maker
    assert maker is not None  # noqa: S101 (`applies`)
    made = [step for step, one in enumerate(run.steps) if one.operation is maker and is_success(one.shown)]
    place = [*run.place_of(subject, maker, run.steps[made[-1]].shown), *subject.resource.identity]
    return Problem(
        code="L107",
        operation=maker,
        message=f"{label(maker)} returns the identifier {short(record.key)}, which another record has.",
        expectation=BehaviourExpectation("keys", {"step": made[-1], "other": made[0], "place": place, "differ": True}),
        why="An identifier names one record.",
    )


def _listed(subject: BehaviourSubject, record: RunRecord, steps: list[int], times: int) -> BehaviourExpectation:
    return BehaviourExpectation("listed", {**_where(subject, steps), "key": record.key, "times": times})


def _where(subject: BehaviourSubject, steps: list[int]) -> dict[str, Any]:
    return {"steps": steps, "place": list(subject.list_place or ()), "identity": key_path(subject)}


def _twice(subject: BehaviourSubject, listing: Listing, record: RunRecord) -> Problem:
    assert subject.list_all is not None  # noqa: S101 (the callers)
    return Problem(
        code="L111",
        operation=subject.list_all,
        message=f"{label(subject.list_all)} shows {short(record.key)} {listing.keys.count(str(record.key))} times.",
        expectation=_listed(subject, record, listing.steps, 1),
        why="A list shows each record once.",
    )


def _made_twice(subject: BehaviourSubject, before: Listing, after: Listing, record: RunRecord) -> Iterator[Problem]:
    """Yield a problem if one create made two records: their texts are words that no other create sent."""
    maker = subject.maker
    assert maker is not None  # noqa: S101 (`applies`)
    assert subject.list_all is not None  # noqa: S101 (as above)
    sends, own = subject.sends(maker), after.element(record.key)
    for name, value in subject.shown_as(maker, record.sent).items():
        if not isinstance(own, dict) or own.get(name) != value or name not in sends:
            continue
        if not is_free_text(name, sends[name]):
            continue
        alike = [one for one in after.elements if isinstance(one, dict) and one.get(name) == value]
        if len(alike) > 1 and not any(isinstance(one, dict) and one.get(name) == value for one in before.elements):
            yield Problem(
                code="L111",
                operation=subject.list_all,
                message=f"{label(maker)} was sent once, and {label(subject.list_all)} shows {len(alike)} records with "
                f"{name} {short(value)}.",
                expectation=BehaviourExpectation(
                    "valued", {**_where(subject, after.steps), "member": name, "value": value, "times": 1}
                ),
                why="A create makes one record.",
            )
            return


def _total_wrong(run: ScenarioRun, subject: BehaviourSubject, before: Listing, after: Listing) -> Iterator[Problem]:
    assert subject.list_all is not None  # noqa: S101 (the caller)
    place = total_place(after.pages[0])
    if place is None or not (before.is_complete and after.is_complete):
        return
    expected = BehaviourExpectation(
        "total", {"step": after.steps[0], "other": before.steps[0], "place": place, "plus": 1}
    )
    name = place if isinstance(place, str) else place[-1]
    is_of_page = name.lower() == "count" and sum(size > 0 for size in after.sizes) > 1
    if not is_of_page and expected.is_met(run.exchanges()) is False:
        yield Problem(
            code="L112",
            operation=subject.list_all,
            message=f"{name} of {label(subject.list_all)} does not grow by one after {label(subject.maker)}.",
            expectation=expected,
            why=f"{name} counts the records that exist.",
            what="after a create",
        )
        return
    counted = BehaviourExpectation("total", {"step": after.steps[0], "place": place, "plus": len(after.elements)})
    if not is_of_page and counted.is_met(run.exchanges()) is False:
        yield Problem(
            code="L112",
            operation=subject.list_all,
            message=f"{name} of {label(subject.list_all)} is not the number of records on all its pages, "
            f"{len(after.elements)}.",
            expectation=BehaviourExpectation(
                "count", {**_where(subject, after.steps), "step": after.steps[0], "total": place}
            ),
            why=f"{name} counts the records of the list.",
            what="the number of records",
        )


def _in_another_parent(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord) -> Iterator[Problem]:
    """Yield a problem if a record is shown below a parent that is not its own."""
    parent = subject.parent
    if key_is_sent(record):
        return  # the other parent may have a record of the same name
    if parent is None or parent.resource.depth != subject.resource.depth - 1 or not parent.is_creatable:
        return
    try:
        other = run.create(parent, parents=record.parents[:-1])
    except Blocked:
        return
    assert subject.list_all is not None  # noqa: S101 (the caller)
    if other.path_values == record.parents:
        return
    try:
        listing = walk(run, subject, other.path_values)
    except Blocked:
        listing = None
    why = f"The path of {label(subject.list_all)} selects the records of one of {parent.resource.path}."
    if listing is not None and str(record.key) in listing.keys:
        yield Problem(
            code="L114",
            operation=subject.list_all,
            message=f"{label(subject.list_all)} of one parent shows {short(record.key)}, which was created below "
            "another.",
            expectation=_listed(subject, record, listing.steps, 0),
            why=why,
        )
    if subject.read is not None:
        shown = run.send(subject.read, (*other.path_values, str(record.key)))
        if is_success(shown):
            yield Problem(
                code="L114",
                operation=subject.read,
                message=f"{label(subject.read)} shows {short(record.key)} below another parent than its own.",
                expectation=status_expected(run.last, "4XX"),
                why=f"The path of {label(subject.read)} names a record of one of {parent.resource.path}.",
            )


def _pages(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    assert subject.list_all is not None  # noqa: S101 (`applies`)
    parents = run.parents_of(subject)
    for _ in range(_FEW):
        run.create(subject, parents=parents)
    full = walk(run, subject, parents)
    unstable = list(_order_unstable(run, subject, parents, full))
    yield from unstable
    if unstable or len(full.keys) != len(set(full.keys)):
        return
    part = size_of(subject)
    yield from _default_size(run, subject, parents)
    if part is None and len(full.pages) == 1:
        return
    size = max(_SMALL, part.minimum) if part is not None else None
    small = walk(run, subject, parents, size=size, most=_MOST_LISTED)
    if size is not None and small.sizes and max(small.sizes) > size:
        over = small.sizes.index(max(small.sizes))
        yield Problem(
            code="L140",
            operation=subject.list_all,
            message=f"{label(subject.list_all)} was asked for {size} records and returns {small.sizes[over]}.",
            expectation=BehaviourExpectation("at-most", {**_where(subject, [small.steps[over]]), "count": size}),
            why=f"{part.key if part is not None else ''} is the size of a page.",
        )
        return
    overlaps = list(_overlap(subject, full, small))
    yield from overlaps
    if not overlaps:
        yield from _incomplete(run, subject, full, small)


def _overlap(subject: BehaviourSubject, full: Listing, small: Listing) -> Iterator[Problem]:
    assert subject.list_all is not None  # noqa: S101 (the caller)
    keys, first = small.keys, 0
    if small.repeated is not None and not set(full.keys) <= set(keys):
        yield Problem(
            code="L141",
            operation=subject.list_all,
            message=f"Page {len(small.pages) + 1} of {label(subject.list_all)} shows only records of earlier pages, "
            f"and {len(full.keys) - len(keys)} records are on none.",
            expectation=BehaviourExpectation("distinct", _where(subject, [*small.steps, small.repeated])),
            why="Each record is on one page.",
        )
        return
    if len(keys) == len(set(keys)):
        return
    seen: dict[str, int] = {}
    for page, size in enumerate(small.sizes):
        for key in keys[first : first + size]:
            if key in seen:
                steps = list(dict.fromkeys((small.steps[seen[key]], small.steps[page])))
                yield Problem(
                    code="L141",
                    operation=subject.list_all,
                    message=f"Pages {seen[key] + 1} and {page + 1} of {label(subject.list_all)} both show "
                    f"{short(key)}.",
                    expectation=BehaviourExpectation("distinct", _where(subject, steps)),
                    why="Each record is on one page.",
                )
                return
            seen[key] = page
        first += size


def _incomplete(run: ScenarioRun, subject: BehaviourSubject, full: Listing, small: Listing) -> Iterator[Problem]:
    assert subject.list_all is not None  # noqa: S101 (the caller)
    leads_on = small.by_link or any(
        part.kind.is_position for part in (subject.listing.paging.parts if subject.listing is not None else ())
    )
    if not (full.is_complete and small.is_complete and leads_on):
        return
    missing = [key for key in full.keys if key not in set(small.keys)]
    if missing:
        # Links that end too early leave out the end of the list; a wrong offset leaves out records in between.
        ended = small.by_link and missing == full.keys[-len(missing) :]
        code = "L143" if ended else "L142"
        yield Problem(
            code=code,
            operation=subject.list_all,
            message=f"{len(small.pages)} pages of {label(subject.list_all)} show {len(small.keys)} of "
            f"{len(full.keys)} records.",
            expectation=BehaviourExpectation(
                "leads-on" if ended else "as-many", {**_where(subject, small.steps), "whole": full.steps}
            ),
            why="The links lead through all pages." if ended else "All pages together show every record.",
        )
        return
    place = total_place(small.pages[0])
    name = "" if place is None else place if isinstance(place, str) else place[-1]
    if place is None or name.lower() == "count":
        return
    expected = BehaviourExpectation("total", {"step": small.steps[0], "place": place, "plus": len(full.keys)})
    if expected.is_met(run.exchanges()) is False:
        yield Problem(
            code="L112",
            operation=subject.list_all,
            message=f"{name} of {label(subject.list_all)} is not {len(full.keys)}, the number of records on all pages.",
            expectation=BehaviourExpectation(
                "count", {**_where(subject, full.steps), "step": small.steps[0], "total": place}
            ),
            why=f"{name} counts the records of the list, not those of a page.",
            what="of a page",
        )


def _order_unstable(
    run: ScenarioRun, subject: BehaviourSubject, parents: tuple[str, ...], full: Listing
) -> Iterator[Problem]:
    assert subject.list_all is not None  # noqa: S101 (the caller)
    again = walk(run, subject, parents)
    if set(again.keys) == set(full.keys) and again.keys != full.keys and len(full.keys) == len(set(full.keys)):
        yield Problem(
            code="L144",
            operation=subject.list_all,
            message=f"{label(subject.list_all)} shows the same records in another order the second time.",
            expectation=BehaviourExpectation("same-order", {**_where(subject, again.steps), "whole": full.steps}),
            why="Pages of a list without an order overlap or have gaps.",
        )


def _default_size(run: ScenarioRun, subject: BehaviourSubject, parents: tuple[str, ...]) -> Iterator[Problem]:
    """Without the parameter, a page has at most its declared default."""
    assert subject.list_all is not None  # noqa: S101 (the caller)
    part = size_of(subject)
    if part is None or part.default is None or part.default > _FEW or part.default < 1:
        return
    shown = run.send(subject.list_all, parents)
    expected = BehaviourExpectation("at-most", {**_where(subject, [run.last]), "count": part.default})
    if expected.is_met(run.exchanges()) is False:
        yield Problem(
            code="L140",
            operation=subject.list_all,
            message=f"{label(subject.list_all)} without {part.key} returns more than {part.default} records, its "
            "default.",
            expectation=expected,
            why=f"The default of {part.key} is declared.",
            what="the default",
        )
    del shown


def _has_list(subject: BehaviourSubject) -> bool:
    return subject.is_creatable and subject.list_all is not None and bool(subject.resource.identity)


def _has_pages(subject: BehaviourSubject) -> bool:
    return _has_list(subject) and subject.listing is not None


SCENARIOS = (
    BehaviourScenario("create-and-list", ("L107", "L110", "L111", "L112", "L114"), _has_list, _contains),
    BehaviourScenario("pages", ("L112", "L140", "L141", "L142", "L143", "L144"), _has_pages, _pages),
)
