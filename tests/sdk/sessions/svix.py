"""Svix in Python: applications, endpoints, event types, messages and attempts."""

from session import URL, check, equal, error, have, matches, step, to_the_end
from svix.api import (
    ApplicationIn,
    ApplicationListOptions,
    ApplicationPatch,
    EndpointIn,
    EndpointListOptions,
    EndpointPatch,
    EventTypeIn,
    EventTypeListOptions,
    MessageIn,
    Svix,
    SvixOptions,
)
from svix.exceptions import HttpError, HTTPValidationError

client = Svix("testsk_locum", SvixOptions(server_url=URL, retry_schedule=[]))


def status(*codes):
    return lambda problem: problem.status_code in codes


def pages(list_, options, *above):
    """Yield the records of each page, as the SDK's users do it with the iterator."""
    following = None
    while True:
        page = list_(*above, options(limit=3, iterator=following))
        yield from page.data
        if page.done:
            return
        following = page.iterator


with step("create an application"):
    made = client.application.create(ApplicationIn(name="Shop", uid="shop-1", metadata={"team": "web"}))
    have.app = made.id
    matches(made.id, r"app_\w{8,}")
    equal((made.name, made.uid, made.metadata), ("Shop", "shop-1", {"team": "web"}), "name, uid, metadata")
with step("get the application"):
    seen = client.application.get(have.app)
    equal((seen.id, seen.name), (have.app, "Shop"), "id, name")
with step("get the application by its uid"):
    equal(client.application.get("shop-1").id, have.app, "id")
with step("a uid that is taken is a conflict"):
    with error(HttpError, status(409), "expected 409"):
        client.application.create(ApplicationIn(name="Other", uid="shop-1"))
with step("patch the application: other members stay"):
    seen = client.application.patch(have.app, ApplicationPatch(name="Store"))
    equal((seen.name, seen.uid, seen.metadata), ("Store", "shop-1", {"team": "web"}), "name, uid, metadata")
with step("list applications to the end by the iterator, each once"):
    found = to_the_end(pages(client.application.list, ApplicationListOptions), lambda one: one.id)
    check(have.app in [one.id for one in found], "the new application is not in the list")
with step("an idempotency key creates once"):
    from svix.api import ApplicationCreateOptions

    one, two = (
        client.application.create(
            ApplicationIn(name="Idempotent"), ApplicationCreateOptions(idempotency_key="key-1")
        ).id
        for _ in range(2)
    )
    equal(two, one, "the second id")
with step("create an event type"):
    made = client.event_type.create(EventTypeIn(name="order.created", description="An order was created"))
    equal((made.name, made.description), ("order.created", "An order was created"), "name, description")
    equal(made.archived or False, False, "archived")
with step("get the event type by its name"):
    equal(client.event_type.get("order.created").description, "An order was created", "description")
with step("list event types to the end"):
    found = to_the_end(pages(client.event_type.list, EventTypeListOptions), lambda one: one.name)
    check("order.created" in [one.name for one in found], "the new event type is not in the list")
with step("create an endpoint"):
    made = client.endpoint.create(
        have.app, EndpointIn(url="https://example.com/hook", event_types=["order.created"], description="Main")
    )
    have.endpoint = made.id
    matches(made.id, r"ep_\w{8,}")
    equal(
        (made.url, made.event_types, made.description),
        ("https://example.com/hook", ["order.created"], "Main"),
        "url, event_types, description",
    )
with step("the endpoint is enabled"):
    equal(client.endpoint.get(have.app, have.endpoint).disabled or False, False, "disabled")
with step("patch the endpoint: other members stay"):
    seen = client.endpoint.patch(have.app, have.endpoint, EndpointPatch(disabled=True))
    equal((seen.disabled, seen.url), (True, "https://example.com/hook"), "disabled, url")
with step("list the endpoints of the application"):
    found = to_the_end(pages(client.endpoint.list, EndpointListOptions, have.app), lambda one: one.id)
    check(have.endpoint in [one.id for one in found], "the new endpoint is not in the list")
with step("the secret of the endpoint begins with whsec_"):
    matches(client.endpoint.get_secret(have.app, have.endpoint).key, r"whsec_.+", "key")
with step("set and read the headers of the endpoint"):
    from svix.api import EndpointHeadersIn

    client.endpoint.set_headers(have.app, have.endpoint, EndpointHeadersIn(headers={"X-Team": "web"}))
    equal(client.endpoint.get_headers(have.app, have.endpoint).headers, {"X-Team": "web"}, "headers")
with step("send a message"):
    made = client.message.create(
        have.app, MessageIn(event_type="order.created", event_id="evt-1", payload={"order": 7, "payload": {"x": 1}})
    )
    have.message = made.id
    matches(made.id, r"msg_\w{8,}")
    equal((made.event_type, made.event_id), ("order.created", "evt-1"), "event_type, event_id")
    equal(made.payload, {"order": 7, "payload": {"x": 1}}, "payload")
with step("get the message"):
    seen = client.message.get(have.app, have.message)
    equal((seen.id, seen.payload), (have.message, {"order": 7, "payload": {"x": 1}}), "id, payload")
with step("list the messages of the application"):
    from svix.api import MessageListOptions

    found = to_the_end(pages(client.message.list, MessageListOptions, have.app), lambda one: one.id)
    check(have.message in [one.id for one in found], "the new message is not in the list")
with step("the attempts of the message name it and an endpoint"):
    found = client.message_attempt.list_by_msg(have.app, have.message).data
    check(found, "there is no attempt")
    equal({one.msg_id for one in found}, {have.message}, "msg ids")
with step("the portal's address is an address"):
    from svix.api import AppPortalAccessIn

    seen = client.authentication.app_portal_access(have.app, AppPortalAccessIn())
    matches(seen.url, r"https?://.+", "url")
with step("an application without a name is a validation error"):
    with error((HTTPValidationError, HttpError), status(422, 400), "expected 422"):
        client.application.create(ApplicationIn(name=""))
with step("an unknown application is 404"):
    with error(HttpError, status(404), "expected 404"):
        client.application.get("app_unknown0000000000000000000")
with step("delete the endpoint: it is 404 after"):
    client.endpoint.delete(have.app, have.endpoint)
    with error(HttpError, status(404), "expected 404"):
        client.endpoint.get(have.app, have.endpoint)
with step("delete the application: it is 404 after"):
    client.application.delete(have.app)
    with error(HttpError, status(404), "expected 404"):
        client.application.get(have.app)
