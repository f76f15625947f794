"""Check and count traffic of others: test suites, browsers, the journal."""
