"""The rules of the credentials API, its handlers called as functions."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

# As a module: pytest would collect imported handlers whose names begin with `test_`.
from handlers import credentials
from handlers.credentials.accounts import DEVELOPMENT_KEY, SERVICE_ACCOUNT, ServiceAccount
from handlers.credentials.records import PROVIDERS, Credential
from handlers.credentials.seeds import DOCUMENTED_ID
from handlers.people import CALLERS, NORTHWIND, SOUTHBAY
from locum import (
    ApiError,
    Caller,
    Clock,
    Conflict,
    Faulty,
    Forbidden,
    Invalid,
    Limited,
    Malformed,
    NewId,
    NotFound,
    Store,
    Unauthenticated,
    UnsupportedMediaType,
    Violation,
)
from locum.apis import permission_of

if TYPE_CHECKING:
    from collections.abc import Callable

ADA, BRAM, CHIARA, DELE = CALLERS
RUNNER = Caller(subject="runner", organization=NORTHWIND, kind=SERVICE_ACCOUNT)
STRANGER = Caller(subject="stranger", organization=SOUTHBAY, kind=SERVICE_ACCOUNT)
PASSWORD = "not-to-be-seen"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"
ENCRYPTED_PEM = PEM.replace("PRIVATE", "ENCRYPTED PRIVATE")


class World:
    """A store, a clock and an id generator, with shortcuts for common calls."""

    def __init__(self) -> None:
        self.store, self.clock, self.new_id = Store(), Clock(), NewId(0)

    def create(self, caller: Caller = ADA, **body: Any) -> dict[str, Any]:
        """Create a credential and advance the clock by a second."""
        self.clock.tick()
        given = {
            "name": "Files",
            "provider": "sftp",
            "credential_type": "user_password",
            "credentials": {"host": "sftp.example", "username": "u", "password": PASSWORD},
        }
        return credentials.create_credential(self.store, caller, self.clock, self.new_id, given | body)

    def oauth(self, **secret: Any) -> str:
        """Create an OAuth credential and return its id."""
        given = {"access_token": "old", "refresh_token": "again", "expiry": "2026-01-01T00:00:00Z"} | secret
        created = self.create(provider="google", credential_type="oauth2", credentials=given)
        return str(created["id"])

    def list_ids(self, caller: Caller = ADA) -> list[str]:
        """Return the ids in a caller's list."""
        return [each["id"] for each in credentials.list_credentials(self.store, caller)]

    def delete(self, credential_id: str, caller: Caller = ADA) -> None:
        """Delete a credential."""
        credentials.delete_credential(self.store, caller, self.clock, credential_id)

    def update(self, credential_id: str, caller: Caller = ADA, **body: Any) -> dict[str, Any]:
        """Replace the secret of a credential by a key."""
        given = {"credential_type": "api_key", "credentials": {"api_key": "new"}}
        return credentials.update_credential(self.store, caller, self.clock, credential_id, given | body)

    def secrets(self, credential_id: str, caller: Caller = RUNNER) -> dict[str, Any]:
        """Read the secret of a credential."""
        return credentials.get_credential_secrets(self.store, caller, self.clock, self.new_id, credential_id)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def seeded() -> World:
    world = World()
    credentials.api.seed(world.store, world.clock, world.new_id)  # type: ignore[misc]
    return world


# Lists


def test_a_list_has_the_callers_credentials_newest_first(world: World) -> None:
    first, second = world.create()["id"], world.create(provider="aws_ses")["id"]
    world.create(BRAM)

    assert world.list_ids() == [second, first]


def test_credentials_of_the_same_second_are_listed_by_insertion(world: World) -> None:
    world.clock = Clock(step=timedelta(0))
    made = [world.create(provider=provider)["id"] for provider in ("sftp", "google", "sftp")]

    assert world.list_ids() == made[::-1]


