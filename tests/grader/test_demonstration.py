import random
from datetime import UTC, datetime, timedelta, timezone

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import parse_utc

from duecourse.calls.engine import replay
from duecourse.calls.scoring import score
from duecourse.coding import compare
from duecourse.errors import DuecourseError
from grader.cases import place
from grader.conversations import basis_of, judge_call, judge_coding
from grader.demonstration import LEARNERS, ROLES, TIMESTAMP, Shows, make_class
from grader.imitation import mistaken, names, parts_of, prerequisites
from grader.players import code_like, play_like
from grader.prose import written_answer
from tests.grader import spoken

DUE = datetime(2026, 3, 1, 18, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))
TWO = [9, 7]  # what the pair of answers from one cell is

MODEL = """### BEGIN SOLUTION
Call the small accounts first. They are 40 % of the loss. A message costs little.

Do not judge by age.

先联系小额账户。它们占损失的四成。发一条信息花费很少。

不要按年龄判断。
### END SOLUTION"""


def solution(name, source):
    return new_code_cell(source, metadata={"nbgrader": marks(f"{name}-answer", solution=True)})


def marks(grade_id, grade=False, solution=False, points=None):
    locked = grade and not solution
    found = {"grade": grade, "solution": solution, "locked": locked, "task": False}
    found |= {"schema_version": 3, "grade_id": grade_id}
    return found | ({"points": points} if points else {})


def check(task, name):
    source = f'check("{task}", {name})'
    return new_code_cell(source, metadata={"nbgrader": marks(task, grade=True, points=2)})


def mistake(source):
    return new_code_cell(
        f"from grader.key import mistake\n{source}", metadata={"tags": ["mistake"]}
    )


def written(task):
    found = marks(task, grade=True, solution=True, points=5)
    return new_markdown_cell(MODEL, metadata={"nbgrader": found})


@pytest.fixture(scope="module")
def solved():
    return new_notebook(
        cells=[
            new_code_cell("incomes = [10, 20, 60]\nbook = {}"),
            solution(
                "total",
                "total = None\n### BEGIN SOLUTION\ntotal = sum(incomes)\n### END SOLUTION",
            ),
            check("total", "total"),
            mistake(
                "wrong = incomes[1:]\n"
                'mistake("total", sum(wrong), share=0.5,\n'
                '        en="The first account is missing.", zh="漏了第一个账户。")'
            ),
            mistake(
                'mistake("total", total * 1000, share=0.2, en="In thousands.", zh="单位不对。")'
            ),
            solution(
                "mean",
                "mean = None\n### BEGIN SOLUTION\nmean = total / len(incomes)\n### END SOLUTION",
            ),
            check("mean", "mean"),
            mistake('mistake("mean", sorted(incomes)[1], share=0.5, en="Median.", zh="中位数。")'),
            solution(
                "rate",
                "def rate(bads, count):\n"
                '    """Return the bad rate."""\n'
                "    result = None\n"
                "    ### BEGIN SOLUTION\n"
                "    result = bads / count\n"
                "    ### END SOLUTION\n"
                "    return result",
            ),
            check("rate", "rate"),
            mistake(
                "def wrong_rate(bads, count):\n"
                "    return bads / (count - bads)\n"
                'mistake("rate", wrong_rate, share=0.5, en="Odds.", zh="这是比值。")'
            ),
            solution(
                "pair",
                "first = second = None\n"
                "### BEGIN SOLUTION\n"
                "first = 9\nsecond = first - 2\n"
                "### END SOLUTION",
            ),
            check("first", "first"),
            mistake('mistake("first", 8, share=0.5, en="One off.", zh="差一。")'),
            check("second", "second"),
            mistake('mistake("second", 1, share=0.5, en="Far off.", zh="差很多。")'),
            written("advice"),
        ]
    )


