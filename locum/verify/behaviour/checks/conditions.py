"""Conditional requests: an ETag follows the record, If-None-Match saves a response, If-Match protects a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.verify.behaviour.agreement import agrees
from locum.verify.behaviour.bodies import is_free_text
from locum.verify.behaviour.expectations import BehaviourExpectation
from locum.verify.behaviour.problems import BehaviourScenario, Problem, differences, label, settable, status_expected
from locum.verify.behaviour.run_records import Blocked, is_success

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.operations import Operation
    from locum.verify.behaviour.run_records import RunRecord
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject

__all__ = ["SCENARIOS"]

_NOT_MODIFIED = 304
_FAILED = 412


def _conditions(run: ScenarioRun, subject: BehaviourSubject) -> Iterator[Problem]:
    read = subject.read
    assert read is not None  # noqa: S101 (`applies`)
    record = run.create(subject)
    first = run.read(record)
    tag, step = first.response_headers.get("etag"), run.last
    if not is_success(first) or tag is None:
        raise Blocked(f"{label(read)} returns no ETag")
    if _knows(read, "if-none-match", _NOT_MODIFIED):
        same = run.read(record, headers={"if-none-match": tag})
        if is_success(same):
            yield Problem(
                code="L151",
                operation=read,
                message=f"{label(read)} with If-None-Match of its own ETag responds {same.status}.",
                expectation=status_expected(run.last, "304"),
                why="304 is the response if the ETag matches (RFC 9110, section 13.1.2).",
            )
    for operation in subject.changes[:1]:
        changed = _changed(run, subject, record, operation, {})
        if changed is None:
            raise Blocked(f"no update by {label(operation)} succeeded")
        now = run.read(record)
        before, after = (run.members(subject, read, shown) for shown in (first, now))
        if not differences(before, after):
            raise Blocked(f"{label(operation)} changes nothing that {label(read)} shows")
        if now.response_headers.get("etag") == tag:
            yield Problem(
                code="L150",
                operation=read,
                message=f"The ETag of {label(read)} is {tag} before and after {label(operation)}.",
                expectation=BehaviourExpectation(
                    "header", {"step": run.last, "other": step, "name": "etag", "equal": False}
                ),
                why="An ETag differs if the representation does (RFC 9110, section 8.8.3).",
            )
            return
        if _knows(read, "if-none-match", _NOT_MODIFIED):
            stale = run.read(record, headers={"if-none-match": tag})
            if stale.status == _NOT_MODIFIED:
                yield Problem(
                    code="L151",
                    operation=read,
                    message=f"{label(read)} with If-None-Match of a former ETag responds 304.",
                    expectation=status_expected(run.last, "200"),
                    why="The record has changed since (RFC 9110, section 13.1.2).",
                    what="a former ETag",
                )
        yield from _protected(run, subject, record, tag)


def _protected(run: ScenarioRun, subject: BehaviourSubject, record: RunRecord, tag: str) -> Iterator[Problem]:
    """Change and delete with a former ETag, then change with the current one."""
    read = subject.read
    assert read is not None  # noqa: S101 (the caller)
    for operation in subject.changes:
        if not _knows(operation, "if-match", _FAILED):
            continue
        response = _changed(run, subject, record, operation, {"if-match": tag})
        if response is not None:
            yield _stale(run, operation, response)
        now = run.read(record)
        current = now.response_headers.get("etag")
        if current is not None:
            _changed(run, subject, record, operation, {"if-match": current})
            if run.steps[-1].shown.status == _FAILED:
                yield Problem(
                    code="L152",
                    operation=operation,
                    message=f"{label(operation)} with If-Match of the current ETag responds 412.",
                    expectation=status_expected(run.last, "2XX"),
                    why="The condition is true (RFC 9110, section 13.1.1).",
                    what="the current ETag",
                )
    if subject.delete is not None and _knows(subject.delete, "if-match", _FAILED):
        deleted = run.delete(record, headers={"if-match": tag})
        if is_success(deleted):
            run.forget(record)
            yield _stale(run, subject.delete, deleted.status)


def _stale(run: ScenarioRun, operation: Operation, status: int) -> Problem:
    return Problem(
        code="L152",
        operation=operation,
        message=f"{label(operation)} with If-Match of a former ETag responds {status}.",
        expectation=status_expected(run.last, "412", "428", "409"),
        why="412 is the response if the ETag does not match (RFC 9110, section 13.1.1).",
    )


def _changed(
    run: ScenarioRun, subject: BehaviourSubject, record: RunRecord, operation: Operation, headers: dict[str, str]
) -> int | None:
    """Change a member of a record; return the status if that succeeded, else None."""
    known = subject.sends(operation)
    names = settable(subject, operation, subject.read)
    for name in sorted(names, key=lambda one: not is_free_text(one, known[one]))[:4]:
        former: Any = record.sent.get(name)
        value = run.client.bodies.other(name, known[name], former, run.fresh())
        if agrees(value, former):
            continue
        response = run.change(record, operation, {name: value}, headers=headers)
        if is_success(response):
            record.sent[name] = value
            return response.status
        if response.status in {_FAILED, 428, 409}:
            return None
    return None


def _knows(operation: Operation, header: str, status: int) -> bool:
    """Return whether an operation declares a condition: its header, or the status of the response to it."""
    declared = any(one.name.lower() == header for one in operation.by_location["header"])
    return declared or str(status) in operation.responses


def _has_conditions(subject: BehaviourSubject) -> bool:
    if not subject.is_creatable or subject.read is None:
        return False
    declared = subject.read.declares(200)
    return (declared is not None and "etag" in declared.headers) or _knows(subject.read, "if-none-match", _NOT_MODIFIED)


SCENARIOS = (BehaviourScenario("conditions", ("L150", "L151", "L152"), _has_conditions, _conditions),)