def test_a_service_account_lists_its_whole_organization(world: World) -> None:
    ada, bram = world.create()["id"], world.create(BRAM)["id"]
    world.create(DELE)

    assert world.list_ids(RUNNER) == [bram, ada]


@pytest.mark.parametrize("provider", ["sharepoint", "SharePoint", "SHAREPOINT"])
def test_a_provider_is_found_in_any_letter_case(world: World, provider: str) -> None:
    world.create()
    expected = [world.create(provider="sharepoint")["id"] for _ in range(2)]

    listed = credentials.list_credentials_by_provider(world.store, ADA, provider)

    assert [each["id"] for each in listed] == expected[::-1]


def test_the_list_of_a_provider_has_only_the_callers_credentials(world: World) -> None:
    world.create(BRAM)

    assert credentials.list_credentials_by_provider(world.store, ADA, "sftp") == []


def test_an_expired_oauth_credential_stays_in_the_list(world: World) -> None:
    assert [world.oauth()] == world.list_ids()


# Creation


def test_a_created_credential_is_shown_without_its_secret(world: World) -> None:
    created = world.create()

    assert created == {
        "id": created["id"],
        "created_at": "2026-01-01T09:00:01Z",
        "updated_at": "2026-01-01T09:00:01Z",
        "modified_by": "ada@northwind.example",
        "user_id": "99f7f3b2-57e1-5d76-9bf2-30be257c9805",
        "provider": "sftp",
        "name": "Files",
        "google_email": None,
    }
    assert credentials.get_credential(world.store, ADA, created["id"]) == created


def test_an_id_is_a_uuid(world: World) -> None:
    made = world.create()["id"]

    assert str(uuid.UUID(made)) == made


def test_a_subject_that_is_a_uuid_is_the_user_id(world: World) -> None:
    subject = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

    assert world.create(replace(ADA, subject=subject))["user_id"] == subject


def test_a_google_credential_shows_the_connected_address(world: World) -> None:
    shown = world.create(provider="google", credentials={"google_email": "a@b.example"})
    odd = world.create(provider="google", credentials={"google_email": 7})
    other = world.create(provider="sftp", credentials={"google_email": "a@b.example"})

    assert [each["google_email"] for each in (shown, odd, other)] == ["a@b.example", None, None]


def test_a_service_account_cannot_create(world: World) -> None:
    with pytest.raises(Forbidden, match="user account is required"):
        world.create(RUNNER)

    assert not world.store[Credential]


def test_several_credentials_of_one_provider_are_allowed(world: World) -> None:
    world.create()
    world.create()

    assert len(world.list_ids()) == 2


def test_an_organization_can_have_fifty_live_credentials_of_a_provider(world: World) -> None:
    made = [world.create(ADA if number % 2 else BRAM)["id"] for number in range(50)]

    with pytest.raises(Limited, match="50 credentials per provider"):
        world.create(CHIARA)

    assert len(world.store[Credential]) == 50
    world.create(CHIARA, provider="google")
    world.create(DELE)
    world.delete(made[0])
    assert world.create(CHIARA)["provider"] == "sftp"


def test_a_user_can_have_a_hundred_live_credentials(world: World) -> None:
    made = [world.create(provider=PROVIDERS[number % 3])["id"] for number in range(100)]

    with pytest.raises(Limited, match="100 credentials per user"):
        world.create()

    world.create(BRAM)
    world.delete(made[0])
    assert world.create()["name"] == "Files"


# One credential


def test_every_user_of_the_organization_can_read_a_credential(world: World) -> None:
    made = world.create()

    assert credentials.get_credential(world.store, CHIARA, made["id"]) == made
    assert credentials.get_credential(world.store, RUNNER, made["id"].upper()) == made


def test_an_unknown_id_is_not_found_in_every_operation(world: World) -> None:
    for act in _by_id(world, DOCUMENTED_ID, ADA):
        with pytest.raises(NotFound, match="Credential not found"):
            act()


