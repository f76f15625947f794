"""Connections that are lost while a response is held for the next turn of the event loop."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from locum.server.protocol import OneWrite


async def _of_a_client_that_leaves(loop, act):
    """Write to a connection, close it with `act` in the same turn, and return the errors of the loop."""
    errors = []
    loop.set_exception_handler(lambda _, context: errors.append(context))
    made = loop.create_future()
    server = await loop.create_server(lambda: _Accepted(made), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    transport = await made
    held = OneWrite(transport, loop)
    held.write(b"HTTP/1.1 200 OK\r\n")
    act(transport)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    held.write(b"more")
    await asyncio.sleep(0)
    received = await reader.read()
    writer.close()
    server.close()
    return errors, received


class _Accepted(asyncio.Protocol):
    def __init__(self, made):
        self._made = made

    def connection_made(self, transport):
        self._made.set_result(transport)


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_held_response_is_dropped_if_the_connection_is_lost(new_loop):
    with asyncio.Runner(loop_factory=new_loop) as runner:
        errors, received = runner.run(_of_a_client_that_leaves(runner.get_loop(), lambda transport: transport.abort()))

    assert errors == []
    assert received == b""


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_held_response_is_sent_before_the_connection_is_closed(new_loop):
    async def closed(loop):
        made = loop.create_future()
        server = await loop.create_server(lambda: _Accepted(made), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        held = OneWrite(await made, loop)
        held.write(b"all")
        held.close()
        received = await reader.read()
        writer.close()
        server.close()
        return received

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(closed(runner.get_loop())) == b"all"
