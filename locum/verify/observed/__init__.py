"""What others asked: a test suite, a browser, the journal; judged and counted as a run is."""
