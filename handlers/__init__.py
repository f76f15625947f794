"""Handlers of the three bundled APIs. They return data and raise errors; the engine does the HTTP."""
