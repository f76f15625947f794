"""The comparison of schemas: what each means, where two differ, and values that show it."""
