"""Grading compared with nbgrader's own: what differs is named, what only looks so is not."""

import copy
import json
import shutil
import uuid

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook

import grader.comparison
from duecourse import language
from duecourse.errors import DuecourseError
from grader import plain_forms
from grader.comparison import Comparison, compare
from grader.copying import copied
from grader.course import Course
from grader.differences import Difference, of_folders, of_gradebooks, rows
from grader.grading import autograde
from grader.kernels.jail import missing
from tests.conftest import answered, handed_out, submit


def hand_in(course):
    submit(course, "right", answered(course), timestamp__txt="2026-03-01 09:00:00 UTC")
    submit(course, "partly", answered(course, total="total = 4711.25", bands=None))
    submit(course, "damaged", b"{")


# Notebooks and pages


def widget_output(model):
    return new_output(
        "display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": model}}
    )


def notebook_with_widgets():
    """A notebook of two boxes, of which one is shown, in a box each a slider that looks alike."""
    shown, hidden, first, second = (uuid.uuid4().hex for _number in range(4))
    state = {
        shown: {"state": {"children": [f"IPY_MODEL_{first}"]}},
        hidden: {"state": {"children": [f"IPY_MODEL_{second}"], "title": "hidden"}},
        first: {"state": {"value": 1}},
        second: {"state": {"value": 1}},
    }
    cell = new_code_cell("show()", id="own")
    cell.outputs = [widget_output(shown)]
    cell.metadata["execution"] = {"shell.execute_reply": str(uuid.uuid4())}
    notebook = new_notebook(cells=[cell, new_markdown_cell("back", id=uuid.uuid4().hex[:8])])
    saved = {"application/vnd.jupyter.widget-state+json": {"state": dict(sorted(state.items()))}}
    notebook.metadata["widgets"] = saved
    return json.loads(json.dumps(notebook))


def test_ids_of_widgets_and_of_cells_put_back_and_times_are_no_differences():
    forms = [plain_forms.notebook(notebook_with_widgets()) for _number in range(8)]
    assert all(one == forms[0] for one in forms)


