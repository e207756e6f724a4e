"""A whole log audited: what it finds, in what form, and what it does not claim to have tested."""

import pandas as pd
import pytest

from duecourse import language, portfolio
from duecourse.columns import ColumnMissing, Unmeasurable
from duecourse.rules import UnknownRule, audit
from duecourse.rules.clock import UnknownZone

OWN = "000-0000-0101"


def log(*rows, **same):
    """A log of calls to one debtor; rows are (time, changes) or just a time."""
    made = []
    for row in rows:
        at, changes = row if isinstance(row, tuple) else (row, {})
        common = {"account_id": "A1", "channel": "call", "number": OWN, "role": "debtor"}
        made.append({**common, "outcome": "no_answer", "at": pd.Timestamp(at), **same, **changes})
    return pd.DataFrame(made)


def found(findings):
    return [(one.event_id, one.rule, one.test) for one in findings.itertuples()]


def days(day, *times):
    return [f"2026-03-{day:02} {time}" for time in times]


def test_a_borrower_who_is_half_out_of_reach_is_chased_for_nine_days():
    talk = {"outcome": "right_party"}
    third = {"role": "third_party", "outcome": "connected"}
    rows = [
        *((at, talk) for at in days(2, "09:00", "10:00", "11:00", "14:00", "16:00")),
        *days(3, "22:00", "22:40", "23:59"),
        *days(4, *(f"10:{minute:02}" for minute in range(8))),
        *(
            (at, {**third, "number": f"N{at}", "disclosed": True})
            for at in days(5, "09:00", "09:30")
        ),
        *(
            (at, {**third, "number": f"N{at}", "disclosed": True})
            for at in days(6, "09:00", "09:30")
        ),
        *((at, {**third, "number": f"N{at}"}) for at in days(7, "09:00", "09:30")),
        ("2026-03-10 15:00", {"channel": "posting", "number": None, "outcome": None}),
    ]
    findings = audit(log(*rows, disclosed=False))
    assert findings.groupby(["rule", "test"]).size().to_dict() == {
        ("CN-05", "hours"): 3,
        ("CN-06", "connected_calls"): 2,
        ("CN-06", "unanswered_attempts"): 2,
        ("CN-08", "disclosure"): 4,
        ("CN-09", "posting"): 1,
    }


def test_a_finding_says_what_where_why_and_how_much():
    findings = audit(log("2026-03-02 22:00", agent="王敏").assign(event_id=["E7"]))
    assert list(findings.columns) == [
        *("event_id", "account_id", "at", "agent", "rule", "test", "why", "severity", "provisional")
    ]
    assert findings.iloc[0].to_dict() == {
        "event_id": "E7",
        "account_id": "A1",
        "at": pd.Timestamp("2026-03-02 22:00"),
        "agent": "王敏",
        "rule": "CN-05",
        "test": "hours",
        "why": "22:00 lies outside 08:00 to 22:00, and no other hour was agreed",
        "severity": "moderate",
        "provisional": True,
    }


def test_the_reason_follows_the_language():
    late = log("2026-03-02 22:30")
    language.use("zh")
    assert audit(late)["why"].tolist() == ["22:30 不在 08:00 至 22:00 之间，且未另行约定时间"]


def test_labels_are_named_and_only_those_that_the_rule_is_about():
    said = log(("2026-03-02 10:00", {"content": "threat; new_borrowing；violence"}))
    findings = audit(said).set_index("rule")["why"]
    assert findings["CN-27"] == "the record shows: threat, violence"
    language.use("zh")
    assert audit(said).set_index("rule")["why"]["CN-27"] == "记录显示：威胁恐吓、暴力"


def test_each_event_is_judged_by_the_rules_of_its_own_day():
    nights = ["2025-02-27 23:00", "2025-02-28 23:00", "2026-03-02 23:00"]
    assert found(audit(log(*nights))) == [(1, "CN-05", "hours"), (2, "CN-05", "hours")]
    # seven unanswered attempts were no matter in 2025
    tries = [f"2025-06-02 10:{minute:02}" for minute in range(7)]
    assert audit(log(*tries)).empty


