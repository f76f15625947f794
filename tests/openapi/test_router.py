"""The router: the route of a path, and that a match takes the same time among many paths as among few."""

from __future__ import annotations

from itertools import permutations

import pytest

from locum.openapi.compile.router import ClaimedTwice, Router, Segment
from locum.openapi.compile.spanning import Spanning
from locum.openapi.paths import path_of


def routed(*templates):
    router = Router()
    for template in templates:
        router.add("GET", template, template)
    return router


def found(router, path):
    match = router.match(path)
    return None if match is None else (match.route.template, match.values)


OVERLAPPING = (
    "/users/me",
    "/users/{id}",
    "/users/{id}/pets",
    "/users/me/{what}",
    "/users/{id}.json",
    "/{any}/me",
)


@pytest.mark.parametrize("order", [*permutations(OVERLAPPING)][::7], ids=lambda order: str(OVERLAPPING.index(order[0])))
def test_concrete_paths_take_precedence_in_any_order(order):
    router = routed(*order)

    assert found(router, "/users/me") == ("/users/me", ())
    assert found(router, "/users/you") == ("/users/{id}", ("you",))
    assert found(router, "/users/you.json") == ("/users/{id}.json", ("you",))
    assert found(router, "/users/me/pets") == ("/users/me/{what}", ("pets",))
    assert found(router, "/users/you/pets") == ("/users/{id}/pets", ("you",))
    assert found(router, "/others/me") == ("/{any}/me", ("others",))
    assert found(router, "/others/you") is None


def test_matching_backtracks_from_concrete_to_templated_segments():
    router = routed("/a/b/c", "/a/{x}/d", "/{y}/b/{z}/f", "/a/{x}-{w}/{v}")

    assert found(router, "/a/b/d") == ("/a/{x}/d", ("b",))
    assert found(router, "/a/b/e/f") == ("/{y}/b/{z}/f", ("a", "e"))
    assert found(router, "/a/1-2/e") == ("/a/{x}-{w}/{v}", ("1", "2", "e"))
    assert found(router, "/a/b/e") is None


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("/{id}.json", "/a.json", ("a",)),
        ("/{id}.json", "/a.b.json", ("a.b",)),
        ("/{id}.json", "/a.jsonx", None),
        ("/{id}.json", "/.json", None),
        ("/{a}{b}", "/xy", ("x", "y")),
        ("/{a}{b}", "/x", None),
        ("/v{major}.{minor}", "/v1.2.3", ("1", "2.3")),
        ("/{a}-{b}", "/1-2-3", ("1", "2-3")),
        ("/{id}:run", "/5:run", ("5",)),
        ("/(x)+{id}", "/(x)+5", ("5",)),
        ("/(x)+{id}", "/xx5", None),
        ("/{id}.json", "/a%0Ab.json", ("a%0Ab",)),
        ("/{id}.json", "/a%2Fb.json", ("a%2Fb",)),
    ],
)
def test_an_expression_within_a_segment_matches_at_least_one_character(template, path, values):
    match = routed(template).match(path)

    assert (None if match is None else match.values) == values


def test_a_mixed_segment_is_tried_before_a_bare_expression():
    router = routed("/files/{id}", "/files/{id}.json", "/files/list")

    assert found(router, "/files/a.json") == ("/files/{id}.json", ("a",))
    assert found(router, "/files/a.xml") == ("/files/{id}", ("a.xml",))
    assert found(router, "/files/list") == ("/files/list", ())


@pytest.mark.parametrize(
    "path", ["", "/", "/users", "/users/", "//users/1", "/users//", "/users/1/", "users/1", "/users/1/x"]
)
def test_an_empty_segment_is_not_a_value(path):
    assert routed("/users/{id}").match(path) is None


def test_a_trailing_slash_is_another_path():
    router = routed("/", "/a", "/a/")

    assert [found(router, path)[0] for path in ("/", "/a", "/a/")] == ["/", "/a", "/a/"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/users/a%2Fb", "a%2Fb"),
        ("/users/é", "é"),
        ("/users/%FF", "%FF"),
        ("/users/\udcff", "\udcff"),
        ("/users/%", "%"),
        ("/users/%252F", "%252F"),
        ("/%75sers/1", "1"),
    ],
)
def test_a_value_is_returned_as_sent(path, value):
    assert routed("/users/{id}").match(path).values == (value,)


def test_an_encoded_slash_does_not_separate_segments():
    assert routed("/a/b").match("/a%2Fb") is None


