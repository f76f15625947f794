"""Fixtures of verification: the contract of the planted server, and runs against it in process."""

from __future__ import annotations

import socket
import threading

import pytest
import uvicorn

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.verify.plans import Plan
from locum.verify.run import verify_contract
from tests.verify.planted import CONTRACT, TOKEN, Planted


@pytest.fixture(scope="session")
def contract():
    return compile_contract(read(CONTRACT, None))


@pytest.fixture(scope="session")
def walked():
    """The runs of `walk`: several tests look at the same one."""
    return {}


@pytest.fixture
def walk(verified, walked):
    """Return a function that verifies the planted server by stateful scenarios, with several seeds until one has findings.

    Most seeds do; which ones depends on the imported modules, as Hypothesis uses their constants.
    """

    def verify(*defects, **planned):
        name = (defects, *sorted(planned.items()))
        if name not in walked:
            for seed in range(7, 15):
                walked[name] = verified(*defects, phases=("stateful",), max_examples=60, seed=seed, **planned)
                if walked[name].findings:
                    break
        return walked[name]

    return verify


@pytest.fixture
def verified(contract):
    """Return a function that verifies the planted server with some of its defects."""

    def verify(*defects, on_event=None, **planned):
        plan = {"base_url": "http://things.test", "token": TOKEN, "seed": 7, "max_examples": 15, **planned}
        return verify_contract(contract, Plan(application=Planted(frozenset(defects)), **plan), on_event)

    return verify


@pytest.fixture
def served():
    """Return a function that serves an application on a real socket, and gives its address."""
    servers = []

    def serve(application):
        server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="critical", lifespan="off"))
        listening = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    serve.servers = servers
    yield serve
    for server, thread in servers:
        server.should_exit = True
        thread.join()
