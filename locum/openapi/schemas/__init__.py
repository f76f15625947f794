"""Compile schemas to validators, in the dialects of OpenAPI 3.0 and of JSON Schema 2020-12."""
