"""Mixing: keep what the mock created visible beside what the upstream has."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from locum.infer.lists.envelopes import is_total, without_next
from locum.infer.lists.paging import paging_parts
from locum.infer.resources.identities import list_place
from locum.infer.resources.shapes import Shapes
from locum.infer.resources.words import stem
from locum.openapi.wire.json_values import read_json, write_json
from locum.openapi.wire.styles import Unreadable
from locum.world.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.compile.operations import Operation
    from locum.server.http import HttpRequest, HttpResponse
    from locum.server.pipeline import OperationPipeline
    from locum.world.world import World

__all__ = ["has_created", "merge_list"]


def has_created(pipeline: OperationPipeline, request: HttpRequest, world: World) -> bool:
    """Whether the record that a request is about was created by the mock: it did not exist in the world's beginning."""
    return _succeeds(_tried(pipeline, request, world)) and not _succeeds(_tried(pipeline, request, world.origin))


def _succeeds(response: HttpResponse | None) -> bool:
    return response is not None and HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES


def _tried(pipeline: OperationPipeline, request: HttpRequest, world: World | None) -> HttpResponse | None:
    """Return the response of the mock in a copy of a world, without faults and preferences; it changes nothing."""
    if world is None:
        return None
    twin = world.fork("")
    twin.faults, twin.preferences = Faults(), {}
    return pipeline.respond(replace(request, headers={**request.headers}), twin)


def merge_list(
    pipeline: OperationPipeline, request: HttpRequest, world: World, names: Mapping[bytes, bytes], body: bytes
) -> tuple[bytes, int] | None:
    """Return a list of the upstream with the records that the mock created, and their number; None without any.

    Only whole lists are merged: the operation has no pages, and the response names no next one. The result is a valid
    response, or nothing is merged.
    """
    operation = pipeline.operation
    place = _place(operation)
    if place is None or b"link" in names:
        return None
    created = _created(pipeline, request, world, place)
    if not created:
        return None
    try:
        value = read_json(body)
    except Unreadable:
        return None
    elements = _at(value, place)
    if elements is None or without_next(value) != value:
        return None
    elements += created
    _count(value, place, len(elements), len(created))
    declared = operation.declares(HTTPStatus.OK)
    media = None if declared is None else declared.usual
    if media is None or media.schema is None or not media.schema.is_valid(value):
        return None
    return write_json(value), len(created)


def _place(operation: Operation) -> tuple[str, ...] | None:
    """Return the place of the list in a response; None if the operation lists nothing, or lists it in pages."""
    declared = operation.declares(HTTPStatus.OK)
    media = None if declared is None else declared.usual
    if operation.method != "GET" or media is None or media.schema is None or paging_parts(operation.parameters):
        return None
    return list_place(Shapes(operation.schemas), media.schema)


def _created(
    pipeline: OperationPipeline, request: HttpRequest, world: World, place: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return the elements of the mock's list that were not there in the world's beginning."""
    now, before = (_elements(_tried(pipeline, request, one), place) for one in (world, world.origin))
    resource = pipeline.service.behaviour.inferred(pipeline.operation).resource
    if resource is None:
        return [element for element in now if element not in before]
    known = {resource.key_of(element) for element in before}
    return [element for element in now if resource.key_of(element) not in known]


def _elements(response: HttpResponse | None, place: tuple[str, ...]) -> list[dict[str, Any]]:
    if response is None or not _succeeds(response):
        return []
    try:
        found = _at(read_json(response.body), place)
    except Unreadable:
        return []
    return [element for element in found or () if isinstance(element, dict)]


def _at(value: Any, place: tuple[str, ...]) -> list[Any] | None:
    """Return the list at a place in a body; None if there is none."""
    for step in place:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, list) else None


def _count(value: Any, place: tuple[str, ...], count: int, added: int) -> None:
    """Raise the totals beside a list, if they counted its elements."""
    for step in place:
        siblings = {stem(name) for name in value}
        for name, number in value.items():
            if type(number) is int and number == count - added and is_total(name, siblings):
                value[name] = count
        value = value[step]
