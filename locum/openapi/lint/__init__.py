"""Lint: what is wrong with a document, as diagnostics with a code, a severity and a place."""
