"""What the instructor's side knows of cases: keys for solved notebooks, files for both sides."""

import shutil

import pytest

from duecourse.cases.files import read
from duecourse.errors import DuecourseError
from grader.cases import best, case_files, cases_of, expert, place, right, written_out
from tests.grader import spoken
from tests.grader.spoken import BEST, LABELS

SLUG = "unpaid-parcel"


@pytest.fixture
def course(tmp_path):
    return spoken.checkout(tmp_path / "checkout")


def test_a_solved_notebook_takes_its_answers_from_the_key(course, monkeypatch):
    monkeypatch.chdir(course.root / "assignments" / "spoken")
    assert best(SLUG, "ring") == BEST
    assert expert(SLUG, "talk") == LABELS
    assert list(expert(SLUG, "talk")) == ["t01", "t03", "t04", "t07"]
    assert right(SLUG, "limit") == "2029-02-20"
    assert right(SLUG, "sum") == 80.5


def test_what_a_key_does_not_hold_is_answered_with_what_it_holds(course, monkeypatch):
    monkeypatch.chdir(course.root / "assignments" / "spoken")
    with pytest.raises(DuecourseError, match=r"calls: there is no 'rong'.*It has: ring"):
        best(SLUG, "rong")
    with pytest.raises(DuecourseError, match=r"transcripts: there is no 'talks'.*'talk'"):
        expert(SLUG, "talks")
    with pytest.raises(DuecourseError, match=r"answers: there is no 'limits'.*limit, sum"):
        right(SLUG, "limits")


def test_without_a_key_there_is_no_answer(course, monkeypatch):
    (course.root / "case_studies" / "failure" / SLUG / "key.yaml").unlink()
    monkeypatch.chdir(course.root)
    with pytest.raises(DuecourseError, match=r"There is no .*key\.yaml"):
        best(SLUG, "ring")


def test_cases_are_found_in_the_checkout_alone(course):
    assert [file.parent.name for file in case_files(course.root)] == [SLUG, "open-door"]
    found = cases_of(course.root, [SLUG])
    assert found[SLUG].case.use == "exam"
    with pytest.raises(DuecourseError, match=r"no case 'open-dor'.*Did you mean 'open-door'"):
        cases_of(course.root, ["open-dor"])


def test_the_key_is_laid_down_only_where_it_is_asked_for(course, tmp_path):
    cases = cases_of(course.root, [SLUG]).values()
    place(cases, tmp_path / "learner", key=False)
    place(cases, tmp_path / "instructor", key=True)
    learner = tmp_path / "learner" / "cases" / SLUG
    assert {file.name for file in learner.iterdir()} == {"case.yaml", "payments.csv"}
    assert read(learner).key is None
    assert read(tmp_path / "instructor" / "cases" / SLUG).key is not None


def test_what_is_no_file_of_the_case_is_laid_down_nowhere(course, tmp_path):
    folder = course.root / "case_studies" / "failure" / SLUG
    (folder / "draft-of-the-key.md").write_text("secret")
    place(cases_of(course.root, [SLUG]).values(), tmp_path, key=True)
    assert not (tmp_path / "cases" / SLUG / "draft-of-the-key.md").exists()


def value(function, slug, name):
    return {"best": ["a", "b"], "expert": {"t1": ["x"]}, "right": f"{slug}/{name}"}[function]


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        (
            'for option in best("s", "c"):\n    call.choose(option)',
            "for option in ['a', 'b']:\n    call.choose(option)",
        ),
        ('x = [*best("s", "c")[:1], "z"]', "x = [*['a', 'b'][:1], \"z\"]"),
        ('from grader.cases import best\ny = right("s", "q")', "y = 's/q'"),
        ('说 = expert(\n    "s",\n    "t",\n)  # 中文', "说 = {'t1': ['x']}  # 中文"),
        ('a, b = right("s", "好"), right("s", "q")', "a, b = 's/好', 's/q'"),
        ("x = best  # the function itself", "x = best  # the function itself"),
        ("x = best(slug, 'c')", "x = best(slug, 'c')"),
        ("%matplotlib inline", "%matplotlib inline"),
        ("", ""),
    ],
)
def test_what_is_taken_from_a_key_is_written_out(source, plain):
    assert written_out(source, value) == plain


def test_the_digest_of_an_assignment_covers_its_cases_and_their_keys(course):
    before = course.assignment("spoken").digest
    for name in ("case.yaml", "key.yaml", "payments.csv"):
        file = course.root / "case_studies" / "failure" / SLUG / name
        shutil.copy(file, course.root / "kept")
        file.write_text(file.read_text("utf-8") + "\n", "utf-8")
        assert course.assignment("spoken").digest != before, name
        shutil.copy(course.root / "kept", file)
    assert course.assignment("spoken").digest == before
