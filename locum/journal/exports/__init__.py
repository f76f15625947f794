"""Exports: the entries of a journal in the forms of other tools."""

from locum.journal.exports.arazzo import arazzo
from locum.journal.exports.har import har
from locum.journal.exports.pytest_module import pytest_module
from locum.journal.exports.requests import curl

__all__ = ["arazzo", "curl", "har", "pytest_module"]