def test_another_organizations_credential_is_forbidden_in_every_operation(world: World) -> None:
    made = world.create()["id"]
    before = dict(world.store[Credential])

    for act in _by_id(world, made, DELE, STRANGER):
        with pytest.raises(Forbidden, match="This resource belongs to a different organization"):
            act()

    assert world.store[Credential] == before


def test_a_deleted_credential_is_not_found_in_every_operation(world: World) -> None:
    made, other = world.create()["id"], world.create()["id"]

    world.delete(made)

    assert world.list_ids() == world.list_ids(RUNNER) == [other]
    assert [each["id"] for each in credentials.list_credentials_by_provider(world.store, ADA, "sftp")] == [other]
    for act in _by_id(world, made, ADA):
        with pytest.raises(NotFound):
            act()


def test_another_organizations_deleted_credential_is_not_found(world: World) -> None:
    made = world.create()["id"]
    world.delete(made)

    with pytest.raises(NotFound):
        credentials.get_credential(world.store, DELE, made)


def test_a_deleted_credential_stays_for_the_audit_trail(world: World) -> None:
    made = world.create()["id"]
    before = world.store[Credential][made]
    world.clock.advance(timedelta(hours=1))

    world.delete(made, BRAM)

    assert world.store[Credential][made] == replace(
        before, deleted_at="2026-01-01T10:00:01Z", deleted_by="bram@northwind.example"
    )


def _by_id(world: World, credential_id: str, user: Caller, runner: Caller = RUNNER) -> list[Any]:
    """Return a call of each operation on one credential; a service account reads the secrets."""
    store = world.store
    return [
        lambda: credentials.get_credential(store, user, credential_id),
        lambda: world.update(credential_id, user),
        lambda: world.delete(credential_id, user),
        lambda: world.secrets(credential_id, runner),
        lambda: credentials.test_postgres_connection_by_credential(store, user, credential_id),
    ]


# Replacement


def test_an_update_replaces_the_whole_secret(world: World) -> None:
    made = world.create()["id"]

    world.update(made)

    assert world.secrets(made) == {"api_key": "new"}
    assert world.store[Credential][made].credential_type == "api_key"


def test_an_update_keeps_id_provider_and_owner_and_sets_modified_by(world: World) -> None:
    made = world.create()
    world.clock.advance(timedelta(minutes=5))

    changed = world.update(made["id"], BRAM)

    assert changed == made | {"updated_at": "2026-01-01T09:05:01Z", "modified_by": "bram@northwind.example"}


def test_modified_by_is_the_id_of_a_service_account(world: World) -> None:
    assert world.update(world.create()["id"], RUNNER)["modified_by"] == "runner"


@pytest.mark.parametrize(
    ("given", "name"), [({}, "Files"), ({"name": None}, "Files"), ({"name": "Renamed"}, "Renamed")]
)
def test_an_update_changes_the_name_only_if_one_is_given(world: World, given: dict[str, Any], name: str) -> None:
    made = world.create()["id"]

    assert world.update(made, **given)["name"] == name
    assert credentials.get_credential(world.store, ADA, made)["name"] == name


def test_an_update_does_not_move_a_credential_in_the_list(world: World) -> None:
    first, second = world.create()["id"], world.create()["id"]

    world.update(first)

    assert world.list_ids() == [second, first]


# Secrets


def test_a_service_account_reads_the_secret(world: World) -> None:
    made = world.create()["id"]

    assert world.secrets(made) == {"host": "sftp.example", "username": "u", "password": PASSWORD}


def test_a_user_cannot_read_secrets_whether_or_not_they_exist(world: World) -> None:
    for credential_id in (world.create()["id"], DOCUMENTED_ID):
        with pytest.raises(Forbidden, match="service account is required"):
            world.secrets(credential_id, ADA)


