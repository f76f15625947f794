"""APIs in the styles of JSON:API, OData, HAL, Google, Elasticsearch, MongoDB, Slack, Kubernetes, Twilio and Stripe."""

from __future__ import annotations

import re

from tests.wire.styles import (
    FLAG,
    LINK,
    NUMBER,
    TEXT,
    TIME,
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


def test_records_of_json_api_are_linked_included_filtered_and_paged():
    article = {
        "type": "object",
        "properties": {
            "type": choice("articles"),
            "id": TEXT,
            "attributes": thing(title=TEXT, body=TEXT, createdAt=fixed(TIME)),
            "relationships": thing(
                author=thing(data=thing(type=choice("people"), id=TEXT)),
                tags=thing(data=many(thing(type=choice("tags"), id=TEXT))),
            ),
            "links": thing(self=LINK),
        },
    }
    person = {
        "type": "object",
        "properties": {
            "type": choice("people"),
            "id": TEXT,
            "attributes": thing(name=TEXT, email={"type": "string", "format": "email"}),
        },
    }
    new_article = thing(
        ["data"],
        data=thing(
            ["type", "attributes"],
            type=choice("articles"),
            attributes=thing(["title"], title=TEXT, body=TEXT),
            relationships=thing(author=thing(data=thing(type=choice("people"), id=TEXT))),
        ),
    )
    json_api = "application/vnd.api+json"
    content = document(
        {
            "/articles": {
                "get": operation(
                    thing(
                        ["data"],
                        data=many(ref("Article")),
                        included=many(ref("Person")),
                        meta=thing(total=WHOLE),
                        links=thing(self=TEXT, next=maybe(TEXT)),
                    ),
                    rct=json_api,
                    params=[
                        query("page[number]", WHOLE),
                        query("page[size]", WHOLE),
                        query("include"),
                        query("filter[title]"),
                        query("sort"),
                    ],
                ),
                "post": operation(thing(data=ref("Article")), 201, new_article, json_api, json_api),
            },
            "/articles/{id}": {
                "parameters": [path("id")],
                "get": operation(
                    thing(data=ref("Article"), included=many(ref("Person"))), rct=json_api, params=[query("include")]
                ),
                "patch": operation(
                    thing(data=ref("Article")),
                    200,
                    thing(
                        ["data"],
                        data=thing(
                            ["type", "id"], type=choice("articles"), id=TEXT, attributes=thing(title=TEXT, body=TEXT)
                        ),
                    ),
                    json_api,
                    json_api,
                ),
                "delete": operation(None, 204),
            },
            "/people": {"get": operation(thing(data=many(ref("Person"))), rct=json_api)},
            "/people/{id}": {"get": operation(thing(data=ref("Person")), rct=json_api, params=[path("id")])},
        },
        {"Article": article, "Person": person},
    )
    client = Client(content)
    headers = {"content-type": json_api}
    people = client("GET", "/people", 200)["data"]
    reply = client(
        "POST",
        "/articles",
        201,
        json={
            "data": {
                "type": "articles",
                "attributes": {"title": "Hi", "body": "x"},
                "relationships": {"author": {"data": {"type": "people", "id": people[0]["id"]}}},
            }
        },
        headers=headers,
    )["data"]
    assert reply["attributes"]["title"] == "Hi"
    assert reply["type"] == "articles"
    assert reply["id"]
    assert reply["relationships"]["author"]["data"]["id"] == people[0]["id"]
    assert client("GET", "/articles/" + reply["id"], 200)["data"]["attributes"]["title"] == "Hi"
    changed = client(
        "PATCH",
        "/articles/" + reply["id"],
        200,
        json={"data": {"type": "articles", "id": reply["id"], "attributes": {"title": "Yo"}}},
        headers=headers,
    )["data"]
    assert changed["attributes"]["title"] == "Yo"
    assert changed["attributes"]["body"] == "x"
    listed = client("GET", "/articles?page[size]=4&page[number]=1", 200)
    assert len(listed["data"]) == 4
    assert listed["meta"]["total"] == 11
    ids = [
        one["id"]
        for made in (1, 2, 3)
        for one in client("GET", f"/articles?page[size]=4&page[number]={made}", 200)["data"]
    ]
    assert len(set(ids)) == 11
    found = client("GET", "/articles?filter[title]=Yo", 200)["data"]
    assert [one["id"] for one in found] == [reply["id"]]
    included = client("GET", f"/articles/{reply['id']}?include=author", 200)
    assert any(
        one["id"] == people[0]["id"] and one["attributes"]["name"] == people[0]["attributes"]["name"]
        for one in included.get("included", [])
    )
    assert reply["links"]["self"].endswith("/articles/" + reply["id"])
    for one in client("GET", "/articles", 200)["data"]:
        assert one["relationships"]["author"]["data"]["id"] in [each["id"] for each in people]
    client("DELETE", "/articles/" + reply["id"], 204)
    client("GET", "/articles/" + reply["id"], 404)


def test_records_of_odata_have_their_key_in_parentheses_and_filters_are_expressions():
    product = thing(
        ["ProductID", "ProductName"],
        ProductID=WHOLE,
        ProductName=TEXT,
        UnitPrice=NUMBER,
        Discontinued=FLAG,
        CategoryID=WHOLE,
    )
    content = document(
        {
            "/Products": {
                "get": operation(
                    {
                        "type": "object",
                        "properties": {
                            "@odata.context": TEXT,
                            "@odata.count": WHOLE,
                            "@odata.nextLink": TEXT,
                            "value": many(ref("Product")),
                        },
                    },
                    params=[
                        query("$top", WHOLE),
                        query("$skip", WHOLE),
                        query("$filter"),
                        query("$orderby"),
                        query("$count", FLAG),
                        query("$select"),
                    ],
                ),
                "post": operation(ref("Product"), 201, ref("Product")),
            },
            "/Products({ProductID})": {
                "parameters": [path("ProductID", WHOLE)],
                "get": operation(ref("Product")),
                "patch": operation(ref("Product"), 200, thing(ProductName=TEXT, UnitPrice=NUMBER)),
                "delete": operation(None, 204),
            },
        },
        {"Product": product},
    )
    client = Client(content)
    listed = client("GET", "/Products?$top=3&$count=true", 200)
    assert len(listed["value"]) == 3
    assert listed["@odata.count"] == 10
    assert "@odata.nextLink" in listed
    key = listed["value"][0]["ProductID"]
    read = client("GET", f"/Products({key})", 200)
    assert read == listed["value"][0]
    made = client("POST", "/Products", 201, json={"ProductID": 99, "ProductName": "Chai", "UnitPrice": 18.5})
    assert made["ProductName"] == "Chai"
    assert made["ProductID"] == 99
    client("PATCH", "/Products(99)", [200, 204], json={"UnitPrice": 20})
    assert client("GET", "/Products(99)", 200)["UnitPrice"] == 20
    found = client("GET", "/Products?$filter=ProductName eq 'Chai'", 200)["value"]
    assert len(found) == 1
    found = client("GET", "/Products?$filter=UnitPrice gt 19 and ProductName eq 'Chai'", 200)["value"]
    assert len(found) == 1
    order = [one["ProductName"] for one in client("GET", "/Products?$orderby=ProductName desc", 200)["value"]]
    assert order == sorted(order, reverse=True)
    shown = client("GET", "/Products?$select=ProductID,ProductName", 200)["value"][0]
    assert set(shown) <= {"ProductID", "ProductName"}
    seen = []
    target = "/Products?$top=4"
    for _ in range(9):
        reply = client("GET", target, 200)
        seen += [one["ProductID"] for one in reply["value"]]
        target = reply.get("@odata.nextLink")
        if not target:
            break
        target = target.replace("http://testserver", "")
    assert len(seen) == 11 == len(set(seen))
    client("DELETE", "/Products(99)", 204)
    client("GET", "/Products(99)", 404)


def test_records_of_hal_hold_their_addresses_and_pages_lead_on():
    order = thing(
        id=WHOLE,
        total=NUMBER,
        currency=TEXT,
        status=choice("pending", "shipped", "cancelled"),
        _links=thing(self=thing(href=TEXT), customer=thing(href=TEXT)),
    )
    content = document(
        {
            "/orders": {
                "get": operation(
                    thing(
                        _embedded=thing(orders=many(ref("Order"))),
                        _links=thing(self=thing(href=TEXT), next=thing(href=TEXT), first=thing(href=TEXT)),
                        page=thing(size=WHOLE, totalElements=WHOLE, totalPages=WHOLE, number=WHOLE),
                    ),
                    params=[
                        query("page", {"type": "integer", "default": 0}),
                        query("size", {"type": "integer", "default": 20}),
                    ],
                ),
                "post": operation(ref("Order"), 201, thing(total=NUMBER, currency=TEXT)),
            },
            "/orders/{id}": {
                "get": operation(ref("Order"), params=[path("id", WHOLE)]),
                "delete": operation(None, 204, params=[path("id", WHOLE)]),
            },
            "/orders/{id}/cancel": {"post": operation(ref("Order"), params=[path("id", WHOLE)])},
        },
        {"Order": order},
    )
    client = Client(content)
    made = client("POST", "/orders", 201, json={"total": 5, "currency": "EUR"})
    assert made["total"] == 5
    assert made["status"] == "pending"
    assert made["_links"]["self"]["href"].endswith(f"/orders/{made['id']}")
    listed = client("GET", "/orders?size=4", 200)
    assert len(listed["_embedded"]["orders"]) == 4
    assert listed["page"]["totalElements"] == 11
    assert listed["page"]["number"] == 0
    assert listed["page"]["totalPages"] == 3
    seen = []
    target = "/orders?size=4"
    while target and len(seen) < 40:
        reply = client("GET", target, 200)
        seen += [one["id"] for one in reply["_embedded"]["orders"]]
        target = (reply["_links"].get("next") or {}).get("href")
        target = target and target.replace("http://testserver", "")
    assert len(seen) == 11 == len(set(seen))
    assert client("POST", f"/orders/{made['id']}/cancel", 200)["status"] == "cancelled"


def test_records_of_googles_apis_are_named_by_their_paths():
    book = thing(
        name=fixed(TEXT),
        displayName=TEXT,
        author=TEXT,
        createTime=fixed(TIME),
        updateTime=fixed(TIME),
        state=fixed(choice("STATE_UNSPECIFIED", "ACTIVE", "DELETED")),
        etag=TEXT,
    )
    book["properties"]["name"] = {
        "type": "string",
        "readOnly": True,
        "example": "shelves/s1/books/b1",
        "description": "The resource name.",
    }
    content = document(
        {
            "/v1/shelves/{shelf}/books": {
                "parameters": [path("shelf")],
                "get": operation(
                    thing(books=many(ref("Book")), nextPageToken=TEXT),
                    params=[query("pageSize", WHOLE), query("pageToken"), query("filter")],
                ),
                "post": operation(ref("Book"), 200, ref("Book"), params=[query("bookId")]),
            },
            "/v1/shelves/{shelf}/books/{book}": {
                "parameters": [path("shelf"), path("book")],
                "get": operation(ref("Book")),
                "patch": operation(ref("Book"), 200, ref("Book"), params=[query("updateMask")]),
                "delete": operation(thing(), 200),
            },
            "/v1/shelves/{shelf}/books/{book}:archive": {
                "post": operation(ref("Book"), 200, thing(), params=[path("shelf"), path("book")])
            },
        },
        {"Book": book},
    )
    client = Client(content)
    listed = client("GET", "/v1/shelves/one/books", 200)
    assert len(listed["books"]) >= 3
    made = client("POST", "/v1/shelves/one/books?bookId=dune", 200, json={"displayName": "Dune"})
    assert made["displayName"] == "Dune"
    assert made["name"] == "shelves/one/books/dune"
    assert client("GET", "/v1/shelves/one/books/dune", 200)["displayName"] == "Dune"
    assert made["state"] == "ACTIVE"
    changed = client("PATCH", "/v1/shelves/one/books/dune?updateMask=displayName", 200, json={"displayName": "D2"})
    assert changed["displayName"] == "D2"
    assert changed["author"] == made["author"]
    for one in listed["books"]:
        client("GET", "/v1/" + one["name"], 200)
    first = client("GET", "/v1/shelves/one/books?pageSize=2", 200)
    assert first["nextPageToken"]
    second = client("GET", "/v1/shelves/one/books?pageSize=2&pageToken=" + first["nextPageToken"], 200)
    assert len(second["books"]) == 2
    assert client("DELETE", "/v1/shelves/one/books/dune", 200) == {}
    client("GET", "/v1/shelves/one/books/dune", 404)


def test_a_document_of_any_members_is_kept_in_the_member_for_the_source():
    content = document(
        {
            "/{index}/_doc": {
                "post": operation(
                    thing(
                        ["_index", "_id", "result"],
                        _index=TEXT,
                        _id=TEXT,
                        _version=WHOLE,
                        result=choice("created", "updated", "deleted", "not_found"),
                    ),
                    201,
                    {"type": "object"},
                    params=[path("index")],
                )
            },
            "/{index}/_doc/{id}": {
                "parameters": [path("index"), path("id")],
                "get": operation(thing(_index=TEXT, _id=TEXT, _version=WHOLE, found=FLAG, _source={"type": "object"})),
                "put": operation(
                    thing(_index=TEXT, _id=TEXT, result=choice("created", "updated"), _version=WHOLE),
                    201,
                    {"type": "object"},
                ),
                "delete": operation(thing(_index=TEXT, _id=TEXT, result=choice("deleted", "not_found"))),
            },
            "/{index}/_search": {
                "post": operation(
                    thing(
                        took=WHOLE,
                        timed_out=FLAG,
                        hits=thing(
                            total=thing(value=WHOLE, relation=TEXT),
                            hits=many(thing(_index=TEXT, _id=TEXT, _score=NUMBER, _source={"type": "object"})),
                        ),
                    ),
                    200,
                    {"type": "object"},
                    params=[path("index")],
                )
            },
        },
        {},
    )
    client = Client(content)
    reply = client("PUT", "/books/_doc/1", [200, 201], json={"title": "Dune", "year": 1965})
    assert reply["_id"] == "1"
    assert reply["_index"] == "books"
    read = client("GET", "/books/_doc/1", 200)
    assert read["_source"] == {"title": "Dune", "year": 1965}
    assert read["found"] is True
    assert read["_id"] == "1"
    assert read["_index"] == "books"
    made = client("POST", "/books/_doc", 201, json={"title": "Emma"})
    assert made["result"] == "created"
    assert made["_index"] == "books"
    read = client("GET", "/books/_doc/" + made["_id"], 200)
    gone = client("DELETE", "/books/_doc/1", 200)
    assert gone["result"] == "deleted"
    assert gone["_id"] == "1"
    client("GET", "/books/_doc/1", 404)


def test_identifiers_of_24_hexadecimal_digits_are_sorted_read_and_removed():
    order = thing(
        ["_id"], _id=like("507f1f77bcf86cd799439011"), name=TEXT, age=WHOLE, createdAt=TIME, updatedAt=TIME, __v=WHOLE
    )
    content = document(
        {
            "/users": {
                "get": operation(
                    many(ref("User")), params=[query("limit", WHOLE), query("skip", WHOLE), query("sort")]
                ),
                "post": operation(ref("User"), 201, thing(["name"], name=TEXT, age=WHOLE), errors=(400,)),
            },
            "/users/{id}": {
                "parameters": [path("id")],
                "get": operation(ref("User")),
                "put": operation(ref("User"), 200, thing(name=TEXT, age=WHOLE)),
                "delete": operation(ref("User")),
            },
        },
        {"User": order},
    )
    client = Client(content)
    made = client("POST", "/users", 201, json={"name": "Ada", "age": 3})
    assert re.fullmatch("[0-9a-f]{24}", made["_id"])
    assert client("GET", "/users/" + made["_id"], 200)["name"] == "Ada"
    changed = client("PUT", "/users/" + made["_id"], 200, json={"age": 4})
    assert changed["age"] == 4
    assert client("DELETE", "/users/" + made["_id"], 200)["_id"] == made["_id"]
    client("GET", "/users/" + made["_id"], 404)
    shown = [one["age"] for one in client("GET", "/users?sort=-age", 200)]
    assert shown == sorted(shown, reverse=True)


def test_calls_with_dots_create_rename_archive_and_post():
    channel = thing(
        id=like("C012AB3CD"),
        name=TEXT,
        is_channel=FLAG,
        is_archived=FLAG,
        created=WHOLE,
        creator=like("U012A3CDE"),
        topic=thing(value=TEXT, creator=TEXT, last_set=WHOLE),
        num_members=WHOLE,
    )

    def success(**key):
        return thing(["ok"], ok=FLAG, error=TEXT, **key)

    form = "application/x-www-form-urlencoded"
    content = document(
        {
            "/conversations.list": {
                "get": operation(
                    success(channels=many(ref("Channel")), response_metadata=thing(next_cursor=TEXT)),
                    params=[query("cursor"), query("limit", WHOLE)],
                    errors=(),
                )
            },
            "/conversations.create": {
                "post": operation(
                    success(channel=ref("Channel")), 200, thing(["name"], name=TEXT, is_private=FLAG), form, errors=()
                )
            },
            "/conversations.info": {
                "get": operation(success(channel=ref("Channel")), params=[query("channel", required=True)], errors=())
            },
            "/conversations.archive": {
                "post": operation(success(), 200, thing(["channel"], channel=TEXT), form, errors=())
            },
            "/conversations.rename": {
                "post": operation(
                    success(channel=ref("Channel")),
                    200,
                    thing(["channel", "name"], channel=TEXT, name=TEXT),
                    form,
                    errors=(),
                )
            },
            "/conversations.setTopic": {
                "post": operation(
                    success(topic=TEXT), 200, thing(["channel", "topic"], channel=TEXT, topic=TEXT), form, errors=()
                )
            },
            "/conversations.invite": {
                "post": operation(
                    success(channel=ref("Channel")),
                    200,
                    thing(["channel", "users"], channel=TEXT, users=TEXT),
                    form,
                    errors=(),
                )
            },
            "/conversations.members": {
                "get": operation(
                    success(members=many(TEXT), response_metadata=thing(next_cursor=TEXT)),
                    params=[query("channel", required=True)],
                    errors=(),
                )
            },
            "/conversations.history": {
                "get": operation(
                    success(messages=many(ref("Message")), has_more=FLAG),
                    params=[query("channel", required=True), query("limit", WHOLE)],
                    errors=(),
                )
            },
            "/chat.postMessage": {
                "post": operation(
                    success(channel=TEXT, ts=TEXT, message=ref("Message")),
                    200,
                    thing(["channel"], channel=TEXT, text=TEXT),
                    form,
                    errors=(),
                )
            },
            "/chat.update": {
                "post": operation(
                    success(channel=TEXT, ts=TEXT, text=TEXT),
                    200,
                    thing(["channel", "ts"], channel=TEXT, ts=TEXT, text=TEXT),
                    form,
                    errors=(),
                )
            },
            "/users.list": {"get": operation(success(members=many(ref("User"))), errors=())},
            "/users.info": {
                "get": operation(success(user=ref("User")), params=[query("user", required=True)], errors=())
            },
            "/auth.test": {
                "post": operation(success(url=LINK, team=TEXT, user=TEXT, team_id=TEXT, user_id=TEXT), 200, errors=())
            },
        },
        {
            "Channel": channel,
            "Message": thing(type=choice("message"), user=like("U012A3CDE"), text=TEXT, ts=like("1503435956.000247")),
            "User": thing(
                id=like("U012A3CDE"),
                name=TEXT,
                real_name=TEXT,
                is_admin=FLAG,
                deleted=FLAG,
                profile=thing(email={"type": "string", "format": "email"}, display_name=TEXT),
            ),
        },
    )
    client = Client(content)
    made = client("POST", "/conversations.create", 200, data={"name": "general-x"})
    assert made["ok"] is True
    assert made["channel"]["name"] == "general-x"
    assert made["channel"]["is_archived"] is False
    assert made["channel"]["id"].startswith("C")
    key = made["channel"]["id"]
    assert "error" not in made
    assert client("GET", "/conversations.info?channel=" + key, 200)["channel"]["name"] == "general-x"
    assert key in [one["id"] for one in client("GET", "/conversations.list?limit=100", 200)["channels"]]
    reply = client("POST", "/conversations.rename", 200, data={"channel": key, "name": "ren"})
    assert reply["channel"]["name"] == "ren"
    assert reply["channel"]["id"] == key
    tried = client("POST", "/conversations.setTopic", 200, data={"channel": key, "topic": "hey"})
    assert tried["ok"]
    assert tried.get("topic") == "hey"
    assert client("GET", "/conversations.info?channel=" + key, 200)["channel"]["topic"]["value"] == "hey"
    users = client("GET", "/users.list", 200)["members"]
    assert users[0]["id"].startswith("U")
    assert client("GET", "/users.info?user=" + users[1]["id"], 200)["user"]["name"] == users[1]["name"]
    message = client("POST", "/chat.postMessage", 200, data={"channel": key, "text": "Hello"})
    assert message["channel"] == key
    assert message["message"]["text"] == "Hello"
    assert message["ts"] == message["message"]["ts"]
    history = client("GET", "/conversations.history?channel=" + key, 200)["messages"]
    assert any(one["text"] == "Hello" for one in history)
    issue = client("POST", "/conversations.invite", 200, data={"channel": key, "users": users[0]["id"]})
    assert issue["channel"]["id"] == key
    members = client("GET", "/conversations.members?channel=" + key, 200)["members"]
    assert members
    assert client("POST", "/conversations.archive", 200, data={"channel": key})["ok"] is True
    assert client("GET", "/conversations.info?channel=" + key, 200)["channel"]["is_archived"] is True


def test_configmaps_are_labelled_patched_and_listed_over_all_namespaces():
    meta = thing(
        name=TEXT,
        namespace=TEXT,
        uid=TEXT,
        resourceVersion=TEXT,
        creationTimestamp=TIME,
        labels={"type": "object", "additionalProperties": TEXT},
        annotations={"type": "object", "additionalProperties": TEXT},
        generateName=TEXT,
    )
    configmap = thing(
        apiVersion=TEXT, kind=TEXT, metadata=ref("ObjectMeta"), data={"type": "object", "additionalProperties": TEXT}
    )
    config_maps = thing(
        ["items"],
        apiVersion=TEXT,
        kind=TEXT,
        metadata=thing(resourceVersion=TEXT, **{"continue": TEXT}, remainingItemCount=WHOLE),
        items=many(ref("ConfigMap")),
    )
    base = "/api/v1/namespaces/{namespace}/configmaps"
    content = document(
        {
            base: {
                "parameters": [path("namespace")],
                "get": operation(
                    ref("ConfigMapList"),
                    params=[query("limit", WHOLE), query("continue"), query("labelSelector"), query("watch", FLAG)],
                    errors=(401,),
                ),
                "post": operation(ref("ConfigMap"), 201, ref("ConfigMap"), errors=(401, 409)),
                "delete": operation(ref("Status"), 200),
            },
            base + "/{name}": {
                "parameters": [path("namespace"), path("name")],
                "get": operation(ref("ConfigMap"), errors=(401,)),
                "put": operation(ref("ConfigMap"), 200, ref("ConfigMap"), errors=(401,)),
                "patch": operation(
                    ref("ConfigMap"), 200, {"type": "object"}, "application/merge-patch+json", errors=(401,)
                ),
                "delete": operation(ref("Status"), 200, errors=(401,)),
            },
            "/api/v1/configmaps": {"get": operation(ref("ConfigMapList"), errors=(401,))},
        },
        {
            "ObjectMeta": meta,
            "ConfigMap": configmap,
            "ConfigMapList": config_maps,
            "Status": thing(apiVersion=TEXT, kind=TEXT, status=TEXT, code=WHOLE, message=TEXT, reason=TEXT),
        },
    )
    client = Client(content)
    made = client(
        "POST",
        "/api/v1/namespaces/default/configmaps",
        201,
        json={
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "a", "labels": {"x": "y"}},
            "data": {"k": "v"},
        },
    )
    assert made["metadata"]["name"] == "a"
    assert made["metadata"]["namespace"] == "default"
    assert made["data"] == {"k": "v"}
    assert made["metadata"]["uid"]
    listed = client("GET", "/api/v1/namespaces/default/configmaps?labelSelector=x%3Dy", 200)
    assert [one["metadata"]["name"] for one in listed["items"]] == ["a"]
    assert client(
        "PATCH",
        "/api/v1/namespaces/default/configmaps/a",
        200,
        json={"data": {"z": "1"}},
        headers={"content-type": "application/merge-patch+json"},
    )["data"] == {"k": "v", "z": "1"}
    everywhere = client("GET", "/api/v1/configmaps", 200)
    assert any(one["metadata"]["name"] == "a" for one in everywhere["items"])
    assert everywhere["kind"] == "ConfigMapList"
    assert made["kind"] == "ConfigMap"
    named = client("POST", "/api/v1/namespaces/default/configmaps", 201, json={"metadata": {"generateName": "job-"}})
    assert named["metadata"]["name"].startswith("job-")
    status = client("DELETE", "/api/v1/namespaces/default/configmaps/a", 200)
    assert status.get("status", "").lower() == "success"
    client("GET", "/api/v1/namespaces/default/configmaps/a", 404)


