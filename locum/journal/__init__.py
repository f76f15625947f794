"""The journal as others see it: formatted entries, filters, exports, verification, near misses."""
