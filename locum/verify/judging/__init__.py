"""Judging: what in an exchange breaks the contract, as findings."""
