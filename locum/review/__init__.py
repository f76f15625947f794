"""Contract review: what a change of a contract breaks, proven by examples, and lint with rule sets."""
