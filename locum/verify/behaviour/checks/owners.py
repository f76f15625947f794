"""Identities: a second user has no access to the records of the first, and nobody has without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.verify.behaviour.agreement import agrees
from locum.verify.behaviour.expectations import BehaviourExpectation
from locum.verify.behaviour.listing import key_path, total_place, walk
from locum.verify.behaviour.problems import BehaviourScenario, Problem, label, settable, short, status_expected
from locum.verify.behaviour.run_records import Blocked, is_success

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.operations import Operation
    from locum.verify.behaviour.listing import Listing
    from locum.verify.behaviour.run_records import RunRecord
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject

__all__ = ["SCENARIOS"]

_UNAUTHENTICATED = 401
_CREATED_IT = "The first user created it, and records are not shared (--shared)."


def _is_secured(operation: Operation | None) -> bool:
    """Return whether an operation requires credentials: none of its alternatives is empty."""
    return operation is not None and bool(operation.security) and all(operation.security)


def _others(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    token = run.client.other_token
    if not token or run.client.shared or run.client.any_credential:
        raise Blocked("there is no second user, or users share their records")
    record = run.create(subject)
    if subject.read is not None and not is_success(run.read(record)):
        raise Blocked(f"{label(subject.read)} of a new record fails")
    if subject.list_all is not None:
        probe = run.send(subject.list_all, record.parents, token=token)
        if probe.status == _UNAUTHENTICATED:
            raise Blocked("the credential of the second user is not accepted")
    yield from _other_reads(run, subject, record, token)
    yield from _other_lists(run, subject, record, token)
    yield from _other_changes(run, subject, record, token)
    yield from _other_deletes(run, subject, record, token)


def _other_reads(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord, token: str) -> Iterator[Problem]:
    if subject.read is None or not _is_secured(subject.read):
        return
    shown = run.read(record, token=token)
    if is_success(shown):
        yield Problem(
            code="L063",
            operation=subject.read,
            message=f"The second user reads {short(record.key)}: {label(subject.read)} responds {shown.status}.",
            expectation=status_expected(run.last, "401", "403", "404"),
            why=_CREATED_IT,
        )


def _other_lists(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord, token: str) -> Iterator[Problem]:
    if subject.list_all is None or not _is_secured(subject.list_all) or not subject.resource.identity:
        return
    try:
        listing = walk(run, subject, record.parents, token=token)
    except Blocked:
        return  # it is denied
    if str(record.key) in listing.keys:
        where = {"steps": listing.steps, "place": list(subject.list_place or ()), "identity": key_path(subject)}
        yield Problem(
            code="L160",
            operation=subject.list_all,
            message=f"{label(subject.list_all)} shows {short(record.key)} to the second user.",
            expectation=BehaviourExpectation("listed", {**where, "key": record.key, "times": 0}),
            why=_CREATED_IT,
        )
        return
    yield from _counts_others(subject, listing, run)


def _counts_others(subject: BehaviourSubject, listing: Listing, run: ScenarioRun) -> Iterator[Problem]:
    """Yield a problem if the total of a list counts records that it does not show to the second user."""
    assert subject.list_all is not None  # noqa: S101 (the caller)
    place = total_place(listing.pages[0])
    if place is None or not listing.is_complete:
        return
    where = {"steps": listing.steps, "place": list(subject.list_place or ()), "identity": key_path(subject)}
    expected = BehaviourExpectation("count", {**where, "step": listing.steps[0], "total": place})
    name = place if isinstance(place, str) else place[-1]
    if expected.is_met(run.exchanges()) is False and sum(size > 0 for size in listing.sizes) <= 1:
        yield Problem(
            code="L160",
            operation=subject.list_all,
            message=f"{name} of {label(subject.list_all)} counts other records than the {len(listing.elements)} that "
            "it shows to the second user.",
            expectation=expected,
            why="A total tells how many records others have.",
            what="the total",
        )


def _other_changes(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord, token: str) -> Iterator[Problem]:
    for operation in subject.changes:
        if not _is_secured(operation):
            continue
        known = subject.sends(operation)
        for name in settable(subject, operation, subject.read)[:4]:
            value = run.client.bodies.other(name, known[name], record.sent.get(name), run.fresh())
            if agrees(value, record.sent.get(name)):
                continue
            response = run.change(record, operation, {name: value}, token=token)
            if is_success(response):
                yield Problem(
                    code="L161",
                    operation=operation,
                    message=f"The second user changes {short(record.key)}: {label(operation)} responds "
                    f"{response.status}.",
                    expectation=status_expected(run.last, "401", "403", "404"),
                    why=_CREATED_IT,
                )
                break
            if response.status in {401, 403, 404}:
                break


def _other_deletes(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord, token: str) -> Iterator[Problem]:
    delete = subject.delete
    if delete is None or not _is_secured(delete):
        return
    response = run.delete(record, token=token)
    deleted = run.last
    if not is_success(response):
        return
    if subject.read is not None and is_success(run.read(record)):
        return  # nothing was deleted, whatever the response says
    run.forget(record)
    yield Problem(
        code="L162",
        operation=delete,
        message=f"The second user deletes {short(record.key)}: {label(delete)} responds {response.status}.",
        expectation=status_expected(deleted, "401", "403", "404"),
        why=_CREATED_IT,
    )


def _anonymous(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    """Repeat every secured operation that succeeded, without credentials."""
    record = run.create(subject)
    for operation in (subject.list_all, subject.read, *subject.changes, subject.maker, subject.delete):
        if operation is None or not _is_secured(operation):
            continue
        body = record.body if operation.body is not None else None
        of_item = operation in subject.of_items
        path = record.path_values if of_item else record.parents
        shown = run.send(operation, path, body=body, token="", is_anonymous=True)
        if shown.status == _UNAUTHENTICATED or _is_its_way(operation, shown.status):
            continue
        if is_success(shown) or shown.status in {400, 403, 404, 409, 422} or shown.status >= 500:  # noqa: PLR2004 (a server error)
            yield Problem(
                code="L060" if is_success(shown) else "L062",
                operation=operation,
                message=f"Status {shown.status} for a request without credentials.",
                expectation=status_expected(run.last, "401"),
                why=f"{label(operation)} declares security.",
            )


def _is_its_way(operation: Operation, status: int) -> bool:
    """Return whether an operation declares 403 and no 401, so that 403 is its response to missing credentials."""
    return status == 403 and "401" not in operation.responses and "403" in operation.responses  # noqa: PLR2004 (forbidden)


SCENARIOS = (
    BehaviourScenario(
        "owners",
        ("L063", "L160", "L161", "L162"),
        lambda subject: subject.is_creatable and any(map(_is_secured, subject.all)),
        _others,
    ),
    BehaviourScenario(
        "anonymous",
        ("L060", "L062"),
        lambda subject: subject.is_creatable and any(map(_is_secured, subject.all)),
        _anonymous,
    ),
)
