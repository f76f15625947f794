"""Faults as values: parsing, matching, and deterministic application."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.errors import Conflict, Invalid, NotFound
from locum.world.faults import Fault, Faults, Limit, fault_of, plain_of, text_of
from locum.world.faults.fault import read_latency
from locum.world.faults.forms import METHODS

NAMES = st.text("abcXYZ*_-.é ", min_size=1, max_size=12).map(str.strip).filter(bool)
DURATIONS = st.sampled_from(["0s", "1ms", "200ms", "1s 500ms", "2m", "10m"])
LATENCIES = st.one_of(
    DURATIONS,
    st.builds("lognormal({}, {:g})".format, DURATIONS, st.sampled_from([0, 0.4, 1.5, 5])),
    st.just("p50:80ms p90:300ms p99.9:2s"),
)
OUTCOMES = st.one_of(
    st.just({}),
    st.builds(lambda name: {"outcome": name}, st.sampled_from(["reset", "empty", "truncated", "malformed"])),
    st.builds(lambda status: {"status": status}, st.integers(200, 599)),
    st.just({"content_type": "text/html"}),
    st.builds(
        lambda requests, seconds: {"limit": {"requests": requests, "seconds": seconds}},
        st.integers(1, 10**9),
        st.sampled_from([0.001, 1.0, 60.0, 90.5, 86400.0]),
    ),
)
FAULTS = st.builds(
    lambda members, outcome, latency: {
        **members,
        **outcome,
        **({} if outcome and latency is None else {"latency": latency or "5ms"}),
    },
    st.fixed_dictionaries(
        {},
        optional={
            "operation": NAMES,
            "method": st.sampled_from(METHODS),
            "api": NAMES,
            "probability": st.floats(0, 1),
            "times": st.integers(1, 10**9),
            "skip": st.integers(0, 10**9),
            "bytes_per_second": st.integers(1, 10**9),
        },
    ),
    OUTCOMES,
    st.none() | LATENCIES,
)


@given(FAULTS)
def test_a_fault_is_parsed_back_from_both_forms(members):
    fault = fault_of(members)

    assert fault_of(plain_of(fault)) == fault
    assert fault_of(text_of(fault)) == fault


def test_the_text_and_the_members_of_a_fault_are_equivalent():
    text = "operation=deleteApiKey, probability=0.5, times=2, skip=1, latency=lognormal(120ms, 0.4), slow=1000B/s, status=503"

    assert fault_of(text) == fault_of(
        {
            "operation": "deleteApiKey",
            "probability": 0.5,
            "times": 2,
            "skip": 1,
            "latency": "lognormal(120ms, 0.4)",
            "bytes_per_second": 1000,
            "status": 503,
        }
    )
    assert fault_of("limit=10/1m").limit == Limit(10, 60)
    assert fault_of("RESET") == Fault(outcome="reset")


@pytest.mark.parametrize(
    ("message", "output"),
    [
        ("", "This fault has no effect"),
        ("times=2", "This fault has no effect"),
        ("statsu=503", "Did you mean status?"),
        ("rest", "Did you mean reset?"),
        ("status=99", "a whole number from 200 to 599"),
        ("status=abc", "a whole number from 200 to 599"),
        ("status=503, reset", "only one outcome, not outcome and status"),
        ("status=503, status=404", "has the member status twice"),
        ("latency=soon", "is not a duration"),
        ("latency=11m", "at most 10m"),
        ("latency=p90:2s p50:3s", "must increase from left to right"),
        ("latency=lognormal(1s, 9)", "from 0 to 5"),
        ("slow=fast", "slow=1000B/s"),
        ("limit=10", "limit=10/60s"),
        ("probability=2, reset", "a number from 0 to 1"),
        ("probability=nan, reset", "a number from 0 to 1"),
        ("method=FETCH, reset", "one of GET"),
        ("content-type=html", "a media type"),
        ("reset, " + "x" * 1000, "at most 1000 characters"),
        ({"status": True}, "a whole number"),
        ({"limit": {"requests": 1}}, "an object with requests and seconds"),
        ({"limit": {"requests": 1, "seconds": 0}}, "a number above 0"),
        ({"operation": "a,b", "status": 500}, "without a comma"),
        ({"outcome": "explode"}, "one of reset"),
    ],
)
def test_an_invalid_fault_is_rejected_with_a_message(message, output):
    with pytest.raises(Invalid) as rejected:
        fault_of(message)

    assert output in rejected.value.message
    assert rejected.value.code == "fault_unfit"


def apply_faults(faults, count, operation="a", seed=0):
    return [[hit.name for hit in faults.injected(operation, "GET", "x", seed)] for _ in range(count)]


def test_a_fault_is_applied_twice_and_then_expires():
    faults = Faults()
    faults.add(fault_of("status=503, times=2, skip=1"))

    assert apply_faults(faults, 5) == [[], ["f1"], ["f1"], [], []]
    assert faults.one("f1").hits == 2


@pytest.mark.parametrize(
    ("message", "hits"),
    [
        ("operation=get*, reset", True),
        ("operation=delete*, reset", False),
        ("method=GET, reset", True),
        ("method=PUT, reset", False),
        ("api=x, reset", True),
        ("api=y, reset", False),
    ],
)
def test_a_fault_applies_to_matching_requests(message, hits):
    faults = Faults()
    faults.add(fault_of(message))

    assert apply_faults(faults, 1, "getKey") == [["f1"] if hits else []]


def test_the_same_seed_injects_faults_into_the_same_requests():
    def run(seed):
        faults = Faults()
        faults.add(fault_of("probability=0.3, reset"))
        return apply_faults(faults, 200, seed=seed)

    assert run(7) == run(7) != run(8)
    assert 30 < sum(map(bool, run(7))) < 90


def test_delays_add_up_and_the_first_outcome_is_used():
    faults = Faults()
    for message in ("latency=100ms", "status=503, times=1", "status=500", "latency=1s"):
        faults.add(fault_of(message))

    assert apply_faults(faults, 2) == [["f1", "f2"], ["f1", "f3"]]


def test_a_fork_has_its_own_counters():
    faults = Faults()
    faults.add(fault_of("reset, times=1"))
    twin = faults.fork()

    assert apply_faults(faults, 2) == apply_faults(twin, 2) == [["f1"], []]


def test_a_removed_fault_is_not_applied_and_its_id_not_reused():
    faults = Faults()
    faults.add(fault_of("reset"))
    faults.remove("f1")

    assert apply_faults(faults, 1) == [[]]
    assert faults.add(fault_of("reset")) == "f2"
    with pytest.raises(NotFound, match="Active faults: f2"):
        faults.remove("f1")


def test_the_number_of_faults_is_limited():
    faults = Faults()
    for _ in range(100):
        faults.add(fault_of("reset"))
    with pytest.raises(Conflict):
        faults.add(fault_of("reset"))


def test_a_bucket_is_refilled_by_the_worlds_clock():
    faults = Faults()
    limit = Limit(2, 10)
    at = [faults.take("f1", limit, "ada", second * 1_000_000) for second in (0, 0, 0, 4, 5, 5, 100, 100, 100)]

    assert [allowed for allowed, _ in at] == [True, True, False, False, True, False, True, True, False]
    assert at[2][1].seconds == pytest.approx(5)
    assert faults.take("f1", limit, "bram", 0)[0]


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("200ms", 0.2, 0.2),
        ("lognormal(100ms, 0.5)", 0.01, 1.0),
        ("p50:100ms p90:1s", 0.1, 1.0),
    ],
)
def test_a_latency_is_drawn_from_its_distribution(text, least, most):
    latency = read_latency(text)
    drawn = sorted(latency.draw(Random(seed)) for seed in range(1000))

    assert least <= drawn[10]
    assert drawn[-10] <= most
    if least < most:
        assert 0.08 <= drawn[500] <= 0.12


def test_a_latency_is_never_longer_than_ten_minutes():
    assert max(read_latency("lognormal(10m, 5)").draw(Random(seed)) for seed in range(50)) == 600


def test_faults_are_serialized_and_restored():
    faults = Faults()
    faults.add(fault_of("operation=a*, limit=10/60s"))
    faults.add(fault_of("status=503, times=3"))
    faults.remove("f1")
    apply_faults(faults, 2)
    again = Faults.of_form(faults.form())

    assert again.active == faults.active
    assert again.add(fault_of("reset")) == "f3"


@pytest.mark.parametrize(
    "form",
    [
        {},
        [1],
        [{"status": 503}],
        [{"id": "x", "status": 503}],
        [{"id": "f1", "status": 503}] * 2,
        [{"id": "f1", "status": 503, "seen": 1, "hits": 2}],
        [{"id": "f1", "status": 503, "seen": "1"}],
        [{"id": "f1"}],
    ],
)
def test_an_invalid_list_of_faults_is_rejected(form):
    with pytest.raises(Invalid):
        Faults.of_form(form)