def test_lender_and_agency_count_together_and_announcements_apart():
    talks = days(2, "09:00", "10:00", "11:00", "12:00")
    parties = ["lender", "agency", "agency", "lender"]
    table = log(*talks, outcome="right_party").assign(party=parties)
    assert found(audit(table)) == [(3, "CN-06", "connected_calls")]
    modes = ["interactive", "interactive", "interactive", "notification"]
    assert audit(table.assign(mode=modes)).empty


def test_one_debtor_with_two_accounts_is_one_person():
    talks = days(2, "09:00", "10:00", "11:00", "12:00")
    table = log(*talks, outcome="right_party").assign(account_id=["A", "A", "B", "B"])
    assert audit(table).empty
    whose = pd.DataFrame({"account_id": ["A", "B"], "debtor_id": ["D", "D"]})
    assert found(audit(table, accounts=whose)) == [(3, "CN-06", "connected_calls")]
    assert audit(table.assign(debtor_id=["D", None, None, None])).empty


def test_attempts_are_counted_by_number():
    numbers = ["X"] * 6 + ["Y"] * 6
    minutes = [f"10:{minute:02}" for minute in range(12)]
    assert audit(log(*days(2, *minutes)).assign(number=numbers)).empty
    missing = audit(log(*days(2, *minutes)).assign(number=None))
    assert missing.empty


def test_a_third_person_who_refused_on_a_number_is_not_called_there_again():
    third = {"role": "third_party", "debtor_unreachable": True}
    table = log(
        ("2026-03-02 09:00", {**third, "outcome": "refused"}),
        ("2026-03-02 10:00", {"outcome": "no_answer", "debtor_unreachable": True}),
        ("2026-03-09 10:00", third),
        ("2026-03-09 11:00", {**third, "number": "other"}),
    )
    assert found(audit(table)) == [(2, "CN-08", "third_party_refused")]
    told = table.assign(opted_out=[False, False, False, True])
    assert found(audit(told)) == [
        (2, "CN-08", "third_party_refused"),
        (3, "CN-08", "third_party_refused"),
    ]


def test_an_order_of_rows_that_is_not_that_of_time_changes_nothing():
    table = log(*days(2, "12:00", "09:00", "11:00", "10:00"), outcome="right_party")
    assert found(audit(table)) == [(0, "CN-06", "connected_calls")]
    same_minute = log(*days(2, "09:00", "09:00", "09:00", "09:00"), outcome="right_party")
    assert found(audit(same_minute)) == [(3, "CN-06", "connected_calls")]


def test_rows_keep_the_labels_of_their_index():
    table = log(*days(2, "22:00", "10:00", "22:10")).set_index(pd.Index(["甲", "乙", "丙"]))
    assert audit(table)["event_id"].tolist() == ["甲", "丙"]


def test_a_repeated_event_counts_once_and_is_noted():
    table = log(*days(2, "22:00", "22:00")).assign(event_id=["E1", "E1"])
    findings = audit(table)
    assert findings["event_id"].tolist() == ["E1"]
    assert findings.notes == ("1 rows repeat the event_id of an earlier one and were left out.",)


def test_rows_without_a_time_or_an_account_are_left_out_and_noted():
    table = log(*days(2, "22:00", "22:10", "22:20"))
    table.loc[0, "at"] = pd.NaT
    table.loc[1, "account_id"] = None
    findings = audit(table)
    assert found(findings) == [(2, "CN-05", "hours")]
    assert findings.notes == (
        "1 rows have no 'at' and were left out.",
        "1 rows have no 'account_id' and were left out.",
    )


def test_an_empty_log_breaks_nothing():
    findings = audit(log("2026-03-02 22:00").iloc[:0])
    assert len(findings) == 0
    assert list(findings.columns)[:3] == ["event_id", "account_id", "at"]
    assert findings.not_tested["test"].tolist() == [
        *("dispute_answered_late", "plan_too_long", "charges_above_principal"),
        *("private_rate", "all_in_cost"),
    ]


