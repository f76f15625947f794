"""Signing in with a client library of others in a browser; `signing_in.mjs` says how."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.mark.xdist_group("browser")
def test_oidc_client_ts_signs_in_reads_userinfo_and_refreshes(run, server):
    told = run(Path(__file__).parent, "node", "signing_in.mjs")

    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-4000:]
    journal = server.application.worlds.named("signing-in").journal
    assert [(entry.operation, entry.caller["name"]) for entry in journal.entries] == [("listWorkflows", "Chiara Russo")]
