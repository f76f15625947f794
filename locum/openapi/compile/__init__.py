"""Compile a document to operations that are ready to run."""
