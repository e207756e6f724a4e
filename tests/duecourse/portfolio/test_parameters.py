"""The numbers of the model: all with unit, source and both languages; wrong ones are refused."""

import pytest
import yaml

from duecourse.errors import DuecourseError
from duecourse.portfolio.parameters import FILE, Parameters, changed, entries, load, standard
from duecourse.treatments import terms


def test_every_parameter_is_in_the_file_and_no_other():
    assert set(entries()) == set(Parameters.model_fields)


def test_every_parameter_says_its_source_and_speaks_both_languages():
    for name, entry in entries().items():
        for text in (entry.meaning, entry.unit, entry.note or entry.unit):
            assert set(text) == {"en", "zh"}, name
            assert all(text.values()), name
        assert entry.source in ("assumption", "calibrated") or set(entry.source) == {"en", "zh"}


def test_the_longest_plan_is_that_of_the_rule():
    assert standard().plan_months == terms().rules["plan_too_dear"].most_months


def test_the_file_loads_as_it_is_shipped():
    assert load(FILE) == standard()
    assert standard().terms == {12: 0.35, 24: 0.40, 36: 0.25}


def test_some_can_be_changed_and_the_rest_stays():
    p = changed(hold=0.3)
    assert p.hold == 0.3
    assert p.model_copy(update={"hold": standard().hold}) == standard()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"hold": 1.5}, "hold: Input should be less than or equal to 1; found 1.5"),
        ({"holdd": 0.3}, "holdd: Extra inputs are not permitted"),
        ({"products": {"cash_loan": 1.0}}, "it must hold cash_loan, card_instalment, auto_loan"),
        ({"terms": {12: 0.5, 24: 0.4}}, "the shares add up to 0.9, not to 1"),
        ({"due_days": (1, 28)}, "due_days"),
        ({"due_days": (20, 10)}, "the first of a range is at most the second"),
        (
            {"contact_hours": {"call": (9, 9), "message": (9, 18), "breach": (22, 23)}},
            "below the second",
        ),
        ({"right_party": (1.0, 0.06, 0.005)}, "less than 1"),
        ({"resolve_base": (0.0,) * 6}, "resolve_base"),
        ({"complaint": (0.5, 8)}, "a chance is at most 1"),
        (
            {
                "correlations": {
                    "ability_willingness": 0.9,
                    "willingness_contact": 0.9,
                    "ability_contact": -0.9,
                }
            },
            "no three traits can be correlated like this",
        ),
        ({"income_spread": (0.3, float("nan"))}, "income_spread"),
    ],
)
def test_a_value_out_of_its_range_is_refused_by_name(values, message):
    with pytest.raises(DuecourseError) as error:
        changed(**values)
    assert message in str(error.value)


def test_the_order_of_a_mapping_in_the_file_does_not_matter():
    causes = dict(reversed(standard().hardship_causes.items()))
    assert list(changed(hardship_causes=causes).hardship_causes) == list(standard().hardship_causes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is no file of parameters"),
        ("- a list", "is no file of parameters"),
        ("hold: [", "is no file of parameters"),
        ("hold: {value: 0.4}", "hold: unit: Field required"),
        (
            "hold: {value: 0.4, unit: {en: share, zh: 比例}, source: folklore, meaning: {en: a, zh: b}}",
            "source",
        ),
        (
            "hold: {value: 0.4, unit: {en: share}, source: assumption, meaning: {en: a, zh: b}}",
            "unit",
        ),
        (
            "hold: {value: 0.4, unit: {en: a, zh: b}, source: assumption, meaning: {en: a, zh: b}}",
            "Field required",
        ),
    ],
)
def test_a_damaged_file_is_refused_with_its_name(tmp_path, content, message):
    file = tmp_path / "mine.yaml"
    file.write_text(content, "utf-8")
    with pytest.raises(DuecourseError) as error:
        load(file)
    assert str(file) in str(error.value)
    assert message in str(error.value)


def test_a_missing_or_foreign_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(DuecourseError, match=r"none\.yaml is no file of parameters"):
        load(tmp_path / "none.yaml")
    (tmp_path / "foreign.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DuecourseError, match=r"foreign\.yaml is no file of parameters"):
        load(tmp_path / "foreign.yaml")


def test_ones_own_file_is_read(tmp_path):
    data = yaml.safe_load(FILE.read_text("utf-8"))
    data["hold"]["value"] = 0.2
    file = tmp_path / "我的参数.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    assert load(file) == changed(hold=0.2)
