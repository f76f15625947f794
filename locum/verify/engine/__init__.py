"""Run Schemathesis, which generates the requests. Only this package imports it."""
