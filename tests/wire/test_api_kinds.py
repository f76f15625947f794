"""Kinds of operations: states, calls, calendars, uploads, amounts, removals, deliveries, bulk bodies, issues."""

from __future__ import annotations

import json

from tests.wire.styles import (
    FLAG,
    LINK,
    NUMBER,
    TEXT,
    TIME,
    UUID,
    WHOLE,
    Client,
    choice,
    document,
    fixed,
    like,
    many,
    maybe,
    operation,
    path,
    query,
    ref,
    thing,
)


def test_an_instance_begins_pending_and_stops():
    instance = thing(
        InstanceId=like("i-1234567890abcdef0"),
        ImageId=like("ami-0abcdef1234567890"),
        State=thing(Code=WHOLE, Name=choice("pending", "running", "stopped", "terminated")),
        LaunchTime=TIME,
        Tags=many(thing(Key=TEXT, Value=TEXT)),
    )
    content = document(
        {
            "/#Action=RunInstances": {
                "post": operation(
                    thing(Instances=many(ref("Instance")), ReservationId=TEXT),
                    200,
                    thing(["ImageId"], ImageId=TEXT, MinCount=WHOLE, MaxCount=WHOLE),
                    errors=(400,),
                )
            },
            "/instances": {
                "get": operation(
                    thing(Instances=many(ref("Instance")), NextToken=TEXT),
                    params=[query("MaxResults", WHOLE), query("NextToken")],
                ),
                "post": operation(
                    thing(Instances=many(ref("Instance"))), 200, thing(["ImageId"], ImageId=TEXT, MaxCount=WHOLE)
                ),
            },
            "/instances/{InstanceId}": {
                "get": operation(ref("Instance"), params=[path("InstanceId")]),
                "delete": operation(ref("Instance"), 200, params=[path("InstanceId")], summary="Terminate an instance"),
            },
            "/instances/{InstanceId}/stop": {"post": operation(ref("Instance"), 200, params=[path("InstanceId")])},
        },
        {"Instance": instance},
    )
    client = Client(content)
    reply = client("POST", "/instances", 200, json={"ImageId": "ami-1"})
    assert len(reply["Instances"]) == 1
    assert reply["Instances"][0]["ImageId"] == "ami-1"
    assert reply["Instances"][0]["State"]["Name"] == "pending"
    assert reply["Instances"][0]["InstanceId"].startswith("i-")
    key = reply["Instances"][0]["InstanceId"]
    assert client("GET", "/instances/" + key, 200)["ImageId"] == "ami-1"
    assert client("POST", f"/instances/{key}/stop", 200)["State"]["Name"] == "stopped"
    assert client("DELETE", f"/instances/{key}", 200)["State"]["Name"] == "terminated"


