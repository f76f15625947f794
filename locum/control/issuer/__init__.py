"""A local OpenID Connect provider: it logs the seeded people in, and issues tokens that the served APIs take."""

from locum.control.issuer.issuer import Issuer
from locum.control.issuer.keys import SigningKey, default_key

__all__ = ["Issuer", "SigningKey", "default_key"]
