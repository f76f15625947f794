"""Check exchanges against the contract and report findings."""
