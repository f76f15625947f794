"""Lint a document: diagnostics with a code, a severity and a place."""
