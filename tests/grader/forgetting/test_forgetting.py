"""A learner is removed from a course, everywhere; everybody else keeps everything."""

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
import yaml
from nbgrader.utils import notebook_hash

from duecourse import cli
from duecourse.errors import DuecourseError
from duecourse.worlds import digest
from grader.certificates import register
from grader.certificates.document import Certificate, Signed
from grader.exports import write
from grader.forgetting import forget, plan, removing, sweep
from grader.forgetting.sweep import JOURNAL
from grader.integrity import integrity
from grader.release import digest_of
from grader.safekeeping import OtherRun, backed_up, sole_run
from tests.grader.exports.small import build
from tests.grader.gradebooks import contents, differences, of_learner

LI = ("li-ming", "李明", "李 明", "明 李", "ming@bank.example")


@pytest.fixture(scope="module")
def _built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("class"))


@pytest.fixture
def course(_built, tmp_path):
    """A course in which li-ming stands in every place that knows learners, and others do too."""
    root = tmp_path / "checkout"
    shutil.copytree(_built.root, root)
    course = type(_built)(root, "course", "en")
    exchange = tmp_path / "exchange"
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.Exchange.root = {str(exchange)!r}\n")
    with course.gradebook() as gradebook:
        gradebook.add_student("li-ming-2", first_name="明华", last_name="李")
    folder = course.folder
    (folder / "learners.txt").write_text("li-ming, 李明\nbo\nli-ming-2,李明华\n", "utf-8")
    dealt = {"small": {"li-ming": 3, "bo": 1, "li-ming-2": 2}}
    (folder / "worlds.yaml").write_text(yaml.safe_dump(dealt))
    listed = {"assignment": "small", "worlds": 8}
    listed["learners"] = {digest("small", one): 1 for one in ("li-ming", "bo")}
    given = {}
    for place in ("release/small", "learner/assignments/small"):
        worlds = folder / place / "worlds"
        worlds.mkdir(parents=True)
        (worlds / "class.yaml").write_text(yaml.safe_dump(listed, sort_keys=False))
    given["assignments/small/worlds/class.yaml"] = digest_of((worlds / "class.yaml").read_bytes())
    (folder / "learner" / ".given.json").write_text(json.dumps(given))
    work = folder / "feedback" / "li-ming" / "small"
    work.mkdir(parents=True)
    (work / "small.html").write_text("<p>李明</p>")
    (work / "submission_secret.txt").write_text("secret")
    ours = exchange / "duecourse-en"
    for who in ("li-ming", "li-ming-2"):
        inbound = ours / "inbound" / f"{who}+small+2026-02-28 10:00:00 UTC+abcdef"
        inbound.mkdir(parents=True)
        (inbound / "small.ipynb").write_text(who)
    (ours / "feedback").mkdir()
    page = notebook_hash(secret="secret", notebook_id="small")
    (ours / "feedback" / f"{page}.html").write_text("<p>li-ming</p>")
    (ours / "feedback" / "other.html").write_text("<p>bo</p>")
    marks = folder / "marking" / "small" / "advice" / "chen.jsonl"
    marks.parent.mkdir(parents=True)
    lines = [{"learner": one, "points": 2} for one in ("li-ming", "bo", "li-ming-2")]
    marks.write_text("".join(f"{json.dumps(one)}\n" for one in lines))
    (folder / "log.txt").write_text("graded bo\ngraded li-ming\ngraded li-ming-2\n")
    table = 'id,note\nbo,"two\nlines"\nx,"asked 李明\nabout it"\n'
    (folder / "notes.csv").write_bytes(table.encode("gb18030"))
    for to in ("csv", "xlsx", "moodle"):
        write(course, to)
    (folder / "report").mkdir()
    (folder / "report" / "small.html").write_text("<td>Li: &#26446;&#26126;</td>")
    (folder / "unplaced").mkdir()
    (folder / "unplaced" / "homework.ipynb").write_text(json.dumps({"learner": "李明"}))
    with zipfile.ZipFile(folder / "unplaced" / "all.zip", "w") as packed:
        packed.writestr("li-ming/small.ipynb", "x")
    backed_up(course.db_url, folder, datetime(2026, 3, 2, tzinfo=UTC))
    return course