def test_a_decoded_segment_can_match_a_concrete_one():
    assert found(routed("/users/me", "/users/{id}"), "/users/%6de") == ("/users/me", ())
    assert found(routed("/straße"), "/stra%C3%9Fe") == ("/straße", ())


def test_methods_of_one_path_share_a_route_despite_different_parameter_names():
    router = Router()
    router.add("GET", "/users/{id}", "read")
    router.add("DELETE", "/users/{userId}", "remove")
    route = router.match("/users/1").route

    assert route.targets == {"GET": "read", "DELETE": "remove"}
    assert route.allow == "DELETE, GET, HEAD, OPTIONS"


def test_head_is_allowed_where_get_is():
    router = Router()
    router.add("POST", "/a", 1)

    assert router.match("/a").route.allow == "OPTIONS, POST"


@pytest.mark.parametrize("second", ["/users/{id}", "/users/{name}"])
def test_one_method_on_one_path_cannot_be_claimed_twice(second):
    router = routed("/users/{id}")

    with pytest.raises(ClaimedTwice, match=r"GET /users/\{"):
        router.add("GET", second, "another")


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("/two%20words", "/two%20words", ()),
        ("/two words/{id}", "/two%20words/1", ("1",)),
        ("/%7Eada/{id}", "/~ada/1", ("1",)),
        ("/~ada/{id}", "/%7eada/1", ("1",)),
        ("/é/{id}", "/%C3%A9/1", ("1",)),
        ("/%C3%A9/{id}", "/é/1", ("1",)),
        ("/é{id}", "/%c3%a91", ("1",)),
        ("/{id}%20x", "/1 x", ("1",)),
        ("/a%2Fb/{id}", "/a%2Fb/1", ("1",)),
        ("/a%2Fb/{id}", "/a/b/1", None),
        ("/{owner}:{name}", "/a%3Ab:c", ("a%3Ab", "c")),
        ("/{owner}:{name}", "/a%3Ac", ("a", "c")),
        ("/{owner}%3A{name}", "/a:c", ("a", "c")),
        ("/{a}{b}", "/%C3%A9%20%2F", ("%C3%A9", "%20%2F")),
        ("/compare/{base}...{head}", "/compare/v1...v2", ("v1", "v2")),
        ("/compare/{base}...{head}", "/compare/v1...v2...v3", ("v1", "v2...v3")),
        ("/compare/{base}...{head}", "/compare/v1..v2", None),
        ("/files/{id}#add", "/files/7%23add", ("7",)),
        ("/files/{id}#add", "/files/7", None),
        ("/{id}", "/%FF%", ("%FF%",)),
        ("/{id}.json", "/%FF%.json", ("%FF%",)),
    ],
)
def test_literals_match_however_they_are_encoded(template, path, values):
    match = routed(template).match(path)

    assert (None if match is None else match.values) == values


class CountedText(str):
    """A text that counts the characters that are searched."""

    __slots__ = ()
    searched = 0

    def find(self, text, begin=0, end=None):
        found = super().find(text, begin, end)
        CountedText.searched += (end if found < 0 else found + len(text)) - begin
        return found


def test_a_segment_of_many_expressions_is_matched_in_one_pass():
    def characters(size):
        CountedText.searched = 0
        pattern = Segment.of(",".join(f"{{x{number}}}" for number in range(size)) + "!")
        assert pattern.match(CountedText("a," * (size * 2))) is None
        assert pattern.match(CountedText("a," * (size - 1) + "a!")) is not None
        return CountedText.searched

    assert characters(1000) <= 120 * characters(10)


QUERIED = ("/images?action=crop", "/images?action=crop&size=1", "/images?acl", "/images?by={by}")


@pytest.mark.parametrize(
    ("query", "plain", "without"),
    [
        ("action=crop", 0, 0),
        ("x=1&action=crop", 0, 0),
        ("action=crop&size=1", 1, 1),
        ("action=%63rop&size=2", 0, 0),
        ("acl", 2, 2),
        ("acl=", 2, 2),
        ("by=me", 3, 3),
        ("action=other", None, 3),
        ("", None, 3),
    ],
)
def test_a_query_in_a_path_key_selects_an_operation(query, plain, without):
    router, bare = routed(*QUERIED, "/images"), routed(*QUERIED)

    assert router.match("/images").route.target("GET", query.encode()) == (
        "/images" if plain is None else QUERIED[plain]
    )
    assert bare.match("/images").route.target("GET", query.encode()) == QUERIED[without]
    assert bare.match("/images").route.target("HEAD", query.encode()) == QUERIED[without]


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/a/{b}", "/a/{b}"),
        ("/a?b=c", "/a"),
        ("/a/{b}?c={d}", "/a/{b}"),
        ("/a{?b,c}", "/a"),
        ("/a/{b?}", "/a/{b?}"),
        ("/a#b?c", "/a#b?c"),
        ("/?Action=Run#x", "/"),
    ],
)
def test_a_query_in_a_path_key_is_not_part_of_the_path(template, path):
    assert path_of(template) == path