def test_an_expired_oauth_token_is_refreshed_and_stored(world: World) -> None:
    made = world.oauth(scopes=["files.read"])
    before = credentials.get_credential(world.store, ADA, made)

    renewed = world.secrets(made)

    assert renewed["access_token"].startswith("oauth_access_")
    assert renewed | {"access_token": ""} == {
        "access_token": "",
        "refresh_token": "again",
        "expiry": "2026-01-01T10:00:01Z",
        "scopes": ["files.read"],
    }
    assert world.secrets(made) == renewed
    assert credentials.get_credential(world.store, ADA, made) == before


def test_a_refreshed_token_expires_again_after_an_hour(world: World) -> None:
    made = world.oauth()
    first = world.secrets(made)["access_token"]
    world.clock.advance(timedelta(minutes=59))
    second = world.secrets(made)["access_token"]
    world.clock.advance(timedelta(minutes=1))

    assert first == second
    assert world.secrets(made)["access_token"] != first


@pytest.mark.parametrize(
    "secret",
    [
        {"expiry": "2026-01-02T00:00:00Z"},
        {"expiry": "2026-01-01T10:00:00"},
        {"expiry": "soon"},
        {"expiry": 5},
        {"expiry": None},
        {"refresh_token": None},
    ],
)
def test_a_token_that_has_not_expired_or_cannot_be_exchanged_is_returned_as_it_is(
    world: World, secret: dict[str, Any]
) -> None:
    assert world.secrets(world.oauth(**secret))["access_token"] == "old"


def test_an_expiry_without_an_offset_is_in_utc(world: World) -> None:
    assert world.secrets(world.oauth(expiry="2026-01-01T08:59:00"))["access_token"] != "old"


def test_only_oauth_tokens_are_refreshed(world: World) -> None:
    secret = {"refresh_token": "again", "expiry": "2020-01-01T00:00:00Z"}

    made = world.create(credential_type="api_key", credentials=secret)["id"]

    assert world.secrets(made) == secret


def test_changing_a_response_does_not_change_the_stored_secret(world: World) -> None:
    made = world.create()["id"]

    world.secrets(made).clear()

    assert world.secrets(made)["password"] == PASSWORD


def test_no_record_shows_its_secret_in_a_log(world: World) -> None:
    made = world.create()["id"]
    account = ServiceAccount("id", NORTHWIND, "Runner", "active", DEVELOPMENT_KEY)

    assert PASSWORD not in repr(world.store[Credential][made])
    assert DEVELOPMENT_KEY not in repr(account)


# Connection tests

SFTP = {"host": "sftp.example", "username": "u", "auth_type": "user_password", "password": "p"}
KEY_FILE = {"host": "sftp.example", "username": "u", "auth_type": "key_file"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (SFTP, "Connected"),
        (SFTP | {"host": "fail.example"}, "host does not answer"),
        (SFTP | {"host": "a.FAIL.example."}, "host does not answer"),
        (SFTP | {"host": "notfail.example"}, "Connected"),
        (SFTP | {"host": ""}, "host does not answer"),
        (SFTP | {"host": "two words"}, "host does not answer"),
        (SFTP | {"port": 2222}, "Connected"),
        (SFTP | {"port": 22.0}, "Connected"),
        (SFTP | {"port": 0}, "port"),
        (SFTP | {"port": 65536}, "port"),
        (SFTP | {"password": None}, "password is needed"),
        (SFTP | {"password": ""}, "password is needed"),
        (SFTP | {"auth_type": "api_key"}, "user_password and key_file"),
        (KEY_FILE, "private key is needed"),
        (KEY_FILE | {"private_key_data": PEM}, "Connected"),
        (KEY_FILE | {"private_key_data": "ssh-rsa AAAA"}, "PEM"),
        (KEY_FILE | {"private_key_data": PEM.replace("END PRIVATE", "END RSA PRIVATE")}, "PEM"),
        (KEY_FILE | {"private_key_data": ENCRYPTED_PEM}, "passphrase"),
        (KEY_FILE | {"private_key_data": ENCRYPTED_PEM, "private_key_passphrase": "p"}, "Connected"),
    ],
)
def test_an_sftp_test_checks_the_given_data(data: dict[str, Any], message: str) -> None:
    response = credentials.test_sftp_connection(data)

    assert message in response["message"]
    assert response["success"] is (message == "Connected")


