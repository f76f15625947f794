"""Delete: the record is gone, from the list too, with its children, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import stem, words_of
from locum.verify.behaviour.expectations import BehaviourExpectation
from locum.verify.behaviour.listing import Listing, key_path, total_place, walk
from locum.verify.behaviour.problems import BehaviourScenario, Problem, label, short, status_expected
from locum.verify.behaviour.run_records import Blocked, is_success

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.verify.behaviour.run_records import RunRecord
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject

__all__ = ["SCENARIOS"]

_ACCEPTED = 202
_ENDED = frozenset({"deleted", "archived", "removed", "active", "enabled", "disabled", "trashed", "cancelled",
                    "canceled", "status", "state", "revoked", "closed", "terminated"})  # fmt: skip
"""Words of members that show that a record was ended instead of removed."""
_MOST_CHILDREN = 2
_NAMES_ONE = "The path of DELETE names one record."


def _deletes(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    delete = subject.delete
    assert delete is not None  # noqa: S101 (`applies`)
    earlier = run.create(subject)
    victim = run.create_connected(subject)
    # One has the same values, in case that they select what is deleted.
    others = [run.twin(victim), earlier, run.create(subject, parents=victim.parents)]
    children = [child for one in subject.children[:_MOST_CHILDREN] for child in _children(run, one, victim, others)]
    before = _walked(run, subject, victim)
    former = _members(run, subject, victim)
    response = run.delete(victim)
    if not is_success(response) or response.status == _ACCEPTED:
        raise Blocked(f"{label(delete)} responds {response.status}")
    ended = yield from _item_remains(run, subject, victim, former)
    gone = list(_others_are_gone(run, subject, others, before))
    yield from gone
    if not ended and not gone:
        yield from _list_is_wrong(run, subject, victim, before)
    if not ended:
        yield from _children_remain(run, subject, children)
    again = run.delete(victim)
    if again.status >= 500:  # noqa: PLR2004 (a server error)
        yield Problem(
            code="L133",
            operation=delete,
            message=f"A second {label(delete)} responds {again.status}.",
            expectation=status_expected(run.last, "2XX", "3XX", "4XX"),
            why="DELETE is idempotent (RFC 9110, section 9.2.2), so clients repeat it.",
        )
    if not ended:
        run.forget(victim)


def _members(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord) -> dict[str, Any]:
    return run.shown_of(record) if subject.read is not None else {}


def _walked(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord) -> Listing | None:
    if subject.list_all is None or not subject.resource.identity:
        return None
    try:
        return walk(run, subject, record.parents)
    except Blocked:
        return None


def _children(
    run: ScenarioRun, subject: BehaviourSubject, victim: RunRecord, others: list[RunRecord]
) -> Iterator[tuple[RunRecord, bool]]:
    """Yield a new child of the victim and one of another record, and whether each is the victim's."""
    if not subject.is_creatable:
        return
    for parent, is_victims in ((victim, True), *((other, False) for other in others[:1])):
        try:
            yield run.create(subject, parents=parent.path_values), is_victims
        except Blocked:
            return


def _item_remains(run: ScenarioRun, subject: BehaviourSubject, victim: RunRecord, former: dict[str, Any]) -> Any:
    """Yield a problem if the record can still be read; return whether it was only ended."""
    if subject.read is None or subject.delete is None:
        return False
    shown = run.read(victim)
    if shown.status < 400:  # noqa: PLR2004 (no error)
        now = run.members(subject, subject.read, shown)
        changed = {name for name in now if now[name] != former.get(name)}
        if any(_ENDED & {*words_of(name), stem(name)} for name in changed):
            return True
    if shown.status < 400 or shown.status >= 500:  # noqa: PLR2004 (as above, and a server error)
        yield Problem(
            code="L070",
            operation=subject.delete,
            message=f"{label(subject.delete)} succeeds, then {label(subject.read)} responds {shown.status}.",
            expectation=status_expected(run.last, "404", "410", "4XX"),
            why="After a DELETE the resource is gone (RFC 9110, section 9.3.5).",
        )
    return False


