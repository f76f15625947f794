"""Envelope members: what stands around a list, and what it truthfully says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from locum.infer.resources.words import stem, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from locum.infer.lists.paging import Window

__all__ = ["AROUND", "PageFacts", "Say", "leads_on", "saying"]


class PageFacts(NamedTuple):
    """What is known of one answer."""

    window: Window
    links: Mapping[str, str]
    first: Any = None
    """The identifier of the first record of the page."""
    last: Any = None
    version: Callable[[], Any] = lambda: None
    """Returns the version of the list."""


Say: TypeAlias = "Callable[[PageFacts], Any]"
"""Says what a member is in one answer; None where there is nothing to say."""

_TOTALS = frozenset({
    "total", "totalcount", "totalelement", "totalitem", "totalresult", "totalrecord", "totalhit", "totalentry",
    "totalrow", "totalsize", "totalnumber", "totalobject", "totalamount", "totalavailable", "numfound", "numresult",
    "recordtotal", "counttotal", "itemtotal", "odatacount", "resultcount", "recordcount", "itemcount", "totaldoc",
    "totaldocument", "totallength", "numitem", "fullcount", "found", "recordfiltered", "filteredcount",
    "totalmatches", "totalmatch", "matchcount", "totalhits", "totalcounts", "nbhit", "estimatedtotalhit",
})  # fmt: skip
_COUNTS = frozenset({"numberofelement", "numberofitem", "numberofresult", "currentitemcount", "returned", "resultsize",
                     "returnedcount", "itemsinpage", "length", "currentcount", "pageitemcount"})  # fmt: skip
_SIZES = frozenset({"perpage", "limit", "pagesize", "pagelimit", "itemperpage", "resultperpage", "maxresult", "top",
                    "take", "pagelength", "maxitem", "requestedlimit"})  # fmt: skip
_PAGES = frozenset({"totalpage", "pagecount", "numpage", "numberofpage", "pagetotal", "countpage", "maxpage"})
_NEXT = frozenset({
    "nextcursor", "nextpagetoken", "nexttoken", "nextmarker", "nextpagecursor", "nextstreamposition", "nextkey",
    "nextid", "cursor", "endcursor", "after", "pagetoken", "paginationtoken", "continuation", "continuationtoken",
    "continue", "marker", "scrollid", "iterator", "nextiterator", "nextpage", "nextpageid",
})  # fmt: skip
_PREVIOUS = frozenset({
    "prevcursor", "previouscursor", "prevpagetoken", "previouspagetoken", "prevtoken", "previoustoken", "prevmarker",
    "previousmarker", "startcursor", "before",
})  # fmt: skip
_FLAGS: dict[str, Say] = {
    **dict.fromkeys(
        ("hasmore", "hasnext", "hasnextpage", "more", "moreavailable", "istruncated", "truncated", "next", "nextpage",
         "hasmoreitem", "hasmoreresult", "hasmorepage"),
        lambda facts: facts.window.has_next,
    ),
    **dict.fromkeys(
        ("hasprevious", "hasprev", "haspreviouspage", "hasprevpage", "previous", "prev"),
        lambda facts: facts.window.has_previous,
    ),
    **dict.fromkeys(
        ("islast", "last", "lastpage", "islastpage", "end", "done", "isdone", "complete"),
        lambda facts: not facts.window.has_next,
    ),
    **dict.fromkeys(("isfirst", "first", "firstpage", "isfirstpage"), lambda facts: not facts.window.has_previous),
    **dict.fromkeys(("empty", "isempty"), lambda facts: facts.window.count == 0),
    **dict.fromkeys(("success", "ok", "successful", "paged"), lambda _: True),
    **dict.fromkeys(("unpaged", "incompleteresult", "error", "haserror", "iserror"), lambda _: False),
}  # fmt: skip
_RELATIONS = {"next": "next", "prev": "prev", "previous": "prev", "first": "first", "last": "last", "self": "self"}
AROUND = _RELATIONS | {"nextpage": "next", "prevpage": "prev", "previouspage": "prev", "nextlink": "next"}
"""Objects that are about one other page, by the stem of their name."""

_FIRST = frozenset({"firstid", "firstkey", "firstgid"})
_LAST = frozenset({"lastid", "lastkey", "lastgid"})
_ADDRESSES = frozenset({"url", "uri", "link", "href", "odata"})


def leads_on(name: str, around: str) -> bool:
    """Whether a member says where the next page begins: a cursor, a link, the number of a page."""
    key = stem(name)
    return key in _NEXT or "next" in words_of(name) or AROUND.get(around) == "next"


def saying(name: str, kinds: frozenset[str], form: str, siblings: AbstractSet[str], around: str) -> Say | None:
    """Return what a member says, by its name and the types it may have; None for one that is not known.

    Args:
        name: As the schema has it.
        kinds: The JSON types that its schema admits.
        form: The `format` of its schema.
        siblings: The stems of the names of the members beside it.
        around: The stem of the name of the object that it stands in.

    """
    key, words = stem(name), words_of(name)
    if "boolean" in kinds and not kinds & {"string", "integer"}:
        return _FLAGS.get(key)
    if not kinds & {"string", "integer", "number"}:
        return None
    if around in {"total", "totalhit", "hittotal"} and key in {"value", "count"}:
        return lambda facts: facts.window.total
    if key in _FIRST:
        return lambda facts: facts.first
    if key in _LAST:
        return lambda facts: facts.last
    if around in AROUND:
        return _turn(key, AROUND[around])
    if key == "resourceversion":
        return lambda facts: facts.version()
    text = "string" in kinds
    return _number(key, words, siblings, around) or _address(key, words, form, siblings, text=text) or _position(key)


def _turn(key: str, relation: str) -> Say | None:
    """Say a member of an object that is about one other page: `next: {href, offset}`."""
    if key in {"href", "uri", "url", "link"}:
        return _link(relation)
    if key == "path":
        return _path(relation)
    if key in {"offset", "cursor", "page", "token", "start", "number", "after", "before", "marker", "startingafter"}:
        return lambda facts: facts.window.turns.get(relation, ("", None))[1]
    return None


def _number(key: str, words: tuple[str, ...], siblings: AbstractSet[str], around: str) -> Say | None:
    if key in _TOTALS or (key == "count" and not siblings & _TOTALS) or (key == "hit" and words[-1] == "hits"):
        return lambda facts: facts.window.total
    if key in _COUNTS or key == "count":
        return lambda facts: facts.window.count
    if key == "size":
        counts = bool(siblings & _SIZES) or not siblings & (_TOTALS | _PAGES | {"page", "number", "pagenumber"})
        return (lambda facts: facts.window.count) if counts and around != "page" else (lambda facts: facts.window.size)
    if key in _SIZES:
        return lambda facts: facts.window.size
    if key in _PAGES or words == ("pages",):
        return lambda facts: facts.window.pages
    if key in {"page", "currentpage", "pagenumber", "pageindex", "pageno", "pagenum", "current"}:
        return lambda facts: facts.window.page
    if key == "number" and siblings & (_TOTALS | _PAGES | _SIZES | {"size"}):
        return lambda facts: facts.window.page
    if key == "from" and "to" in siblings:
        return lambda facts: facts.window.start + 1 if facts.window.count else None
    if key == "to" and "from" in siblings:
        return lambda facts: facts.window.stop if facts.window.count else None
    if key == "startindex":
        return lambda facts: facts.window.start + 1
    if key in {"offset", "skip", "start", "startat", "from", "pageoffset", "firstresult"}:
        return lambda facts: facts.window.start
    return None


def _address(key: str, words: tuple[str, ...], form: str, siblings: AbstractSet[str], *, text: bool) -> Say | None:
    """Say a link: `next`, `self`, `first_page_url`, `@odata.nextLink`; a page's number where it is none."""
    if text and key in {"url", "path"} and siblings & {"hasmore", "object", "to", "currentpage"}:
        return _own(path="object" in siblings)  # Stripe's lists say their path, Laravel's their whole address
    relations = [word for word in words if word in _RELATIONS]
    rest = {word for word in words if word not in _RELATIONS}
    if len(relations) != 1 or not rest <= _ADDRESSES | {"page", "path"}:
        return None
    relation = _RELATIONS[relations[0]]
    if text and (not rest or rest & _ADDRESSES or form.startswith(("uri", "url", "iri"))):
        return _link(relation)
    if "path" in rest and text:
        return _path(relation)
    if relation == "last":
        return lambda facts: facts.window.base + max(0, facts.window.pages - 1)
    if relation == "first":
        return lambda facts: facts.window.base
    if relation == "self":
        return None
    if rest == {"page"} and not text:
        return lambda facts: _page(facts.window, relation)
    return lambda facts: facts.window.turns.get(relation, ("", None))[1]