def test_the_value_of_a_widget_is_a_difference():
    one, other = notebook_with_widgets(), notebook_with_widgets()
    state = other["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    next(model for model in state.values() if "value" in model["state"])["state"]["value"] = 2
    assert plain_forms.notebook(one) != plain_forms.notebook(other)


def test_the_id_of_a_cell_that_was_handed_in_is_kept():
    notebook = new_notebook(cells=[new_code_cell("1", id="0badcafe")])
    data = json.loads(json.dumps(notebook))
    assert plain_forms.notebook(copy.deepcopy(data), {"0badcafe"})["cells"][0]["id"] == "0badcafe"
    assert plain_forms.notebook(data)["cells"][0]["id"] == "…"


def test_which_stream_came_first_is_no_difference_and_what_they_say_is_one():
    def form(*streams):
        cell = new_code_cell("say()", id="own")
        cell.outputs = [new_output("stream", name=name, text=text) for name, text in streams]
        return plain_forms.notebook(json.loads(json.dumps(new_notebook(cells=[cell]))))

    once = form(("stdout", "ab"), ("stderr", "c"))
    assert form(("stderr", "c"), ("stdout", "ab")) == once
    assert form(("stdout", "a"), ("stderr", "c"), ("stdout", "b")) == once
    assert form(("stdout", "abc")) != once
    assert form(("stderr", "ab"), ("stdout", "c")) != once


def test_a_page_is_the_same_whatever_its_widgets_and_addresses_are_called():
    def said(address, points=2, place="/tmp"):
        one, other = uuid.uuid4(), uuid.uuid4()
        return plain_forms.page(
            f'<div id="{one}"></div><a href="#{other}"></a><p>{points} / 4</p>'
            f"<script>use('{one}')</script> object at {address} in {place}/ipykernel_{int(address, 16) % 9999}/1.py"
            f'<script type="application/vnd.jupyter.widget-state+json">{{"{other}": 1}}</script>'
        )

    assert said("0x7f00ab123456") == said("0x7e5512345678", place="/var/folders/x-1")
    assert said("0x7f00ab123456", 2) != said("0x7f00ab123456", 3)


# Gradebooks and folders


@pytest.fixture(scope="module")
def _graded(_released, tmp_path_factory):
    root = tmp_path_factory.mktemp("graded") / "checkout"
    shutil.copytree(_released, root)
    course = Course(root, "course", "en")
    hand_in(course)
    states = {one.learner: one.state for one in autograde(course, "tiny", isolated=False)}
    assert states == {"right": "graded", "partly": "graded", "damaged": "explained"}
    return root


@pytest.fixture
def two(_graded, tmp_path):
    """Two courses with the same grades."""
    courses = []
    for name in ("one", "other"):
        shutil.copytree(_graded, tmp_path / name)
        courses.append(Course(tmp_path / name, "course", "en"))
    return courses


def url(course):
    return f"sqlite:///{course.folder}/gradebook.db"


def folder(course, learner="partly"):
    return course.folder / "autograded" / learner / "tiny"


def test_every_row_of_a_gradebook_has_a_name_of_its_own_and_its_owner(two):
    found = rows(url(two[0]))
    tables = [row.table for row in found]
    assert tables.count("student") == 3
    assert tables.count("submitted_assignment") == 3
    assert tables.count("grade") == 3 * 9
    with Gradebook(url(two[0]), "duecourse-en") as gradebook:
        total = gradebook.find_grade("total", "tiny", "tiny", "partly")
        [fields] = [
            fields
            for row, fields in found.items()
            if row.table == "grade" and row.learner == "partly" and "total" in row.names
        ]
        assert fields["auto_score"] == total.auto_score == 1


def test_the_same_grades_do_not_differ(two):
    assert of_gradebooks(url(two[0]), url(two[1])) == []
    for learner in ("right", "partly", "damaged"):
        folders = [folder(course, learner) for course in two]
        assert of_folders(learner, "autograded", *folders) == []


@pytest.mark.parametrize(
    ("table", "field", "value", "shown"),
    [
        ("grade", "auto_score", 3.5, "3.5"),
        ("grade", "manual_score", 1.0, "1.0"),
        ("grade", "extra_credit", 0.25, "0.25"),
        ("grade", "needs_manual_grade", True, "True"),
        ("comment", "auto_comment", "No response.", "No response."),
        ("comment", "manual_comment", "好", "好"),
        ("submitted_notebook", "late_submission_penalty", 2.0, "2.0"),
    ],
)
def test_a_changed_field_of_the_gradebook_is_named_with_its_owner(two, table, field, value, shown):
    with Gradebook(url(two[1]), "duecourse-en") as gradebook:
        notebook = gradebook.find_submission_notebook("tiny", "tiny", "partly")
        changed = {
            "grade": next(one for one in notebook.grades if one.name == "total"),
            "comment": next(one for one in notebook.comments if one.name == "total-answer"),
            "submitted_notebook": notebook,
        }[table]
        setattr(changed, field, value)
        gradebook.db.commit()
    [found] = of_gradebooks(url(two[0]), url(two[1]))
    assert found.learner == "partly"
    assert found.where.startswith(f"gradebook: {table} ")
    assert found.where.endswith(f": {field}")
    assert found.ours == shown


def test_a_learner_who_stands_in_one_gradebook_only_is_named(two):
    with Gradebook(url(two[0]), "duecourse-en") as gradebook:
        gradebook.add_student("extra")
    [found] = of_gradebooks(url(two[0]), url(two[1]))
    assert (found.learner, found.ours) == ("extra", "-")


def changed_notebook(course, change):
    file = folder(course) / "tiny.ipynb"
    file.chmod(0o644)
    data = json.loads(file.read_text("utf-8"))
    change(data)
    file.write_text(json.dumps(data), "utf-8")
    file.chmod(0o444)


@pytest.mark.parametrize(
    ("change", "where", "length"),
    [
        (lambda data: data["cells"][1].update(source="other"), "cells[1]: source", 1),
        (lambda data: data["metadata"].update(more=1), "metadata: more", 1),
        (lambda data: data["cells"][1]["metadata"].update(tags=["x"]), "cells[1]: metadata", 1),
        (lambda data: data["cells"][0].update(execution_count=9), "execution_count", 1),
        (lambda data: data["cells"][0]["outputs"].append({**STDERR}), "cells[0]: outputs", 1),
        (lambda data: data["cells"].pop(), "cells: length", 1),
    ],
)
def test_a_changed_notebook_is_named_by_its_cell(two, change, where, length):
    changed_notebook(two[1], change)
    found = of_folders("partly", "autograded", *(folder(course) for course in two))
    assert len(found) == length
    assert where in found[0].where
    assert found[0].where.startswith("autograded: tiny.ipynb: ")


STDERR = {"output_type": "stream", "name": "stderr", "text": "warning"}


def test_changed_permissions_are_named(two):
    (folder(two[1]) / "tiny.ipynb").chmod(0o644)
    folder(two[1]).chmod(0o700)
    found = of_folders("partly", "autograded", folder(two[0]).parent, folder(two[1]).parent)
    assert found == [
        Difference("partly", "autograded: tiny", "drwxr-xr-x", "drwx------"),
        Difference("partly", "autograded: tiny/tiny.ipynb", "-r--r--r--", "-rw-r--r--"),
    ]


def test_a_file_that_is_missing_or_reads_otherwise_is_named(two):
    (folder(two[0]) / "more.txt").write_text("one\ntwo\n")
    (folder(two[1]) / "more.txt").write_text("one\n2\n")
    (folder(two[1]) / "new.txt").write_text("new")
    found = of_folders("partly", "autograded", *(folder(course) for course in two))
    assert [(one.where, one.stock, one.ours) for one in found] == [
        ("autograded: more.txt[1]", "two", "2"),
        ("autograded: new.txt", "-", "-rw-r--r--"),
    ]


def test_a_folder_that_is_missing_is_all_missing(two):
    shutil.rmtree(folder(two[1]))
    found = of_folders("partly", "autograded", *(folder(course) for course in two))
    assert {one.ours for one in found} == {"-"}
    assert "autograded: tiny.ipynb" in {one.where for one in found}


# Copies


def test_a_copy_holds_the_chosen_work_and_a_gradebook_of_its_own(two, tmp_path):
    (two[0].root / ".secret").write_text("x")
    made = copied(two[0], "tiny", ["partly"], tmp_path / "copy")
    assert [one.name for one in (made.folder / "submitted").iterdir()] == ["partly"]
    assert [one.name for one in (made.folder / "autograded").iterdir()] == ["partly"]
    assert not (made.root / ".secret").exists()
    assert not (made.folder / "gradebook.db").exists()
    with made.gradebook() as gradebook:
        gradebook.add_student("only-here")
    assert of_gradebooks(url(two[0]), url(two[1])) == []


def test_a_course_with_absolute_folders_is_not_copied(two, tmp_path):
    with (two[0].root / "nbgrader_config.py").open("a") as config:
        config.write("\nc.CourseDirectory.submitted_directory = '/srv/class/submitted'\n")
    with pytest.raises(DuecourseError, match=r"submitted_directory .* /srv/class/submitted"):
        copied(two[0], "tiny", ["partly"], tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_course_whose_gradebook_is_no_file_is_not_copied(two, tmp_path):
    with (two[0].root / "nbgrader_config.py").open("a") as config:
        config.write("\nc.CourseDirectory.db_url = 'postgresql://nowhere/gradebook'\n")
    with pytest.raises(DuecourseError, match="This one is postgresql"):
        copied(two[0], "tiny", ["partly"], tmp_path / "copy")


# Both ways of grading


def test_nobody_is_compared_where_nothing_was_handed_in(released):
    with pytest.raises(DuecourseError, match="Nothing was handed in yet"):
        compare(released, "tiny")


def test_an_unknown_learner_is_named_with_those_who_handed_in(released):
    submit(released, "right", handed_out(released))
    with pytest.raises(DuecourseError, match=r"by: ann\. There are submissions by: right"):
        compare(released, "tiny", ["ann"])


@pytest.mark.kernel
def test_our_own_assignment_is_graded_as_by_nbgrader_and_the_course_is_only_read(released):
    hand_in(released)
    submit(released, "nothing", None, readme__txt="forgot it")
    before = url_rows(released)
    found = compare(released, "tiny", isolated=not missing())
    # nbgrader passes by whoever hands in no notebook at all
    assert [(one.learner, one.ours) for one in found.differences] == [("nothing", "-")]
    assert "not graded because" in found.differences[0].where
    assert found.learners == ("damaged", "nothing", "partly", "right")
    assert found.stock > 0
    assert found.ours > 0
    assert url_rows(released) == before
    assert not (released.folder / "autograded").exists()
    assert not (released.folder / "feedback").exists()


def url_rows(course):
    return rows(url(course))


@pytest.mark.kernel
def test_a_second_grading_of_our_assignment_after_a_person_marked_is_compared_too(two):
    course = two[0]
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate="2026-03-05 00:00:00 UTC")
        gradebook.find_grade("why", "tiny", "tiny", "partly").manual_score = 3
        gradebook.find_grade("total", "tiny", "tiny", "right").extra_credit = 1
        comment = gradebook.find_comment("total-answer", "tiny", "tiny", "partly")
        comment.manual_comment = "很好"
        gradebook.db.commit()
    submit(course, "right", answered(course), timestamp__txt="2026-03-09 09:00:00 UTC")
    found = compare(course, "tiny", ["right", "partly"], isolated=not missing())
    assert found.differences == ()
    assert found.same


@pytest.mark.kernel
def test_what_our_grading_does_differently_is_found(released, monkeypatch):
    hand_in(released)

    def generous(course, *arguments, **options):
        yield from autograde(course, *arguments, **options)
        with course.gradebook() as gradebook:
            gradebook.find_grade("total", "tiny", "tiny", "partly").auto_score = 4
            gradebook.db.commit()
        file = course.folder / "autograded" / "right" / "tiny" / "tiny.ipynb"
        file.chmod(0o600)

    monkeypatch.setattr(grader.comparison, "autograde", generous)
    found = compare(released, "tiny", ["right", "partly"], isolated=False, feedback=False)
    assert not found.same
    assert [(one.learner, one.stock, one.ours) for one in found.differences] == [
        ("partly", "1.0", "4.0"),
        ("right", "-r--r--r--", "-rw-------"),
    ]


# What is said


def test_the_comparison_says_how_long_both_took_and_what_differs():
    some = tuple(Difference("ann", f"place {number}", "1", "2") for number in range(3))
    none = Comparison("tiny", ("ann", "bob"), 30.0, 2.0, ())
    assert none.lines() == [
        "tiny, 2 submissions: nbgrader 30.0 s, duecourse 2.0 s (15.0 times)",
        "No difference in gradebook, autograded notebooks, feedback and permissions.",
    ]
    assert Comparison("tiny", ("ann",), 30.0, 2.0, some).lines(most=2)[1:] == [
        "differences: 3",
        "ann: place 0: nbgrader has 1, duecourse has 2",
        "ann: place 1: nbgrader has 1, duecourse has 2",
        "... and 1 more",
    ]


def test_the_comparison_speaks_chinese_too():
    with language.speaking("zh"):
        one = Difference("", "x", "1", "2")
        said = Comparison("tiny", ("ann",), 30.0, 2.0, (one,)).lines()
    assert said[0].startswith("tiny，1 份提交")
    assert said[2] == "本课程：x：nbgrader 为 1，duecourse 为 2"
