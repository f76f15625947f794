"""Render causes in HTML: request, response with the offending place marked, contract excerpt, replay, and filters."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from locum.openapi.load.writing import as_yaml
from locum.openapi.pointers import BrokenReference, at, join, split
from locum.verify.causes.harm import HARMS
from locum.verify.reports.report import hiding
from locum.verify.scenarios.replay import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from locum.verify.causes.causes import Cause
    from locum.verify.exchanges import Finding, Shown
    from locum.verify.reports.report import Results, VerifiedContract

__all__ = ["FILTERS_STYLE", "anchor_of", "causes_section", "filters", "filters_style"]

_MOST_LINES = 60
_MOST_TEXT = 4000
_MOST_ITEMS = 3
_SHOWN_HEADERS = ("content-type", "location", "etag", "allow", "www-authenticate", "link", "x-total-count")

FILTERS_STYLE = """
.filters{display:flex;flex-wrap:wrap;gap:.6rem;margin-top:.8rem}.filters label{font-size:.8rem;color:var(--soft)}
.filters select{display:block;max-width:88vw;font:inherit;color:var(--ink);background:var(--card);
border:1px solid var(--line);border-radius:.4rem;padding:.25rem .4rem}
article{scroll-margin-top:1rem}article h3{margin:0;overflow-wrap:anywhere}.tags{font-size:.8rem;color:var(--soft)}
.tag{border:1px solid var(--line);border-radius:.35rem;padding:0 .35rem;white-space:nowrap}
.known{opacity:.65}.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:0 1rem}
.pair>div{min-width:0}h4{font-size:.8rem;margin:.6rem 0 0;color:var(--soft);font-weight:600}
mark{background:rgb(255 170 40/.45);color:inherit;border-radius:.2rem}pre{overflow-wrap:anywhere}
@media(max-width:30rem){body{padding:1rem .6rem}section{padding:.8rem .7rem}}
"""


def anchor_of(cause: Cause) -> str:
    """Return the anchor of a cause on the page."""
    return f"cause-{cause.fingerprint}"


def _options(results: Results) -> dict[str, dict[str, str]]:
    """Return the filters: for each its options, by class name."""
    causes = [cause for verified in results.contracts for cause in verified.run.causes]
    operations = sorted({place for cause in causes for place in cause.places})
    return {
        "operation": {f"o{number}": name for number, name in enumerate(operations)},
        "code": {code: f"{code} {rule}" for code, rule in sorted({(one.code, one.finding.rule) for one in causes})},
        "severity": {f"h{rank}": HARMS[rank] for rank in sorted({cause.harm for cause in causes})},
    }


def filters(results: Results) -> str:
    """Return the lists that filter the causes by operation, code and severity, without a script."""
    lists = []
    for name, options in _options(results).items():
        choices = "".join(f'<option value="{value}">{escape(text)}</option>' for value, text in options.items())
        lists.append(f'<label>{name}<select name="{name}"><option value="">all</option>{choices}</select></label>')
    return f'<div class="filters">{"".join(lists)}</div>' if lists else ""


def filters_style(results: Results) -> str:
    """Return the rules that hide the causes that a filter leaves out."""
    return "".join(
        f'body:has(option[value="{value}"]:checked) article:not(.{value}){{display:none}}\n'
        for options in _options(results).values()
        for value in options
    )


def causes_section(verified: VerifiedContract, results: Results) -> str:
    """Return the causes of a contract, one article each."""
    operations = {name: value for value, name in _options(results)["operation"].items()}
    hide = hiding(verified.contract, verified.run.base_url)
    return "".join(_article(cause, verified, operations, hide) for cause in verified.run.causes)


def _article(
    cause: Cause, verified: VerifiedContract, operations: dict[str, str], hide: Callable[[Shown], Shown]
) -> str:
    finding = cause.finding
    where = f"{finding.method} {finding.path}".strip() or finding.api
    names = [
        cause.code,
        f"h{cause.harm}",
        *(operations[place] for place in cause.places),
        *(["known"] if cause.known else []),
    ]
    known = f"<p>Known since {escape(cause.since)}: {escape(cause.known)}</p>" if cause.known else ""
    culprit = "cannot tell" if finding.culprit == "unclear" else f"the {finding.culprit}"
    tags = [HARMS[cause.harm], _counted(len(cause.findings), "finding"), _counted(cause.count, "time")]
    tags.append(f"likely cause: {culprit}")
    others = [place for place in cause.places if place != where]
    also = f"<p>Also: {', '.join(f'<code>{escape(one)}</code>' for one in others)}</p>" if others else ""
    because = f"<p>{escape(finding.because)}</p>" if finding.because else ""
    more = "".join(
        f"<li>{escape(f'{one.method} {one.path}')}: {escape(one.message)}</li>" for one in cause.findings[1:]
    )
    findings = f"<details><summary>{len(cause.findings)} findings</summary><ul>{more}</ul></details>" if more else ""
    return (
        f'<article id="{anchor_of(cause)}" class="{" ".join(names)}"><h3><span class="bad">{cause.code}</span> '
        f"{escape(finding.rule.replace('_', ' '))} · <code>{escape(where)}</code></h3>"
        f'<p class="tags">{" ".join(f"""<span class="tag">{escape(one)}</span>""" for one in tags)}</p>'
        f"<p><b>{escape(finding.message)}</b></p>{because}{known}{also}"
        f"{_exchange(finding, cause, hide)}{_excerpt(finding, verified)}{_replay(cause, verified)}{findings}</article>"
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _exchange(finding: Finding, cause: Cause, hide: Callable[[Shown], Shown]) -> str:
    """Return the request and the response, with the offending place marked."""
    if finding.shown is None:
        return ""
    shown = hide(finding.shown)
    lines = [f"{shown.method} {shown.url}"]
    lines += [
        f"{name}: {value}" for name, value in shown.headers.items() if name in {"content-type", "accept", "if-match"}
    ]
    body = _body(shown.body, ()) if shown.body else ""
    head = [f"HTTP {shown.status}" if shown.status else "no response"]
    for name in _SHOWN_HEADERS:
        if name in shown.response_headers:
            line = escape(f"{name}: {shown.response_headers[name]}")
            head.append(f"<mark>{line}</mark>" if name == finding.response_pointer.lower() else line)
    body = _body(shown.response_body, _offending(finding, cause)) if shown.response_body else ""
    return (
        '<div class="pair"><div><h4>request</h4><pre>'
        + "\n".join(map(escape, lines))
        + (f"\n\n{body}" if body else "")
        + "</pre></div><div><h4>response</h4><pre>"
        + "\n".join(head)
        + (f"\n\n{body}" if body else "")
        + "</pre></div></div>"
    )


def _offending(finding: Finding, cause: Cause) -> tuple[str, ...]:
    """Return the path to the offending place of the last response."""
    if finding.response_pointer.startswith("/"):
        return tuple(split(finding.response_pointer))
    expectation = cause.replay.expectation if cause.replay is not None else None
    if expectation is not None and expectation.kind in {"value", "same"}:
        return tuple(map(str, expectation.arguments["place"]))
    return ()


def _body(data: bytes, place: Sequence[str]) -> str:
    """Return a body as HTML: JSON with the place marked, and without the elements of long lists that are beside it."""
    value = as_json(data)
    if value is None:
        text = data[:_MOST_TEXT].decode("utf-8", "replace")
        return escape(text) + ("…" if len(data) > _MOST_TEXT else "")
    lines = "".join(_rendered(value, tuple(place), "")).split("\n")
    more = f"\n… {len(lines) - _MOST_LINES} more lines" if len(lines) > _MOST_LINES else ""
    shown = lines[:_MOST_LINES]
    text = "\n".join(shown)
    return text + ("</mark>" if text.count("<mark>") > text.count("</mark>") else "") + more


def _rendered(value: Any, place: tuple[str, ...] | None, indent: str) -> Iterator[str]:
    """Yield JSON as escaped text; `place` is the path to the value to mark, None if it is elsewhere."""
    if place == () and indent:
        yield "<mark>"
        yield from _rendered(value, None, indent)
        yield "</mark>"
        return
    if isinstance(value, dict) and value:
        yield "{\n"
        for number, (name, inner) in enumerate(value.items()):
            below = place[1:] if place and place[0] == name else None
            yield f"{indent}  {escape(json.dumps(name, ensure_ascii=False))}: "
            yield from _rendered(inner, below, indent + "  ")
            yield ",\n" if number < len(value) - 1 else "\n"
        yield indent + "}"
    elif isinstance(value, list) and value:
        index = int(place[0]) if place and place[0].isdigit() else None
        chosen = [number for number in range(len(value)) if number in (index, 0) or number < _MOST_ITEMS - 1]
        yield "[\n"
        for number in chosen:
            yield f"{indent}  "
            yield from _rendered(value[number], place[1:] if place and number == index else None, indent + "  ")
            yield ",\n" if number != len(value) - 1 else "\n"
        if len(chosen) < len(value):
            yield f"{indent}  … {len(value) - len(chosen)} more\n"
        yield indent + "]"
    else:
        yield escape(json.dumps(value, ensure_ascii=False))


def _excerpt(finding: Finding, verified: VerifiedContract) -> str:
    """Return the part of the contract that has the broken rule."""
    pointer = finding.contract_pointer
    if not pointer:
        return ""
    content = verified.contract.document.content
    try:
        found = at(content, pointer)
        if not isinstance(found, dict | list):
            pointer = join("", *split(pointer)[:-1])
            found = at(content, pointer)
    except BrokenReference:
        return ""
    lines = as_yaml(_shallow(found, 0), width=100).splitlines()
    more = "\n…" if len(lines) > _MOST_LINES // 2 else ""
    text = escape("\n".join(lines[: _MOST_LINES // 2])) + more
    return f"<details><summary>contract: <code>{escape(pointer)}</code></summary><pre>{text}</pre></details>"


def _shallow(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {str(name): _shallow(inner, depth + 1) for name, inner in value.items()} if depth < 5 else "…"  # noqa: PLR2004 (enough to see a rule)
    if isinstance(value, list):
        return [_shallow(item, depth + 1) for item in value]
    return value


def _replay(cause: Cause, verified: VerifiedContract) -> str:
    writing = verified.run.writing
    if cause.replay is None or writing is None:
        lines = cause.finding.extra.get("steps") or ([cause.finding.curl] if cause.finding.curl else [])
        title = "requests"
    else:
        lines = writing.commands(cause.replay)
        seen = "sent again, and it showed" if cause.replay.confirmed else "not seen again"
        title = f"replay: {_counted(len(cause.replay.steps), 'request')}, {seen}"
        lines = [f"URL={verified.run.base_url}", *lines]
    return f"<details><summary>{title}</summary><pre>{escape(chr(10).join(lines))}</pre></details>" if lines else ""