def forms_of(word):
    return word.encode(), word.encode("gb18030"), json.dumps(word)[1:-1].encode()


def everywhere(folder, words=LI):
    """Return the files below a folder in whose name or bytes one of the words stands as it is.

    This search shares no code with the one that is tested; longer ids are taken out first.
    """
    found = []
    for file in sorted(folder.rglob("*")):
        blobs = [str(file.relative_to(folder)).encode()]
        if file.is_file():
            blobs.append(file.read_bytes())
            if zipfile.is_zipfile(file):
                with zipfile.ZipFile(file) as packed:
                    blobs += [packed.read(name) for name in packed.namelist()]
                    blobs.append("\n".join(packed.namelist()).encode())
        for one in blobs:
            blob = one
            for longer in ("li-ming-2", "李明华", "明华"):
                for form in forms_of(longer):
                    blob = blob.replace(form, b"")
            forms = [form for word in words for form in forms_of(word)]
            if any(form in blob for form in forms) or b"&#26446;&#26126;" in blob:
                found.append(str(file.relative_to(folder)))
                break
    return found


def test_afterwards_no_byte_of_the_course_names_the_learner(course):
    assert len(everywhere(course.folder)) > 15
    done = forget(course, "li-ming")
    assert everywhere(course.folder) == []
    assert done.left == done.namesakes == ()
    assert done.remains == []


def test_the_free_pages_of_the_gradebook_and_its_backups_are_empty(course):
    book = course.folder / "gradebook.db"
    with closing(sqlite3.connect(book)) as opened:
        opened.execute("CREATE TABLE old AS SELECT 'li-ming was here' AS text FROM student")
        opened.commit()
        opened.execute("PRAGMA secure_delete = OFF")
        opened.execute("DROP TABLE old")
        opened.commit()
    assert b"li-ming was here" in book.read_bytes()
    forget(course, "li-ming")
    assert b"li-ming was here" not in book.read_bytes()
    for file in (book, *(course.folder / "backups").iterdir()):
        with closing(sqlite3.connect(file)) as opened:
            assert opened.execute("PRAGMA freelist_count").fetchone() == (0,)
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_gradebook_loses_the_learner_s_rows_and_no_others(course):
    before = contents(course.db_url)
    lost = of_learner(before, "li-ming")
    assert len(lost["grade"]) == 3
    forget(course, "li-ming")
    expected = {
        table: [row for row in rows if row not in lost.get(table, [])]
        for table, rows in before.items()
    }
    assert differences(contents(course.db_url), expected) == []
    assert integrity(course.db_url) == []


def test_backups_are_rewritten_and_keep_everybody_else(course):
    [backup] = (course.folder / "backups").iterdir()
    forget(course, "li-ming")
    students = contents(f"sqlite:///{backup}")["student"]
    assert {dict(row)["id"] for row in students} == {"=cmd", "absent", "ada", "bo", "li-ming-2"}


def test_others_keep_their_lines_worlds_and_places_in_the_exchange(course, tmp_path):
    forget(course, "li-ming")
    folder = course.folder
    assert (folder / "learners.txt").read_text("utf-8") == "bo\nli-ming-2,李明华\n"
    assert yaml.safe_load((folder / "worlds.yaml").read_text()) == {
        "small": {"bo": 1, "li-ming-2": 2}
    }
    marks = (folder / "marking/small/advice/chen.jsonl").read_text().splitlines()
    assert [json.loads(line)["learner"] for line in marks] == ["bo", "li-ming-2"]
    assert (folder / "log.txt").read_text() == "graded bo\ngraded li-ming-2\n"
    assert (folder / "notes.csv").read_bytes() == b'id,note\nbo,"two\nlines"\n'
    left = sorted(file.name for file in (tmp_path / "exchange").rglob("*") if file.is_file())
    assert left == ["other.html", "small.ipynb"]


def test_the_learner_s_digest_leaves_the_lists_that_were_handed_out(course):
    forget(course, "li-ming")
    for place in ("release/small", "learner/assignments/small"):
        file = course.folder / place / "worlds" / "class.yaml"
        assert yaml.safe_load(file.read_text())["learners"] == {digest("small", "bo"): 1}
    given = json.loads((course.folder / "learner" / ".given.json").read_text())
    assert given["assignments/small/worlds/class.yaml"] == digest_of(file.read_bytes())


