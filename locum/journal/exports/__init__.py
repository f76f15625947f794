"""Exports: the entries of a journal in the forms of other tools."""

from locum.journal.exports.arazzo import arazzo
from locum.journal.exports.curl import curl
from locum.journal.exports.har import har
from locum.journal.exports.pytest_module import pytest_module
from locum.journal.exports.snippets import fetch, httpx, playwright

__all__ = ["arazzo", "curl", "fetch", "har", "httpx", "playwright", "pytest_module"]
