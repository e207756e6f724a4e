"""A learner's world: found by the id, opened as tables, never guessed in silence."""

import pandas as pd
import pytest
import yaml

from duecourse import language
from duecourse.answers import read
from duecourse.tasks import TreatmentsTask
from duecourse.worlds import (
    Book,
    NoWorld,
    TableMissing,
    by_chance,
    cleaned,
    current,
    digest,
    my_world,
    number_of,
    open_world,
)

ACCOUNTS = pd.DataFrame({"account_id": [3, 1, 2], "name": ["李明", "Ana", "王雨桐"]})
SNAPSHOT = pd.DataFrame(
    {
        "account_id": [1, 2, 3, 1, 2, 3],
        "month": pd.to_datetime(["2024-01-31"] * 3 + ["2024-02-29"] * 3),
        "bucket": [1, 1, 1, 2, 0, 1],
    }
)
WAYS = {name: {"en": name, "zh": name} for name in ("none", "call", "plan")}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An assignment's folder with three worlds; amy is dealt the third."""
    for name in ("DUECOURSE_WORLD", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)
    for number in (1, 2, 3):
        world = tmp_path / "worlds" / str(number)
        world.mkdir(parents=True)
        ACCOUNTS.assign(world=number).to_parquet(world / "accounts.parquet")
        SNAPSHOT.to_parquet(world / "monthly_snapshot.parquet")
    about = {"assignment": "many", "worlds": 3, "learners": {digest("many", "amy"): 3}}
    (tmp_path / "worlds" / "class.yaml").write_text(yaml.safe_dump(about))
    return tmp_path


def unlisted(folder, avoiding):
    """Return an id that is on no list and leads to another world than that."""
    ids = (f"learner-{number}" for number in range(100))
    return next(one for one in ids if number_of(one, folder)[0] != avoiding)


def test_the_id_on_the_list_leads_to_the_world_that_was_dealt(folder):
    book = my_world("amy", folder)
    assert book.number == 3
    assert set(book.accounts["world"]) == {3}


@pytest.mark.parametrize("written", ["Amy", " amy ", "ＡＭＹ", "\tAMY\n"])
def test_case_width_and_spaces_of_an_id_do_not_matter(folder, written):
    assert my_world(written, folder).number == 3


def test_ids_in_chinese_are_told_apart():
    assert cleaned(" 李明 ") == "李明"
    assert digest("many", "李明") != digest("many", "李鸣")


def test_the_same_id_stands_under_another_digest_in_another_assignment():
    assert digest("many", "amy") != digest("more", "amy")


def test_an_unknown_id_is_a_note_and_always_leads_to_the_same_world(folder, capsys):
    book = my_world("stranger", folder)
    assert book.number == my_world("STRANGER ", folder).number
    assert book.number == by_chance(digest("many", "stranger"), 3)
    assert "'stranger' is not on the class's list" in capsys.readouterr().out


def test_the_note_is_said_in_chinese_too(folder, capsys):
    language.use("zh")
    my_world("路人", folder)
    assert "“路人”不在班级名单上" in capsys.readouterr().out


def test_a_listed_id_is_opened_without_a_word(folder, capsys):
    my_world("amy", folder)
    assert not capsys.readouterr().out


@pytest.mark.parametrize("empty", ["", "  ", "\u3000"])
def test_an_empty_id_asks_for_the_id(folder, empty):
    with pytest.raises(NoWorld, match="Write your id into the cell above"):
        my_world(empty, folder)


def test_an_error_is_shown_as_a_sentence(folder):
    with pytest.raises(NoWorld) as caught:
        my_world("", folder)
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_jupyterhubs_user_counts_where_the_id_is_empty(folder, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "amy")
    assert my_world("", folder).number == 3
    other = unlisted(folder, 3)
    assert my_world(other, folder).number == number_of(other, folder)[0] != 3


def test_the_grader_comes_before_the_id(folder, monkeypatch, capsys):
    monkeypatch.setenv("DUECOURSE_WORLD", "2")
    assert my_world("amy", folder).number == 2
    assert my_world("", folder).number == 2
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "message"),
    [("7", r"World 7 is not in .*; the worlds there: 1, 2, 3"), ("x", "no number of a world")],
)
def test_a_world_that_is_not_there_is_named_with_those_that_are(
    folder, monkeypatch, value, message
):
    monkeypatch.setenv("DUECOURSE_WORLD", value)
    with pytest.raises(NoWorld, match=message):
        my_world("amy", folder)


def test_a_folder_without_worlds_says_where_to_go(tmp_path):
    with pytest.raises(NoWorld, match=r"worlds there: none.*folder that it was handed out in"):
        my_world("amy", tmp_path)


