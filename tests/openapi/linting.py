"""Read, compile and lint documents of a few lines of YAML."""

from __future__ import annotations

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.lint.linting import lint
from locum.openapi.load.documents import read

__all__ = ["VALID", "LintedDocument", "operation", "paths", "schema"]

VALID = "{responses: {'200': {description: ok}}}"


class LintedDocument:
    """A document in a folder, after two lines with its version and info."""

    def __init__(self, folder, text, version="3.1.0", name="a.yaml"):
        self.path = folder / name
        self.path.write_text(f"openapi: {version}\ninfo: {{title: A, version: '1'}}\n{text}\n", encoding="utf-8")
        self.contract = compile_contract(read(self.path))

    @property
    def diagnostics(self):
        return lint(self.contract)

    @property
    def only(self):
        """The only diagnostic."""
        (found,) = self.diagnostics
        return found

    @property
    def content(self):
        """The repaired document."""
        return self.contract.document.content

    def operation(self, path="/a", method="get"):
        return self.contract.operations[path, method]

    def schema(self, name="A"):
        return self.content["components"]["schemas"][name]


def paths(text):
    return "paths:\n  " + text


def operation(text):
    """Return a document with one operation."""
    return paths(f"/a: {{get: {{{text}, responses: {{'200': {{description: ok}}}}}}}}")


def schema(text):
    """Return a document with one schema, A, in its third line."""
    return f"components: {{schemas: {{A: {text}}}}}\npaths: {{}}"
