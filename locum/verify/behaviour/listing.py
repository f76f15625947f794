"""Listing: walk a list page by page, by links, cursors, page numbers or offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from locum.infer.lists.envelopes import AROUND, is_total, locates_next
from locum.infer.lists.paging import PagingKind
from locum.infer.resources.words import stem
from locum.verify.behaviour.run_records import Blocked
from locum.verify.behaviour.subjects import elements_in
from locum.verify.scenarios.replay import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from locum.infer.lists.paging import PagingParameter
    from locum.verify.behaviour.scenario_run import ScenarioRun
    from locum.verify.behaviour.subjects import BehaviourSubject
    from locum.verify.exchanges import Shown

__all__ = ["Listing", "key_path", "next_page", "size_of", "total_place", "walk", "with_page"]

_MOST_PAGES = 30
_LARGE_PAGE = 100
_USUAL_PAGE = 50
_NEXT_LINK = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)
_TOTAL_HEADERS = ("x-total-count", "x-total", "total-count", "x-pagination-total-count")
_CURSORS = (PagingKind.CURSOR, PagingKind.AFTER)
_DEEPEST = 3


@dataclass(slots=True, kw_only=True)
class Listing:
    """All elements of a list, and the pages that held them."""

    subject: BehaviourSubject
    elements: list[Any] = field(default_factory=list)
    pages: list[Shown] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    """The numbers of the steps that returned the pages."""
    sizes: list[int] = field(default_factory=list)
    """The number of elements on each page."""
    is_complete: bool = False
    """Whether the end of the list was reached."""
    by_link: bool = False
    """Whether the pages were found by links or cursors in the responses."""
    repeated: int | None = None
    """The number of the step that returned only elements of earlier pages, which ended the walk."""

    @property
    def keys(self) -> list[str]:
        """The identifiers of the elements, as text; elements without one are left out."""
        found = (_key(self.subject, element) for element in self.elements)
        return [str(key) for key in found if key is not None]

    def element(self, key: Any) -> Any:
        """Return the element with an identifier, or None."""
        return next((one for one in self.elements if str(_key(self.subject, one)) == str(key)), None)

    @property
    def may_be_capped(self) -> bool:
        """Whether a list without pages may be cut at a round number of elements."""
        return len(self.pages) == 1 and len(self.elements) >= 10 and len(self.elements) % 5 == 0  # noqa: PLR2004 (usual sizes of pages)


def selects(subject: BehaviourSubject) -> bool:
    """Return whether a list needs parameters that select records, so that it may show some of them only."""
    paging = {part.parameter for part in subject.listing.paging.parts} if subject.listing is not None else set()
    operation = subject.list_all
    return operation is not None and any(
        one.required and one.location == "query" and one.name not in paging for one in operation.parameters
    )


def _key(subject: BehaviourSubject, element: Any) -> Any:
    return subject.resource.key_of(element) if isinstance(element, dict) else element


def key_path(subject: BehaviourSubject) -> list[str]:
    """Return the path to the identifier in an element of the list; [] if the elements are identifiers."""
    return list(subject.resource.identity)


def size_of(subject: BehaviourSubject) -> PagingParameter | None:
    """Return the parameter that sets the size of a page, if there is one."""
    parts = subject.listing.paging.parts if subject.listing is not None else ()
    return next((part for part in parts if part.kind is PagingKind.SIZE), None)


def with_page(query: Mapping[str, Any], part: PagingParameter, value: Any) -> dict[str, Any]:
    """Return a query with the value of a paging parameter."""
    if part.member is None:
        return {**query, part.parameter: value}
    former = query.get(part.parameter)
    return {**query, part.parameter: {**(former if isinstance(former, dict) else {}), part.member: value}}


def walk(  # noqa: PLR0913 (which list, and how)
    run: ScenarioRun,
    subject: BehaviourSubject,
    parents: tuple[str, ...],
    query: Mapping[str, Any] | None = None,
    *,
    size: int | None = None,
    most: int = _MOST_PAGES,
    token: str | None = None,
) -> Listing:
    """Request a list page by page until its end. Raises Blocked if the first page is not a list."""
    if subject.list_all is None or not subject.resource.identity:
        raise Blocked(f"{subject.resource.path} has no list of records with identifiers")
    part, asked = size_of(subject), dict(query or {})
    if size is None and part is not None:
        size = min(_LARGE_PAGE, part.maximum or _USUAL_PAGE)
    if size is not None and part is not None:
        asked = with_page(asked, part, str(size) if part.text else size)
    listing, url = Listing(subject=subject), ""
    seen: set[str] = set()
    for _ in range(most):
        shown = run.send(subject.list_all, parents, query=asked, url=url, token=token)
        elements = elements_in(shown, subject)
        if elements is None:
            if not listing.pages:
                raise Blocked(f"GET {subject.list_all.path} responds {shown.status} without a list")
            break
        new = {str(_key(subject, element)) for element in elements}
        if elements and new <= seen:
            # The parameters of the page are ignored, or pages after the last one show it again.
            listing.is_complete, listing.repeated = True, run.last
            break
        listing.pages.append(shown)
        listing.steps.append(run.last)
        listing.sizes.append(len(elements))
        listing.elements += elements
        following = next_page(subject, shown, asked, listing)
        if following is None or not elements:
            # A single page as full as it may be can be the first part of a list that cannot be continued.
            is_cut = size is not None and len(elements) >= size and len(listing.pages) == 1
            listing.is_complete = not is_cut and not selects(subject)
            break
        seen |= new
        listing.by_link = listing.by_link or following.told
        asked, url = following.query, following.url
    return listing


@dataclass(frozen=True, slots=True)
class _Following:
    """How to request the next page."""

    query: dict[str, Any]
    url: str = ""
    told: bool = True
    """Whether the response tells it, so that it is not only counted."""


def next_page(subject: BehaviourSubject, shown: Shown, query: Mapping[str, Any], listing: Listing) -> _Following | None:
    """Return how to request the page after a response; None at the end of the list."""
    link = _NEXT_LINK.search(shown.response_headers.get("link", ""))
    if link:
        return _Following(dict(query), _absolute(shown.url, link[1]))
    body = as_json(shown.response_body)
    parts = subject.listing.paging.parts if subject.listing is not None else ()
    place = subject.list_place or ()
    tells, more = False, None
    for name, value, around in _envelope(body, place):
        if value is False and stem(name) in _MORE:
            return None
        more = True if value is True and stem(name) in _MORE else more
        if not locates_next(name, around) or isinstance(value, bool | dict | list):
            continue
        tells = True
        if value in {None, ""}:
            continue
        found = _told(subject, shown, query, value)
        if found is not None:
            return found
    if (tells and not more) or listing.by_link:
        return None
    by_kind = {part.kind: part for part in reversed(parts)}
    if PagingKind.PAGE in by_kind:
        part = by_kind[PagingKind.PAGE]
        now = _asked(query, part)
        number = int(now) + 1 if now is not None else part.base + 1
        return _Following(with_page(query, part, str(number) if part.text else number), told=False)
    if PagingKind.OFFSET in by_kind:
        part = by_kind[PagingKind.OFFSET]
        offset = part.base + len(listing.elements)
        return _Following(with_page(query, part, str(offset) if part.text else offset), told=False)
    if PagingKind.AFTER_RECORD in by_kind and listing.elements:
        part, key = by_kind[PagingKind.AFTER_RECORD], _key(subject, listing.elements[-1])
        return None if key is None else _Following(with_page(query, part, str(key) if part.text else key), told=False)
    return None


_MORE = frozenset({"hasmore", "hasnext", "hasnextpage", "more", "moreavailable", "istruncated", "hasmoreitem"})


def _asked(query: Mapping[str, Any], part: PagingParameter) -> Any:
    value = query.get(part.parameter)
    return value.get(part.member) if part.member is not None and isinstance(value, dict) else value


def _told(subject: BehaviourSubject, shown: Shown, query: Mapping[str, Any], value: Any) -> _Following | None:
    """Return the next page from a value of the envelope: a link, a cursor, or a number."""
    if isinstance(value, str) and ("://" in value or value.startswith(("/", "?"))):
        return _Following(dict(query), _absolute(shown.url, value))
    parts = subject.listing.paging.parts if subject.listing is not None else ()
    for kind in (*_CURSORS, PagingKind.PAGE, PagingKind.OFFSET, PagingKind.AFTER_RECORD):
        part = next((one for one in parts if one.kind is kind), None)
        if part is not None:
            return _Following(with_page(query, part, str(value) if part.text else value))
    return None


def _absolute(url: str, link: str) -> str:
    """Return a link as a URL of the server that is verified, whatever host it names."""
    base, found = urlsplit(url), urlsplit(urljoin(url, link))
    path = found.path
    return found._replace(scheme=base.scheme, netloc=base.netloc, path=path, fragment="").geturl()


def _envelope(body: Any, place: Sequence[str]) -> Iterator[tuple[str, Any, str]]:
    """Yield the name, the value and the outer name of the members around a list, without its elements."""
    yield from _members(body, tuple(place), "", 0)


def _members(value: Any, place: tuple[str, ...], around: str, depth: int) -> Iterator[tuple[str, Any, str]]:
    if not isinstance(value, dict) or depth > _DEEPEST:
        return
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _members(inner, place[1:] if place[:1] == (name,) else (), stem(name), depth + 1)
        elif not isinstance(inner, list):
            yield name, inner, around


def total_place(shown: Shown) -> list[str] | str | None:
    """Return where a page tells the number of all records: a path in its body, or a header; None if nowhere."""
    header = next((name for name in _TOTAL_HEADERS if name in shown.response_headers), None)
    if header is not None:
        return header
    return _total(as_json(shown.response_body), [])


def _total(body: Any, path: list[str]) -> list[str] | None:
    if not isinstance(body, dict) or len(path) >= _DEEPEST:
        return None
    siblings = {stem(name) for name in body}
    for name, value in body.items():
        if isinstance(value, int) and not isinstance(value, bool) and is_total(name, siblings):
            return [*path, name]
    for name, value in body.items():
        if stem(name) not in AROUND and (found := _total(value, [*path, name])) is not None:
            return found
    return None
