from datetime import date

import pandas as pd
import pytest

from duecourse.contact_logs import contact_log
from duecourse.errors import DuecourseError
from duecourse.rules.auditing import audit
from grader.evaluation.behaviour import behaviour
from grader.evaluation.figures import figures
from grader.evaluation.sources import read_contacts
from grader.evaluation.survey import questions, survey

TRAINED = date(2026, 3, 1)


def contacts(*rows):
    """Calls of an agent on days, at an hour; 23 o'clock breaks a rule."""
    return pd.DataFrame(
        [
            {
                "event_id": f"e{number}",
                "account_id": f"a{number}",
                "debtor_id": f"d{number}",
                "at": pd.Timestamp(f"{day} {hour:02}:00"),
                "channel": "call",
                "agent": agent,
                "purpose": "collect",
                "hours_agreed": False,
            }
            for number, (agent, day, hour) in enumerate(rows)
        ]
    )


def test_contacts_that_break_a_duty_are_counted_before_and_after():
    log = contacts(
        ("A", "2026-02-26", 23),
        ("A", "2026-02-27", 10),
        ("B", "2026-02-28", 23),
        ("A", "2026-03-01", 10),
        ("B", "2026-03-02", 23),
        ("B", "2026-03-03", 11),
        ("B", "2026-03-04", 12),
    )
    found = behaviour(log, TRAINED)
    assert (found.change.before.count, found.change.before.of) == (2, 3)
    assert (found.change.after.count, found.change.after.of) == (1, 4)
    rates = found.by_rule.set_index("rule")
    assert rates.loc["CN-05", "before"] == pytest.approx(2000 / 3)
    assert rates.loc["CN-05", "after"] == 250
    # the rule of hours was not read in its own text
    assert found.provisional == 3


def test_the_counts_are_those_of_an_audit_of_each_period():
    log = contact_log(4000, 5)
    log = log.sort_values("at", ignore_index=True)
    border = log["at"].iloc[2500].date()
    found = behaviour(log, border)
    whole = audit(log)
    changed = set(found.by_rule.loc[found.by_rule["new"], "rule"])
    duties = whole[(whole["severity"] != "advisory") & whole["event_id"].notna()]
    duties = duties[~duties["rule"].isin(changed)]
    early = duties["at"] < pd.Timestamp(border)
    assert found.change.before.count == duties.loc[early, "event_id"].nunique() > 0
    assert found.change.after.count == duties.loc[~early, "event_id"].nunique() > 0
    assert found.change.agents >= 10
    # rules came into force in the two years: they are named as not comparable
    assert found.by_rule["new"].any()


def test_a_rule_that_came_into_force_does_not_look_like_behaviour():
    # the hours are told by a rule since 2025; the same call at night before and after it
    rows = [("A", f"2024-{month:02}-10", 23) for month in range(1, 13)]
    rows += [("A", f"2026-{month:02}-10", 23) for month in range(3, 9)]
    found = behaviour(contacts(*rows), date(2025, 6, 1))
    rates = found.by_rule.set_index("rule")
    assert rates.loc["CN-05", "new"]
    assert rates.loc["CN-05", "after"] == 1000
    assert found.change.after.count == 0


@pytest.mark.parametrize("day", [date(2020, 1, 1), date(2030, 1, 1)])
def test_a_period_without_contacts_is_refused(day):
    with pytest.raises(DuecourseError, match="There is no contact"):
        behaviour(contacts(("A", "2026-02-26", 10)), day)


def test_a_contact_log_comes_back_from_a_file_as_it_was(tmp_path):
    log = contact_log(500, 3)
    file = tmp_path / "log.csv"
    log.to_csv(file, index=False)
    again = read_contacts(file)
    ours, theirs = audit(log), audit(again)
    assert len(ours) == len(theirs) > 0
    assert list(ours["rule"]) == list(theirs["rule"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("account_id,at\n1,2026-03-01\n", "no column 'channel'"),
        ("account_id,at,channel\n", "has no rows"),
        ("", "is no table"),
        ("account_id,at,channel\n1,soon,call\n", "column 'at', row 2: 'soon' is not a moment"),
        (
            "account_id,at,channel,posted\n1,2026-03-01,call,\n1,2026-03-01,call,perhaps\n",
            "row 3: 'perhaps' is not yes or no",
        ),
        ("account_id,at,channel,staff\n1,2026-03-01,visit,two\n", "is not a number"),
    ],
)
def test_a_contact_log_that_is_not_as_it_must_be_is_named(tmp_path, text, said):
    file = tmp_path / "log.csv"
    file.write_text(text)
    with pytest.raises(DuecourseError, match=r"log\.csv") as caught:
        read_contacts(file)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path):
    with pytest.raises(DuecourseError, match="There is no file"):
        read_contacts(tmp_path / "none.csv")
    file = tmp_path / "log.csv"
    file.write_bytes(b"\xff\xff\xff\x81")
    with pytest.raises(DuecourseError, match="neither in UTF-8"):
        read_contacts(file)


