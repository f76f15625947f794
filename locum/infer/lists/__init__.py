"""Lists: which records a list holds, in which order, which of them are on a page, and its envelope.

selection (filters, searches, orders; comparisons, properties); paging (paging_parameters, windows,
cursors); envelopes (envelope_levels, envelope_members).
"""
