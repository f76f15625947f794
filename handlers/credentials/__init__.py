"""SuperAI integration credentials: secrets kept for workflows, shown only to service accounts.

- `records` what is remembered, and how it is found and listed
- `stored` the seven operations on stored credentials
- `connections` the three connection tests
- `catalog` what can be connected
- `accounts` the service accounts and their keys
- `wording` refusals in this API's two shapes
- `seeding` what a new world holds
"""

from handlers.credentials.accounts import SERVICE_ACCOUNT, ServiceAccount, owner
from handlers.credentials.catalog import get_integration_catalog
from handlers.credentials.connections import (
    test_postgres_connection,
    test_postgres_connection_by_credential,
    test_sftp_connection,
)
from handlers.credentials.records import Credential
from handlers.credentials.seeding import seed
from handlers.credentials.stored import (
    create_credential,
    delete_credential,
    get_credential,
    get_credential_secrets,
    list_credentials,
    list_credentials_by_provider,
    update_credential,
)
from handlers.credentials.wording import render_error
from locum import USER, Api, Key

__all__ = [
    "Credential",
    "ServiceAccount",
    "api",
    "create_credential",
    "delete_credential",
    "get_credential",
    "get_credential_secrets",
    "get_integration_catalog",
    "list_credentials",
    "list_credentials_by_provider",
    "test_postgres_connection",
    "test_postgres_connection_by_credential",
    "test_sftp_connection",
    "update_credential",
]

api = Api(
    render_error=render_error,
    accepts=frozenset({USER, SERVICE_ACCOUNT}),
    seed=seed,
    keys=(Key("apiKey", "saf_", owner),),
)
