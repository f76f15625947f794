"""Lago in Python: customers, billable metrics, plans, subscriptions, events, coupons, add-ons, wallets and taxes."""

from lago_python_client import Client
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models import (
    AddOn,
    BillableMetric,
    Coupon,
    Customer,
    CustomerBillingConfiguration,
    Event,
    Plan,
    Subscription,
    Tax,
    Wallet,
)
from session import URL, check, equal, error, have, matches, step, to_the_end

client = Client(api_key="locum", api_url=URL, max_retries=0)
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def status(*codes):
    return lambda problem: problem.status_code in codes


def pages(list_, name, **options):
    """Yield the records of each page, as the SDK's users do it with meta.next_page."""
    page = 1
    while page:
        answer = list_(options={"per_page": 3, "page": page, **options})
        yield from answer[name]
        page = answer["meta"]["next_page"]


with step("create a customer with an id of its own"):
    made = client.customers.create(
        Customer(external_id="ada", name="Ada Lovelace", email="ada@example.com", currency="EUR", country="DE")
    )
    equal(
        (made.external_id, made.name, made.email),
        ("ada", "Ada Lovelace", "ada@example.com"),
        "external_id, name, email",
    )
    matches(made.lago_id, UUID, "lago_id")
    equal((made.currency, made.country), ("EUR", "DE"), "currency, country")
with step("find the customer by its external id"):
    seen = client.customers.find("ada")
    equal((seen.external_id, seen.email), ("ada", "ada@example.com"), "external_id, email")
with step("creating the customer again changes it"):
    configuration = CustomerBillingConfiguration(invoice_grace_period=3)
    made = client.customers.create(Customer(external_id="ada", name="Ada King", billing_configuration=configuration))
    equal((made.name, made.email), ("Ada King", "ada@example.com"), "name, email")
    equal(made.billing_configuration.invoice_grace_period, 3, "invoice_grace_period")
with step("list customers to the end, each once, the new one among them"):
    found = to_the_end(pages(client.customers.find_all, "customers"), lambda one: one.lago_id)
    equal([one.name for one in found if one.external_id == "ada"], ["Ada King"], "the new customer in the list")
