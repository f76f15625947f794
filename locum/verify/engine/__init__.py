"""The engine: Schemathesis, which makes the requests, fenced in: nothing else of locum knows it."""
