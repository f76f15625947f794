"""Resend in Python: emails, domains, contacts, segments, API keys, webhooks, templates and broadcasts."""

import resend
from resend.exceptions import ResendError
from session import URL, check, equal, error, have, matches, step, to_the_end

resend.api_key, resend.api_url = "re_locum", URL
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
EMAIL = {"from": "Acme <acme@example.com>", "to": ["ada@example.com"], "subject": "Hello", "html": "<p>Hi</p>"}


def pages(list_, **options):
    """Yield the records of each page, as the SDK's users do it with `after`."""
    after = None
    while True:
        page = list_(params={"limit": 3, **({"after": after} if after else {})}, **options)
        yield from page["data"]
        if not page["has_more"]:
            return
        after = page["data"][-1]["id"]


def is_missing(problem):
    return problem.code in (404, "404") or "not_found" in str(getattr(problem, "error_type", ""))


with step("send an email: the answer has its id"):
    have.email = resend.Emails.send(EMAIL)["id"]
    matches(have.email, UUID)
with step("get the email: it is as it was sent"):
    seen = resend.Emails.get(have.email)
    equal((seen["object"], seen["id"]), ("email", have.email), "object, id")
    equal((seen["subject"], seen["to"], seen["html"]), ("Hello", ["ada@example.com"], "<p>Hi</p>"), "subject, to, html")
with step("list emails to the end, each once, the new one among them"):
    found = to_the_end(pages(resend.Emails.list), lambda one: one["id"])
    check(have.email in [one["id"] for one in found], "the new email is not in the list")
with step("a list is an object of the kind list"):
    page = resend.Emails.list(params={"limit": 2})
    equal((page["object"], len(page["data"]), page["has_more"]), ("list", 2, True), "object, length, has_more")
with step("an idempotency key sends once"):
    one, two = (resend.Emails.send(EMAIL, {"idempotency_key": "key-1"})["id"] for _ in range(2))
    equal(two, one, "the second id")
with step("send a batch: an id for each"):
    found = resend.Batch.send([EMAIL, {**EMAIL, "subject": "Second"}])["data"]
    equal(len(found), 2, "length")
    equal(resend.Emails.get(found[1]["id"])["subject"], "Second", "subject")
with step("schedule an email and cancel it"):
    made = resend.Emails.send({**EMAIL, "scheduled_at": "2030-01-01T00:00:00.000Z"})
    gone = resend.Emails.cancel(made["id"])
    equal((gone["object"], gone["id"]), ("email", made["id"]), "object, id")
with step("create a domain: it is not verified yet, and has DNS records"):
    made = resend.Domains.create({"name": "example.com"})
    have.domain = made["id"]
    equal(made["name"], "example.com", "name")
    check(made["status"] in {"not_started", "pending"}, f"status is {made['status']!r}")
    check(made["records"], "records are empty")
with step("get the domain"):
    seen = resend.Domains.get(have.domain)
    equal((seen["object"], seen["id"], seen["name"]), ("domain", have.domain, "example.com"), "object, id, name")
with step("list domains, the new one among them"):
    found = to_the_end(pages(resend.Domains.list), lambda one: one["id"])
    check(have.domain in [one["id"] for one in found], "the new domain is not in the list")
with step("verify and delete the domain"):
    equal(resend.Domains.verify(have.domain)["id"], have.domain, "id")
    gone = resend.Domains.remove(have.domain)
    equal((gone["object"], gone["id"], gone["deleted"]), ("domain", have.domain, True), "object, id, deleted")
with step("the deleted domain is not found"):
    with error(ResendError, is_missing, "expected not found"):
        resend.Domains.get(have.domain)
with step("create a segment"):
    made = resend.Segments.create({"name": "Readers"})
    have.segment = made["id"]
    equal((made["object"], made["name"]), ("segment", "Readers"), "object, name")
with step("create a contact"):
    made = resend.Contacts.create({"email": "ada@example.com", "first_name": "Ada", "unsubscribed": False})
    have.contact = made["id"]
    equal(made["object"], "contact", "object")
with step("get the contact by its id"):
    seen = resend.Contacts.get(id=have.contact)
    equal(
        (seen["object"], seen["email"], seen["first_name"]),
        ("contact", "ada@example.com", "Ada"),
        "object, email, first_name",
    )
    equal(seen["unsubscribed"], False, "unsubscribed")
with step("get the contact by its email"):
    equal(resend.Contacts.get(email="ada@example.com")["id"], have.contact, "id")
with step("update the contact: other members stay"):
    resend.Contacts.update({"id": have.contact, "unsubscribed": True})
    seen = resend.Contacts.get(id=have.contact)
    equal((seen["unsubscribed"], seen["first_name"]), (True, "Ada"), "unsubscribed, first_name")
with step("list contacts to the end"):
    found = to_the_end(pages(resend.Contacts.list), lambda one: one["id"])
    check(have.contact in [one["id"] for one in found], "the new contact is not in the list")
with step("delete the contact: it is not found after"):
    equal(resend.Contacts.remove(id=have.contact)["deleted"], True, "deleted")
    with error(ResendError, is_missing, "expected not found"):
        resend.Contacts.get(id=have.contact)
with step("create an API key: its token begins with re_"):
    made = resend.ApiKeys.create({"name": "Deploy"})
    have.key = made["id"]
    matches(made["token"], r"re_\w+", "token")
with step("list API keys, the new one among them, and remove it"):
    found = resend.ApiKeys.list()["data"]
    equal([one["name"] for one in found if one["id"] == have.key], ["Deploy"], "name in the list")
    resend.ApiKeys.remove(have.key)
    check(have.key not in [one["id"] for one in resend.ApiKeys.list()["data"]], "the removed key is still listed")
with step("create a webhook, and update it"):
    made = resend.Webhooks.create({"endpoint": "https://example.com/hook", "events": ["email.sent"]})
    have.webhook = made["id"]
    matches(made["signing_secret"], r"whsec_.+", "signing_secret")
    seen = resend.Webhooks.get(have.webhook)
    equal(
        (seen["endpoint"], seen["events"], seen["status"]),
        ("https://example.com/hook", ["email.sent"], "enabled"),
        "endpoint, events, status",
    )
    resend.Webhooks.update({"webhook_id": have.webhook, "status": "disabled"})
    equal(resend.Webhooks.get(have.webhook)["status"], "disabled", "status")
with step("create a template, and publish it"):
    made = resend.Templates.create({"name": "Welcome", "html": "<p>Hi</p>"})
    have.template = made["id"]
    seen = resend.Templates.get(have.template)
    equal((seen["object"], seen["name"], seen["html"]), ("template", "Welcome", "<p>Hi</p>"), "object, name, html")
    equal(seen["status"], "draft", "status")
    resend.Templates.publish(have.template)
    equal(resend.Templates.get(have.template)["status"], "published", "status")
with step("create a broadcast: a draft"):
    made = resend.Broadcasts.create(
        {"segment_id": have.segment, "from": "a@example.com", "subject": "News", "html": "<p>x</p>"}
    )
    seen = resend.Broadcasts.get(made["id"])
    equal((seen["object"], seen["subject"], seen["status"]), ("broadcast", "News", "draft"), "object, subject, status")
    equal(seen["segment_id"], have.segment, "segment_id")
with step("an email without a recipient is a validation error"):
    with error(ResendError):
        resend.Emails.send({"from": "a@example.com", "subject": "None"})
with step("an unknown email is not found"):
    with error(ResendError, is_missing, "expected not found"):
        resend.Emails.get("00000000-0000-4000-8000-000000000000")
