"""Plans as documents: what they say, that they open, and that no text of them does harm."""

import io
import re
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from docx import Document
from icalendar import Calendar
from openpyxl import load_workbook

from duecourse.errors import DuecourseError
from duecourse.language import speaking
from grader.training.events import Event, as_calendar
from grader.training.files import chosen, save
from grader.training.markdown import as_markdown
from grader.training.monthly import monthly
from grader.training.paper import Heading, Paper, Paragraph, Points, Table
from grader.training.plan import Wish, make_plan
from grader.training.programme import programme
from grader.training.publishing import publish
from grader.training.sheet import as_sheets
from grader.training.team import Member
from grader.training.word import as_word
from grader.training.yearly import annual

from .conftest import MONDAY, member

NOW = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
EVIL = '=HYPERLINK("http://x","y")'


def table(*rows, head=("A", "B")):
    return Table("Sheet: one/two", head, rows)


def paper(*pieces):
    return Paper("Title", "en", pieces, "The end")


@pytest.fixture
def plan(small, material):
    team = [
        member("amy", "new-collector"),
        Member("evil", EVIL, "working-collector", None),
        Member("pipe", "A | B <b>\n# C", "working-collector", None),
        Member("li", "李明", "team-lead", None),
    ]
    return make_plan(team, Wish(MONDAY), small, material, programme())


def of_word(data):
    """Return the paragraphs and the tables of a DOCX file."""
    document = Document(io.BytesIO(data))
    rows = [[[c.text for c in row.cells] for row in one.rows] for one in document.tables]
    return [one.text for one in document.paragraphs], rows


def test_markup_in_a_text_is_shown_and_not_obeyed():
    data = as_markdown(
        paper(
            Heading("# h"),
            Paragraph("- <b>no</b> *list*"),
            table(("a|b", "x\ny")),
            Points(("1. one",)),
        )
    ).decode()
    assert "## \\# h" in data
    assert "\\- \\<b\\>no\\</b\\> \\*list\\*" in data
    assert "| a\\|b | x<br>y |" in data
    assert "- 1\\. one" in data or "- \\1. one" in data


def test_a_table_in_markdown_has_as_many_cells_in_every_row(plan, small):
    text = as_markdown(annual(plan, small, programme())).decode()
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(cells) == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_text_of_a_workbook_is_a_formula(text):
    data = as_sheets(Paper(f"{text} t", "en", (Paragraph(text), table((text, "1")))), NOW)
    book = load_workbook(io.BytesIO(data))
    kinds = {cell.data_type for sheet in book for row in sheet for cell in row}
    assert "f" not in kinds
    first, second = book.worksheets
    assert second["A2"].value == f"'{text}"
    assert first["A2"].value.startswith("'")


def test_sheets_have_names_that_are_allowed_and_unique():
    long = Table("x" * 40, ("A",), (("1",),))
    book = load_workbook(io.BytesIO(as_sheets(paper(table(("a", "b")), long, long), NOW)))
    assert book.sheetnames[1:] == ["Sheet  one two", "x" * 31, f"{'x' * 27} 2"]
    assert book.worksheets[2]["A2"].value == 1


def test_a_plan_comes_back_from_word_as_it_was_written(plan, small):
    wanted = annual(plan, small, programme())
    texts, tables = of_word(as_word(wanted, NOW))
    assert texts[0] == "Annual training plan, 2027-01-04 to 2028-01-03"
    assert wanted.foot in texts
    made = [one for one in wanted.pieces if isinstance(one, Table)]
    assert [one[0] for one in tables] == [list(one.head) for one in made]
    assert [len(one) - 1 for one in tables] == [len(one.rows) for one in made]
    assert any(EVIL in row[2] for row in tables[0])


def test_a_word_document_says_its_language_and_its_fonts():
    with speaking("zh"):
        data = as_word(Paper("计划", "zh", (Paragraph("正文"), table(("一", "二")))), NOW)
    document = Document(io.BytesIO(data))
    assert document.core_properties.language == "zh-CN"
    assert document.core_properties.created == NOW
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get(fonts.nsmap and f"{{{fonts.nsmap['w']}}}eastAsia") == "Microsoft YaHei"
    assert document.tables[0].rows[0]._tr.trPr.xpath("w:tblHeader")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_months_plan_names_day_hour_people_and_material(plan, language):
    with speaking(language):
        found = monthly(plan, 2027, 1)
    first = next(one for one in found.pieces if isinstance(one, Table))
    monday = {"en": "2027-01-04 Mon", "zh": "2027-01-04 周一"}[language]
    assert first.rows[0][0] == monday
    assert first.rows[0][1] == "09:30–10:00"
    law = next(row for row in first.rows if row[5] == "01-law")
    assert law[3] == {"en": "Law", "zh": "中Law"}[language]
    text = as_markdown(found).decode()
    assert {"en": "no legal advice", "zh": "不构成法律意见"}[language] in text
    assert not re.search(r"[\u4e00-\u9fff]", text.replace("李明", "")) or language == "zh"


