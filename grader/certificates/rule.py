"""The rule of a certificate: what has to be earned, and how long it holds. It is data: `rule.yaml`."""

from calendar import monthrange
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import Text

OWN: Final = "certificate.yaml"
"""File of a course that says its own rule."""
DEFAULT: Final = Path(__file__).with_suffix(".yaml")


class Rule(BaseModel):
    """What a certificate is earned by.

    Attributes:
        programme: what was trained, in both languages.
        issuer: who answers for it, in both languages.
        share: of all points together, in [0, 1].
        critical_topic: tasks with this topic have to be wholly right.
        months: how long a certificate holds.
        fresh_months: how old the work may be, from its handing in.
        renew_days: how early a certificate in force may be renewed.
        assignments: which have to be done; all released ones if empty.
        without_points: whose critical items count, and points do not.
        left_out: which do not count at all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    programme: Text
    issuer: Text
    share: Annotated[float, Field(ge=0, le=1)]
    critical_topic: str
    months: Annotated[int, Field(gt=0, le=120)]
    fresh_months: Annotated[int, Field(gt=0, le=120)]
    renew_days: Annotated[int, Field(ge=0)]
    assignments: list[str] = []
    without_points: list[str] = []
    left_out: list[str] = []

    def last_day(self, issued: date) -> date:
        """Return the last day of a certificate's validity: a year from 1 March ends on 28 February."""
        return _later(issued, self.months) - timedelta(days=1)

    def oldest(self, on: date) -> date:
        """Return the first day on which work may have been handed in to count on a day."""
        return _later(on, -self.fresh_months)


def rule_of(folder: Path) -> Rule:
    """Return the rule of a course: its own, or the kit's.

    Args:
        folder: the course's folder.

    Raises:
        DuecourseError: the course's own rule is no rule; the message says where.
    """
    own = folder / OWN
    file = own if own.is_file() else DEFAULT
    try:
        return Rule.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "-"
        text = _("{file}, at {place}: {problem}. Compare it with {model}.")
        raise DuecourseError(
            text.format(file=file, place=place, problem=first["msg"], model=DEFAULT)
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        text = _("{file} cannot be read: {problem}")
        raise DuecourseError(
            text.format(file=file, problem=" ".join(str(error).split()))
        ) from error


def _later(day: date, months: int) -> date:
    """Return the same day of another month, or that month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
