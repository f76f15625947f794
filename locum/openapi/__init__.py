"""OpenAPI documents: load, lint and compile them; `wire` is how their values travel."""