POSTGRES = {"host": "db.example", "port": "5432", "username": "u", "password": "p", "database": "d"}


@pytest.mark.parametrize(
    ("data", "success"),
    [
        ({}, True),
        ({"host": "db.fail.example"}, False),
        ({"port": "0"}, False),
        ({"port": "65536"}, False),
        ({"port": "five"}, False),
        ({"port": "9" * 5000}, False),
        ({"username": ""}, False),
        ({"password": ""}, False),
        ({"database": ""}, False),
        ({"connection_string": None}, True),
        ({"connection_string": "", "host": "fail.example"}, False),
        ({"connection_string": "postgresql://u:p@db.example:5432/d", "host": "fail.example", "port": "0"}, True),
        ({"connection_string": "postgres://u:p@db.example/d"}, True),
        ({"connection_string": "postgresql+psycopg://u:p@db.example/d"}, True),
        ({"connection_string": "postgresql://u:p@fail.example/d"}, False),
        ({"connection_string": "postgresql://u:p@db.example:0/d"}, False),
        ({"connection_string": "postgresql://u:p@db.example:99999/d"}, False),
        ({"connection_string": "postgresql://[db.example/d"}, False),
        ({"connection_string": "postgresql:///d"}, False),
        ({"connection_string": "mysql://u:p@db.example/d"}, False),
        ({"connection_string": "host=db.example port=5433 user=u"}, True),
        ({"connection_string": "host=fail.example user=u"}, False),
        ({"connection_string": "nonsense"}, False),
    ],
)
def test_a_postgres_test_checks_the_given_data(data: dict[str, Any], success: bool) -> None:
    assert credentials.test_postgres_connection(POSTGRES | data) == {"success": success}


@pytest.mark.parametrize(
    ("provider", "secret", "success"),
    [
        ("postgresql", POSTGRES, True),
        ("internal_postgresql", POSTGRES, True),
        ("postgresql", POSTGRES | {"port": 5432}, True),
        ("postgresql", POSTGRES | {"port": True}, False),
        ("postgresql", POSTGRES | {"port": ["5432"]}, False),
        ("postgresql", POSTGRES | {"host": "fail.example"}, False),
        ("postgresql", POSTGRES | {"host": 5}, False),
        ("postgresql", POSTGRES | {"connection_string": 5}, True),
        ("postgresql", {}, False),
        ("sftp", POSTGRES, False),
    ],
)
def test_a_stored_credential_is_tested_by_its_secret(
    world: World,
    provider: str,
    secret: dict[str, Any],
    success: bool,
) -> None:
    made = world.create(provider=provider, credentials=secret)["id"]
    before = dict(world.store[Credential])

    response = credentials.test_postgres_connection_by_credential(world.store, CHIARA, made)

    assert response == {"success": success}
    assert world.store[Credential] == before


# The catalogue


def test_the_catalogue_describes_every_provider_once() -> None:
    entries = credentials.get_integration_catalog()

    assert sorted(entry["provider"] for entry in entries) == sorted(PROVIDERS)
    assert len({entry["id"] for entry in entries}) == len(PROVIDERS)
    for entry in entries:
        assert entry["credential_types"]
        for way in entry["credential_providers"]:
            assert set(way["credential_schema"]["required"]) <= set(way["credential_schema"]["properties"])


# Callers


def test_reading_and_writing_require_their_permissions() -> None:
    reading: list[Callable[..., Any]] = [
        credentials.list_credentials,
        credentials.list_credentials_by_provider,
        credentials.get_credential,
        credentials.get_credential_secrets,
        credentials.get_integration_catalog,
    ]
    writing: list[Callable[..., Any]] = [
        credentials.create_credential,
        credentials.update_credential,
        credentials.delete_credential,
        credentials.test_sftp_connection,
        credentials.test_postgres_connection,
        credentials.test_postgres_connection_by_credential,
    ]

    assert {permission_of(handler) for handler in reading} == {"credentials:read"}
    assert {permission_of(handler) for handler in writing} == {"credentials:write"}


