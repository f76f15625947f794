"""Codes of runs as a whole and of custom checks: L080 to L094."""

from __future__ import annotations

from locum.verify.codes.code import Code

__all__ = ["RUNS"]

RUNS = (
    Code(
        "L080",
        "too_slow",
        "max_response_time",
        "A response took too long.",
        "`checks.max_response_time` is set in schemathesis.toml, and was exceeded.",
        "your schemathesis.toml.",
        "Profile the request that the finding shows.",
        "GET /things took 2.3 s; the limit is 500 ms.",
    ),
    Code(
        "L081",
        "check_failed",
        "",
        "A check without a code of its own failed.",
        "It is a custom check, from the hooks of schemathesis.toml, or a new Schemathesis check.",
        "the check that the finding names.",
        "Read its message.",
        "my_check: the response names an internal host.",
    ),
    Code(
        "L090",
        "engine_error",
        "",
        "Something could not be verified.",
        "The engine failed: it cannot use a part of the document, or a hook failed. What it did not try is "
        "not verified, so the run does not pass.",
        "Schemathesis, whose message the finding repeats.",
        "Fix the document (`locum check` lists its problems), or exclude the operation.",
        "GET /things: the pattern of `id` is not a regular expression.",
    ),
    Code(
        "L091",
        "only_unauthenticated",
        "",
        "Every response was 401.",
        "Only authentication was tested, so the run does not pass.",
        "`locum verify`.",
        "Give credentials: --token, --token-command, --header, --as (for the mock), or `auth` in schemathesis.toml.",
        "84 requests to GET /things, 84 responses 401.",
    ),
    Code(
        "L092",
        "nothing_tried",
        "",
        "No request was sent.",
        "--include-operation and similar options selected no operation, or no phase had anything to try.",
        "`locum verify`.",
        "Check which operations are excluded; select more phases.",
        "--include-tag thing, but the tag is `things`.",
    ),
    Code(
        "L093",
        "server_gone",
        "",
        "The server stopped responding during the run.",
        "It responded at first, and then refused connections. Everything after that is not verified.",
        "`locum verify`.",
        "Check whether it crashed, and which request was the last.",
        "After 812 requests, 127.0.0.1:8000 refused the connection.",
    ),
    Code(
        "L094",
        "not_verified",
        "",
        "An operation was verified only in part, because its contract cannot be used as written.",
        "A reference cannot be resolved, a pattern is invalid, or a keyword has the wrong type. That part "
        "of the contract was replaced by a fallback, which allows more. So the run does not pass.",
        "the document.",
        "Fix the document (`locum check` lists every place), or exclude the operation.",
        "GET /things: #/components/schemas/Lost does not exist, so any body is accepted.",
    ),
)
"""In order."""
