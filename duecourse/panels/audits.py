"""Findings of an audit as readable HTML: counts, rates, a heat map of the week, and examples."""

import html
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from pandas import DataFrame

from duecourse.audits import AuditView, Counts, per_thousand
from duecourse.language import _, tag
from duecourse.panels.contacts import weekdays
from duecourse.rules.book import rule
from duecourse.rules.names import severity_name

MOST: Final = 12
"""Bars that are drawn; the rest is told as a number."""
_LEFT, _TOP, _CELL, _ROW = 46, 22, 24, 26


def rule_title(name: str) -> str:
    """Return a rule's id and title."""
    return f"{name} {rule(name).name}"


def bars_html(
    title: str, names: Sequence[str], values: Sequence[float], shown: Sequence[str], note: str = ""
) -> str:
    """Return a table whose numbers are drawn as bars beside them.

    Args:
        title: what is counted.
        names: one for each bar.
        values: the length of each bar.
        shown: the number of each as it is read.
        note: what else there is to know.
    """
    reach = max(values, default=0) or 1
    rows = "".join(
        f'<tr><th scope="row">{_esc(name)}</th><td class="dc-number">{_esc(text)}</td>'
        f'<td class="dc-track" aria-hidden="true"><div style="width:{100 * value / reach:.1f}%">'
        "</div></td></tr>"
        for name, value, text in zip(names[:MOST], values, shown, strict=False)
    )
    more = len(names) - MOST
    said = [note] if note else []
    if more > 0:
        said.append(_("{count} more with fewer are not drawn.").format(count=more))
    empty = f"<p>{_esc(_('No findings.'))}</p>" if not names else ""
    below = "".join(f'<p class="dc-soft">{_esc(line)}</p>' for line in said)
    return (
        f'<div lang="{tag()}"><table class="dc-bars"><caption>{_esc(title)}</caption>{rows}</table>'
        f"{empty}{below}</div>"
    )


def counts_html(view: AuditView) -> str:
    """Return the counts by rule and the rates by agent."""
    rules = bars_html(
        _("Findings by rule"),
        [rule_title(str(name)) for name in view.by_rule.index],
        view.by_rule.tolist(),
        [f"{count:,}" for count in view.by_rule],
    )
    agents = view.by_agent
    note = _("In brackets: findings of contacts. A rate from few contacts says little.")
    rates = bars_html(
        _("Findings per 1,000 contacts, by agent"),
        [str(name) for name in agents.index],
        agents["rate"].tolist(),
        [
            f"{per_thousand(rate)} ({findings:,} / {contacts:,})"
            for rate, findings, contacts in zip(
                *(agents[name].tolist() for name in ("rate", "findings", "contacts")),
                strict=True,
            )
        ],
        note if len(agents) else _("The log names no agents."),
    )
    return f'<div class="dc-pair">{rules}{rates}</div>'


