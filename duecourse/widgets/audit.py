"""An audited contact log to look into: by rule, agent, party, severity and period."""

from typing import Any

import ipywidgets as widgets
from pandas import DataFrame

from duecourse.audits import ALL, AuditBook, AuditFilter, AuditView
from duecourse.language import _, current, speaking, tag
from duecourse.panels.audits import (
    counts_html,
    examples_html,
    rule_title,
    untested_html,
    week_html,
)
from duecourse.rules.auditing import Findings
from duecourse.rules.columns import word
from duecourse.rules.names import severity_name
from duecourse.widgets.explorer import Explorer
from duecourse.widgets.looks import dressed, look


class AuditBoard(Explorer):
    """Filters over what an audit of a contact log found.

    The log is audited once, when the board is made. `board.view()` holds the numbers shown now,
    `board.findings` all findings. Running the cell again starts anew.

    Args:
        log: one row a contact, as `rules.audit` takes it.
        jurisdiction: CN, US or UK.
        more: anything else that `rules.audit` takes, such as `accounts`.
    """

    def __init__(self, log: DataFrame, jurisdiction: str = "CN", **more: Any) -> None:
        self.book = AuditBook(log, jurisdiction, **more)
        book = self.book
        self.rule = _choice(_("Rule"), [(rule_title(one), one) for one in sorted(book.rules)])
        self.agent = _choice(_("Agent"), [(one, one) for one in sorted(book.agents)])
        self.party = _choice(_("Party"), [(word("party", one), one) for one in book.parties])
        weights: list[tuple[str, str]] = [(severity_name(one), one) for one in book.severities]
        self.severity = _choice(_("Severity"), weights)
        standings = [
            (_("provisional rules alone"), "provisional"),
            (_("verified rules alone"), "verified"),
        ]
        self.standing = _choice(_("Standing of the rule"), standings)
        days = book.days or ["–"]
        self.first = widgets.SelectionSlider(options=days, description=_("First day"))
        self.last = widgets.SelectionSlider(options=days, value=days[-1], description=_("Last day"))
        self._title, self._counts = widgets.HTML(), widgets.HTML()
        self._week, self._examples = widgets.HTML(), widgets.HTML()
        self._untested = widgets.HTML(
            untested_html(self.findings.not_tested, self.findings.assumed, self.findings.notes)
        )
        controls = [self.rule, self.agent, self.party, self.severity, self.standing]
        for control in (*controls, self.first, self.last):
            control.observe(self._show, "value")
        fields = widgets.VBox([*controls, self.first, self.last])
        fields.add_class("dc-fields")
        shown = [self._counts, self._week, self._examples, self._untested]
        super().__init__([look(), self._title, fields, *shown])
        dressed(self, "audit")
        self._show()

    @property
    def findings(self) -> Findings:
        """Everything that the audit found, with what it could not test."""
        return self.book.findings

    @property
    def filter(self) -> AuditFilter:
        """What is looked at now."""
        first, last = self.first.value, self.last.value
        whole = not self.book.days
        return AuditFilter(
            rule=self.rule.value,
            agent=self.agent.value,
            party=self.party.value,
            severity=self.severity.value,
            standing=self.standing.value,
            first="" if whole else min(first, last),
            last="" if whole else max(first, last),
        )

    def view(self) -> AuditView:
        """Return the numbers that are shown now."""
        return self.book.view(self.filter)

    def _show(self, _change: object = None) -> None:
        view = self.view()
        # the language is looked up once, not for each hour of the week
        with speaking(current()):
            self._title.value = f'<h3 lang="{tag()}" role="status">{view.title}</h3>'
            self._counts.value = counts_html(view)
            self._week.value = week_html(view.contacts_by_hour, view.findings_by_hour)
            self._examples.value = examples_html(view.examples, view.found)

    def still(self) -> str:
        """Return what is shown now, as HTML."""
        parts = (self._title, self._counts, self._examples, self._untested)
        return "".join(one.value for one in parts)


def _choice(title: str, options: list[tuple[str, str]]) -> Any:
    return widgets.Dropdown(
        description=title, options=[(_("all"), ALL), *options], disabled=not options
    )
