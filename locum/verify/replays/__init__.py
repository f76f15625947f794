"""Replays: the shortest requests that show a finding on a fresh server, as scenarios and shell scripts."""