def test_forms_with_suffixes_have_relative_addresses():
    message_schema = thing(
        sid=like("SM3bfd5f7c2a1d4e5f8a9b0c1d2e3f4a5b"),
        account_sid=like("AC3bfd5f7c2a1d4e5f8a9b0c1d2e3f4a5b"),
        to=TEXT,
        body=TEXT,
        status=choice("queued", "sending", "sent", "failed", "delivered", "canceled"),
        date_created=TEXT,
        uri={"type": "string", "description": "The URI of the resource, relative to `https://api.twilio.com`."},
        num_media=TEXT,
        direction=choice("inbound", "outbound-api"),
    )
    message_schema["properties"]["from"] = TEXT
    form = "application/x-www-form-urlencoded"
    base = "/2010-04-01/Accounts/{AccountSid}/Messages"
    content = document(
        {
            base + ".json": {
                "parameters": [path("AccountSid")],
                "get": operation(
                    thing(
                        messages=many(ref("Message")),
                        page=WHOLE,
                        page_size=WHOLE,
                        next_page_uri=maybe(TEXT),
                        first_page_uri=TEXT,
                        uri=TEXT,
                        start=WHOLE,
                        end=WHOLE,
                    ),
                    params=[
                        query("PageSize", WHOLE),
                        query("Page", WHOLE),
                        query("PageToken"),
                        query("To"),
                        query("From"),
                    ],
                ),
                "post": operation(
                    ref("Message"),
                    201,
                    {
                        "type": "object",
                        "required": ["To"],
                        "properties": {"To": TEXT, "From": TEXT, "Body": TEXT, "MediaUrl": many(TEXT)},
                    },
                    form,
                ),
            },
            base + "/{Sid}.json": {
                "parameters": [path("AccountSid"), path("Sid")],
                "get": operation(ref("Message")),
                "post": operation(ref("Message"), 200, thing(Body=TEXT, Status=TEXT), form),
                "delete": operation(None, 204),
            },
        },
        {"Message": message_schema},
    )
    client = Client(content)
    account = "AC" + "1" * 32
    made = client(
        "POST",
        f"/2010-04-01/Accounts/{account}/Messages.json",
        201,
        data={"To": "+4912345", "From": "+1555", "Body": "Hi"},
    )
    assert made["to"] == "+4912345"
    assert made["from"] == "+1555"
    assert made["body"] == "Hi"
    assert made["status"] == "queued"
    assert made["account_sid"] == account
    assert made["sid"].startswith("SM")
    assert made["uri"] == f"/2010-04-01/Accounts/{account}/Messages/{made['sid']}.json"
    listed = client("GET", f"/2010-04-01/Accounts/{account}/Messages.json?PageSize=2", 200)
    assert len(listed["messages"]) == 2
    assert listed["next_page_uri"]
    assert listed["page"] in (0, 1)
    seen = []
    target = f"/2010-04-01/Accounts/{account}/Messages.json?PageSize=2"
    while target and len(seen) < 40:
        reply = client("GET", target, 200)
        seen += [one["sid"] for one in reply["messages"]]
        target = reply["next_page_uri"]
        target = target and target.replace("http://testserver", "")
    assert len(seen) == 11 == len(set(seen))
    assert len(client("GET", f"/2010-04-01/Accounts/{account}/Messages.json?To=%2B4912345", 200)["messages"]) == 1
    assert (
        client("POST", f"/2010-04-01/Accounts/{account}/Messages/{made['sid']}.json", 200, data={"Status": "canceled"})[
            "status"
        ]
        == "canceled"
    )
    client("DELETE", f"/2010-04-01/Accounts/{account}/Messages/{made['sid']}.json", 204)
    client("GET", f"/2010-04-01/Accounts/{account}/Messages/{made['sid']}.json", 404)