@pytest.fixture(scope="module")
def released(solved):
    found = nbformat.from_dict(solved)
    found.cells = [cell for cell in found.cells if "mistake" not in cell.metadata.get("tags", [])]
    for cell in found.cells:
        before, _solution, rest = cell.source.partition("### BEGIN SOLUTION")
        if rest:
            cell.source = before + "# Your answer" + rest.partition("### END SOLUTION")[2]
    return found


@pytest.fixture(scope="module")
def class_of_24(solved, released):
    return make_class({"work": solved}, {"work": released}, language="en", due=DUE)


def run(submission):
    """Run a submission as Jupyter would, every cell for itself, and return what is handed in."""
    notebook = nbformat.reads(submission.files["work.ipynb"].decode(), as_version=4)
    handed_in = {}
    scope = {"check": handed_in.__setitem__}
    errors = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            try:
                exec(cell.source, scope)
            except (NameError, TypeError, SyntaxError) as error:
                errors.append(error)
    if callable(handed_in.get("rate")):
        handed_in["rate"] = handed_in["rate"](bads=2, count=10)
    advice = next(c.source for c in notebook.cells if c.cell_type == "markdown")
    return handed_in, advice, errors


RIGHT = {"total": 90, "mean": 30, "rate": 0.2, "first": TWO[0], "second": TWO[1]}
WRONG = {
    ("total", 0): 80,
    ("total", 1): 90000,
    ("mean", 0): 20,
    ("rate", 0): 0.25,
    ("first", 0): 8,
    ("second", 0): 1,
}


def of(submissions, shows):
    return [submission for submission in submissions if submission.shows is shows]


def test_the_class_has_24_learners_and_everything_is_shown(class_of_24):
    assert len(class_of_24) == 24
    assert {shows: len(of(class_of_24, shows)) for shows in Shows} == ROLES
    assert len({submission.learner.id for submission in class_of_24}) == 24


def test_the_same_seed_is_the_same_class_and_another_seed_another(solved, released, class_of_24):
    again = make_class({"work": solved}, {"work": released}, language="en", due=DUE)
    other = make_class({"work": solved}, {"work": released}, language="en", due=DUE, seed=25)
    assert again == class_of_24
    assert other != class_of_24


def test_names_are_chinese_and_other_and_ids_are_safe_for_folders():
    chinese = [learner for learner in LEARNERS if learner.last_name >= "\u4e00"]
    assert len(chinese) == len(LEARNERS) - len(chinese) == 12
    assert all(learner.id.isascii() for learner in LEARNERS)
    assert all(learner.id.replace("-", "").isalpha() for learner in LEARNERS)
    assert ("li-ming", "明", "李") in {(p.id, p.first_name, p.last_name) for p in LEARNERS}


def test_who_is_right_is_right_in_everything(class_of_24):
    for submission in of(class_of_24, Shows.RIGHT):
        handed_in, advice, errors = run(submission)
        assert handed_in == RIGHT
        assert "Do not judge by age." in advice
        assert not errors


def test_every_known_mistake_is_made_and_is_just_that_mistake(class_of_24):
    made = {one for submission in class_of_24 for one in submission.mistakes}
    assert made == set(WRONG)
    for submission in class_of_24:
        handed_in = run(submission)[0] if submission.mistakes else {}
        for task, number in submission.mistakes:
            assert handed_in[task] == pytest.approx(WRONG[task, number])


def test_mistakes_are_spread_over_several_learners(class_of_24):
    assert len({s.learner.id for s in class_of_24 if s.mistakes}) >= 5


def test_a_mistake_is_not_built_upon_another(class_of_24):
    for submission in class_of_24:
        made = dict(submission.mistakes)
        assert not {"total", "mean"} <= made.keys() or made["mean"] == 0


