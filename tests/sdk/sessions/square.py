"""Square in Python: customers, locations, catalog, orders, payments, refunds and team members."""

from session import URL, check, equal, error, have, step, to_the_end
from square import Square
from square.core.api_error import ApiError

client = Square(base_url=URL, token="locum", timeout=15)
EUR = "EUR"


def status(code):
    return lambda problem: problem.status_code == code


with step("create a customer"):
    made = client.customers.create(
        given_name="Ada", family_name="Lovelace", email_address="ada@example.com", idempotency_key="c-1"
    ).customer
    have.customer = made.id
    equal(
        (made.given_name, made.family_name, made.email_address), ("Ada", "Lovelace", "ada@example.com"), "names, email"
    )
    check(made.id and made.created_at, "id or created_at is missing")
with step("the same idempotency key creates once"):
    again = client.customers.create(
        given_name="Ada", family_name="Lovelace", email_address="ada@example.com", idempotency_key="c-1"
    ).customer
    equal(again.id, have.customer, "the second id")
with step("get the customer"):
    seen = client.customers.get(have.customer).customer
    equal((seen.id, seen.given_name), (have.customer, "Ada"), "id, given_name")
with step("update the customer: other members stay"):
    seen = client.customers.update(have.customer, note="Prefers tea").customer
    equal((seen.note, seen.given_name), ("Prefers tea", "Ada"), "note, given_name")
with step("list customers to the end by the SDK's pager, each once"):
    found = to_the_end(client.customers.list(limit=3), lambda one: one.id)
    check(have.customer in [one.id for one in found], "the new customer is not in the list")
with step("search customers by their email"):
    found = client.customers.search(query={"filter": {"email_address": {"exact": "ada@example.com"}}}).customers
    equal([one.id for one in found or []], [have.customer], "ids")
with step("list locations: each has a currency and is found"):
    found = client.locations.list().locations
    check(found, "there is no location")
    have.location = found[0].id
    equal(client.locations.get(have.location).location.id, have.location, "id")
with step("create a location: active"):
    made = client.locations.create(location={"name": "Downtown", "address": {"locality": "Berlin"}}).location
    equal((made.name, made.address.locality, made.status), ("Downtown", "Berlin", "ACTIVE"), "name, locality, status")
with step("put an item in the catalog"):
    item = {"type": "ITEM", "id": "#tea", "item_data": {"name": "Tea", "variations": []}}
    made = client.catalog.object.upsert(idempotency_key="i-1", object=item).catalog_object
    have.item = made.id
    equal((made.type, made.item_data.name), ("ITEM", "Tea"), "type, name")
    check(not made.id.startswith("#"), f"id is {made.id!r}, still the temporary one")
with step("get the item"):
    seen = client.catalog.object.get(have.item).object
    equal((seen.id, seen.type, seen.item_data.name), (have.item, "ITEM", "Tea"), "id, type, name")
with step("list the catalog to the end, the item among it"):
    found = to_the_end(client.catalog.list(), lambda one: one.id)
    check(have.item in [one.id for one in found], "the new item is not in the list")
with step("delete the item: it is not found after"):
    gone = client.catalog.object.delete(have.item)
    equal(gone.deleted_object_ids, [have.item], "deleted_object_ids")
    with error(ApiError, status(404), "expected 404"):
        client.catalog.object.get(have.item)
with step("create an order: open"):
    line = {"name": "Tea", "quantity": "2", "base_price_money": {"amount": 350, "currency": EUR}}
    made = client.orders.create(
        idempotency_key="o-1", order={"location_id": have.location, "customer_id": have.customer, "line_items": [line]}
    ).order
    have.order = made.id
    equal(
        (made.location_id, made.customer_id, made.state),
        (have.location, have.customer, "OPEN"),
        "location, customer, state",
    )
    equal((made.line_items[0].name, made.line_items[0].quantity), ("Tea", "2"), "line item")
with step("the order's total is its line items'"):
    equal(client.orders.get(have.order).order.total_money.amount, 700, "total_money.amount")
with step("get the order"):
    equal(client.orders.get(have.order).order.id, have.order, "id")
with step("create a payment"):
    made = client.payments.create(
        source_id="cnon:card-nonce-ok",
        idempotency_key="p-1",
        amount_money={"amount": 700, "currency": EUR},
        customer_id=have.customer,
        location_id=have.location,
        order_id=have.order,
    ).payment
    have.payment = made.id
    equal((made.amount_money.amount, made.amount_money.currency), (700, EUR), "amount, currency")
    equal(
        (made.customer_id, made.order_id, made.location_id),
        (have.customer, have.order, have.location),
        "customer, order, location",
    )
    check(made.status in {"COMPLETED", "APPROVED", "PENDING"}, f"status is {made.status!r}")
with step("get the payment"):
    seen = client.payments.get(have.payment).payment
    equal((seen.id, seen.amount_money.amount), (have.payment, 700), "id, amount")
with step("list payments to the end by the SDK's pager, each once"):
    found = to_the_end(client.payments.list(limit=3), lambda one: one.id)
    check(have.payment in [one.id for one in found], "the new payment is not in the list")
with step("refund a part of the payment"):
    made = client.refunds.refund_payment(
        idempotency_key="r-1", amount_money={"amount": 200, "currency": EUR}, payment_id=have.payment
    ).refund
    equal((made.amount_money.amount, made.payment_id), (200, have.payment), "amount, payment")
    check(made.status in {"PENDING", "COMPLETED"}, f"status is {made.status!r}")
    equal(client.refunds.get(made.id).refund.id, made.id, "id")
with step("create a team member: active"):
    made = client.team_members.create(
        idempotency_key="t-1", team_member={"given_name": "Joe", "family_name": "Doe"}
    ).team_member
    equal((made.given_name, made.status), ("Joe", "ACTIVE"), "given_name, status")
    equal(client.team_members.get(made.id).team_member.given_name, "Joe", "given_name")
with step("create a customer group, and put the customer into it"):
    group = client.customers.groups.create(group={"name": "VIP"}).group
    equal(group.name, "VIP", "name")
    client.customers.groups.add(have.customer, group.id)
    check(group.id in (client.customers.get(have.customer).customer.group_ids or []), "group_ids lack the group")
with step("a payment with an empty idempotency key is an error"):
    with error(ApiError, lambda problem: problem.status_code in {400, 422}, "expected 400 or 422"):
        client.payments.create(source_id="cnon:x", idempotency_key="")
with step("an unknown customer is 404"):
    with error(ApiError, status(404), "expected 404"):
        client.customers.get("NO_SUCH_CUSTOMER")
with step("delete the customer: it is 404 after"):
    client.customers.delete(have.customer)
    with error(ApiError, status(404), "expected 404"):
        client.customers.get(have.customer)
