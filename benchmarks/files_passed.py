"""List the files of locum that one request passes: those with a function that is called for it.

python benchmarks/files_passed.py

The first requests compile schemas and seed records, so the list is that of a later one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from operations import scope, without_handlers

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from locum.options import AuthMode
from locum.server.application import create
from locum.settings import Settings

if TYPE_CHECKING:
    from types import FrameType

    from starlette.types import ASGIApp

ROOT = Path(__file__).resolve().parent.parent / "locum"
NEW = b'{"name":"Sample","email":"sample@example.com","status":"open","count":3,"tags":["a","b"]}'
JSON = b"application/json"


class Passed:
    """Counts the calls of functions by file while it is entered."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self._root = f"{ROOT}/"

    def __enter__(self) -> Self:
        sys.setprofile(self._count)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _count(self, frame: FrameType, event: str, _: Any) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(self._root):
            file = name.removeprefix(self._root)
            self.calls[file] = self.calls.get(file, 0) + 1


async def respond(served: ASGIApp, request: dict[str, Any], body: bytes, passed: Passed | None = None) -> bytes:
    """Send one request; return the body of its response."""
    found: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        found.append(message.get("body", b""))
        assert message.get("status", 200) < 400, message

    if passed is None:
        await served(request, receive, send)
    else:
        with passed:
            await served(request, receive, send)
    return b"".join(found)


def measure(served: ASGIApp, path: str, new: bytes) -> dict[str, Passed]:
    """Return the files that reading a record, a list of them, and creating one pass."""

    def twice(request: dict[str, Any], body: bytes = b"") -> Passed:
        passed = Passed()
        asyncio.run(respond(served, dict(request), body))
        asyncio.run(respond(served, dict(request), body, passed))
        return passed

    create = scope("POST", path, content_type=JSON)
    made = json.loads(asyncio.run(respond(served, dict(create), new)))
    while "id" not in made:  # in an envelope
        made = next(one for one in made.values() if isinstance(one, dict))
    return {
        "GET item": twice(scope("GET", f"{path}/{made['id']}")),
        "GET list": twice(scope("GET", path)),
        "POST create": twice(create, new),
    }


def main() -> None:
    """Print the files of each kind of request, with and without handlers."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--calls", action="store_true", help="also print how many functions are called in each file")
    shows_calls = parser.parse_args().calls
    bundled = create(Settings(auth=AuthMode.OFF, cache=False))
    handled = b'{"name":"Sample","permissions":["sites:read"]}'
    kinds = {
        "generated": measure(without_handlers(10), "/things0", NEW),
        "with handlers": measure(bundled, "/api/keys", handled),
    }
    for kind, requests in kinds.items():
        for request, passed in requests.items():
            print(f"\n{request}, {kind}: {len(passed.calls)} files, {sum(passed.calls.values())} calls")
            for file, calls in sorted(passed.calls.items()):
                print(f"  {file}" + (f"  {calls}" if shows_calls else ""))


if __name__ == "__main__":
    main()
