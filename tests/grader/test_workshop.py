"""The workshop: a graded class in a folder of its own, and nothing else touched."""

import csv
import os
import re
import shutil
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len
from rich.console import Console

from duecourse import cli
from duecourse.errors import DuecourseError
from duecourse.language import speaking, use
from grader import workshop as workshop_module
from grader.demonstration import ROLES, Shows
from grader.findings import mistakes
from grader.grading import Graded
from grader.results import Status, collect
from grader.workshop import FOLDERS, build, class_table, demonstration, lab, what_to_click

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def here(released, monkeypatch):
    """Stand in a checkout whose small assignment is released."""
    monkeypatch.chdir(released.root)
    monkeypatch.delenv("DUECOURSE_COURSE", raising=False)
    return released


def test_each_language_has_its_own_folder(tiny):
    assert demonstration(tiny.root, "en").name == "course/demonstration"
    assert demonstration(tiny.root, "zh").name == "course/demonstration-zh"


def test_a_real_course_is_refused(tiny):
    (tiny.folder).mkdir()
    (tiny.folder / "gradebook.db").write_text("real")
    with pytest.raises(DuecourseError, match="not a demonstration course"):
        list(build(tiny, NOW))
    assert (tiny.folder / "gradebook.db").read_text() == "real"


def test_a_link_to_a_real_course_is_refused(tiny, tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    (real / "gradebook.db").write_text("real")
    (tiny.root / "course").mkdir()
    (tiny.root / "course" / "demonstration").symlink_to(real)
    with pytest.raises(DuecourseError, match="not a demonstration course"):
        list(build(demonstration(tiny.root, "en"), NOW))
    assert (real / "gradebook.db").read_text() == "real"


@pytest.mark.parametrize("place", ["postgresql+psycopg://anna:secret@/grades", "sqlite:////else"])
def test_the_invented_class_is_not_written_into_another_gradebook(tiny, place):
    with (tiny.root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.CourseDirectory.db_url = {place!r}\n")
    demo = demonstration(tiny.root, "en")
    demo.folder.mkdir(parents=True)
    (demo.folder / "gradebook.db").write_text("from an earlier workshop")
    with pytest.raises(DuecourseError, match="not the demonstration's own gradebook") as refused:
        list(build(demo, NOW))
    assert "secret" not in str(refused.value)
    assert (demo.folder / "gradebook.db").read_text() == "from an earlier workshop"


def test_a_checkout_without_assignments_is_named(tiny):
    shutil.rmtree(tiny.root / "assignments")
    with pytest.raises(DuecourseError, match="no assignment in"):
        list(build(demonstration(tiny.root, "en"), NOW))


def files_of(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.kernel
@pytest.mark.timeout(900)
def test_the_workshop_builds_a_graded_class_and_touches_no_real_one(here, monkeypatch, capsys):
    lessons = here.root / "notebooks"
    lessons.mkdir()
    (lessons / "plan.md").write_text("<!-- lang:en -->\nPlan\n<!-- /lang -->\n")
    shutil.copytree(here.folder / "release" / "tiny", here.folder / "submitted" / "amy" / "tiny")
    with here.gradebook() as gradebook:
        gradebook.add_student("amy")
    real = files_of(here.folder)
    demo = demonstration(here.root, "en")
    shutil.copytree(here.folder / "keys", demo.folder / "keys")
    (demo.folder / "release").mkdir()
    (demo.folder / "release" / "stale.txt").write_text("from an earlier workshop")

    assert cli.main(["workshop", "--no-open"]) == 0

    shown = capsys.readouterr().out
    now = {file: held for file, held in files_of(here.folder).items() if file in real}
    assert now == real
    others = set(files_of(here.folder)) - set(real)
    assert all(demo.folder in file.parents for file in others)

    assert not (demo.folder / "release" / "stale.txt").exists()
    assert (demo.folder / "learner" / "notebooks" / "plan.md").read_text() == "Plan\n"
    assert (demo.folder / "learner" / "assignments" / "tiny" / "tiny.ipynb").is_file()

    results = collect(demo, "tiny")
    assert len(results.learners) == 24
    status = results.learners["status"].value_counts().to_dict()
    assert status == {
        Status.ON_TIME: 24 - ROLES[Shows.LATE] - 2,
        Status.LATE: ROLES[Shows.LATE],
        Status.DAMAGED: 1,
        Status.MISSING: 1,
    }
    # every known mistake of the small assignment was made, recognised and named
    assert set(mistakes(results)["text"]) == {
        "You forgot the last item.",
        "That one costs more.",
        "These are the goods.",
        "You squared it.",
    }
    # nobody has everything yet: a person marks the written answer (4 points)
    assert results.learners["points"].max() == results.max - 4

    pages = list((demo.folder / "feedback").rglob("tiny.html"))
    assert len(pages) == 23
    assert (demo.folder / "report" / "tiny.html").is_file()
    with (demo.folder / "report" / "tiny.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 25
    assert "Grading tiny 24/24" in shown
    assert "tiny.ipynb is missing; handed in: my notes.txt" in re.sub(r"\s+│?\s*", " ", shown)
    assert "Report: course/demonstration/report/tiny.html" in shown


def some_results(course):
    with course.environment(), course.gradebook() as gradebook:
        gradebook.add_student("li-ming", first_name="明", last_name="李")
        gradebook.add_student("bo", first_name="[red]Bo", last_name="[/red]")
    return collect(course, "tiny")


def test_the_class_stands_straight_in_a_terminal_with_chinese_names(released, capsys):
    Console(width=90).print(class_table(some_results(released)))
    lines = [line for line in capsys.readouterr().out.splitlines() if "│" in line]
    ends = {cell_len(line[: line.index("│", line.index("│") + 1)]) for line in lines}
    assert len(lines) == 2
    assert len(ends) == 1
    assert any("李明" in line for line in lines)


def test_a_name_is_no_markup(released, capsys):
    Console(width=90).print(class_table(some_results(released)))
    assert "[red]Bo [/red]" in capsys.readouterr().out


@pytest.mark.parametrize("language", FOLDERS)
def test_it_says_what_to_click(tiny, language):
    use(language)
    shown = what_to_click(demonstration(tiny.root, language))
    assert f"{FOLDERS[language]}/learner/notebooks/00-start-here.ipynb" in shown
    assert "Formgrader" in shown


def test_jupyterlab_opens_the_start_page_on_this_machine_only(tiny, monkeypatch):
    asked = {}

    class Server:
        def __init__(self, command, cwd):
            asked.update(command=command, cwd=cwd, course=os.environ["DUECOURSE_COURSE"])

        def wait(self):
            # Ctrl-C reaches both; the first one only opens JupyterLab's question.
            if not asked.setdefault("interrupted", 0):
                asked["interrupted"] = 1
                raise KeyboardInterrupt
            return 0

    monkeypatch.setattr(workshop_module.subprocess, "Popen", Server)
    course = demonstration(tiny.root, "en")
    start = course.folder / "learner" / "notebooks" / "00-start-here.ipynb"
    start.parent.mkdir(parents=True)
    start.write_text("{}")
    assert lab(course) == 0
    assert "--ip=127.0.0.1" in asked["command"]
    page = "/lab/tree/course/demonstration/learner/notebooks/00-start-here.ipynb"
    assert f"--LabApp.default_url={page}" in asked["command"]
    assert asked["cwd"] == tiny.root
    assert asked["course"] == "course/demonstration"


def test_a_submission_that_cannot_be_graded_stops_the_workshop_with_its_name(here, monkeypatch):
    def failing(_course, _assignment, **_more):
        yield Graded("li-ming", "failed", "disk full")

    monkeypatch.setattr(workshop_module, "autograde", failing)
    demo = demonstration(here.root, "en")
    with pytest.raises(DuecourseError, match="li-ming could not be graded: disk full"):
        list(build(demo, NOW))


def test_the_class_of_a_chinese_course_writes_chinese(here, monkeypatch):
    monkeypatch.setattr(workshop_module, "autograde", lambda *_call, **_more: iter(()))
    monkeypatch.setattr(workshop_module, "feedback", lambda *_call, **_more: iter(()))
    demo = demonstration(here.root, "zh")
    steps = list(build(demo, NOW))
    assert steps[0].stage == "发布作业"
    assert list((demo.folder / "submitted").glob("*/tiny/我的笔记.txt"))
    answers = "".join(
        file.read_text("utf-8") for file in (demo.folder / "submitted").rglob("*.ipynb")
    )
    assert "这要看具体情况" in answers
    with speaking("zh"):
        assert collect(demo, "tiny").title == "小作业"
