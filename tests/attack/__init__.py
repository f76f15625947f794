"""Attacks on locum that must fail: hostile documents, pages, clients and other users (docs/security.md)."""