def test_who_is_partly_done_leaves_tasks_open_to_various_degrees(class_of_24):
    answered = []
    for submission in of(class_of_24, Shows.PARTLY):
        handed_in, _advice, errors = run(submission)
        assert not errors
        answered.append(sum(value is not None for value in handed_in.values()))
    assert len(set(answered)) > 2
    assert max(answered) < len(RIGHT) + 1


def test_a_blank_submission_is_the_untouched_release(class_of_24, released):
    for submission in of(class_of_24, Shows.BLANK):
        notebook = nbformat.reads(submission.files["work.ipynb"].decode(), as_version=4)
        assert notebook == released


def test_one_submission_raises_and_hands_in_the_rest(class_of_24):
    (submission,) = of(class_of_24, Shows.RAISING)
    handed_in, _advice, errors = run(submission)
    assert [type(error) for error in errors] == [NameError]
    assert sum(value is not None for value in handed_in.values()) == len(RIGHT) - 1


def test_the_late_are_late_and_the_others_in_time(class_of_24):
    for submission in class_of_24:
        assert (submission.timestamp > DUE) == (submission.shows is Shows.LATE)


def test_a_timestamp_is_read_by_nbgrader_as_utc_wherever_the_due_date_was_written(solved, released):
    local = datetime(2026, 3, 2, 2, tzinfo=CHINA)
    for submission in make_class({"work": solved}, {"work": released}, language="zh", due=local):
        read = parse_utc(submission.files[TIMESTAMP].decode().strip())
        assert read == submission.timestamp.replace(tzinfo=None)
        assert (read > DUE.replace(tzinfo=None)) == (submission.shows is Shows.LATE)


def test_a_damaged_file_is_no_notebook_and_a_missing_one_is_not_there(class_of_24):
    (damaged,), (missing,) = of(class_of_24, Shows.DAMAGED), of(class_of_24, Shows.MISSING)
    with pytest.raises(nbformat.reader.NotJSONError):
        nbformat.reads(damaged.files["work.ipynb"].decode(), as_version=4)
    assert sorted(missing.files) == ["my notes.txt", TIMESTAMP]


def test_check_cells_are_untouched(class_of_24, released):
    def checks(notebook):
        return [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("locked")]

    for submission in class_of_24:
        if submission.shows not in (Shows.DAMAGED, Shows.MISSING):
            notebook = nbformat.reads(submission.files["work.ipynb"].decode(), as_version=4)
            assert [c.id for c in notebook.cells] == [c.id for c in released.cells]
            assert checks(notebook) == checks(released)


def test_no_submission_holds_markers_or_words_of_the_key(class_of_24):
    for submission in class_of_24:
        for content in submission.files.values():
            assert b"SOLUTION" not in content
            assert b"grader.key" not in content
            assert b"wrong" not in content


@pytest.mark.parametrize(
    ("language", "own", "other"), [("en", "age", "年龄"), ("zh", "年龄", "age")]
)
def test_written_answers_are_in_the_language_of_the_course(language, own, other):
    model = MODEL.partition("\n")[2].rpartition("\n")[0]
    whole = written_answer(model, language, 3, random.Random(1))
    assert own in whole
    assert other not in whole


def test_written_answers_differ_in_quality():
    model = MODEL.partition("\n")[2].rpartition("\n")[0]
    lengths = [len(written_answer(model, "en", quality, random.Random(1))) for quality in (0, 2, 3)]
    assert lengths == sorted(lengths)
    assert "ran out of time" in written_answer(model, "en", 1, random.Random(1))


def test_a_cell_that_several_tasks_rest_upon_keeps_both_mistakes(solved):
    first, second = (part for part in parts_of(solved) if part.task in ("first", "second"))
    assert first.cells == second.cells == ("pair-answer",)


def test_names_taken_from_outside_are_told_from_own_ones():
    code = "import math\nbook['x'] = [row * rate for row in rows]\nfor one in rows:\n    print(one)"
    needs, gives = names(code)
    assert needs == {"book", "rate", "rows", "print"}
    assert gives == {"math", "book", "one"}