def week_html(contacts: Counts, findings: Counts) -> str:
    """Return the hours of a week: how many contacts (shade) and findings (number) there were.

    Args:
        contacts: 7 x 24, from Monday and midnight on.
        findings: the same.
    """
    most = int(contacts.max(initial=0)) or 1
    marks = [
        f'<text x="{_LEFT + (hour + 0.5) * _CELL}" y="14" text-anchor="middle">{hour}</text>'
        for hour in range(0, 24, 2)
    ]
    for day, name in enumerate(weekdays()):
        y = _TOP + day * _ROW
        marks.append(f'<text x="{_LEFT - 6}" y="{y + 17}" text-anchor="end">{_esc(name)}</text>')
        for hour in range(24):
            x, there, found = (
                _LEFT + hour * _CELL,
                int(contacts[day, hour]),
                int(findings[day, hour]),
            )
            share = 0.0 if not there else 0.08 + 0.5 * there / most
            about = _("{day} {hour}: {contacts} contacts, {findings} findings").format(
                day=name, hour=f"{hour:02}:00", contacts=f"{there:,}", findings=f"{found:,}"
            )
            marks.append(
                f'<rect class="dc-cell" x="{x}" y="{y}" width="{_CELL - 2}" height="{_ROW - 2}" '
                f'style="--share:{share:.2f}"><title>{_esc(about)}</title></rect>'
            )
            if found:
                marks.append(
                    f'<text class="dc-found" x="{x + _CELL / 2 - 1}" y="{y + 16}" '
                    f'text-anchor="middle">{_short(found)}</text>'
                )
    day, hour = (int(one) for one in np.unravel_index(int(findings.argmax()), findings.shape))
    title = _("No findings.")
    if findings.any():
        title = _("Most findings: {day} {hour}, {findings} in {contacts} contacts").format(
            day=weekdays()[day],
            hour=f"{hour:02}:00",
            findings=f"{int(findings[day, hour]):,}",
            contacts=f"{int(contacts[day, hour]):,}",
        )
    note = _("The darker, the more contacts; the number is how many findings there are.")
    return (
        f'<figure lang="{tag()}"><figcaption>{_esc(title)}</figcaption><svg viewBox="0 0 '
        f'{_LEFT + 24 * _CELL} {_TOP + 7 * _ROW}" role="img" aria-label="{_esc(title)}">'
        f'{"".join(marks)}</svg><p class="dc-soft">{_esc(note)}</p></figure>'
    )


def _short(count: int) -> str:
    return f"{count / 1000:.0f}k" if count >= 1000 else str(count)


def examples_html(rows: DataFrame, found: int) -> str:
    """Return findings with their reasons.

    Args:
        rows: some of them, as `rules.audit` gives them.
        found: how many there are in all.
    """
    if not found:
        return ""
    names = (_("Event"), _("When"), _("Agent"), _("Rule"), _("Why"), _("Severity"))
    head = "".join(f'<th scope="col">{_esc(name)}</th>' for name in names)
    lines = "".join(_example(row) for row in rows.to_dict("records"))
    caption = _("{shown} of {count} findings").format(shown=len(rows), count=f"{found:,}")
    return (
        f'<div lang="{tag()}" class="dc-wide" role="region" tabindex="0" aria-label="{_esc(caption)}">'
        f'<table class="dc-examples"><caption>{_esc(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _example(row: Mapping[Hashable, Any]) -> str:
    weight = severity_name(row["severity"])
    if row["provisional"]:
        weight = _("{severity}, provisional").format(severity=weight)
    cells = (
        str(row["event_id"]),
        f"{row['at']:%Y-%m-%d %H:%M}",
        "–" if row["agent"] is None else str(row["agent"]),
        rule_title(str(row["rule"])),
        str(row["why"]),
        weight,
    )
    first, *others = (_esc(text) for text in cells)
    rest = "".join(f"<td>{text}</td>" for text in others)
    return f'<tr><th scope="row">{first}</th>{rest}</tr>'


def untested_html(not_tested: DataFrame, assumed: DataFrame, notes: Sequence[str]) -> str:
    """Return what an audit could not say: tests without their columns, and what it took for granted."""
    missing = "".join(
        f"<li><strong>{_esc(rule_title(str(row.rule)))}</strong> · "
        f"{_esc(_('{count} events').format(count=f'{row.events:,}'))}: {_esc(row.why)}</li>"
        for row in not_tested.itertuples()
    )
    granted = "".join(
        f"<li>{_esc(row.rule)}: {_esc(row.column)} = {_esc(row.value)}</li>"
        for row in assumed.itertuples()
    )
    parts = [f'<p class="dc-notice">{_esc(note)}</p>' for note in notes]
    if missing:
        text = _("Not tested, or not for all events ({count}): no finding here means nothing")
        parts.append(_folded(text.format(count=len(not_tested)), missing))
    if granted:
        text = _("Taken for granted, since the log has no such column ({count})")
        parts.append(_folded(text.format(count=len(assumed)), granted))
    return f'<div lang="{tag()}">{"".join(parts)}</div>'


def _folded(title: str, items: str) -> str:
    return f"<details><summary>{_esc(title)}</summary><ul>{items}</ul></details>"


def _esc(text: object) -> str:
    return html.escape(str(text))
