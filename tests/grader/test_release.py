"""Release: one language, and nothing that only an instructor may see."""

import base64
import gzip
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from functools import cache

import nbformat
import pandas as pd
import pyarrow.parquet
import pytest
import yaml

from duecourse.cases.files import read
from duecourse.errors import DuecourseError
from duecourse.tasks import ChoiceTask
from grader.cases import case_files
from grader.course import Course, open_course
from grader.key import key_of
from grader.languages import one_language_of_data, one_language_of_text
from grader.release import lay_out, release
from tests.conftest import ROOT, cell_of, handed_out
from tests.grader import many_worlds, spoken

pytestmark = pytest.mark.kernel


def test_solutions_and_mistakes_and_instructors_cells_are_gone(released):
    notebook = handed_out(released)
    text = nbformat.writes(notebook)
    for secret in ("4711", "0.875", "mistake", "secret-hint", "xyzzy", "amount ** 2", "BEGIN"):
        assert secret not in text
    assert cell_of(notebook, "total-answer").source == "total = None\n# Your code here"
    assert cell_of(notebook, "why").source == "Your answer here."


def test_the_rubric_stands_before_the_written_answer(released):
    cells = handed_out(released).cells
    place = cells.index(cell_of(handed_out(released), "why"))
    rubric = cells[place - 1]
    assert rubric.id == "rubric-why"
    assert "| Title | **0**: Title | **4**: Title |" in rubric.source
    assert "题目" not in rubric.source
    assert "nbgrader" not in rubric.metadata


def test_one_language_is_kept(released):
    texts = [cell.source for cell in handed_out(released).cells if cell.cell_type == "markdown"]
    assert "Question total" in texts
    assert not any("问题" in text for text in texts)
    folder = released.folder / "release" / "tiny"
    assert (folder / "notes.md").read_text("utf-8").strip() == "English notes"
    tasks = yaml.safe_load((folder / "tasks.yaml").read_text("utf-8"))
    assert tasks["language"] == "en"
    assert tasks["tasks"][0]["title"] == {"en": "Title of total"}


def test_the_chinese_course_is_chinese(tiny):
    course = Course(tiny.root, "course-zh", "zh")
    release(course, "tiny")
    notebook = handed_out(course)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert "问题 total" in texts
    assert not any("Question" in text for text in texts)
    assert cell_of(notebook, "total-answer").source.endswith("# 在此写代码")
    folder = course.folder / "release" / "tiny"
    assert "中文说明" in (folder / "notes.md").read_text("utf-8")
    assert "language: zh" in (folder / "tasks.yaml").read_text("utf-8")


def test_a_course_keeps_the_language_that_it_was_released_in(released, monkeypatch):
    monkeypatch.delenv("DUECOURSE_LANGUAGE")
    chinese = Course(released.root, "course-zh", "zh")
    release(chinese, "tiny")
    assert open_course(released.root, "course-zh").language == "zh"
    assert open_course(released.root).language == "en"
    with pytest.raises(DuecourseError, match=r"course in 'en'.*--course course-zh"):
        release(Course(released.root, "course", "zh"), "tiny")


def test_nbgraders_own_command_releases_the_same(released, tmp_path):
    ours = nbformat.writes(handed_out(released))
    program = [sys.executable, "-m", "nbgrader", "generate_assignment", "tiny", "--force"]
    with released.environment():
        subprocess.run(program, cwd=released.root, check=True, capture_output=True)
    assert nbformat.writes(handed_out(released)) == ours


def test_the_key_folder_is_never_copied(released):
    names = {file.name for file in (released.folder / "release").rglob("*")}
    assert names == {"tiny", "tiny.ipynb", "tasks.yaml", "notes.md", "holdout.csv"}


