"""Templates, secrets in templates, and the simulated network."""

from __future__ import annotations

import orjson
import pytest

from handlers.workflows.network import HostResponse, Unreachable, request
from handlers.workflows.records import VaultItem
from tests.handlers.test_workflows_world import World, node, output

VALUE = "s3cr3t-value"


def render(template: str, world: World | None = None, **context) -> str:
    """Return the text of a template, or the error message of the run that it fails."""
    run = (world or World()).run(node("n2", "text_transform", template=template), **context)
    return output(run, "n2")["text"] if run["status"] == "completed" else run["error_message"]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("{{ name | upcase }}", "ADA"),
        ("{{ user.tags[1] }}", "b"),
        ("{{ user }}", '{"tags":["a","b"]}'),
        ("{{ user.tags | json }}", '["a","b"]'),
        ("{% for tag in user.tags %}{{ forloop.index }}{{ tag }}{% endfor %}", "1a2b"),
        ("{{ missing }}{{ missing.deep }}", ""),
        ("{% if yes %}{{ yes }}{% endif %}", "true"),
        ("{% case name %}{% when 'ada', 'bob' %}1{% else %}2{% endcase %}", "1"),
    ],
)
def test_templates_are_liquid(template, text):
    assert render(template, name="ada", user={"tags": ["a", "b"]}, yes=True) == text


def test_a_template_has_the_time_of_the_world():
    assert (
        render("{{ now | date: '%Y-%m-%d' }} {{ 'now' | date: '%H' }} {{ 'today' | date }}")
        == "2026-01-01 09 2026-01-01"
    )


def test_the_date_filter_returns_other_values_unchanged():
    assert render("{{ 'soon' | date: '%Y' }} {{ 0 | date: '%Y' }}") == "soon 1970"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ a", "expected '}}'"),
        ("{{ a | shout }}", "unknown filter 'shout'"),
        ("{% teleport %}", "unexpected tag 'teleport'"),
        ("{% if a %}", "endif"),
        ("{% include 'a' %}", "unexpected tag 'include'"),
        ("{{ 1 | divided_by: 0 }}", ""),
        ("{% break %}", ""),
        ("{{ '9' | times: '1e308' | ceil }}", "cannot be rendered"),
        ("{{ 99999999999999999999 | json }}", "cannot be written as JSON"),
    ],
)
def test_an_invalid_template_fails_the_node_with_a_message(template, expected):
    message = render(template)

    assert message.startswith("The template ")
    assert expected in message


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in (1..1000000000) %}{% endfor %}",
        "{% for i in (1..n) %}{% endfor %}",
        "{% for i in (1..1000) %}{% for j in (1..1000) %}{% endfor %}{% endfor %}",
        "{% case 1 %}{% when (1..99999999) %}{% endcase %}",
        "{% assign a = 'x' %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}",
        "{{ text | replace: 'x', text }}",
        "{{ text | split: '' | join: text }}",
        "{{ text | strip_html }}",
        "{{ 9 | times: 9999999999999999999999999 | times: 9999999999999999999999999 | times: 99999999999999999999999999999 }}",
        "{{ text }}{{ text }}",
        "x" * 20_001 + "{{ a }}",
    ],
)
def test_an_expensive_template_is_stopped(template):
    node_text = {"text": "x" * 60_000, "n": 10**12}

    assert render(template, **node_text).startswith("The template ")


def test_the_templates_of_a_run_share_a_budget():
    world = World()
    loop = "{% for i in (1..1000) %}{{ i }}{% endfor %}"
    run = world.run(*(node(f"x{place}", "text_transform", template=loop) for place in range(30)))

    assert run["error_message"] == "The template was stopped: the templates do too much work."


def test_a_run_does_not_depend_on_earlier_runs():
    template = "{% for i in (1..500) %}{{ i }}{% endfor %}"
    nodes = [node(f"x{place}", "text_transform", template=template) for place in range(30)]

    assert World().run(*nodes) == World().run(*nodes)


def test_a_secret_is_masked():
    world = World()
    world.secret("TOKEN", VALUE)

    assert render("Bearer {{ vault.TOKEN }}", world) == "Bearer ***"
    assert render("{{ vault['TOKEN'] | upcase | base64_encode }}", world) == "Kioq"
    assert render("{{ vault }}{% for item in vault %}{{ item }}{% endfor %}", world) == "***"


def test_a_secret_can_be_referenced_by_its_id():
    world = World()
    item_id = world.secret("TOKEN", VALUE)

    assert render(f"{{{{ vault.{item_id} }}}}", world) == "***"
    assert render(item_id, world) == "***"