def test_what_a_call_describes_is_just_being_created():
    content = document(
        {
            "/": {
                "post": operation(
                    thing(TableDescription=ref("Table")),
                    200,
                    thing(
                        ["TableName"],
                        TableName=TEXT,
                        KeySchema=many(thing(AttributeName=TEXT, KeyType=choice("HASH", "RANGE"))),
                    ),
                    errors=(400,),
                )
            }
        },
        {
            "Table": thing(
                TableName=TEXT,
                TableStatus=choice("CREATING", "ACTIVE", "DELETING"),
                TableArn=TEXT,
                ItemCount=WHOLE,
                KeySchema=many(thing(AttributeName=TEXT, KeyType=choice("HASH", "RANGE"))),
            )
        },
    )
    client = Client(content)
    reply = client(
        "POST", "/", 200, json={"TableName": "books", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
    )
    tried = reply["TableDescription"]
    assert tried["TableName"] == "books"
    assert tried["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert tried["TableStatus"] == "CREATING"


def test_calls_with_a_verb_before_the_noun_are_on_records():
    content = document(
        {
            "/rpc/createTask": {"post": operation(ref("Task"), 200, thing(["title"], title=TEXT, assigneeId=TEXT))},
            "/rpc/getTask": {"post": operation(ref("Task"), 200, thing(["id"], id=TEXT))},
            "/rpc/listTasks": {
                "post": operation(
                    thing(items=many(ref("Task")), nextCursor=maybe(TEXT)), 200, thing(limit=WHOLE, cursor=TEXT)
                )
            },
            "/rpc/updateTask": {"post": operation(ref("Task"), 200, thing(["id"], id=TEXT, title=TEXT, done=FLAG))},
            "/rpc/deleteTask": {"post": operation(thing(success=FLAG), 200, thing(["id"], id=TEXT))},
        },
        {"Task": thing(id=like("tsk_9aF3kLmQpR"), title=TEXT, done=FLAG, assigneeId=TEXT, createdAt=TIME)},
    )
    client = Client(content)
    made = client("POST", "/rpc/createTask", 200, json={"title": "A"})
    assert made["title"] == "A"
    assert made["id"].startswith("tsk_")
    assert made["done"] is False
    read = client("POST", "/rpc/getTask", 200, json={"id": made["id"]})
    assert read == made
    assert client("POST", "/rpc/updateTask", 200, json={"id": made["id"], "done": True})["done"] is True
    listed = client("POST", "/rpc/listTasks", 200, json={"limit": 100})
    assert made["id"] in [one["id"] for one in listed["items"]]
    assert client("POST", "/rpc/deleteTask", 200, json={"id": made["id"]}) == {"success": True}
    client("POST", "/rpc/getTask", 404, json={"id": made["id"]})


def test_the_primary_calendar_takes_events():
    event = thing(
        id=TEXT,
        etag=TEXT,
        summary=TEXT,
        start=thing(dateTime=TIME, timeZone=TEXT),
        end=thing(dateTime=TIME, timeZone=TEXT),
        attendees=many(
            thing(
                email={"type": "string", "format": "email"},
                responseStatus=choice("needsAction", "declined", "tentative", "accepted"),
            )
        ),
        status=choice("confirmed", "tentative", "cancelled"),
        htmlLink=LINK,
        created=TIME,
        updated=TIME,
        kind=like("calendar#event"),
        organizer=thing(email=TEXT, self=FLAG),
    )
    base = "/calendars/{calendarId}/events"
    content = document(
        {
            "/users/me/calendarList": {
                "get": operation(
                    thing(kind=like("calendar#calendarList"), items=many(ref("Calendar")), nextPageToken=TEXT)
                )
            },
            "/calendars/{calendarId}": {
                "get": operation(
                    ref("Calendar"),
                    params=[
                        path(
                            "calendarId",
                            description='Calendar identifier. Use "primary" for the primary calendar of the user.',
                        )
                    ],
                )
            },
            "/calendars": {"post": operation(ref("Calendar"), 200, thing(["summary"], summary=TEXT, timeZone=TEXT))},
            base: {
                "parameters": [path("calendarId")],
                "get": operation(
                    thing(
                        kind=like("calendar#events"),
                        items=many(ref("Event")),
                        nextPageToken=TEXT,
                        nextSyncToken=TEXT,
                        summary=TEXT,
                        timeZone=TEXT,
                    ),
                    params=[
                        query("maxResults", WHOLE),
                        query("pageToken"),
                        query("timeMin", TIME),
                        query("timeMax", TIME),
                        query("q"),
                        query("orderBy", choice("startTime", "updated")),
                    ],
                ),
                "post": operation(ref("Event"), 200, ref("Event")),
            },
            base + "/{eventId}": {
                "parameters": [path("calendarId"), path("eventId")],
                "get": operation(ref("Event")),
                "put": operation(ref("Event"), 200, ref("Event")),
                "patch": operation(ref("Event"), 200, ref("Event")),
                "delete": operation(None, 204),
            },
            base + "/{eventId}/move": {
                "post": operation(
                    ref("Event"), 200, params=[path("calendarId"), path("eventId"), query("destination", required=True)]
                )
            },
        },
        {
            "Event": event,
            "Calendar": thing(id=TEXT, summary=TEXT, timeZone=TEXT, kind=like("calendar#calendar"), primary=FLAG),
        },
    )
    client = Client(content)
    calendars = client("GET", "/users/me/calendarList", 200)["items"]
    assert calendars
    made = client(
        "POST",
        "/calendars/primary/events",
        200,
        json={
            "summary": "Lunch",
            "start": {"dateTime": "2026-03-01T12:00:00Z"},
            "end": {"dateTime": "2026-03-01T13:00:00Z"},
            "attendees": [{"email": "a@b.co"}],
        },
    )
    assert made["summary"] == "Lunch"
    assert made["start"]["dateTime"] == "2026-03-01T12:00:00Z"
    assert made["kind"] == "calendar#event"
    assert made["attendees"][0]["email"] == "a@b.co"
    assert client("GET", "/calendars/primary/events/" + made["id"], 200)["summary"] == "Lunch"
    listed = client("GET", "/calendars/primary/events?q=Lunch", 200)["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    changed = client("PATCH", "/calendars/primary/events/" + made["id"], 200, json={"summary": "Dinner"})
    assert changed["summary"] == "Dinner"
    assert changed["end"] == made["end"]
    for one in client("GET", "/calendars/primary/events", 200)["items"]:
        assert one["start"]["dateTime"] <= one["end"]["dateTime"]
    client("DELETE", "/calendars/primary/events/" + made["id"], 204)
    client("GET", "/calendars/primary/events/" + made["id"], 404)


def test_files_are_kept_below_their_record_and_at_their_own_path():
    content = document(
        {
            "/files": {
                "get": operation(thing(data=many(ref("File")), object=choice("list"))),
                "post": operation(
                    ref("File"),
                    201,
                    {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}, "purpose": TEXT},
                    },
                    "multipart/form-data",
                ),
            },
            "/files/{file_id}": {
                "parameters": [path("file_id")],
                "get": operation(ref("File")),
                "delete": operation(thing(id=TEXT, object=TEXT, deleted=FLAG)),
            },
            "/files/{file_id}/content": {
                "get": operation(
                    {"type": "string", "format": "binary"}, rct="application/octet-stream", params=[path("file_id")]
                )
            },
            "/avatars/{user}": {
                "put": operation(None, 204, {"type": "string", "format": "binary"}, "image/png", params=[path("user")]),
                "get": operation({"type": "string", "format": "binary"}, rct="image/png", params=[path("user")]),
            },
        },
        {
            "File": thing(
                id=like("file-abc123"),
                object=choice("file"),
                bytes=WHOLE,
                created_at=WHOLE,
                filename=TEXT,
                purpose=TEXT,
                status=choice("uploaded", "processed", "error"),
            )
        },
    )
    client = Client(content)
    made = client(
        "POST", "/files", 201, files={"file": ("a.txt", b"hello", "text/plain")}, data={"purpose": "fine-tune"}
    )
    assert made["bytes"] == 5
    assert made["filename"] == "a.txt"
    assert made["purpose"] == "fine-tune"
    assert made["object"] == "file"
    assert made["status"] == "uploaded"
    assert made["id"].startswith("file-")
    assert client("GET", f"/files/{made['id']}/content", 200) == b"hello"
    assert client("DELETE", "/files/" + made["id"], 200) == {"id": made["id"], "object": "file", "deleted": True}
    client("GET", "/files/" + made["id"], 404)
    client("PUT", "/avatars/ada", [204, 201, 200], content=b"\x89PNG123", headers={"content-type": "image/png"})
    assert client("GET", "/avatars/ada", 200) == b"\x89PNG123"


def test_amounts_with_a_currency_add_up_to_the_total():
    page_of = thing(
        uid=fixed(TEXT),
        name=TEXT,
        quantity=like("1"),
        base_price_money=ref("Money"),
        total_money=fixed(ref("Money")),
        gross_sales_money=fixed(ref("Money")),
    )
    order = thing(
        id=fixed(TEXT),
        location_id=TEXT,
        line_items=many(ref("LineItem")),
        total_money=fixed(ref("Money")),
        total_tax_money=fixed(ref("Money")),
        total_discount_money=fixed(ref("Money")),
        net_amount_due_money=fixed(ref("Money")),
        state=fixed(choice("OPEN", "COMPLETED", "CANCELED", "DRAFT")),
        version=fixed(WHOLE),
    )
    content = document(
        {
            "/v2/orders": {
                "post": operation(
                    thing(order=ref("Order"), errors=many(thing(code=TEXT, detail=TEXT))),
                    200,
                    thing(order=ref("Order"), idempotency_key=TEXT),
                )
            },
            "/v2/orders/{order_id}": {
                "get": operation(thing(order=ref("Order")), params=[path("order_id")]),
                "put": operation(thing(order=ref("Order")), 200, thing(order=ref("Order")), params=[path("order_id")]),
            },
        },
        {"Order": order, "LineItem": page_of, "Money": thing(amount=WHOLE, currency=choice("EUR", "USD"))},
    )
    client = Client(content)
    reply = client(
        "POST",
        "/v2/orders",
        200,
        json={
            "order": {
                "location_id": "L1",
                "line_items": [
                    {"name": "Tea", "quantity": "2", "base_price_money": {"amount": 300, "currency": "EUR"}},
                    {"name": "Cake", "quantity": "1", "base_price_money": {"amount": 450, "currency": "EUR"}},
                ],
            },
            "idempotency_key": "x",
        },
    )
    order = reply["order"]
    assert order["line_items"][0]["name"] == "Tea"
    assert order["state"] == "OPEN"
    assert "errors" not in reply
    assert order["line_items"][0].get("uid")
    assert order["line_items"][0]["total_money"] == {"amount": 600, "currency": "EUR"}
    assert order["total_money"] == {"amount": 1050, "currency": "EUR"}


def test_lines_add_up_to_the_subtotal_and_the_total():
    content = document(
        {
            "/invoices": {
                "get": operation(many(ref("Invoice"))),
                "post": operation(
                    ref("Invoice"),
                    201,
                    thing(
                        ["customer", "lines"],
                        customer=TEXT,
                        currency=TEXT,
                        lines=many(thing(description=TEXT, quantity=WHOLE, unit_price=NUMBER)),
                    ),
                ),
            },
            "/invoices/{id}": {"get": operation(ref("Invoice"), params=[path("id", WHOLE)])},
        },
        {
            "Invoice": thing(
                id=WHOLE,
                customer=TEXT,
                currency=TEXT,
                lines=many(thing(description=TEXT, quantity=WHOLE, unit_price=NUMBER, amount=NUMBER)),
                subtotal=NUMBER,
                tax=NUMBER,
                total=NUMBER,
                amount_due=NUMBER,
                amount_paid=NUMBER,
                status=choice("draft", "open", "paid", "void"),
            )
        },
    )
    client = Client(content)
    made = client(
        "POST",
        "/invoices",
        201,
        json={
            "customer": "c",
            "currency": "EUR",
            "lines": [
                {"description": "a", "quantity": 2, "unit_price": 10},
                {"description": "b", "quantity": 1, "unit_price": 5.5},
            ],
        },
    )
    assert made["lines"][0]["amount"] == 20
    assert made["subtotal"] == 25.5
    assert abs(made["total"] - made["subtotal"] - made["tax"]) < 0.01
    assert made["status"] == "draft"
    for one in client("GET", "/invoices", 200):
        shown = sum(listed["amount"] for listed in one["lines"])
        assert abs(one["subtotal"] - shown) < 0.05
        for listed in one["lines"]:
            assert abs(listed["amount"] - listed["quantity"] * listed["unit_price"]) < 0.05


def test_a_removal_that_disables_keeps_the_record():
    content = document(
        {
            "/api/v1/user": {
                "get": operation(thing(users=many(ref("User")))),
                "post": operation(thing(user=ref("User")), 200, ref("User"), errors=(400,)),
            },
            "/api/v1/user/{user_handle}": {
                "parameters": [path("user_handle")],
                "get": operation(thing(user=ref("User"))),
                "put": operation(thing(user=ref("User")), 200, ref("User")),
                "delete": operation(
                    thing(message=TEXT),
                    200,
                    summary="Disable a user",
                    id="DisableUser",
                    desc="Delete a user from an organization. This endpoint disables the user.",
                ),
            },
        },
        {
            "User": thing(
                handle=like("test@example.com"),
                name=TEXT,
                email=TEXT,
                disabled=fixed(FLAG),
                verified=fixed(FLAG),
                access_role=choice("st", "adm", "ro"),
                icon=fixed(TEXT),
            )
        },
    )
    client = Client(content)
    made = client("POST", "/api/v1/user", 200, json={"handle": "x@y.z", "name": "X"})["user"]
    assert made["handle"] == "x@y.z"
    assert made["disabled"] is False
    assert client("GET", "/api/v1/user/x@y.z", 200)["user"]["name"] == "X"
    assert client("PUT", "/api/v1/user/x@y.z", 200, json={"name": "Y"})["user"]["name"] == "Y"
    client("DELETE", "/api/v1/user/x@y.z", 200)
    assert client("GET", "/api/v1/user/x@y.z", 200)["user"]["disabled"] is True


def test_a_removal_that_only_mentions_closing_removes():
    content = document(
        {
            "/projects": {"get": operation(many(ref("P"))), "post": operation(ref("P"), 201, thing(name=TEXT))},
            "/projects/{id}": {
                "parameters": [path("id")],
                "get": operation(ref("P")),
                "delete": operation(
                    None,
                    204,
                    summary="Delete a project",
                    desc="Deletes a project. To close it instead, use the archive endpoint.",
                ),
            },
            "/projects/{id}/archive": {"post": operation(ref("P"), 200, params=[path("id")])},
        },
        {"P": thing(id=TEXT, name=TEXT, archived=FLAG, archived_at=maybe(TIME), status=choice("active", "archived"))},
    )
    client = Client(content)
    made = client("POST", "/projects", 201, json={"name": "a"})
    assert made["archived"] is False
    assert made["archived_at"] is None
    assert made["status"] == "active"
    one = client("POST", f"/projects/{made['id']}/archive", 200)
    assert one["archived"] is True
    assert one["archived_at"]
    assert one["status"] == "archived"
    client("DELETE", "/projects/" + made["id"], 204)
    client("GET", "/projects/" + made["id"], 404)


def test_a_message_has_an_attempt_for_each_endpoint():
    message_schema = thing(
        id=like("msg_1srOrx2ZWZBpBUvZwXKQmoEYga2"),
        eventId=maybe(TEXT),
        eventType=TEXT,
        payload={"type": "object"},
        timestamp=TIME,
        channels=maybe(many(TEXT)),
    )
    attempt_schema = thing(
        id=like("atmpt_1srOrx2ZWZBpBUvZwXKQmoEYga2"),
        endpointId=like("ep_1srOrx2ZWZBpBUvZwXKQmoEYga2"),
        msgId=like("msg_1srOrx2ZWZBpBUvZwXKQmoEYga2"),
        response=TEXT,
        responseStatusCode=WHOLE,
        status={"type": "integer", "enum": [0, 1, 2, 3]},
        timestamp=TIME,
        url=LINK,
    )
    endpoint_schema = thing(
        id=like("ep_1srOrx2ZWZBpBUvZwXKQmoEYga2"),
        url=LINK,
        description=TEXT,
        createdAt=TIME,
        updatedAt=TIME,
        disabled=FLAG,
        version=WHOLE,
    )
    base = "/api/v1/app/{app_id}"

    def page_of(made):
        return thing(["data", "done"], data=many(ref(made)), done=FLAG, iterator=maybe(TEXT), prevIterator=maybe(TEXT))

    content = document(
        {
            "/api/v1/app": {
                "get": operation(page_of("App"), params=[query("limit", WHOLE), query("iterator")]),
                "post": operation(ref("App"), 201, thing(["name"], name=TEXT, uid=TEXT)),
            },
            base: {
                "get": operation(ref("App"), params=[path("app_id")]),
                "delete": operation(None, 204, params=[path("app_id")]),
            },
            base + "/endpoint": {
                "parameters": [path("app_id")],
                "get": operation(page_of("Endpoint")),
                "post": operation(ref("Endpoint"), 201, thing(["url"], url=LINK, description=TEXT)),
            },
            base + "/endpoint/{endpoint_id}": {
                "parameters": [path("app_id"), path("endpoint_id")],
                "get": operation(ref("Endpoint")),
                "delete": operation(None, 204),
            },
            base + "/msg": {
                "parameters": [path("app_id")],
                "get": operation(page_of("Msg")),
                "post": operation(
                    ref("Msg"),
                    202,
                    thing(["eventType", "payload"], eventType=TEXT, payload={"type": "object"}, channels=many(TEXT)),
                ),
            },
            base + "/msg/{msg_id}": {"get": operation(ref("Msg"), params=[path("app_id"), path("msg_id")])},
            base + "/attempt/msg/{msg_id}": {
                "get": operation(page_of("Attempt"), params=[path("app_id"), path("msg_id"), query("limit", WHOLE)])
            },
            base + "/attempt/endpoint/{endpoint_id}": {
                "get": operation(page_of("Attempt"), params=[path("app_id"), path("endpoint_id")])
            },
            base + "/msg/{msg_id}/attempt/{attempt_id}": {
                "get": operation(ref("Attempt"), params=[path("app_id"), path("msg_id"), path("attempt_id")])
            },
        },
        {
            "App": thing(id=like("app_1srOrx2ZWZBpBUvZwXKQmoEYga2"), uid=maybe(TEXT), name=TEXT, createdAt=TIME),
            "Endpoint": endpoint_schema,
            "Msg": message_schema,
            "Attempt": attempt_schema,
        },
    )
    client = Client(content)
    app = client("POST", "/api/v1/app", 201, json={"name": "A", "uid": "my-app"})
    assert client("GET", "/api/v1/app/my-app", 200)["id"] == app["id"]
    root = f"/api/v1/app/{app['id']}"
    endpoint = client("POST", root + "/endpoint", 201, json={"url": "https://x.y/z"})
    message = client("POST", root + "/msg", 202, json={"eventType": "a.b", "payload": {"x": 1}})
    assert message["payload"] == {"x": 1}
    assert message["id"].startswith("msg_")
    assert client("GET", root + "/msg/" + message["id"], 200)["eventType"] == "a.b"
    assert [one["id"] for one in client("GET", root + "/msg", 200)["data"]] == [message["id"]]
    tried = client("GET", f"{root}/attempt/msg/{message['id']}", 200)
    assert tried["done"] is True
    assert all(one["msgId"] == message["id"] for one in tried["data"])
    for one in tried["data"]:
        assert one["endpointId"] == endpoint["id"]
        assert client("GET", f"{root}/msg/{message['id']}/attempt/{one['id']}", 200)["id"] == one["id"]


def test_a_put_of_a_list_creates_and_a_post_changes_what_exists():
    content = document(
        {
            "/Contacts": {
                "get": operation(thing(Contacts=many(ref("Contact")))),
                "put": operation(thing(Contacts=many(ref("Contact"))), 200, thing(Contacts=many(ref("Contact")))),
                "post": operation(thing(Contacts=many(ref("Contact"))), 200, thing(Contacts=many(ref("Contact")))),
            },
            "/Contacts/{ContactID}": {
                "get": operation(thing(Contacts=many(ref("Contact"))), params=[path("ContactID", UUID)]),
                "post": operation(
                    thing(Contacts=many(ref("Contact"))),
                    200,
                    thing(Contacts=many(ref("Contact"))),
                    params=[path("ContactID", UUID)],
                ),
            },
            "/Contacts/{ContactNumber}": {
                "get": operation(thing(Contacts=many(ref("Contact"))), params=[path("ContactNumber")])
            },
        },
        {
            "Contact": thing(
                ContactID=UUID,
                ContactNumber=TEXT,
                Name=TEXT,
                EmailAddress=TEXT,
                ContactStatus=choice("ACTIVE", "ARCHIVED"),
            )
        },
    )
    client = Client(content)
    made = client("PUT", "/Contacts", 200, json={"Contacts": [{"Name": "Ada", "ContactNumber": "C-7"}]})["Contacts"]
    assert len(made) == 1
    assert made[0]["Name"] == "Ada"
    assert made[0]["ContactStatus"] == "ACTIVE"
    assert client("GET", "/Contacts/" + made[0]["ContactID"], 200)["Contacts"][0]["Name"] == "Ada"
    changed = client("POST", "/Contacts/" + made[0]["ContactID"], 200, json={"Contacts": [{"Name": "Eve"}]})["Contacts"]
    assert changed[0]["Name"] == "Eve"
    assert changed[0]["ContactNumber"] == "C-7"
    assert made[0]["ContactID"] in [one["ContactID"] for one in client("GET", "/Contacts", 200)["Contacts"]]
    changed = client("POST", "/Contacts", 200, json={"Contacts": [{"ContactID": made[0]["ContactID"], "Name": "Zed"}]})[
        "Contacts"
    ]
    assert changed[0]["ContactID"] == made[0]["ContactID"]
    assert client("GET", "/Contacts/" + made[0]["ContactID"], 200)["Contacts"][0]["Name"] == "Zed"


def test_issues_comments_and_locks_of_a_new_repository():
    user_schema = thing(login=TEXT, id=WHOLE, type=like("User"), url=LINK)
    issue_schema = thing(
        id=WHOLE,
        number=WHOLE,
        title=TEXT,
        body=maybe(TEXT),
        state=choice("open", "closed"),
        user=ref("User"),
        labels=many(ref("Label")),
        assignees=many(ref("User")),
        created_at=TIME,
        closed_at=maybe(TIME),
        comments=WHOLE,
        url=LINK,
        html_url=LINK,
        locked=FLAG,
    )
    base = "/repos/{owner}/{repo}"
    content = document(
        {
            "/user": {"get": operation(ref("User"))},
            "/users": {"get": operation(many(ref("User")))},
            "/users/{username}": {"get": operation(ref("User"), params=[path("username")])},
            base: {
                "get": operation(ref("Repo"), params=[path("owner"), path("repo")]),
                "patch": operation(
                    ref("Repo"), 200, thing(description=TEXT, archived=FLAG), params=[path("owner"), path("repo")]
                ),
            },
            "/user/repos": {
                "post": operation(ref("Repo"), 201, thing(["name"], name=TEXT, description=TEXT, private=FLAG)),
                "get": operation(many(ref("Repo"))),
            },
            base + "/issues": {
                "parameters": [path("owner"), path("repo")],
                "get": operation(
                    many(ref("Issue")),
                    params=[
                        query("state", {**choice("open", "closed", "all"), "default": "open"}),
                        query("labels"),
                        query("per_page", WHOLE),
                        query("page", WHOLE),
                        query("assignee"),
                        query("creator"),
                    ],
                ),
                "post": operation(
                    ref("Issue"), 201, thing(["title"], title=TEXT, body=TEXT, labels=many(TEXT), assignees=many(TEXT))
                ),
            },
            base + "/issues/{issue_number}": {
                "parameters": [path("owner"), path("repo"), path("issue_number", WHOLE)],
                "get": operation(ref("Issue")),
                "patch": operation(
                    ref("Issue"), 200, thing(title=TEXT, state=choice("open", "closed"), labels=many(TEXT))
                ),
            },
            base + "/issues/{issue_number}/comments": {
                "parameters": [path("owner"), path("repo"), path("issue_number", WHOLE)],
                "get": operation(many(ref("Comment"))),
                "post": operation(ref("Comment"), 201, thing(["body"], body=TEXT)),
            },
            base + "/issues/comments/{comment_id}": {
                "parameters": [path("owner"), path("repo"), path("comment_id", WHOLE)],
                "get": operation(ref("Comment")),
                "patch": operation(ref("Comment"), 200, thing(["body"], body=TEXT)),
                "delete": operation(None, 204),
            },
            base + "/issues/{issue_number}/lock": {
                "parameters": [path("owner"), path("repo"), path("issue_number", WHOLE)],
                "put": operation(None, 204),
                "delete": operation(None, 204),
            },
            base + "/labels": {
                "parameters": [path("owner"), path("repo")],
                "get": operation(many(ref("Label"))),
                "post": operation(ref("Label"), 201, thing(["name"], name=TEXT, color=TEXT)),
            },
        },
        {
            "User": user_schema,
            "Label": thing(id=WHOLE, name=TEXT, color=like("f29513"), default=FLAG),
            "Issue": issue_schema,
            "Comment": thing(id=WHOLE, body=TEXT, user=ref("User"), issue_url=LINK, created_at=TIME),
            "Repo": thing(
                id=WHOLE,
                name=TEXT,
                full_name=like("octocat/Hello-World"),
                owner=ref("User"),
                description=maybe(TEXT),
                private=FLAG,
                archived=FLAG,
                url=LINK,
                default_branch=TEXT,
            ),
        },
        servers=["https://api.github.com"],
    )
    client = Client(content)
    me = client("GET", "/user", 200)
    repository = client("POST", "/user/repos", 201, json={"name": "atlas", "private": True})
    assert repository["full_name"] == me["login"] + "/atlas"
    assert repository["owner"]["login"] == me["login"]
    root = f"/repos/{me['login']}/atlas"
    assert client("GET", root, 200)["id"] == repository["id"]
    issue = client("POST", root + "/issues", 201, json={"title": "Bug", "labels": ["bug"], "assignees": [me["login"]]})
    assert issue["number"] == 1
    assert issue["state"] == "open"
    assert issue["closed_at"] is None
    assert issue["labels"][0]["name"] == "bug"
    assert issue["assignees"][0]["login"] == me["login"]
    assert issue["comments"] == 0
    assert issue["user"]["login"] == me["login"]
    comment = client("POST", root + "/issues/1/comments", 201, json={"body": "hi"})
    assert [one["id"] for one in client("GET", root + "/issues/1/comments", 200)] == [comment["id"]]
    assert client("GET", f"{root}/issues/comments/{comment['id']}", 200)["body"] == "hi"
    assert client("PATCH", f"{root}/issues/comments/{comment['id']}", 200, json={"body": "ho"})["body"] == "ho"
    assert client("GET", root + "/issues/1/comments", 200)[0]["body"] == "ho"
    client("PUT", root + "/issues/1/lock", 204)
    assert client("GET", root + "/issues/1", 200)["locked"] is True
    closed = client("PATCH", root + "/issues/1", 200, json={"state": "closed"})
    assert closed["closed_at"]
    assert client("GET", root + "/issues", 200) == []
    assert len(client("GET", root + "/issues?state=all", 200)) == 1
    client("DELETE", f"{root}/issues/comments/{comment['id']}", 204)
    assert client("GET", root + "/issues/1/comments", 200) == []


def test_a_dotted_column_of_seed_data_is_a_member_of_an_object():
    content = document(
        {
            "/customers": {"get": operation(many(ref("Customer"))), "x-locum-seed": [{"id": 1, "address.zip": "10"}]},
            "/customers/{id}": {"get": operation(ref("Customer"), params=[path("id", WHOLE)])},
        },
        {"Customer": thing(id=WHOLE, address=thing(city=TEXT, zip=WHOLE))},
    )
    client = Client(content)

    assert client("GET", "/customers/1", 200) == {"id": 1, "address": {"zip": 10}}


def test_a_watch_begins_with_an_event_for_each_record_and_continues_from_a_version():
    meta = thing(name=TEXT, resourceVersion=TEXT)
    content = document(
        {
            "/pods": {
                "get": operation(
                    thing(["items"], items=many(ref("Pod")), metadata=thing(resourceVersion=TEXT)),
                    params=[query("watch", FLAG), query("resourceVersion")],
                ),
                "post": operation(ref("Pod"), 201, ref("Pod")),
            },
            "/pods/{name}": {"get": operation(ref("Pod"), params=[path("name")])},
        },
        {"Pod": thing(kind=like("Pod"), metadata=meta)},
    )
    client = Client(content)
    version = client("GET", "/pods", 200)["metadata"]["resourceVersion"]
    made = client("POST", "/pods", 201, json={"metadata": {"name": "a"}})
    lines = client("GET", "/pods?watch=true", 200, text=True).splitlines()
    later = client("GET", f"/pods?watch=true&resourceVersion={version}", 200, text=True).splitlines()

    assert len(lines) == 11
    assert [json.loads(line) for line in later] == [{"type": "ADDED", "object": made}]


def test_a_pulled_image_is_found_by_its_tags():
    image = thing(
        Id=like("sha256:ec3f0931a6e6b6855d76b2d7b0be30e81860baccd891b2e243280bf1cd8ad710"), RepoTags=many(TEXT)
    )
    named = path("name", TEXT, description="Image name or ID")
    content = document(
        {
            "/images": {"get": operation(many(image))},
            "/images/create": {"post": operation(None, params=[query("fromImage"), query("tag")])},
            "/images/{name}/json": {"get": operation(image, params=[named])},
            "/images/{name}/tag": {"post": operation(None, 201, params=[named, query("repo"), query("tag")])},
        },
        {},
    )
    client = Client(content)
    client("POST", "/images/create?fromImage=alpine&tag=3.20", 200)
    pulled = client("GET", "/images/alpine:3.20/json", 200)
    client("POST", f"/images/{pulled['Id']}/tag?repo=shop&tag=1.0", 201)

    assert client("GET", "/images/shop:1.0/json", 200)["RepoTags"] == ["alpine:3.20", "shop:1.0"]
    assert client("GET", f"/images/{pulled['Id'].removeprefix('sha256:')[:12]}/json", 200)["Id"] == pulled["Id"]


def test_a_call_that_lists_records_of_another_takes_it_from_the_query_or_lists_all():
    channel, user = thing(id=TEXT, name=TEXT, user=TEXT), thing(id=TEXT, name=TEXT)
    content = document(
        {
            "/users.list": {"get": operation(thing(members=many(ref("User"))))},
            "/users.info": {"get": operation(thing(user=ref("User")), params=[query("user")])},
            "/users.channels": {"get": operation(thing(channels=many(ref("Channel"))), params=[query("user")])},
            "/channels.list": {"get": operation(thing(channels=many(ref("Channel"))))},
            "/channels.info": {"get": operation(thing(channel=ref("Channel")), params=[query("channel")])},
            "/channels.create": {"post": operation(thing(channel=ref("Channel")), 200, channel)},
        },
        {"Channel": channel, "User": user},
    )
    client = Client(content)
    [first, *_] = client("GET", "/users.list", 200)["members"]
    made = client("POST", "/channels.create", 200, json={"name": "x", "user": first["id"]})["channel"]

    assert made["id"] in [one["id"] for one in client("GET", "/users.channels", 200)["channels"]]
    assert made["id"] in [one["id"] for one in client("GET", f"/users.channels?user={first['id']}", 200)["channels"]]
