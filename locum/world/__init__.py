"""Worlds: store, clock, identifiers and journal of one isolated universe."""
