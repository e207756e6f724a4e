"""Marks for learning platforms: Moodle's grade import and Canvas's gradebook import.

Both take one column for each assignment. A mark that is not settled (nothing handed in, not graded,
an answer that waits for a person) is left open, so that no platform shows it as a zero.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pandas as pd

from duecourse.language import _
from grader.course import Course
from grader.exports.sheets import harmless, lines, plain
from grader.results import Results

MOODLE_MOST: Final = 100.0
"""Points above which Moodle refuses an import, unless its site allows unlimited grades."""
_MOODLE_OPEN: Final = "-"


def people(course: Course) -> pd.DataFrame:
    """Return what the gradebook says of learners, which platforms know them by.

    Returns:
        One row a learner, by id (the index): first, last, email, platform (the platform's own number
        of the person, nbgrader's ``lms_user_id``). What is not known is "".
    """
    with course.gradebook() as gradebook:
        rows = {
            str(one.id): [
                str(getattr(one, name, None) or "")
                for name in ("first_name", "last_name", "email", "lms_user_id")
            ]
            for one in gradebook.students
        }
    columns = ["first", "last", "email", "platform"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def moodle(results: Sequence[Results], known: pd.DataFrame) -> str:
    """Return the CSV of Moodle's *Grades > Import > CSV file*, as its own export heads the columns.

    Its heads are those of Moodle's export (``First name``, ``Last name``, ``ID number``, ``Email
    address``), plus ``Username``; all but the names can be mapped to a person. An open mark is
    ``-``, which Moodle's import passes over
    (https://docs.moodle.org/405/en/Grade_import; grade/import/csv/classes/load_data.php).

    Args:
        results: of each assignment; its title heads its column.
        known: from `people`.
    """
    heads = ["Username", "First name", "Last name", "ID number", "Email address"]
    rows = [[*heads, *(harmless(f"{one.title} (Real)") for one in results)]]
    for learner, row, marks in _rows(results, known):
        open_ = (_MOODLE_OPEN if mark is None else plain(mark) for mark in marks)
        who = [learner, row["first"], row["last"], row["platform"], row["email"]]
        rows.append([*map(harmless, who), *open_])
    return lines(rows)


def canvas(results: Sequence[Results], known: pd.DataFrame) -> str:
    """Return the CSV of Canvas's *Gradebook > Import*, in the columns of its own export.

    The heads are ``Student``, ``ID``, ``SIS User ID``, ``SIS Login ID``, ``Section``; the second
    line begins with ``    Points Possible``. A person is found by the number of Canvas where the
    gradebook holds one, then by the login. An empty mark changes nothing
    (lib/gradebook_importer.rb and lib/gradebook_exporter.rb of canvas-lms). Canvas reads no byte
    order mark before a quoted field, so there is neither.

    Args:
        results: of each assignment; its title heads its column.
        known: from `people`.
    """
    heads = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    rows = [
        [*heads, *(harmless(one.title) for one in results)],
        ["    Points Possible", "", "", "", "", *(plain(one.max) for one in results)],
    ]
    for learner, row, marks in _rows(results, known):
        last_first = ", ".join(part for part in (row["last"], row["first"]) if part) or learner
        numbered = row["platform"] if row["platform"].isdecimal() else ""
        sis = "" if numbered else row["platform"]
        who = [last_first, numbered, sis, learner, ""]
        rows.append([*map(harmless, who), *("" if mark is None else plain(mark) for mark in marks)])
    return lines(rows, csv.QUOTE_MINIMAL)


def notes(results: Sequence[Results], known: pd.DataFrame, to: str) -> list[str]:
    """Return what the instructor should know before importing such a file, in words.

    Args:
        results: of each assignment.
        known: from `people`.
        to: ``moodle`` or ``canvas``.
    """
    said = []
    waiting = sorted(
        {
            str(learner)
            for one in results
            for learner in one.learners.loc[one.learners["waiting"] > 0, "learner"]
        }
    )
    if waiting:
        text = _("left open, because answers wait to be marked by hand: {learners}")
        said.append(text.format(learners=", ".join(waiting)))
    strange = [
        learner for learner, _row, _marks in _rows(results, known) if harmless(learner) != learner
    ]
    if strange:
        text = _(
            "these ids look like formulas, so an apostrophe stands before them and the platform "
            "will not know them: {learners}"
        )
        said.append(text.format(learners=", ".join(strange)))
    large = [one.title for one in results if one.max > MOODLE_MOST]
    if to == "moodle" and large:
        text = _("Moodle refuses points above 100 unless its site allows them: {titles}")
        said.append(text.format(titles=", ".join(large)))
    return said


def _rows(
    results: Sequence[Results], known: pd.DataFrame
) -> Iterable[tuple[str, Mapping[str, str], list[float | None]]]:
    """Yield every learner with what is known of them and their mark in every assignment."""
    settled = [_settled(one) for one in results]
    learners = sorted({str(name) for one in results for name in one.learners["learner"]})
    nothing = {str(column): "" for column in known.columns}
    people_: dict[str, Mapping[str, str]] = {
        str(name): {str(column): str(value) for column, value in row.items()}
        for name, row in known.iterrows()
    }
    for learner in learners:
        yield learner, people_.get(learner, nothing), [one.get(learner) for one in settled]


def _settled(results: Results) -> dict[str, float]:
    table = results.learners
    there = table[table["points"].notna() & (table["waiting"] == 0)]
    return {
        str(learner): round(float(points), 4)
        for learner, points in zip(there["learner"], there["points"], strict=True)
    }
