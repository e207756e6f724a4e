"""Collecting: whatever comes back is sorted to its learner, and nothing is lost."""

import csv
import errno
import io
import json
import os
import stat
import sys
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from nbgrader.utils import parse_utc

from duecourse.cli import main
from duecourse.errors import DuecourseError
from grader.collecting import collect, opening
from grader.release import lay_out
from grader.safekeeping import OtherRun, sole_run
from tests.conftest import answered

CLASS = (
    "# id, name\nli-ming,Li Ming\nwang-fang,王芳\nzhang-wei,Zhang Wei\nzhang-wei-2,Zhang Wei\n"
    "amara,Amara Okoye\n2024001,欧阳青\n7\n"
)


@pytest.fixture
def course(released):
    (released.folder / "learners.txt").write_text(CLASS, "utf-8")
    return released


def work(course, total="4712.25", learner=None):
    """Return a notebook as a learner saves it; the total makes it somebody's own."""
    notebook = answered(course, total=f"total = {total}")
    if learner:
        notebook.metadata["duecourse"] = {"learner": learner}
    return nbformat.writes(notebook).encode()


def packed(*members):
    """Return a zip archive of (name, content, (year, month, day, hour, minute, second))."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, *when in members:
            day = (when or [(2026, 3, 2, 9, 0, 0)])[0]
            archive.writestr(zipfile.ZipInfo(name, day), content)
    return stream.getvalue()


def taken(course, tmp_path, *members, name="download.zip", **options):
    file = tmp_path / name
    file.write_bytes(packed(*members))
    return collect(course, file, **options)


def there(course, learner, assignment="tiny"):
    """Return what lies in a learner's submission, without its timestamp."""
    folder = course.folder / "submitted" / learner / assignment
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "timestamp.txt"
    }


def handed_in_at(course, learner):
    text = (course.folder / "submitted" / learner / "tiny" / "timestamp.txt").read_text()
    return parse_utc(text.strip()).replace(tzinfo=UTC)


def local(*moment):
    """Return a moment of this machine's clock, as zip archives note it, in UTC."""
    return datetime(*moment).astimezone(UTC)


def kept_earlier(course, learner):
    return [file.read_bytes() for file in (course.folder / "earlier" / learner).rglob("*.ipynb")]


def states(done):
    return {one.learner: one.state for one in done.placed}


def reasons(done):
    return {one.name: one.reason for one in done.unplaced}


@pytest.mark.parametrize(
    ("name", "learner"),
    [
        ("li-ming/tiny.ipynb", "li-ming"),
        ("submitted/li-ming/tiny/tiny.ipynb", "li-ming"),
        ("tiny_LI-MING_final (1).ipynb", "li-ming"),
        ("li-ming-tiny.ipynb", "li-ming"),
        ("Li Ming_1234567_assignsubmission_file_/tiny.ipynb", "li-ming"),
        ("Li Ming_1234567_assignsubmission_file_/work.ipynb", "li-ming"),
        ("Li Ming_1234567_assignsubmission_file_work.ipynb", "li-ming"),
        ("Participant_1234567_assignsubmission_file_li-ming.ipynb", "li-ming"),
        ("limingb_1_2_x/liming_LATE_4321_98765_tiny-2.ipynb", "li-ming"),
        ("okoyeamara_4321_98765_work.ipynb", "amara"),
        ("Tiny_amara_attempt_2026-03-02-10-00-00_work.ipynb", "amara"),
        ("王芳的作业 (2).ipynb", "wang-fang"),
        ("小作业-王芳-最终版.ipynb", "wang-fang"),
        ("作业2024001.ipynb", "2024001"),
        ("欧阳青20240001.ipynb", "2024001"),
        ("zhang-wei-2.ipynb", "zhang-wei-2"),
        ("7/tiny.ipynb", "7"),
    ],
)
def test_a_path_says_whose_work_it_is(course, tmp_path, name, learner):
    done = taken(course, tmp_path, (name, work(course)))
    assert (reasons(done), states(done)) == ({}, {learner: "new"})
    assert there(course, learner) == {"tiny.ipynb": work(course)}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("tiny (7).ipynb", "nothing in its path"),
        ("li-ming-jr/tiny.ipynb", "nothing in its path"),
        ("xli-ming.ipynb", "nothing in its path"),
        ("王芳芳.ipynb", "nothing in its path"),
        ("Zhang Wei_12_assignsubmission_file_/tiny.ipynb", "zhang-wei, zhang-wei-2"),
        ("li-ming/amara.ipynb", "amara, li-ming"),
        ("Amara Okoye_12_assignsubmission_file_/li-ming.ipynb", "amara, li-ming"),
    ],
)
def test_what_names_nobody_or_two_people_is_set_aside_with_the_reason(course, tmp_path, name, why):
    done = taken(course, tmp_path, (name, work(course)))
    assert done.placed == ()
    [one] = done.unplaced
    assert why in one.reason
    assert one.file.read_bytes() == work(course)
    text = (course.folder / "unplaced" / "reasons.csv").read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1:] == [[f"download.zip/{name}", f"download.zip/{name}", one.reason]]