def test_a_changed_table_is_a_prerequisite(solved):
    parts = parts_of(solved)
    mean = next(part for part in parts if part.task == "mean")
    assert prerequisites(mean.answer, mean, parts) == {"total"}


def test_a_check_that_hands_in_no_variable_is_named():
    with pytest.raises(DuecourseError, match="hands in a variable"):
        parts_of(new_notebook(cells=[check("total", "sum([1])")]))


def test_a_mistake_of_an_unknown_task_is_named():
    wrong = mistake('mistake("totl", 1, share=0.5, en="", zh="")')
    with pytest.raises(DuecourseError, match=r"'totl'.*Above it are: total"):
        parts_of(new_notebook(cells=[check("total", "total"), wrong]))


def test_a_release_that_lacks_a_cell_is_named(solved):
    with pytest.raises(DuecourseError, match="no cell 'total-answer'"):
        make_class({"work": solved}, {"work": new_notebook()}, language="en", due=DUE)


def test_more_mistakes_than_learners_are_refused():
    many = [mistake(f'mistake("a", {n}, share=0.5, en="", zh="")') for n in range(17)]
    solved = new_notebook(
        cells=[
            solution("a", "### BEGIN SOLUTION\na = 99\n### END SOLUTION"),
            check("a", "a"),
            *many,
        ]
    )
    with pytest.raises(DuecourseError, match="'a' has more known mistakes"):
        make_class({"work": solved}, {"work": solved}, language="en", due=DUE)


def test_a_mistake_leaves_what_other_tasks_need():
    def region(text):
        return f"### BEGIN SOLUTION\n{text}\n### END SOLUTION"

    cells = [
        solution("a", region("def double(x):\n    return 2 * x\n\n\na = double(3)")),
        check("a", "a"),
        mistake('mistake("a", 5, share=0.5, en="", zh="")'),
        solution("b", region("b = double(4)")),
        check("b", "b"),
    ]
    parts = parts_of(new_notebook(cells=cells))
    scope = {}
    exec(mistaken(cells[0].source, parts[0], 0, parts), scope)
    exec(parts[1].answer, scope)
    assert (scope["a"], scope["b"]) == (5, 8)


# A class that plays calls and codes transcripts: the answers of its notebook lie in a case's key.


@pytest.fixture(scope="module")
def spoken_course(tmp_path_factory):
    return spoken.checkout(tmp_path_factory.mktemp("spoken") / "checkout")


@pytest.fixture(scope="module")
def spoken_class(spoken_course):
    assignment = spoken_course.assignment("spoken")
    handed_out = nbformat.from_dict(assignment.notebooks["spoken"])
    handed_out.cells = [
        cell
        for cell in handed_out.cells
        if not {"mistake", "instructor"} & set(cell.metadata.get("tags", []))
        and cell.metadata.get("lang", "en") == "en"
    ]
    for cell in handed_out.cells:
        before, _solution, rest = cell.source.partition("### BEGIN SOLUTION")
        if rest:
            cell.source = before + rest.partition("### END SOLUTION")[2]
    return make_class(
        assignment.notebooks,
        {"spoken": handed_out},
        language="en",
        due=DUE,
        cases=assignment.cases,
    )


def spoken_marks(course, submission, folder, monkeypatch):
    """Run a submission's code beside its cases and return the share that each task earns."""
    place(course.assignment("spoken").cases.values(), folder, key=False)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    handed_in = {}
    scope = {}
    for cell in nbformat.reads(submission.files["spoken.ipynb"].decode(), 4).cells:
        if cell.cell_type == "code":
            try:
                exec(cell.source, scope)
            except (NameError, SyntaxError):
                continue
            scope["check"] = handed_in.__setitem__
    assignment = course.assignment("spoken")
    shares = {}
    for task, right, value in (
        ("the-call", None, handed_in["the-call"].as_answer()),
        ("labels", {"labels": spoken.LABELS}, handed_in["labels"].as_answer()),
    ):
        asked = assignment.tasks[task]
        basis = basis_of(asked, assignment.cases[asked.case])
        judge = [judge_call(value, basis)] if right is None else [judge_coding(value, right, basis)]
        shares[task] = judge[0] if isinstance(judge[0], str) else judge[0].share
    return shares


