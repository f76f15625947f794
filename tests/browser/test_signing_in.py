"""Sign in with oidc-client-ts in a browser; `signing_in.mjs` has the steps."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.mark.xdist_group("browser")
def test_oidc_client_ts_signs_in_reads_userinfo_and_refreshes(run, server):
    output = run(Path(__file__).parent, "node", "signing_in.mjs")

    assert output.returncode == 0, output.stdout[-2000:] + output.stderr[-4000:]
    journal = server.application.worlds.named("signing-in").journal
    assert [(entry.operation, entry.caller["name"]) for entry in journal.entries] == [("listWorkflows", "Chiara Russo")]