def test_the_id_in_the_notebook_counts_where_the_path_names_nobody(course, tmp_path):
    done = taken(
        course,
        tmp_path,
        ("work.ipynb", work(course, learner="Amara ")),
        ("2/work.ipynb", work(course, learner="somebody")),
        ("li-ming/work.ipynb", work(course, learner="amara")),
    )
    assert states(done) == {"amara": "new", "li-ming": "new"}
    assert [one.note for one in done.placed] == ["", "'amara' is written in the notebook"]
    [reason] = reasons(done).values()
    assert reason.endswith("in the notebook stands 'somebody'")


def test_the_id_that_opened_a_world_counts_too(course, tmp_path):
    notebook = answered(course)
    notebook.cells.append(nbformat.v4.new_code_cell('learner = "amara"\nbook = my_world(learner)'))
    done = taken(course, tmp_path, ("work.ipynb", nbformat.writes(notebook).encode()))
    assert states(done) == {"amara": "new"}


def test_the_newest_version_wins_and_the_older_is_kept(course, tmp_path):
    first, second = work(course, "1"), work(course, "2")
    done = taken(
        course,
        tmp_path,
        ("li-ming/tiny.ipynb", second, (2026, 3, 3, 8, 30, 0)),
        ("li-ming/tiny (1).ipynb", first, (2026, 3, 2, 8, 30, 0)),
    )
    assert [one.state for one in done.placed] == ["older", "new"]
    assert there(course, "li-ming") == {"tiny.ipynb": second}
    assert handed_in_at(course, "li-ming") == local(2026, 3, 3, 8, 30, 0)
    assert kept_earlier(course, "li-ming") == [first]


def test_of_two_versions_of_the_same_moment_the_later_copy_wins(course, tmp_path):
    first, second = work(course, "1"), work(course, "2")
    taken(course, tmp_path, ("li-ming/tiny (1).ipynb", second), ("li-ming/tiny.ipynb", first))
    assert there(course, "li-ming") == {"tiny.ipynb": second}
    assert kept_earlier(course, "li-ming") == [first]


def test_a_newer_submission_is_never_overwritten_and_an_older_one_gives_way(course, tmp_path):
    old, new = work(course, "1"), work(course, "2")
    late, early = (2026, 3, 9, 8, 0, 0), (2026, 3, 2, 8, 0, 0)
    assert states(taken(course, tmp_path, ("li-ming.ipynb", new, late))) == {"li-ming": "new"}
    before = [("li-ming.ipynb", old, early)]
    assert states(taken(course, tmp_path, *before, name="b.zip")) == {"li-ming": "older"}
    assert there(course, "li-ming") == {"tiny.ipynb": new}
    assert kept_earlier(course, "li-ming") == [old]
    newest = work(course, "3")
    done = taken(course, tmp_path, ("li-ming.ipynb", newest, (2026, 3, 10, 8, 0, 0)), name="c.zip")
    assert states(done) == {"li-ming": "newer"}
    assert there(course, "li-ming") == {"tiny.ipynb": newest}
    assert sorted(kept_earlier(course, "li-ming")) == sorted([old, new])