with step("the meta of a list counts"):
    meta = client.customers.find_all(options={"per_page": 2, "page": 1})["meta"]
    equal((meta["current_page"], meta["next_page"]), (1, 2), "current_page, next_page")
    check(meta["total_count"] > 2 and meta["total_pages"] == -(-meta["total_count"] // 2), f"meta is {meta}")
with step("create a billable metric"):
    made = client.billable_metrics.create(
        BillableMetric(name="Storage", code="storage", aggregation_type="sum_agg", field_name="gb", recurring=False)
    )
    equal(
        (made.name, made.code, made.aggregation_type), ("Storage", "storage", "sum_agg"), "name, code, aggregation_type"
    )
    matches(made.lago_id, UUID, "lago_id")
    have.metric = made.lago_id
with step("find the billable metric by its code"):
    equal(client.billable_metrics.find("storage").lago_id, have.metric, "lago_id")
with step("a code that is taken is an error"):
    with error(LagoApiError, status(422, 409), "expected 422"):
        client.billable_metrics.create(
            BillableMetric(name="Again", code="storage", aggregation_type="count_agg", recurring=False)
        )
with step("update the billable metric: other members stay"):
    seen = client.billable_metrics.update(BillableMetric(name="Disk"), "storage")
    equal((seen.name, seen.code, seen.field_name), ("Disk", "storage", "gb"), "name, code, field_name")
with step("create a plan"):
    made = client.plans.create(
        Plan(
            name="Starter",
            code="starter",
            interval="monthly",
            amount_cents=1000,
            amount_currency="EUR",
            pay_in_advance=False,
        )
    )
    equal((made.name, made.code, made.interval), ("Starter", "starter", "monthly"), "name, code, interval")
    equal((made.amount_cents, made.amount_currency), (1000, "EUR"), "amount_cents, amount_currency")
with step("find the plan by its code"):
    seen = client.plans.find("starter")
    equal((seen.code, seen.amount_cents), ("starter", 1000), "code, amount_cents")
with step("subscribe the customer to the plan"):
    made = client.subscriptions.create(
        Subscription(external_customer_id="ada", plan_code="starter", external_id="sub-1")
    )
    equal(
        (made.external_id, made.external_customer_id, made.plan_code),
        ("sub-1", "ada", "starter"),
        "external_id, customer, plan",
    )
    equal(made.status, "active", "status")
with step("find the subscription by its external id"):
    equal(client.subscriptions.find("sub-1").plan_code, "starter", "plan_code")
with step("list the subscriptions of the customer: only those"):
    found = client.subscriptions.find_all({"external_customer_id": "ada"})["subscriptions"]
    equal([one.external_id for one in found], ["sub-1"], "external ids")
with step("terminate the subscription"):
    gone = client.subscriptions.destroy("sub-1")
    equal((gone.external_id, gone.status), ("sub-1", "terminated"), "external_id, status")
with step("send an event, and find it"):
    client.events.create(
        Event(
            transaction_id="t-1",
            external_subscription_id="sub-1",
            code="storage",
            timestamp=1700000000,
            properties={"gb": "3"},
        )
    )
    seen = client.events.find("t-1")
    equal((seen.transaction_id, seen.code), ("t-1", "storage"), "transaction_id, code")
with step("create a coupon"):
    made = client.coupons.create(
        Coupon(
            name="Ten",
            code="ten",
            amount_cents=500,
            amount_currency="EUR",
            expiration="no_expiration",
            coupon_type="fixed_amount",
            frequency="once",
            reusable=True,
        )
    )
    equal(
        (made.code, made.amount_cents, made.coupon_type),
        ("ten", 500, "fixed_amount"),
        "code, amount_cents, coupon_type",
    )
    equal(client.coupons.find("ten").name, "Ten", "name")
with step("create an add-on and delete it"):
    made = client.add_ons.create(AddOn(name="Setup", code="setup", amount_cents=9000, amount_currency="EUR"))
    equal((made.code, made.amount_cents), ("setup", 9000), "code, amount_cents")
    equal(client.add_ons.destroy("setup").code, "setup", "code")
    with error(LagoApiError, status(404), "expected 404"):
        client.add_ons.find("setup")
with step("create a tax"):
    made = client.taxes.create(Tax(name="VAT", code="vat", rate="19.0", description="Value added"))
    equal((made.code, made.name), ("vat", "VAT"), "code, name")
    equal(float(client.taxes.find("vat").rate), 19.0, "rate")
with step("create a wallet: active"):
    made = client.wallets.create(
        Wallet(
            external_customer_id="ada",
            rate_amount="1",
            name="Prepaid",
            currency="EUR",
            paid_credits="10",
            granted_credits="5",
        )
    )
    have.wallet = made.lago_id
    equal((made.name, made.external_customer_id, made.status), ("Prepaid", "ada", "active"), "name, customer, status")
    equal(client.wallets.find(have.wallet).name, "Prepaid", "name")
with step("terminate the wallet"):
    equal(client.wallets.destroy(have.wallet).status, "terminated", "status")
with step("list invoices to the end, and download one"):
    found = to_the_end(pages(client.invoices.find_all, "invoices"), lambda one: one.lago_id)
    equal(client.invoices.find(found[0].lago_id).lago_id, found[0].lago_id, "lago_id")
with step("the customer of an invoice is one of the customers"):
    invoice = client.invoices.find(client.invoices.find_all()["invoices"][0].lago_id)
    equal(client.customers.find(invoice.customer.external_id).lago_id, invoice.customer.lago_id, "lago_id")
with step("a plan without a code is 422"):
    with error(LagoApiError, status(422, 400), "expected 422"):
        client.plans.create(Plan(name="Nameless"))
with step("an unknown customer is 404"):
    with error(LagoApiError, status(404), "expected 404"):
        client.customers.find("no-such-customer")
with step("delete the customer: it is 404 after"):
    equal(client.customers.destroy("ada").external_id, "ada", "external_id")
    with error(LagoApiError, status(404), "expected 404"):
        client.customers.find("ada")
