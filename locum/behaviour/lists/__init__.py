"""Lists: which records a list holds, which of them on a page, and what is said around them.

selection (filters, searches, orders; comparisons, properties); paging (paging_parameters, windows,
cursors); envelopes (envelope_levels, envelope_members).
"""
