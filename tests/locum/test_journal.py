"""The journal: entries and limits."""

from __future__ import annotations

import pytest

from locum.errors import Violation
from locum.world.journal import Cut, Entry, Journal, Message, weight
from locum.world.ledger import Ledger
from tests.journals import EMPTY

KILO = 1024


class Formatter:
    operation_key = ("", "")

    """Format only the bodies of a record."""

    def format(self, number, record):
        request, response = (
            Message({}, (body.data, body.size) if isinstance(body, Cut) else body)
            for body in (record.request_body, record.response_body)
        )
        return Entry(number=number, at=0, method="GET", path="/", request=request, status=200, response=response)


def record(journal, sent=b"", answered=b"", verdict=""):
    record = EMPTY._replace(formatter=Formatter(), request_body=sent, verdict=verdict, response_body=answered)
    journal.record(record, len(sent) + len(answered) + weight(verdict))


def numbers(journal):
    return [entry.number for entry in journal.entries]


def test_the_journal_keeps_the_latest_thousand_entries():
    journal = Journal()
    for _ in range(1500):
        record(journal)

    assert len(journal) == 1000
    assert (numbers(journal)[0], numbers(journal)[-1], journal.last) == (501, 1500, 1500)


def test_the_number_of_entries_can_be_set():
    journal = Journal(most=3)
    for _ in range(5):
        record(journal)

    assert numbers(journal) == [3, 4, 5]


def test_the_journal_can_keep_nothing():
    journal = Journal(most=0)
    record(journal, b"x" * 100_000)

    assert numbers(journal) == []
    assert journal.last == 1


def test_entries_are_read_from_a_number_on():
    journal = Journal(most=5)
    for _ in range(8):
        record(journal)

    assert [entry.number for entry in journal.after(6)] == [7, 8]
    assert [entry.number for entry in journal.after(0, 2)] == [4, 5]
    assert list(journal.after(8)) == list(journal.after(100)) == []


def test_an_entry_is_found_by_its_number():
    journal = Journal(most=2)
    for _ in range(3):
        record(journal)

    assert [getattr(journal.entry(number), "number", None) for number in (0, 1, 2, 3, 4)] == [None, None, 2, 3, None]


def test_a_long_body_is_truncated_and_marked():
    journal = Journal()
    record(journal, b"a" * 100 * KILO, b"b" * 64 * KILO)
    entry = journal.entries[0]

    assert entry.request.body == (b"a" * 64 * KILO, 100 * KILO)
    assert entry.response.body == b"b" * 64 * KILO


def test_a_long_body_is_truncated_in_a_small_journal_too():
    journal = Journal(most=1)
    record(journal, b"a" * 65 * KILO)

    assert journal.entries[0].request.body == (b"a" * 64 * KILO, 65 * KILO)


@pytest.mark.parametrize("size", [100, 5 * KILO, 20 * KILO, 64 * KILO, 200 * KILO])
def test_the_size_of_the_journal_is_limited(size):
    journal = Journal(most=1000, most_bytes=1024 * KILO)
    kept = []
    for _ in range(1500):
        record(journal, b"a" * size, b"b" * (size // 2))
        kept.append(sum(len(part) for one in journal._records for part in map(data, (one[6], one[12]))))

    assert max(kept) <= 1024 * KILO
    assert 500 * KILO < journal.bytes <= 1024 * KILO


def data(body):
    return body.data if isinstance(body, Cut) else body


def test_the_oldest_entries_are_removed_for_a_large_one():
    journal = Journal(most=100, most_bytes=122 * KILO)
    record(journal, b"large" * 12 * KILO)
    for _ in range(3):
        record(journal)
    record(journal, b"large" * 12 * KILO)

    assert numbers(journal) == [2, 3, 4, 5]


def test_an_entry_removed_by_count_frees_its_bytes():
    journal = Journal(most=4, most_bytes=200 * KILO)
    for _ in range(50):
        record(journal, b"x" * 60 * KILO)
        for _ in range(3):
            record(journal)

    assert numbers(journal) == [197, 198, 199, 200]


def test_the_bytes_are_those_of_the_entries_that_are_left():
    journal, ledger = Journal(most=3), Ledger()
    ledger.left = 1024 * KILO
    journal.count_in(ledger)
    alone = Journal()
    for size in (30, 0, 700, 5 * KILO, 70 * KILO, 1, 2, 3):
        record(journal, b"x" * size)
    for size in (1, 2, 3):
        record(alone, b"x" * size)

    assert journal.bytes == alone.bytes == 1024 * KILO - ledger.left
    journal.clear()
    assert (journal.bytes, ledger.left) == (0, 1024 * KILO)


def test_the_violations_of_a_vast_body_are_counted_and_limited():
    found = tuple(Violation("body", (number,), "enum", ["word"] * 100, "must be one of") for number in range(3000))
    journal = Journal()
    for _ in range(100):
        record(journal, verdict=("invalid", "broken", found))

    assert len(journal) < 100
    assert {len(one[9][2]) for one in journal._records} == {50}


def test_the_limits_of_the_journal_can_be_changed():
    journal = Journal()
    for _ in range(10):
        record(journal, b"x" * 60 * KILO)
    journal.bound(8, 1024 * KILO)
    by_count = numbers(journal)
    journal.bound(8, 128 * KILO)
    by_bytes = numbers(journal)
    record(journal)

    assert by_count == [3, 4, 5, 6, 7, 8, 9, 10]
    assert by_bytes == [9, 10]
    assert numbers(journal) == [9, 10, 11]


def test_a_cleared_journal_continues_its_numbers():
    journal = Journal()
    record(journal, b"x" * 60 * KILO)
    journal.clear()
    record(journal)

    assert numbers(journal) == [2]


def test_entries_are_compared_without_durations():
    one, other = (
        Entry(
            number=1,
            at=0,
            method="GET",
            path="/",
            request=Message({}),
            status=200,
            response=Message({}),
            microseconds=n,
        )
        for n in (1, 2)
    )

    assert one == other
    assert one.plain() != other.plain()
    assert one.plain(timed=False) == other.plain(timed=False)
