"""What a marker has beside the rubric: whole in both languages, and never on the learners' side."""

import pytest
import yaml

from duecourse.errors import DuecourseError
from duecourse.language import LANGUAGES
from grader.assignments import Assignment, find
from grader.release import lay_out, release
from grader.rubrics.guides import guide_of, guides_of, lacking, written_tasks
from tests.conftest import ROOT
from tests.grader.rubrics.classroom import GUIDE, with_rubric

KIT = [find(ROOT, file.parent.name) for file in sorted(ROOT.glob("assignments/*/tasks.yaml"))]


@pytest.mark.parametrize("assignment", KIT, ids=lambda one: one.name)
def test_every_written_task_of_the_kit_has_examples_and_comments_in_both_languages(assignment):
    assert list(lacking(assignment)) == []


def test_all_ten_written_tasks_of_the_kit_are_known():
    assert sum(len(written_tasks(assignment)) for assignment in KIT) >= 10


def test_no_two_levels_share_an_example_and_no_two_comments_a_text():
    for assignment in KIT:
        for guide in guides_of(assignment).tasks.values():
            for language in LANGUAGES:
                examples = [text[language] for texts in guide.examples.values() for text in texts]
                comments = [comment.text[language] for comment in guide.comments]
                assert len(set(examples)) == len(examples)
                assert len(set(comments)) == len(comments)


@pytest.fixture
def small(tiny):
    with_rubric(tiny.root)
    return tiny.assignment("tiny")


def changed(assignment, change):
    """Write a changed guide; return what is lacking, as place and reason."""
    guide = yaml.safe_load(yaml.safe_dump(GUIDE, allow_unicode=True))
    change(guide["tasks"]["why"], guide["tasks"])
    file = assignment.folder / "key" / "rubric.yaml"
    file.write_text(yaml.safe_dump(guide, allow_unicode=True), "utf-8")
    return [(place, why) for _file, place, why in lacking(Assignment(assignment.folder))]


def test_a_whole_guide_lacks_nothing(small):
    assert changed(small, lambda _guide, _tasks: None) == []


@pytest.mark.parametrize(
    ("change", "place", "why"),
    [
        (
            lambda guide, _: guide["examples"]["people"].pop(),
            "why.examples.people",
            "2 examples for 3",
        ),
        (
            lambda guide, _: guide["examples"].pop("people"),
            "why.examples.people",
            "0 examples for 3",
        ),
        (
            lambda guide, _: guide["examples"]["reason"][1].update(zh=" "),
            "why.examples.reason.1",
            "'zh' is missing",
        ),
        (
            lambda guide, _: guide["examples"].update(tone=[{"en": "a", "zh": "b"}]),
            "why.examples.tone",
            "no criterion",
        ),
        (lambda guide, _: guide.update(comments=[]), "why", "no comment"),
        (
            lambda guide, _: guide["comments"][0].update(criterion="tone"),
            "why.comments.why-so",
            "no criterion",
        ),
        (
            lambda guide, _: guide["comments"][0]["text"].pop("en"),
            "why.comments.why-so",
            "'en' is missing",
        ),
        (lambda _, tasks: tasks.update(total={}), "total", "no written task"),
    ],
)
def test_what_a_guide_lacks_is_named_with_its_place(small, change, place, why):
    [(found, reason)] = changed(small, change)
    assert found == place
    assert why in reason


def test_a_text_that_the_public_rubric_lacks_is_named(small):
    file = small.folder / "tasks.yaml"
    tasks = yaml.safe_load(file.read_text("utf-8"))
    why = next(task for task in tasks["tasks"] if task["id"] == "why")
    del why["rubric"][0]["levels"][2]["text"]["zh"]
    file.write_text(yaml.safe_dump(tasks, allow_unicode=True), "utf-8")
    [(_file, place, reason)] = lacking(Assignment(small.folder))
    assert (place, "'zh'" in reason) == ("why.rubric.reason.levels.2", True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tasks: [", "not readable as YAML"),
        ("tasks:\n  why:\n    exmples: {}\n", "tasks.why.exmples"),
        ("- a\n", "Guides"),
        (
            "tasks:\n  why:\n    comments: [{id: a, text: {en: x}}, {id: a, text: {en: y}}]\n",
            "twice",
        ),
    ],
)
def test_a_guide_that_cannot_be_read_is_an_error_with_its_place(small, text, said):
    (small.folder / "key" / "rubric.yaml").write_text(text, "utf-8")
    with pytest.raises(DuecourseError, match=said):
        guides_of(small)


def test_without_a_file_there_are_no_examples_and_no_comments(tiny):
    guide = guide_of(tiny.assignment("tiny"), "why")
    assert (guide.examples, guide.comments) == ({}, ())


def test_no_example_and_no_comment_reaches_a_learner(small, tiny, tmp_path):
    release(tiny, "tiny")
    lay_out(tiny, tmp_path / "learner")
    written = [
        file
        for folder in (tiny.folder / "release", tmp_path / "learner")
        for file in folder.rglob("*")
        if file.is_file()
    ]
    assert any(file.suffix == ".ipynb" for file in written)
    for file in written:
        content = file.read_bytes()
        for secret in ("reason 2", "理由例2", "Ask first.", "请先问。"):
            assert secret.encode() not in content, file
