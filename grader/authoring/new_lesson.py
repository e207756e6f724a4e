"""Starting a lesson: a notebook with its practice questions, from a practice case or plain."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from duecourse.cases.files import CaseFile
from duecourse.cases.key import Answer
from duecourse.errors import DuecourseError
from grader.authoring.cells import code, notebook, texts
from grader.authoring.new import MINUTES, form_of, proper, put_on_the_map, question_of
from grader.cases import cases_of, key_of

PLAIN = Answer.model_validate(
    {
        "id": "surplus",
        "title": {"en": "Monthly surplus", "zh": "每月结余"},
        "question": {
            "en": "Income 6,200 yuan, essentials 4,700, priority debts 600. What is left each month?",
            "zh": "每月收入6,200元，必要开支4,700元，优先债务600元。每月还剩多少？",
        },
        "value": 900,
        "unit": {"en": "yuan", "zh": "元"},
        "tolerance": 0.5,
        "how": {
            "en": "Income less essentials less priority debts.",
            "zh": "收入减去必要开支，再减去优先债务。",
        },
    }
)
"""The question that a lesson or an assignment starts with where there is no case."""


def new_lesson(root: Path, name: str, case: str | None = None) -> Path:
    """Start a lesson that passes every check, and return its notebook.

    It gets the next number and a row on the map of the course. From a practice case it takes the file
    to read, a question for each answer, the conversations to code and the calls to play.

    Args:
        root: the checkout.
        name: what the lesson's file is called after its number.
        case: the slug of a practice case; without one there is a single question to write over.

    Raises:
        DuecourseError: the name is not as it should be, or taken, or there is no such practice case.
    """
    lessons = root / "notebooks"
    there = [file.stem for file in lessons.glob("[0-9][0-9]-*.ipynb")]
    proper(name, (stem[3:] for stem in there))
    told = cases_of(root, [case])[case] if case else None
    if told and told.case.use != "practice":
        raise DuecourseError(f"'{case}' is an exam case; lessons use practice cases.")
    number = max((int(stem[:2]) for stem in there), default=0) + 1
    file = lessons / f"{number:02}-{name}.ipynb"
    asked = key_of(told).answers if told else (PLAIN,)
    questions = lessons / "practice" / f"{file.stem}.yaml"
    questions.parent.mkdir(exist_ok=True)
    data = {"questions": [_question(f"{name}-{answer.id}", answer) for answer in asked]}
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    questions.write_text(f"# Practice questions of lesson {number}.\n{text}", "utf-8")
    title = told.case.title if told else {"en": "Title", "zh": "标题"}
    cells = [*_head(number, title, told), *_asked(name, asked)]
    cells += [*_talks(told), *_debrief(told)] if told else []
    nbformat.write(notebook(cells), file)
    put_on_the_map(
        root,
        {
            "en": f"| {number} | [Lesson {number} · {title['en']}]({file.name}) | {MINUTES} |",
            "zh": f"| {number} | [第{number}课 · {title['zh']}]({file.name}) | {MINUTES} |",
        },
    )
    return file


def _question(name: str, answer: Answer) -> dict[str, Any]:
    value = answer.value.isoformat() if isinstance(answer.value, date) else answer.value
    form = {"id": name, **form_of(answer)}
    return {**form, "hints": [dict(answer.how)], "solution": f"answer = {value!r}\n"}


def _head(number: int, title: Any, told: CaseFile | None) -> Iterator[NotebookNode]:
    yield from texts(
        "title",
        f"# Lesson {number} · {title['en']}\n\n**About {MINUTES} minutes.**\n\n"
        "Afterwards you can: say in two or three points what.\n\n"
        "**Why it matters.** Say it in one or two sentences.",
        f"# 第{number}课 · {title['zh']}\n\n**大约{MINUTES}分钟。**\n\n"
        "学完之后，你能够：用两三点说明。\n\n**为什么要学。** 用一两句话说明。",
    )
    lines = ["from duecourse import practice"]
    if told:
        lines += ["from duecourse.calls import play"] * bool(told.case.calls)
        lines += ["from duecourse.codings import code"] * bool(told.case.transcripts)
        lines += ["from duecourse.widgets.casefiles import CaseViewer"]
        lines += ["", f'CaseViewer("{told.slug}")']
        yield from texts("file", "## The file\n\nRead it first.", "## 卷宗\n\n请先阅读。")
    yield code("setup", "\n".join(lines))


def _asked(name: str, asked: Sequence[Answer]) -> Iterator[NotebookNode]:
    for one in asked:
        yield from texts(
            f"{one.id}-text",
            f"### {one.title['en']}\n\n{question_of(one, 'en')}",
            f"### {one.title['zh']}\n\n{question_of(one, 'zh')}",
        )
        source = f'answer = None\npractice("{name}-{one.id}").check(answer)'
        yield code(f"{one.id}-try", source)


def _talks(told: CaseFile) -> Iterator[NotebookNode]:
    for talk in told.case.transcripts:
        yield from texts(
            f"coding-{talk.id}",
            f"## {talk.title['en']}\n\nGive each turn the labels that fit it.",
            f"## {talk.title['zh']}\n\n给每一句标上合适的标签。",
        )
        yield code(f"coding-{talk.id}-try", f'code("{told.slug}", "{talk.id}")')
    for call in told.case.calls:
        yield from texts(
            f"call-{call.id}",
            f"## {call.title['en']}\n\nPlay the call to its end, then read the debrief.",
            f"## {call.title['zh']}\n\n把这通电话打完，再读复盘。",
        )
        yield code(f"call-{call.id}-try", f'play("{told.slug}", "{call.id}")')


def _debrief(told: CaseFile) -> Iterator[NotebookNode]:
    debrief = key_of(told).lesson.debrief
    yield from texts(
        "debrief", f"## To take home\n\n{debrief['en']}", f"## 小结\n\n{debrief['zh']}"
    )
