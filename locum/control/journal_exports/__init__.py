"""Exports: the entries of a journal in the forms of other tools."""

from locum.control.journal_exports.arazzo import arazzo
from locum.control.journal_exports.curl import curl
from locum.control.journal_exports.har import har
from locum.control.journal_exports.pytest_module import pytest_module

__all__ = ["arazzo", "curl", "har", "pytest_module"]
