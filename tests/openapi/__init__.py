"""Tests of locum.openapi: loading, linting, compiling, and serialization."""
