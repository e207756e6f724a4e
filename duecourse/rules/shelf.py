"""The files of the rule base, read once and checked.

One file a jurisdiction stands beside this module: its laws, and its rules with all their versions.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.rules.models import JURISDICTIONS, Book, Entry, Law
from duecourse.tasks import complaints, did_you_mean

FOLDER: Final = Path(__file__).parent
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnknownRule(DuecourseError, ValueError):
    """There is no such rule; the message names those that there are."""


@cache
def book(jurisdiction: str) -> Book:
    """Return the rule book of a jurisdiction: CN, US or UK.

    Raises:
        UnknownRule: there is none.
        DuecourseError: its file holds what is not allowed; the message names file, path in the
            file, what was found and what is allowed.
    """
    if jurisdiction not in JURISDICTIONS:
        text = _("There are no rules for '{name}'.").format(name=jurisdiction)
        raise UnknownRule(text + did_you_mean(str(jurisdiction), list(JURISDICTIONS)))
    return read(FOLDER / f"{jurisdiction.lower()}.yaml")


def read(file: Path) -> Book:
    """Read a file of rules.

    Raises:
        DuecourseError: as `book`.
    """
    try:
        found = yaml.load(file.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
        return Book.model_validate(found)
    except yaml.YAMLError as error:
        raise DuecourseError(f"{file} is not readable as YAML: {error}") from error
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, str(file)))) from error


def laws(jurisdiction: str) -> dict[str, Law]:
    """Return the texts that the rules of a jurisdiction rest on, repealed ones too, by id."""
    return dict(book(jurisdiction).laws)


def entries(jurisdiction: str | None = None) -> Iterator[Entry]:
    """Yield all rules with all their versions, in the order of the files."""
    for name in [jurisdiction] if jurisdiction else JURISDICTIONS:
        yield from book(name).rules


def entry(rule_id: str) -> Entry:
    """Return a rule with all its versions.

    Raises:
        UnknownRule: there is none with this id.
    """
    known = {one.id: one for one in entries()}
    if rule_id not in known:
        text = _("There is no rule '{name}'.").format(name=rule_id)
        prefix, digits = re.findall(r"^\W*([A-Z]*)\D*(\d*)", str(rule_id).upper())[0]
        near = [name for name in known if name.startswith(prefix)] or list(known)
        raise UnknownRule(text + did_you_mean(f"{prefix}-{digits:0>2}", near))
    return known[rule_id]
