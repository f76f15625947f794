"""Metadata: what a client finds out by itself (OpenID Connect Discovery 1.0, RFC 8414)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locum.control.issuer.desk import Desk

__all__ = ["PROMPTS", "STANDARD_SCOPES", "metadata"]

STANDARD_SCOPES = ("openid", "profile", "email", "offline_access")
PROMPTS = ("none", "login", "consent", "select_account")


def metadata(address: str, desk: Desk) -> dict[str, Any]:
    """Describe the issuer at an address."""
    methods = ["none", "client_secret_basic", "client_secret_post"]
    return {
        "issuer": address,
        "authorization_endpoint": f"{address}/authorize",
        "token_endpoint": f"{address}/token",
        "userinfo_endpoint": f"{address}/userinfo",
        "jwks_uri": f"{address}/jwks",
        "end_session_endpoint": f"{address}/end_session",
        "revocation_endpoint": f"{address}/revoke",
        "introspection_endpoint": f"{address}/introspect",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods[1:],
        "scopes_supported": [*STANDARD_SCOPES, *sorted(desk.permissions)],
        "prompt_values_supported": list(PROMPTS),
        "claims_supported": ["sub", "name", "email", "email_verified", "role", "org_id", "auth_time", "nonce"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
