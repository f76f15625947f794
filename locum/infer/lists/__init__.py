"""Lists: which records a list holds, in which order, which of them are on a page, and its envelope.

selection: filters and searches; conditions: filters in a body; orders: sorting; properties: the members they refer to;
paging: pages, offsets and cursors; envelopes: the members around the list.
"""
