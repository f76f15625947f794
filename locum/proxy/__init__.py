"""The proxy: forward requests to a real server, validate both directions, and mock what it lacks."""
