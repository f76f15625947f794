"""The issuer: a small OpenID provider for the people whom the handlers know. The way in is `issuer.Issuer`."""