def test_a_joint_session_stands_once_with_all_its_groups(plan):
    first = next(one for one in monthly(plan, 2027, 2).pieces if isinstance(one, Table))
    [refresher] = [row for row in first.rows if row[3].startswith("Refresher")]
    assert refresher[2].splitlines() == [
        "team-lead, from 2027-01-04",
        "working-collector, from 2027-01-04",
    ]
    assert refresher[6].splitlines() == ["the whole group (1)", "the whole group (2)"]


def test_a_month_without_sessions_says_so(plan):
    text = as_markdown(monthly(plan, 2030, 1)).decode()
    assert "There are no sessions in this month." in text


def test_every_format_is_written_for_the_year_and_for_each_month(plan, small, tmp_path):
    formats = ("md", "docx", "xlsx", "ics")
    files = list(publish(plan, tmp_path, small, programme(), formats, NOW))
    assert len(files) == 3 * (1 + len(plan.months)) + 1
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert {one.name for one in files} >= {
        "annual-2027-01-04.docx", "month-2027-02.xlsx", "training-2027-01-04.ics"
    }  # fmt: skip


def test_one_month_alone_is_written_alone(plan, small, tmp_path):
    files = list(publish(plan, tmp_path, small, programme(), ("md", "ics"), NOW, [(2027, 2)]))
    assert [one.name for one in files] == ["month-2027-02.md", "training-2027-02.ics"]
    calendar = Calendar.from_ical(files[1].read_bytes())
    assert {one["dtstart"].dt.month for one in calendar.walk("VEVENT")} == {2}


def test_a_month_outside_the_plan_names_those_that_it_has(plan, small, tmp_path):
    with pytest.raises(DuecourseError, match=r"no sessions in 2029-01\. The plan has: 2027-01"):
        list(publish(plan, tmp_path, small, programme(), ("md",), NOW, [(2029, 1)]))


def test_the_calendar_has_every_session_at_its_hour_and_no_names(plan, small, tmp_path):
    [file] = publish(
        plan, tmp_path, small, programme(), ("ics",), NOW, zone=ZoneInfo("Asia/Shanghai")
    )
    calendar = Calendar.from_ical(file.read_bytes())
    events = calendar.walk("VEVENT")
    assert len(events) == len(plan.sessions)
    assert len({str(one["uid"]) for one in events}) == len(events)
    first = events[0]["dtstart"].dt
    assert first.replace(tzinfo=None) == datetime(2027, 1, 4, 9, 30)  # noqa: DTZ001 - Shanghai's
    assert first.utcoffset() == timedelta(hours=8)
    assert calendar.walk("VTIMEZONE")
    text = file.read_text("utf-8")
    assert "HYPERLINK" not in text
    assert "李明" not in text


def test_a_session_keeps_its_identity_when_the_plan_moves(plan, small, material, tmp_path):
    moved = make_plan(
        [one for group in plan.groups for one in group.members], Wish(MONDAY, hours=2.0),
        small, material, programme(),
    )  # fmt: skip
    uids = []
    for one, at in ((plan, NOW), (moved, NOW + timedelta(days=1))):
        [file] = publish(one, tmp_path, small, programme(), ("ics",), at)
        events = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
        uids.append({str(event["summary"]): (str(event["uid"]), event["sequence"]) for event in events
                     if "Law" in str(event["summary"])})  # fmt: skip
    before, after = uids
    assert before.keys() == after.keys()
    for name, (uid, sequence) in before.items():
        assert after[name][0] == uid
        assert after[name][1] > sequence


def test_without_a_zone_the_hours_hold_where_the_reader_is():
    at = datetime(2027, 1, 4, 9, 30)  # noqa: DTZ001 - the clock on the wall
    stamp = datetime(2026, 12, 1, 16, 30, tzinfo=timezone(timedelta(hours=8)))
    data = as_calendar("n", [Event("k", at, at, "t; u, v\nw")], stamp).decode()
    assert "DTSTART:20270104T093000\r\n" in data
    assert "DTSTAMP:20261201T083000Z" in data
    assert "SUMMARY:t\\; u\\, v\\nw" in data


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left_half(tmp_path):
    (tmp_path / "plan.md").mkdir()
    with pytest.raises(DuecourseError, match="cannot be written"):
        save(tmp_path / "plan.md", b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["plan.md"]


def test_formats_are_named_and_nothing_else():
    assert chosen("MD, docx,md") == ("md", "docx")
    for wrong in ("", ",", "pdf", "md,odt"):
        with pytest.raises(DuecourseError, match="Formats are md, docx, xlsx, ics"):
            chosen(wrong)


def test_libreoffice_opens_the_documents(plan, small, tmp_path):
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if not program:
        pytest.skip("LibreOffice is not installed")
    files = list(publish(plan, tmp_path, small, programme(), ("docx", "xlsx"), NOW, [(2027, 1)]))
    subprocess.run(
        [program, f"-env:UserInstallation={tmp_path.as_uri()}/profile", "--headless",
         "--convert-to", "pdf", "--outdir", str(tmp_path / "pdf"), *map(str, files)],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    assert (tmp_path / "pdf" / "month-2027-01.pdf").stat().st_size > 5_000


def test_names_of_days_are_those_of_the_month(plan):
    assert plan.month(2027, 1)[0].day == date(2027, 1, 4)