def test_nested_forms_become_list_objects_with_identifiers():
    customer = thing(
        ["id", "object", "created"],
        id=like("cus_NffrFeUfNV2Hib"),
        object=choice("customer"),
        created=WHOLE,
        email=maybe(TEXT),
        metadata={"type": "object", "additionalProperties": TEXT},
        deleted=FLAG,
        livemode=FLAG,
        default_source=maybe({"anyOf": [TEXT, ref("Card")]}),
    )
    subscription = thing(
        ["id", "object"],
        id=like("sub_1MowQVLkdIwHu7ixeRlqHVzs"),
        object=choice("subscription"),
        customer={"anyOf": [TEXT, ref("Customer")]},
        status=choice("incomplete", "trialing", "active", "past_due", "canceled"),
        items=thing(object=choice("list"), data=many(ref("Item")), has_more=FLAG, url=TEXT),
        canceled_at=maybe(WHOLE),
        cancel_at_period_end=FLAG,
    )
    form = "application/x-www-form-urlencoded"

    def page_of(made):
        return thing(
            ["object", "data", "has_more", "url"], object=choice("list"), data=many(ref(made)), has_more=FLAG, url=TEXT
        )

    paging = [query("limit", WHOLE), query("starting_after"), query("ending_before")]
    content = document(
        {
            "/v1/customers": {
                "get": operation(page_of("Customer"), params=[*paging, query("email")]),
                "post": operation(
                    ref("Customer"),
                    200,
                    thing(email=TEXT, metadata={"type": "object", "additionalProperties": TEXT}),
                    form,
                ),
            },
            "/v1/customers/{customer}": {
                "parameters": [path("customer")],
                "get": operation(ref("Customer")),
                "post": operation(
                    ref("Customer"),
                    200,
                    thing(email=TEXT, metadata={"type": "object", "additionalProperties": TEXT}),
                    form,
                ),
                "delete": operation(
                    thing(
                        ["id", "object", "deleted"],
                        id=TEXT,
                        object=choice("customer"),
                        deleted=choice() if False else FLAG,
                    )
                ),
            },
            "/v1/subscriptions": {
                "get": operation(page_of("Subscription"), params=[*paging, query("customer"), query("status")]),
                "post": operation(
                    ref("Subscription"),
                    200,
                    thing(
                        ["customer"], customer=TEXT, items=many(thing(price=TEXT, quantity=WHOLE)), expand=many(TEXT)
                    ),
                    form,
                ),
            },
            "/v1/subscriptions/{id}": {
                "parameters": [path("id")],
                "get": operation(
                    ref("Subscription"), params=[query("expand", many(TEXT), style="deepObject", explode=True)]
                ),
                "delete": operation(ref("Subscription"), summary="Cancel a subscription", id="DeleteSubscription"),
                "post": operation(ref("Subscription"), 200, thing(cancel_at_period_end=FLAG), form),
            },
        },
        {
            "Customer": customer,
            "Card": thing(id=like("card_1MvoiELkdIwHu7ixOeFGbN9D"), object=choice("card"), brand=TEXT, last4=TEXT),
            "Subscription": subscription,
            "Item": thing(id=like("si_NcLYdDxLHxlFo7"), object=choice("subscription_item"), price=TEXT, quantity=WHOLE),
        },
    )
    client = Client(content)
    made = client("POST", "/v1/customers", 200, data={"email": "a@b.c", "metadata[x]": "1"})
    assert made["email"] == "a@b.c"
    assert made["metadata"] == {"x": "1"}
    assert made["id"].startswith("cus_")
    assert made.get("deleted") is not True
    message = client("POST", "/v1/customers/" + made["id"], 200, data={"metadata[y]": "2"})
    assert message["metadata"] == {"x": "1", "y": "2"}
    shown = client(
        "POST",
        "/v1/subscriptions",
        200,
        data={"customer": made["id"], "items[0][price]": "price_1", "items[0][quantity]": "2"},
    )
    assert shown["customer"] == made["id"]
    assert shown["items"]["data"][0]["price"] == "price_1"
    assert shown["items"]["data"][0]["quantity"] == 2
    assert shown["items"]["object"] == "list"
    assert shown["items"]["data"][0]["object"] == "subscription_item"
    assert shown["items"]["data"][0]["id"].startswith("si_")
    read = client("GET", f"/v1/subscriptions/{shown['id']}?expand[]=customer", 200)
    assert isinstance(read["customer"], dict)
    assert read["customer"]["email"] == "a@b.c"
    listed = client("GET", "/v1/subscriptions?customer=" + made["id"], 200)
    assert [one["id"] for one in listed["data"]] == [shown["id"]]
    assert listed["url"] == "/v1/subscriptions"
    cancelled = client("DELETE", "/v1/subscriptions/" + shown["id"], 200)
    assert cancelled["status"] == "canceled"
    assert cancelled["canceled_at"]
    one = client("DELETE", "/v1/customers/" + made["id"], 200)
    assert one == {"id": made["id"], "object": "customer", "deleted": True}
    last = None
    seen = []
    for _ in range(9):
        reply = client("GET", "/v1/customers?limit=3" + (f"&starting_after={last}" if last else ""), 200)
        seen += [each["id"] for each in reply["data"]]
        last = seen[-1]
        if not reply["has_more"]:
            break
    assert len(seen) == 10 == len(set(seen))