def test_a_submission_that_cannot_be_written_leaves_the_old_one_and_stops_nobody_else(
    course, tmp_path, monkeypatch
):
    taken(course, tmp_path, ("li-ming.ipynb", work(course, "1"), (2026, 3, 1, 8, 0, 0)))
    rename = Path.rename

    def full(self, target):
        if self.name == ".tiny.part" and self.parent.name == "li-ming":
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    done = taken(
        course,
        tmp_path,
        ("li-ming.ipynb", work(course, "2"), (2026, 3, 2, 8, 0, 0)),
        ("wang-fang.ipynb", work(course, "3")),
        name="again.zip",
    )
    assert states(done) == {"wang-fang": "new"}
    assert reasons(done) == {
        "again.zip/li-ming.ipynb": "it cannot be written: No space left on device"
    }
    assert there(course, "li-ming") == {"tiny.ipynb": work(course, "1")}
    assert [one.file.read_bytes() for one in done.unplaced] == [work(course, "2")]
    assert not list((course.folder / "submitted").rglob(".*"))


def test_nothing_is_collected_while_somebody_grades(course, tmp_path):
    with sole_run(course.folder), pytest.raises(OtherRun):
        taken(course, tmp_path, ("li-ming.ipynb", work(course)))
    assert not (course.folder / "submitted").exists()


def test_doing_it_again_changes_nothing(course, tmp_path):
    members = [
        ("li-ming/tiny.ipynb", work(course, "1"), (2026, 3, 2, 8, 0, 0)),
        ("li-ming/tiny (1).ipynb", work(course, "2"), (2026, 3, 3, 8, 0, 0)),
        ("who/tiny.ipynb", work(course, "3")),
        ("who/notes.txt", b"mine"),
    ]

    def everything():
        return {
            file.relative_to(course.folder).as_posix(): file.read_bytes()
            for step in ("submitted", "earlier", "unplaced")
            for file in (course.folder / step).rglob("*")
            if file.is_file()
        }

    first = taken(course, tmp_path, *members)
    before = everything()
    again = taken(course, tmp_path, *members)
    assert everything() == before
    assert {one.state for one in again.placed} == {"same"}
    assert reasons(again) == reasons(first)


def test_what_lies_beside_the_notebook_comes_with_it(course, tmp_path):
    done = taken(
        course,
        tmp_path,
        ("li-ming/tiny.ipynb", work(course)),
        ("li-ming/answers/open-door.talk.json", b"{}"),
        ("li-ming/answers/open-door.talk.log.jsonl", b"{}\n"),
        ("li-ming/timestamp.txt", b"1999-01-01 00:00:00 UTC"),
    )
    assert reasons(done) == {}
    assert set(there(course, "li-ming")) == {
        "tiny.ipynb",
        "answers/open-door.talk.json",
        "answers/open-door.talk.log.jsonl",
    }
    assert handed_in_at(course, "li-ming").year == 2026


def test_one_learners_files_never_reach_another(course, tmp_path):
    done = taken(
        course,
        tmp_path,
        ("li-ming_tiny.ipynb", work(course, "1")),
        ("amara_tiny.ipynb", work(course, "2")),
        ("amara_figures.csv", b"a"),
        ("figures.csv", b"b"),
        ("wang-fang/notes.txt", b"c"),
    )
    assert set(there(course, "li-ming")) == {"tiny.ipynb"}
    assert there(course, "amara")["amara_figures.csv"] == b"a"
    assert set(reasons(done)) == {"download.zip/figures.csv", "download.zip/wang-fang/notes.txt"}


def test_archives_within_archives_and_their_times(course, tmp_path):
    inner = packed(("work/tiny.ipynb", work(course), (2020, 1, 1, 0, 0, 0)))
    done = taken(course, tmp_path, ("li-ming.zip", inner, (2026, 3, 5, 10, 0, 0)))
    assert states(done) == {"li-ming": "new"}
    # what the platform noted, not what the learner's own clock says
    assert handed_in_at(course, "li-ming") == local(2026, 3, 5, 10, 0, 0)


