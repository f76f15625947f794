"""xero-python: contacts, items, accounts, invoices, payments, tracking categories, and the organisation."""

import time
from datetime import date

from session import URL, check, equal, error, have, matches, step
from xero_python.accounting import (
    Account,
    AccountingApi,
    AccountType,
    Contact,
    ContactGroup,
    ContactGroups,
    Contacts,
    Invoice,
    Invoices,
    Item,
    Items,
    LineItem,
    Payment,
    Payments,
    TrackingCategory,
)
from xero_python.api_client import ApiClient, Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.exceptions import HTTPStatusException, NotFoundException

client = ApiClient(Configuration(oauth2_token=OAuth2Token(client_id="locum", client_secret="locum")), pool_threads=1)
TOKEN = {"access_token": "locum", "token_type": "Bearer", "expires_in": 1800, "expires_at": time.time() + 1800}


@client.oauth2_token_getter
def token():
    return {**TOKEN, "scope": ["accounting.transactions"], "refresh_token": "locum", "id_token": "locum"}


@client.oauth2_token_saver
def keep(_token):
    """Keep nothing."""


AccountingApi.base_url = f"{URL}/api.xro/2.0"
api = AccountingApi(client)
TENANT = "3d5e4a8e-3c0b-4d8e-9d0e-0d6c2f1b7a11"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

with step("the organisation"):
    (seen,) = api.get_organisations(TENANT).organisations
    check(seen.name and seen.organisation_id, "it has no name or no id")
with step("create a contact"):
    sent = Contact(name="Ridgeway", email_address="a@ridgeway.example", first_name="Ada")
    (made,) = api.create_contacts(TENANT, Contacts(contacts=[sent])).contacts
    have.contact = made.contact_id
    matches(made.contact_id, UUID)
    equal(
        (made.name, made.email_address, made.first_name),
        ("Ridgeway", "a@ridgeway.example", "Ada"),
        "name, email_address, first_name",
    )
with step("get the contact"):
    (seen,) = api.get_contact(TENANT, have.contact).contacts
    equal((seen.contact_id, seen.name), (have.contact, "Ridgeway"), "contact_id, name")
with step("update the contact: other members stay"):
    (seen,) = api.update_contact(TENANT, have.contact, Contacts(contacts=[Contact(first_name="Bea")])).contacts
    equal((seen.first_name, seen.email_address), ("Bea", "a@ridgeway.example"), "first_name, email_address")
with step("list contacts: the new one is among them, each once"):
    ids = [one.contact_id for one in api.get_contacts(TENANT).contacts]
    check(have.contact in ids, "the new contact is not in the list")
    equal(len(set(ids)), len(ids), "ids")
with step("list contacts by their ids"):
    found = api.get_contacts(TENANT, i_ds=[have.contact]).contacts
    equal([one.contact_id for one in found], [have.contact], "ids")
with step("create two contacts at once"):
    made = api.create_contacts(TENANT, Contacts(contacts=[Contact(name="One"), Contact(name="Two")])).contacts
    equal([one.name for one in made], ["One", "Two"], "names")
with step("create an account"):
    sent = Account(code="4010", name="Sales of maps", type=AccountType.REVENUE)
    (made,) = api.create_account(TENANT, sent).accounts
    have.account = made.account_id
    equal((made.code, made.name, made.type), ("4010", "Sales of maps", AccountType.REVENUE), "code, name, type")
with step("rename the account"):
    (seen,) = api.update_account(TENANT, have.account, {"Accounts": [{"Name": "Maps"}]}).accounts
    equal((seen.name, seen.code), ("Maps", "4010"), "name, code")
with step("create an item"):
    (made,) = api.create_items(TENANT, Items(items=[Item(code="MAP-1", name="Map", is_sold=True)])).items
    have.item = made.item_id
    matches(made.item_id, UUID)
    equal((made.code, made.name, made.is_sold), ("MAP-1", "Map", True), "code, name, is_sold")
