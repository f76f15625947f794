"""OpenAPI documents: load, repair, lint and compile them; read and write their values."""
