"""Stripe in Python: customers, products, prices, payment intents, refunds, subscriptions and files."""

import stripe
from session import URL, check, equal, error, have, step, to_the_end

addresses = {"api": URL, "files": URL, "connect": URL, "meter_events": URL}
client = stripe.StripeClient("sk_test_locum", base_addresses=addresses, max_network_retries=0)
v1 = client.v1
ids: dict[str, str] = {}
"""An identifier of each kind, by the prefix that Stripe gives it."""

with step("create a customer"):
    made = v1.customers.create(
        {"email": "ada@example.com", "name": "Ada Lovelace", "metadata": {"plan": "pro"}, "phone": "+15555550100"}
    )
    have.customer = made.id
    ids["cus"] = made.id
    equal((made.object, made.email, made.name), ("customer", "ada@example.com", "Ada Lovelace"), "object, email, name")
    equal(made.metadata.to_dict(), {"plan": "pro"}, "metadata")
    equal(made.livemode, False, "livemode")
with step("retrieve the customer"):
    seen = v1.customers.retrieve(have.customer)
    equal((seen.id, seen.email, seen.phone), (have.customer, "ada@example.com", "+15555550100"), "id, email, phone")
with step("update the customer: other members stay, metadata is merged"):
    seen = v1.customers.update(have.customer, {"name": "Ada King", "metadata": {"tier": "gold"}})
    equal((seen.name, seen.email), ("Ada King", "ada@example.com"), "name, email")
    equal(seen.metadata.to_dict(), {"plan": "pro", "tier": "gold"}, "metadata")
with step("list customers to the end by auto-pagination, each once, the new one among them"):
    found = to_the_end(v1.customers.list({"limit": 3}).auto_paging_iter(), lambda one: one.id)
    check(have.customer in [one.id for one in found], "the new customer is not in the list")
    equal({one.object for one in found}, {"customer"}, "objects")
with step("a page has an object, a url and has_more"):
    page = v1.customers.list({"limit": 2})
    equal((page.object, page.has_more, len(page.data)), ("list", True, 2), "object, has_more, length")
    equal(page.url, "/v1/customers", "url")
with step("filter customers by email"):
    found = v1.customers.list({"email": "ada@example.com"})
    equal([one.id for one in found.data], [have.customer], "ids")
with step("an idempotency key creates once"):
    one, two = (v1.customers.create({"name": "Idempotent"}, {"idempotency_key": "key-1"}) for _ in range(2))
    equal(two.id, one.id, "the second id")
with step("create a product and a price of it"):
    product = v1.products.create({"name": "Notebook", "description": "Ruled"})
    have.product = product.id
    ids["prod"] = product.id
    equal((product.object, product.name, product.active), ("product", "Notebook", True), "object, name, active")
    price = v1.prices.create(
        {"product": product.id, "unit_amount": 1250, "currency": "eur", "recurring": {"interval": "month"}}
    )
    have.price = price.id
    ids["price"] = price.id
    equal((price.object, price.unit_amount, price.currency), ("price", 1250, "eur"), "object, unit_amount, currency")
    equal((price.product, price.recurring.interval), (product.id, "month"), "product, interval")
with step("expand the product of a price"):
    price = v1.prices.retrieve(have.price, {"expand": ["product"]})
    equal((price.product.id, price.product.name), (have.product, "Notebook"), "expanded product")
with step("list the prices of a product"):
    found = v1.prices.list({"product": have.product}).data
    equal([one.id for one in found], [have.price], "ids")
with step("create a payment intent"):
    intent = v1.payment_intents.create({"amount": 1999, "currency": "usd", "customer": have.customer})
    have.intent = intent.id
    ids["pi"] = intent.id
    equal((intent.object, intent.amount, intent.currency), ("payment_intent", 1999, "usd"), "object, amount, currency")
    equal(intent.customer, have.customer, "customer")
    equal(intent.status, "requires_payment_method", "status")
