"""The commands that tell a running locum something: one module for each of `locum world|clock|fault|journal`."""