def test_users_and_service_accounts_are_accepted() -> None:
    assert credentials.api.accepts == {"user", "service_account"}


def test_the_documented_key_authenticates_northwinds_service_account(seeded: World) -> None:
    caller = _owner(seeded, DEVELOPMENT_KEY)

    assert caller is not None
    assert (caller.kind, caller.organization) == ("service_account", NORTHWIND)
    assert caller.permissions == {"credentials:read", "credentials:write"}
    assert caller.subject in seeded.store[ServiceAccount]


def test_an_unknown_key_does_not_authenticate(seeded: World) -> None:
    assert _owner(seeded, DEVELOPMENT_KEY + "0") is None


def test_the_key_of_an_inactive_account_does_not_authenticate(seeded: World) -> None:
    statuses = {account.status: _owner(seeded, account.key) for account in seeded.store[ServiceAccount].values()}

    assert statuses["active"] is not None
    assert statuses["inactive"] is None


def _owner(world: World, text: str) -> Caller | None:
    (key,) = credentials.api.keys
    assert (key.scheme, text.startswith(key.prefix)) == ("apiKey", True)
    return key.owner(world.store, world.clock, text)


# The seed


def test_a_new_world_lists_live_credentials_of_both_organizations(seeded: World) -> None:
    shown = {caller.name: len(seeded.list_ids(caller)) for caller in CALLERS}

    assert shown == {"Ada Okafor": 3, "Bram de Wit": 1, "Chiara Russo": 1, "Dele Mensah": 2}
    assert DOCUMENTED_ID in seeded.list_ids()


def test_a_new_world_has_a_deleted_credential_and_one_without_an_owner(seeded: World) -> None:
    deleted = [each for each in seeded.store[Credential].values() if each.deleted_at is not None]
    shown = credentials.list_credentials(seeded.store, RUNNER)

    assert [each.deleted_by for each in deleted] == ["ada@northwind.example"]
    assert [each["name"] for each in shown if each["user_id"] is None] == ["Shared mailbox"]
    assert [each["created_at"] for each in shown] == sorted((each["created_at"] for each in shown), reverse=True)


def test_a_new_world_has_an_expired_oauth_token(seeded: World) -> None:
    expired = next(each for each in seeded.store[Credential].values() if each.secret.get("google_email"))

    assert seeded.secrets(expired.id)["access_token"] != expired.secret["access_token"]


def test_two_worlds_of_one_seed_are_equal() -> None:
    worlds = World(), World()
    for world in worlds:
        credentials.api.seed(world.store, world.clock, world.new_id)  # type: ignore[misc]

    assert worlds[0].store[Credential] == worlds[1].store[Credential]
    assert worlds[0].store[ServiceAccount] == worlds[1].store[ServiceAccount]


# Errors


def _render(error: ApiError, status: int) -> tuple[Any, dict[str, str]]:
    response = credentials.api.render_error(error, status, NewId(0), Clock())
    return response.body, response.headers


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Limited("full"), 400, "bad_request"),
        (Forbidden("no"), 403, "forbidden"),
        (NotFound("gone"), 404, "not_found"),
        (Conflict("both"), 409, "conflict"),
        (Faulty("our fault"), 500, "internal_error"),
        (UnsupportedMediaType("not this"), 415, "unsupported_media_type"),
    ],
)
def test_an_error_has_a_request_id(error: ApiError, status: int, code: str) -> None:
    body, headers = _render(error, status)

    request_id = NewId(0).ulid(Clock().seconds)
    assert body == {
        "error": {"message": error.message, "code": code, "details": None},
        "request_id": request_id,
    }
    assert headers == {"X-Request-ID": request_id}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("missing_token", "Authentication required"),
        ("invalid_token", "Invalid authentication token"),
        ("expired_token", "Invalid authentication token"),
    ],
)
def test_a_401_has_the_message_of_the_contract(code: str, message: str) -> None:
    body, _ = _render(Unauthenticated("The engine's message.", code=code), 401)

    assert body["error"] == {"message": message, "code": "unauthorized", "details": ["The engine's message."]}


