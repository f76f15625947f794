"""What operations without a handler do, inferred from the contract.

behaviour: the entry point; request: what an action receives; resources/: what paths, schemas and names mean;
records/: the records in a world; actions/: what each operation does; lists/: selection, order, pages and envelopes;
errors/: errors in the declared schema.
"""
