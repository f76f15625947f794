"""Drift: the same sequence of requests to the stand-in and to a server, and where the answers part."""
