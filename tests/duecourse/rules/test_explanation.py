"""A rule explained, as text and as HTML."""

import pytest

from duecourse import language
from duecourse.rules import UnknownRule, explain
from duecourse.rules.book import entries


def test_an_explanation_says_duty_source_force_evidence_and_history():
    assert str(explain("CN-05", "2025-06-01")).splitlines() == [
        "CN-05 No contact at night (provisional)",
        "Duty: No collection from 22:00 to 08:00, in the debtor's own time, unless the debtor agreed to it.",
        "Binds: lenders and agencies",
        "Applies to: calls, messages and visits",
        (
            "Source: GB/T 45251-2025, recommended national standard on post-loan collection of personal "
            "online consumer credit (known second-hand)"
        ),
        "Force: recommended standard",
        "In force: 2025-02-28 to 2026-01-29",
        "Weight of a breach: moderate",
        "Evidence: known second-hand; provisional: to be checked in the text before real use",
        (
            "Note: The standard is a recommendation and known second-hand. Many sites date these hours to "
            "the self-discipline convention of 2018; from memory, that text only says 'at an appropriate "
            "time', and the clock came with the guideline of 2024 and this standard."
        ),
        "History:",
        (
            "  2025-02-28 to 2026-01-29: GB/T 45251-2025, recommended national standard on post-loan "
            "collection of personal online consumer credit"
        ),
        (
            "  from 2026-01-30: GB/T 45251-2025, recommended national standard on post-loan collection of "
            "personal online consumer credit; Banking association, collection guideline of 2026 (trial)"
        ),
    ]


def test_it_speaks_the_language_of_the_moment():
    found = explain("CN-26")
    assert "In force: from 2021-03-01 (day from memory)" in str(found)
    language.use("zh")
    assert "施行期间：自 2021-03-01 起（日期凭记忆整理）" in str(found)
    assert 'lang="zh-CN"' in found._repr_html_()


def test_a_verified_rule_is_not_called_provisional():
    text = str(explain("CN-01"))
    assert "provisional" not in text
    assert "Evidence: read in the text itself" in text


def test_on_a_day_without_the_rule_it_says_so_and_shows_the_history():
    found = explain("CN-09", "2025-06-01")
    assert found.parts == []
    assert str(found).splitlines() == [
        (
            "CN-09 Visits and public notices was not in force on 2025-06-01; "
            "it holds from 2026-01-30 on."
        ),
        "History:",
        "  from 2026-01-30: Banking association, collection guideline of 2026 (trial)",
    ]
    assert "not in force on 2025-06-01" in found._repr_html_()


def test_an_unknown_rule_is_refused():
    with pytest.raises(UnknownRule, match="Did you mean 'CN-09'"):
        explain("CN-9")


@pytest.mark.parametrize("speech", ["en", "zh"])
def test_every_version_of_every_rule_can_be_explained(speech):
    language.use(speech)
    for entry in entries():
        for version in entry.versions:
            found = explain(entry.id, version.start)
            assert len(found.history) == len(entry.versions)
            assert found._repr_html_().count("<tr>") == len(found.parts) + 1
            assert "None" not in str(found)


def test_its_html_is_escaped():
    assert "&#x27;" in explain("CN-05")._repr_html_()
