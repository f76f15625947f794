"""Documents: what differs between two versions of a document."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.operations import compile_operation, path_items
from locum.openapi.grammar import methods_of
from locum.openapi.pointers import BrokenReference, at, chain_of, home_of, join
from locum.review.changes import Change, Level, Site, Witness
from locum.review.contracts import Contracts
from locum.review.findings import schema_changes
from locum.review.operations import Couple, compare_operation
from locum.review.promises import is_unstable, removal_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from locum.openapi.compile.contracts import Contract
    from locum.review.contracts import ReviewedContract
    from locum.review.parts import ContractPart

__all__ = ["compare_contracts"]

_EXPRESSION = re.compile(r"\{[^{}]*\}")
_Key = tuple[str, str]


def compare_contracts(base: Contract, head: Contract, today: date) -> list[Change]:
    """Return all changes between two contracts, the most severe first, with their places."""
    contracts = Contracts(base, head)
    parts: list[ContractPart] = []
    changes = [
        *_compare_operations(contracts, today, parts),
        *_compare_webhooks(contracts, today, parts),
        *_compare_servers(contracts),
        *_compare_schemes(contracts),
        *_compare_info(contracts),
    ]
    changes += schema_changes(parts)
    return _finished(contracts, changes)


def _finished(contracts: Contracts, changes: list[Change]) -> list[Change]:
    """Return the distinct changes, located and sorted."""
    before, after = contracts.base.contract.document, contracts.head.contract.document
    distinct: dict[tuple[Any, ...], Change] = {}
    for change in changes:
        # A response or parameter that several operations share is compared for each of them.
        key = (
            change.kind,
            change.base_pointer,
            change.head_pointer,
            change.site.part,
            change.site.path,
            change.subject,
        )
        known = distinct.get(key)
        if known is None or not (change.base_pointer or change.head_pointer):
            distinct[key if known is None else (*key, len(distinct))] = change
        elif change.site.operation and change.site.operation not in _operations(known):
            higher = max(known, change, key=lambda one: one.level)
            names = (*_operations(known), change.site.operation)
            places = (*(known.places or (known.site,)), *(change.places or (change.site,)))
            distinct[key] = replace(higher, site=known.site, operations=names, places=places)
    found = list(distinct.values())
    mine = before.places([one.base_pointer for one in found if one.base_pointer])
    theirs = after.places([one.head_pointer for one in found if one.head_pointer])
    title = before.title
    located = [
        replace(one.located(mine.get(one.base_pointer), theirs.get(one.head_pointer)), document=title) for one in found
    ]
    return sorted(located, key=lambda one: (-one.level, one.site, one.kind, one.subject))


def _operations(change: Change) -> tuple[str, ...]:
    return change.operations or ((change.site.operation,) if change.site.operation else ())


def _keys(contract: Contract, *, with_base: bool) -> dict[_Key, _Key]:
    """Return the operations by the structure of their path and by method; the first of two equal ones wins."""
    prefix = contract.document.base_path if with_base else ""
    found: dict[_Key, _Key] = {}
    for path, method in contract.operations:
        found.setdefault((_EXPRESSION.sub("{}", prefix + path), method), (path, method))
    return found


def _matched(contracts: Contracts) -> tuple[dict[_Key, _Key], dict[_Key, _Key]]:
    """Return the operations of both contracts under common keys.

    A base path may have moved between `servers` and `paths`; the form in which more operations match is used.
    """
    base, head = contracts.base.contract, contracts.head.contract
    plain = _keys(base, with_base=False), _keys(head, with_base=False)
    if base.document.base_path == head.document.base_path:
        return plain
    whole = _keys(base, with_base=True), _keys(head, with_base=True)
    return max(plain, whole, key=lambda one: len(one[0].keys() & one[1].keys()))


def _compare_operations(contracts: Contracts, today: date, parts: list[ContractPart]) -> Iterator[Change]:
    base, head = _matched(contracts)
    added = {key: value for key, value in head.items() if key not in base}
    by_id = {_id_of(contracts.head, value): value for value in added.values()}
    for key, mine in base.items():
        theirs = head.get(key)
        if theirs is None:
            yield _removed(contracts, mine, by_id, today)
        elif not _is_unchanged(contracts, mine, theirs):
            before, after = contracts.base.contract.operations[mine], contracts.head.contract.operations[theirs]
            couple = Couple(
                contracts,
                before,
                after,
                f"{after.method} {mine[0]}",
                today,
                items=(
                    tuple(path_items(contracts.base.content, mine[0])),
                    tuple(path_items(contracts.head.content, theirs[0])),
                ),
            )
            yield from compare_operation(couple)
            yield from _compare_callbacks(couple, parts)
            parts += couple.parts
    for path, method in added.values():
        pointer = contracts.head.contract.operations.pointers[path, method]
        yield Change(
            "operation-added",
            Level.COMPATIBLE,
            Site(f"{method.upper()} {path}"),
            "the operation was added",
            "",
            pointer,
        )


def _id_of(reviewed: ReviewedContract, key: _Key) -> Any:
    raw = at(reviewed.content, reviewed.contract.operations.pointers[key])
    return raw.get("operationId") if isinstance(raw, dict) else None


def _removed(contracts: Contracts, key: _Key, by_id: dict[Any, _Key], today: date) -> Change:
    path, method = key
    reviewed = contracts.base
    pointer = reviewed.contract.operations.pointers[key]
    raw = home_of(reviewed.content, at(reviewed.content, pointer), pointer)[0]
    name = f"{method.upper()} {path}"
    removal = removal_of(raw, f"The operation {name}", today)
    moved = by_id.get(raw.get("operationId")) if raw.get("operationId") else None
    sentence = f"the operation was moved to {moved[1].upper()} {moved[0]}" if moved else "the operation was removed"
    change = Change(
        "operation-removed",
        removal.level,
        Site(name),
        sentence,
        pointer,
        "",
        witness=removal.witness,
        note=removal.note,
    )
    unstable = is_unstable(raw)
    return unstable.capped(change) if unstable is not None else change


def _is_unchanged(contracts: Contracts, mine: _Key, theirs: _Key) -> bool:
    """Return whether an operation is written alike in both documents, with all that it refers to or inherits."""
    if mine[0] != theirs[0]:
        return False
    base, head = contracts.base, contracts.head
    for key in ("security",):
        if base.content.get(key) != head.content.get(key):
            return False
    schemes = ((one.content.get("components") or {}).get("securitySchemes") for one in (base, head))
    if next(schemes) != next(schemes):
        return False
    items = path_items(base.content, mine[0]), path_items(head.content, theirs[0])
    for one, other in zip(*items, strict=False):
        mine_raw, their_raw = at(base.content, one), at(head.content, other)
        if not contracts.is_unchanged(mine_raw.get("parameters"), their_raw.get("parameters")):
            return False
    pointers = base.contract.operations.pointers[mine], head.contract.operations.pointers[theirs]
    return len(items[0]) == len(items[1]) and contracts.is_unchanged(
        at(base.content, pointers[0]), at(head.content, pointers[1])
    )


def _client_side(  # noqa: PLR0913, PLR0917 (both sides)
    contracts: Contracts, pointers: tuple[str, str], method: str, name: str, today: date, parts: list[ContractPart]
) -> Iterator[Change]:
    """Compare an operation that the client implements."""
    operations = []
    items = []
    for reviewed, pointer in zip((contracts.base, contracts.head), pointers, strict=True):
        item = pointer.rpartition("/")[0]
        items.append((item,))
        schemas = reviewed.contract.schemas
        operations.append(compile_operation(schemas, "/", method, pointer, items=(item,)))
    couple = Couple(
        contracts, operations[0], operations[1], name, today, is_client_side=True, items=(items[0], items[1])
    )
    yield from compare_operation(couple)
    parts += couple.parts


def _path_items(content: dict[str, Any], pointer: str) -> dict[str, str]:
    """Return the operations of the path item at a pointer, by method."""
    try:
        homes = chain_of(content, pointer)
    except (BrokenReference, AttributeError):
        return {}
    found: dict[str, str] = {}
    for home in reversed(homes):
        value = at(content, home)
        if isinstance(value, dict):
            found |= {method: join(home, *steps) for method, steps in methods_of(value).items()}
    return found


def _compare_webhooks(contracts: Contracts, today: date, parts: list[ContractPart]) -> Iterator[Change]:
    names = [content.get("webhooks") or {} for content in (contracts.base.content, contracts.head.content)]
    yield from _compare_items(contracts, "webhook", ("/webhooks", "/webhooks"), (names[0], names[1]), today, parts)


def _compare_callbacks(couple: Couple, parts: list[ContractPart]) -> Iterator[Change]:
    if couple.is_client_side:
        return
    contents = couple.contracts.base.content, couple.contracts.head.content
    maps, homes = [], []
    for content, raw, operation in zip(contents, couple.raws, (couple.base, couple.head), strict=True):
        callbacks = raw.get("callbacks") or {}
        found = {}
        for name, value in callbacks.items():
            resolved, home = home_of(content, value, join(operation.pointer, "callbacks", name))
            for expression in resolved if isinstance(resolved, dict) else ():
                if not expression.startswith("x-"):
                    found[f"{name} {expression}"] = join(home, expression)
        maps.append(found)
        homes.append("")
    label = f"{couple.name} callback"
    yield from _compare_items(couple.contracts, label, ("", ""), (maps[0], maps[1]), couple.today, parts)


def _compare_items(  # noqa: PLR0913, PLR0917 (both sides)
    contracts: Contracts,
    label: str,
    roots: tuple[str, str],
    maps: tuple[dict[str, Any], dict[str, Any]],
    today: date,
    parts: list[ContractPart],
) -> Iterator[Change]:
    """Compare the path items that clients implement: webhooks, or callbacks by name and expression."""
    contents = contracts.base.content, contracts.head.content
    methods: list[dict[tuple[str, str], str]] = [{}, {}]
    for index in range(2):
        for name, value in maps[index].items():
            pointer = join(roots[index], name) if roots[index] else str(value)
            for method, place in _path_items(contents[index], pointer).items():
                methods[index][name, method] = place
    for (name, method), pointer in methods[0].items():
        title = f"{label} {name} {method.upper()}"
        there = methods[1].get((name, method))
        if there is None:
            removal = removal_of(at(contents[0], pointer), f"The {title}", today)
            yield Change(
                f"{label.rpartition(' ')[2]}-removed",
                removal.level,
                Site(title),
                "it is not sent any more",
                pointer,
                "",
                witness=removal.witness,
                note=removal.note,
            )
        elif not contracts.is_unchanged(at(contents[0], pointer), at(contents[1], there)):
            yield from _client_side(contracts, (pointer, there), method, title, today, parts)
    for (name, method), pointer in methods[1].items():
        if (name, method) not in methods[0]:
            kind = f"{label.rpartition(' ')[2]}-added"
            yield Change(kind, Level.COMPATIBLE, Site(f"{label} {name} {method.upper()}"), "it was added", "", pointer)


def _compare_servers(contracts: Contracts) -> Iterator[Change]:
    """Compare the servers of the documents: an address that is gone breaks its clients."""
    base, head = contracts.base.content.get("servers"), contracts.head.content.get("servers")
    if base == head:
        return
    before, after = _urls(base), _urls(head)
    if not before:
        return  # no address was promised
    gone = [url for url in before if url not in after]
    remain = [url for url in before if url in after]
    moved = contracts.base.contract.document.base_path != contracts.head.contract.document.base_path
    for url in gone:
        level = Level.DANGEROUS if remain or not after else Level.BREAKING
        note = "Other servers of the old contract remain." if remain else ""
        if not remain and moved and _whole_paths_match(contracts):
            level, note = Level.DANGEROUS, "The paths have taken over its base path."
        yield Change(
            "server-removed",
            level,
            Site("", "servers", url),
            f"the server {url} was removed",
            join("/servers", before[url]),
            "/servers" if after else "",
            witness=Witness("gone", f"The server {url} is gone."),
            note=note,
        )
    for url, index in after.items():
        if url not in before:
            pointer = join("/servers", index)
            yield Change(
                "server-added", Level.COMPATIBLE, Site("", "servers", url), f"the server {url} was added", "", pointer
            )


def _whole_paths_match(contracts: Contracts) -> bool:
    base, head = contracts.base.contract, contracts.head.contract
    return _keys(base, with_base=True).keys() <= _keys(head, with_base=True).keys()


def _urls(servers: Any) -> dict[str, int]:
    """Return the URLs of servers with their position; a trailing slash does not matter."""
    found: dict[str, int] = {}
    for index, server in enumerate(servers if isinstance(servers, list) else ()):
        if isinstance(server, dict) and isinstance(server.get("url"), str):
            found.setdefault(server["url"].rstrip("/") or "/", index)
    return {} if list(found) == ["/"] else found


_FLOW_URLS = ("authorizationUrl", "tokenUrl", "refreshUrl")


def _compare_schemes(contracts: Contracts) -> Iterator[Change]:
    """Compare where clients get their tokens; what they send is compared for each operation."""
    schemes = []
    for reviewed in (contracts.base, contracts.head):
        try:
            schemes.append(reviewed.contract.security_schemes)
        except BrokenReference:
            return
    for name in schemes[0].keys() & schemes[1].keys():
        before, after = (_urls_of_scheme(one[name]) for one in schemes)
        pointer = join("/components/securitySchemes", name)
        for place in sorted(before.keys() & after.keys()):
            if before[place] != after[place]:
                yield Change(
                    "token-address-changed",
                    Level.DANGEROUS,
                    Site("", "security scheme", f"{name} {place}"),
                    f"{place} is {after[place]} now (was {before[place]})",
                    pointer,
                    pointer,
                    witness=Witness("gone", f"The address {before[place]} is gone."),
                    note="Clients that have the address built in get no token.",
                )


def _urls_of_scheme(scheme: Any) -> dict[str, str]:
    """Return the addresses of a security scheme: those of its flows, by flow and member."""
    if not isinstance(scheme, dict):
        return {}
    flows = scheme.get("flows")
    found = {
        f"{flow} {member}": str(value[member])
        for flow, value in (flows.items() if isinstance(flows, dict) else ())
        for member in _FLOW_URLS
        if isinstance(value, dict) and member in value
    }
    if "openIdConnectUrl" in scheme:
        found["openIdConnectUrl"] = str(scheme["openIdConnectUrl"])
    return found


def _compare_info(contracts: Contracts) -> Iterator[Change]:
    base, head = contracts.base.content.get("info") or {}, contracts.head.content.get("info") or {}
    for keyword in dict.fromkeys((*base, *head)):
        if base.get(keyword) != head.get(keyword) and keyword != "version" and not keyword.startswith("x-"):
            pointer = join("/info", keyword)
            yield Change(
                "description-changed",
                Level.DOCS,
                Site("", "info", f"/{keyword}"),
                f"{keyword} has changed",
                pointer if keyword in base else "",
                pointer if keyword in head else "",
                subject=keyword,
            )
    before, after = (
        {str(tag.get("name")): tag for tag in content.get("tags") or () if isinstance(tag, dict)}
        for content in (contracts.base.content, contracts.head.content)
    )
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield Change(
                "tag-changed",
                Level.DOCS,
                Site("", "tags", name),
                f"the description of the tag {name} has changed",
                "/tags",
                "/tags",
                subject=name,
            )
