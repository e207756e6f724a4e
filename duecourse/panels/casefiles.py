"""A case as readable HTML: its timeline, facts, people, papers, tables and conversations."""

import html
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

import mistune
from babel.dates import format_date

from duecourse.cases.case import Case, Document, Event, Table, Transcript
from duecourse.cases.files import CaseFile
from duecourse.language import _, current, pick, tag
from duecourse.markup import html_table

_LOCALES: Final = {"en": "en_GB", "zh": "zh_CN"}
_QUIET: Final = "color:var(--jp-ui-font-color2,#57606a)"
_PAPER: Final = (
    "border:1px solid var(--jp-border-color2,#d0d7de);border-radius:6px;padding:.4em 1.2em;"
    "margin:.4em 0;max-width:46em"
)


def day(moment: date | datetime) -> str:
    """Return a day, and the hour if there is one, as people write it in the current language."""
    shown = format_date(moment, "medium", locale=_LOCALES[current()])
    return f"{shown} {moment:%H:%M}" if isinstance(moment, datetime) else shown


def head_html(case: Case) -> str:
    """Return the title of a case and what it is about."""
    title, summary = html.escape(pick(case.title)), html.escape(pick(case.summary))
    about = " · ".join(
        (pick(case.product), _("about {minutes} minutes to read").format(minutes=case.minutes))
    )
    return (
        f'<div lang="{tag()}" style="line-height:1.6;max-width:46em"><h3 style="margin:.2em 0">'
        f'{title}</h3><p style="{_QUIET};margin:.2em 0">{html.escape(about)}</p>'
        f"<p>{summary}</p></div>"
    )


def timeline_html(case: Case) -> str:
    """Return what happened, day by day."""
    return _list(_event(case, event) for event in case.timeline)


def _event(case: Case, event: Event) -> str:
    who = ", ".join(pick(case.person(name).name) for name in event.who)
    people = f'<span style="{_QUIET}"> · {html.escape(who)}</span>' if who else ""
    return (
        f'<li style="margin:.5em 0"><time datetime="{event.at.isoformat()}" '
        f'style="font-weight:600">{html.escape(day(event.at))}</time>{people}<br>'
        f"{html.escape(pick(event.text))}</li>"
    )


def _list(items: Iterable[str]) -> str:
    look = (
        "line-height:1.6;list-style:none;margin:0;padding:0 0 0 1em;"
        "border-left:3px solid var(--jp-border-color2,#d0d7de)"
    )
    return f'<ol lang="{tag()}" style="{look}">{"".join(items)}</ol>'


def facts_html(case: Case) -> str:
    """Return the figures and the people of a case as two tables."""
    facts = [(pick(fact.name), _value(fact.value, fact.unit)) for fact in case.facts]
    people = [
        (pick(person.name), pick(person.about) if person.about else "") for person in case.people
    ]
    parts = html_table(facts, caption=_("Facts")) if facts else ""
    return f'<div lang="{tag()}" style="line-height:1.6">{parts}{_people(people)}</div>'


def _people(rows: list[tuple[str, str]]) -> str:
    lines = "".join(
        f"<dt style='font-weight:600'>{html.escape(name)}</dt>"
        f"<dd style='margin:0 0 .5em 1em'>{html.escape(about)}</dd>"
        for name, about in rows
    )
    return f"<p style='font-weight:600;margin:.8em 0 .2em'>{_('People')}</p><dl>{lines}</dl>"


def _value(value: Any, unit: Any) -> str:
    if isinstance(value, dict):
        shown = pick(value)
    elif isinstance(value, date):
        shown = day(value)
    elif isinstance(value, int | float):
        shown = f"{value:,}"
    else:
        shown = str(value)
    return f"{shown} {pick(unit)}" if unit else shown


def document_html(document: Document) -> str:
    """Return a paper of the file; its Markdown becomes HTML, and HTML in it is shown as text."""
    lines = [
        (_("From"), document.sender),
        (_("To"), document.receiver),
    ]
    head = "".join(
        f"<div>{name}: {html.escape(pick(text))}</div>" for name, text in lines if text is not None
    )
    body = _MARKDOWN(pick(document.text))
    return (
        f'<article lang="{tag()}" style="{_PAPER};line-height:1.6">'
        f'<h4 style="margin:.4em 0">{html.escape(pick(document.title))}</h4>'
        f'<div style="{_QUIET}">{html.escape(day(document.at))}{head}</div>{body}</article>'
    )


_MARKDOWN: Final = mistune.create_markdown(escape=True, plugins=["table"])


def transcript_html(case: Case, transcript: Transcript) -> str:
    """Return a conversation as it was written down, turn by turn."""
    lines = "".join(
        f'<p style="margin:.5em 0"><b>{html.escape(pick(case.person(turn.who).name))}</b> '
        f'<span style="{_QUIET}">{turn.id}</span><br>{html.escape(pick(turn.text))}</p>'
        for turn in transcript.turns
    )
    return (
        f'<article lang="{tag()}" style="{_PAPER};line-height:1.6">'
        f'<h4 style="margin:.4em 0">{html.escape(pick(transcript.title))}</h4>'
        f'<div style="{_QUIET}">{html.escape(day(transcript.at))}</div>{lines}</article>'
    )


def table_html(case: CaseFile, table: Table, most: int = 60) -> str:
    """Return an attached table, or its first `most` rows, with what its columns mean."""
    rows = case.rows(table.id)
    names = list(table.columns)
    lines = [tuple(row[name] for name in names) for row in rows[:most]]
    meant = "".join(
        f"<li><code>{html.escape(name)}</code>: {html.escape(pick(column.name))}"
        + (f" ({html.escape(pick(column.unit))})" if column.unit else "")
        + "</li>"
        for name, column in table.columns.items()
    )
    note = ""
    if len(rows) > most:
        text = _("The first {most} of {count} rows; all of them: case.table({name!r})")
        note = f"<p>{html.escape(text.format(most=most, count=len(rows), name=table.id))}</p>"
    shown = html_table(lines, tuple(names), pick(table.title))
    return (
        f'<div lang="{tag()}" style="line-height:1.5;overflow-x:auto">{shown}{note}'
        f'<ul style="{_QUIET}">{meant}</ul></div>'
    )


def whole_html(case: CaseFile) -> str:
    """Return everything in the file as one text, for pages without a kernel and for print."""
    told = case.case
    parts = [head_html(told), timeline_html(told), facts_html(told)]
    parts += [document_html(document) for document in told.documents]
    parts += [table_html(case, table) for table in told.tables]
    parts += [transcript_html(told, transcript) for transcript in told.transcripts]
    return "".join(parts)
