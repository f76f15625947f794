"""A Connexion application: `functions.py` has the function of one operation, and locum mocks the others, with state.

$ python docs/examples/connexion/app.py
$ curl http://127.0.0.1:8080/version
$ curl http://127.0.0.1:8080/tasks -H 'Content-Type: application/json' -d '{"title": "Write a function"}'
$ curl http://127.0.0.1:8080/tasks
"""

from __future__ import annotations

from pathlib import Path

from connexion import AsyncApp

from locum.connexion import MockResolver

HERE = Path(__file__).resolve().parent

app = AsyncApp(__name__, specification_dir=HERE)
app.add_api("tasks.yaml", resolver=MockResolver(HERE / "tasks.yaml"))

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8080)
