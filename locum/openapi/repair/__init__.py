"""Repair: replace each piece of a document that cannot be used as written by its documented fallback."""
