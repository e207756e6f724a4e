"""The picture of two mirrored cases."""

from dataclasses import replace
from pathlib import Path

import pytest

from duecourse import language
from duecourse.cases.files import read
from duecourse.errors import DuecourseError
from duecourse.panels.mirrors import parted
from tests.duecourse.charts.pictures import words

CASES = Path(__file__).resolve().parents[3] / "case_studies"
OWNER, WRONG = read(CASES / "success" / "one-owner"), read(CASES / "failure" / "wrong-person")
FITS = read(CASES / "success" / "plan-that-fits")


def test_the_title_counts_what_is_in_common_and_names_the_day_of_the_parting():
    assert parted(OWNER, WRONG, 18).title == (
        "6 events in common; from 4 March 2026 on each goes its own way"
    )


def test_the_words_beside_it_list_each_cases_own_events_within_the_days():
    alt = parted(OWNER, WRONG, 18).alt
    assert "One owner: 3/4, 3/4, 3/5, 3/9, 3/10, 3/12, 3/22; " in alt
    assert alt.endswith("Wrong person: 3/4, 3/12, 3/16, 3/19, 3/22")
    assert parted(OWNER, WRONG, 8).alt.endswith("Wrong person: 3/4, 3/12")


def test_ticks_are_named_only_where_there_are_any():
    def named(marks):
        return [text for text in words(parted(OWNER, WRONG, 18, marks)) if "ticks" in text]

    assert named(None) == []
    assert len(named({WRONG.slug: WRONG.table("calls")["at"]})) == 1
    assert named({OWNER.slug: []}) == []


def test_a_moment_after_the_last_day_is_not_drawn():
    late = {WRONG.slug: WRONG.table("calls")["at"][-1:]}
    assert parted(OWNER, WRONG, 10, late).svg == parted(OWNER, WRONG, 10).svg


@pytest.mark.parametrize("spoken", language.LANGUAGES)
def test_it_is_readable_and_the_same_twice(spoken):
    language.use(spoken)
    marks = {OWNER.slug: OWNER.table("ticket_log")["at"]}
    picture = parted(OWNER, WRONG, 18, marks)
    assert picture == parted(OWNER, WRONG, 18, marks)
    assert OWNER.case.title[spoken] in words(picture)
    assert len(picture.svg) < 30_000


def test_two_cases_that_are_no_mirrors_or_lack_their_keys_are_refused():
    for pair in ((OWNER, FITS), (OWNER, replace(WRONG, key=None))):
        with pytest.raises(DuecourseError, match="no mirrors"):
            parted(*pair, 18)
