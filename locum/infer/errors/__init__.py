"""Errors in the declared error schema.

rendering: the body of an error; meanings: what its members mean; details: lists of violations.
"""