def test_nobody_in_the_class_imports_anything_of_the_instructors(spoken_class):
    for submission in spoken_class:
        for name, content in submission.files.items():
            if name.endswith(".ipynb"):
                text = content.decode()
                assert "grader" not in text.replace("nbgrader", "")
                assert not any(f"{taken}(" in text for taken in ("best", "expert", "right"))


def test_who_is_right_plays_in_plain_code(spoken_class, spoken_course, tmp_path, monkeypatch):
    for submission in of(spoken_class, Shows.RIGHT):
        text = nbformat.reads(submission.files["spoken.ipynb"].decode(), 4).cells
        code = "\n".join(cell.source for cell in text)
        assert "for option in ['greet', 'listen', 'plan']:\n    the_call.choose(option)" in code
        shares = spoken_marks(spoken_course, submission, tmp_path, monkeypatch)
        assert shares == {"the-call": 1, "labels": 1}


def test_the_class_plays_and_codes_in_many_ways(spoken_class, spoken_course, tmp_path, monkeypatch):
    shares = [
        spoken_marks(spoken_course, submission, tmp_path, monkeypatch)
        for submission in spoken_class
        if submission.shows in (Shows.PARTLY, Shows.MISTAKES, Shows.LATE, Shows.BLANK)
    ]
    calls = {share["the-call"] for share in shares}
    codings = {share["labels"] for share in shares}
    assert {0.0 < share < 1.0 for share in calls if not isinstance(share, str)} == {True, False}
    assert len([share for share in codings if not isinstance(share, str)]) >= 4
    assert any("choices so far: 0" in str(share) for share in calls)


def test_the_known_mistake_of_a_call_is_made_exactly(
    spoken_class, spoken_course, tmp_path, monkeypatch
):
    made = [one for one in spoken_class if ("the-call", 0) in one.mistakes]
    assert made
    for submission in made:
        shares = spoken_marks(spoken_course, submission, tmp_path, monkeypatch)
        # greet, listen, demand: outcome 0.4, lawful, two of three moments as kind as can be
        assert shares["the-call"] == pytest.approx(0.4 * 0.4 + 0.35 + 0.25 * 2 / 3)


@pytest.mark.parametrize("quality", [0, 1, 2])
def test_every_course_of_an_invented_learner_is_possible_and_ends(spoken_course, quality):
    case = spoken_course.assignment("spoken").cases["unpaid-parcel"]
    script = case.case.calls[0]
    for seed in range(30):
        choices = play_like(case, "ring", quality, random.Random(seed))
        assert replay(script, choices).end is not None
        assert choices != spoken.BEST


def test_worse_learners_play_and_code_worse(spoken_course):
    case = spoken_course.assignment("spoken").cases["unpaid-parcel"]
    key, script = case.key.calls["ring"], case.case.calls[0]
    turns = [turn.id for turn in case.case.transcripts[0].turns]

    def mean(shares):
        return sum(shares) / len(shares)

    played = [
        mean(
            [
                score(script, key, play_like(case, "ring", q, random.Random(n))).total
                for n in range(40)
            ]
        )
        for q in (0, 1, 2, 3)
    ]
    coded = [
        mean(
            [
                compare(code_like(case, "talk", q, random.Random(n)), spoken.LABELS, turns, ()).f1
                for n in range(40)
            ]
        )
        for q in (0, 1, 2, 3)
    ]
    assert played == sorted(played)
    assert coded == sorted(coded)
    assert (played[-1], coded[-1]) == (1, 1)
