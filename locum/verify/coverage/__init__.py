"""Coverage: how much of a contract was tried, cell by cell, and what was never seen."""

from locum.verify.coverage.coverage import Coverage

__all__ = ["Coverage"]
