"""Lint with rule sets: the declarative part of Spectral's format."""
