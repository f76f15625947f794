"""Create, then read: what was sent is there, at its Location too, twice the same, and HEAD agrees with GET."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from locum.verify.behaviour.agreement import is_kept
from locum.verify.behaviour.bodies import choices_of
from locum.verify.behaviour.expectations import BehaviourExpectation
from locum.verify.behaviour.problems import (
    BehaviourScenario,
    Problem,
    differences,
    label,
    same_expected,
    short,
    status_expected,
    unkept,
    value_expected,
)
from locum.verify.behaviour.run_records import Blocked, is_success

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.verify.behaviour.run_records import RunRecord
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject
    from locum.verify.exchanges import Shown

__all__ = ["SCENARIOS", "created_differs"]

_READS = 4
"""How often a record is read again: what changes as time passes is no effect of later writes."""
_MISSING = frozenset({404, 410})
_UNSUPPORTED = frozenset({404, 405, 501})
"""How servers respond to HEAD if they do not support it."""


def _create_and_read(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    record = run.create(subject)
    shown = run.read(record)
    read = subject.read
    assert read is not None  # noqa: S101 (`applies`)
    if shown.status in _MISSING or shown.status >= 500:  # noqa: PLR2004 (a server error)
        yield Problem(
            code="L071",
            operation=subject.maker or read,
            message=f"{label(subject.maker)} created {short(record.key)}, and {label(read)} responds {shown.status}.",
            expectation=status_expected(run.last, "200"),
            why=f"{label(read)} reads the records of {subject.resource.path}.",
        )
        return
    if not is_success(shown):
        raise Blocked(f"{label(read)} responds {shown.status}")
    step = run.last
    unstable: dict[str, Problem] = {}
    for _ in range(_READS):
        again = run.read(record)
        unstable = {problem.what: problem for problem in _reads_differ(run, subject, step)}
        if unstable:
            break
    yield from unstable.values()
    if is_success(again):
        problems = created_differs(run, subject, record, again)
        yield from (problem for problem in problems if problem.member not in unstable)
    yield from _head_differs(run, subject, record, shown)
    yield from _location_wrong(run, subject, record, shown)


def created_differs(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord, shown: Shown) -> Iterator[Problem]:
    """Yield the members that a record shows with other values than it was created with."""
    read, made = subject.read, subject.maker
    assert read is not None  # noqa: S101 (the callers have read it)
    assert made is not None  # noqa: S101 (as above)
    sent = subject.shown_as(made, record.sent)
    place = run.place_of(subject, read, shown)
    choices = {name for name, schema in subject.sends(made).items() if choices_of(schema)}
    for name, value, found in unkept(subject, read, sent, run.members(subject, read, shown)):
        yield Problem(
            code="L105" if name in choices else "L100",
            operation=made,
            message=f"{label(made)} was sent {name} {short(value)}; {label(read)} shows {short(found)}.",
            expectation=value_expected(run.last, [*place, name], value),
            why=f"{name} is a member of the request and of the record.",
            what=name,
        )
    response = run.steps[record.created].shown
    place = run.place_of(subject, made, response)
    kept = run.members(subject, read, shown)
    for name, value, found in unkept(subject, made, sent, run.members(subject, made, response)):
        if name in kept and not is_kept(value, kept[name]):
            continue  # it is not stored, and this is what the response shows
        yield Problem(
            code="L100",
            operation=made,
            message=f"{label(made)} was sent {name} {short(value)}, and responds with {short(found)}.",
            expectation=value_expected(record.created, [*place, name], value),
            why=f"{name} is a member of the request and of the response.",
            what=f"{name} of the response",
        )


def _reads_differ(run: ScenarioRun, subject: BehaviourSubject, step: int) -> Iterator[Problem]:
    read = subject.read
    assert read is not None  # noqa: S101 (`applies`)
    one, other = run.steps[step].shown, run.steps[-1].shown
    if one.status != other.status:
        yield Problem(
            code="L101",
            operation=read,
            message=f"{label(read)} responds {one.status}, then {other.status}, and nothing was changed.",
            expectation=_as_before(step, run.last),
            why="GET is safe (RFC 9110, section 9.2.1), and no other request was sent in between.",
        )
        return
    place = run.place_of(subject, read, one)
    before, after = (run.members(subject, read, shown) for shown in (one, other))
    for name in differences(before, after):
        yield Problem(
            code="L101",
            operation=read,
            message=f"{name} is {short(before[name])}, then {short(after[name])}, and nothing was changed.",
            expectation=same_expected(run.last, step, [*place, name], [*place, name]),
            why="GET is safe (RFC 9110, section 9.2.1), and no other request was sent in between.",
            what=name,
        )


def _as_before(step: int, other: int) -> BehaviourExpectation:
    return BehaviourExpectation("same-status", {"step": other, "other": step})


def _head_differs(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord, got: Shown) -> Iterator[Problem]:
    """HEAD need not be declared; if the server supports it, it agrees with GET."""
    read = subject.read
    assert read is not None  # noqa: S101 (`applies`)
    step = run.last
    head = run.read(record, method="HEAD")
    asked = run.last
    if head.status in _UNSUPPORTED and not _supports_head(run, subject, record):
        return
    why = "HEAD has the response of GET without its body (RFC 9110, section 9.3.2)."
    if head.status != got.status:
        yield Problem(
            code="L102",
            operation=read,
            message=f"HEAD {read.path} responds {head.status}, and GET {got.status}.",
            expectation=_as_before(step, asked),
            why=why,
        )
        return
    for name in ("content-type", "content-length", "etag"):
        one, other = head.response_headers.get(name), got.response_headers.get(name)
        is_bare = name == "content-length" and one == "0"  # frameworks count the body that they drop
        if one is not None and other is not None and one != other and not is_bare:
            yield Problem(
                code="L102",
                operation=read,
                message=f"{name} of HEAD {read.path} is {one}, and {other} of GET.",
                expectation=BehaviourExpectation(
                    "header", {"step": run.last, "other": step, "name": name, "equal": True}
                ),
                why=why,
                what=name,
            )


def _supports_head(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord) -> bool:
    """Return whether the server responds to HEAD elsewhere, or the contract declares it."""
    read, list_all = subject.read, subject.list_all
    if read is not None and (read.path, "head") in run.client.contract.operations:
        return True
    return list_all is not None and is_success(run.send(list_all, record.parents, method="HEAD"))


def _location_wrong(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord, got: Shown) -> Iterator[Problem]:
    made, read = subject.create, subject.read
    location = run.steps[record.created].shown.response_headers.get("location", "")
    if made is None or read is None or not location:
        return
    base = urlsplit(got.url)
    path = urlsplit(location).path
    if unquote(path.rpartition("/")[2]) == str(record.key) and base.path.endswith(path):
        return
    if not location.startswith("/"):
        return  # a URL of another host or a relative one: it may pass a proxy
    shown = run.send(read, record.path_values, url=base._replace(path=path, query="").geturl())
    if not is_success(shown):
        yield Problem(
            code="L103",
            operation=made,
            message=f"Location is {location}, which responds {shown.status}.",
            expectation=status_expected(run.last, "200"),
            why="Location of a 201 identifies the new record (RFC 9110, section 10.2.2).",
        )


SCENARIOS = (
    BehaviourScenario(
        "create-and-read",
        ("L071", "L100", "L101", "L102", "L103", "L105"),
        lambda subject: subject.is_creatable and subject.read is not None,
        _create_and_read,
    ),
)
