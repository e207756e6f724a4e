"""A book written is the book read; files that are damaged, missing, foreign, huge or empty are told apart."""

import shutil
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from pyarrow import parquet

from duecourse import portfolio
from duecourse.errors import DuecourseError
from duecourse.portfolio import files, store
from duecourse.portfolio.files import Unreadable

FORMS = ["parquet", "csv"]


@pytest.fixture(scope="module")
def written(small, tmp_path_factory):
    """A folder for each form with the small book in it; tests copy it."""
    root = tmp_path_factory.mktemp("books")
    return {form: portfolio.write(small, root / form, form) for form in FORMS}


@pytest.fixture
def folder(request, written, tmp_path):
    """A copy of the small book in one form."""
    return shutil.copytree(written[request.param], tmp_path / "账户组合")


both = pytest.mark.parametrize("folder", FORMS, indirect=True)


def refused(folder):
    with pytest.raises(Unreadable) as error:
        portfolio.read(folder)
    return str(error.value)


def equal(one, other):
    for name, table in one.tables().items():
        assert_frame_equal(table, other.tables()[name], check_exact=True)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("seed", "accounts", "months"), [(7, 1, 2), (3, 500, 26)])
def test_a_book_read_is_the_book_written_types_included(tmp_path, form, seed, accounts, months):
    book = portfolio.world(seed, accounts, months)
    folder = portfolio.write(book, tmp_path / "deep" / "down", form)
    equal(portfolio.read(folder), book)
    assert sorted(one.name for one in folder.iterdir()) == sorted(
        [store.MANIFEST, *(f"{name}.{form}" for name in portfolio.TABLES)]
    )
    assert [one.name for one in folder.parent.iterdir()] == ["down"]


@pytest.mark.parametrize("form", FORMS)
def test_plain_texts_come_back_as_categories(tmp_path, small, form):
    plain = {
        name: table.astype(dict.fromkeys(table.select_dtypes("category").columns, "str"))
        for name, table in small.tables().items()
    }
    portfolio.write(replace(small, **plain), tmp_path / "book", form)
    equal(portfolio.read(tmp_path / "book"), small)


@pytest.mark.parametrize("folder", ["csv"], indirect=True)
def test_csv_is_what_excel_reads_in_chinese(folder, small):
    raw = (folder / "contact_log.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    frame = pd.read_csv(folder / "contact_log.csv", encoding="utf-8-sig")
    assert frame["at"].iloc[0] == str(small.contact_log["at"].iloc[0])
    accounts = (folder / "accounts.csv").read_text("utf-8-sig").splitlines()
    assert accounts[0].replace('"', "").startswith("account_id,product,opened_on,principal,")
    opened = small.accounts["opened_on"].dt.strftime("%Y-%m-%d").iloc[0]
    assert accounts[1].startswith(f"100001,{small.accounts['product'].iloc[0]},{opened},")
    assert "+08" not in raw.decode()


@pytest.mark.parametrize("folder", ["csv"], indirect=True)
def test_csv_saved_again_by_excel_is_still_read(folder, small):
    for name in ("accounts", "contact_log", "complaints"):
        file = folder / f"{name}.csv"
        table = pd.read_csv(file, encoding="utf-8-sig", dtype=str, keep_default_na=False)
        for column in table:
            if column in ("opened_on", "received_on", "answered_on"):
                days = pd.to_datetime(table[column].replace("", None))
                table[column] = [f"{d.year}/{d.month}/{d.day}" if pd.notna(d) else "" for d in days]
            if column == "at":
                times = pd.to_datetime(table[column])
                table[column] = [
                    f"{t.year}/{t.month}/{t.day} {t.hour}:{t.minute:02}" for t in times
                ]
            table[column] = table[column].replace({"true": "TRUE", "false": "FALSE"})
        table.to_csv(file, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    equal(portfolio.read(folder), small)


@both
def test_a_missing_file_is_named(folder):
    file = next(folder.glob("promises.*"))
    file.unlink()
    assert refused(folder) == f"{file} is missing."


@both
def test_an_empty_file_is_named(folder):
    file = next(folder.glob("promises.*"))
    file.write_bytes(b"")
    assert refused(folder) == f"{file} is empty."


@both
def test_a_huge_file_is_not_read(folder, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    assert "accounts" in refused(folder)
    assert "is too large" in refused(folder)


@pytest.mark.parametrize("folder", ["parquet"], indirect=True)
def test_a_small_file_of_very_many_rows_is_not_read(folder, monkeypatch):
    monkeypatch.setattr(files, "MOST_ROWS", 299)
    assert "accounts.parquet is too large: 300 rows, and at most 299 are read" in refused(folder)


@both
def test_a_file_cut_off_is_told_apart(folder):
    file = next(folder.glob("payments.*"))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert str(file) in refused(folder)


@pytest.mark.parametrize("folder", ["csv"], indirect=True)
def test_a_csv_file_cut_off_at_the_end_of_a_line_is_told_apart(folder):
    file = folder / "payments.csv"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-5]))
    assert f"{file} has {len(lines) - 6} rows, and book.yaml says {len(lines) - 1}" in refused(
        folder
    )


@both
@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\x00\x01", b"PK\x03\x04" + bytes(200), b"<html></html>"]
)
def test_a_foreign_file_is_told_apart(folder, content):
    file = next(folder.glob("accounts.*"))
    file.write_bytes(content)
    with pytest.raises(DuecourseError) as error:
        portfolio.read(folder)
    assert "accounts" in str(error.value)


