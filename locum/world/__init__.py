"""Worlds: isolated stores, clocks, identifiers, faults and journals."""