with step("confirm the payment intent"):
    intent = v1.payment_intents.confirm(have.intent, {"payment_method": "pm_card_visa"})
    check(
        intent.status in {"succeeded", "processing", "requires_action", "requires_capture"},
        f"status is {intent.status}",
    )
    equal(intent.id, have.intent, "id")
with step("cancel another payment intent"):
    other = v1.payment_intents.create({"amount": 500, "currency": "usd"})
    gone = v1.payment_intents.cancel(other.id)
    equal((gone.id, gone.status), (other.id, "canceled"), "id, status")
with step("list the payment intents of a customer"):
    found = to_the_end(v1.payment_intents.list({"customer": have.customer}).auto_paging_iter(), lambda one: one.id)
    check(have.intent in [one.id for one in found], "the new payment intent is not in the list")
    equal({one.customer for one in found}, {have.customer}, "customers")
with step("create a subscription: it has an item of the price and is active or incomplete"):
    made = v1.subscriptions.create({"customer": have.customer, "items": [{"price": have.price}]})
    have.subscription = made.id
    ids["sub"] = made.id
    equal((made.object, made.customer), ("subscription", have.customer), "object, customer")
    check(made.status in {"active", "incomplete", "trialing"}, f"status is {made.status}")
    equal([one.price.id for one in made["items"].data], [have.price], "prices of the items")
with step("cancel the subscription"):
    gone = v1.subscriptions.cancel(have.subscription)
    equal((gone.id, gone.status), (have.subscription, "canceled"), "id, status")
with step("create a refund"):
    charge = v1.charges.create({"amount": 900, "currency": "usd", "source": "tok_visa"})
    refund = v1.refunds.create({"charge": charge.id, "amount": 400})
    ids["re"] = refund.id
    equal((refund.object, refund.amount, refund.charge), ("refund", 400, charge.id), "object, amount, charge")
with step("create a coupon with an id of its own; the same again is an error"):
    coupon = v1.coupons.create({"id": "SUMMER", "percent_off": 20, "duration": "once"})
    equal((coupon.id, coupon.percent_off), ("SUMMER", 20), "id, percent_off")
    with error(stripe.InvalidRequestError):
        v1.coupons.create({"id": "SUMMER", "percent_off": 30, "duration": "once"})
with step("upload a file and read it"):
    import io

    made = v1.files.create({"purpose": "dispute_evidence", "file": io.BytesIO(b"%PDF-1.4 proof")})
    ids["file"] = made.id
    equal((made.object, made.purpose, made.size), ("file", "dispute_evidence", 14), "object, purpose, size")
    equal(v1.files.retrieve(made.id).id, made.id, "id")
with step("identifiers begin with Stripe's prefixes"):
    equal({prefix: one for prefix, one in ids.items() if not one.startswith(f"{prefix}_")}, {}, "others")
with step("a missing parameter is an invalid request that names it"):
    with error(stripe.InvalidRequestError, lambda problem: problem.http_status in {400, 422}, "expected 400"):
        v1.payment_intents.create({"currency": "usd"})
with step("an unknown id is an invalid request with 404"):
    with error(stripe.InvalidRequestError, lambda problem: problem.http_status == 404, "expected 404"):
        v1.customers.retrieve("cus_unknown12345")
with step("delete the customer"):
    gone = v1.customers.delete(have.customer)
    equal((gone.id, gone.object, gone.deleted), (have.customer, "customer", True), "id, object, deleted")
with step("the deleted customer is shown as deleted, or not found"):
    try:
        equal(v1.customers.retrieve(have.customer).deleted, True, "deleted")
    except stripe.InvalidRequestError as problem:
        equal(problem.http_status, 404, "status")
with step("the deleted customer is not listed"):
    found = [one.id for one in to_the_end(v1.customers.list({"limit": 5}).auto_paging_iter())]
    check(have.customer not in found, "the deleted customer is still listed")
