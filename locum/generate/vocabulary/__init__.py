"""Realistic values: words, and the names and formats that they are used for."""