def test_no_secret_is_ever_in_a_log_or_a_message():
    world = World()
    world.secret("TOKEN", VALUE)
    used = "{{ vault.TOKEN }}"
    nodes = [
        node("a", "webhook", url=f"https://example.com/{used}", headers={"x": used}, body={"y": [used]}),
        node("b", "data_mapper", mapping={"x": used, "y": [used]}),
        node("c", "iterator", items=[used]),
        node("d", "smtp", to=used, body=used),
        node("e", "webhook", url=f"{used}", continue_on_error=True),
        node("f", "webhook", url="{{ vault.TOKEN | plus: 1 | divided_by: 0 }}", continue_on_error=True),
        node("g", "terminate", status="failed", message=used),
    ]
    run = world.run(*nodes)

    assert run["status"] == "failed"
    assert VALUE not in orjson.dumps(run).decode()
    assert run["error_message"] == "***"


def test_the_host_of_a_request_can_be_a_secret():
    world = World()
    world.secret("BASE", "https://api.fail.example")
    run = world.run(node("n2", "webhook", url="{{ vault.BASE }}/alerts"))

    assert run["error_message"] == "Webhook request failed: 503 Service Unavailable"


def test_an_error_message_does_not_contain_a_secret():
    world = World()
    world.secret("BASE", "x" * 70_000)
    run = world.run(node("n2", "webhook", url="https://example.com/{{ vault.BASE }}"))

    assert run["error_message"] == "The template cannot be rendered with its secrets."


@pytest.mark.parametrize("use", ["{{ vault.TOKEN }}", "x {{ vault['TOKEN'] }}"])
def test_a_deleted_secret_fails_later_runs(use):
    world = World()
    item_id = world.secret("TOKEN")
    workflow_id = world.make(node("n1", "manual_trigger"), node("n2", "webhook", url="https://example.com", body=use))
    before = world.finished(world.start(workflow_id))
    world.delete_vault_item(vault_id=item_id)
    after = world.finished(world.start(workflow_id))

    assert before["status"] == "completed"
    assert after["status"] == "failed"
    assert after["error_message"] == "The vault item 'TOKEN' does not exist; it was deleted or never created."


def test_an_expired_secret_cannot_be_used():
    world = World()
    world.secret("TOKEN", expires_at="2026-01-01T09:30:00Z")
    workflow_id = world.make(node("n1", "manual_trigger"), node("n2", "text_transform", template="{{ vault.TOKEN }}"))
    before = world.finished(world.start(workflow_id))
    after = world.finished(world.start(workflow_id))

    assert before["status"] == "completed"
    assert after["error_message"] == "The vault item 'TOKEN' has expired and cannot be used."


def test_a_secret_that_expires_during_a_run_fails_it_there():
    world = World()
    world.secret("TOKEN", expires_at="2026-01-01T09:05:00Z")
    run = world.run(
        node("n2", "delay", duration="10 minutes"), node("n3", "text_transform", template="{{ vault.TOKEN }}")
    )

    assert run["error_message"] == "The vault item 'TOKEN' has expired and cannot be used."


def test_an_empty_secret_cannot_be_used():
    world = World()
    world.create_vault_item(body={"name": "EMPTY"})

    assert render("{{ vault.EMPTY }}", world) == "The vault item 'EMPTY' holds no value."


def test_the_vault_of_another_organization_is_inaccessible():
    world = World(seeded=True)
    theirs = next(
        item for item in world.store[VaultItem].values() if item.organization != "org_2m3h5n7k9j8g7f6e5d4c3b2a1"
    )

    assert "does not exist" in render(f"{{{{ vault.{theirs.id} }}}}", world)


def test_the_context_cannot_replace_the_vault():
    assert "does not exist" in render("{{ vault.TOKEN }}", vault={"TOKEN": "mine"})


def test_a_host_responds_with_200():
    assert request("https://example.com:8443/a?b=c") == HostResponse(200, {"message": "ok"})


def test_hosts_of_the_special_domains_fail_or_are_slow():
    assert request("http://a.slow.example").milliseconds == 20_000
    for url in ("https://a.b.fail.example/x", "https://FAIL.example.", "https://a。fail.example"):
        with pytest.raises(Unreachable, match="failed: 503 Service Unavailable"):
            request(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "017700000001",
        "0",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "256.1.1.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "router",
        "db.internal",
        "printer.local",
        "①②⑦.⓪.⓪.①",
        "user:pass@127.0.0.1",
        "a..b",
        "x" * 64 + ".example",
    ],
)
def test_private_and_internal_hosts_are_rejected(host):
    with pytest.raises(Unreachable, match="private and internal"):
        request(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "http://",
        "http://exa mple.com",
        "http://example.com\\@127.0.0.1",
        "http://example.com:99999",
        "http://example.com:0",
        "http://[::1",
        "http://a\n.com",
        "https://x.com/" + "a" * 2048,
        "http://�.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_urls_that_are_not_http_are_rejected(url):
    with pytest.raises(Unreachable, match="not an http or https address"):
        request(url)


@pytest.mark.parametrize("host", ["8.8.8.8", "[2001:4860:4860::8888]", "münchen.example", "a_b.example.com"])
def test_public_hosts_are_accepted(host):
    assert request(f"https://{host}/").status == 200
