"""SuperAI integration credentials: secrets for workflows, readable by service accounts only.

- `credentials`: the seven operations on stored credentials
- `connections`: the three connection tests
- `catalog`: the catalogue of integrations
- `records`: the record of a credential, and how it is stored, found and listed
- `accounts`: service accounts and their keys
- `errors`: the two error formats of this API
- `seeds`: the records of a new world
"""

from handlers.credentials.accounts import SERVICE_ACCOUNT, ServiceAccount, find_owner
from handlers.credentials.catalog import get_integration_catalog
from handlers.credentials.connections import (
    test_postgres_connection,
    test_postgres_connection_by_credential,
    test_sftp_connection,
)
from handlers.credentials.credentials import (
    create_credential,
    delete_credential,
    get_credential,
    get_credential_secrets,
    list_credentials,
    list_credentials_by_provider,
    update_credential,
)
from handlers.credentials.errors import render_error
from handlers.credentials.records import Credential
from handlers.credentials.seeds import seed
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
    keys=(Key("apiKey", "saf_", find_owner),),
)
