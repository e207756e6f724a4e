"""The key of an assignment: what its solved notebook answers when it is executed.

No expected value is written down anywhere else. Cells tagged ``mistake`` compute the known wrong
answers in the same run, by calling `mistake`.
"""

import copy
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from duecourse.answers import MIME, UNSEEN, read
from duecourse.errors import DuecourseError
from duecourse.tasks import FILE, PredictionsTask, TextTask, load
from grader.assignments import Assignment

MISTAKE_MIME: Final = "application/vnd.duecourse.mistake+json"
_SECONDS: Final = 600


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: its value, the share of the points it earns, what the learner reads."""

    value: Any
    share: float
    text: dict[str, str]


@dataclass(frozen=True)
class KeyedTask:
    """What is right for one task.

    Attributes:
        value: the right answer as plain JSON; None for a written answer.
        mistakes: the known wrong ones.
        labels: for predictions, the outcome (1: bad) by id.
    """

    value: Any
    mistakes: tuple[Mistake, ...] = ()
    labels: dict[str, int] | None = None


@dataclass(frozen=True)
class Key:
    """The right answers of an assignment by task, and the digest of what they came from."""

    assignment: str
    digest: str
    tasks: dict[str, KeyedTask]


def mistake(task: str, value: Any, *, share: float, en: str, zh: str) -> None:
    """Record a known wrong answer; for cells tagged ``mistake`` in a solved notebook.

    Args:
        task: the task that it is a wrong answer to.
        value: the wrong answer, of the same kind as the right one.
        share: the share of the points that it earns, in [0, 1).
        en: what the learner is told: what went wrong, without giving the answer away.
        zh: the same in Chinese.

    Raises:
        DuecourseError: the value has not the task's form, or the share is out of range.
    """
    from IPython.display import publish_display_data

    found = read(load(Path.cwd())[task], value)
    if found.blank or found.problems:
        why = "; ".join(found.problems) or "it is None"
        raise DuecourseError(f"mistake of '{task}': {why}")
    if not 0 <= share < 1:
        raise DuecourseError(f"mistake of '{task}': share {share} is not in [0, 1)")
    record = {"task": task, "value": found.value, "share": share, "text": {"en": en, "zh": zh}}
    publish_display_data({"text/plain": f"mistake of {task}", MISTAKE_MIME: record})


def key_of(assignment: Assignment, cache: Path) -> Key:
    """Return the key of an assignment, executing its solved notebooks if they changed.

    Args:
        assignment: the assignment.
        cache: the folder where executed keys are kept by their content.

    Raises:
        DuecourseError: a solved notebook fails, or leaves a task without a whole answer.
    """
    digest = assignment.digest()
    file = cache / f"{assignment.name}-{digest}.json"
    if file.is_file():
        return _load(file)
    key = Key(assignment.name, digest, _execute(assignment))
    cache.mkdir(parents=True, exist_ok=True)
    cache.chmod(0o700)
    part = file.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(asdict(key), ensure_ascii=False), "utf-8")
    part.replace(file)
    for older in set(cache.glob(f"{assignment.name}-{'[0-9a-f]' * len(digest)}.json")) - {file}:
        older.unlink(missing_ok=True)
    return key


def _load(file: Path) -> Key:
    data = json.loads(file.read_text("utf-8"))
    tasks = {
        name: KeyedTask(
            task["value"],
            tuple(Mistake(**one) for one in task["mistakes"]),
            task["labels"],
        )
        for name, task in data["tasks"].items()
    }
    return Key(data["assignment"], data["digest"], tasks)


def _execute(assignment: Assignment) -> dict[str, KeyedTask]:
    answers: dict[str, Any] = {}
    mistakes: dict[str, list[Mistake]] = {}
    with tempfile.TemporaryDirectory(prefix="duecourse-key-") as name:
        folder = Path(name)
        lay_out(assignment, folder)
        for title, notebook in assignment.notebooks.items():
            for cell in run(notebook, folder, f"{assignment.name}/{title}").cells:
                for data in _published(cell):
                    if record := data.get(MIME):
                        answers[record["task"]] = record
                    if wrong := data.get(MISTAKE_MIME):
                        found = Mistake(wrong["value"], wrong["share"], wrong["text"])
                        mistakes.setdefault(wrong["task"], []).append(found)
    return _checked(assignment, answers, mistakes)


def lay_out(assignment: Assignment, folder: Path) -> None:
    """Put everything that a notebook of the assignment reads into ``folder``, unseen inputs too."""
    for file in (assignment.folder / FILE, *assignment.public_files()):
        to = folder / file.relative_to(assignment.folder)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(file.read_bytes())
    (folder / UNSEEN).mkdir(exist_ok=True)
    for name, text in assignment.unseen().items():
        (folder / UNSEEN / name).write_text(text, "utf-8")


def run(notebook: NotebookNode, folder: Path, name: str) -> NotebookNode:
    """Execute a copy of a notebook in ``folder`` and return it with its outputs.

    Raises:
        DuecourseError: a cell raises; the message names the notebook, the cell and the error.
    """
    copied = copy.deepcopy(notebook)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        copied,
        timeout=_SECONDS,
        resources=resources,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        shutdown_kernel="immediate",
    )
    try:
        return client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        text = str(error).strip()
        raise DuecourseError(f"The notebook {name} does not run to its end:\n{text}") from error


def _published(cell: NotebookNode) -> list[Any]:
    return [output.get("data", {}) for output in cell.get("outputs", [])]


def _checked(
    assignment: Assignment, answers: dict[str, Any], mistakes: dict[str, list[Mistake]]
) -> dict[str, KeyedTask]:
    tasks: dict[str, KeyedTask] = {}
    for task in assignment.tasks:
        if isinstance(task, TextTask):
            tasks[task.id] = KeyedTask(None)
            continue
        record = answers.pop(task.id, None)
        if record is None or record.get("problems"):
            why = "; ".join(record["problems"]) if record else "its cell was not found"
            raise DuecourseError(f"{assignment.name}: no whole answer to '{task.id}': {why}")
        labels = assignment.labels(task) if isinstance(task, PredictionsTask) else None
        tasks[task.id] = KeyedTask(record["value"], tuple(mistakes.pop(task.id, ())), labels)
    if stray := sorted({*answers, *mistakes}):
        raise DuecourseError(f"{assignment.name}: not in {FILE}: {', '.join(stray)}")
    return tasks
