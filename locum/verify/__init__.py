"""Proof: whether a server keeps its contract, and how much of the contract was tried."""
