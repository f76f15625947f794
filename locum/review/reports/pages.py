"""Pages: a review as Markdown for a pull request, as HTML, and as a changelog."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from locum.page_policy import style_hashes
from locum.review.changes import Level
from locum.review.reports.text import heading_of, operations_of, shown_value, where_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from locum.review.changes import Change
    from locum.review.review import Review

__all__ = ["changelog", "html", "markdown"]

_MOST_SHOWN = 8
"""The breaking and dangerous changes that a comment shows at once; the others are folded away."""
_MOST_FOLDED = 100
_TITLES = {
    Level.BREAKING: "Breaking",
    Level.DANGEROUS: "Dangerous",
    Level.COMPATIBLE: "Compatible",
    Level.DOCS: "Documentation",
}


def markdown(review: Review) -> str:
    """Return a comment for a pull request: at most a screen, the rest folded away."""
    lines = [f"### API changes: {review.summary}", ""]
    severe = review.at_least(Level.DANGEROUS)
    shown, folded = severe[:_MOST_SHOWN], severe[_MOST_SHOWN:]
    if shown:
        lines += ["| level | where | what |", "|---|---|---|"]
        lines += [_row(change) for change in shown]
        lines.append("")
    if shown:
        lines += _folded(f"Examples ({len(shown)})", [line for change in shown for line in _example(change)])
    if folded:
        lines += _folded(f"{len(folded)} more", _listed(folded, with_level=True))
    for level in (Level.COMPATIBLE, Level.DOCS):
        changes = [change for change in review.changes if change.level is level and not change.accepted]
        if changes:
            lines += _folded(f"{_TITLES[level]} ({len(changes)})", _listed(changes))
    accepted = [change for change in review.changes if change.accepted]
    if accepted:
        lines += _folded(
            f"Accepted ({len(accepted)})",
            [f"- {_inline(heading_of(one))}: {_inline(one.accepted)}" for one in accepted],
        )
    for one in review.documents:
        if one.base is not None and one.head is not None and one.changes:
            lines.append(_inline(f"{one.title}: {one.bump.sentence}"))
    lines += [f"- {_inline(note)}" for note in review.notes]
    return "\n".join(lines).rstrip() + "\n"


def _row(change: Change) -> str:
    more = f" ({len(change.operations)} operations)" if len(change.operations) > 1 else ""
    what = change.sentence + (f" {change.witness.sentence}" if change.witness is not None else f". {change.note}")
    level = f"**{change.level.label}**" if change.level is Level.BREAKING else change.level.label
    return f"| {level} | {_cell(change.site.text + more)} | {_cell(what)} |"


def _example(change: Change) -> Iterator[str]:
    yield f"**{_inline(heading_of(change))}**"
    yield ""
    yield f"{_inline(where_of(change))}"
    if len(change.operations) > 1:
        yield f"Concerns {_inline(operations_of(change))}."
    if change.witness is not None:
        yield _inline(change.witness.sentence)
        code = change.witness.curl or (shown_value(change.witness) if change.witness.has_value else "")
        if code:
            fence = "`" * max(3, max(map(len, re.findall("`+", code)), default=0) + 1)
            yield from (fence + ("sh" if change.witness.curl else "json"), code, fence)
    if change.note:
        yield _inline(change.note)
    yield from (f"Consumer {_inline(consumer)}" for consumer in change.consumers)
    yield ""


def _folded(title: str, lines: list[str]) -> list[str]:
    return ["<details>", f"<summary>{escape(title)}</summary>", "", *lines, "", "</details>", ""]


def _listed(changes: Sequence[Change], *, with_level: bool = False) -> list[str]:
    lines = [
        f"- {f'{change.level.label}: ' * with_level}{_inline(heading_of(change))}" for change in changes[:_MOST_FOLDED]
    ]
    more = len(changes) - len(lines)
    return [*lines, f"- and {more} more"] if more else lines


def _inline(text: str) -> str:
    """Escape what Markdown and HTML would read as markup, mentions of people included."""
    flat = " ".join(text.split())
    return re.sub(r"([\\*_#\[\]<>|~@])", r"\\\1", flat).replace("\\@", "@\u200b").replace("\\<", "&lt;")


def _cell(text: str) -> str:
    return _inline(text)


_STYLE = """
:root{color-scheme:light dark;--back:#f6f4ef;--card:#fffefb;--ink:#1c2126;--soft:#5b6570;--line:#e2ddd2;--bad:#b3261e;
--warn:#8a5a00;--good:#0b6b5b;--code:#f0ece3}
@media(prefers-color-scheme:dark){:root{--back:#12161a;--card:#1a2026;--ink:#e7eaed;--soft:#9aa5b1;--line:#2b333b;
--bad:#ff8f87;--warn:#f0b64a;--good:#5ad1ba;--code:#11161a}}
*{box-sizing:border-box}body{margin:0 auto;max-width:70rem;padding:2rem 1.2rem;background:var(--back);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:1.6rem 0 .4rem}
p{margin:.3rem 0;color:var(--soft);overflow-wrap:anywhere}article{background:var(--card);border:1px solid var(--line);
border-left:.3rem solid var(--line);border-radius:.5rem;padding:.7rem 1rem;margin:.6rem 0}
.breaking{border-left-color:var(--bad)}.dangerous{border-left-color:var(--warn)}.compatible{border-left-color:var(--good)}
h3{font-size:1rem;margin:0;overflow-wrap:anywhere}pre{background:var(--code);border-radius:.5rem;padding:.6rem .8rem;
margin:.4rem 0;white-space:pre-wrap;overflow-wrap:anywhere;font:.86em ui-monospace,monospace}
"""
_POLICY = f"default-src 'none'; {style_hashes(f'<style>{_STYLE}</style>')}; base-uri 'none'; form-action 'none'"


def html(review: Review) -> str:
    """Return a page that loads nothing and has no scripts. All texts of the documents are escaped."""
    sections = []
    for level in sorted(Level, reverse=True):
        changes = [change for change in review.changes if change.level is level]
        if changes:
            sections.append(f"<h2>{_TITLES[level]} ({len(changes)})</h2>" + "".join(map(_article, changes)))
    bumps = "".join(
        f"<p>{escape(f'{one.title}: {one.bump.sentence}')}</p>"
        for one in review.documents
        if one.base is not None and one.head is not None and one.changes
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in review.notes)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="referrer" content="no-referrer">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>locum diff</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(review.summary)}</h1>"
        f"<p>{escape(review.base)} &rarr; {escape(review.head)}</p>{bumps}{notes}{''.join(sections)}</body></html>\n"
    )


def _article(change: Change) -> str:
    parts = [f"<h3>{escape(heading_of(change))}</h3>", f"<p>{escape(where_of(change))}</p>"]
    if len(change.operations) > 1:
        parts.append(f"<p>Concerns {escape(operations_of(change))}.</p>")
    if change.witness is not None:
        parts.append(f"<p>{escape(change.witness.sentence)}</p>")
        code = change.witness.curl or (shown_value(change.witness) if change.witness.has_value else "")
        parts += [f"<pre>{escape(code)}</pre>"] if code else []
    parts += [
        f"<p>{escape(line)}</p>" for line in (change.note, *(f"consumer {one}" for one in change.consumers)) if line
    ]
    if change.accepted:
        parts.append(f"<p>Accepted: {escape(change.accepted)}</p>")
    parts.append(f"<p>{escape(change.kind)} {change.fingerprint}</p>")
    return f'<article class="{change.level.label}">{"".join(parts)}</article>'


_SECTIONS = (
    ("Added", re.compile(r"-added\Z|-allowed\Z")),
    ("Deprecated", re.compile(r"\Adeprecated\Z|\Asunset-")),
    ("Removed", re.compile(r"-removed\Z")),
    ("Security", re.compile(r"\A(?:security|scope)-")),
    ("Changed", re.compile("")),
)
_ORDER = ("Added", "Changed", "Deprecated", "Removed", "Security")


def changelog(review: Review) -> str:
    """Return the changes as a section of a changelog in the form of Keep a Changelog 1.1."""
    lines = []
    for one in review.documents:
        version = one.head.document.version if one.head is not None else ""
        changed = one.base is not None and one.head is not None and one.base.document.version != version
        name = version if changed and version else "Unreleased"
        title = f" {one.title}" if len(review.documents) > 1 else ""
        lines += [f"## [{_inline(name)}]{_inline(title)}", ""]
        by_section: dict[str, list[Change]] = {}
        for change in one.changes:
            if change.level > Level.DOCS:
                by_section.setdefault(_section(change), []).append(change)
        for section in _ORDER:
            if section in by_section:
                lines += [f"### {section}", ""]
                lines += [_entry(change) for change in by_section[section]]
                lines.append("")
        if not by_section:
            lines += ["No changes for clients.", ""]
    return "\n".join(lines).rstrip() + "\n"


def _section(change: Change) -> str:
    if change.kind.startswith(("security-", "scope-")):
        return "Security"
    if change.kind.startswith("rule-"):
        return "Changed"
    return next(name for name, kinds in _SECTIONS if kinds.search(change.kind))


def _entry(change: Change) -> str:
    mark = "**Breaking:** " if change.level is Level.BREAKING else ""
    concerned = (
        f" (concerns {_inline(operations_of(change))})" if change.operations and not change.site.operation else ""
    )
    return f"- {mark}{_inline(heading_of(change))}{concerned}"