def table(tmp_path, text, encoding="utf-8"):
    file = tmp_path / "figures.csv"
    file.write_text(text, encoding)
    return file


def test_figures_are_summed_over_whole_months(tmp_path):
    file = table(
        tmp_path,
        "month,promises,promises_kept,contacts,complaints,other\n"
        '2026-01,"1,000",400,5000,20,x\n2026-02,1000,420,5000,22,x\n'
        "2026-03,999,1,1,1,x\n2026-04,1000,520,5000,9,x\n",
    )
    found = figures(file, date(2026, 3, 10))
    assert found.before == ("2026-01", "2026-02")
    assert found.after == ("2026-04",)
    assert found.left_out == "2026-03"
    kept = found.changes["kept"]
    assert (kept.before.count, kept.before.of, kept.after.count) == (820, 2000, 520)
    assert kept.difference == pytest.approx(0.11)
    assert found.changes["complaints"].before.share == pytest.approx(0.0042)
    assert "redefault" not in found.changes


def test_a_month_that_begins_with_the_first_day_counts_as_after(tmp_path):
    file = table(tmp_path, "month,cured,redefaulted\n2026-02,50,10\n2026-03,60,6\n")
    found = figures(file, date(2026, 3, 1))
    assert (found.after, found.left_out) == (("2026-03",), "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("month,promises\n2026-01,1\n2026-04,1\n", "none of the pairs"),
        ("month,cured,redefaulted\nMay,1,1\n", "'May' is no month"),
        ("month,cured,redefaulted\n2026-01,1,1\n2026-01,1,1\n", "stands there twice"),
        ("month,cured,redefaulted\n2026-01,1,1\n", "whole months before and after"),
        ("month,cured,redefaulted\n2026-01,1,2\n2026-04,1,1\n", "is larger than 'cured'"),
        ("month,cured,redefaulted\n2026-01,1,\n2026-04,1,1\n", "row 2: a count is a whole number"),
        ("month,cured,redefaulted\n2026-01,-1,-2\n2026-04,1,1\n", "a count is a whole number"),
        ("month,cured,redefaulted\n2026-01,=1+1,1\n2026-04,1,1\n", "is not a number"),
    ],
)
def test_figures_that_are_not_as_they_must_be_are_named(tmp_path, text, said):
    with pytest.raises(DuecourseError) as caught:
        figures(table(tmp_path, text), date(2026, 3, 1))
    assert said in str(caught.value)


def test_the_survey_counts_answers_and_takes_no_mean(tmp_path):
    chinese = questions()[1].text["zh"]
    rows = ["useful," + chinese + ",keep,name", "5,1,the calls,李明", "4,2,案例,x", "4,,,y"]
    rows += ["2,5, ,z", "3,5,a <b>word</b>,u", ",,,nobody"]
    found = survey(table(tmp_path, "\n".join(rows), "gb18030"))
    assert found.n == 5
    useful, clear = found.items
    assert useful.counts == (0, 1, 1, 2, 1)
    assert (useful.agree.count, useful.agree.of, useful.median) == (3, 5, 4)
    assert (clear.question.id, clear.n, clear.median) == ("clear", 4, 3.5)
    [(question, said)] = found.comments
    assert question.id == "keep"
    assert said == ("a <b>word</b>", "the calls", "案例")


def test_comments_of_a_few_people_are_not_shown(tmp_path):
    found = survey(table(tmp_path, "useful,change\n5,less haste\n4,\n"))
    assert (found.comments, found.hidden) == ((), 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [("other\n1\n", "none of the survey's questions"), ("useful\n1\n6\n", "row 3: an answer")],
)
def test_a_survey_that_is_not_as_it_must_be_is_named(tmp_path, text, said):
    with pytest.raises(DuecourseError) as caught:
        survey(table(tmp_path, text))
    assert said in str(caught.value)


def test_every_question_of_the_survey_has_both_languages():
    assert len({one.id for one in questions()}) == len(questions()) == 10
    assert all(set(one.text) == {"en", "zh"} for one in questions())
