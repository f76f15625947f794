"""The commands that control a running locum: one module for each of `locum world|clock|fault|journal`."""
