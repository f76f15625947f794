"""Attacks on locum that must fail: hostile documents, pages, clients and neighbours (docs/security.md)."""