def test_one_damaged_archive_stops_nobody_else(course, tmp_path):
    whole = packed(("tiny.ipynb", work(course)))
    done = taken(
        course,
        tmp_path,
        ("li-ming.zip", b"PK\x03\x04 nothing more"),
        ("amara.zip", whole),
        ("wang-fang.7z", b"7z\xbc\xaf\x27\x1c and so on"),
        ("zhang-wei.rar", b"Rar!\x1a\x07 and so on"),
    )
    assert states(done) == {"amara": "new"}
    said = reasons(done)
    assert said["download.zip/li-ming.zip"] == "it is damaged or no archive"
    assert "7z archives are not opened here: unpack it" in said["download.zip/wang-fang.7z"]
    assert "RAR" in said["download.zip/zhang-wei.rar"]
    assert {one.file.name for one in done.unplaced} == {
        "li-ming.zip",
        "wang-fang.7z",
        "zhang-wei.rar",
    }


def test_a_damaged_member_is_named_and_the_rest_is_taken(course, tmp_path):
    content = packed(("li-ming/tiny.ipynb", work(course)), ("amara/tiny.ipynb", os.urandom(4000)))
    place = content.index(b"amara/tiny.ipynb") + 200
    file = tmp_path / "d.zip"
    file.write_bytes(content[:place] + bytes(60) + content[place + 60 :])
    done = collect(course, file)
    assert states(done) == {"li-ming": "new"}
    assert reasons(done) == {
        "d.zip/amara/tiny.ipynb": "'tiny.ipynb' in it is damaged, or locked with a password"
    }


def test_a_damaged_notebook_is_still_that_learners_submission(course, tmp_path):
    done = taken(course, tmp_path, ("li-ming/tiny.ipynb", b'{"cells": ['), ("amara/x.ipynb", b""))
    assert states(done) == {"li-ming": "new"}
    assert reasons(done) == {
        "download.zip/amara/x.ipynb": "it is no notebook of a released assignment"
    }
    again = taken(course, tmp_path, ("amara/x.ipynb", b""), name="e.zip", assignment="tiny")
    assert states(again) == {"amara": "new"}


def test_a_bomb_is_refused_and_the_others_are_taken(course, tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "MOST", 1 << 20)
    monkeypatch.setattr(opening, "MOST_FILES", 10)
    many = packed(*((f"{number}.txt", b"x") for number in range(20)))
    done = taken(
        course,
        tmp_path,
        ("li-ming.zip", packed(("tiny.ipynb", bytes(3 << 20)))),
        ("wang-fang.zip", many),
        ("amara.zip", packed(("tiny.ipynb", work(course)))),
    )
    assert states(done) == {"amara": "new"}
    assert "larger than 1 MiB" in reasons(done)["download.zip/li-ming.zip"]
    assert "more than 10 files" in reasons(done)["download.zip/wang-fang.zip"]


def test_everything_together_has_a_limit_too(course, tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "MOST_OF_ALL", 1 << 20)
    with pytest.raises(DuecourseError, match="larger than 1 MiB"):
        taken(course, tmp_path, ("a", bytes(700_000)), ("b", bytes(700_000)))


def test_a_name_that_leads_out_is_kept_inside_and_a_link_is_not_followed(course, tmp_path):
    link = zipfile.ZipInfo("li-ming/link")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../../evil.txt", "out")
        archive.writestr(link, "/etc/passwd")
        archive.writestr("li-ming/tiny.ipynb", work(course))
    file = tmp_path / "d.zip"
    file.write_bytes(stream.getvalue())
    done = collect(course, file)
    assert states(done) == {"li-ming": "new"}
    assert set(there(course, "li-ming")) == {"tiny.ipynb"}
    assert sorted(reasons(done).values()) == [
        "it is a link, which is not followed",
        "its name leads out of the archive",
    ]
    assert not list(tmp_path.rglob("../evil.txt"))
    [evil] = [one.file for one in done.unplaced if one.file]
    assert (course.folder / "unplaced") in evil.parents
    assert evil.read_text() == "out"


