"""Generated members of one object agree."""

from __future__ import annotations

import pytest

from tests.locum.test_generate_values import make

TEXT, WHOLE, NUMBER, FLAG = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))
MOMENT = TEXT | {"format": "date-time"}
DAY = TEXT | {"format": "date"}
OR_NULL = {"type": ["string", "null"], "format": "date-time"}
SEEDS = range(25)


def records(properties, **hints):
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return [make(schema, seed, **hints) for seed in SEEDS]


@pytest.mark.parametrize(
    ("first", "second", "schema"),
    [
        ("created_at", "updated_at", MOMENT),
        ("started_at", "completed_at", MOMENT),
        ("first_seen", "last_seen", MOMENT),
        ("check_in", "check_out", DAY),
        ("departure", "arrival", MOMENT),
        ("current_period_start", "current_period_end", WHOLE | {"description": "Measured in Unix epoch seconds."}),
        ("validFrom", "validUntil", DAY),
        ("created", "expires_at", WHOLE),
        ("pickup_time", "dropoff_time", MOMENT),
        ("min_price", "max_price", NUMBER),
        ("lower_limit", "upper_limit", WHOLE),
    ],
)
def test_a_start_is_not_after_its_end(first, second, schema):
    for made in (*records({second: schema, first: schema}), *records({first: schema, second: schema})):
        assert made[first] <= made[second]


@pytest.mark.parametrize("flag", ["completed", "is_deleted", "paid", "archived"])
def test_an_event_that_has_not_happened_has_no_time(flag):
    stamp = flag.removeprefix("is_") + "_at"
    made = records({flag: FLAG, stamp: OR_NULL}) + records({stamp: OR_NULL, flag: {"const": True}})

    assert all((one[stamp] is not None) is one[flag] for one in made)
    assert {one[flag] for one in made} == {True, False}


def test_a_required_time_sets_its_flag():
    assert all(one["closed"] for one in records({"closed": FLAG, "closed_at": MOMENT}))


def test_a_state_that_is_not_reached_has_no_time():
    state = TEXT | {"enum": ["open", "closed"]}

    for made in records({"state": state, "closed_at": OR_NULL}):
        assert made["state"] == "closed" or made["closed_at"] is None


@pytest.mark.parametrize(
    ("one", "other"), [("origin", "destination"), ("from_station", "to_station"), ("sender", "recipient")]
)
def test_two_ends_differ(one, other):
    assert all(made[one] != made[other] for made in records({one: TEXT, other: TEXT}))


def test_given_members_are_kept_and_the_rest_agrees():
    properties = {"created_at": MOMENT, "updated_at": MOMENT, "first_name": TEXT, "last_name": TEXT, "email": TEXT}
    given = {"created_at": "2025-12-31T10:00:00Z", "first_name": "Grace", "last_name": "Hopper"}
    for made in records(properties, given=given):
        assert made | given == made
        assert made["updated_at"] >= given["created_at"]
        assert made["email"].startswith("grace.hopper@")


def test_members_describe_one_person_and_one_place():
    names = ("name", "first_name", "email", "username", "city", "country", "country_code", "timezone")
    for made in records(dict.fromkeys(names, TEXT)):
        assert made["name"].startswith(made["first_name"])
        assert made["email"].startswith(made["username"] + "@")
        assert made["timezone"].partition("/")[0] in {"Europe", "America", "Asia", "Africa", "Australia", "Pacific"}


def test_two_roles_are_two_persons():
    made = records(dict.fromkeys(("sender_name", "sender_email", "recipient_name", "recipient_email"), TEXT))

    assert all(one["sender_email"].split(".")[0] == one["sender_name"].split()[0].lower() for one in made)
    assert sum(one["sender_name"] != one["recipient_name"] for one in made) > len(made) - 3


def test_price_times_quantity_is_the_amount():
    for made in records({"quantity": WHOLE, "unit_price": NUMBER, "total": NUMBER}):
        assert made["total"] == pytest.approx(made["quantity"] * made["unit_price"], abs=0.005)