def test_what_is_made_anew_is_removed_and_named(course):
    steps = {step.place.name: step.kind for step in plan(course, "li-ming").steps}
    assert {name for name, kind in steps.items() if kind == "rebuilt"} == {
        *("course.csv", "course.xlsx", "course-moodle.csv", "small.html")
    }


def test_a_plan_changes_nothing(course):
    before = {file: file.read_bytes() for file in course.folder.rglob("*") if file.is_file()}
    plan(course, "li-ming")
    after = {file: file.read_bytes() for file in course.folder.rglob("*") if file.is_file()}
    assert after == before


@pytest.mark.parametrize("number", range(0, 24, 3))
def test_a_run_that_was_broken_off_is_finished_by_the_next(course, monkeypatch, number):
    steps = plan(course, "li-ming").steps
    assert len(steps) > 15
    stop = steps[min(number, len(steps) - 1)]
    made = removing._steps

    def broken(*about):
        for step in made(*about):
            if step.place == stop.place:

                def act():
                    raise KeyboardInterrupt

                yield type(step)(step.place, step.kind, step.detail, act)
            else:
                yield step

    with monkeypatch.context() as patched:
        patched.setattr(removing, "_steps", broken)
        with pytest.raises(KeyboardInterrupt):
            forget(course, "li-ming")
    forget(course, "li-ming")
    assert everywhere(course.folder) == []


def test_the_names_are_noted_until_the_end_and_not_longer(course, monkeypatch):
    def cut(*_about):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sweep, "found", cut)
        with pytest.raises(KeyboardInterrupt):
            forget(course, "li-ming")
    [journal] = course.folder.glob(f"{JOURNAL}*")
    assert journal.stat().st_mode & 0o777 == 0o600
    (course.folder / "late.txt").write_text("李明 came back\n", "utf-8")
    forget(course, "li-ming")
    assert (course.folder / "late.txt").read_text() == ""
    assert not list(course.folder.glob(f"{JOURNAL}*"))


def test_somebody_else_s_work_is_left_alone_and_named(course):
    file = course.folder / "submitted" / "bo" / "small" / "thanks.md"
    file.write_text("with li-ming")
    done = forget(course, "li-ming")
    assert [step.place for step in done.remains] == [file]
    assert done.left == (file,)
    assert file.read_text() == "with li-ming"


def test_a_file_that_names_several_learners_is_not_thrown_away(course):
    file = course.folder / "unplaced" / "both.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("li-ming.ipynb", "x")
        packed.writestr("li-ming-2.ipynb", "x")
    assert file in forget(course, "li-ming").left
    assert file.is_file()


def test_a_namesake_in_the_course_s_own_texts_stays(course):
    text = course.folder / "release" / "small" / "case.md"
    text.write_text("李明 asks for a plan", "utf-8")
    done = forget(course, "li-ming")
    assert done.left == ()
    assert done.namesakes == (text,)
    assert text.is_file()


@pytest.mark.parametrize("sign", ["course.yaml", "gradebook.db"])
def test_a_course_inside_the_folder_is_a_course_of_its_own(course, sign):
    inner = course.folder / "demonstration"
    (inner / "submitted" / "li-ming").mkdir(parents=True)
    (inner / sign).write_text("language: en\n")
    forget(course, "li-ming")
    assert (inner / "submitted" / "li-ming").is_dir()


def test_a_link_is_removed_and_not_followed(course, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "li-ming.txt").write_text("li-ming")
    shutil.rmtree(course.folder / "submitted" / "li-ming")
    (course.folder / "submitted" / "li-ming").symlink_to(outside)
    (course.folder / "more").symlink_to(outside)
    forget(course, "li-ming")
    assert not (course.folder / "submitted" / "li-ming").is_symlink()
    assert (outside / "li-ming.txt").read_text() == "li-ming"


@pytest.mark.parametrize("learner", ["li-min", "", "..", ".", "a/b", "report", "small", "absen"])
def test_an_unknown_id_is_an_error_and_changes_nothing(course, learner):
    before = sorted(course.folder.rglob("*"))
    with pytest.raises(DuecourseError, match=r"Nobody in .* has the id"):
        forget(course, learner)
    assert (
        sorted(file for file in course.folder.rglob("*") if file.name != ".grading.lock") == before
    )


