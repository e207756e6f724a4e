"""Documents written into a folder, each in the formats that are wanted."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.training.markdown import as_markdown
from grader.training.paper import Paper
from grader.training.sheet import as_sheets
from grader.training.word import as_word

FORMATS: Final = ("md", "docx", "xlsx")
CALENDAR: Final = "ics"


def chosen(text: str) -> tuple[str, ...]:
    """Return formats written as "md,docx".

    Raises:
        DuecourseError: one of them is not known.
    """
    found = tuple(dict.fromkeys(one.strip().lower() for one in text.split(",") if one.strip()))
    known = (*FORMATS, CALENDAR)
    if not found or set(found) - set(known):
        wrong = _("Formats are {known}. Found: {found}.")
        raise DuecourseError(wrong.format(known=", ".join(known), found=text))
    return found


def write(
    folder: Path, stem: str, paper: Paper, formats: Sequence[str], written: datetime
) -> list[Path]:
    """Write a document in the formats that are wanted; returns its files."""
    made = {
        "md": lambda: as_markdown(paper),
        "docx": lambda: as_word(paper, written),
        "xlsx": lambda: as_sheets(paper, written),
    }
    return [save(folder / f"{stem}.{one}", made[one]()) for one in formats if one in made]


def save(file: Path, data: bytes) -> Path:
    """Write a file as a whole or not at all.

    Raises:
        DuecourseError: it cannot be written, such as while a word processor has it open.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        text = _("{file} cannot be written: {reason}. Close what has it open and try again.")
        raise DuecourseError(text.format(file=file, reason=error.strerror or error)) from error
    return file
