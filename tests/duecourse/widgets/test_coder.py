"""The view of a coding: what it offers, what it keeps, and what it shows of an expert's key."""

import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from duecourse import language
from duecourse.cases.files import CaseFile
from duecourse.cases.key import CaseKey, TranscriptKey
from duecourse.codings import Coding, code
from duecourse.language import catalogue, speaking
from duecourse.widgets.coder import TranscriptCoder
from tests.grader.spoken import LABELS, write_case

SLUG = "unpaid-parcel"
WHY = {"en": "Because <of> it.", "zh": "因为<如此>。"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    write_case(tmp_path / "cases" / SLUG)
    return tmp_path


def graded(folder):
    (folder / "cases" / SLUG / "key.yaml").unlink(missing_ok=True)
    return TranscriptCoder(code(SLUG, "talk", folder))


def practice(folder):
    """Return a coder of the same case with its key beside it."""
    case = code(SLUG, "talk", folder).case
    turns = {turn: {"codes": codes, "why": WHY} for turn, codes in LABELS.items()}
    key = CaseKey.model_construct(
        transcripts={"talk": TranscriptKey.model_validate({"turns": turns})}
    )
    return TranscriptCoder(
        Coding(CaseFile(case.folder, case.case, key), case.case.transcripts[0], folder)
    )


def decide_all(coder, labels):
    for turn in coder.coding.transcript.turns:
        coder.coding.label(turn.id, *labels.get(turn.id, ()))


def test_every_turn_stands_there_with_its_speaker_and_one_is_chosen(folder):
    coder = graded(folder)
    assert len(coder.turns) == 8
    assert coder.turns[1].description.splitlines()[0].startswith("○ t02  ")
    assert [button.tabbable for button in coder.turns] == [True, *[False] * 7]
    assert "dc-here" in coder.turns[0]._dom_classes
    assert "Turn 1 of 8 · Wen Ya" in coder._chosen.value


def test_the_labels_stand_in_groups_and_provisional_rules_are_named_so(folder):
    coder = graded(folder)
    assert list(coder.labels) == coder.coding.transcript.codes
    assert coder.labels["violation:CN-11"].description.endswith("(provisional)")
    book = coder.children[3].value
    assert book.index("What the speaker does well") < book.index("Breaks a rule")
    assert "Leaves room, repeats in own words" in book


def test_ticking_a_label_keeps_it_at_once(folder):
    coder = graded(folder)
    coder.labels["disclosure"].value = True
    coder.labels["skill:listening"].value = True
    assert code(SLUG, "talk", folder).labels == {"t01": ["skill:listening", "disclosure"]}
    assert "1 of 8 turns" in coder._head.value
    assert coder.turns[0].description.endswith(
        "✓ listens and lets speak · discloses something that matters"
    )


def test_taking_the_last_label_off_leaves_the_turn_open(folder):
    coder = graded(folder)
    coder.labels["disclosure"].value = True
    coder.labels["disclosure"].value = False
    assert coder.coding.labels == {}
    assert "not decided yet" in coder._chosen.value


def test_that_no_label_fits_is_a_decision_and_leads_to_the_next_turn(folder):
    coder = graded(folder)
    coder.none.click()
    coder.none.click()
    assert coder.coding.labels == {"t01": [], "t02": []}
    assert coder.turn == "t03"
    assert coder.turns[1].description.endswith("✓ no label fits")
    coder.previous.click()
    coder.back.click()
    assert coder.coding.labels == {"t01": []}
    assert coder.back.disabled


def test_going_on_changes_no_label(folder):
    coder = graded(folder)
    coder.labels["disclosure"].value = True
    coder.following.click()
    assert not coder.labels["disclosure"].value
    coder.turns[0].click()
    assert coder.labels["disclosure"].value
    assert coder.coding.labels == {"t01": ["disclosure"]}


def test_the_ends_of_the_conversation_are_ends(folder):
    coder = graded(folder)
    assert coder.previous.disabled
    coder.go(99)
    assert (coder.turn, coder.following.disabled) == ("t08", True)
    coder.none.click()
    assert coder.turn == "t08"


def test_the_next_open_turn_is_looked_for_round_the_end(folder):
    coder = graded(folder)
    for turn in ("t01", "t02", "t04", "t08"):
        coder.coding.label(turn)
    coder.to_open.click()
    assert coder.turn == "t03"
    coder.go(6)
    coder.to_open.click()
    assert coder.turn == "t03"


def test_after_a_restart_it_opens_at_the_first_open_turn(folder):
    first = graded(folder)
    first.none.click()
    first.labels["disclosure"].value = True
    again = graded(folder)
    assert again.turn == "t03"
    assert again.turns[1].description.endswith("✓ discloses something that matters")


def test_labels_given_from_code_are_shown(folder):
    coder = graded(folder)
    coder.coding.label("t01", "skill:introduction")
    assert coder.labels["skill:introduction"].value
    assert "Institution, name and purpose" in coder._about.value


def test_a_graded_transcript_shows_nothing_of_an_expert(folder):
    coder = graded(folder)
    decide_all(coder, LABELS)
    assert "Your labels are kept" in coder._closing.value
    assert "expert" not in coder._closing.value + coder._head.value + coder.still()
    assert coder.again.layout.display == "none"


def test_in_practice_the_expert_is_shown_when_all_turns_are_decided(folder):
    coder = practice(folder)
    coder.coding.label("t01", "skill:introduction")
    assert coder._closing.value == ""
    # one right, one missed, one too many, one violation under the wrong rule: 2 (1 + 1/2) / (3 + 4)
    decide_all(
        coder, {"t01": ["skill:introduction"], "t03": ["disclosure"], "t07": ["violation:CN-12"]}
    )
    page = coder._closing.value
    assert "<strong>43%</strong>" in page
    assert "1.5 labels in common; you gave 3, the expert 4" in page
    assert "✓ you and the expert: says who is calling and why" in page
    assert "○ the expert only: listens and lets speak" in page
    assert "+ you only: discloses something that matters" in page
    assert "Because &lt;of&gt; it." in page
    assert "On 4 more turns" in page
    assert page in coder.still()


def test_perfect_agreement_is_said_in_both_figures(folder):
    coder = practice(folder)
    decide_all(coder, LABELS)
    assert "<strong>100%</strong>" in coder._closing.value
    assert "<strong>1.00</strong>" in coder._closing.value


def test_practice_can_start_again(folder):
    coder = practice(folder)
    decide_all(coder, LABELS)
    assert coder.again.layout.display is None
    coder.again.click()
    assert (coder.coding.labels, coder.turn) == ({}, "t01")
    assert coder._closing.value == ""


def test_what_went_wrong_with_keeping_is_shown(folder):
    (folder / "answers").write_text("in the way")
    coder = graded(folder)
    coder.none.click()
    assert "cannot be kept" in coder._head.value


def test_everything_it_says_is_in_the_language_spoken(folder):
    with speaking("zh"):
        coder = practice(folder)
        decide_all(coder, {})
        said = "".join(
            [coder._head.value, coder._chosen.value, coder._closing.value, coder.still()]
            + [button.description for button in (coder.none, coder.following, *coder.turns)]
        )
    assert "第1句，共8句" in said
    assert not [text for text in catalogue() if len(text) > 6 and text in said]


def test_a_coding_shows_its_one_view_and_a_page_without_a_kernel(folder):
    coding = code(SLUG, "talk", folder)
    coding.label("t03", "skill:listening")
    coding.label("t02")
    first, second = coding._repr_mimebundle_(), coding._repr_mimebundle_()
    view = "application/vnd.jupyter.widget-view+json"
    assert first[view]["model_id"] == second[view]["model_id"]
    assert "listens and lets speak" in first["text/html"]
    assert "no label fits" in first["text/html"]
    assert "<script" not in first["text/html"]
    assert "2 of 8 turns" in first["text/plain"]


def test_while_a_notebook_is_graded_nothing_is_shown(folder, monkeypatch):
    format_of = InteractiveShell.instance().display_formatter.format
    coding = code(SLUG, "talk", folder)
    assert "application/vnd.jupyter.widget-view+json" in format_of(coding)[0]
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for one in (coding, TranscriptCoder(coding)):
        assert format_of(one) == ({}, {})


def test_a_classroom_without_tables_can_show_it():
    command = "import sys, duecourse.widgets.coder; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0


def test_turns_share_what_they_can_so_that_forty_appear_at_once(folder):
    turns = graded(folder).turns
    assert len({button.layout.model_id for button in turns}) == 1
    assert len({button.style.model_id for button in turns}) == 1


def test_names_in_another_language_follow_when_it_is_made_anew(folder):
    language.use("zh")
    assert graded(folder).previous.description == "上一句"
