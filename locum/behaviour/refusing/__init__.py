"""Refusing: refusals in the declared error schema.

wording: the whole; meanings: which member means what; details: lists of errors.
"""
