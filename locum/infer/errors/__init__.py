"""Errors in the declared error schema.

rendering: the body of an error; meanings: what its members mean, and lists of violations.
"""
