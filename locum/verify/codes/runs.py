"""Codes of what is true of a run as a whole, or of a check of one's own: L080 to L094."""

from __future__ import annotations

from locum.verify.codes.code import Code

__all__ = ["RUNS"]

RUNS = (
    Code(
        "L080",
        "too_slow",
        "max_response_time",
        "An answer took longer than it may.",
        "`checks.max_response_time` is set in schemathesis.toml, and was exceeded.",
        "your schemathesis.toml.",
        "Find what takes the time; the finding shows the request.",
        "GET /things took 2.3 s, and 500 ms are allowed.",
    ),
    Code(
        "L081",
        "check_failed",
        "",
        "A check that has no code here failed.",
        "It is one of your own, from the hooks of schemathesis.toml, or a new one of Schemathesis'.",
        "the check that the finding names.",
        "See its message.",
        "my_check: the answer names an internal host.",
    ),
    Code(
        "L090",
        "engine_error",
        "",
        "Something could not be proved.",
        "The engine met an error: a part of the document that it cannot use, a hook that fails. What it did not try is "
        "not proved, so the run is no pass.",
        "Schemathesis, whose words the finding repeats.",
        "Mend the document (`locum check` names its faults), or exclude the operation.",
        "GET /things: the pattern of `id` is no regular expression.",
    ),
    Code(
        "L091",
        "only_unauthenticated",
        "",
        "Every answer was 401.",
        "Nothing but the door was tried: such a run is green and empty, so it is no pass.",
        "this proof.",
        "Give credentials: --token, --token-command, --header, --as for locum's own, or `auth` in schemathesis.toml.",
        "84 requests to GET /things, 84 answers with 401.",
    ),
    Code(
        "L092",
        "nothing_tried",
        "",
        "No request was sent.",
        "No operation was left by --include-operation and the like, or no phase had anything to try.",
        "this proof.",
        "See what is excluded; name more phases.",
        "--include-tag thing, and the tag is `things`.",
    ),
    Code(
        "L093",
        "server_gone",
        "",
        "The server stopped answering in the middle of the run.",
        "It answered at first, and then refused connections. What came after is not proved.",
        "this proof.",
        "See whether it crashed, and which request was the last one before.",
        "After 812 requests, 127.0.0.1:8000 refused the connection.",
    ),
    Code(
        "L094",
        "not_verified",
        "",
        "An operation was verified only in part, because its contract cannot be used as written.",
        "A reference leads nowhere, a pattern is invalid, a keyword has the wrong type: that piece of the contract was "
        "replaced by its fallback, which admits more. A run does not pass by such tolerance.",
        "the document.",
        "Fix the document (`locum check` lists every place), or exclude the operation.",
        "GET /things: #/components/schemas/Lost leads nowhere, so its body may be anything.",
    ),
)
"""In order."""
