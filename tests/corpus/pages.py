"""Read a list to its end, as a client does."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from locum.infer.lists.paging import PagingKind, paging_parts
from locum.infer.resources.identities import list_place
from locum.infer.resources.resources import find_success_schema

_MOST = 40
_NEXT = re.compile(r'<([^>]*)>; rel="next"')


class Pages:
    """The pages of one list."""

    def __init__(self, service, shapes, operation) -> None:
        schema = find_success_schema(operation)
        resource = service.behaviour.inferred(operation).resource
        shape = resource.shape
        hint = (lambda one: one.pointer == shape.schema.pointer) if shape is not None else None
        self._place = list_place(shapes, schema, hint) if schema is not None else None
        self._member = resource.member
        self._parts = {part.kind: part for part in paging_parts(operation.by_location["query"])}

    def of(self, request, send):
        """Yield the elements of each page."""
        if self._place is None:
            return
        seen = 0
        for number in range(_MOST):
            reply = send(request)
            if reply.status >= 300:
                return
            elements = reply.json
            for step in self._place:
                elements = elements.get(step) if isinstance(elements, dict) else None
            if not elements:
                return
            yield elements
            seen += len(elements)
            target = self._next(request, reply, elements, number, seen)
            if target is None:
                return
            request = replace(request, target=target)

    def _next(self, request, reply, elements, number, seen):
        link = _NEXT.search(reply.headers.get("link", ""))
        if link:
            return relative(link[1])
        for kind, part in self._parts.items():
            value = None
            if kind is PagingKind.PAGE:
                value = part.base + number + 1
            elif kind is PagingKind.OFFSET and not part.text:
                value = part.base + seen
            elif kind is PagingKind.AFTER_RECORD and isinstance(elements[-1], dict):
                value = elements[-1].get(self._member)
            elif kind in {PagingKind.CURSOR, PagingKind.AFTER, PagingKind.OFFSET}:
                value = cursor_in(reply.json)
            if value is not None:
                if str(value).startswith(("http:", "https:", "/")):
                    return relative(str(value))
                path, _, query = request.target.partition("?")
                kept = [pair for pair in query.split("&") if pair and not pair.startswith(urlencode({part.key: ""}))]
                return path + "?" + "&".join([*kept, urlencode({part.key: value})])
        return None


def cursor_in(value, under=""):
    """Return the cursor of the next page from the members around a list: `next_cursor`, `paging.next.after`."""
    if not isinstance(value, dict):
        return None
    for name, inner in value.items():
        path = f"{under} {name}".lower()
        found = cursor_in(inner, path) if isinstance(inner, dict) else inner
        plain = isinstance(inner, dict) or "next" in path or name.lower() in {"end_cursor", "endcursor"}
        if plain and isinstance(found, str) and found:
            return found
    return None


def relative(url) -> str:
    parts = urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")
