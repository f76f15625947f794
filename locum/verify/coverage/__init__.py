"""Measure which cells of a contract were seen, and which were not."""

from locum.verify.coverage.coverage import Coverage

__all__ = ["Coverage"]
