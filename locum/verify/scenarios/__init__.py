"""Scenarios: sequences of requests, from Arazzo documents and HTTP Archives."""
