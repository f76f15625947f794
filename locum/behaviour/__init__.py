"""Behaviour: what the operations do that no handler plays, inferred from the contract.

shapes, words: reading; roles: which part each operation plays; records: what is stored; then one
module for each part.
"""