def test_a_path_key_whose_query_does_not_match_is_not_found():
    route = routed("/images?action=crop").match("/images").route

    assert route.target("GET", b"action=turn") is None
    assert route.asks_for_more("GET")
    assert route.allow == "GET, HEAD, OPTIONS"


def parameter(name, **given):
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **given}


DOCUMENT = {
    "paths": {
        "/images/{name}/json": {"get": {"parameters": [parameter("name")]}},
        "/images/{name}/push": {"post": {"parameters": [parameter("name", description="Such as `example.com/web`.")]}},
        "/images/{name}": {"delete": {}},
        "/mounts/{at}/tune": {"parameters": [parameter("at", example="aws/east")], "get": {}},
        "/leases/{lease}": {"parameters": [{"$ref": "#/components/parameters/Lease"}], "get": {}, "put": {}},
        "/files/{path}": {"get": {}},
        "/repos/{repo}/contents/{path}": {"get": {}},
        "/pets/{id}/toys": {
            "get": {"parameters": [parameter("id", description="See https://a.test/b, or 'a' / 'b'.")]}
        },
        "/pets/{id}": {"get": {}},
        "/broken/{id}": {"parameters": [{"$ref": "#/nowhere"}], "get": {}},
    },
    "components": {"parameters": {"Lease": parameter("lease", schema={"type": "string", "default": "a/b"})}},
}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/images/library/nginx/json", ("/images/{name}/json", ("library/nginx",))),
        ("/images/example.com/a/b:1/push", ("/images/{name}/push", ("example.com/a/b:1",))),
        ("/images/nginx/json", ("/images/{name}/json", ("nginx",))),
        ("/images/library/nginx", ("/images/{name}", ("library/nginx",))),
        ("/mounts/aws/east/tune", ("/mounts/{at}/tune", ("aws/east",))),
        ("/mounts/aws/east", None),
        ("/leases/a/b", ("/leases/{lease}", ("a/b",))),
        ("/files/a/b/c.txt", ("/files/{path}", ("a/b/c.txt",))),
        ("/files//b", None),
        ("/files", None),
        ("/repos/one/contents/a/b", ("/repos/{repo}/contents/{path}", ("one", "a/b"))),
        ("/pets/1/2/toys", None),
        ("/pets/1/2", None),
        ("/broken/1/2", None),
    ],
)
def test_a_parameter_whose_values_are_shown_with_slashes_takes_several_segments(path, wanted):
    router, spanning = Router(), Spanning(DOCUMENT)
    for template in DOCUMENT["paths"]:
        router.add("GET", template, template, tail=spanning.tail_of(template))

    assert found(router, path) == wanted


class Counted(dict):
    """A mapping that counts look-ups."""

    asked = 0

    def get(self, key, default=None):
        Counted.asked += 1
        return super().get(key, default)


def steps(router, path):
    """Count the look-ups of a match."""

    def count(node):
        node.literals, node.patterns = Counted(node.literals), node.patterns
        for inner in (*node.literals.values(), *([node.anything] if node.anything else [])):
            count(inner)

    count(router._root)
    router._concrete, router._by_head = Counted(router._concrete), Counted(router._by_head)
    Counted.asked = 0
    assert router.match(path) is not None
    return Counted.asked


@pytest.mark.parametrize("path", ["/things7", "/things7/{id}", "/things7/{id}/parts/{part}", "/things7/%41"])
def test_the_number_of_look_ups_does_not_depend_on_the_number_of_paths(path):
    def many(count):
        return routed(
            *(
                f"/things{number}{rest}"
                for number in range(count)
                for rest in ("", "/{id}", "/{id}/parts", "/{id}/parts/{part}")
            )
        )

    asked = path.replace("{id}", "1").replace("{part}", "2")

    assert steps(many(1000), asked) == steps(many(10), asked) <= 10
