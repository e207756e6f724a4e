"""The list of a team and the list of holidays: what is understood, and what is said of the rest."""

from datetime import date

import pytest
from openpyxl import Workbook

from duecourse.errors import DuecourseError
from grader.training.team import Member, as_day, read_team
from grader.training.workdays import Workdays, read_workdays, weekdays

ROLES = {"new-collector": ("New collector", "新入职催收员"), "analyst": ("Analyst",)}
FIVE = frozenset(range(5))


def write(folder, text, encoding="utf-8", name="team.csv"):
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def test_a_list_gives_members_in_its_order(tmp_path):
    file = write(
        tmp_path,
        "learner,name,role,joined,certified\n"
        "li-ming,Li Ming,analyst,2026-03-01,2026-05-12\n\nzhao,,new-collector,,\n",
    )
    assert read_team(file, ROLES) == (
        Member("li-ming", "Li Ming", "analyst", date(2026, 3, 1), date(2026, 5, 12)),
        Member("zhao", "zhao", "new-collector", None, None),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_chinese_list_is_understood_in_each_encoding_that_spreadsheets_save(tmp_path, encoding):
    text = "工号,姓名,岗位,入职日期\r\nA01,欧阳青,新入职催收员,2026/3/1\r\n"
    [member] = read_team(write(tmp_path, text, encoding), ROLES)
    assert member == Member("A01", "欧阳青", "new-collector", date(2026, 3, 1))


def test_a_workbook_is_read_like_a_csv(tmp_path):
    book = Workbook()
    book.active.append(["learner", "name", "role", "joined"])
    book.active.append([1007, "李明", "analyst", date(2026, 3, 1)])
    book.save(tmp_path / "team.xlsx")
    [member] = read_team(tmp_path / "team.xlsx", ROLES)
    assert member == Member("1007", "李明", "analyst", date(2026, 3, 1))


def test_every_line_that_cannot_be_used_is_named(tmp_path):
    rows = ["a,boss,", ",analyst,", "b,analyst,31.02.2026", "b,analyst,2026-02-30", "c,analyst,"]
    file = write(tmp_path, "\n".join(["learner,role,joined", *rows, "c,analyst,"]))
    with pytest.raises(DuecourseError) as caught:
        read_team(file, ROLES)
    said = str(caught.value).splitlines()
    assert said[0] == f"{file} cannot be used as it is:"
    assert said[1] == "line 2: there is no role 'boss'; there are: new-collector, analyst"
    assert said[2] == "line 3: the id is missing"
    assert said[3] == "line 4: '31.02.2026' is no day such as 2026-03-31"
    assert said[4] == "line 5: '2026-02-30' is no day such as 2026-03-31"
    assert said[5:] == ["'b' stands in the list 2 times", "'c' stands in the list 2 times"]


def test_more_than_ten_problems_are_counted(tmp_path):
    file = write(tmp_path, "learner,role\n" + "".join(f"p{i},x\n" for i in range(13)))
    with pytest.raises(DuecourseError, match="and 3 more"):
        read_team(file, ROLES)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"\n\n , \n", "the first line names the columns"),
        (b"learner,role\n", "nobody below them"),
        (b"name,role\nx,y\n", "Needed: learner, role"),
        (b"learner,role,learner\nx,analyst,y\n", "the first line names the columns"),
        (b"\xff\xfe\x00\x81", "cannot be read as a table"),
        (b"learner,role\na\x00b,analyst\n", "cannot be read as a table"),
        (b"learner,role\na\x07b,analyst\n", "line 2: a text is too long or holds control"),
        (b"learner,role\n" + b"x" * 300 + b",analyst\n", "line 2: a text is too long"),
        (b"learner,role\n" + b"x,analyst\n" * 6000, "more than 5000 lines"),
        (b"x" * 6_000_000, "larger than 5 MB"),
        (b'learner,role\n"' + b"x" * 200_000 + b'",analyst', "cannot be read as a table"),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(tmp_path, data, why):
    file = tmp_path / "team.csv"
    file.write_bytes(data)
    with pytest.raises(DuecourseError, match=why):
        read_team(file, ROLES)


def test_a_missing_file_and_a_damaged_workbook_are_named(tmp_path):
    with pytest.raises(DuecourseError, match="There is no file"):
        read_team(tmp_path / "none.csv", ROLES)
    (tmp_path / "team.xlsx").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(DuecourseError, match="cannot be read as a table"):
        read_team(tmp_path / "team.xlsx", ROLES)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("2026/3/1", date(2026, 3, 1)),
        ("2026年3月1日", date(2026, 3, 1)),
        ("2028-02-29", date(2028, 2, 29)),
        ("2027-02-29", None),
        ("31.3.2026", None),
        ("45000", None),
        ("9999-12-31", None),
    ],
)
def test_days_are_read_as_people_write_them(text, day):
    assert as_day(text) == day


def test_weekdays_are_written_as_names_or_as_a_span():
    assert weekdays("mon-fri") == FIVE
    assert weekdays("Tue, thu") == {1, 3}
    assert weekdays("sat-mon") == {5, 6, 0}
    for wrong in ("", "monday-", "8", "mon,,tue"):
        with pytest.raises(DuecourseError, match="is no weekday"):
            weekdays(wrong)


def test_holidays_are_free_and_exchanged_days_are_worked(tmp_path):
    file = write(
        tmp_path,
        "开始,结束,类型,名称\n2027-02-05,2027-02-08,休,甲\n2027-02-14,,班,调休\n",
        "gb18030",
    )
    days = read_workdays(file, FIVE)
    assert list(days.between(date(2027, 2, 4), date(2027, 2, 9))) == [
        date(2027, 2, 4),
        date(2027, 2, 9),
    ]
    assert date(2027, 2, 14) in days  # a Sunday
    assert date(2027, 2, 13) not in days
    assert days.on_or_after(date(2027, 2, 5)) == date(2027, 2, 9)


def test_without_a_list_no_holiday_is_invented():
    assert date(2027, 10, 1) in read_workdays(None, FIVE)  # a Friday


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2027-02-05,,holiday,x", "off or work"),
        ("soon,,off,x", "off or work"),
        ("2027-02-05,2027-02-01,off,x", "is no holiday"),
        ("2027-02-05,2028-02-05,off,x", "is no holiday"),
        ("2027-02-05,,off,x\n2027-02-05,,work,y", "as free and as a day of work"),
    ],
)
def test_a_wrong_line_of_holidays_is_named(tmp_path, row, why):
    file = write(tmp_path, f"from,to,kind,name\n{row}\n")
    with pytest.raises(DuecourseError, match=why):
        read_workdays(file, FIVE)


def test_a_year_without_a_working_day_is_an_error():
    with pytest.raises(DuecourseError, match="There is no working day"):
        Workdays(frozenset()).on_or_after(date(2027, 1, 4))
