"""A small OpenID provider for the users of the handlers. The entry point is `issuer.Issuer`."""