def _list_is_wrong(
    run: ScenarioRun, subject: BehaviourSubject, victim: RunRecord, before: Listing | None
) -> Iterator[Problem]:
    listing = _walked(run, subject, victim) if before is not None else None
    if listing is None or before is None or subject.delete is None or subject.list_all is None:
        return
    if str(victim.key) in listing.keys:
        yield Problem(
            code="L130",
            operation=subject.delete,
            message=f"{label(subject.delete)} succeeds, and {label(subject.list_all)} still shows {short(victim.key)}.",
            expectation=_in(subject, victim, listing.steps, 0),
            why="The list shows the records that exist.",
        )
        return
    place = total_place(listing.pages[0])
    expected = BehaviourExpectation(
        "total", {"step": listing.steps[0], "other": before.steps[0], "place": place, "plus": -1}
    )
    if place is not None and str(victim.key) in before.keys and expected.is_met(run.exchanges()) is False:
        yield Problem(
            code="L112",
            operation=subject.list_all,
            message=f"The total of {label(subject.list_all)} does not shrink by one after {label(subject.delete)}.",
            expectation=expected,
            why="The total counts the records that exist.",
            what="after a delete",
        )


def _in(subject: BehaviourSubject, record: RunRecord, steps: list[int], times: int) -> BehaviourExpectation:
    arguments = {"steps": steps, "place": list(subject.list_place or ()), "identity": key_path(subject)}
    return BehaviourExpectation("listed", {**arguments, "key": record.key, "times": times})


def _others_are_gone(
    run: ScenarioRun, subject: BehaviourSubject, others: list[RunRecord], before: Listing | None
) -> Iterator[Problem]:
    delete = subject.delete
    assert delete is not None  # noqa: S101 (the caller)
    if subject.read is not None:
        for other in others:
            shown = run.read(other)
            if shown.status in {404, 410}:
                yield Problem(
                    code="L131",
                    operation=delete,
                    message=f"{label(delete)} of one record, and {label(subject.read)} of another responds "
                    f"{shown.status}.",
                    expectation=status_expected(run.last, "200"),
                    why=_NAMES_ONE,
                )
                run.forget(other)
                return
    if before is None or subject.list_all is None:
        return
    listing = walk(run, subject, others[0].parents) if others else None
    if listing is None or not (listing.is_complete and before.is_complete) or before.may_be_capped:
        return
    for other in others:
        if str(other.key) in before.keys and str(other.key) not in listing.keys:
            yield Problem(
                code="L131",
                operation=delete,
                message=f"{label(delete)} of one record, and {label(subject.list_all)} no longer shows another.",
                expectation=_in(subject, other, listing.steps, 1),
                why=_NAMES_ONE,
            )
            return


def _children_remain(
    run: ScenarioRun, subject: BehaviourSubject, children: list[tuple[RunRecord, bool]]
) -> Iterator[Problem]:
    delete = subject.delete
    assert delete is not None  # noqa: S101 (the caller)
    for child, is_victims in children:
        below = child.subject
        if below.read is not None:
            shown = run.read(child)
            remains, operation = is_success(shown), below.read
            expectation = status_expected(run.last, *(("404", "410", "4XX") if is_victims else ("200",)))
        elif below.list_all is not None and below.resource.identity:
            try:
                listing = walk(run, below, child.parents)
                remains = str(child.key) in listing.keys
            except Blocked:
                remains = False
                if not is_victims:
                    continue
            operation = below.list_all
            expectation = _in(below, child, [run.last], 0 if is_victims else 1)
        else:
            continue
        if remains is is_victims:
            yield Problem(
                code="L132" if is_victims else "L131",
                operation=delete,
                message=f"After {label(delete)}, {label(operation)} still shows a child of the deleted record."
                if is_victims
                else f"After {label(delete)} of one record, {label(operation)} of a child of another responds "
                f"{run.steps[-1].shown.status}.",
                expectation=expectation,
                why=f"Records of {below.resource.path} belong to one of {subject.resource.path}."
                if is_victims
                else _NAMES_ONE,
                what=below.resource.path,
            )
        if is_victims and not remains:
            run.forget(child)


SCENARIOS = (
    BehaviourScenario(
        "delete",
        ("L070", "L112", "L130", "L131", "L132", "L133"),
        lambda subject: subject.is_creatable and subject.delete is not None,
        _deletes,
    ),
)