def test_names_in_gbk_and_in_unmarked_utf8_are_read(course, tmp_path):
    for code in ("gbk", "utf-8"):
        name = "王芳/tiny.ipynb"
        stand_in = "x" * len(name.encode(code))
        content = packed((stand_in, work(course))).replace(stand_in.encode(), name.encode(code))
        (tmp_path / f"{code}.zip").write_bytes(content)
    assert states(collect(course, tmp_path / "gbk.zip")) == {"wang-fang": "new"}
    assert states(collect(course, tmp_path / "utf-8.zip")) == {"wang-fang": "same"}


def test_what_systems_put_into_archives_is_passed_over(course, tmp_path):
    done = taken(
        course,
        tmp_path,
        ("li-ming/tiny.ipynb", work(course)),
        ("__MACOSX/li-ming/._tiny.ipynb", b"\0\5\x16\7"),
        ("li-ming/.DS_Store", b"x"),
        ("li-ming/.ipynb_checkpoints/tiny-checkpoint.ipynb", work(course, "9")),
    )
    assert (states(done), done.unplaced) == ({"li-ming": "new"}, ())
    assert set(there(course, "li-ming")) == {"tiny.ipynb"}


def test_a_learners_whole_folder_yields_the_work_and_not_the_lessons(course, tmp_path):
    lessons = course.root / "notebooks"
    lessons.mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("A lesson")])
    nbformat.write(notebook, lessons / "01-lesson.ipynb")
    folder = tmp_path / "amara"
    lay_out(course, folder)
    done = collect(course, folder)
    assert (done.placed, done.unplaced) == ((), ())
    assert done.untouched == 6
    (folder / "assignments" / "tiny" / "tiny.ipynb").write_bytes(work(course))
    notebook.cells[0].source = "My notes"
    nbformat.write(notebook, folder / "notebooks" / "01-lesson.ipynb")
    done = collect(course, folder)
    assert (states(done), reasons(done)) == ({"amara": "new"}, {})
    assert set(there(course, "amara")) == {"tiny.ipynb"}


def test_a_tape_archive_works_too(course, tmp_path):
    file = tmp_path / "amara.tar.gz"
    with tarfile.open(file, "w:gz") as tape:
        entry = tarfile.TarInfo("work/tiny.ipynb")
        content = work(course)
        entry.size, entry.mtime = len(content), 1_772_000_000
        tape.addfile(entry, io.BytesIO(content))
    assert states(collect(course, file)) == {"amara": "new"}
    assert handed_in_at(course, "amara") == datetime.fromtimestamp(1_772_000_000, UTC)


def test_a_single_file_is_taken_with_its_own_time_which_is_never_in_the_future(course, tmp_path):
    file = tmp_path / "li-ming.ipynb"
    file.write_bytes(work(course))
    os.utime(file, (4_000_000_000, 4_000_000_000))
    now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert states(collect(course, file, now=now)) == {"li-ming": "new"}
    assert handed_in_at(course, "li-ming") == now


def test_a_timestamp_in_the_instructors_own_folder_counts(course, tmp_path):
    folder = tmp_path / "inbound" / "li-ming" / "tiny"
    folder.mkdir(parents=True)
    (folder / "tiny.ipynb").write_bytes(work(course))
    (folder / "timestamp.txt").write_text("2026-02-03 04:05:06 UTC")
    assert states(collect(course, tmp_path / "inbound")) == {"li-ming": "new"}
    assert handed_in_at(course, "li-ming") == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_what_was_set_aside_is_placed_once_the_class_list_knows_the_learner(course, tmp_path):
    file = ("new-colleague/tiny.ipynb", work(course))
    assert len(taken(course, tmp_path, file).unplaced) == 1
    roster = course.folder / "learners.txt"
    roster.write_text(roster.read_text("utf-8") + "new-colleague\n", "utf-8")
    done = collect(course, course.folder / "unplaced")
    assert (states(done), done.unplaced) == ({"new-colleague": "new"}, ())
    assert not (course.folder / "unplaced").exists()


def test_who_it_is_may_be_said_where_nothing_else_says_so(course, tmp_path):
    done = taken(course, tmp_path, ("work.ipynb", work(course)), learner="LI-MING")
    assert states(done) == {"li-ming": "new"}
    with pytest.raises(DuecourseError, match=r"'li-mingg' is not on the class list.*learners\.txt"):
        taken(course, tmp_path, ("work.ipynb", work(course)), learner="li-mingg")


