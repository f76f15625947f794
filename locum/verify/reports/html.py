"""Render one self-contained HTML file: a matrix of operations and statuses, findings, times, gaps, and drift."""

from __future__ import annotations

from html import escape
from math import ceil
from typing import TYPE_CHECKING

from locum.page_policy import style_hashes
from locum.verify.coverage.cells import sentence_of
from locum.verify.reports.html_causes import FILTERS_STYLE, anchor_of, causes_section, filters, filters_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.openapi.compile.operations import Operation
    from locum.verify.drift import Compared
    from locum.verify.reports.report import Results, VerifiedContract

__all__ = ["html"]

_MOST_MISSING = 500
_MOST_SLOW = 10

_STYLE = """
:root{color-scheme:light dark;--back:#f6f4ef;--card:#fffefb;--ink:#1c2126;--soft:#5b6570;--line:#e2ddd2;--mark:#0b6b5b;
--bad:#b3261e;--code:#f0ece3;--heat:11 107 91}
@media(prefers-color-scheme:dark){:root{--back:#12161a;--card:#1a2026;--ink:#e7eaed;--soft:#9aa5b1;--line:#2b333b;
--mark:#5ad1ba;--bad:#ff8f87;--code:#11161a;--heat:90 209 186}}
*{box-sizing:border-box}body{margin:0 auto;max-width:80rem;padding:2rem 1.2rem;background:var(--back);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:0 0 .6rem}
h3{font-size:1rem;margin:1.2rem 0 .4rem}p{margin:.3rem 0;color:var(--soft)}section{background:var(--card);
border:1px solid var(--line);border-radius:.9rem;padding:1.1rem 1.3rem;margin-top:1.2rem;overflow-x:auto}
table{border-collapse:collapse;width:100%}th{text-align:left;font-size:.8rem;color:var(--soft);padding:.25rem .5rem}
td{padding:.3rem .5rem;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
.cell{display:inline-block;min-width:3.2rem;text-align:center;margin:0 .2rem .2rem 0;padding:.05rem .4rem;
border-radius:.35rem;font-size:.82rem;border:1px dashed var(--line);color:var(--soft)}
.seen{border:1px solid transparent;color:var(--ink)}.wrong{outline:2px solid var(--bad)}
.good{color:var(--mark);font-weight:650}.bad{color:var(--bad);font-weight:650}
code,pre{font:.86em ui-monospace,monospace}
pre{background:var(--code);border-radius:.5rem;padding:.6rem .8rem;margin:.4rem 0;white-space:pre-wrap}
article{border-top:1px solid var(--line);padding:.7rem 0}details{margin-top:.7rem}
summary{cursor:pointer;color:var(--soft)}
"""
_SHADES = 10
_STYLE += "".join(
    f".heat{shade}{{background:rgb(var(--heat)/{0.15 + 0.45 * shade / _SHADES:.2f})}}\n"
    for shade in range(1, _SHADES + 1)
)


def _policy(style: str) -> str:
    """Return the policy of the page. It is in the page because a report is a file; all texts are escaped as well."""
    return f"default-src 'none'; {style_hashes(f'<style>{style}</style>')}; base-uri 'none'; form-action 'none'"


def html(results: Results) -> str:
    """Return the page. It loads no resources, has no scripts, and supports light and dark mode."""
    style = _STYLE + FILTERS_STYLE + filters_style(results)
    causes = [cause for verified in results.contracts for cause in verified.run.causes]
    new, known = (sum(bool(cause.known) is is_known for cause in causes) for is_known in (False, True))
    counts = [
        (new, "cause"),
        (known, "known cause"),
        (sum(len(verified.run.findings) for verified in results.contracts), "finding"),
        (sum(len(one.differences) for one in results.drift), "difference"),
    ]
    totals = [f"{count} {word}{'s' * (count != 1)}" for count, word in counts if count]
    kind = "good" if results.clean else "bad"
    verdict = f'<span class="{kind}">{", ".join(totals)}</span>' if totals else '<span class="good">clean</span>'
    title = "locum verify" if results.contracts else "locum drift"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">'
        '<meta name="referrer" content="no-referrer">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{style}</style></head><body><h1>{title}: {verdict}</h1>"
        + (filters(results) if causes else "")
        + "".join(_contract(verified, results) for verified in results.contracts)
        + (_drift(results.drift) if results.drift else "")
        + "</body></html>\n"
    )


def _contract(verified: VerifiedContract, results: Results) -> str:
    run, coverage = verified.run, verified.coverage
    where = escape(run.url) if run.url else "the mock"
    kinds = ", ".join(f"{kind} {seen} of {there}" for kind, (seen, there) in coverage.kinds().items())
    rows = "".join(_row(verified, operation) for operation in verified.asked)
    left_out = "".join(f"<p>Skipped: {escape(sentence)}.</p>" for sentence in run.skipped)
    return (
        f"<section><h2>{escape(verified.contract.document.title)}</h2>"
        f"<p>{escape(run.api)} against {where}: {run.exchanges} requests in {run.seconds:.1f} s, seed {run.seed}. "
        f"{coverage.percent():.1f} % of the contract was seen ({kinds}).</p>{left_out}"
        + causes_section(verified, results)
        + "<h3>Operations</h3><table><tr><th>operation</th><th>responses by status</th><th>causes</th></tr>"
        + f"{rows}</table>"
        + _slowest(verified)
        + _missing(verified)
        + "</section>"
    )


