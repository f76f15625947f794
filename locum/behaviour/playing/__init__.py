"""Playing: the parts that operations play.

roles: who plays what, and why; stage: what all parts act on; items, listing, actions, answers,
echoes: the parts; idempotency: once only; bodies, patches: what is sent; views, responses: what is
shown.
"""