def test_only_the_wanted_assignment_is_taken(course, tmp_path):
    other = course.folder / "release" / "other"
    other.mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('check("elsewhere", 1)')])
    nbformat.write(notebook, other / "other.ipynb")
    done = taken(course, tmp_path, ("li-ming/x.ipynb", work(course)), assignment="other")
    assert done.placed == ()
    assert list(reasons(done).values()) == ["it is of 'tiny', and only 'other' is taken"]
    with pytest.raises(DuecourseError, match="'nothing' is not released in this course"):
        taken(course, tmp_path, ("x", b""), assignment="nothing")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file name is Unicode")
def test_a_file_name_that_is_no_unicode_stops_nothing(course, tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / os.fsdecode("王芳".encode("gbk") + b".ipynb")).write_bytes(work(course))
    (folder / "li-ming.ipynb").write_bytes(work(course))
    done = collect(course, folder)
    assert states(done) == {"li-ming": "new"}
    assert [one.file.read_bytes() for one in done.unplaced] == [work(course)]
    assert "????.ipynb" in (course.folder / "unplaced" / "reasons.csv").read_text("utf-8-sig")


def test_reasons_cannot_become_formulas(course, tmp_path):
    taken(course, tmp_path, ("x.txt", b"1"), name="=cmd.zip")
    text = (course.folder / "unplaced" / "reasons.csv").read_text("utf-8-sig")
    assert text.splitlines()[1].startswith('"\'=cmd.zip/x.txt","\'=cmd.zip/x.txt"')


@pytest.mark.parametrize("content", [b"", b"7z\xbc\xaf\x27\x1c", b"PK\x03\x04"])
def test_an_archive_that_is_refused_as_a_whole_is_an_error(course, tmp_path, content):
    file = tmp_path / "all.zip"
    file.write_bytes(content)
    with pytest.raises(DuecourseError, match=r"all\.zip: "):
        collect(course, file)


def test_without_a_class_a_source_or_a_release_it_says_what_to_do(course, tiny, tmp_path):
    with pytest.raises(DuecourseError, match="There is no file or folder"):
        collect(course, tmp_path / "nowhere.zip")
    with pytest.raises(DuecourseError, match="belongs to the course itself"):
        collect(course, course.root)
    (course.folder / "learners.txt").unlink()
    with pytest.raises(DuecourseError, match=r"Write ids into .*learners\.txt"):
        taken(course, tmp_path, ("x", b""))
    with pytest.raises(DuecourseError, match="First: duecourse release"):
        collect(tiny, tmp_path)


def test_the_command_says_what_became_of_everything(course, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(course.root)
    file = tmp_path / "d.zip"
    file.write_bytes(packed(("li-ming/tiny.ipynb", work(course)), ("who.ipynb", work(course))))
    assert main(["collect", str(file)]) == 1
    said = capsys.readouterr().out
    assert "handed in: 1\n  li-ming: tiny\n" in said
    assert "d.zip/who.ipynb: nothing in its path" in said
    (tmp_path / "e.zip").write_bytes(packed(("li-ming/tiny.ipynb", work(course))))
    monkeypatch.setenv("DUECOURSE_LANGUAGE", "zh")
    assert main(["collect", str(tmp_path / "e.zip"), "--language", "en"]) == 0
    assert capsys.readouterr().out == "there already: 1\n"


@pytest.mark.kernel
def test_what_is_collected_can_be_graded(course, tmp_path):
    from grader.grading import autograde

    taken(course, tmp_path, ("li-ming/作业 (1).ipynb", work(course)))
    [done] = autograde(course, "tiny", isolated=False)
    assert (done.learner, done.state) == ("li-ming", "graded")


def test_the_marks_of_tasks_survive_a_notebook_without_metadata(course, tmp_path):
    data = json.loads(work(course))
    for cell in data["cells"]:
        cell["metadata"] = {}
    done = taken(course, tmp_path, ("li-ming/renamed.ipynb", json.dumps(data).encode()))
    assert states(done) == {"li-ming": "new"}