def test_what_is_missing_is_named_and_never_passed_over():
    table = log("2026-03-02 10:00", ("2026-03-02 11:00", {"channel": "visit"}))
    missing = audit(table).not_tested.set_index("test")
    assert missing.loc["visit_staff", ["rule", "events", "why"]].tolist() == [
        *("CN-09", 1, "there is no column 'staff'")
    ]
    assert missing.loc["certificate", "events"] == 2
    # nobody was visited: there is nothing that could have been tested
    assert "visit_staff" not in set(audit(table.iloc[:1]).not_tested["test"])
    tested = audit(table.iloc[:1]).tested.set_index("test")
    assert tested.loc["visit_staff", "events"] == 0
    assert tested.loc["hours", "events"] == 1


def test_an_event_of_which_too_little_is_known_is_counted_as_not_tested():
    talk = {"outcome": "right_party", "channel": "visit"}
    table = log(
        ("2026-03-02 10:00", {**talk, "staff": 1}),
        ("2026-03-02 11:00", {**talk, "staff": None}),
        ("2026-03-02 12:00", {**talk, "staff": 2}),
    )
    findings = audit(table)
    assert found(findings) == [(0, "CN-09", "visit_staff")]
    partly = findings.not_tested.set_index("test").loc["visit_staff"]
    assert partly["events"] == 1
    assert "missing for these events" in partly["why"]


def test_what_is_taken_for_granted_is_said():
    assumed = audit(log("2026-03-02 10:00", outcome="right_party")).assumed
    rows = set(assumed[["rule", "column", "value"]].itertuples(index=False, name=None))
    assert ("CN-06", "mode", "interactive") in rows
    assert ("CN-05", "hours_agreed", "False") in rows
    told = audit(log("2026-03-02 10:00", outcome="right_party", mode="interactive")).assumed
    assert "mode" not in set(told["column"])


def test_service_that_the_customer_asked_for_is_no_collection():
    assert audit(log("2026-03-02 23:00", purpose="service")).empty
    assert len(audit(log("2026-03-02 23:00", purpose="inform"))) == 1


def test_accounts_and_agents_lend_their_columns():
    accounts = pd.DataFrame(
        {"account_id": ["A1", "A2"], "letters_only": [True, False], "product": "credit_card"}
    )
    agents = pd.DataFrame(
        {"agent": ["li", "wu"], "certified_on": pd.to_datetime(["2025-03-01", "2026-01-05"])}
    )
    table = log(
        ("2026-03-02 10:00", {"agent": "li"}),
        ("2026-03-02 11:00", {"agent": "wu", "account_id": "A2"}),
        ("2026-03-02 12:00", {"agent": "who", "account_id": "A3"}),
    )
    findings = audit(table, "CN", accounts, agents=agents)
    # 366 days after the exam; an agent who is in no list has none
    assert found(findings) == [
        (0, "CN-22", "letters_only"),
        (0, "CN-35", "certificate"),
        (2, "CN-35", "certificate"),
    ]
    why = findings.set_index(["event_id", "rule"])["why"]
    assert why[0, "CN-35"] == (
        "the collector's last exam known on 2026-03-02: 2025-03-01; "
        "it must lie within the 365 days before"
    )
    assert why[2, "CN-35"].startswith(
        "the collector's last exam known on 2026-03-02: none on record"
    )


def test_an_account_that_stands_twice_is_refused():
    twice = pd.DataFrame({"account_id": ["A1", "A1"], "letters_only": [True, False]})
    with pytest.raises(Unmeasurable, match=r"'account_id' stands twice in its own table.*'A1'"):
        audit(log("2026-03-02 10:00"), "CN", twice)


def test_findings_on_accounts_come_last_and_have_no_event():
    accounts = pd.DataFrame(
        {
            "account_id": ["A1", "A2"],
            "product": "credit_card",
            "plan_agreed_on": pd.to_datetime(["2026-01-05", None]),
            "plan_months": [72, 90],
        }
    )
    findings = audit(log("2026-03-02 22:30"), "CN", accounts)
    assert findings["rule"].tolist() == ["CN-05", "CN-29"]
    assert findings["event_id"].isna().tolist() == [False, True]
    assert findings["account_id"].tolist() == ["A1", "A1"]
    assert findings["why"].tolist()[1] == "the plan runs for 72 months; at most 60 are allowed"


