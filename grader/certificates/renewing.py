"""Whose certificate ends soon."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from duecourse.language import _
from grader.certificates import register


@dataclass(frozen=True)
class Due:
    """A certificate that ends.

    Attributes:
        learner: the id.
        name: of the person, as on the certificate.
        number: of the certificate.
        expires: its last day.
        days: how many are left from today; less than 0 where it has ended.
    """

    learner: str
    name: str
    number: str
    expires: date
    days: int

    def __str__(self) -> str:
        """Return one line."""
        left = _("{days} days left").format(days=self.days)
        if self.days < 0:
            left = _("ended {days} days ago").format(days=-self.days)
        text = _("{expires}  {name} ({learner}), {number}: {left}")
        return text.format(**{**vars(self), "left": left})


def due(folder: Path, by: date, today: date) -> list[Due]:
    """Return the last certificates of learners that end by a day, the soonest first.

    Args:
        folder: the course's folder.
        by: the last day that counts.
        today: the day from which days are counted.

    Raises:
        DuecourseError: the register is damaged.
    """
    found = []
    for one in register.read(folder).latest().values():
        held = one.document.certificate
        if held.expires <= by:
            left = (held.expires - today).days
            found.append(Due(one.learner, held.name, held.number, held.expires, left))
    return sorted(found, key=lambda one: (one.expires, one.learner))


def as_csv(found: list[Due]) -> str:
    """Return the list for a spreadsheet; no text in it is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    head = (_("learner"), _("name"), _("number"), _("valid until"), _("days left"))
    writer.writerow(head)
    for one in found:
        row = (_harmless(one.learner), _harmless(one.name), one.number, one.expires, one.days)
        writer.writerow(row)
    return out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
