"""Which strings match a regular expression."""
