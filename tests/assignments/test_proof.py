"""Every assignment of the kit proves itself: full marks, nothing, and each mistake its share."""

import shutil
from datetime import UTC, datetime

import nbformat
import pytest

from duecourse.language import speaking
from duecourse.tasks import TextTask
from grader.assignments import find
from grader.course import Course
from grader.demonstration import Shows, make_class
from grader.grading import autograde
from grader.key import key_of, keys_of
from grader.marking import Marked, mark
from grader.release import release
from grader.worlds import worlds_of
from tests.conftest import ROOT, mark_of, scores
from tests.grader.test_release import leaks, public_lines, secrets_of

pytestmark = pytest.mark.kernel

NAMES = sorted(file.parent.name for file in ROOT.glob("assignments/*/tasks.yaml"))


def marked_tasks(assignment):
    return [task for task in assignment.tasks if not isinstance(task, TextTask)]


def record(task, value):
    return {"version": 1, "task": task.id, "kind": task.kind, "value": value}


@pytest.fixture(params=NAMES)
def assignment(request):
    return find(ROOT, request.param)


@pytest.fixture
def every_key(assignment, keys):
    """The keys of all worlds of an assignment, or its only one."""
    worlds = worlds_of(assignment, keys)
    if worlds is None:
        return [key_of(assignment, keys)]
    return list(keys_of(assignment, keys, worlds.numbers).values())


def test_every_graded_cell_has_its_task_and_every_task_its_cell(assignment):
    graded = {cell.task: cell for cell in assignment.graded}
    assert set(graded) == {task.id for task in assignment.tasks}
    for task in assignment.tasks:
        assert graded[task.id].by_hand == isinstance(task, TextTask)
        if isinstance(task, TextTask):
            assert graded[task.id].points == task.points


def test_an_assignment_is_rich_enough(assignment):
    assert 40 <= assignment.points <= 60
    assert len(list(assignment.tasks)) >= 10
    assert len({task.kind for task in assignment.tasks}) >= 5


def test_the_key_is_marked_as_a_whole_in_every_world(assignment, every_key):
    for key in every_key:
        for task in marked_tasks(assignment):
            outcome = mark(task, record(task, key.tasks[task.id].value), key.tasks[task.id])
            assert isinstance(outcome, Marked), (task.id, key.world)
            assert outcome.whole, (task.id, key.world)
            assert outcome.mistake is None


def test_each_known_mistake_earns_its_share_and_is_told_apart(assignment, every_key):
    for key in every_key:
        count = 0
        for task in marked_tasks(assignment):
            for known in key.tasks[task.id].mistakes:
                outcome = mark(task, record(task, known.value), key.tasks[task.id])
                assert outcome.mistake is known, (task.id, key.world, known.text["en"])
                assert outcome.share == known.share < 1
                count += 1
        assert count >= 6


def test_the_texts_of_a_mistake_do_not_hold_the_answer(assignment, every_key):
    for key in every_key:
        for task in marked_tasks(assignment):
            value = key.tasks[task.id].value
            if isinstance(value, float | int):
                shown = {f"{value:.{digits}f}" for digits in range(2, 5)} | {f"{value:g}"}
                for known in key.tasks[task.id].mistakes:
                    for text in known.text.values():
                        assert not [one for one in shown if len(one) > 2 and one in text], task.id


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", NAMES)
def test_the_whole_loop_gives_full_marks_nothing_and_each_mistake_its_share(name, tmp_path, keys):
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "assignments" / name, root / "assignments" / name)
    shutil.copytree(ROOT / "case_studies", root / "case_studies")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    course = Course(root, "course", "en")
    release(course, name)
    assignment = course.assignment(name)
    key = key_of(assignment, keys)
    shutil.copytree(keys, course.keys, dirs_exist_ok=True)
    solved = assignment.notebooks
    folder = course.folder / "release" / name
    released = {one: nbformat.read(folder / f"{one}.ipynb", 4) for one in solved}
    with speaking("en"):
        due = datetime(2026, 3, 5, tzinfo=UTC)
        made = make_class(solved, released, language="en", due=due, cases=assignment.cases)
    chosen = [one for one in made if one.mistakes]
    chosen += [
        next(one for one in made if one.shows is shows) for shows in (Shows.RIGHT, Shows.BLANK)
    ]
    for one in chosen:
        to = course.folder / "submitted" / one.learner.id / name
        to.mkdir(parents=True)
        for file, content in one.files.items():
            (to / file).write_bytes(content)

    assert {one.state for one in autograde(course, name)} == {"graded"}

    found = scores(course, name)
    points = {cell.task: cell.points for cell in assignment.graded if not cell.by_hand}
    right, blank = (one.learner.id for one in chosen[-2:])
    assert {task: found[right][task] for task in points} == points
    assert set(found[blank].values()) == {0}
    with course.environment():
        assert course.api().generate_feedback(name, blank)["success"]
    pages = list((course.folder / "feedback" / blank).rglob("*.html"))
    public = public_lines(assignment)
    secrets = {one: what for one, what in secrets_of(assignment, key).items() if one not in public}
    assert leaks(pages, secrets) == []

    made_mistakes = {one for submission in chosen for one in submission.mistakes}
    assert len(made_mistakes) == sum(len(task.mistakes) for task in key.tasks.values())
    for submission in chosen:
        for task, place in submission.mistakes:
            known = key.tasks[task].mistakes[place]
            seen = mark_of(course, submission.learner.id, task, name)
            assert seen["mistake"] == place, (submission.learner.id, task)
            assert found[submission.learner.id][task] == pytest.approx(
                known.share * points[task], abs=0.006
            )
