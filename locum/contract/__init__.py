"""Contracts: an OpenAPI document compiled into operations that are ready to run."""
