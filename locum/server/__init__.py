"""Serving: the one pass over a request, and the Connexion application around it."""
