"""Starting an assignment: a solved notebook and its tasks, from a case or plain."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
import yaml
from nbformat import NotebookNode

from duecourse.cases.files import CaseFile
from duecourse.tasks import FILE
from grader.authoring.cells import code, graded, locked, notebook, solution, texts, written
from grader.authoring.new import MINUTES, form_of, proper, put_on_the_map, question_of
from grader.authoring.new_lesson import PLAIN
from grader.cases import TAKEN, cases_of, key_of

_QUESTION: Final = 2.0
_TALK: Final = 10.0


@dataclass(frozen=True)
class _Made:
    """A task as ``tasks.yaml`` has it, its cells, and its points."""

    task: dict[str, Any]
    cells: list[NotebookNode]
    points: float


def new_assignment(root: Path, name: str, case: str | None = None) -> Path:
    """Start an assignment that passes every check, and return its folder.

    It gets a row on the map of the course. The answers, conversations, calls and written tasks of a
    case become tasks whose solutions are taken from the case's key.

    Args:
        root: the checkout.
        name: the name of the assignment's folder.
        case: the slug of a case; without one there is a single question to write over.

    Raises:
        DuecourseError: the name is not as it should be, or taken, or there is no such case.
    """
    proper(name, (file.parent.name for file in root.glob(f"assignments/*/{FILE}")))
    told = cases_of(root, [case])[case] if case else None
    made = [*_answers(told), *_talks(told), *_calls(told), *_writing(told)] if told else [_plain()]
    title = dict(told.case.title) if told else {"en": "Title", "zh": "标题"}
    points = sum(one.points for one in made)
    folder = root / "assignments" / name
    folder.mkdir(parents=True)
    tasks: dict[str, Any] = {"title": title, "minutes": MINUTES}
    tasks |= {"cases": [case]} if case else {}
    tasks["tasks"] = [one.task for one in made]
    text = yaml.safe_dump(tasks, allow_unicode=True, sort_keys=False)
    head = "# What is asked, in public. What is right stands in the solved notebook only.\n"
    (folder / FILE).write_text(head + text, "utf-8")
    cells = [*_head(title, points, told), *(cell for one in made for cell in one.cells)]
    nbformat.write(notebook(cells), folder / f"{name}.ipynb")
    put_on_the_map(
        root,
        {
            "en": f"| | Assignment *{name}*, {points:g} points | {MINUTES} |",
            "zh": f"| | 作业 *{name}*，{points:g}分 | {MINUTES} |",
        },
    )
    return folder


def _head(title: dict[Any, str], points: float, told: CaseFile | None) -> Iterator[NotebookNode]:
    yield from texts(
        "start",
        f"# {title['en']}\n\n**{points:g} points · about {MINUTES} minutes**\n\nSay what it is about.",
        f"# {title['zh']}\n\n**{points:g}分 · 约{MINUTES}分钟**\n\n说明这份作业的内容。",
    )
    lines = ["from duecourse import check"]
    if told:
        lines += ["from duecourse.calls import play"] * bool(told.case.calls)
        lines += ["from duecourse.codings import code"] * bool(told.case.transcripts)
        lines += ["from duecourse.widgets.casefiles import CaseViewer"]
        lines += ["", f'CaseViewer("{told.slug}")']
        yield code("keys", f"from grader.cases import {', '.join(TAKEN)}", tags=["instructor"])
    yield locked("setup", "\n".join(lines))


def _plain() -> _Made:
    given = "income, essentials, priority_debts = 6200, 4700, 600"
    wrong = (
        "from grader.key import mistake\n\n"
        f'mistake("{PLAIN.id}", income - essentials, share=0.4,\n'
        '        en="Debts that come first are missing.",\n'
        '        zh="\\u6f0f\\u4e86\\u4f18\\u5148\\u503a\\u52a1\\u3002")'
    )
    cells = [
        *_text(PLAIN.id, PLAIN.title, question_of(PLAIN, "en"), question_of(PLAIN, "zh")),
        solution(
            f"{PLAIN.id}-answer",
            f"{given}\nsurplus = None",
            "surplus = income - essentials - priority_debts",
        ),
        graded(PLAIN.id, "surplus", _QUESTION),
        code(f"{PLAIN.id}-mistake", wrong, tags=["mistake"]),
    ]
    return _Made({"id": PLAIN.id, **form_of(PLAIN)}, cells, _QUESTION)


def _answers(told: CaseFile) -> Iterator[_Made]:
    for answer in key_of(told).answers:
        name = answer.id.replace("-", "_")
        cells = [
            *_text(answer.id, answer.title, question_of(answer, "en"), question_of(answer, "zh")),
            solution(
                f"{answer.id}-answer",
                f"{name} = None",
                f'{name} = right("{told.slug}", "{answer.id}")',
            ),
            graded(answer.id, name, _QUESTION),
        ]
        yield _Made({"id": answer.id, **form_of(answer)}, cells, _QUESTION)


def _talks(told: CaseFile) -> Iterator[_Made]:
    for talk in told.case.transcripts:
        about = {"id": talk.id, "kind": "coding", "title": dict(talk.title)}
        name, of = f"{talk.id.replace('-', '_')}_labels", f'"{told.slug}", "{talk.id}"'
        solved = f"for turn, codes in expert({of}).items():\n    {name}.label(turn, *codes)"
        cells = [
            *_text(
                talk.id, talk.title,
                "Give each turn the labels that fit it.", "给每一句标上合适的标签。",
            ),
            solution(f"{talk.id}-answer", f"{name} = code({of})", solved, name),
            graded(talk.id, name, _TALK),
        ]  # fmt: skip
        task = {**about, "case": told.slug, "transcript": talk.id}
        yield _Made(task, cells, _TALK)


def _calls(told: CaseFile) -> Iterator[_Made]:
    for call in told.case.calls:
        about = {"id": call.id, "kind": "call", "title": dict(call.title)}
        name, of = f"{call.id.replace('-', '_')}_call", f'"{told.slug}", "{call.id}"'
        solved = f"{name}.follow(best({of}))"
        cells = [
            *_text(call.id, call.title, "Play the call to its end.", "把这通电话打完。"),
            solution(f"{call.id}-answer", f"{name} = play({of})", solved, name),
            graded(call.id, name, _TALK),
        ]
        yield _Made({**about, "case": told.slug, "call": call.id}, cells, _TALK)


def _writing(told: CaseFile) -> Iterator[_Made]:
    title = {"en": "In your own words", "zh": "书面说明"}
    for one in key_of(told).write_ups:
        points = sum(max(level.points for level in criterion.levels) for criterion in one.rubric)
        rubric = [criterion.model_dump(mode="json") for criterion in one.rubric]
        answer = f"{one.answer['en']}\n\n{one.answer['zh']}"
        cells = [
            *_text(one.id, title, one.question["en"], one.question["zh"]),
            written(one.id, answer, points),
        ]
        task = {"id": one.id, "kind": "text", "title": title, "rubric": rubric}
        yield _Made(task, cells, points)


def _text(name: str, title: Any, en: str, zh: str) -> list[NotebookNode]:
    return texts(f"{name}-text", f"### {title['en']}\n\n{en}", f"### {title['zh']}\n\n{zh}")
