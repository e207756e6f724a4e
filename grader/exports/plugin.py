"""nbgrader's own export with the kit's table: ``nbgrader export --exporter=grader.exports.plugin.TableExporter``."""

from pathlib import Path
from typing import Any, Final

from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import ExportPlugin

from duecourse.errors import DuecourseError
from duecourse.language import _, speaking
from grader.course import Course, open_course
from grader.exports.files import put, released, spreadsheet
from grader.results import Results, collect

_DEFAULT: Final = "grades.csv"
_ENDINGS: Final = (".csv", ".xlsx")


class TableExporter(ExportPlugin):
    """Writes one row a learner and one column a task, as CSV or XLSX by the ending of ``--to``.

    ``--assignment`` and ``--student`` choose what is written, as in nbgrader's own export; the
    course is the one that ``nbgrader_config.py`` names.
    """

    def export(self, gradebook: Any) -> None:
        """Write the table.

        Raises:
            DuecourseError: ``--to`` has another ending, a chosen learner or assignment is not
                there, or ``--db`` names another gradebook than the course's.
        """
        del gradebook  # the course opens its own, with the marks beside it
        file = Path(self.to or _DEFAULT)
        if file.suffix.lower() not in _ENDINGS:
            text = _("{file}: the name must end with .csv or .xlsx")
            raise DuecourseError(text.format(file=file))
        course = self._course()
        names = [str(one) for one in self.assignment] or released(course)
        with speaking(course.language):
            results = _only([collect(course, name) for name in names], list(self.student))
            whole = len(results) != 1
            put(file, spreadsheet(results, file.suffix.lower(), whole=whole))
        self.log.info("Exported %s to %s", ", ".join(names), file)

    def _course(self) -> Course:
        coursedir = CourseDirectory(parent=self)
        course = open_course(Path(coursedir.root))
        if coursedir.db_url != course.db_url:
            text = _("--db names {found}, but the gradebook of {folder} is {wanted}.")
            raise DuecourseError(
                text.format(found=coursedir.db_url, folder=course.folder, wanted=course.db_url)
            )
        return course


def _only(results: list[Results], students: list[Any]) -> list[Results]:
    """Keep the chosen learners; all if none is chosen."""
    if not students:
        return results
    wanted = [str(one) for one in students]
    known = {str(learner) for one in results for learner in one.learners["learner"]}
    if lost := [one for one in wanted if one not in known]:
        text = _("not in the class: {learners}")
        raise DuecourseError(text.format(learners=", ".join(lost)))
    return [
        Results(
            one.assignment,
            one.title,
            one.due,
            one.tasks,
            one.learners[one.learners["learner"].isin(wanted)].reset_index(drop=True),
            one.marks[one.marks["learner"].isin(wanted)].reset_index(drop=True),
        )
        for one in results
    ]