with step("create an invoice of the contact with two lines"):
    lines = [
        LineItem(description="Maps", quantity=2.0, unit_amount=20.0, account_code="4010"),
        LineItem(description="Post", quantity=1.0, unit_amount=5.0, account_code="4010"),
    ]
    sent = Invoice(
        type="ACCREC",
        contact=Contact(contact_id=have.contact),
        line_items=lines,
        date=date(2026, 1, 5),
        due_date=date(2026, 2, 5),
        reference="Order 7",
        status="DRAFT",
    )
    (made,) = api.create_invoices(TENANT, Invoices(invoices=[sent])).invoices
    have.invoice = made.invoice_id
    equal((made.type, made.status, made.reference), ("ACCREC", "DRAFT", "Order 7"), "type, status, reference")
    equal(made.contact.contact_id, have.contact, "contact")
    equal([one.description for one in made.line_items], ["Maps", "Post"], "descriptions of lines")
with step("the invoice names its contact"):
    (seen,) = api.get_invoice(TENANT, have.invoice).invoices
    equal((seen.invoice_id, seen.contact.name), (have.invoice, "Ridgeway"), "invoice_id, name of the contact")
with step("the dates of the invoice are dates"):
    (seen,) = api.get_invoice(TENANT, have.invoice).invoices
    equal((seen.date, seen.due_date), (date(2026, 1, 5), date(2026, 2, 5)), "date, due_date")
with step("the amounts of a line agree"):
    (seen,) = api.get_invoice(TENANT, have.invoice).invoices
    equal([one.line_amount for one in seen.line_items], [40.0, 5.0], "line amounts")
with step("authorise the invoice"):
    sent = Invoices(invoices=[Invoice(status="AUTHORISED")])
    (seen,) = api.update_invoice(TENANT, have.invoice, sent).invoices
    equal((seen.status, seen.reference), ("AUTHORISED", "Order 7"), "status, reference")
with step("list invoices by status"):
    found = api.get_invoices(TENANT, statuses=["AUTHORISED"]).invoices
    check(have.invoice in [one.invoice_id for one in found], "the invoice is not in the list")
    equal({one.status for one in found}, {"AUTHORISED"}, "statuses")
with step("list invoices, page by page"):
    first = [one.invoice_id for one in api.get_invoices(TENANT, page=1, page_size=4).invoices]
    second = [one.invoice_id for one in api.get_invoices(TENANT, page=2, page_size=4).invoices]
    equal(len(first), 4, "size of the first page")
    check(second and not set(first) & set(second), "the second page repeats the first")
with step("pay the invoice"):
    sent = Payment(
        invoice=Invoice(invoice_id=have.invoice),
        account=Account(account_id=have.account),
        amount=45.0,
        date=date(2026, 1, 9),
    )
    (made,) = api.create_payments(TENANT, Payments(payments=[sent])).payments
    have.payment = made.payment_id
    equal((made.amount, made.invoice.invoice_id), (45.0, have.invoice), "amount, invoice")
with step("get the payment"):
    (seen,) = api.get_payment(TENANT, have.payment).payments
    equal((seen.payment_id, seen.amount), (have.payment, 45.0), "payment_id, amount")
with step("a group of contacts"):
    (made,) = api.create_contact_group(TENANT, ContactGroups(contact_groups=[ContactGroup(name="VIP")])).contact_groups
    (seen,) = api.get_contact_group(TENANT, made.contact_group_id).contact_groups
    equal((seen.contact_group_id, seen.name), (made.contact_group_id, "VIP"), "contact_group_id, name")
with step("a tracking category, removed"):
    (made,) = api.create_tracking_category(TENANT, TrackingCategory(name="Region")).tracking_categories
    equal(made.name, "Region", "name")
    api.delete_tracking_category(TENANT, made.tracking_category_id)
    with error((HTTPStatusException, NotFoundException)):
        api.get_tracking_category(TENANT, made.tracking_category_id)
with step("delete the item: it is not found after"):
    api.delete_item(TENANT, have.item)
    with error((HTTPStatusException, NotFoundException)):
        api.get_item(TENANT, have.item)
with step("an unknown contact is not found"):
    with error((HTTPStatusException, NotFoundException)):
        api.get_contact(TENANT, "00000000-0000-4000-8000-000000000000")
