"""The code book: what a turn of a conversation can be labelled with, and what it means."""

from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from duecourse.cases.scripts import Part
from duecourse.coding import VIOLATION
from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.tasks import Text, did_you_mean

_FILE: Final = Path(__file__).parent / "codebook.yaml"
SKILL: Final = "skill:"


class Code(Part):
    """A label, by name, and when it is given."""

    name: Text
    about: Text


@lru_cache(maxsize=1)
def codebook() -> dict[str, Code]:
    """Return all labels besides violations, by code."""
    data = yaml.safe_load(_FILE.read_text("utf-8"))
    return {code: Code.model_validate(one) for code, one in data.items()}


def name_of(code: str) -> str:
    """Return what a label is called, in the current language.

    Raises:
        DuecourseError: there is no such label or no such rule.
    """
    if code.startswith(VIOLATION):
        from duecourse.rules.book import rule

        name = code.removeprefix(VIOLATION)
        return _("breaks {rule}: {title}").format(rule=name, title=pick(rule(name).title))
    return pick(_entry(code).name)


def meaning_of(code: str) -> str:
    """Return when a label is given, in the current language: for a violation, the rule's duty.

    Raises:
        DuecourseError: as `name_of`.
    """
    if code.startswith(VIOLATION):
        from duecourse.rules.book import rule

        return pick(rule(code.removeprefix(VIOLATION)).duty)
    return pick(_entry(code).about)


def _entry(code: str) -> Code:
    if code not in codebook():
        text = _("There is no label '{code}' in the code book.").format(code=code)
        raise DuecourseError(text + did_you_mean(code, list(codebook())))
    return codebook()[code]
