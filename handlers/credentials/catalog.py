"""The catalogue of integrations: the providers, and the schema of each provider's credentials."""

from __future__ import annotations

import uuid
from typing import Any

from locum import requires

__all__ = ["get_integration_catalog"]


@requires("credentials:read")
def get_integration_catalog() -> list[dict[str, Any]]:
    """List all integrations, connected or not."""
    return _CATALOG


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _hidden(description: str) -> dict[str, Any]:
    return _text(description, format="password", writeOnly=True)


def _connection(
    name: str, properties: dict[str, dict[str, Any]], *, optional: tuple[str, ...] = (), is_oauth: bool = False
) -> dict[str, Any]:
    """Return one type of connection, with the JSON Schema of its `credentials`."""
    schema = {
        "type": "object",
        "properties": properties,
        "required": [each for each in properties if each not in optional],
    }
    return {"is_oauth": is_oauth, "name": name, "credential_schema": schema}


def _entry(
    provider: str, category: str, title: str, description: str, types: list[str], *connections: dict[str, Any]
) -> dict[str, Any]:
    return {
        # The same id in every world: the catalogue belongs to the platform.
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://flows.super.ai/api/integrations/catalog/{provider}")),
        "category": category,
        "provider": provider,
        "name": provider,
        "display_name": title,
        "description": description,
        "is_plugin": provider in _PLUGINS,
        "credential_types": types,
        "credential_providers": list(connections),
    }


_PLUGINS = frozenset({"google", "microsoft", "sharepoint", "azure_blob"})

_OAUTH_TOKENS = {
    "access_token": _hidden("Token sent with each call to the provider."),
    "refresh_token": _hidden("Token exchanged for a new access token."),
    "expiry": _text("When the access token ends.", format="date-time"),
    "scopes": {"type": "array", "items": {"type": "string"}, "description": "What the user consented to."},
}

_GOOGLE_TOKENS = {**_OAUTH_TOKENS, "google_email": _text("Address of the connected account.", format="email")}

_SERVER = {
    "host": _text("Name or address of the server."),
    "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 22, "description": "TCP port."},
    "username": _text("Account on the server."),
}

_DATABASE = {
    "host": _text("Name or address of the server."),
    "port": _text("TCP port, as text.", default="5432"),
    "username": _text("Role that signs in."),
    "password": _hidden("Password of the role."),
    "database": _text("Name of the database."),
    "connection_string": _hidden("Whole connection string; wins over the single fields."),
}

_CATALOG: list[dict[str, Any]] = [
    _entry(
        "sftp",
        "storage",
        "SFTP",
        "Read files from an SFTP server and write files to it.",
        ["user_password", "key_file"],
        _connection("user_password", {**_SERVER, "password": _hidden("Password of the account.")}, optional=("port",)),
        _connection(
            "key_file",
            {
                **_SERVER,
                "private_key_data": _hidden("Private key in PEM form."),
                "private_key_passphrase": _hidden("Passphrase of an encrypted key."),
            },
            optional=("port", "private_key_passphrase"),
        ),
    ),
    _entry(
        "postgresql",
        "database",
        "PostgreSQL",
        "Query a PostgreSQL database of your own.",
        ["user_password"],
        _connection("user_password", _DATABASE, optional=("port", "connection_string")),
    ),
    _entry(
        "internal_postgresql",
        "database",
        "Platform PostgreSQL",
        "Query a database that the platform keeps for you.",
        ["user_password"],
        _connection("user_password", _DATABASE, optional=("port", "connection_string")),
    ),
    _entry(
        "google",
        "storage",
        "Google Drive",
        "Receive and store files in Google Drive.",
        ["oauth2", "google_oauth", "google_drive_receive"],
        _connection("google", _GOOGLE_TOKENS, optional=("scopes", "google_email"), is_oauth=True),
    ),
    _entry(
        "microsoft",
        "messaging",
        "Microsoft 365",
        "Work with mail and files of a Microsoft account.",
        ["oauth2"],
        _connection("microsoft", _OAUTH_TOKENS, optional=("scopes",), is_oauth=True),
    ),
    _entry(
        "sharepoint",
        "storage",
        "SharePoint",
        "Receive and store documents in SharePoint with a user's consent.",
        ["oauth2", "sharepoint_oauth", "sharepoint_receive"],
        _connection("sharepoint", _OAUTH_TOKENS, optional=("scopes",), is_oauth=True),
    ),
    _entry(
        "sharepoint_client_secret",
        "storage",
        "SharePoint (application)",
        "Receive and store documents in SharePoint as a registered application.",
        ["client_credentials"],
        _connection(
            "client_credentials",
            {
                "tenant_id": _text("Directory of the application."),
                "client_id": _text("Id of the application."),
                "client_secret": _hidden("Secret of the application."),
            },
        ),
    ),
    _entry(
        "aws_ses",
        "messaging",
        "Amazon SES",
        "Send mail through Amazon Simple Email Service.",
        ["api_key"],
        _connection(
            "api_key",
            {
                "access_key_id": _text("Id of the access key."),
                "secret_access_key": _hidden("The access key itself."),
                "region": _text("Region of the service, as eu-west-1."),
            },
        ),
    ),
    _entry(
        "azure_blob",
        "storage",
        "Azure Blob Storage",
        "Receive files from a container in Azure Blob Storage.",
        ["azure_blob_receive"],
        _connection(
            "azure_blob_receive",
            {
                "connection_string": _hidden("Connection string of the storage account."),
                "container": _text("Name of the container."),
            },
        ),
    ),
    _entry(
        "file_storage",
        "storage",
        "File storage",
        "Keep files in the platform's own storage.",
        ["api_key"],
        _connection("api_key", {"api_key": _hidden("Key of the storage.")}),
    ),
    _entry(
        "api_credential",
        "automation",
        "API key",
        "Call any HTTP API that is opened by a key.",
        ["api_key"],
        _connection("api_key", {"api_key": _hidden("Key of the API.")}),
    ),
]