def test_limitation_is_worked_out_from_what_happened_up_to_each_event():
    resets = pd.DataFrame(
        {
            "account_id": ["A1", "A1", "A2"],
            "on": pd.to_datetime(["2022-06-20", "2026-03-20", "2022-06-20"]),
            "kind": ["due", "promise", "due"],
        }
    )
    threat = {"content": "court_threat"}
    table = log(
        ("2025-06-20 10:00", threat),
        ("2025-06-21 10:00", threat),
        ("2026-03-19 10:00", threat),
        ("2026-03-20 10:00", threat),
        ("2026-03-21 10:00", {**threat, "account_id": "A2"}),
        ("2026-03-21 10:00", {**threat, "account_id": "A3"}),
    )
    findings = audit(table, resets=resets)
    assert findings.loc[findings["rule"] == "CN-02", "event_id"].tolist() == [1, 2, 4]
    partly = findings.not_tested.set_index("test").loc["time_barred_court_threat"]
    assert partly["events"] == 1
    without = audit(table).not_tested
    assert "CN-02" in set(without["rule"])


def test_a_repealed_law_is_right_for_facts_of_its_own_time():
    table = log(*["2025-09-02 10:00"] * 3, cites="合同法第一百零七条").assign(
        fact_on=pd.to_datetime(["2020-12-31", "2021-01-01", None])
    )
    findings = audit(table)
    assert found(findings) == [(1, "CN-01", "repealed_law"), (2, "CN-01", "repealed_law")]
    assert findings["why"].tolist()[0] == (
        "Contract Law (repealed) was cited for facts of 2021-01-01; it was in force until 2020-12-31 "
        "only. Since then the Civil Code holds."
    )
    assert found(audit(log("2020-12-31 10:00", "2021-01-01 10:00", cites="合同法"))) == [
        (1, "CN-01", "repealed_law")
    ]


def test_stamps_in_universal_time_are_turned_into_the_debtors_own():
    # 14:00 in universal time is 22:00 in Shanghai
    table = log("2026-03-02 14:00+00:00", "2026-03-02 13:59+00:00")
    findings = audit(table)
    assert found(findings) == [(0, "CN-05", "hours")]
    assert findings["at"].tolist() == [pd.Timestamp("2026-03-02 22:00")]
    assert audit(table, timezone="Asia/Tokyo")["event_id"].tolist() == [0, 1]


def test_a_day_is_the_debtors_own_day():
    # three talks before and one after midnight in Shanghai, all on one day of universal time
    utc = ["10:00", "11:00", "12:00", "16:30"]
    table = log(*(f"2026-03-02 {one}+00:00" for one in utc), outcome="right_party")
    assert "CN-06" not in set(audit(table)["rule"])


@pytest.mark.parametrize(
    ("utc", "late"),
    [
        # 21:30 before and 22:30 after the clocks of New York went forward on 2026-03-08
        ("2026-03-08 02:30", True),
        ("2026-03-07 02:00", False),
        ("2026-03-09 01:00", False),
        ("2026-03-09 01:01", True),
        # and back again on 2026-11-01
        ("2026-11-01 01:00", False),
        ("2026-11-02 02:00", False),
        ("2026-11-02 02:01", True),
    ],
)
def test_the_clock_change_is_known(utc, late):
    table = log(f"{utc}+00:00")
    findings = audit(table, "US", timezone="America/New_York")
    assert (("US-02", "hours") in [one[1:] for one in found(findings)]) is late


def test_each_debtor_has_a_time_zone_of_their_own():
    zones = ["America/New_York", "America/Los_Angeles", None]
    table = log(*["2026-06-02 02:00+00:00"] * 3).assign(timezone=zones)
    findings = audit(table, "US", timezone="America/Denver")
    assert found(findings) == [(0, "US-02", "hours")]
    with pytest.raises(UnknownZone, match=r"universal time.*America/New_York"):
        audit(table, "US")
    own = audit(log("2026-06-02 22:30-04:00"), "US")
    assert found(own) == [(0, "US-02", "hours")]


