"""State that survives the process: the effects of requests, written to an engine."""
