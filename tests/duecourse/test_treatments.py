"""The treatments' prices and limits, as data."""

import pandas as pd
import pytest
from pydantic import ValidationError

from duecourse import language, treatments
from duecourse.treatments import TREATMENTS, Terms, terms


def test_every_treatment_and_limit_speaks_both_languages_and_names_its_source():
    assert tuple(terms().treatments) == TREATMENTS
    for one in [*terms().treatments.values(), *terms().rules.values()]:
        assert set(one.name) == {"en", "zh"}
        assert one.source


def test_rules_read_in_secondary_reports_are_provisional():
    for one in terms().rules.values():
        assert one.provisional == ("secondary reports" in one.source)


def test_costs_are_those_of_the_cases():
    table = treatments.treatment_table()
    assert table.loc[["none", "reminder", "call"], "cost"].tolist() == [0, 0.05, 6]
    assert terms().complaint.cost == 1200
    assert table.loc["none", ["complaints", "demand", "by_number"]].tolist() == [0, False, False]
    assert table.index[table["by_number"]].tolist() == ["reminder", "call"]


def test_names_follow_the_language():
    assert treatments.treatment_name("plan") == "affordable plan"
    language.use("zh")
    assert treatments.treatment_name("plan") == "可承受的还款计划"
    assert treatments.treatment_table().loc["call", "name"] == "电话沟通"
    assert treatments.treatment_name("上门") == "上门"


def test_a_damaged_file_names_the_place():
    raw = terms().model_dump()
    raw["treatments"]["call"]["cost"] = -1
    with pytest.raises(ValidationError, match=r"treatments\.call\.cost"):
        Terms.model_validate(raw)


def test_a_table_may_be_a_series_or_carry_its_accounts_as_index():
    rows = pd.DataFrame({"account_id": [2, 1], "treatment": ["call", "none"], "note": "备注"})
    for given in (rows, rows.set_index("account_id"), rows.set_index("account_id")["treatment"]):
        assert treatments.chosen(given).to_numpy().tolist() == [[2, "call"], [1, "none"]]
