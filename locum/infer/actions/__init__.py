"""Actions: what operations do with records.

inference: which action each operation has, and why; items, listing, custom, files, echoes, generated: the actions;
context: what they share; idempotency: once for each key; bodies, patches: the request body; views, responses,
response_headers, outcomes, expansion: the response.
"""