def test_a_single_world_without_a_class_list_is_the_one(folder):
    (folder / "worlds" / "class.yaml").unlink()
    for number in (1, 3):
        for file in (folder / "worlds" / str(number)).iterdir():
            file.unlink()
        (folder / "worlds" / str(number)).rmdir()
    assert my_world("anybody", folder).number == 2


def test_tables_are_attributes_and_items(folder):
    book = my_world("amy", folder)
    assert list(book) == ["accounts", "monthly_snapshot"]
    assert len(book) == 2
    assert book["accounts"] is book.accounts
    assert "accounts" in book
    assert "payments" not in book
    assert {"accounts", "number"} <= set(dir(book))
    assert repr(book) == "World 3\naccounts: 3 rows\nmonthly_snapshot: 6 rows"


def test_a_missing_table_is_answered_with_what_there_is(folder):
    book = my_world("amy", folder)
    for ask in (lambda: book["account"], lambda: book.account):
        with pytest.raises(TableMissing, match=r"no table 'account'.*Did you mean 'accounts'\?"):
            ask()
    assert not hasattr(book, "payments")
    assert book.get("payments") is None


def test_texts_are_plain_texts_and_keep_their_chinese(folder):
    names = open_world(folder, 1).accounts["name"]
    assert isinstance(names.dtype, pd.StringDtype) or names.dtype == object
    assert names.to_list() == ["李明", "Ana", "王雨桐"]


def test_by_chance_stays_within_the_worlds():
    numbers = {by_chance(digest("many", str(one)), 8) for one in range(400)}
    assert numbers == set(range(1, 9))


# Treatments, as far as their form goes.


def policy(**more):
    about = {"kind": "treatments", "id": "policy", "title": {"en": "P"}, "options": WAYS}
    return TreatmentsTask(**{**about, "of": "monthly_snapshot", **more})


def asked(folder, task, answer):
    my_world("amy", folder)
    return read(task, answer, folder)


def test_treatments_of_every_account_are_whole(folder):
    table = pd.DataFrame({"account_id": [1, 2, 3], "treatment": ["call", "none", "plan"]})
    found = asked(folder, policy(), table)
    assert not found.problems
    assert not found.notes
    assert found.value == {
        "columns": ["account_id", "treatment"],
        "rows": [["1", "call"], ["2", "none"], ["3", "plan"]],
    }
    assert asked(folder, policy(), table.set_index("account_id")["treatment"]) == found


def test_of_months_the_last_counts_and_where_chooses_rows(folder):
    task = policy(where={"bucket": [1, 2]})
    found = asked(folder, task, pd.Series({1: "call", 2: "none"}, name="treatment"))
    assert found.problems == (
        "1 of 2 accounts have no treatment",
        "1 rows name accounts that are not asked for",
    )
    whole = asked(folder, task, pd.Series({1: "call", 3: "none"}, name="treatment"))
    assert not whole.problems


def test_an_unknown_treatment_an_account_twice_and_an_empty_table_are_said(folder):
    table = pd.DataFrame({"account_id": [1, 2, 3, 3], "treatment": ["sue", "none", "plan", "plan"]})
    problems = asked(folder, policy(), table).problems
    assert any("'sue' is not one of: none, call, plan" in one for one in problems)
    assert any("1 rows have the same account_id as another row" in one for one in problems)
    empty = asked(folder, policy(), table.iloc[:0])
    assert empty.problems == ("3 of 3 accounts have no treatment",)
    missing = table.assign(treatment=[None, "none", "plan", "plan"])
    assert any("a value is missing" in one for one in asked(folder, policy(), missing).problems)


def test_over_capacity_is_a_note_and_no_mistake_of_form(folder):
    found = asked(
        folder, policy(capacity={"call": 1}), pd.Series({1: "call", 3: "call", 2: "call"})
    )
    assert not found.problems
    assert found.notes == ("`call`: 3 accounts, but there is room for 1",)


def test_before_a_world_is_open_the_form_cannot_be_checked(folder):
    found = read(policy(), pd.Series({1: "call"}), folder)
    assert found.problems == ("No world is open yet. Run the cell with my_world(...) first.",)
    with pytest.raises(NoWorld):
        current(folder)


def test_a_column_that_the_world_lacks_is_named(folder):
    found = asked(folder, policy(where={"stage": [1]}), pd.Series({1: "call"}))
    assert found.problems == ("the table has no column `stage`",)


def test_a_book_is_made_of_any_tables():
    book = Book(5, {"payments": pd.DataFrame({"amount": [1.5]})})
    assert book.payments["amount"].sum() == 1.5
    assert book.number == 5
