"""A server that sends given bytes, and keeps what it receives."""

from __future__ import annotations

import socket
from threading import Thread


class Raw:
    """Accepts connections, and answers each request with what `answer(number, request)` returns.

    `request` is what was received up to the end of the head. Bytes are sent; None closes the connection, and a function
    is called with the connection and the bytes that followed the head.
    """

    def __init__(self, answer):
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self.url = "http://{}:{}".format(*self.address)
        self.requests = []
        self.connections = 0
        self._thread = Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(20)
        data = b""
        with connection:
            while True:
                while b"\r\n\r\n" not in data:
                    try:
                        received = connection.recv(65536)
                    except OSError:
                        return
                    if not received:
                        return
                    data += received
                head, _, data = data.partition(b"\r\n\r\n")
                self.requests.append(head)
                answer = self._answer(len(self.requests), head)
                if answer is None:
                    return
                if callable(answer):
                    answer(connection, data)
                    return
                connection.sendall(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()


def response(body=b"[]", status="200 OK", *lines):
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
