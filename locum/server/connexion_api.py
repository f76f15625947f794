"""The names of Connexion that locum uses; no other module imports Connexion.

Connexion's imports cause deprecation warnings with newer releases (jsonschema's RefResolver, Starlette's test client).
Users of locum cannot fix them, and under `python -W error` or pytest's `filterwarnings = error` they would make the
import fail. So they are ignored while Connexion is imported, and only then.
"""

from __future__ import annotations

import warnings

__all__ = [
    "API",
    "AbstractRoutingAPI",
    "ConnexionMiddleware",
    "ConnexionRequest",
    "ConnexionResponse",
    "ExceptionMiddleware",
    "LifespanMiddleware",
    "OpenAPIOperation",
    "OpenAPISpecification",
    "Resolution",
    "Resolver",
    "ResolverError",
    "ServerErrorMiddleware",
    "SpecMiddleware",
    "get_function_from_name",
    "receive",
    "scope",
]

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from connexion.context import receive, scope
    from connexion.exceptions import ResolverError
    from connexion.lifecycle import ConnexionRequest, ConnexionResponse
    from connexion.middleware.abstract import AbstractRoutingAPI, SpecMiddleware
    from connexion.middleware.exceptions import ExceptionMiddleware
    from connexion.middleware.lifespan import LifespanMiddleware
    from connexion.middleware.main import API, ConnexionMiddleware
    from connexion.middleware.server_error import ServerErrorMiddleware
    from connexion.operations import OpenAPIOperation
    from connexion.resolver import Resolution, Resolver
    from connexion.spec import OpenAPISpecification
    from connexion.utils import get_function_from_name