def test_a_released_notebook_runs_from_top_to_bottom(released):
    from grader.key import run

    folder = released.folder / "release" / "tiny"
    notebook = run(handed_out(released), folder, "tiny")
    said = [
        output.data["text/plain"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    assert said[0] == "No answer yet: Title of total"
    assert len(said) == 8


def test_an_unknown_assignment_is_answered_with_what_there_is(tiny):
    with pytest.raises(DuecourseError, match=r"no assignment 'tony'.*It has: tiny"):
        release(tiny, "tony")


def test_a_solution_outside_a_solution_cell_stops_the_release(tiny):
    file = tiny.root / "assignments" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(file, 4)
    cell_of(notebook, "setup").source += "\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    nbformat.write(notebook, file)
    with pytest.raises(DuecourseError, match=r"could not be released: .*non-solution cell"):
        release(tiny, "tiny")


def test_a_text_keeps_what_belongs_to_no_language():
    text = "# A\n<!-- lang:en -->\nyes\n<!-- /lang -->\n<!-- lang:zh -->\n是\n<!-- /lang -->\nend\n"
    assert one_language_of_text(text, "en") == "# A\nyes\nend\n"
    assert one_language_of_text(text, "zh") == "# A\n是\nend\n"


def test_data_keep_one_language_at_every_depth():
    data = {"a": [{"en": "x", "zh": "某"}], "en_route": {"en": 1, "fr": 2}}
    assert one_language_of_data(data, "zh") == {"a": [{"zh": "某"}], "en_route": {"en": 1, "fr": 2}}


def test_a_learners_folder_is_renewed_and_nobodys_work_is_lost(released, tmp_path):
    (released.root / "notebooks" / "data").mkdir(parents=True)
    (released.root / "notebooks" / "data" / "x.csv").write_text("a\n1\n")
    (released.root / "notebooks" / "data" / "y.csv").write_text("b\n1\n")
    folder = tmp_path / "learner"
    assert lay_out(released, folder) == []
    (folder / "assignments" / "tiny" / "my-notes.txt").write_text("mine")
    (folder / "notebooks" / "data" / "y.csv").write_text("my own figures")
    for name in ("x", "y"):
        (released.root / "notebooks" / "data" / f"{name}.csv").write_text("a\n2\n")
    assert lay_out(released, folder) == [folder / "notebooks" / "data" / "y.csv"]
    assert (folder / "course.yaml").read_text() == "language: en\n"
    assert (folder / "notebooks" / "data" / "x.csv").read_text() == "a\n2\n"
    assert (folder / "notebooks" / "data" / "y.csv").read_text() == "my own figures"
    assert (folder / "assignments" / "tiny" / "my-notes.txt").read_text() == "mine"


# The leak test: what is secret, and every way out.


def secrets_of(assignment, key):
    """Return everything that must not reach a learner, by what it is."""
    found = {}
    for notebook in assignment.notebooks.values():
        for cell in notebook.cells:
            found |= dict.fromkeys(hidden_lines(cell), f"lines of cell {cell.id}")
    for name, task in key.tasks.items():
        # The names of options are public, and a single one is a word that occurs in many places.
        chosen = isinstance(assignment.tasks[name], ChoiceTask)
        values = [] if chosen else [task.value, *(mistake.value for mistake in task.mistakes)]
        texts = [text for mistake in task.mistakes for text in mistake.text.values()]
        texts += [json.dumps(value, ensure_ascii=False) for value in values]
        found |= dict.fromkeys((text for text in texts if len(text) >= 8), f"an answer to {name}")
        truths = [json.dumps(ways) for ways in (task.truth or {}).values()]
        found |= dict.fromkeys(truths, f"what treatments are worth in {name}")
    for file in (assignment.folder / "key").glob("*"):
        if file.name == "worlds.yaml":
            seeds = yaml.safe_load(file.read_text("utf-8"))["seeds"]
            found |= dict.fromkeys(map(str, seeds), "the seed of a world")
        lines = [line for line in file.read_text("utf-8").splitlines()[1:] if len(line) >= 8]
        if file.suffix == ".yaml":
            # what only names what follows, such as "people:", is said by every such file
            lines = [line for line in lines if not re.fullmatch(r"\s*[\w-]+:", line)]
        found |= dict.fromkeys(lines, f"a line of key/{file.name}")
    return found


def secrets_of_case(case):
    """Return everything of a case's key that must not reach a learner, by what it is.

    What rules say, and what is asked, may stand elsewhere too.
    """
    key, found = case.key, {}
    transcripts = [turn for one in key.transcripts.values() for turn in one.turns.values()]
    choices = [choice for call in key.calls.values() for choice in call.choices.values()]
    steps = [step for call in key.calls.values() for step in call.critical]
    for what, texts in {
        "why a turn has its labels": [turn.why for turn in transcripts],
        "what a choice is worth": [choice.why for choice in choices],
        "why a step is critical": [step.why for step in steps],
        "how an answer is found": [answer.how for answer in key.answers],
        "a model answer": [one.answer for one in key.write_ups],
        "the debrief": [key.lesson.debrief],
        "the decision": [key.mirror.decision] if key.mirror else [],
    }.items():
        for text in texts:
            for paragraph in "\n\n".join(text.values()).split("\n\n"):
                if len(paragraph) >= 12:
                    found[paragraph] = f"{what} in {case.slug}"
    for name, transcript in key.transcripts.items():
        labels = {turn: list(one.codes) for turn, one in transcript.turns.items()}
        found[json.dumps(labels)] = f"the labels of {case.slug}.{name}"
    for name, call in key.calls.items():
        found[json.dumps(call.best)] = f"the best course of {case.slug}.{name}"
    return found


def hidden_lines(cell):
    """Return what a cell hides: each pair of neighbouring lines; one line alone may say nothing."""
    inside = bool({"mistake", "instructor"} & set(cell.metadata.get("tags", [])))
    lines = []
    for line in cell.source.split("\n"):
        if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
            inside = "BEGIN" in line
        elif inside and line.strip() and line != "from grader.key import mistake":
            lines.append(line)
    pairs = ["\n".join(pair).strip() for pair in zip(lines, lines[1:] or [""], strict=False)]
    return [pair for pair in pairs if len(squeezed(pair)) >= 20]


@cache
def squeezed(text):
    """Return a text without white space, quotes and JSON's escapes."""
    return re.sub(r"\\[nt]|[\"'\\\s]", "", text)


def shapes(text):
    """Return a text as it could be hidden: plain, escaped, encoded, in another code."""
    plain = text.encode()
    yield plain
    yield json.dumps(text)[1:-1].encode()
    yield json.dumps(text, ensure_ascii=False)[1:-1].encode()
    yield text.replace('"', "&quot;").replace("'", "&#39;").encode()
    yield plain.hex().encode()
    if text.isdecimal():
        yield from (int(text).to_bytes(8, order) for order in ("little", "big"))
    yield text.encode("utf-16-le")
    for shift in range(3):
        # base64 of a text within other bytes, without the characters that its neighbours share
        coded = base64.b64encode(b"\0" * shift + plain)
        yield coded[(shift * 8 + 5) // 6 : len(plain) * 8 // 6 - 1]


def unpacked(content, depth=0):
    """Yield content and everything compressed or encoded in it."""
    yield content
    if depth == 3:
        return
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from unpacked(archive.read(name), depth + 1)
    for opened in (gzip.decompress, zlib.decompress):
        try:
            inner = opened(content)
        except (OSError, zlib.error, EOFError):
            continue
        yield from unpacked(inner, depth + 1)


def leaks(files, secrets):
    """Return which secrets stand in which files."""
    # the same bytes in a release and in a learner's folder are searched once
    parts = {part: file for file in files for part in unpacked(file.read_bytes())}
    loose = {squeezed(part.decode("utf-8", "replace")): file for part, file in parts.items()}
    found = {
        (file.name, what, secret[:60])
        for secret, what in secrets.items()
        for shape in shapes(secret)
        if len(shape) >= 8
        for part, file in parts.items()
        if shape in part
    }
    found |= {
        (file.name, what, secret[:60])
        for secret, what in secrets.items()
        for short in [squeezed(secret)]
        if len(short) >= 20
        for text, file in loose.items()
        if short in text
    }
    return sorted(found)


COLUMNS = {
    "accounts": "account_id product opened_on principal term_months annual_rate instalment due_day "
    "income essentials priority_debts employment sex age_band number_status letters_only",
    "instalments": "account_id number due_on amount",
    "payments": "payment_id account_id paid_on amount kind reverses",
    "monthly_snapshot": "account_id month months_on_book balance arrears days_past_due bucket status "
    "reported_bucket treatment trial inflow utilisation bounced_debits new_lenders contact_changed",
    "contact_log": "contact_id account_id at channel number role outcome disclosed",
    "promises": "promise_id account_id made_on due_on amount bucket",
    "hardship": "account_id disclosed_on cause",
    "complaints": "complaint_id account_id received_on cause upheld answered_on",
    "audit-log": "event_id at debtor_id account_id party agent channel mode number role purpose "
    "outcome identified hours_agreed debtor_unreachable disclosed content cites fact_on staff "
    "recorded id_shown entered entry_consent",
}
"""What learners may see of a world or a simulated log; everything else is its truth."""


def world_leaks(file, secrets):
    """Return what a table says that it must not: a world's columns, metadata, single values."""
    table = pyarrow.parquet.read_table(file)
    found = set()
    if "worlds" in file.parts or file.stem in COLUMNS:
        hidden = set(table.column_names) - set(COLUMNS.get(file.stem, "").split())
        found = {(file.name, "a hidden column", name) for name in hidden}
    about = [*(table.schema.metadata or {}).values()]
    about += [value for field in table.schema for value in (field.metadata or {}).values()]
    said = b"\n".join(about)
    found |= {(file.name, what, one) for one, what in secrets.items() if one.encode() in said}
    for name in table.column_names:
        values = {str(value) for value in table.column(name).unique().to_pylist()}
        found |= {(file.name, secrets[one], one) for one in values & secrets.keys()}
    return sorted(found)


def all_leaks(files, secrets):
    """Return which secrets stand in which files; tables of worlds are read value by value."""
    tables = [file for file in files if file.suffix == ".parquet"]
    found = [one for file in tables for one in world_leaks(file, secrets)]
    return found + leaks([file for file in files if file not in tables], secrets)


def test_the_leak_test_finds_what_is_hidden_in_a_world(tmp_path):
    secret = {"918273645546": "the seed of a world"}
    table = pd.DataFrame({"account_id": [1, 2], "balance": [1.5, 2.5], "month": ["a", "b"]})
    hidden = {
        "column": table.assign(willingness=0.5),
        "number": table.assign(account_id=[1, 918_273_645_546]),
        "text": table.assign(month=["918273645546", "b"]),
    }
    for name, one in {"clean": table, **hidden}.items():
        (tmp_path / name).mkdir()
        one.to_parquet(tmp_path / name / "monthly_snapshot.parquet", index=False)
    table.attrs["seed"] = 918_273_645_546
    (tmp_path / "attribute").mkdir()
    table.to_parquet(tmp_path / "attribute" / "monthly_snapshot.parquet", index=False)
    for folder in tmp_path.iterdir():
        found = all_leaks(list(folder.iterdir()), secret)
        assert bool(found) == (folder.name != "clean"), folder.name


def test_nothing_leaks_from_an_assignment_of_worlds(tmp_path):
    course = many_worlds.checkout(tmp_path / "checkout")
    course.folder.mkdir()
    class_ = ["zhang-haoran", "amara-okoye", "李雨桐同学的学号"]
    (course.folder / "learners.txt").write_text("\n".join(class_), "utf-8")
    release(course, "many")
    lay_out(course, tmp_path / "learner")
    assignment = course.assignment("many")
    secrets = secrets_of(assignment, key_of(assignment, course.keys, 2))
    secrets |= dict.fromkeys(class_, "a learner's id")
    assert {"the seed of a world", "what treatments are worth in policy"} <= set(secrets.values())
    ways_out = (course.folder / "release", tmp_path / "learner")
    files = [file for way in ways_out for file in way.rglob("*") if file.is_file()]
    assert all_leaks(files, secrets) == []
    assert not [file for file in files if file.name == "worlds.yaml" or file.parent.name == "key"]
    kept = [course.folder / "worlds.yaml", *course.keys.rglob("*.json")]
    assert leaks(kept, secrets)


def test_the_leak_test_finds_what_is_hidden(tmp_path):
    secret = {"monthly_total = 4711.25 + 1": "a solution"}
    hidden = {
        "spaced": b'"monthly_total  =\\n\\t4711.25 +  1"',
        "plain": b"x monthly_total = 4711.25 + 1 y",
        "base64": base64.b64encode(b"some text monthly_total = 4711.25 + 1 and more"),
        "gzip": gzip.compress(b"monthly_total = 4711.25 + 1"),
        "hex": b"monthly_total = 4711.25 + 1".hex().encode(),
        "wide": "monthly_total = 4711.25 + 1".encode("utf-16-le"),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner", hidden["plain"])
    hidden["zip"] = archive.getvalue()
    for name, content in hidden.items():
        (tmp_path / name).write_bytes(content)
        assert leaks([tmp_path / name], secret), name


def public_lines(assignment):
    """Return what is public anyway, so that it is no secret."""
    facts = [case.folder / "case.yaml" for case in assignment.cases.values()]
    files = (*assignment.public_files(), *facts)
    text = "".join(file.read_text("utf-8", "replace") for file in files)
    return text + (assignment.folder / "tasks.yaml").read_text("utf-8")


def test_nothing_leaks_from_the_small_assignment(released, tmp_path):
    assignment = released.assignment("tiny")
    secrets = secrets_of(assignment, key_of(assignment, released.keys))
    assert len(secrets) > 15
    lay_out(released, tmp_path / "learner")
    files = [file for file in (tmp_path / "learner").rglob("*") if file.is_file()]
    assert leaks(files, secrets) == []


@pytest.mark.timeout(1200)  # every assignment in every world, built and searched
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_leaks_from_the_kit(language, tmp_path, keys):
    root = tmp_path / "checkout"
    root.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for name in ("assignments", "notebooks", "case_studies"):
        shutil.copytree(ROOT / name, root / name)
    course = Course(root, "course", language)
    wheel = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        str(tmp_path / "dist"),
    ]
    subprocess.run(wheel, cwd=ROOT, check=True, capture_output=True)
    assert course.assignments()
    for name in course.assignments():
        release(course, name)
    lay_out(course, tmp_path / "learner")
    ways_out = (course.folder / "release", tmp_path / "learner", tmp_path / "dist")
    files = [file for way in ways_out for file in way.rglob("*") if file.is_file()]
    found = []
    for name in course.assignments():
        assignment = course.assignment(name)
        public = public_lines(assignment)
        secrets = {
            secret: what
            for secret, what in secrets_of(assignment, key_of(assignment, keys)).items()
            if secret not in public
        }
        assert len(secrets) > 50
        found += [(name, *leak) for leak in all_leaks(files, secrets)]
    exams = [case for case in map(read, folders_of_cases(course)) if case.case.use == "exam"]
    for case in exams:
        found += [(case.slug, *leak) for leak in all_leaks(files, secrets_of_case(case))]
    assert found == []
    there = {file.parent.name for file in (tmp_path / "learner").glob("case_studies/*/*/key.yaml")}
    assert not there & {case.slug for case in exams}


def folders_of_cases(course):
    return [file.parent for file in case_files(course.root)]


def test_nothing_leaks_of_an_exam_case_and_practice_comes_with_its_key(tmp_path):
    course = spoken.checkout(tmp_path / "checkout")
    folder = course.root / "assignments" / "spoken"
    exam = course.root / "case_studies" / "failure" / "unpaid-parcel"
    # What an author leaves lying about: notes, a copy of the case, a game of the own.
    (exam / "notes.md").write_text("The key says that greet is best.")
    shutil.copytree(exam, folder / "cases" / "unpaid-parcel")
    (folder / "answers").mkdir()
    (folder / "answers" / "unpaid-parcel.ring.json").write_text(json.dumps(spoken.BEST))
    shutil.copy(exam / "key.yaml", folder / "key.yaml")
    release(course, "spoken")
    lay_out(course, tmp_path / "learner")
    ways_out = (course.folder / "release", tmp_path / "learner")
    files = [file for way in ways_out for file in way.rglob("*") if file.is_file()]
    assignment = course.assignment("spoken")
    secrets = secrets_of(assignment, key_of(assignment, course.keys))
    secrets |= secrets_of_case(read(exam)) | {"The key says that greet": "an author's note"}
    public = public_lines(assignment)
    secrets = {secret: what for secret, what in secrets.items() if secret not in public}
    assert {
        "what a choice is worth in unpaid-parcel",
        "a model answer in unpaid-parcel",
        "the labels of unpaid-parcel.talk",
        "an answer to the-call",
        "an answer to labels",
    } <= set(secrets.values())
    assert leaks(files, secrets) == []
    assert leaks([exam / "key.yaml", exam / "notes.md"], secrets)
    keys = [file.relative_to(tmp_path) for file in files if file.name == "key.yaml"]
    assert [key.as_posix() for key in keys] == ["learner/case_studies/success/open-door/key.yaml"]
    assert not list(tmp_path.glob("learner/assignments/spoken/answers"))
    notebook = nbformat.read(course.folder / "release" / "spoken" / "spoken.ipynb", 4)
    assert not any("grader." in cell.source for cell in notebook.cells)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_case_goes_out_in_one_language_and_can_be_read_in_it(language, tmp_path):
    course = Course(spoken.checkout(tmp_path / "checkout").root, "course", language)
    release(course, "spoken")
    lay_out(course, tmp_path / "learner")
    for folder in (
        course.folder / "release" / "spoken" / "cases" / "unpaid-parcel",
        tmp_path / "learner" / "case_studies" / "success" / "open-door",
    ):
        case = read(folder)
        assert case.case.language == language
        assert set(case.case.title) == {language}
        assert case.rows("payments") == [{"paid_on": "2026-02-28", "amount": "12.5"}]
        for file in folder.glob("*.yaml"):
            assert ("中文" in file.read_text("utf-8")) == (language == "zh")


def test_a_case_that_is_taken_back_for_an_exam_leaves_the_learners_folder(tmp_path):
    course = spoken.checkout(tmp_path / "checkout")
    folder = tmp_path / "learner"
    lay_out(course, folder)
    place = "case_studies/success/open-door"
    (folder / place / "my-notes.md").write_text("mine")
    case = course.root / place / "case.yaml"
    case.write_text(case.read_text("utf-8").replace("use: practice", "use: exam"), "utf-8")
    lay_out(course, folder)
    assert [file.name for file in (folder / place).iterdir()] == ["my-notes.md"]


def test_a_task_is_never_marked_by_a_key_that_every_learner_has(tmp_path):
    course = spoken.checkout(tmp_path / "checkout")
    tasks = course.root / "assignments" / "spoken" / "tasks.yaml"
    text = tasks.read_text("utf-8").replace("case: unpaid-parcel", "case: open-door")
    tasks.write_text(text, "utf-8")
    with pytest.raises(DuecourseError, match=r"'the-call' is marked by the key of 'open-door'"):
        release(course, "spoken")


def test_a_case_that_is_not_there_stops_the_release_with_what_there_is(tmp_path):
    course = spoken.checkout(tmp_path / "checkout")
    tasks = course.root / "assignments" / "spoken" / "tasks.yaml"
    tasks.write_text(tasks.read_text("utf-8").replace("- open-door", "- open-dor"), "utf-8")
    with pytest.raises(DuecourseError, match=r"no case 'open-dor'.*Did you mean 'open-door'"):
        release(course, "spoken")
