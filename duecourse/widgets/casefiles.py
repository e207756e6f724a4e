"""A case file to read: the timeline on one side, facts, papers, tables and conversations beside it."""

from collections.abc import Callable
from functools import partial

import ipywidgets as widgets

from duecourse.cases.files import CaseFile, find
from duecourse.language import _, pick
from duecourse.panels.casefiles import (
    document_html,
    facts_html,
    head_html,
    table_html,
    timeline_html,
    transcript_html,
    whole_html,
)
from duecourse.widgets.explorer import Explorer
from duecourse.widgets.looks import dressed, look


class CaseViewer(Explorer):
    """The file of a case: what happened on the left, and on the right whatever paper is chosen.

    `viewer.paper.value = "documents.budget"` chooses from code.

    Args:
        case: the name of the case's folder, or the case itself.

    Raises:
        DuecourseError: there is no such case.
    """

    def __init__(self, case: str | CaseFile) -> None:
        self.case = find(case) if isinstance(case, str) else case
        self._pages = _pages(self.case)
        self.paper = widgets.Select(
            options=[(title, name) for name, (title, _page) in self._pages.items()],
            rows=min(12, len(self._pages)),
            description=_("Papers of the file"),
        )
        self.page = widgets.HTML()
        told = self.case.case
        heading = widgets.HTML(f"<h4>{_('What happened')}</h4>")
        course = widgets.HTML(timeline_html(told))
        papers = widgets.VBox([self.paper])
        papers.add_class("dc-fields")
        sides = widgets.HBox([widgets.VBox([heading, course]), widgets.VBox([papers, self.page])])
        sides.add_class("dc-sides")
        self.paper.observe(lambda _change: self._show(), "value")
        super().__init__([look(), widgets.HTML(head_html(told)), sides])
        dressed(self, "viewer")
        self._show()

    def _show(self) -> None:
        self.page.value = self._pages[self.paper.value][1]()

    def still(self) -> str:
        """Return the whole file as HTML."""
        return whole_html(self.case)


def _pages(case: CaseFile) -> dict[str, tuple[str, Callable[[], str]]]:
    """Return title and page of everything that can be read beside the timeline."""
    told = case.case
    pages: dict[str, tuple[str, Callable[[], str]]] = {
        "facts": (_("Facts and people"), partial(facts_html, told))
    }
    for paper in told.documents:
        pages[f"documents.{paper.id}"] = (
            pick(paper.title),
            partial(document_html, paper),
        )
    for table in told.tables:
        title = _("Table: {title}").format(title=pick(table.title))
        pages[f"tables.{table.id}"] = (title, partial(table_html, case, table))
    for talk in told.transcripts:
        title = _("Conversation: {title}").format(title=pick(talk.title))
        pages[f"transcripts.{talk.id}"] = (title, partial(transcript_html, told, talk))
    return pages