def _page(window: Window, relation: str) -> int | None:
    if relation == "next":
        return window.page + 1 if window.has_next else None
    return window.page - 1 if window.has_previous else None


def _position(key: str) -> Say | None:
    if key in {"nextoffset", "nextstart", "nextpageoffset"}:
        return lambda facts: facts.window.stop if facts.window.has_next else None
    if key in {"prevoffset", "previousoffset"}:
        return lambda facts: max(0, facts.window.start - facts.window.size) if facts.window.has_previous else None
    if key == "remainingitemcount":
        return lambda facts: facts.window.total - facts.window.stop
    if key in _NEXT:
        return lambda facts: None if facts.window.counted else facts.window.next
    if key in _PREVIOUS:
        return lambda facts: None if facts.window.counted else facts.window.previous
    return None


def _own(*, path: bool) -> Say:
    def say(facts: PageFacts) -> str | None:
        url = facts.links.get("self")
        if url is None:
            return None
        bare = url.partition("?")[0]
        return urlsplit(bare).path if path else bare

    return say


def _link(relation: str) -> Say:
    return lambda facts: facts.links.get(relation)


def _path(relation: str) -> Say:
    def say(facts: PageFacts) -> str | None:
        url = facts.links.get(relation)
        if url is None:
            return None
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    return say
