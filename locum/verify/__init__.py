"""Verify that a server keeps its contract, and measure how much of the contract was tried."""