@pytest.mark.parametrize("folder", ["csv"], indirect=True)
def test_a_value_of_another_type_is_told_with_its_row(folder):
    file = folder / "accounts.csv"
    file.write_text(file.read_text("utf-8-sig").replace("100003,", "hundred,", 1), "utf-8-sig")
    assert "invalid value 'hundred'" in refused(folder)
    assert "CSV UTF-8" in refused(folder)


@pytest.mark.parametrize("folder", ["csv"], indirect=True)
def test_another_encoding_is_told_apart(folder):
    file = folder / "hardship.csv"
    file.write_bytes("account_id,disclosed_on,cause\n100001,2026-01-01,逾期\n".encode("gbk"))
    assert "cannot be read as CSV" in refused(folder)


@both
def test_tables_that_are_no_book_are_told_with_the_folder(folder, small):
    wrong = small.promises.assign(amount=-1.0)
    if (folder / "promises.csv").exists():
        wrong.to_csv(folder / "promises.csv", index=False, encoding="utf-8-sig")
    else:
        wrong.astype({"made_on": "datetime64[ns]"}).to_parquet(folder / "promises.parquet")
    with pytest.raises(portfolio.InvalidBook) as error:
        portfolio.read(folder)
    assert str(error.value).startswith(
        f"{folder} holds no valid book.\nTable 'promises', column 'amount'"
    )


@pytest.mark.parametrize("folder", ["parquet"], indirect=True)
def test_a_category_that_does_not_exist_is_refused_and_not_lost(folder, small):
    table = small.promises.assign(bucket="M1")
    table.to_parquet(folder / "promises.parquet")
    with pytest.raises(portfolio.InvalidBook, match="column 'bucket': its type is"):
        portfolio.read(folder)
    causes = small.complaints.assign(cause="不满")
    small.promises.to_parquet(folder / "promises.parquet")
    causes.to_parquet(folder / "complaints.parquet")
    if len(causes):
        with pytest.raises(portfolio.InvalidBook, match="found 不满"):
            portfolio.read(folder)


@pytest.mark.parametrize("folder", ["parquet"], indirect=True)
def test_a_time_zone_is_refused(folder, small):
    zoned = small.promises.assign(made_on=small.promises["made_on"].dt.tz_localize("Asia/Shanghai"))
    zoned.to_parquet(folder / "promises.parquet")
    assert "column 'made_on': dates have no time zone here. Found: Asia/Shanghai" in refused(folder)


@pytest.mark.parametrize("folder", ["parquet"], indirect=True)
def test_a_table_with_other_columns_is_refused(folder):
    parquet.write_table(pa.table({"x": list(range(300))}), folder / "accounts.parquet")
    with pytest.raises(
        portfolio.InvalidBook, match=r"Table 'accounts' has no column 'account_id'\. It has: x"
    ):
        portfolio.read(folder)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        "kind: [",
        "kind: duecourse book\nversion: 2\nform: csv\nrows: {}",
        b"\xff\x00",
    ],
)
@pytest.mark.parametrize("folder", ["csv"], indirect=True)
def test_a_damaged_description_is_told_apart(folder, content):
    file = folder / store.MANIFEST
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert f"{file} is damaged or describes no book" in refused(folder)


def test_a_folder_without_a_book_says_what_it_holds(tmp_path):
    assert refused(tmp_path / "nowhere") == f"There is no folder {tmp_path / 'nowhere'}."
    (tmp_path / "photo.jpg").touch()
    assert "there is no book.yaml. It holds: photo.jpg" in refused(tmp_path)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path, small):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(DuecourseError, match=r"holds something else: thesis\.docx"):
        portfolio.write(small, tmp_path)
    with pytest.raises(DuecourseError, match=r"holds something else: thesis\.docx"):
        portfolio.write(small, tmp_path / "thesis.docx")
    assert (tmp_path / "thesis.docx").read_text() == "years of work"


def test_a_book_takes_the_place_of_another_in_any_form(tmp_path, small):
    other = portfolio.world(9, 20, 4)
    portfolio.write(small, tmp_path / "book", "csv")
    (tmp_path / "book" / ".DS_Store").touch()
    portfolio.write(other, tmp_path / "book", "parquet")
    equal(portfolio.read(tmp_path / "book"), other)
    assert not list((tmp_path / "book").glob("*.csv"))
    assert [one.name for one in tmp_path.iterdir()] == ["book"]


@pytest.mark.parametrize("fails", ["write_table", "_swap"])
def test_writing_that_fails_leaves_the_old_book_and_nothing_else(
    tmp_path, small, monkeypatch, fails
):
    portfolio.write(small, tmp_path / "book")

    def broken(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(store, fails, broken)
    with pytest.raises(OSError, match="no space left"):
        portfolio.write(portfolio.world(9, 20, 4), tmp_path / "book")
    equal(portfolio.read(tmp_path / "book"), small)
    assert [one.name for one in tmp_path.iterdir()] == ["book"]


def test_an_interruption_between_old_and_new_keeps_the_old_book(tmp_path, small, monkeypatch):
    portfolio.write(small, tmp_path / "book")
    rename = store.Path.rename

    def interrupted(self, target):
        if self.name.startswith(".book-") and target.name == "book":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(store.Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        portfolio.write(portfolio.world(9, 20, 4), tmp_path / "book")
    equal(portfolio.read(tmp_path / "book"), small)
    assert [one.name for one in tmp_path.iterdir()] == ["book"]


def test_what_is_no_book_is_not_written(tmp_path, small):
    with pytest.raises(portfolio.InvalidBook):
        portfolio.write(
            replace(small, promises=small.promises.assign(amount=-1.0)), tmp_path / "book"
        )
    with pytest.raises(DuecourseError, match="'parquet' or 'csv', not as 'xlsx'"):
        portfolio.write(small, tmp_path / "book", "xlsx")
    assert not (tmp_path / "book").exists()
