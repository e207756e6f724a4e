"""Coding a transcript: labels by turn, kept at once, said in words."""

import json

import pytest

from duecourse import language
from duecourse.cases.case import Case
from duecourse.cases.files import CaseFile
from duecourse.codings import Coding, code, digest
from duecourse.errors import DuecourseError
from grader.languages import one_language_of_data
from tests.grader.spoken import CASE, write_case

SLUG = "unpaid-parcel"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    write_case(tmp_path / "cases" / SLUG)
    return tmp_path


def opened(folder):
    return code(SLUG, "talk", folder)


def test_a_turn_gets_labels_and_they_are_there_after_a_restart(folder):
    opened(folder).label("t03", "skill:listening")
    opened(folder).label("t01", "disclosure", "skill:introduction")
    assert opened(folder).labels == {
        "t01": ["skill:introduction", "disclosure"],
        "t03": ["skill:listening"],
    }


def test_labelling_again_replaces_what_was_there(folder):
    coding = opened(folder)
    coding.label("t03", "skill:listening")
    coding.label("t03", "violation:CN-11")
    assert coding.labels == {"t03": ["violation:CN-11"]}


def test_a_turn_on_which_nothing_fits_counts_as_decided(folder):
    coding = opened(folder)
    assert coding.progress == (0, 8)
    coding.label("t02")
    coding.label("t03", "disclosure")
    assert coding.labels == {"t02": [], "t03": ["disclosure"]}
    assert coding.progress == (2, 8)
    coding.forget("t02")
    assert opened(folder).progress == (1, 8)


def test_the_same_label_twice_is_one(folder):
    coding = opened(folder)
    coding.label("t03", "disclosure", "disclosure")
    assert coding.labels == {"t03": ["disclosure"]}


def test_what_is_returned_can_be_changed_without_harm(folder):
    coding = opened(folder)
    coding.label("t03", "disclosure")
    coding.labels["t03"].append("turning_point")
    assert coding.labels == {"t03": ["disclosure"]}


def test_beginning_anew_leaves_the_earlier_labels_in_the_log(folder):
    coding = opened(folder)
    coding.label("t03", "disclosure")
    coding.again()
    assert opened(folder).labels == {}
    log = (folder / "answers" / f"{SLUG}.talk.log.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["event"] for line in log] == ["kept", "again", "kept"]


def test_an_unknown_turn_label_transcript_or_case_is_answered_with_what_there_is(folder):
    coding = opened(folder)
    with pytest.raises(DuecourseError, match=r"no turn 't3'.*Did you mean 't03'"):
        coding.label("t3", "disclosure")
    with pytest.raises(DuecourseError, match=r"no label 'skill:listenin'.*'skill:listening'"):
        coding.label("t03", "skill:listenin")
    with pytest.raises(DuecourseError, match=r"no transcript 'tlak'.*talk"):
        code(SLUG, "tlak", folder)
    with pytest.raises(DuecourseError, match=r"no case 'unpaid'.*unpaid-parcel"):
        code("unpaid", "talk", folder)
    assert coding.labels == {}


def test_the_table_has_a_row_for_every_turn(folder):
    coding = opened(folder)
    coding.label("t01", "disclosure", "skill:introduction")
    table = coding.table()
    assert list(table.columns) == ["turn", "who", "text", "labels"]
    assert table.shape == (8, 4)
    assert table.iloc[0].tolist() == ["t01", "Wen Ya", "Turn 1.", "skill:introduction; disclosure"]
    assert table["labels"].tolist()[1:] == [""] * 7


def test_the_answer_is_plain_json(folder):
    coding = opened(folder)
    coding.label("t03", "disclosure")
    answer = coding.as_answer()
    assert json.loads(json.dumps(answer)) == answer
    assert answer["case"] == SLUG
    assert answer["transcript"] == "talk"
    assert answer["labels"] == {"t03": ["disclosure"]}
    assert len(answer["digest"]) == 16


def test_both_languages_and_one_of_them_have_the_same_digest():
    both = Case.model_validate(CASE).transcripts[0]
    chinese = Case.model_validate(one_language_of_data(CASE, "zh")).transcripts[0]
    assert digest(both) == digest(chinese)
    fewer = both.model_copy(update={"turns": both.turns[:-1]})
    other = both.model_copy(update={"codes": both.codes[:-1]})
    assert len({digest(both), digest(fewer), digest(other)}) == 3


def test_it_is_read_as_text_and_as_a_page_in_both_languages(folder):
    coding = opened(folder)
    coding.label("t03", "skill:listening")
    assert "1 of 8 turns" in repr(coding)
    assert "t03 Wen Ya: Turn 3.\n    listens and lets speak" in repr(coding)
    assert "<td>t03</td>" in coding._repr_html_()
    language.use("zh")
    assert "倾听，让对方说完" in repr(coding)
    assert 'lang="zh-CN"' in coding._repr_html_()
    assert "说话人" in coding._repr_html_()


def test_names_and_texts_of_a_case_are_no_markup(folder):
    case = Case.model_validate(
        CASE | {"people": [{**one, "name": {"en": "<b>&"}} for one in CASE["people"]]}
    )
    page = Coding(CaseFile(folder / "x-y", case, None), case.transcripts[0], folder)._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;" in page


def test_the_labels_to_choose_from_are_named(folder):
    names = opened(folder).codes
    assert list(names) == CASE["transcripts"][0]["codes"]
    assert names["skill:listening"] == "listens and lets speak"
    assert "CN-11" in names["violation:CN-11"]


def test_labels_that_do_not_exist_any_more_are_left_out(folder):
    coding = opened(folder)
    coding.label("t03", "disclosure")
    file = folder / "answers" / f"{SLUG}.talk.json"
    data = json.loads(file.read_text("utf-8"))
    data["labels"] = {"t03": ["disclosure", "skill:magic"], "t99": ["disclosure"]}
    file.write_text(json.dumps(data), "utf-8")
    assert opened(folder).labels == {"t03": ["disclosure"]}