def test_parts_add_up_to_the_total():
    for made in records({"total": NUMBER, "subtotal": NUMBER, "tax": NUMBER}):
        assert made["total"] == pytest.approx(made["subtotal"] + made["tax"], abs=0.005)


def test_lines_add_up_to_the_subtotal():
    line = {"type": "object", "required": ["quantity", "unit_amount", "amount"]}
    line["properties"] = dict.fromkeys(line["required"], WHOLE)
    for made in records({"subtotal": WHOLE, "lines": {"type": "array", "minItems": 2, "items": line}}):
        assert made["subtotal"] == sum(one["quantity"] * one["unit_amount"] for one in made["lines"])


@pytest.mark.parametrize(
    "count", ["items_count", "item_count", "itemCount", "number_of_items", "total_items", "num_items"]
)
def test_a_count_beside_a_list_counts_it(count):
    items = {"type": "array", "items": {"type": "object", "properties": {"name": TEXT}}}

    assert all(made[count] == len(made["items"]) for made in records({count: WHOLE, "items": items}))


def test_a_slug_is_derived_from_the_name():
    for made in records({"name": TEXT, "slug": TEXT}):
        assert made["slug"] == made["name"].lower().replace(" ", "-").replace("'", "-")


def test_the_schema_takes_precedence_over_agreement():
    properties = {"quantity": {"const": 2}, "unit_price": {"const": 3}, "total": {"const": 7}}

    assert records(properties)[0] == {"quantity": 2, "unit_price": 3, "total": 7}


def test_a_new_record_has_no_past_events():
    flags = ("deleted", "is_archived", "paid", "completed", "livemode")
    for made in records(dict.fromkeys(flags, FLAG), fresh=True, given={}):
        assert not any(made.values())


def test_amounts_agree_with_the_status():
    states = ["requires_payment_method", "requires_capture", "succeeded", "refunded"]
    members = dict.fromkeys(
        ("amount", "amount_received", "amount_capturable", "amount_refunded"), WHOLE | {"minimum": 1}
    )
    amounts = {name: schema if name == "amount" else WHOLE for name, schema in members.items()}
    found = records({**amounts, "status": TEXT | {"enum": states}})

    assert {made["status"] for made in found} == set(states)
    for made in found:
        whole = made["amount"]
        assert made["amount_received"] == (whole if made["status"] == "succeeded" else 0)
        assert made["amount_capturable"] == (whole if made["status"] == "requires_capture" else 0)
        assert made["amount_refunded"] == (whole if made["status"] == "refunded" else 0)


def test_a_flag_determines_the_state():
    properties = {"amount": WHOLE, "amount_refunded": WHOLE, "refunded": FLAG, "status": TEXT | {"enum": ["paid"]}}

    for made in records(properties):
        assert made["amount_refunded"] == (made["amount"] if made["refunded"] else 0)


def test_a_city_in_a_name_agrees_with_the_address():
    station = {"type": "object", "title": "Station", "required": ["name", "city", "country_code", "timezone"]}
    station["properties"] = dict.fromkeys(station["required"], TEXT)
    schema = {"type": "object", "required": ["station"], "properties": {"station": station}}
    named = [make(schema, seed)["station"] for seed in SEEDS]

    assert all(made["city"] in made["name"] for made in named)


def test_an_open_record_has_no_closing_time_even_without_declared_states():
    properties = {"state": TEXT | {"example": "open"}, "closed_at": OR_NULL, "merged_at": OR_NULL, "opened_at": OR_NULL}

    for made in records(properties):
        assert made["state"] == "open"
        assert made["closed_at"] is None
        assert made["merged_at"] is None


@pytest.mark.parametrize(
    ("state", "values"),
    [
        ({"description": "State of the issue; either 'open' or 'closed'", "example": "open"}, {"open", "closed"}),
        ({"description": "One of `draft`, `sent`."}, {"draft", "sent"}),
        ({"example": "nominal"}, {"nominal"}),
    ],
)
def test_a_state_is_taken_from_its_description_or_example(state, values):
    assert {made["state"] for made in records({"state": TEXT | state}, alike=True, examples=False)} == values