def test_the_nearest_id_is_named(course):
    with pytest.raises(DuecourseError, match="Did you mean 'li-ming'"):
        plan(course, "li-min")


def test_a_course_that_is_not_there_is_not_made(tmp_path, course):
    nowhere = type(course)(course.root, "nowhere", "en")
    with pytest.raises(DuecourseError, match="Nobody in"):
        forget(nowhere, "li-ming")
    assert not nowhere.folder.exists()


def test_a_certificate_is_deleted_and_its_number_stays(course):
    number, when = "DC-2026-2345-6789", date(2026, 3, 1)
    both = {"en": "Training", "zh": "培训"}
    facts = Certificate(
        number=number,
        name="李明",
        programme=both,
        issuer=both,
        percent="90.0",
        needed="80",
        critical=3,
        issued=when,
        expires=date(2027, 2, 28),
    )
    signed = Signed(certificate=facts, key="0" * 16, signature="A" * 86 + "==")
    register.enter_issued(course.folder, "li-ming", signed, datetime(2026, 3, 1, tzinfo=UTC))
    page = course.folder / "certificates" / "issued" / f"{number}.json"
    page.parent.mkdir()
    page.write_text(signed.text())
    assert "certificates" in {step.place.name for step in plan(course, "li-ming").steps}
    assert forget(course, "li-ming").left == ()
    assert not page.exists()
    kept = register.read(course.folder)
    assert list(kept.forgotten) == [number]
    assert kept.issued == {}


def test_the_register_of_certificates_is_never_torn_by_lines(course):
    file = course.folder / "certificates" / "register.jsonl"
    file.parent.mkdir()
    line = {"event": "revoked", "number": "DC-2026-2345-6789", "on": "2026-03-01"}
    text = json.dumps({**line, "reason": "asked by li-ming"}) + "\n"
    file.write_text(text)
    assert file in forget(course, "li-ming").left
    assert file.read_text() == text


def test_a_short_id_is_removed_from_its_places_and_no_text_is_torn(course):
    (course.folder / "text.csv").write_text("id,n\nbo,1\nx,bo\n")
    (course.folder / "body.txt").write_text("about a box\n")
    forget(course, "bo")
    assert (course.folder / "text.csv").read_text() == "id,n\nx,bo\n"
    assert (course.folder / "body.txt").read_text() == "about a box\n"
    assert not (course.folder / "submitted" / "bo").exists()
    assert "bo" not in {dict(row)["id"] for row in contents(course.db_url)["student"]}


def test_a_course_in_which_somebody_grades_is_left_alone(course):
    with sole_run(course.folder), pytest.raises(OtherRun):
        forget(course, "li-ming")
    assert (course.folder / "submitted" / "li-ming").is_dir()


def test_a_damaged_backup_is_named_as_what_remains(course):
    [backup] = (course.folder / "backups").iterdir()
    content = backup.read_bytes()
    backup.write_bytes(content[:100] + b"\xff" * 900 + content[1000:])
    done = forget(course, "li-ming")
    assert [step.place for step in done.remains] == [backup]


def test_the_command_shows_first_and_does_it_with_yes(course, monkeypatch, capsys):
    monkeypatch.chdir(course.root)
    assert cli.main(["forget", "li-ming"]) == 0
    shown = capsys.readouterr().out
    assert "to be removed:\n" in shown
    assert "course/submitted/li-ming (files: 1)" in shown
    assert shown.endswith("To do it: duecourse forget li-ming --yes\n")
    assert cli.main(["forget", "li-ming", "--yes"]) == 0
    assert "not found." in capsys.readouterr().out
    assert cli.main(["forget", "li-ming"]) == 1
    assert "Nobody in" in capsys.readouterr().err


def test_the_command_ends_with_1_when_something_is_left(course, monkeypatch, capsys):
    monkeypatch.chdir(course.root)
    (course.folder / "submitted" / "bo" / "small" / "n.md").write_text("li-ming")
    assert cli.main(["forget", "li-ming", "--yes"]) == 1
    assert "course/submitted/bo/small/n.md" in capsys.readouterr().out
