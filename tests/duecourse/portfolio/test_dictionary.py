"""The data dictionary is complete: every column, every parameter, both languages, and true."""

import pytest

from duecourse import portfolio
from duecourse.errors import DuecourseError
from duecourse.language import speaking
from duecourse.portfolio import dictionary, future
from duecourse.portfolio.parameters import changed, entries
from tests.duecourse.portfolio.watching import UNTIL


@pytest.fixture(scope="module")
def tables():
    """Tables in which everything occurs, rare complaints included."""
    made = portfolio.simulate(4, 3_000, 30, UNTIL, p=changed(complaint=(0.05, 8)))
    ahead = future.prospects(made)
    return {**made.book.tables(), "instalments": made.book.instalments, "prospects": ahead}


def test_it_has_every_column_of_every_table_in_the_order_of_the_table(tables):
    about = dictionary.standard().tables
    assert {name: list(one.columns) for name, one in about.items()} == {
        name: list(table.columns) for name, table in tables.items()
    }


def test_the_texts_allowed_are_the_categories_in_their_order(tables):
    for name, one in dictionary.standard().tables.items():
        for column, entry in one.columns.items():
            values = tables[name][column]
            if values.dtype == "category":
                assert list(values.cat.categories) == list(entry.options), f"{name}.{column}"


def test_what_it_calls_missing_is_missing_somewhere_and_nothing_else(tables):
    for name, one in dictionary.standard().tables.items():
        for column, entry in one.columns.items():
            assert tables[name][column].isna().any() == (entry.missing is not None), column


def test_every_text_allowed_occurs(tables):
    for name, one in dictionary.standard().tables.items():
        for column, entry in one.columns.items():
            if entry.options is not None:
                assert set(tables[name][column].dropna()) == set(entry.options), f"{name}.{column}"


def test_every_parameter_shapes_a_column_and_no_other_is_named():
    named = {
        parameter
        for one in dictionary.standard().tables.values()
        for entry in one.columns.values()
        for parameter in entry.parameters
    }
    assert named == set(entries())


def test_both_languages_say_something_about_everything():
    with speaking("en"):
        english, numbers = dictionary.dictionary(), dictionary.parameters()
    with speaking("zh"):
        chinese, zahlen = dictionary.dictionary(), dictionary.parameters()
    same = ["table", "column", "parameters", "assumptions"]
    assert english[same].equals(chinese[same])
    for table, other, texts in (
        (english, chinese, ["meaning", "allowed", "missing", "seen"]),
        (numbers, zahlen, ["meaning", "unit"]),
    ):
        for name in texts:
            assert table[name].ne("").all()
            assert table[name].ne(other[name]).all(), name
            assert other[name].str.contains(r"[\u4e00-\u9fff]").all(), name
    assert (english["unit"] != "").eq(chinese["unit"] != "").all()


def test_amounts_days_and_shares_have_units():
    table = dictionary.dictionary().set_index(["table", "column"])["unit"]
    assert table["accounts", "income"] == "yuan a month"
    assert table["payments", "amount"] == "yuan"
    assert table["monthly_snapshot", "days_past_due"] == "days"
    unitless = {column for (_table, column), unit in table.items() if not unit}
    assert {name for name in unitless if not name.endswith("_id")} == {
        "product", "employment", "sex", "age_band", "number_status", "letters_only", "status",
        "treatment", "trial", "contact_changed", "channel", "number", "role", "outcome", "disclosed",
        "kind", "reverses", "cause", "upheld",
    }  # fmt: skip


def test_it_says_who_sees_what_and_what_is_an_assumption():
    table = dictionary.dictionary()
    seen = table.groupby("table")["seen"].agg(set)
    assert seen.pop("prospects") == {"practice world only"}
    assert all(one == {"everybody"} for one in seen)
    assumed = table.set_index(["table", "column"])["assumptions"]
    assert assumed["accounts", "letters_only"] == "letters_only"
    assert assumed["monthly_snapshot", "reported_bucket"] == "plan_shown, plan_buffer"


def test_parameters_tell_their_sources():
    table = dictionary.parameters()
    assert table.loc["resolve_base", "source"] == "calibrated"
    assert table.loc["income_median", ["value", "unit", "source"]].tolist() == [
        "7200",
        "yuan a month",
        "assumption",
    ]
    assert "China" in table.loc["sale_price", "source"]
    assert table["assumption"].sum() > 60
    assert not table.loc[["resolve_base", "sale_price", "plan_months"], "assumption"].any()


@pytest.mark.parametrize(
    ("language", "head"), [("en", "# Data dictionary"), ("zh", "# 账户组合数据字典")]
)
def test_the_page_has_every_column_and_every_parameter(language, head):
    page = dictionary.as_markdown(language)
    assert page.startswith(head)
    for name, one in dictionary.standard().tables.items():
        assert f"\n## {name}\n" in page
        for column in one.columns:
            assert f"\n| {column} | " in page
    for name in entries():
        assert f"\n| {name} | " in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.count("|") - line.count("\\|") for line in rows} == {8, 6}


def test_a_language_that_nobody_speaks_is_refused():
    with pytest.raises(DuecourseError, match="speaks en and zh"):
        dictionary.as_markdown("fr")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type: flag", "type: flagg", "Input should be"),
        ("key: [promise_id]", "key: [promise]", "the key names a column 'promise'"),
        ("of: payments.payment_id", "of: payments.id", "there is no column 'payments.id'"),
        ("unit: day_of_month", "unit: weekday", "there is no unit 'weekday'"),
        ("type: flag\n", "type: text\n", "says which texts there are"),
        ("tables:", "tabels:", "tables: Field required"),
        ("units:", "units: [", "is no data dictionary"),
    ],
)
def test_a_damaged_dictionary_is_refused(tmp_path, old, new, message):
    file = tmp_path / "dictionary.yaml"
    file.write_text(dictionary.FILE.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(DuecourseError) as error:
        dictionary.load(file)
    assert message in str(error.value)
    assert str(file) in str(error.value)