def _slowest(verified: VerifiedContract) -> str:
    rows = "".join(
        f"<tr><td><code>{operation.method} {escape(operation.path)}</code></td><td>{times.count}</td>"
        f"<td>{_milliseconds(times.median)}</td><td>{_milliseconds(times.nearly_all)}</td>"
        f"<td>{_milliseconds(times.most)}</td></tr>"
        for operation, times in verified.slowest[:_MOST_SLOW]
    )
    heads = "".join(f"<th>{name}</th>" for name in ("operation", "responses", "median", "95th percentile", "longest"))
    return f"<details><summary>Slowest operations</summary><table><tr>{heads}</tr>{rows}</table></details>"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _missing(verified: VerifiedContract) -> str:
    """Render the cells whose response came but was always wrong, and those that were never seen."""
    return _only_wrong(verified) + _never_seen(verified)


def _only_wrong(verified: VerifiedContract) -> str:
    found = list(verified.coverage.only_wrong())
    rows = "".join(
        f"<tr><td><code>{escape(label)}</code></td><td>{escape(cell.removeprefix('status '))}</td><td>{count}</td></tr>"
        for label, cell, count in found
    )
    title = f"{len(found)} declared responses came, wrong each time"
    return f"<details><summary>{title}</summary><table>{rows}</table></details>" if found else ""


def _never_seen(verified: VerifiedContract) -> str:
    missing = list(verified.coverage.missing())
    rows = "".join(
        f"<tr><td><code>{escape(label)}</code></td><td>{escape(sentence_of(cell))}</td></tr>"
        for label, cell in missing[:_MOST_MISSING]
    )
    more = f"<p>and {len(missing) - _MOST_MISSING} more</p>" if len(missing) > _MOST_MISSING else ""
    return f"<details><summary>{len(missing)} cells were never seen</summary><table>{rows}</table>{more}</details>"


def _drift(compared: Sequence[Compared]) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td><td>{found.step}</td>"
        f"<td><code>{escape(f'{found.method} {found.url}')}</code></td>"
        f"<td><code>{escape(found.difference.place)}</code></td><td>{escape(found.difference.sentence)}</td></tr>"
        for one in compared
        for found in one.differences
    )
    heads = "".join(f"<th>{name}</th>" for name in ("scenario", "step", "request", "place", "difference"))
    scenarios = ", ".join(f"{escape(one.name)} ({one.requests})" for one in compared)
    alike = '<p class="good">No differences between the mock and the server.</p>'
    return (
        f"<section><h2>Drift</h2><p>Scenarios and their numbers of requests: {scenarios}.</p>"
        + (f"<table><tr>{heads}</tr>{rows}</table>" if rows else alike)
        + "</section>"
    )


def _row(verified: VerifiedContract, operation: Operation) -> str:
    cells = verified.coverage.cells.get(f"{operation.method} {operation.path}", {})
    most = max((seen for cell, seen in cells.items() if cell.startswith("status ")), default=0) or 1
    came = verified.run.statuses.get(operation.operation_id, {})
    shown = []
    for status, response in operation.responses.items():
        seen = sum(n for cell, n in cells.items() if cell == f"status {status}" or cell.startswith(f"status {status} "))
        all_ = sum(n for one, n in came.items() if operation.declares(one) is response)
        shown.append(_cell(status, seen, all_, most))
    undeclared = [
        status
        for status in verified.run.statuses.get(operation.operation_id, {})
        if status and operation.declares(status) is None
    ]
    shown += [f'<span class="cell wrong" title="not declared">{status}</span>' for status in undeclared]
    label = f"{operation.method} {operation.path}"
    links = " ".join(
        f'<a class="bad" href="#{anchor_of(cause)}">{cause.code}</a>'
        for cause in verified.run.causes
        if label in cause.places
    )
    return (
        f"<tr><td><code>{operation.method} {escape(operation.path)}</code></td><td>{''.join(shown)}</td>"
        f"<td>{links or 'none'}</td></tr>"
    )


def _cell(status: str, seen: int, came: int, most: int) -> str:
    """Render a declared response with its number of valid occurrences. The background is darker for larger numbers."""
    heat = f" heat{ceil(_SHADES * seen / most)}" if seen else ""
    if came > seen == 0:
        title = f"came {came} times, wrong each time"
        return f'<span class="cell wrong" title="{title}">{escape(status)} · came, wrong</span>'
    if came > seen:
        title = f"{came} times, of which {came - seen} broke the contract"
        return f'<span class="cell wrong{heat}" title="{title}">{escape(status)} · {seen} of {came}</span>'
    return f'<span class="cell{" seen" if seen else ""}{heat}" title="{seen} times">{escape(status)} · {seen}</span>'