def test_contacts_that_no_rule_binds_are_noted():
    table = log(*days(2, "22:00", "22:30", "10:00")).assign(party=["lender", "agency", "lender"])
    findings = audit(table, "US")
    assert found(findings) == [(1, "US-02", "hours")]
    assert findings.notes[0].startswith("2 contacts are not bound: These rules bind third-party")
    assert audit(table, "CN").notes == ()


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(UnknownZone, match="no time zone 'Mars'"):
        audit(log("2026-06-02 02:00+00:00"), timezone="Mars")


def test_a_log_without_its_first_columns_is_refused():
    with pytest.raises(ColumnMissing, match=r"no column 'channel'.*Did you mean 'chanel'"):
        audit(log("2026-03-02 10:00").rename(columns={"channel": "chanel"}))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("channel", "phone", "'channel' cannot hold 'phone'"),
        ("role", "debitor", "'role' cannot hold 'debitor'.*Did you mean 'debtor'"),
        ("content", "threat; threats", "'content' cannot hold 'threats'.*Did you mean 'threat'"),
        ("disclosed", "yes", "'disclosed' must hold True and False. Found: 'yes'"),
        ("disclosed", 2, "'disclosed' must hold True and False. Found: 2"),
        ("certified_on", "2025", "'certified_on' must hold calendar days. Found: '2025'"),
        ("at", "noon", "'at' must hold dates. Found: 'noon'"),
    ],
)
def test_a_column_that_holds_something_else_is_refused(column, value, message):
    with pytest.raises(Unmeasurable, match=message):
        audit(log("2026-03-02 10:00").assign(**{column: value}))


def test_a_number_that_is_none_is_refused():
    with pytest.raises(Unmeasurable, match=r"'staff' must hold numbers\. Found: 'two'"):
        audit(log("2026-03-02 10:00", channel="visit").assign(staff="two"))


def test_an_unknown_jurisdiction_is_refused():
    with pytest.raises(UnknownRule, match="no rules for 'FR'"):
        audit(log("2026-03-02 10:00"), "FR")


def test_flags_may_be_numbers_and_may_be_missing():
    table = log(*days(2, "22:00", "22:10", "22:20")).assign(hours_agreed=[1, 0, None])
    assert found(audit(table)) == [(1, "CN-05", "hours"), (2, "CN-05", "hours")]
    nullable = table.assign(hours_agreed=pd.array([True, False, None], dtype="boolean"))
    assert found(audit(nullable)) == [(1, "CN-05", "hours"), (2, "CN-05", "hours")]


def test_the_portfolio_of_the_lessons_can_be_audited():
    book = portfolio.world(portfolio.PRACTICE, 4000, 8).tables()
    contacts, accounts = book["contact_log"], book["accounts"]
    contacts = contacts.assign(at=contacts["at"] + pd.DateOffset(years=2))
    findings = audit(contacts, "CN", accounts)
    late = contacts["at"].dt.hour.isin([22, 23, *range(8)]) & (contacts["channel"] != "letter")
    assert (findings["test"] == "hours").sum() == late.sum() > 0
    told = contacts["disclosed"].astype(bool)
    assert (findings["test"] == "disclosure").sum() == told.sum() > 0
    assert contacts["at"].min() > pd.Timestamp("2025-02-28")


def test_the_log_is_left_as_it_was():
    table = log(*days(2, "22:00", "10:00"))
    copy = table.copy()
    audit(table)
    pd.testing.assert_frame_equal(table, copy)


def test_findings_are_a_table_like_any_other():
    findings = audit(log(*days(2, "22:00", "22:10")))
    assert findings["rule"].value_counts().to_dict() == {"CN-05": 2}
    assert len(findings[findings["at"].dt.minute == 0]) == 1
    assert "tested" not in findings.columns
