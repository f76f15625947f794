"""Generators of values: of each type, of enums, of examples."""