def test_a_403_has_the_message_of_the_contract() -> None:
    body, _ = _render(Forbidden("This needs credentials:write.", code="permission_denied"), 403)

    assert body["error"] == {
        "message": "You do not have permission to access this resource",
        "code": "forbidden",
        "details": ["This needs credentials:write."],
    }


@pytest.mark.parametrize(
    ("violation", "message", "detail"),
    [
        (
            Violation("path", ("credential_id",), "format", "uuid", ""),
            "Invalid credential ID",
            {"loc": ["path", "credential_id"], "msg": "Input should be a valid UUID", "type": "uuid_parsing"},
        ),
        (
            Violation("path", ("provider",), "pattern", "^(...)$", ""),
            "Unknown provider",
            {
                "loc": ["path", "provider"],
                "msg": "Input should be "
                + ", ".join(f"'{name}'" for name in PROVIDERS[:-1])
                + f" or '{PROVIDERS[-1]}'",
                "type": "enum",
            },
        ),
    ],
)
def test_an_invalid_path_parameter_has_the_message_of_the_contract(
    violation: Violation, message: str, detail: dict[str, Any]
) -> None:
    body, _ = _render(Malformed("", violations=[violation]), 400)

    assert body["error"] == {"message": message, "code": "bad_request", "details": [detail]}


@pytest.mark.parametrize(
    ("keyword", "expected", "kind", "message"),
    [
        ("required", "name", "missing", "Field required"),
        ("json", None, "json_invalid", "JSON decode error"),
        ("type", ["string"], "string_type", "Input should be a valid string"),
        ("type", ["null", "string"], "string_type", "Input should be a valid string"),
        ("type", "integer", "int_type", "Input should be a valid integer"),
        ("type", "null", "value_error", "a message"),
        ("enum", ["a", "b", "c"], "enum", "Input should be 'a', 'b' or 'c'"),
        ("enum", ["a"], "enum", "Input should be 'a'"),
        ("minLength", 1, "string_too_short", "String should have at least 1 character"),
        ("minLength", 3, "string_too_short", "String should have at least 3 characters"),
        ("maxItems", 1, "too_long", "List should have at most 1 item after validation"),
        ("maximum", 1, "less_than_equal", "Input should be less than or equal to 1"),
        ("format", "date-time", "datetime_parsing", "Input should be a valid datetime"),
        ("format", "hostname", "value_error", "a message"),
        ("oneOf", None, "value_error", "a message"),
    ],
)
def test_violations_of_a_body_are_listed_in_pydantics_format(
    keyword: str, expected: object, kind: str, message: str
) -> None:
    violation = Violation("body", ("name",), keyword, expected, "a message")

    body, headers = _render(Invalid("", violations=[violation]), 422)

    assert body == {"detail": [{"loc": ["body", "name"], "msg": message, "type": kind}]}
    assert headers == {}


def test_a_parameter_of_the_wrong_type_is_a_parsing_error() -> None:
    violation = Violation("query", ("limit",), "type", ["integer"], "")

    body, _ = _render(Invalid("", violations=[violation]), 422)

    assert body["detail"][0]["type"] == "int_parsing"


def test_an_error_without_violations_is_located_in_the_body() -> None:
    body, _ = _render(UnsupportedMediaType("This operation takes application/json."), 422)

    assert body == {
        "detail": [{"loc": ["body"], "msg": "This operation takes application/json.", "type": "unsupported_media_type"}]
    }
