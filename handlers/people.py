"""The organizations and users that the bundled APIs share."""

from __future__ import annotations

from locum import Caller

__all__ = ["CALLERS", "NORTHWIND", "PERMISSIONS", "SOUTHBAY"]

NORTHWIND = "org_2m3h5n7k9j8g7f6e5d4c3b2a1"
SOUTHBAY = "org_7h2v9c4x8z3w6q5r1t0y2p4m6"

PERMISSIONS = frozenset(
    {
        "api_keys:read",
        "api_keys:write",
        "credentials:read",
        "credentials:write",
        "scripts:read",
        "scripts:write",
        "sites:read",
        "sites:write",
        "vault:read",
        "vault:write",
        "workflows:execute",
        "workflows:read",
        "workflows:write",
    }
)

_READING = frozenset(permission for permission in PERMISSIONS if permission.endswith(":read"))

CALLERS = (
    Caller(
        subject="usr_2m3h5n7k9j8g7f6e5d4c3b2a1",
        organization=NORTHWIND,
        role="admin",
        permissions=PERMISSIONS,
        name="Ada Okafor",
        email="ada@northwind.example",
    ),
    Caller(
        subject="usr_4k8d2s6f1g5h9j3l7z0x4c8v2",
        organization=NORTHWIND,
        role="operator",
        permissions=_READING | {"workflows:execute", "credentials:write"},
        name="Bram de Wit",
        email="bram@northwind.example",
    ),
    Caller(
        subject="usr_9q1w5e3r7t2y6u0i4o8p1a5s9",
        organization=NORTHWIND,
        role="viewer",
        permissions=_READING,
        name="Chiara Russo",
        email="chiara@northwind.example",
    ),
    Caller(
        subject="usr_6n2b8v4c0x1z5a9s3d7f2g6h0",
        organization=SOUTHBAY,
        role="admin",
        permissions=PERMISSIONS,
        name="Dele Mensah",
        email="dele@southbay.example",
    ),
)
"""The users who can sign in. Tokens are issued for the first one by default."""
